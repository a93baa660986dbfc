"""Payouts: the living alert of one, `/payouts`, and what is in one."""

import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

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
from bot.text.message import (
    OPTION,
    Color,
    Item,
    Message,
    button,
    card,
    links,
    menus,
    page_buttons,
    page_words,
)
from bot.text.sale_lines import HAVE_FEES, denied_words, sales_menu
from bot.text.words import (
    capitalized,
    code,
    day,
    day_words,
    in_mode,
    money,
    plain,
    refunds_words,
    safe,
    sales_words,
    status_words,
    stripe_word,
    timestamp,
)

BY_HAND = phrase("Started by hand: Stripe gives no breakdown.")
FAILURES = {
    "account_closed": phrase("The bank account has been closed."),
    "account_frozen": phrase("The bank account has been frozen."),
    "bank_account_restricted": phrase("The bank account cannot take this kind of payment."),
    "bank_ownership_changed": phrase("The account's bank has changed."),
    "could_not_process": phrase("The bank could not process it."),
    "debit_not_authorized": phrase("The bank account does not allow Stripe to take money back."),
    "declined": phrase("The bank declined it."),
    "incorrect_account_holder_name": phrase("The account holder's name is wrong."),
    "insufficient_funds": phrase("There is not enough money in your Stripe balance."),
    "invalid_account_number": phrase("The account number is wrong."),
    "invalid_currency": phrase("The bank account does not take this currency."),
    "no_account": phrase("The bank account could not be found."),
    "unsupported_card": phrase("The card does not accept payouts."),
}
"""Stripe's codes, where it sends no words: https://docs.stripe.com/api/payouts/failures"""

_MONEY_BACK = phrase("The money is back in your Stripe balance.")


def payout_alert(
    record: PayoutRecord, producer: Producer, *, fees_possible: bool = True
) -> Message:
    """A payout's living message: on its way, then paid out, or failed with what to do."""
    color, title = headline(record)
    lines = [*_standing(record), contents_words(record)]
    if record.automatic and record.sales is None and not fees_possible:
        lines.append(said(READ_BY_KEY))
    embed = card(color, lines=lines, footer=gettext("Payout sent"))
    embed.timestamp = record.created
    custom_id = ids.payout(producer.id, record.id)
    inside = [button(gettext("What's in it"), custom_id)] if record.automatic and custom_id else []
    items = [*inside, *links("Stripe", dashboard.payout_url(producer, record.id))]
    return Message.of(embed, items, content=in_mode(title, producer))


def payout_reply(record: PayoutRecord, producer: Producer) -> str:
    """The short message under a payout that failed: an edit alone would notify nobody."""
    url = dashboard.payout_url(producer, record.id)
    where = f" [{gettext('Open it in Stripe')}](<{url}>)" if url else ""
    head = gettext("❌ **{amount} payout failed**", amount=money(record.amount))
    return in_mode(f"{head}\n{failure_words(record)}{where}", producer)


def headline(record: PayoutRecord) -> tuple[Color, str]:
    """The payout's state as a color and a title."""
    amount = money(record.amount)
    if record.status == "paid":
        return Color.LEASE, gettext("{amount} paid out", amount=amount)
    if record.status == "failed":
        return Color.ALARM, gettext("{amount} payout failed", amount=amount)
    if record.status == "canceled":
        return Color.REFUNDED, gettext("{amount} payout canceled", amount=amount)
    return Color.PENDING, gettext("{amount} on its way to your bank", amount=amount)


def facts(record: PayoutRecord) -> list[str]:
    """When it arrives, or why it failed; when it was sent."""
    return [*_standing(record), gettext("Sent {time}", time=timestamp(record.created))]


def _standing(record: PayoutRecord) -> list[str]:
    if record.status == "failed":
        return [said(_MONEY_BACK), failure_words(record)]
    if record.status == "canceled":
        return [said(_MONEY_BACK)]
    return [capitalized(arrival_words(record))]


def arrival_words(record: PayoutRecord) -> str:
    """`arrives **Tue, Nov 24, 2026**`."""
    if record.status == "paid":
        return gettext("arrived **{day}**", day=day(record.arrival))
    return gettext("arrives **{day}**", day=day(record.arrival))


def failure_words(record: PayoutRecord) -> str:
    """Stripe's reason in words, and what to do."""
    check = gettext("Check your bank details in Stripe: later payouts wait until you do.")
    if not record.failure:
        return check
    return f"{gettext('Stripe says: {reason}', reason=_reason(record))}\n{check}"


