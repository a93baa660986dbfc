"""The custom ids of buttons and menus: built here, read back here.

What comes back in a click is forged input until checked: an id names what is asked for, it never
grants anything. Sale numbers are each producer's own, so every id of a record names the producer:
an alert of test mode never opens a live sale.
https://docs.discord.com/developers/components/reference#custom-id
"""

import re
from typing import NamedTuple

_SALE = r"(?P<producer>[0-9]{1,9}):(?P<number>[0-9]{1,9})"

BUYER = f"buyer:{_SALE}"
BUYER_PAGE = rf"buyer-page:(?P<page>[0-9]{{1,5}})(?:-(?P<sort>[a-z]{{1,10}}))?:{_SALE}"
SALE = f"sale:{_SALE}"
TRACK_OF = f"track-of:{_SALE}"
LICENSE_OF = f"license-of:{_SALE}"
RECORDS = "records"
_PAYOUT = r"(?P<producer>[0-9]{1,9}):(?P<payout>[A-Za-z0-9_-]{1,64})"
PAYOUT = f"payout:{_PAYOUT}"
PAYOUT_PAGE = rf"payout-page:(?P<page>[0-9]{{1,4}}):{_PAYOUT}"
PAYOUTS = "payouts"
PAYOUTS_PAGE = (
    r"payouts-page:(?P<page>[0-9]{1,5})(?:-(?P<sort>[a-z]{1,10}))?:(?P<producer>[0-9]{1,9})"
)
TRACK = (
    r"track-(?P<place>question|rights):(?P<producer>[0-9]{1,9}):(?P<track>[0-9]{1,18})"
    r":(?P<choice>sell|keep)"
)
_TRACK = r"(?P<producer>[0-9]{1,9}):(?P<track>[0-9]{1,18})"
OFF_SALE = f"off-sale:{_TRACK}"
RIGHTS = f"rights:{_TRACK}"
ELSEWHERE = f"elsewhere-(?P<place>alert|rights):{_TRACK}"
ACCEPT = f"accept-(?P<place>alert|rights):{_SALE}"
WITHDRAW = f"no-longer-accept:{_SALE}"
LEFT_ON_SALE = r"left-on-sale-(?P<what>all|some):(?P<producer>[0-9]{1,9})"
_PERIOD = r"(?P<period>[0-9a-z.-]{1,32})"
_MEASURE = r"(?P<measure>revenue|count)"
# Buttons of before there were charts name the period alone.
STATISTICS = rf"stats:{_PERIOD}(?::(?P<currency>[a-z]{{3}})?:{_MEASURE})?"
CURRENCY = rf"stats-currency:{_PERIOD}:{_MEASURE}"
FORGET = r"forget:(?P<token>[0-9a-f]{16}):(?P<action>yes|no)"
PROBLEMS = r"problems:(?P<producer>[0-9]{1,9}):(?P<action>again|hide)"
PREFERENCE = (
    r"settings:(?P<producer>[0-9]{1,9}):(?P<what>digest|quiet|email|marks)(:(?P<value>on|off))?"
)
CHANNEL = (
    r"channel:(?P<news>sales|returns|payouts|digests):(?P<channel>[0-9]{1,20})"
    r":(?P<action>yes|no)"
)
CLEAR = r"clear:(?P<producer>[0-9]{1,9}):(?P<before>[0-9]{1,20})"
CLEAR_ANSWER = (
    r"clear-(?P<action>yes|no):(?P<producer>[0-9]{1,9}):(?P<warning>[0-9]{1,20})"
    r":(?P<before>[0-9]{1,20})"
)
HELP = "help"
LIST = r"list:(?P<token>[0-9a-f]{8}):(?P<action>[a-z]{1,16})"


class SaleName(NamedTuple):
    """A sale as ids name it."""

    producer_id: int
    number: int


class PayoutName(NamedTuple):
    """A payout as ids name it."""

    producer_id: int
    payout: str


def buyer(producer_id: int, number: int) -> str:
    """The button that shows who bought a sale."""
    return f"buyer:{producer_id}:{number}"


def buyer_page(producer_id: int, number: int, sort: str, page: int) -> str:
    """The button that shows a page of what they bought in an order, in the same message."""
    return f"buyer-page:{page}-{sort}:{producer_id}:{number}"


def forget(token: str, action: str) -> str:
    """The buttons under what `/forget` asks: `yes` or `no`. The token says what, to who asked."""
    return f"forget:{token}:{action}"


def sale(producer_id: int, number: int) -> str:
    """The button that shows a sale's record."""
    return f"sale:{producer_id}:{number}"


def track_of(producer_id: int, number: int) -> str:
    """The button that shows the track of which a sale is a license."""
    return f"track-of:{producer_id}:{number}"


def license_of(producer_id: int, number: int) -> str:
    """The button that gives a sale's license."""
    return f"license-of:{producer_id}:{number}"


def record(producer_id: int, number: int) -> str:
    """The value of a sale in a menu, such as that named `RECORDS`."""
    return f"{producer_id}:{number}"


def sale_name(match: re.Match[str]) -> SaleName:
    """What a click on a button of `BUYER` or `SALE` asks for."""
    return SaleName(int(match["producer"]), int(match["number"]))


def chosen_record(value: str) -> SaleName | None:
    """What a menu's value asks for; None if `record` did not make it."""
    match = re.fullmatch(_SALE, value)
    return sale_name(match) if match else None


def payout(producer_id: int, payout_id: str) -> str | None:
    """The button that shows what is in a payout, and its value in a menu named `PAYOUTS`.

    None where Stripe's id is too long for it, as none has ever been.
    """
    made = f"payout:{producer_id}:{payout_id}"
    return made if re.fullmatch(PAYOUT, made) else None


