"""`/exclusive`, with a track and without."""

from datetime import timedelta
from typing import Any

import discord

from bot.domain.sale import Producer
from bot.store.queries import exclusive
from bot.text.message import Color
from bot.text.track_questions import track_question
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

LATER = make.NOON + timedelta(hours=1)
LAST = make.NOON + timedelta(hours=2)


async def test_a_track_that_is_still_free(house: House) -> None:
    await house.write(make.paid("1"))
    answer = await house.ask("exclusive", track="midnight drive")
    assert embed_of(answer).title == "Midnight Drive"
    assert "**Available**, also exclusively" in said(answer)
    assert "1 lease stays valid" in said(answer)


async def test_a_track_that_is_sold(house: House) -> None:
    await house.write(
        make.settled(make.paid("1")),
        make.settled(make.paid("2", make.exclusive(), at=LATER, buyer=make.BEN)),
    )
    answer = await house.ask("exclusive", track="Midnight Drive")
    assert embed_of(answer).color is not None
    assert embed_of(answer).color.value == Color.EXCLUSIVE
    text = said(answer)
    assert "**$500.00** · ⭐ **sold exclusively**\n`#1002` · Ben Okoro · " in text
    assert "1 lease stays valid\nBasic Lease · Ana Lima · today" in text
    assert "@" not in text


async def test_a_conflict_stands_out(house: House) -> None:
    await house.write(
        make.settled(make.paid("1", make.exclusive())),
        make.settled(make.paid("2", at=LATER, buyer=make.BEN)),
    )
    one = await house.ask("exclusive", track="Midnight Drive")
    assert embed_of(one).color.value == Color.ALARM
    assert "⚠️ Sold after the exclusive" in said(one)
    everything = await house.ask("exclusive")
    assert "└ ⚠️ **1 conflict**" in said(everything)


async def test_all_that_are_sold_page_by_page(house: House) -> None:
    await house.write(
        *(
            make.settled(
                make.paid(str(i), make.exclusive(f"Track {i}"), at=make.NOON + timedelta(minutes=i))
            )
            for i in range(12)
        )
    )
    listed = await house.ask("exclusive")
    assert embed_of(listed).title == "12 exclusives sold"
    assert labels(listed) == {"Previous page": False, "Next page": True}
    await house.click(listed, "Next page")
    assert len(options_of(listed)) == 2
    value = next(iter(menu_of(answer_of(listed))))
    opened = await house.choose(listed, value)
    assert "sold exclusively" in (opened.followups[0].embeds[0].description or "")
    oldest = await house.ask("exclusive", sort="oldest")
    assert options_of(oldest)[:2] == ["Track 0", "Track 1"]


async def test_tracks_complete_as_one_types(house: House) -> None:
    await house.write(make.paid("1"))
    [choice] = await house.complete("exclusive", "track", "mid")
    assert choice["name"] == "Midnight Drive"
    opened = await house.ask("exclusive", track=choice["value"])
    assert embed_of(opened).title == "Midnight Drive"


SOLD = make.settled(make.paid("1", make.exclusive()))


async def ask_about(house: House) -> discord.Message:
    """The question under the alert of an exclusive that was given back."""
    [payment_id] = await house.write(SOLD)
    await house.write(make.refunded(SOLD))
    record = await house.record(payment_id)
    return await house.post(track_question(record, 1001, 1))


def last(house: House) -> Any:
    """What stands last in the channel."""
    message = house.channel.last_message
    assert message is not None
    return message


async def test_the_first_answer_stands_and_says_whose_it_is(house: House) -> None:
    question = await ask_about(house)
    await house.owner.click(question, label="Keep it off")
    told = last(house)
    assert "is kept off sale" in told.content
    assert f"<@{house.owner.user.id}>" in told.content
    assert not told.components
    kept = await house.ask("exclusive", track="Midnight Drive")
    assert "**Kept off sale** by" in said(kept)
    assert "Kept off sale: **Midnight Drive**" in said(await house.ask("exclusive"))


async def test_a_question_works_after_a_restart_and_is_answered_once(
    house: House, producer: Producer
) -> None:
    question = await ask_about(house)
    await house.restart()
    async with house.store.write() as connection:
        await exclusive.decide(connection, producer, 1, keep_off=True, by=77, now=NOW)
    await house.owner.click(question, label="Put it back on sale")
    told = last(house)
    assert "is kept off sale: <@77>" in told.content
    assert not told.components


async def test_a_track_that_was_sold_again_needs_no_answer(house: House) -> None:
    question = await ask_about(house)
    again = make.settled(make.paid("2", make.exclusive(), at=LATER))
    await house.write(again)
    await house.owner.click(question, label="Put it back on sale")
    assert "is sold exclusively again: `#1002`" in last(house).content


async def test_one_may_change_ones_mind_in_the_tracks_own_answer(house: House) -> None:
    question = await ask_about(house)
    await house.owner.click(question, label="Keep it off")
    answer = await house.ask("exclusive", track="Midnight Drive")
    assert labels(answer) == {"Put it back on sale": True}
    await house.click(answer, "Put it back on sale")
    assert "**Available**" in said(answer)
    assert "Put back on sale by" in said(answer)