READ_BY_KEY = phrase("The breakdown needs a Stripe key: set `STRIPE_API_KEY`.")
"""For payouts whose contents are unknown without a key."""


def contents_words(record: PayoutRecord) -> str:
    """`9 sales, 1 refund`; Stripe gives no breakdown of a payout started by hand."""
    if not record.automatic:
        return said(BY_HAND)
    if record.sales is None and record.unreadable:
        return gettext(
            "Breakdown unknown: my Stripe key can't read it ({permission})",
            permission=code(record.unreadable, 60),
        )
    if record.sales is None:
        return gettext("Breakdown pending from Stripe.")
    parts = [sales_words(record.sales)]
    if record.refunds:
        parts.append(refunds_words(record.refunds))
    return ", ".join(parts)


def _reason(record: PayoutRecord) -> str:
    failure = record.failure or ""
    is_code = re.fullmatch("[a-z_]+", failure)
    return stripe_word(FAILURES, failure, 100) if is_code else safe(failure, 300)


SORTS = {
    PayoutSort.NEWEST: phrase("Newest first"),
    PayoutSort.OLDEST: phrase("Oldest first"),
    PayoutSort.LARGEST: phrase("Largest first"),
}
"""What `/payouts sort:` offers for past payouts."""
_FROM_THE_BOOKS = phrase("Counts your sales and refunds, not the rest of your Stripe balance.")


def payouts_message(
    overview: PayoutsOverview, producer: Producer, now: datetime, *, fees_possible: bool = True
) -> Message:
    """What is pending, available, on its way and paid out, with a menu that opens a payout."""
    today = now.astimezone(ZoneInfo(producer.timezone)).date()
    lines = list(_lines(overview, today, fees_possible=fees_possible))
    failed = any(payout.status == "failed" for payout in overview.over[:1])
    embed = card(
        Color.ALARM if failed else Color.PENDING if overview.on_the_way else Color.LEASE,
        author=in_mode("", producer),
        title=gettext("Payouts"),
        lines=lines,
        footer=said(_FROM_THE_BOOKS) if overview.waiting else None,
    )

    def page_id(page: int) -> str:
        return ids.PAYOUTS_PAGE(page, overview.sort.value, producer.id)

    items = [*page_buttons(overview.page, overview.count, page_id), *_menu(overview, producer)]
    return Message.of(embed, items)


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
    name = producer.id, contents.payout.id
    turns: list[Item] = []
    if ids.payout(*name) is not None:
        turns = page_buttons(
            contents.page, contents.count, lambda page: ids.PAYOUT_PAGE(page, *name)
        )
    embed = card(
        color,
        author=in_mode(gettext("Payout"), producer),
        title=title,
        lines=lines,
        footer=page_words(contents.page, contents.count) if turns else None,
    )
    url = dashboard.payout_url(producer, contents.payout.id)
    items = [*turns, *links("Stripe", url), *sales_menu(sales, producer)]
    return Message.of(embed, items)


def _lines(overview: PayoutsOverview, today: date, *, fees_possible: bool) -> Iterator[str]:
    if not fees_possible:
        yield f"{gettext('Pending and available are unknown.')} {said(HAVE_FEES)}"
    elif overview.unreadable:
        unknown = gettext("Pending and available are only partly known.")
        yield f"{unknown} {denied_words(overview.unreadable)}"
    waiting = [line for one in overview.waiting for line in _waiting_lines(one, today) if line]
    if fees_possible and not overview.unreadable and not waiting:
        yield gettext("Nothing is waiting to be paid out.")
    yield from waiting
    if overview.on_the_way:
        yield f"\n**{gettext('On its way')}**"
    for payout in overview.on_the_way:
        arrives = gettext("arrives {day}", day=_day(payout.arrival, today))
        yield _line(payout, arrives)
    if overview.over:
        which = page_words(overview.page, overview.count) if overview.count > PAGE else ""
        yield f"\n**{_order(overview)}** {which}".rstrip()
    else:
        yield f"\n{gettext('No payout has arrived yet.')}"
    yield from (_over_line(payout, today) for payout in overview.over)


def _order(overview: PayoutsOverview) -> str:
    if overview.sort is PayoutSort.NEWEST:
        return gettext("Past payouts")
    currencies = {one.amount.currency for one in overview.over}
    if overview.sort is PayoutSort.LARGEST and len(currencies) > 1:
        return gettext("Largest first, by currency")
    return said(SORTS[overview.sort])


