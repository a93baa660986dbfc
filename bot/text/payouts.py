"""`/payouts`: what is pending, available, on its way and paid out; and what is in one payout."""

from collections.abc import Iterator, Sequence

import discord

from bot.domain.money import Money
from bot.domain.payout import (
    PayoutContents,
    PayoutRecord,
    PayoutSort,
    PayoutsOverview,
    PayoutTrack,
    StripeBalance,
)
from bot.domain.sale import PAGE, Producer, Sale
from bot.text import dashboard, ids
from bot.text.language import gettext, ngettext, phrase, said
from bot.text.message import OPTION, Buttons, Color, Message, arrows, card, links, page_words
from bot.text.payout_alert import (
    READ_BY_KEY,
    arrival_words,
    contents_words,
    facts,
    failure_words,
    headline,
)
from bot.text.price import HAVE_FEES, denied_words
from bot.text.sales import sales_menu
from bot.text.words import day, in_mode, money, refunds_words, safe, sales_words, status_words

SORTS = {
    PayoutSort.NEWEST: phrase("Newest first"),
    PayoutSort.OLDEST: phrase("Oldest first"),
    PayoutSort.LARGEST: phrase("Largest first"),
}
"""What `/payouts sort:` offers for past payouts."""
_DAYS = 4
"""Days of pending money that are listed."""
_FROM_THE_BOOKS = phrase(
    "Pending and available: from the sales, refunds and disputes I know. Stripe's own balance "
    "also includes whatever else your account does."
)


def payouts_message(
    overview: PayoutsOverview, producer: Producer, *, fees_possible: bool = True
) -> Message:
    """What is pending, available, on its way and paid out, with a menu that opens a payout."""
    lines = list(_lines(overview, fees_possible=fees_possible))
    failed = any(payout.status == "failed" for payout in overview.over[:1])
    embed = card(
        Color.ALARM if failed else Color.PENDING if overview.on_the_way else Color.LEASE,
        author=in_mode("", producer),
        title=gettext("Payouts"),
        lines=lines,
        footer=said(_FROM_THE_BOOKS) if overview.waiting else None,
    )
    turn = arrows(
        overview.page,
        overview.count,
        lambda page: ids.PAYOUTS_PAGE(page, overview.sort.value, producer.id),
    )
    items = [*turn, *_menu(overview, producer)]
    return Message(embeds=(embed,), view=Buttons(items) if items else None)


def contents_message(
    contents: PayoutContents,
    producer: Producer,
    sales: Sequence[Sale] = (),
    *,
    fees_possible: bool = True,
) -> Message:
    """A page of a payout's contents, track by track; they add up to its amount.

    `sales`: some of its sales, for a menu that opens them.
    """
    color, title = headline(contents.payout)
    lines = [*facts(contents.payout), "", *_inside(contents, fees_possible=fees_possible)]
    turns = _arrows(contents, producer)
    embed = card(
        color,
        author=in_mode(gettext("Payout"), producer),
        title=title,
        lines=lines,
        footer=page_words(contents.page, contents.count) if turns else None,
    )
    url = dashboard.payout_url(producer, contents.payout.id)
    items = [*turns, *links("Stripe", url), *sales_menu(sales, producer)]
    return Message(embeds=(embed,), view=Buttons(items) if items else None)


def _lines(overview: PayoutsOverview, *, fees_possible: bool) -> Iterator[str]:
    if not fees_possible:
        yield f"{gettext('Pending and available are unknown.')} {said(HAVE_FEES)}"
    elif overview.unreadable:
        unknown = gettext("Pending and available are only partly known.")
        yield f"{unknown} {denied_words(overview.unreadable)}"
    elif not overview.waiting:
        yield gettext("Nothing is waiting to be paid out.")
    for one in overview.waiting:
        yield from _waiting_lines(one)
    if overview.on_the_way:
        yield f"\n**{gettext('On its way')}**"
        yield from (f"{_line(payout)} · {arrival_words(payout)}" for payout in overview.on_the_way)
    if overview.over:
        which = page_words(overview.page, overview.count) if overview.count > PAGE else ""
        yield f"\n**{_order(overview)}** {which}".rstrip()
    else:
        yield f"\n{gettext('No payout has arrived yet.')}"
    yield from map(_over_line, overview.over)


