"""What the made-up producer sells, and who buys it. Nobody here exists."""

from collections.abc import Mapping
from itertools import cycle, product
from typing import Any
from urllib.parse import quote

from fakes.stripe import Customer, StripeAccount

LICENSES: Mapping[str, Mapping[str, int]] = {
    "Basic Lease": {"usd": 2999, "eur": 2900, "gbp": 2500},
    "Premium Lease": {"usd": 4999, "eur": 4900, "gbp": 4200},
    "Unlimited Lease": {"usd": 12900, "eur": 12500, "gbp": 10900},
    "Exclusive": {"usd": 49900, "eur": 47900, "gbp": 42900},
}
"""Prices in minor units, by license and currency. The currencies are what buyers pay in."""

TRACKS = (
    "Midnight Drive",
    "Glass Garden",
    "Paper Lanterns",
    "Velvet Static",
    "Cold Front",
    "Amber Hours",
    "Low Tide",
    "Saturn Skyline",
    "Night Bus Home",
    "Undertow",
    "Neon Rain",
    "Slow Burn",
)
"""The best sellers first."""

ABOUT: Mapping[str, str] = {
    "Midnight Drive": "Dark synth bass and a slow, heavy groove. 92 BPM, F minor.",
    "Glass Garden": "Bells, pads and soft drums. 140 BPM, A major.",
    "Paper Lanterns": "Koto samples over a laid-back beat. 84 BPM, D minor.",
    "Velvet Static": "Lo-fi keys with tape hiss. 76 BPM, E flat major.",
    "Cold Front": "Drill drums and gliding 808s. 142 BPM, C minor.",
    "Amber Hours": "Warm Rhodes and brushed drums. 80 BPM, G major.",
    "Low Tide": "Surf guitar and a half-time beat. 96 BPM, B minor.",
    "Saturn Skyline": "Wide pads and a driving beat. 120 BPM, F sharp minor.",
    "Night Bus Home": "Muted trumpet and rain. 70 BPM, C major.",
    "Slow Burn": "A vocal sample that builds and builds. 110 BPM, E minor.",
}
"""What the producer says of tracks, where they say something: tempo and key are read from it."""

STYLES: Mapping[str, tuple[str, str]] = {
    "Midnight Drive": ("Synthwave", "Dark"),
    "Glass Garden": ("Trap", "Dreamy"),
    "Paper Lanterns": ("Lo-fi", "Calm"),
    "Velvet Static": ("Lo-fi", "Calm"),
    "Cold Front": ("Drill", "Dark"),
    "Amber Hours": ("Soul", "Warm"),
    "Low Tide": ("Trap", "Dreamy"),
    "Saturn Skyline": ("Synthwave", "Dreamy"),
    "Night Bus Home": ("Lo-fi", "Calm"),
    "Undertow": ("Drill", "Dark"),
    "Neon Rain": ("Synthwave", "Dark"),
    "Slow Burn": ("Soul", "Warm"),
}
"""The genre and the mood of each track, as its product's metadata has them."""

# Shops are set up either way, and the bot reads both: most tracks here are one product with a
# price for each license; these have a product for each license, named in the product's name.
A_PRODUCT_FOR_EACH_LICENSE = frozenset({"Undertow", "Neon Rain"})

# Sold by payment links as well: a track, and the one that it is sold together with.
WITH_LINKS = {"Midnight Drive": "Velvet Static"}

_BUYERS = """
Nova Example        nova@example.com            US
Lil Placeholder     placeholder@example.com     US
MC Lorem            mc.lorem@example.org        GB
Polly Phonic        polly@example.net           US
Cam Pressor         cam.pressor@example.com     DE
Aria Demo           aria@example.org            FR
Reva Verb           reva@example.com            US
Mike Stand          mike.stand@example.net      GB
Zoë Éclat           zoe@example.com             FR
Ana Logue           ana.logue@example.com       ES
Dee Lay             deelay@example.org          US
Phil Tur            phil.tur@example.com        NL
Bea Minor           bea@example.net             CA
Young Sample        young.sample@example.com    US
Octavia Range       octavia@example.org         IT
Ben D. Pitch        ben.d@example.com           US
Harmony Loop        harmony@example.com         US
Björn Bäss          bjorn@example.net           DE
Lou Dness           lou@example.com             AU
Cliff Treble        cliff@example.org           GB
Tess Tone           tess.tone@example.com       US
Ray Tio             ray.tio@example.net         MX
ビート太郎          beat.taro@example.com       JP
Jack Input          jack@example.com            US
Dolores Amet        dolores@example.org         ES
Kit Snare           kit@example.com             US
Viola Verse         viola@example.net           AT
Tom Tom Test        tomtom@example.com          US
Minor Key Mia       mia@example.org             SE
Gain O'Stage        gain@example.com            IE
"""

