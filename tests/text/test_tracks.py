"""`/tracks`: short lines, every standing, and help where something is missing."""

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import Any

import pytest

from bot.domain.money import Money
from bot.domain.track import (
    CataloguePage,
    CatalogueTrack,
    Offer,
    TrackStanding,
    Unplaced,
    UnplacedReason,
    ordered,
)
from bot.text.message import Message
from bot.text.tracks import (
    HOW_TO_PLACE,
    catalogue_options,
    track_message,
    tracks_embed,
)
from tests import factories as make
from tests.text import hostile
from tests.text.limits import assert_fits, text, units

READ = datetime(2026, 3, 10, 18, tzinfo=UTC)


def offer(
    name: str = "Basic Lease",
    amount: int = 2999,
    currency: str = "usd",
    *,
    exclusive: bool = False,
    links: tuple[str, ...] = (),
) -> Offer:
    return Offer(
        price=f"price_{name}_{amount}",
        product="prod_1",
        track="Midnight Drive",
        license=name,
        exclusive=exclusive,
        amount=Money(amount, currency),
        terms=None,
        links=links,
    )


OFFERS = ordered((offer(), offer("Premium Lease", 4999), offer("Rights", 49_900, exclusive=True)))


track = partial(
    CatalogueTrack,
    id=1,
    name="Midnight *Drive*",
    slug="midnight-drive-1",
    standing=TrackStanding.ON_SALE,
    offers=OFFERS,
    linked=False,
    sales=12,
    income=(Money(30_000, "usd"), Money(500, "eur")),
)


EMPTY = CataloguePage(
    tracks=(), page=0, count=0, on_sale=0, unplaced=(), unplaced_count=0, read=READ, trouble=""
)


def page(*tracks: CatalogueTrack, **changes: Any) -> CataloguePage:
    fields = {"count": len(tracks), "on_sale": len(tracks), "read": READ, **changes}
    return replace(EMPTY, tracks=tracks, **fields)


def shown(listed: CataloguePage, *, readable: bool = True) -> str:
    embed = tracks_embed(listed, make.producer(), readable=readable)
    message = Message(embeds=(embed,))
    assert_fits(message)
    return text(message)


def unplaced(reason: UnplacedReason, name: str = "Sample Pack") -> Unplaced:
    return Unplaced(product="prod_2", product_name=name, price=None, reason=reason)


def test_track_is_three_short_lines() -> None:
    words = shown(page(track()))
    assert "1 track · 1 on sale" in words
    assert (
        "**Midnight \\*Drive\\*** · on sale\n"
        "Basic Lease $29.99 · Premium Lease $49.99 · **Exclusive** Rights $499.00\n"
        "└ 12 sales · **$300.00 + €5.00** net"
    ) in words


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (TrackStanding.SOLD, "★ **Exclusive** sold"),
        (TrackStanding.KEPT_OFF, "kept off sale"),
    ],
)
def test_track_off_sale_that_stripe_still_sells_stands_out(
    standing: TrackStanding, words: str
) -> None:
    listed = shown(page(track(standing=standing)))
    assert f"· {words}\n" in listed
    assert "⚠️ Still on sale in Stripe." in listed
    assert "⚠️" not in shown(page(track(standing=standing, offers=())))


def test_track_that_is_not_offered_and_never_sold_is_one_line() -> None:
    listed = track(standing=TrackStanding.NOT_OFFERED, offers=(), sales=0, income=())
    assert shown(page(listed)).endswith("**Midnight \\*Drive\\*** · not offered\nPage 1 of 1")


def test_other_currencies_are_named_beside_the_main_one() -> None:
    offers = offer(), offer("WAV", 4999), offer(amount=2500, currency="eur")
    assert "Basic Lease $29.99 · WAV $49.99 · also in EUR" in shown(page(track(offers=offers)))


