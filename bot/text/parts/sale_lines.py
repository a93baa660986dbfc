"""One sale on a line or two, as lists of sales show it."""

from bot.domain.money import Money
from bot.domain.records import Sale, SaleState
from bot.text.language import gettext, said
from bot.text.money import money
from bot.text.parts.contact import who
from bot.text.parts.licenses import license_name
from bot.text.parts.payouts import progress_words
from bot.text.price import NEEDS_KEY, SETTLING, sale_price, state_words
from bot.text.words import safe, timestamp


def listed_sale(sale: Sale, *, fees_possible: bool, unreadable: str = "") -> str:
    """Two lines: number, track, license and money; then when, who, how it stands.

    At most about 350 characters, so that ten fit into an embed. `unreadable`: the permission for
    lack of which the key is not told of fees.
    """
    name = f"`#{sale.number}` **{safe(sale.track, 60)}** · {license_name(sale, 32)}"
    facts = [
        timestamp(sale.sold, "d"),
        who(sale.buyer, 28),
        status_words(sale),
        progress_words(sale.payout, short=True) if sale.state.is_sale else "",
    ]
    money_line = _sale_money(sale, fees_possible, unreadable)
    return f"{name} · {money_line}\n└ " + " · ".join(fact for fact in facts if fact)


def brief_sale(sale: Sale) -> str:
    """One line: number, day, track, license, price and what is unusual."""
    return _line(sale, f"**{safe(sale.track, 48)}**", license_name(sale, 32), sale_price(sale))


def licensed_sale(sale: Sale) -> str:
    """The same of a track that is known: who bought which license of it when."""
    return _line(sale, license_name(sale, 32), who(sale.buyer, 28))


def _line(sale: Sale, *facts: str) -> str:
    unusual = status_words(sale) if sale.state is not SaleState.PAID or sale.conflict else ""
    line = f"`#{sale.number}` {timestamp(sale.sold, 'd')} {' · '.join(facts)}"
    return f"{line} · {unusual}" if unusual else line


def _sale_money(sale: Sale, fees_possible: bool, unreadable: str) -> str:
    """`$29.95 → **$28.78**`: before and after fees; what is left once money went back."""
    price = sale_price(sale)
    if not sale.state.is_sale or sale.price.amount == 0:
        return price
    if sale.share is None and unreadable and not sale.complete:
        return f"{price} · {gettext('fees not known')}"
    if sale.share is None:
        return f"{price} → {said(SETTLING)}" if fees_possible else f"{price} · {said(NEEDS_KEY)}"
    if sale.state is SaleState.PAID:
        return f"{price} → **{money(Money(sale.share.net, sale.share.currency))}**"
    return f"{price} → {gettext('**{amount}** left', amount=money(sale.left))}"


def status_words(sale: Sale) -> str:
    """`paid`, `**refunded**`, `⚠️ **conflict**`: what is ordinary stays quiet."""
    words = state_words(sale.state)
    if sale.state is not SaleState.PAID:
        words = f"**{words}**"
    return f"⚠️ **{gettext('conflict')}** · {words}" if sale.conflict else words
