"""Money: an integer of minor units with its currency, added and divided exactly."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

# Stripe's own table; it differs from ISO 4217 in places.
# https://docs.stripe.com/currencies#minor-units
ZERO_DECIMAL = frozenset("bif clp djf gnf jpy kmf krw mga pyg rwf vnd vuv xaf xof xpf".split())
THREE_DECIMAL = frozenset("bhd jod kwd omr tnd".split())

# All that Stripe settles or charges in, withdrawn ones too, since the past may have them.
# https://docs.stripe.com/currencies#presentment-currencies
KNOWN_CURRENCIES = frozenset(
    """
    aed afn all amd ang aoa ars aud awg azn bam bbd bdt bgn bhd bif bmd bnd bob brl bsd bwp byn byr
    bzd cad cdf chf clp cny cop crc cve czk djf dkk dop dzd eek egp etb eur fjd fkp gbp gel ghs gip
    gmd gnf gtq gyd hkd hnl hrk htg huf idr ils inr isk jmd jod jpy kes kgs khr kmf krw kwd kyd kzt
    lak lbp lkr lrd lsl ltl lvl mad mdl mga mkd mmk mnt mop mro mur mvr mwk mxn myr mzn nad ngn nio
    nok npr nzd omr pab pen pgk php pkr pln pyg qar ron rsd rub rwf sar sbd scr sek sgd shp sle sll
    sos srd std stn svc szl thb tjs tnd top try ttd twd tzs uah ugx usd uyu uzs vef ves vnd vuv
    wst xaf xcd xcg xof xpf yer zar zmk zmw
    """.split()
)


def decimals(currency: str) -> int:
    """How many decimals Stripe's minor unit of a currency has: 0, 2 or 3."""
    if currency in ZERO_DECIMAL:
        return 0
    return 3 if currency in THREE_DECIMAL else 2


class CurrencyMismatch(ValueError):
    """Amounts of two currencies were to be added."""


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """An amount in minor units (cents for usd, yen for jpy) and its lower-case ISO currency."""

    amount: int
    currency: str

    def __add__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount + other.amount, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._require_same_currency(other)
        return Money(self.amount - other.amount, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.amount, self.currency)

    def _require_same_currency(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise CurrencyMismatch(f"{self.currency} and {other.currency} do not add up")


def in_order(amounts: Iterable[Money], currencies: Sequence[str]) -> list[Money]:
    """Amounts in the order of their currencies; those in others come last, by their codes."""
    place = {code: number for number, code in enumerate(currencies)}
    return sorted(amounts, key=lambda one: (place.get(one.currency, len(place)), one.currency))


def split(total: int, weights: Sequence[int]) -> list[int]:
    """Divide `total` minor units in proportion to `weights`, so that the parts add up to it.

    Largest remainder: each part gets its share rounded towards zero, and the units left over
    go one each to the parts with the largest remainders, the earlier part first when equal.
    Where no weight is positive the parts are as equal as can be. `total` may be negative.
    An empty `weights` gives no parts, which only a `total` of 0 allows (else ValueError).
    """
    if not weights:
        if total:
            raise ValueError("nothing to divide the money over")
        return []
    if total < 0:
        return [-part for part in split(-total, weights)]
    shares = [max(weight, 0) for weight in weights]
    if not any(shares):
        shares = [1] * len(shares)
    return _largest_remainder(total, shares)


def _largest_remainder(total: int, shares: list[int]) -> list[int]:
    whole = sum(shares)
    parts = [total * share // whole for share in shares]
    remainders = [total * share % whole for share in shares]
    by_remainder = sorted(range(len(shares)), key=lambda i: (-remainders[i], i))
    for i in by_remainder[: total - sum(parts)]:
        parts[i] += 1
    return parts


def proportion(amount: int, part: int, whole: int) -> int:
    """`amount` × `part` ÷ `whole` to the nearest minor unit, a half away from zero.

    In integers alone, and symmetric: of the negative amount it is the negative share. The whole of
    an amount is the amount itself. 0 if `whole` is 0.
    """
    if not whole:
        return 0
    product = amount * part
    size = (2 * abs(product) + abs(whole)) // (2 * abs(whole))
    return size if (product < 0) == (whole < 0) else -size


def sums(amounts: Iterable[Money]) -> tuple[Money, ...]:
    """Add up by currency, never across: one Money a currency, in order of first appearance."""
    totals: dict[str, int] = {}
    for money in amounts:
        totals[money.currency] = totals.get(money.currency, 0) + money.amount
    return tuple(Money(amount, currency) for currency, amount in totals.items())