def _order(overview: PayoutsOverview) -> str:
    if overview.sort is PayoutSort.NEWEST:
        return gettext("Latest")
    if (
        overview.sort is PayoutSort.LARGEST
        and len({one.amount.currency for one in overview.over}) > 1
    ):
        return gettext("Largest first, by currency")
    return said(SORTS[overview.sort])


def _waiting_lines(one: StripeBalance) -> Iterator[str]:
    def say(amount: int) -> str:
        return money(Money(amount, one.currency))

    code = one.currency.upper()
    if one.available is None:
        unknown = gettext(
            "available: only Stripe knows, because the last payout was started by hand"
        )
        yield f"**{code}** · {unknown}"
    else:
        yield f"**{code}** · {gettext('**{amount}** available', amount=say(one.available))}"
    if not one.pending:
        return
    total = sum(becoming.amount for becoming in one.pending)
    by_day: dict[str, int] = {}
    for becoming in one.pending:
        name = day(becoming.at, short=True)
        by_day[name] = by_day.get(name, 0) + becoming.amount
    days = [
        gettext("{amount} on {day}", amount=say(amount), day=name)
        for name, amount in by_day.items()
    ]
    later = [gettext("more later")] if len(days) > _DAYS else []
    when = ", ".join([*days[:_DAYS], *later])
    yield gettext("└ **{amount}** pending: {days}", amount=say(total), days=when)


def _line(payout: PayoutRecord) -> str:
    return f"**{money(payout.amount)}** · {contents_words(payout).rstrip('.')}"


def _over_line(payout: PayoutRecord) -> str:
    if payout.status == "paid":
        arrived = gettext("arrived {day}", day=day(payout.arrival, short=True))
        return f"✅ {_line(payout)} · {arrived}"
    if payout.status == "failed":
        reason = failure_words(payout).partition("\n")[0]
        failed = gettext("❌ **{amount} failed**", amount=money(payout.amount))
        return f"{failed} · {day(payout.created, short=True)} · {reason}"
    status = status_words(payout.status)
    return f"{_line(payout)} · {status} {day(payout.created, short=True)}"


def _menu(
    overview: PayoutsOverview, producer: Producer
) -> list["discord.ui.Item[discord.ui.View]"]:
    options = [
        discord.SelectOption(
            label=f"{money(payout.amount)} · {day(payout.arrival)}",
            value=value,
            description=contents_words(payout).replace("`", "")[:OPTION],
        )
        for payout in (*overview.on_the_way, *overview.over)
        if (value := ids.payout(producer.id, payout.id)) is not None
    ]
    if not options:
        return []
    invitation = gettext("See what's in a payout")
    return [discord.ui.Select(custom_id=ids.PAYOUTS, placeholder=invitation, options=options)]


def _inside(contents: PayoutContents, *, fees_possible: bool) -> Iterator[str]:
    payout = contents.payout
    if payout.sales is None:
        yield contents_words(payout)
        if payout.automatic and not fees_possible:
            yield READ_BY_KEY
        return
    contained = contents_words(payout)
    if contents.tax:
        yield gettext("**{contents}**, after fees and tax:", contents=contained)
    else:
        yield gettext("**{contents}**, after fees:", contents=contained)
    yield from (_part_line(part, payout.amount.currency) for part in contents.parts)
    if contents.others:
        amount = money(Money(contents.other_net, payout.amount.currency))
        others = ngettext("{count} other entry", "{count} other entries", contents.others)
        what = gettext("Stripe's own fees, or payments that are not sales")
        yield f"{others} · **{amount}** · {what}"
    if contents.tax:
        amount = money(Money(contents.tax, payout.amount.currency))
        yield gettext("Tax from buyers · **{amount}** · not counted as yours", amount=amount)


def _part_line(part: PayoutTrack, currency: str) -> str:
    disputes = ngettext("{count} dispute", "{count} disputes", part.disputes)
    counts = (
        sales_words(part.sales) if part.sales else "",
        refunds_words(part.refunds) if part.refunds else "",
        disputes if part.disputes else "",
    )
    what = ", ".join(filter(None, counts)) or gettext("money returned")
    amount = money(Money(part.net, currency))
    return f"**{safe(part.track, 80)}** · {what} · **{amount}**"


def _arrows(
    contents: PayoutContents, producer: Producer
) -> list["discord.ui.Item[discord.ui.View]"]:
    name = producer.id, contents.payout.id
    if ids.payout(*name) is None:
        return []
    return arrows(contents.page, contents.count, lambda page: ids.PAYOUT_PAGE(page, *name))
