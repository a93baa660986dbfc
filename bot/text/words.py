"""Words for amounts, dates and names: harmless in Discord, short enough, and readable.

Sizes are counted in UTF-16 units, the larger of the two ways in which Discord's clients and servers
count, so whatever fits here fits there. Money is written as American English does: `$1,234.50`,
`€10.00`, `¥500`.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

from babel import Locale
from babel.dates import format_skeleton, format_timedelta
from babel.numbers import format_compact_decimal, format_currency, get_currency_symbol

from bot.domain.money import Money, decimals
from bot.domain.preferences import ENGLISH
from bot.text.language import Phrase, gettext, locale, ngettext, phrase, said, spoken

NO_NAME = phrase("(no name)")

# Letters that show nothing: a name of only these is empty.
_BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
# Joiners are invisible, but emoji and several scripts need them.
_JOINERS = frozenset("\u200c\u200d")
# Everything Discord reads as markup, a mention, an emoji or a link.
# https://docs.discord.com/developers/reference#message-formatting
_MARKUP = frozenset("\\*_~`|<>[]()#@:")


def size(text: str) -> int:
    """A text's length as Discord counts it."""
    return len(text) + sum(char > "\uffff" for char in text)


def plain(text: str | None, limit: int) -> str:
    """A name for places without markup (menus, footers, author lines), at most `limit` long.

    Line breaks become spaces; control characters and direction overrides go; a text written from
    right to left is isolated, so that what follows it stays in order. Empty: `(no name)`.
    """
    return _fitted(text, limit, frozenset())


def safe(text: str | None, limit: int) -> str:
    """A name for places with markup: as `plain`, and nothing in it works as markup or mention."""
    return _fitted(text, limit, _MARKUP)


def line(text: str | None, limit: int) -> str:
    """As `safe` with as few backslashes as possible, because a lock screen shows them."""
    markup = set("\\*_~`|<>@")
    markup |= {mark[0] for mark in ("[", ":") if {"[": "](", ":": "://"}[mark] in (text or "")}
    return _fitted(text, limit, frozenset(markup))


def distinct(names: Sequence[str], limit: int) -> list[str]:
    """As `plain`, each; names that would look the same also show their ends."""
    shown = [plain(name, limit) for name in names]
    alike = {words for words, times in Counter(shown).items() if times > 1}
    return [
        _both_ends(name, limit) if words in alike else words
        for name, words in zip(names, shown, strict=True)
    ]


def _both_ends(name: str, limit: int) -> str:
    room = limit // 2
    end = name[-room:]
    while size(end) > room - 2:
        end = end[1:]
    return plain(name, limit - room) + plain(end, room)


PHONE_LINE = 271
"""The width of an embed's line on a phone 390 px wide, as `width` counts."""
_WIDTHS = {
    char: pixels
    for chars, pixels in ((" ijl.,:;'|!·", 4), ('rtfI()[]-"/', 5.5), ("mwMW@%…", 12.5))
    for char in chars
}
_TIME_OF_DAY = re.compile(r"<t:\d+:t>")


def width(words: str) -> float:
    """About how many pixels wide words are in an embed, without their markup."""
    shown = _TIME_OF_DAY.sub("10:37 PM", words).replace("**", "").replace("\\", "")
    return sum(
        18.2 if unicodedata.east_asian_width(char) in "WF" else _WIDTHS.get(char, 8.1)
        for char in shown
    )


