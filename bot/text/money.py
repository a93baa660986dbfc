"""Money in words, as a reader of American English writes it: `$1,234.50`, `€10.00`, `¥500`."""

from collections.abc import Iterable
from decimal import Decimal
from functools import lru_cache

from babel import Locale
from babel.numbers import format_compact_decimal, format_currency, get_currency_symbol

from bot.domain.money import Money, decimals
from bot.text.language import gettext

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
    """Several currencies side by side, never summed: `$120.00 + €40.00`; empty: `nothing`."""
    return " + ".join(money(amount) for amount in amounts) or gettext("nothing")


def short_money(amount: Money) -> str:
    """For where there is little room: `$950`, `$0.50`, `¥1.5K`, `-€2M`."""
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


# The first use of a locale reads its tables: done at import, not while somebody waits.
money(Money(0, "usd"))
