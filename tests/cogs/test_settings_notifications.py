"""What a producer chooses about how they are told, by command and from `/settings show`."""

from dataclasses import replace

import pytest

from bot.domain.preferences import Cadence, Detail, Preferences, QuietHours, Route
from bot.domain.sale import Producer
from bot.store import key_value, outbox
from bot.store.books import producers
from bot.store.engine import Store
from bot.text import ids
from tests import factories as make
from tests.cogs.house import House, answer_of, labels, open_house, said
from tests.store import samples


async def preferences_of(store: Store) -> Preferences:
    async with store.read() as connection:
        producer = await producers.current(connection)
    assert producer is not None
    return producer.preferences


async def test_a_digest_is_chosen_with_its_hour(house: House) -> None:
    words = said(await house.ask("settings digest", cadence="weekly", hour=18))
    assert "Digest: **every week**, Mondays at 18:00" in words
    await house.ask("settings digest", cadence="monthly", **{"also-empty": True})
    chosen = await preferences_of(house.store)
    assert (chosen.digest, chosen.digest_hour, chosen.digest_empty) == (Cadence.MONTHLY, 18, True)


async def test_quiet_hours_are_chosen_and_taken_back(house: House) -> None:
    words = said(await house.ask("settings quiet", **{"from": "10 pm", "to": "8:00"}))
    assert "Quiet hours: **22:00–08:00**" in words
    assert "failed payouts always make a sound" in words
    assert (await preferences_of(house.store)).quiet == QuietHours(22 * 60, 8 * 60)
    assert "**none**" in said(await house.ask("settings quiet"))
    assert (await preferences_of(house.store)).quiet is None


@pytest.mark.parametrize("times", [{"from": "22:00"}, {"from": "late", "to": "8"}])
async def test_half_of_the_quiet_hours_is_none(house: House, times: dict[str, str]) -> None:
    assert "`from: 22:00`" in said(await house.ask("settings quiet", **times))


async def test_alerts_language_and_currency_are_chosen(house: House) -> None:
    words = said(await house.ask("settings alerts", email="full", milestones=False))
    assert "**in full**" in words
    assert "Milestones: **off**" in words
    assert "**Español**" in said(await house.ask("settings language", language="es"))
    words = said(await house.ask("settings currency", currency="eur"))
    assert "Shown first: **EUR**" in words
    assert "You have not sold anything in it yet." in words
    assert "Stripe knows no currency" in said(await house.ask("settings currency", currency="doge"))
    assert await preferences_of(house.store) == Preferences(
        email=Detail.FULL, marks=False, language="es", currency="eur"
    )


async def test_the_currency_shown_first_leads_every_list(
    house: House, producer: Producer, store: Store
) -> None:
    for number, code in enumerate(("usd", "usd", "eur")):
        paid = make.paid(str(number))
        await samples.write(store, producer, replace(paid, currency=code))
    before = said(await house.ask("sales"))
    assert before.index("$") < before.index("€")
    await house.ask("settings currency", currency="EUR")
    listed = said(await house.ask("sales"))
    assert listed.index("€") < listed.index("$")
    # The chart has the first; below it stands the other.
    charted = said(await house.ask("stats"))
    assert "$60.00" in charted
    assert "€" not in charted
    offered = await house.complete("settings currency", "currency", "")
    assert [one["value"] for one in offered[:2]] == ["EUR", "USD"]


async def test_a_time_zone_is_chosen_as_one_types_and_stays(house: House, store: Store) -> None:
    [first, *_] = await house.complete("settings timezone", "zone", "berl")
    assert first == {"name": "Europe/Berlin · 19:00 now", "value": "Europe/Berlin"}
    words = said(await house.ask("settings timezone", zone="berlin"))
    assert "Time zone: **Europe/Berlin**" in words
    async with store.read() as connection:
        moved = await producers.current(connection)
    assert moved is not None
    assert (moved.timezone, moved.preferences.timezone) == ("Europe/Berlin", "Europe/Berlin")
    nowhere = said(await house.ask("settings timezone", zone="Narnia"))
    assert "There is no time zone “Narnia”. Write one like" in nowhere
    pacific = said(await house.ask("settings timezone", zone="PST"))
    assert pacific == "There is no time zone “PST”. Did you mean America/Los_Angeles?"


async def test_a_time_zone_of_the_bots_settings_is_not_changed(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, producer, zone_is_fixed=True) as house:
        words = said(await house.ask("settings timezone", zone="Europe/Berlin"))
        assert "fixed by `TIMEZONE`" in words
        assert "(`TIMEZONE`)" in said(await house.ask("settings show"))


async def test_refunds_get_a_channel_of_their_own_and_give_it_back(house: House) -> None:
    money = house.private_channel("money")
    words = said(await house.ask("settings channel", channel=money, **{"for": "returns"}))
    assert f"<#{money.id}> now gets **refunds and disputes**." in words
    shown = said(await house.ask("settings show"))
    assert f"**refunds and disputes:** 🔒 <#{money.id}> is private" in shown
    assert "**payouts:** with your sales" in shown
    words = said(await house.ask("settings channel", channel=house.channel, **{"for": "returns"}))
    assert "along with your sales" in words
    assert (await preferences_of(house.store)).channels == {}


async def test_what_waits_for_its_channel_is_shown_with_the_reason(
    house: House, producer: Producer, store: Store
) -> None:
    hall = house.guild.create_text_channel("hall")
    words = said(await house.ask("settings channel", channel=hall, **{"for": "payouts"}))
    assert "**Everyone in this server**" in words
    async with store.write() as connection:
        await outbox.put(
            connection,
            producer.id,
            kind="announce",
            subject="payout:po_1",
            key="announce:payout:po_1",
            now=make.NOON,
        )
        note = key_value.blocked_note(producer.id, Route.PAYOUTS)
        await key_value.put(connection, note, "everyone can see it")
    assert "**On hold: payouts.** everyone can see it" in said(await house.ask("settings show"))


async def test_the_page_changes_what_is_chosen_on_it(house: House, producer: Producer) -> None:
    page = answer_of(await house.ask("settings show"))
    menu = ids.PREFERENCE(producer.id, "quiet")
    changed = await house.owner.select(page, ["1320-480"], custom_id=menu)
    assert "Quiet hours: **22:00–08:00**" in said(changed)
    assert labels(changed) == {"Turn milestones off": True}
    changed = await house.owner.click(answer_of(changed), label="Turn milestones off")
    assert labels(changed) == {"Turn milestones on": True}
    chosen = await preferences_of(house.store)
    assert chosen == Preferences(quiet=QuietHours(22 * 60, 8 * 60), marks=False)