def balance_line(one: StripeBalance) -> str:
    """`**$106.74** available · **$647.75** pending`; empty if neither is known."""
    pending = sum(becoming.amount for becoming in one.pending)
    amounts = []
    if one.available:
        available = money(Money(one.available, one.currency))
        amounts.append(gettext("**{amount}** available", amount=available))
    if pending:
        amount = money(Money(pending, one.currency))
        amounts.append(gettext("**{amount}** pending", amount=amount))
    return " · ".join(amounts)


def _waiting_lines(one: StripeBalance, today: date) -> Iterator[str]:
    """Available and pending, why a balance is negative, and when the pending amount comes."""
    if words := balance_line(one):
        yield words
    if one.available is None:
        yield gettext(
            "{currency} available: only Stripe knows, because the last payout was started by hand",
            currency=one.currency.upper(),
        )
    elif one.available < 0:
        yield f"└ {gettext('Refunds and disputes exceed sales')}"
    if days := list(_pending_days(one, today)):
        yield f"└ {' · '.join(days)}"


def _pending_days(one: StripeBalance, today: date) -> Iterator[str]:
    """The next amount with its day, and all that comes later with the last day."""
    by_day: dict[date, int] = {}
    for becoming in one.pending:
        arrives = becoming.at.astimezone(UTC).date()
        by_day[arrives] = by_day.get(arrives, 0) + becoming.amount
    if not by_day:
        return
    first, *later = sorted(by_day)
    amount = money(Money(by_day[first], one.currency))
    yield f"{amount} {day_words(first, today)}"
    if later:
        amount = money(Money(sum(by_day[each] for each in later), one.currency))
        last = day_words(later[-1], today)
        by_then = gettext("{amount} by {day}", amount=amount, day=last)
        yield by_then if len(later) > 1 else f"{amount} {last}"


def _day(moment: datetime, today: date) -> str:
    """One of Stripe's days, by its distance."""
    return day_words(moment.astimezone(UTC).date(), today)


def _line(payout: PayoutRecord, when: str) -> str:
    """One line: refunds and reasons are seen when it is opened."""
    if not payout.automatic:
        inside = gettext("started by hand")
    elif payout.sales or not payout.refunds:
        inside = "" if payout.sales is None else sales_words(payout.sales)
    else:
        inside = refunds_words(payout.refunds)
    return " · ".join(filter(None, (f"**{money(payout.amount)}**", when, inside)))


def _over_line(payout: PayoutRecord, today: date) -> str:
    if payout.status == "paid":
        return _line(payout, _day(payout.arrival, today))
    when = _day(payout.created, today)
    if payout.status == "failed":
        reason = failure_words(payout).partition("\n")[0]
        failed = gettext("❌ **{amount} failed**", amount=money(payout.amount))
        return f"{failed} · {when}\n└ {reason}"
    return _line(payout, f"{status_words(payout.status)} {when}")


def _menu(overview: PayoutsOverview, producer: Producer) -> list[Item]:
    options = [
        discord.SelectOption(
            label=f"{money(payout.amount)} · {day(payout.arrival)}",
            value=value,
            description=plain(contents_words(payout).replace("`", ""), OPTION),
        )
        for payout in (*overview.on_the_way, *overview.over)
        if (value := ids.payout(producer.id, payout.id)) is not None
    ]
    return menus(ids.PAYOUTS, options, gettext("See what's in a payout"))


def _inside(contents: PayoutContents, *, fees_possible: bool) -> Iterator[str]:
    payout = contents.payout
    if payout.sales is None:
        yield contents_words(payout)
        if payout.automatic and not fees_possible:
            yield said(READ_BY_KEY)
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
        yield f"**{amount}** · {others}: {what}"
    if contents.tax:
        amount = money(Money(contents.tax, payout.amount.currency))
        yield gettext("**{amount}** · tax from buyers, not counted as yours", amount=amount)


def _part_line(part: PayoutTrack, currency: str) -> str:
    disputes = ngettext("{count} dispute", "{count} disputes", part.disputes)
    counts = (
        sales_words(part.sales) if part.sales else "",
        refunds_words(part.refunds) if part.refunds else "",
        disputes if part.disputes else "",
    )
    what = ", ".join(filter(None, counts)) or gettext("money returned")
    amount = money(Money(part.net, currency))
    return f"**{amount}** · {safe(part.track, 60)} · {what}"