def payout_page(producer_id: int, payout_id: str, page: int) -> str:
    """The button that shows another page of it, in the same message."""
    return f"payout-page:{page}:{producer_id}:{payout_id}"


def payouts_page(producer_id: int, sort: str, page: int) -> str:
    """The button that shows another page of all payouts in an order, in the same message."""
    return f"payouts-page:{page}-{sort}:{producer_id}"


def payout_name(match: re.Match[str]) -> PayoutName:
    """What a click on a button of `PAYOUT` or `PAYOUT_PAGE` asks for."""
    return PayoutName(int(match["producer"]), match["payout"])


def chosen_payout(value: str) -> PayoutName | None:
    """What a menu's value asks for; None if `payout` did not make it."""
    match = re.fullmatch(PAYOUT, value)
    return payout_name(match) if match else None


def track_value(track_id: int) -> str:
    """The value of a track in a menu, and as it completes what is typed."""
    return f"track:{track_id}"


def license_value(license_id: int) -> str:
    """The value of a license as it completes what is typed."""
    return f"license:{license_id}"


def chosen_id(value: str) -> int | None:
    """What one of these two names; None for what was typed by hand."""
    match = re.fullmatch("(?:track|license):([0-9]{1,18})", value)
    return int(match[1]) if match else None


class TrackChoice(NamedTuple):
    """What is to become of a track, as ids say it."""

    producer_id: int
    track_id: int
    keep_off: bool
    asked: bool
    """Whether it answers the question in the channel."""


def track_choice(match: re.Match[str]) -> TrackChoice:
    """What a click on a button of `TRACK` asks for."""
    return TrackChoice(
        int(match["producer"]),
        int(match["track"]),
        match["choice"] == "keep",
        match["place"] == "question",
    )


def track(place: str, producer_id: int, track_id: int, choice: str) -> str:
    """The button that keeps a track off sale (`choice`: keep) or puts it back on (sell).

    `place` is where it stands: under the `question` in the channel, or under a track's `rights`.
    """
    return f"track-{place}:{producer_id}:{track_id}:{choice}"


class TrackName(NamedTuple):
    """A track as ids name it."""

    producer_id: int
    track_id: int


def track_name(match: re.Match[str]) -> TrackName:
    """What a click on `OFF_SALE`, `RIGHTS` or `ELSEWHERE` is about."""
    return TrackName(int(match["producer"]), int(match["track"]))


def off_sale(producer_id: int, track_id: int) -> str:
    """The button that has the bot take a track off sale."""
    return f"off-sale:{producer_id}:{track_id}"


def rights(producer_id: int, track_id: int) -> str:
    """The button that shows where a track's rights stand."""
    return f"rights:{producer_id}:{track_id}"


def elsewhere(place: str, producer_id: int, track_id: int) -> str:
    """The menu in which places outside of Stripe are ticked.

    `place` is where it stands: under the `alert` in the channel, or under a track's `rights`.
    """
    return f"elsewhere-{place}:{producer_id}:{track_id}"


def accept(place: str, producer_id: int, number: int) -> str:
    """The button that accepts a sale that collides with an exclusive; `place` as above."""
    return f"accept-{place}:{producer_id}:{number}"


def withdraw(producer_id: int, number: int) -> str:
    """The button that takes back that such a sale was accepted."""
    return f"no-longer-accept:{producer_id}:{number}"


def left_on_sale(producer_id: int, what: str) -> str:
    """What takes tracks off sale that were sold before the bot was there.

    `what`: `all` of them, by a button, or `some`, by a menu.
    """
    return f"left-on-sale-{what}:{producer_id}"


def listed(token: str, action: str) -> str:
    """A button or menu of a list that lives in memory; `token` is eight hexadecimal digits."""
    return f"list:{token}:{action}"


class Shown(NamedTuple):
    """Which statistics are shown, and how, as ids name it."""

    period: str
    """As it was typed, or as `bot.domain.period.Span.name`."""
    currency: str | None = None
    """The one shown first; None for the producer's."""
    by_count: bool = False
    """Whether the chart counts sales instead of money."""


def shown(match: re.Match[str], currency: str | None = None) -> Shown:
    """What a click on `STATISTICS` asks for; or on `CURRENCY`, with the currency chosen in it."""
    named = match.groupdict()
    return Shown(match["period"], currency or named.get("currency"), match["measure"] == "count")


def statistics(shown: Shown) -> str:
    """The button that shows these."""
    return f"stats:{shown.period}:{shown.currency or ''}:{_measure(shown)}"


def currency(shown: Shown) -> str:
    """The menu that shows another currency first; its values are currencies."""
    return f"stats-currency:{shown.period}:{_measure(shown)}"


def _measure(shown: Shown) -> str:
    return "count" if shown.by_count else "revenue"


def problems(producer_id: int, action: str) -> str:
    """The button that has all problems looked at `again`, or that will `hide` them."""
    return f"problems:{producer_id}:{action}"


def preference(producer_id: int, what: str, value: str = "") -> str:
    """The menu in which one of `/settings` is chosen, or the button that chooses `value`."""
    return f"settings:{producer_id}:{what}{':' if value else ''}{value}"


def channel(news: str, channel_id: int, action: str) -> str:
    """The buttons under the question whether a channel is to be used that many can see."""
    return f"channel:{news}:{channel_id}:{action}"


def clear(producer_id: int, before: int) -> str:
    """The button that deletes the bot's messages above it, or (not 0) `before` another message."""
    return f"clear:{producer_id}:{before}"


def clear_answer(action: str, producer_id: int, warning_id: int, before: int) -> str:
    """The buttons under the question whether to: `yes` or `no`; `warning_id` has the first one."""
    return f"clear-{action}:{producer_id}:{warning_id}:{before}"
