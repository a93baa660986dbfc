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
    TrackSort,
    TrackStanding,
    Unplaced,
    UnplacedReason,
    ordered,
)
from bot.text.message import Message
from bot.text.tracks import (
    HOW_TO_PLACE,
    catalogue_options,
    track_details,
    track_message,
    tracks_embed,
)
from tests import factories as make
from tests.phone import lines_at_390
from tests.text import hostile
from tests.text.limits import assert_fits, text, units

PRODUCER = make.producer()
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


def test_track_is_its_net_income_then_its_name() -> None:
    words = shown(page(track(), currencies=("usd", "eur")))
    assert "Tracks · net in USD\n1 track · 1 on sale\n**$300.00** · Midnight" in words
    assert "**$300.00** · Midnight \\*Drive\\* · $29.99–$499.00\n" in words
    assert words.endswith("Page 1 of 1 · other currencies: open a track")


def test_prices_of_most_tracks_are_said_once() -> None:
    other = track(name="Cove", offers=ordered((offer(amount=4999),)))
    words = shown(page(track(), track(name="Oak"), other, currencies=("usd",)))
    assert "\nPrices $29.99–$499.00\n\n" in words
    assert "**$300.00** · Oak\n**$300.00** · Cove · $49.99\n" in words


@pytest.mark.parametrize(
    ("sort", "head", "row"),
    [
        (TrackSort.NAME, "1 track · 1 on sale", "**$300.00** · Oak"),
        (TrackSort.INCOME, "Most earned first\n", "**$300.00** · Oak"),
        (TrackSort.NEWEST, "Newest first\n", "**$300.00** · Oak"),
        (TrackSort.SALES, "Most sales first\n", "**12 sales** · Oak · $300.00"),
    ],
)
def test_row_begins_with_the_figure_it_is_sorted_by(sort: TrackSort, head: str, row: str) -> None:
    words = shown(page(track(name="Oak"), sort=sort, currencies=("usd",)))
    assert f"\n{head}\n{row} · $29.99–$499.00" in words


@pytest.mark.parametrize(
    ("standing", "words"),
    [
        (TrackStanding.SOLD, "⭐ **Exclusive**"),
        (TrackStanding.KEPT_OFF, "kept off sale"),
    ],
)
def test_track_off_sale_that_stripe_still_sells_stands_out(
    standing: TrackStanding, words: str
) -> None:
    listed = shown(page(track(standing=standing)))
    assert f"· {words}\n" in listed.replace("\N{NO-BREAK SPACE}", " ")
    assert "⚠️ Still on sale in Stripe." in listed
    assert "⚠️" not in shown(page(track(standing=standing, offers=())))


def test_track_that_is_not_offered_and_never_sold_is_one_line() -> None:
    listed = track(standing=TrackStanding.NOT_OFFERED, offers=(), sales=0, income=())
    words = shown(page(listed, currencies=("usd",)))
    assert words.endswith("**$0.00** · Midnight \\*Drive\\* · not for sale\nPage 1 of 1")
    assert "**–** · Midnight" in shown(page(listed))


def test_prices_are_in_the_currency_that_is_shown_first() -> None:
    both = ordered((offer(amount=2500, currency="eur"), offer(), offer("WAV", 4999)))
    words = shown(page(track(offers=both, income=()), currencies=("eur", "usd")))
    assert "**€0.00** · Midnight \\*Drive\\* · €25.00\n" in words
    dollars = shown(page(track(offers=both, income=()), currencies=("usd", "eur")))
    assert "**$0.00** · Midnight \\*Drive\\* · $29.99–$49.99\n" in dollars
    never_sold = shown(page(track(offers=both, income=())))
    assert "**$0.00** · Midnight \\*Drive\\* · $29.99–$49.99\n" in never_sold


def test_ten_tracks_take_a_line_each_of_a_phone() -> None:
    names = "Midnight Drive, Neon Rain, Amber Hours, Glass Garden, Slow Burn, Cove, Oak, Tide"
    some = [track(name=name, income=(Money(124_520, "usd"),)) for name in names.split(", ")]
    sold = track(name="Paper Moon", standing=TrackStanding.SOLD, offers=())
    kept = track(name="Undertow", standing=TrackStanding.KEPT_OFF, offers=())
    message = Message(
        embeds=(tracks_embed(page(*some, sold, kept, currencies=("usd",)), PRODUCER),)
    )
    # The author, the title, a head, ten rows, the page.
    assert lines_at_390(message) == 14


def test_ten_tracks_of_the_widest_names_take_two_lines_each() -> None:
    widest = "Midnight Drive (Extended Version)"
    money = (Money(1_234_567, "usd"), Money(1_234_567, "eur"))
    for standing in TrackStanding:
        one = track(name=widest, income=money, standing=standing, offers=())
        embed = tracks_embed(page(*[one] * 10, currencies=("usd", "eur")), PRODUCER)
        assert lines_at_390(Message(embeds=(embed,))) <= 4 + 2 * 10


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


def test_one_track_begins_with_its_net_and_has_a_line_for_each_license() -> None:
    url = "https://buy.stripe.com/abc"
    offers = ordered(
        (
            offer(links=(url,)),
            offer(amount=2500, currency="eur", links=("https://buy.stripe.com/eur",)),
            offer("Exclusive", 49_900, exclusive=True),
        ),
        ("usd", "eur"),
    )
    message = track_message(track(offers=offers), make.producer())
    words = text(message)
    assert "\n**$300.00** net · 12 sales\nalso €5.00\n" in words
    assert "**$29.99** Basic Lease · [link](https://buy.stripe.com/abc)\n" in words
    assert "**$499.00** **Exclusive**\nAlso in EUR: see Details." in words
    assert "prod_" not in words
    assert_fits(message)
    assert lines_at_390(message) <= 9


def test_details_of_a_track_have_every_price_every_link_and_stripe_ids() -> None:
    links = tuple(f"https://buy.stripe.com/{n}" for n in range(2))
    offers = ordered((offer(links=links), offer(amount=2500, currency="eur")), ("usd", "eur"))
    message = track_details(track(offers=offers), make.producer())
    words = text(message)
    assert "Basic Lease\n$29.99 · €25.00 · [link](https://buy.stripe.com/0) · [link](" in words
    assert "[`prod_1`](https://dashboard.stripe.com" in words
    assert_fits(message)
    bare = text(track_details(track(offers=()), make.producer()))
    assert "None is active in Stripe." in bare


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
    assert_fits(track_details(one, make.producer()))
    [option] = catalogue_options([one])
    assert 0 < units(option.label) <= 100
    assert units(option.description or "") <= 100


def test_track_whose_fees_are_not_all_known_is_not_called_net() -> None:
    shown_as = {
        count: text(track_message(track(sales=3, unsettled=count), make.producer()))
        for count in (0, 1, 3)
    }
    assert "**$300.00** net ·" in shown_as[0]
    assert "**$300.00** net, some fees unknown ·" in shown_as[1]
    assert "**$300.00** before fees ·" in shown_as[3]
    assert "USD, some fees unknown" in shown(page(track(unsettled=1), currencies=("usd",)))