def test_main_currency_is_the_one_that_brings_most() -> None:
    offers = ordered((offer(amount=2500, currency="eur"), offer()))
    assert "Basic Lease $29.99 · also in EUR" in shown(page(track(offers=offers)))
    earned = track(offers=offers, income=(Money(1, "eur"), Money(1, "usd")))
    assert "Basic Lease €25.00 · also in USD" in shown(page(earned))


def test_more_licenses_than_fit_on_a_phone_are_counted() -> None:
    offers = tuple(offer(f"Lease {n}", 1000 + n) for n in range(7))
    assert "Lease 3 $10.03 · 3 more" in shown(page(track(offers=offers)))


@pytest.mark.parametrize("reason", UnplacedReason)
def test_price_that_is_not_placed_says_what_to_do(reason: UnplacedReason) -> None:
    words = shown(page(track(), unplaced=(unplaced(reason),), unplaced_count=1))
    assert f"**Sample Pack** {HOW_TO_PLACE[reason]}." in words
    assert "Not placed (1)" in words
    assert "docs/naming.md" in words


def test_prices_not_placed_are_counted() -> None:
    some = tuple(unplaced(UnplacedReason.NO_PRICE, "A") for _ in range(10))
    words = shown(page(track(), unplaced=some, unplaced_count=4000))
    assert "Not placed (4,000)" in words
    assert "… and 3,99" in words


def test_catalogue_without_a_key_says_that_it_needs_one() -> None:
    assert "run `producer-bot setup` to add one" in shown(page(read=None), readable=False)
    listed = shown(page(track(offers=())), readable=False)
    assert "Tracks known from sales." in listed
    assert "run `producer-bot setup` to add one" in listed
    assert "on sale\n" not in listed.partition("**Midnight")[0]


def test_catalogue_before_it_was_read_says_so() -> None:
    assert "still reading your products" in shown(page(read=None))
    assert "still reading your products" in shown(page(track(), read=None))


def test_empty_shop_says_how_to_put_something_up() -> None:
    words = shown(page())
    assert "one product per track" in words
    assert "docs/naming.md" in words


def test_catalogue_that_was_not_read_completely_says_so() -> None:
    trouble = "the Stripe API key lacks a permission: rak_payment_links_read"
    words = shown(page(track(), trouble=trouble))
    assert "⚠️ **Stripe could not be read completely:**" in words
    assert "can't read **Payment Links** (`rak_payment_links_read`)" in words


def test_one_track_has_a_line_for_each_license_with_its_links() -> None:
    url = "https://buy.stripe.com/abc"
    offers = ordered(
        (
            offer(links=(url,)),
            offer(amount=2500, currency="eur"),
            offer("Exclusive", exclusive=True),
        )
    )
    message = track_message(track(offers=offers), make.producer())
    words = text(message)
    assert "Basic Lease · €25.00 / $29.99 · [link](https://buy.stripe.com/abc)" in words
    assert "**Exclusive** · $29.99" in words
    assert "On sale" in words
    assert_fits(message)


def test_track_that_nothing_sells_says_so() -> None:
    listed = track(standing=TrackStanding.NOT_OFFERED, offers=(), sales=0, income=())
    words = text(track_message(listed, make.producer()))
    assert "None is active in Stripe." in words
    assert "No sales yet." in words


@pytest.mark.parametrize("name", hostile.NASTY)
def test_catalogue_of_hostile_names_fits(name: str) -> None:
    offers = tuple(offer(f"{name}{n}", 10**15, exclusive=n % 2 == 0) for n in range(40))
    money = tuple(Money(-(10**15), code) for code in ("usd", "kwd", "jpy", "xxx", "eur", "gbp"))
    one = track(name=name, offers=offers, income=money, standing=TrackStanding.SOLD)
    some = tuple(unplaced(UnplacedReason.NO_TRACK, name) for _ in range(10))
    shown(page(*[one] * 10, unplaced=some, unplaced_count=10**6, trouble=name, count=10**6))
    assert_fits(track_message(one, make.producer()))
    [option] = catalogue_options([one])
    assert 0 < units(option.label) <= 100
    assert units(option.description or "") <= 100