def narrow(text: str, room: float) -> str:
    """A name for a list on a phone, its markup escaped: cut to about `room` pixels."""
    name = plain(text, PHONE_LINE // 4)
    while width(name) > room and size(name) > 2:
        name = plain(name.rstrip("…"), size(name.rstrip("…")) - 1)
    return line(name, PHONE_LINE)


def code(text: str, limit: int) -> str:
    """A text in code marks, which Discord lets one copy with one tap; `limit` counts the marks."""
    return f"`{plain(text.replace('`', ''), limit - 2)}`"


def _fitted(text: str | None, limit: int, markup: frozenset[str]) -> str:
    # A name of a million characters must not cost time.
    name = " ".join("".join(map(_cleaned, (text or "")[: limit * 4])).split())
    if not any(_shows(char) for char in name):
        name = said(NO_NAME)
        markup = frozenset()
    turned = any(unicodedata.bidirectional(char) in ("R", "AL", "AN") for char in name)
    cut = _cut(_pieces(name, markup), limit - 2 if turned else limit)
    return f"\u2068{cut}\u2069" if turned else cut


def _cleaned(char: str) -> str:
    if char in _JOINERS:
        return char
    if char.isspace():
        return " "
    return "" if unicodedata.category(char) in ("Cc", "Cf", "Cs", "Co") else char


def _shows(char: str) -> bool:
    return char not in _BLANK and unicodedata.category(char)[0] in "LNPS"


def _pieces(name: str, markup: frozenset[str]) -> Iterable[str]:
    """The name character by character, escaped where it has to be."""
    # At the start of a line `-`, `+` and `1.` would make a list.
    bullet = re.match(r"\d*([-+.])", name) if markup else None
    for index, char in enumerate(name):
        opens_list = bullet is not None and index == bullet.start(1)
        yield f"\\{char}" if char in markup or opens_list else char


def _cut(pieces: Iterable[str], limit: int) -> str:
    """As many whole pieces as fit; with `…` in place of the rest."""
    kept: list[str] = []
    used = 0
    for piece in pieces:
        used += size(piece)
        kept.append(piece)
        if used > limit:
            break
    else:
        return "".join(kept)
    while kept and used > limit - 1:
        used -= size(kept.pop())
    return "".join(kept).rstrip() + "…"


def masked(email: str | None) -> str:
    """An email for channels: `j•••@gmail.com`, without markup."""
    name, _, domain = (email or "").strip().rpartition("@")
    if not name:
        return "•••"
    return f"{safe(name[0], 4)}•••@{safe(domain, 48)}"


def timestamp(moment: datetime, style: str = "f") -> str:
    """A time that Discord shows in each reader's zone; works in descriptions and fields.

    https://docs.discord.com/developers/reference#message-formatting-timestamp-styles
    """
    return f"<t:{int(moment.timestamp())}:{style}>"


def day(moment: datetime, *, short: bool = False) -> str:
    """A day of Stripe's (payouts arrive and become available on days, kept as midnight UTC).

    No timestamp: a reader west of Greenwich would see the day before.
    """
    return date_words(moment.astimezone(UTC).date(), "MMMd" if short else "yMMMEd")


def date_words(date: date, skeleton: str = "yMMMd") -> str:
    """A date as the language spoken writes it: `Nov 24, 2026`, `24 nov 2026`.

    `skeleton`: what of it, as CLDR names it: https://cldr.unicode.org/translation/date-time
    """
    return str(format_skeleton(skeleton, date, locale=locale()))


_WEEK = timedelta(days=7)


def when_words(moment: datetime, now: datetime, timezone: str) -> str:
    """A time by its distance, for an answer: `today 10:37 AM`, `Mon 10:37 AM`, `Nov 3`,
    `Nov 3, 2025`.

    The day is the producer's; the time of day is a Discord timestamp, and shows the reader's. A
    message that is read later says `timestamp` instead.
    """
    zone = ZoneInfo(timezone)
    day, today = moment.astimezone(zone).date(), now.astimezone(zone).date()
    words = day_words(day, today)
    return words if abs(day - today) >= _WEEK else f"{words} {timestamp(moment, 't')}"


def day_words(day: date, today: date) -> str:
    """A day by its distance, for an answer: `today`, `Mon`, `Nov 3`, `Nov 3, 2025`."""
    if day == today:
        return gettext("today")
    if abs(day - today) < _WEEK:
        return date_words(day, "EEE")
    return date_words(day, "MMMd" if day.year == today.year else "yMMMd")


def sales_words(count: int) -> str:
    """`1 sale`, `1,200 sales`."""
    return ngettext("{count} sale", "{count} sales", count)


def refunds_words(count: int) -> str:
    """`1 refund`, `1,200 refunds`."""
    return ngettext("{count} refund", "{count} refunds", count)


def payouts_words(count: int) -> str:
    """`1 payout`, `1,200 payouts`."""
    return ngettext("{count} payout", "{count} payouts", count)


def duration(span: timedelta) -> str:
    """`11 minutes`, `26 seconds`: the largest unit that fits."""
    return format_timedelta(timedelta(seconds=round(span.total_seconds())), locale=locale())


def percent_words(percent: float) -> str:
    """`12%`, `1,200%`."""
    return gettext("{number}%", number=f"{percent:,.0f}")


def status_words(status: str) -> str:
    """How a refund or a payout stands, by Stripe's word for it.

    https://docs.stripe.com/api/refunds/object#refund_object-status
    """
    return stripe_word(_STATUSES, status, 30)


_STATUSES = {
    "pending": phrase("pending"),
    "requires_action": phrase("requires action"),
    "succeeded": phrase("succeeded"),
    "failed": phrase("failed"),
    "canceled": phrase("canceled"),
    "in_transit": phrase("on its way"),
}


def stripe_word(known: Mapping[str, Phrase], word: str, limit: int) -> str:
    """What we say for a word of Stripe's; the word itself while we have none for it."""
    return said(known[word]) if word in known else safe(word.replace("_", " "), limit)


def capitalized(words: str) -> str:
    """With a capital first letter, as `str.capitalize` does not: the others stay."""
    return words[:1].upper() + words[1:]


def ordinal(number: int) -> str:
    """`1st`, `2nd`, `3rd`, `11th`; in other languages the bare number."""
    if spoken() != ENGLISH:
        return str(number)
    if number % 100 in (11, 12, 13):
        return f"{number}th"
    return f"{number}{ {1: 'st', 2: 'nd', 3: 'rd'}.get(number % 10, 'th') }"


def first_names(names: Sequence[str], most: int) -> str:
    """`EUR, GBP, CAD and 2 more`."""
    shown = ", ".join(names[:most])
    others = len(names) - most
    if others <= 0:
        return shown
    return ngettext("{names} and {count} more", "{names} and {count} more", others, names=shown)


class InMode(Protocol):
    """A producer, or what else is in live mode or in test mode."""

    @property
    def livemode(self) -> bool: ...


def in_mode(text: str, of: InMode) -> str:
    """A text marked as test mode if no real money is involved: `TEST MODE · Sale #1042`."""
    if of.livemode:
        return text
    return f"{gettext('TEST MODE')} · {text}" if text else gettext("TEST MODE")


def flag(country: str | None) -> str:
    """A country's flag as an emoji; empty if the code is not two letters."""
    code = (country or "").upper()
    if not re.fullmatch("[A-Z]{2}", code):
        return ""
    return "".join(chr(0x1F1E6 + ord(letter) - ord("A")) for letter in code)


def country_name(country: str | None) -> str:
    """`🇺🇸 United States`; empty while unknown."""
    if not flag(country):
        return ""
    name = locale().territories.get((country or "").upper())
    return f"{flag(country)} {name or (country or '').upper()}"


# The first use reads the names of all countries: at import, so that no user waits.
country_name("US")
day(datetime(2026, 1, 1, tzinfo=UTC))


LOCALE = Locale.parse("en_US")
_THOUSAND = 1000


def money(amount: Money) -> str:
    """One amount with its currency, with Stripe's number of decimals (not ISO's)."""
    value = Decimal(amount.amount).scaleb(-decimals(amount.currency))
    return str(
        format_currency(
            value,
            amount.currency.upper(),
            format=_pattern(amount.currency),
            currency_digits=False,
            locale=LOCALE,
        )
    )


def monies(amounts: Iterable[Money]) -> str:
    """Several currencies, never summed: `$120.00 + €40.00`; if empty: `nothing`."""
    return " + ".join(money(amount) for amount in amounts) or gettext("nothing")


def short_money(amount: Money) -> str:
    """Short, for charts: `$950`, `$0.50`, `¥1.5K`, `-€2M`."""
    places = decimals(amount.currency)
    value = Decimal(abs(amount.amount)).scaleb(-places)
    if value < _THOUSAND and amount.amount % 10**places:
        return money(amount)
    number = format_compact_decimal(value, locale=LOCALE, fraction_digits=1)
    minus = "-" if amount.amount < 0 else ""
    return f"{minus}{_sign(amount.currency)}{number}"


@lru_cache(maxsize=256)
def _pattern(currency: str) -> str:
    places = decimals(currency)
    sign = "¤\N{NO-BREAK SPACE}" if _sign(currency)[-1:].isspace() else "¤"
    return f"{sign}#,##0.{'0' * places}" if places else f"{sign}#,##0"


@lru_cache(maxsize=256)
def _sign(currency: str) -> str:
    # A sign made of letters stands apart from the number, as CLDR's English asks:
    # https://www.unicode.org/reports/tr35/tr35-numbers.html#Currencies (currencySpacing)
    symbol = str(get_currency_symbol(currency.upper(), locale=LOCALE))
    return f"{symbol}\N{NO-BREAK SPACE}" if symbol[-1:].isalpha() else symbol


# The first use reads the locale's tables: at import, so that no user waits.
money(Money(0, "usd"))