# Those who buy now and then: every first name with every last name.
_FIRST_NAMES = "Cleo Dex Esi Gus Ida Juno Otis Wren".split()
_LAST_NAMES = "Fader Hihat Kick Tape Vinyl Wavform".split()
_COUNTRIES = "US DE US GB US FR CA US NL AU US ES".split()

EURO = frozenset({"DE", "FR", "ES", "NL", "IT", "AT", "IE"})


def _buyers() -> dict[str, Customer]:
    rows = [line.rsplit(maxsplit=2) for line in _BUYERS.strip().splitlines()]
    pairs = product(_FIRST_NAMES, _LAST_NAMES)
    for (first, last), country in zip(pairs, cycle(_COUNTRIES), strict=False):
        rows.append([f"{first} {last}", f"{first}.{last}@example.com".lower(), country])
    return {
        name.strip(): Customer(name=name.strip(), email=email, country=country)
        for name, email, country in rows
    }


BUYERS: Mapping[str, Customer] = _buyers()
"""By name; those who buy most first."""


def currency_of(buyer: Customer) -> str:
    """What a buyer pays in: pounds and euros at home, US dollars everywhere else."""
    if buyer.country == "GB":
        return "gbp"
    return "eur" if buyer.country in EURO else "usd"


class Shop:
    """The producer's products and prices in the simulated Stripe account."""

    def __init__(self, account: StripeAccount, previews: str = "") -> None:
        """`previews`: the address below which there is something to hear of each track."""
        self._account = account
        self._previews = previews
        self._prices: dict[tuple[str, str, str], str] = {}
        self._products: dict[str, set[str]] = {}
        for track in TRACKS:
            self._offer(track)
        for track in WITH_LINKS:
            self._link(track)

    def price(self, track: str, license_name: str, buyer: Customer) -> str:
        """The id of the price at which this buyer gets a license of a track."""
        return self._prices[track, license_name, currency_of(buyer)]

    def take_off(self, track: str) -> None:
        """What the producer did by hand, before there was a bot, when a track was sold."""
        prices = [price for (name, _, _), price in self._prices.items() if name == track]
        for object_id in (*prices, *sorted(self._products[track])):
            self._account.archive(object_id)

    def _link(self, track: str) -> None:
        """A payment link for each lease in dollars, and a bundle with another track."""
        leases = [name for name in LICENSES if name != "Exclusive"]
        for license_name in leases:
            self._account.link([self._prices[track, license_name, "usd"]])
        bundle = [(track, leases[0]), (WITH_LINKS[track], leases[0])]
        self._account.link([self._prices[name, lease, "usd"] for name, lease in bundle])

    def _offer(self, track: str) -> None:
        own_products = track in A_PRODUCT_FOR_EACH_LICENSE
        shown: dict[str, Any] = {"description": ABOUT.get(track), "metadata": self._metadata(track)}
        product = None if own_products else self._account.product(track, **shown)
        for license_name, amounts in LICENSES.items():
            sold_as = product or self._account.product(f"{track} – {license_name}", **shown)
            self._products.setdefault(track, set()).add(sold_as)
            for currency, amount in amounts.items():
                self._prices[track, license_name, currency] = self._account.price(
                    sold_as, amount, currency, nickname=None if own_products else license_name
                )

    def _metadata(self, track: str) -> Mapping[str, str]:
        genre, mood = STYLES[track]
        preview = f"{self._previews}/{quote(track)}.wav"
        return {"genre": genre, "mood": mood} | ({"preview_url": preview} if self._previews else {})
