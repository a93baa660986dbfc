"""What commands say before there is anything to show, and without a key to read fees with."""

import pytest

from bot.domain.sale import Producer
from bot.store.books import stripe_listings
from bot.store.engine import Store
from tests import factories as make
from tests.cogs.house import NOW, House, answer_of, open_house, said

KEYLESS = {
    "sales": "Fees are unknown without a Stripe key.",
    "stats": "Fees are unknown without a Stripe key.",
    "payouts": "Pending and available are unknown.",
    "tracks": "To see your catalog I need a Stripe key",
}


@pytest.mark.parametrize(
    ("command", "options", "words"),
    [
        ("sales", {}, "No sales yet"),
        ("stats", {"period": "week"}, "No sales in this period."),
        ("exclusive", {}, "No exclusive sales yet"),
        ("payouts", {}, "Nothing is waiting to be paid out."),
        ("payouts", {}, "No payout has arrived yet."),
        ("tracks", {}, "still reading your products"),
        ("export", {"what": "sales"}, "No sales or refunds"),
        ("export", {"what": "payouts"}, "No payouts"),
        ("export", {"what": "buyers"}, "No purchases"),
    ],
)
async def test_command_before_the_first_sale_says_that_there_is_nothing(
    house: House, command: str, options: dict[str, str], words: str
) -> None:
    answer = await house.ask(command, **options)
    assert words in said(answer)
    assert not answer_of(answer).attachments


async def test_an_empty_shop_is_told_what_to_do(house: House, producer: Producer) -> None:
    assert f"<#{house.channel.id}>" in said(await house.ask("sales"))
    async with house.store.write() as connection:
        await stripe_listings.note_reading(connection, producer, NOW)
    assert "There is nothing for sale in Stripe." in said(await house.ask("tracks"))


async def test_command_without_a_key_says_what_needs_one(store: Store, producer: Producer) -> None:
    async with open_house(store, producer, fees_possible=False) as house:
        assert "run `producer-bot setup` to add one" in said(await house.ask("tracks"))
        await house.write(make.paid("1"))
        for command, words in KEYLESS.items():
            assert words in said(await house.ask(command)), command
        listed = said(await house.ask("tracks"))
        assert "Tracks · before fees in USD" in listed
        assert "**$30.00** · Midnight Drive · not for sale" in listed
        assert "**$30.00** before fees" in said(await house.ask("tracks", track="midnight"))
        assert "`producer-bot setup`" in said(await house.ask("payouts"))
