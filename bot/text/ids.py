"""The custom ids of buttons and menus: built here, read back here.

What comes back in a click is forged input until checked: an id names what is asked for, it never
grants anything. Sale numbers are each producer's own, so every id of a record names the producer:
an alert of test mode never opens a live sale.
https://docs.discord.com/developers/components/reference#custom-id
"""

import re
from typing import NamedTuple

_PLACES = {
    "producer": "[0-9]{1,9}",
    "number": "[0-9]{1,9}",
    "payout": "[A-Za-z0-9_-]{1,64}",
    "track": "[0-9]{1,18}",
    "channel": "[0-9]{1,20}",
    "warning": "[0-9]{1,20}",
    "before": "[0-9]{1,20}",
    "page": "[0-9]{1,5}",
    "sort": "[a-z]{1,10}",
    "period": "[0-9a-z.-]{1,32}",
    "currency": "(?:[a-z]{3})?",
    "measure": "revenue|count",
    "news": "sales|returns|payouts|digests",
    "action": "yes|no",
}
"""What may stand in a place of that name."""


class CustomId:
    """Ids of one form: called with a value for each place, it makes one; `template` reads it."""

    def __init__(self, form: str, **places: str) -> None:
        """`form`: places in braces; in brackets what may be missing, as in ids of older messages.

        `places`: what may stand in places of its own.
        """
        self._form = re.sub(r"[\[\]]", "", form)
        self._short = re.sub(r"\[.*\]", "", form)
        self._names = re.findall(r"\{(\w+)\}", form)
        known = _PLACES | places
        self.template = re.sub(
            r"\{(\w+)\}",
            lambda place: f"(?P<{place[1]}>{known[place[1]]})",
            form.replace("[", "(?:").replace("]", ")?"),
        )

    def __call__(self, *values: object) -> str:
        form = self._form if len(values) == len(self._names) else self._short
        return form.format_map(dict(zip(self._names, values, strict=False)))


RECORDS = "records"
PAYOUTS = "payouts"
HELP = "help"

BUYER = CustomId("buyer:{producer}:{number}")
BUYER_PAGE = CustomId("buyer-page:{page}[-{sort}]:{producer}:{number}")
SALE = CustomId("sale:{producer}:{number}")
SALE_DETAILS = CustomId("sale-details:{producer}:{number}")
TRACK_OF = CustomId("track-of:{producer}:{number}")
LICENSE_OF = CustomId("license-of:{producer}:{number}")
PAYOUT = CustomId("payout:{producer}:{payout}")
PAYOUT_PAGE = CustomId("payout-page:{page}:{producer}:{payout}")
PAYOUTS_PAGE = CustomId("payouts-page:{page}[-{sort}]:{producer}")
TRACK = CustomId(
    "track-{place}:{producer}:{track}:{choice}", place="question|rights", choice="sell|keep"
)
"""Keeps a track off sale, or sells it; under the question in the channel, or a track's rights."""
OFF_SALE = CustomId("off-sale:{producer}:{track}")
RIGHTS = CustomId("rights:{producer}:{track}")
TRACK_DETAILS = CustomId("track-details:{producer}:{track}")
ELSEWHERE = CustomId("elsewhere-{place}:{producer}:{track}", place="alert|rights")
ACCEPT = CustomId("accept-{place}:{producer}:{number}", place="alert|rights")
WITHDRAW = CustomId("no-longer-accept:{producer}:{number}")
LEFT_ON_SALE = CustomId("left-on-sale-{what}:{producer}", what="all|some")
"""Takes tracks off sale that were sold before the bot was there: a button, and a menu."""
# Buttons of before there were charts name the period alone.
STATISTICS = CustomId("stats:{period}[:{currency}:{measure}]")
STATISTICS_DETAILS = CustomId("stats-details:{producer}:{period}:{currency}")
CURRENCY = CustomId("stats-currency:{period}:{measure}")
FORGET = CustomId("forget:{question}:{action}", question="[0-9a-f]{16}")
PROBLEMS = CustomId("problems:{producer}:{action}", action="again|hide")
PREFERENCE = CustomId(
    "settings:{producer}:{what}[:{value}]", what="digest|quiet|email|marks", value="on|off"
)
CHANNEL = CustomId("channel:{news}:{channel}:{action}")
CLEAR = CustomId("clear:{producer}:{before}")
"""Deletes the bot's messages above it, or (not 0) `before` another message."""
CLEAR_ANSWER = CustomId("clear-{action}:{producer}:{warning}:{before}")
LIST = CustomId("list:{list}:{action}", list="[0-9a-f]{8}", action="[a-z]{1,16}")
"""A button or menu of a list that lives in memory."""


class SaleName(NamedTuple):
    """A sale as ids name it, or as it is typed: without its producer."""

    producer_id: int | None
    number: int


class PayoutName(NamedTuple):
    """A payout as ids name it."""

    producer_id: int
    payout: str


class TrackName(NamedTuple):
    """A track as ids name it."""

    producer_id: int
    track_id: int


def sale_name(match: re.Match[str]) -> SaleName:
    """The sale that a button is about."""
    return SaleName(int(match["producer"]), int(match["number"]))


def payout_name(match: re.Match[str]) -> PayoutName:
    """The payout that a button is about."""
    return PayoutName(int(match["producer"]), match["payout"])


def track_name(match: re.Match[str]) -> TrackName:
    """The track that a button is about."""
    return TrackName(int(match["producer"]), int(match["track"]))


_RECORD = CustomId("{producer}:{number}")


def record(producer_id: int, number: int) -> str:
    """The value of a sale in a menu, such as that named `RECORDS`."""
    return _RECORD(producer_id, number)


def chosen_record(value: str) -> SaleName | None:
    """What a menu's value asks for; None if `record` did not make it."""
    match = re.fullmatch(_RECORD.template, value)
    return sale_name(match) if match else None


def payout(producer_id: int, payout_id: str) -> str | None:
    """The button that shows what is in a payout, and its value in a menu named `PAYOUTS`.

    None if Stripe's id is too long for it, as none has ever been.
    """
    made = PAYOUT(producer_id, payout_id)
    return made if chosen_payout(made) else None


def chosen_payout(value: str) -> PayoutName | None:
    """What a menu's value asks for; None if `payout` did not make it."""
    match = re.fullmatch(PAYOUT.template, value)
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


class Shown(NamedTuple):
    """Which statistics are shown, and how, as ids name it."""

    period: str
    """As it was typed, or as `bot.domain.period.Span.name`."""
    currency: str | None = None
    """The one shown first; None for the producer's."""
    by_count: bool = False
    """Whether the chart counts sales instead of money."""

    @property
    def button(self) -> str:
        """The id of the button that shows these."""
        return STATISTICS(self.period, self.currency or "", self._measure)

    @property
    def menu(self) -> str:
        """The id of the menu that shows another currency first; its values are currencies."""
        return CURRENCY(self.period, self._measure)

    @property
    def _measure(self) -> str:
        return "count" if self.by_count else "revenue"


def shown(match: re.Match[str], currency: str | None = None) -> Shown:
    """What a click on `STATISTICS` asks for; or on `CURRENCY`, with the currency chosen in it."""
    named = match.groupdict()
    currency = currency or named.get("currency") or None
    return Shown(match["period"], currency, match["measure"] == "count")
