"""`/settings show` and `/settings channel`."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import discord
import pytest
from simcord.actors import MemberActor
from simcord.builders import ChannelHandle, GuildHandle

from bot.domain.import_progress import EventsSeen, ImportProgress
from bot.domain.polling import Polling
from bot.domain.preferences import Route
from bot.domain.problem import GONE, Problem
from bot.domain.sale import Producer
from bot.store import key_value, outbox
from bot.store.books import problem_log, producers
from bot.store.books.sync_progress import note_events, note_import
from bot.store.engine import Store
from bot.store.inbox import Inbox, Incoming
from bot.text import ids
from bot.text.message import Buttons
from tests import factories as make
from tests.cogs.application import application, team
from tests.cogs.house import NOW, House, answer_of, labels, open_house, private_channel, said


async def place_of(store: Store) -> tuple[int | None, int | None]:
    async with store.read() as connection:
        producer = await producers.current(connection)
    assert producer is not None
    return producer.guild_id, producer.channel_id


async def test_the_only_server_may_choose_the_channel(store: Store, producer: Producer) -> None:
    called: list[str] = []
    async with store.write() as connection:
        await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    async with open_house(store, None, wake=lambda: called.append("set")) as house:
        answer = await house.ask("settings channel", channel=house.channel)
        assert f"Sale alerts now go to <#{house.channel.id}>." in said(answer)
        assert "🔒" in said(answer)
        assert called == ["set"]
        # For both modes of the account.
        async with store.read() as connection:
            everyone = await producers.everyone(connection)
        places = [(one.guild_id, one.channel_id) for one in everyone]
        assert places == [(house.guild.id, house.channel.id)] * 2


async def test_of_several_servers_only_the_owner_of_the_application_may_choose(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, None) as house:
        house.env.create_guild("Another")
        answer = await house.ask("settings channel", channel=house.channel)
        assert "only the owner of my Discord application" in said(answer)
        assert await place_of(store) == (None, None)
        with application(owner=house.owner.id):
            await house.ask("settings channel", channel=house.channel)
        assert await place_of(store) == (house.guild.id, house.channel.id)


async def leave(house: House) -> None:
    """The bot is removed from its first server."""
    guild = house.env.bot.get_guild(house.guild.id)
    assert guild is not None
    await guild.leave()
    await house.env.settle()


def elsewhere(house: House) -> tuple[GuildHandle, MemberActor, ChannelHandle]:
    """Another server, whose manager is the one who manages the first too, with a channel there."""
    guild = house.env.create_guild("Second")
    managers = guild.create_role("Managers", permissions=discord.Permissions(manage_guild=True))
    manager = guild.add_member(house.env.create_user("manager"), roles=[managers])
    return guild, manager, private_channel(guild, managers, "sales")


@pytest.mark.parametrize(
    ("told", "may"),
    [
        (lambda me: {"owner": me}, True),
        (lambda me: {"owner": 1, "team": team(me, (me, "", 2))}, True),
        (lambda me: {"owner": 1, "team": team(1, (me, "admin", 2))}, True),
        (lambda me: {"owner": 1, "team": team(1, (me, "developer", 2))}, True),
        (lambda me: {"owner": 1, "team": team(1, (me, "admin", 1))}, False),
        (lambda me: {"owner": me, "team": team(1, (me, "read_only", 2))}, False),
        (lambda _: {"owner": 1}, False),
    ],
)
async def test_once_removed_from_its_server_only_the_applications_owner_claims_another(
    house: House, told: Callable[[int], dict[str, Any]], may: bool
) -> None:
    guild, manager, channel = elsewhere(house)
    before = await place_of(house.store)
    with application(owner=manager.id):
        refused = await manager.slash(channel, "settings channel", channel=channel)
        assert "works for another server" in said(refused)
    await leave(house)
    assert "I was removed from my server" in said(await manager.slash(channel, "sales"))
    with application(**told(manager.id)):
        answer = said(await manager.slash(channel, "settings channel", channel=channel))
    assert ("Sale alerts now go to" in answer) is may
    assert await place_of(house.store) == ((guild.id, channel.id) if may else before)
    assert ("I was removed" in said(await manager.slash(channel, "sales"))) is not may


async def test_the_owner_is_not_guessed_while_discord_does_not_say(house: House) -> None:
    _, manager, channel = elsewhere(house)
    await leave(house)
    house.env.inject_error("GET", "/oauth2/applications/@me", status=503)
    answer = said(await manager.slash(channel, "settings channel", channel=channel))
    assert "Try again in a minute" in answer


MEMBERS = 20


async def gated(house: House, members: int) -> ChannelHandle:
    """A channel that is hidden from @everyone, and seen by a role of so many members, of 24."""
    role = house.guild.create_role("Verified")
    for number in range(members):
        house.guild.add_member(house.env.create_user(f"v{number}"), roles=[role])
    for number in range(MEMBERS - members):
        house.guild.add_member(house.env.create_user(f"n{number}"))
    return house.private_channel("lounge", seen_by=role)


async def test_a_channel_that_most_members_see_is_taken_only_after_a_question(
    house: House,
) -> None:
    before = await place_of(house.store)
    lounge = await gated(house, 15)
    asked = await house.ask("settings channel", channel=lounge)
    assert "Most of this server can see this channel" in said(asked)
    assert "**Verified** (15 of 24 members)" in said(asked)
    assert "**Managers** (1 of 24 members)" in said(asked)
    assert "every amount and every buyer's name" in said(asked)
    await house.click(asked, "Cancel")
    assert await place_of(house.store) == before
    asked = await house.ask("settings channel", channel=lounge)
    answer = await house.click(asked, "Use it anyway")
    assert f"Sale alerts now go to <#{lounge.id}>." in answer_of(answer).embeds[0].description
    assert await place_of(house.store) == (house.guild.id, lounge.id)


async def test_the_channel_of_one_kind_of_news_is_asked_about_too(
    house: House, producer: Producer
) -> None:
    lounge = await gated(house, 15)
    asked = await house.ask("settings channel", channel=lounge, **{"for": "payouts"})
    assert "**Verified** (15 of 24 members)" in said(asked)
    await house.click(asked, "Use it anyway")
    async with house.store.read() as connection:
        found = await producers.by_id(connection, producer.id)
    assert found.preferences.channels == {Route.PAYOUTS: lounge.id}


async def test_a_channel_that_few_members_see_is_taken_at_once(house: House) -> None:
    lounge = await gated(house, 5)
    words = said(await house.ask("settings channel", channel=lounge))
    assert "Sale alerts now go to" in words
    assert "Roles that can see it: **Verified**" in words
    assert await place_of(house.store) == (house.guild.id, lounge.id)


async def test_a_role_is_named_without_numbers_when_discord_tells_none(house: House) -> None:
    lounge = await gated(house, 5)
    house.env.inject_error("GET", "/guilds/*/roles/member-counts", status=403)
    words = said(await house.ask("settings channel", channel=lounge))
    assert "Most of this server may see this channel" in words
    assert "- **Verified**\n" in words
    assert "Discord didn't say how many members that is." in words


async def test_the_answer_to_the_question_is_not_to_be_forged_in_another_server(
    house: House,
) -> None:
    _, manager, channel = elsewhere(house)
    there = house.env.bot.get_channel(channel.id)
    assert isinstance(there, discord.TextChannel)
    item: discord.ui.Item[discord.ui.View] = discord.ui.Button(
        label="?", custom_id=ids.CHANNEL("sales", channel.id, "yes")
    )
    message = await there.send("?", view=Buttons([item]))
    answer = await manager.click(message, label="?")
    assert "works for another server" in said(answer)


async def test_the_channel_may_be_changed_from_the_producers_server(house: House) -> None:
    other = house.private_channel("money")
    await house.ask("settings channel", channel=other)
    assert await place_of(house.store) == (house.guild.id, other.id)


async def test_a_channel_that_everyone_sees_is_taken_with_a_warning(house: House) -> None:
    hall = house.guild.create_text_channel("hall")
    words = said(await house.ask("settings channel", channel=hall))
    assert "**Everyone in this server**" in words
    assert "Edit Channel → Permissions → Private Channel" in words
    assert await place_of(house.store) == (house.guild.id, hall.id)


@pytest.mark.parametrize(
    ("lacking", "name"),
    [
        ("send_messages", "**Send Messages**"),
        ("embed_links", "**Embed Links**"),
        ("attach_files", "**Attach Files**"),
        ("read_message_history", "**Read Message History**"),
    ],
)
async def test_a_channel_in_which_it_cannot_post_is_not_taken(
    house: House, lacking: str, name: str
) -> None:
    before = await place_of(house.store)
    other = house.private_channel("muted", seen_by=None, **{lacking: False})
    words = said(await house.ask("settings channel", channel=other))
    assert name in words
    assert "Nothing was changed." in words
    assert await place_of(house.store) == before


async def test_a_channel_fixed_by_the_bots_settings_is_not_changed(
    store: Store, producer: Producer
) -> None:
    async with open_house(store, producer, alerts_channel=1) as house:
        words = said(await house.ask("settings channel", channel=house.channel))
        assert "`DISCORD_ALERTS_CHANNEL`" in words


async def test_before_stripe_called_there_is_nobody_to_choose_for(store: Store) -> None:
    async with open_house(store, None) as house:
        words = said(await house.ask("settings channel", channel=house.channel))
        assert "No Stripe account yet." in words


async def test_what_was_given_up_is_tried_again_in_the_new_channel(
    house: House, producer: Producer
) -> None:
    await fail_one(house, producer)
    await house.ask("settings channel", channel=house.channel)
    async with house.store.read() as connection:
        assert await outbox.counts(connection, producer.id) == {"pending": 1}


async def test_all_is_well(house: House) -> None:
    await receive(house.store)
    words = said(await house.ask("settings show"))
    for line in (
        "**All is well**",
        "**Live mode**: real money",
        "Time zone: **America/New\\_York**",
        f"🔒 <#{house.channel.id}> is private",
        f"Last heard <t:{int(NOW.timestamp())}:R>",
        "1 event waiting to be processed",
    ):
        assert line in words


async def test_what_is_wrong_is_said(house: House, producer: Producer) -> None:
    await fail_one(house, producer)
    async with house.store.write() as connection:
        await key_value.put(connection, key_value.blocked_note(producer.id), "the channel is gone")
    words = said(await house.ask("settings show"))
    assert "**Stripe has not called yet.**" in words
    assert "**1 message could not be sent.** I retry it every hour:" in words
    assert "**Alerts on hold:** the channel is gone" in words


async def test_a_test_account_without_a_key_and_a_channel_that_is_gone(store: Store) -> None:
    async with store.write() as connection:
        producer = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    async with open_house(store, producer, fees_possible=False) as house:
        async with store.write() as connection:
            await producers.set_channel(connection, producer.id, house.guild.id, 1)
        words = said(await house.ask("settings show"))
    assert "TEST MODE" in words
    assert "**Fees unknown**: set `STRIPE_API_KEY`" in words
    assert "I can't see <#1>" in words


async def fail_one(house: House, producer: Producer) -> None:
    await house.write(make.paid("1"))
    async with house.store.write() as connection:
        [row] = await outbox.open_rows(connection, producer.id, 1)
        await outbox.fail(connection, [row.id], "Missing Access")


async def receive(store: Store) -> None:
    event = Incoming(
        id="evt_1",
        type="checkout.session.completed",
        livemode=True,
        account="",
        subject="payment:pi_1",
        created=NOW,
        received=NOW,
        state="pending",
        body="{}",
    )
    async with Inbox(store) as inbox:
        await inbox.put(event)


async def test_what_is_not_understood_is_shown_and_can_be_hidden(
    house: House, producer: Producer
) -> None:
    async with house.store.write() as connection:
        await problem_log.add(connection, producer.id, "payment:pi_1", {Problem(GONE)}, NOW)
    answer = await house.ask("settings show")
    assert "**1 thing from Stripe that I don't understand**" in said(answer)
    assert {"Try again", "Hide"} <= labels(answer).keys()
    await house.owner.click(answer_of(answer), label="Try again")
    assert "**1 thing" in said(await house.ask("settings show"))
    hidden = await house.owner.click(answer_of(answer), label="Hide")
    assert hidden is not None
    assert "1 thing" not in said(await house.ask("settings show"))


async def test_what_could_not_be_sent_is_shown_and_tried_again_by_a_button(
    house: House, producer: Producer
) -> None:
    await fail_one(house, producer)
    answer = await house.ask("settings show")
    assert "• Alert of sale #1001: Missing Access" in said(answer)
    assert "Hide" not in labels(answer)
    await house.owner.click(answer_of(answer), label="Try again")
    async with house.store.read() as connection:
        [row] = await outbox.open_rows(connection, producer.id, 9)
    assert (row.state, row.attempts) == ("pending", 1)
    assert "Try again" not in labels(await house.ask("settings show"))


async def test_edit_that_is_refused_for_good_can_be_hidden(
    house: House, producer: Producer
) -> None:
    await fail_one(house, producer)
    async with house.store.write() as connection:
        now, subject = NOW, "payment:1"
        await outbox.put(
            connection, producer.id, kind="edit", subject=subject, key=f"edit:{subject}", now=now
        )
        [row] = await outbox.open_rows(connection, producer.id, 9, part=outbox.Part.EDITS)
        await outbox.fail(connection, [row.id], "another application wrote the message")
    answer = await house.ask("settings show")
    assert "another application wrote the message" in said(answer)
    await house.owner.click(answer_of(answer), label="Hide")
    words = said(await house.ask("settings show"))
    assert "another application wrote the message" not in words
    # A sale that could not be announced stays.
    assert "• Alert of sale #1001: Missing Access" in words


async def test_the_import_and_what_was_missed_are_part_of_it(house: House) -> None:
    plan = ImportProgress(start=NOW - timedelta(days=4), end=NOW, done_until=NOW - timedelta(1))
    seen = EventsSeen(begin=NOW, until=NOW, looked=NOW)
    async with house.store.write() as connection:
        await note_import(connection, True, replace(plan, payments=12))
        await note_events(connection, True, seen)
    house.bot.polling = lambda: Polling(next=NOW)
    words = said(await house.ask("settings show"))
    assert "**Importing past sales:** 12 payments so far" in words
    assert "Backup check" in words
