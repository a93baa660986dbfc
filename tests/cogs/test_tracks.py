"""`/tracks`, with a track and without."""

from datetime import timedelta

import pytest

from bot.domain.sale import Producer
from bot.store.books import catalogue_rows, stripe_listings
from fakes.stripe import StripeAccount
from tests import factories as make
from tests.cogs.house import (
    NOW,
    House,
    answer_of,
    embed_of,
    labels,
    menu_of,
    options_of,
    said,
)


@pytest.fixture
def account() -> StripeAccount:
    return StripeAccount(clock=lambda: NOW, livemode=True)


async def offer(house: House, producer: Producer, account: StripeAccount, *names: str) -> None:
    """Put tracks up for sale, each with a lease and an exclusive."""
    for name in names:
        product = account.product(name)
        prices = [
            account.price(product, 2999, nickname="Basic Lease"),
            account.price(product, 49_900, nickname="Exclusive"),
        ]
        objects = [account.get("product", product), *(account.get("price", p) for p in prices)]
        async with house.store.write() as connection:
            await catalogue_rows.keep(connection, producer, objects, NOW)
            await stripe_listings.note_reading(connection, producer, NOW)


async def test_what_is_offered_and_what_it_brought(
    house: House, producer: Producer, account: StripeAccount
) -> None:
    await offer(house, producer, account, "Midnight Drive", "Neon Rain")
    sold = (
        make.settled(make.paid("1")),
        make.settled(make.paid("2", make.exclusive("Neon Rain"))),
    )
    await house.write(*sold)
    answer = await house.ask("tracks")
    assert embed_of(answer).title == "2 tracks · 1 on sale"
    words = said(answer)
    assert "**$28.80** · Midnight Drive · $29.99–$499.00\n" in words
    assert "· Neon Rain · ⭐\N{NO-BREAK SPACE}**Exclusive**" in words
    assert options_of(answer) == ["Midnight Drive", "Neon Rain"]


@pytest.mark.parametrize(
    ("sort", "order", "words"),
    [
        ("name", ["Cove", "Midnight Drive", "Neon Rain", "Oak"], "Tracks · net in USD"),
        ("income", ["Neon Rain", "Midnight Drive", "Cove", "Oak"], "Most earned first"),
        ("sales", ["Midnight Drive", "Neon Rain", "Cove", "Oak"], "Most sales first"),
        ("newest", ["Cove", "Midnight Drive", "Oak", "Neon Rain"], "Newest first"),
    ],
)
async def test_tracks_are_listed_as_one_wishes(
    house: House,
    producer: Producer,
    account: StripeAccount,
    sort: str,
    order: list[str],
    words: str,
) -> None:
    await offer(house, producer, account, "Neon Rain", "Oak", "Midnight Drive", "Cove")
    sold = make.exclusive("Neon Rain")
    await house.write(
        *(make.settled(make.paid(key)) for key in "123"), make.settled(make.paid("4", sold))
    )
    answer = await house.ask("tracks", sort=sort)
    assert options_of(answer) == order
    assert words in said(answer)


async def test_pages_of_ten_and_a_menu_that_opens_one(
    house: House, producer: Producer, account: StripeAccount
) -> None:
    await offer(house, producer, account, *(f"Track {number:02}" for number in range(12)))
    answer = await house.ask("tracks")
    assert labels(answer) == {"Previous page": False, "Next page": True}
    await house.click(answer, "Next page")
    assert options_of(answer) == ["Track 10", "Track 11"]
    opened = await house.choose(answer, "track:12")
    assert opened.followups[0].embeds[0].title == "Track 11"


async def test_one_track_whatever_the_spelling(
    house: House, producer: Producer, account: StripeAccount
) -> None:
    await offer(house, producer, account, "Midnight Drive")
    answer = await house.ask("tracks", track="midnight  DRIVE")
    assert embed_of(answer).title == "Midnight Drive"
    assert embed_of(answer).author.name == "On sale"
    assert "**$499.00** **Exclusive**" in said(answer)
    assert labels(answer) == {"Exclusive rights": True, "Details": True}
    await house.restart()
    details = await house.click(answer, "Details")
    assert "prod_" in said(details)
    assert "prod_" not in said(answer)
    rights = await house.click(answer, "Exclusive rights")
    assert embed_of(rights).title == "Midnight Drive"
    assert "**Available** · no licenses sold yet" in said(rights)


async def test_tracks_complete_as_one_types_sold_or_not(
    house: House, producer: Producer, account: StripeAccount
) -> None:
    await offer(house, producer, account, "Neon Rain", "N" * 200)
    await house.write(make.paid("1", at=NOW - timedelta(days=1)))
    for command in ("tracks", "exclusive"):
        names = [one["name"] for one in await house.complete(command, "track", "n")]
        assert set(names) == {"Neon Rain", "N" * 99 + "…", "Midnight Drive"}
        opened = await house.ask(command, track="N" * 100)
        assert (embed_of(opened).title or "").startswith("NNN")
    # A filter of sales has no use for what was never sold.
    sold = [one["name"] for one in await house.complete("sales", "track", "n")]
    assert sold == ["Midnight Drive"]


@pytest.mark.parametrize("command", ["tracks", "exclusive"])
async def test_two_tracks_that_share_100_characters_are_two_choices(
    house: House, producer: Producer, account: StripeAccount, command: str
) -> None:
    names = ["N" * 100 + " by day", "N" * 100 + " by night"]
    await offer(house, producer, account, *names)
    sold = [make.paid(str(place), make.exclusive(name)) for place, name in enumerate(names)]
    await house.write(*sold)
    choices = await house.complete(command, "track", "n")
    assert sorted(one["name"][-6:] for one in choices) == [" night", "by day"]
    for choice in choices:
        opened = await house.ask(command, track=choice["value"])
        assert (embed_of(opened).title or "")[-6:] == choice["name"][-6:]
    listed = answer_of(await house.ask(command))
    assert len(menu_of(listed)) == 2
    assert sorted(label[-6:] for label in menu_of(listed).values()) == [" night", "by day"]
    for value, label in menu_of(listed).items():
        opened = await house.owner.select(listed.message, [value])
        assert (opened.followups[-1].embeds[0].title or "")[-6:] == label[-6:]
    of_one = await house.ask("sales", track=choices[0]["value"])
    assert len(options_of(of_one)) == 1


@pytest.mark.parametrize("command", ["tracks", "exclusive"])
async def test_a_track_that_is_not_there_gets_one_line(house: House, command: str) -> None:
    line = said(await house.ask(command, track="Nowhere *Man*")).strip()
    assert line.startswith("No track called “Nowhere \\*Man\\*”.")
    assert "\n" not in line


async def test_what_keeps_the_catalogue_from_being_read_is_in_settings_too(
    house: House, producer: Producer
) -> None:
    trouble = "the Stripe API key lacks a permission: rak_payment_links_read"
    async with house.store.write() as connection:
        await stripe_listings.note_reading(connection, producer, None, trouble)
    for command in ("tracks", "settings show"):
        assert "**Payment Links** (`rak_payment_links_read`)" in said(await house.ask(command))
