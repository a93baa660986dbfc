"""`/exclusive`, with a track and without."""

from datetime import timedelta

from bot.ledger.records import Producer
from bot.render.message import Color
from tests.cogs.house import House, answer_of, embed_of, labels, options_of, said
from tests.store import samples

LATER = samples.NOON + timedelta(hours=1)
LAST = samples.NOON + timedelta(hours=2)


async def test_a_track_that_is_still_free(house: House, producer: Producer) -> None:
    await samples.write(house.store, producer, samples.paid("1"))
    answer = await house.ask("exclusive", track="midnight drive")
    assert embed_of(answer).title == "Midnight Drive"
    assert embed_of(answer).author.name == "Available"
    assert "1 lease stays valid if you do." in said(answer)


async def test_a_track_that_is_sold(house: House, producer: Producer) -> None:
    await samples.write(
        house.store,
        producer,
        samples.settled(samples.paid("1")),
        samples.settled(samples.paid("2", samples.exclusive(), at=LATER, buyer=samples.BEN)),
    )
    answer = await house.ask("exclusive", track="Midnight Drive")
    assert embed_of(answer).color is not None
    assert embed_of(answer).color.value == Color.EXCLUSIVE  # type: ignore[union-attr]
    text = said(answer)
    assert "★ **Exclusive** · `#1002` · **$500.00**" in text
    assert "to Ben Okoro · b•••@example.org" in text
    assert "Earlier leases, still valid (1)" in text
    assert "`#1001`" in text


async def test_a_conflict_stands_out(house: House, producer: Producer) -> None:
    await samples.write(
        house.store,
        producer,
        samples.settled(samples.paid("1", samples.exclusive())),
        samples.settled(samples.paid("2", at=LATER, buyer=samples.BEN)),
    )
    one = await house.ask("exclusive", track="Midnight Drive")
    assert embed_of(one).color.value == Color.ALARM  # type: ignore[union-attr]
    assert "⚠️ Conflicts" in said(one)
    everything = await house.ask("exclusive")
    assert "⚠️ **1 conflict**: sold again afterwards" in said(everything)


async def test_all_that_are_sold_page_by_page(house: House, producer: Producer) -> None:
    await samples.write(
        house.store,
        producer,
        *(
            samples.settled(
                samples.paid(
                    str(i), samples.exclusive(f"Track {i}"), at=samples.NOON + timedelta(minutes=i)
                )
            )
            for i in range(12)
        ),
    )
    listed = await house.ask("exclusive")
    assert embed_of(listed).title == "12 tracks exclusively sold"
    assert labels(listed) == {"◀": False, "▶": True}
    await house.owner.click(answer_of(listed).message, label="▶")
    assert len(options_of(listed)) == 2
    opened = await house.owner.select(answer_of(listed).message, [options_of(listed)[0]])
    assert opened.followups[0].embeds[0].author.name == "Exclusively sold"


async def test_before_the_first_exclusive(house: House) -> None:
    assert "No exclusive sales yet" in said(await house.ask("exclusive"))


async def test_a_track_that_is_not_there_gets_one_line(house: House) -> None:
    line = said(await house.ask("exclusive", track="Nowhere *Man*")).strip()
    assert line.startswith("No track named “Nowhere \\*Man\\*” has been sold.")
    assert "\n" not in line


async def test_tracks_complete_as_one_types(house: House, producer: Producer) -> None:
    await samples.write(house.store, producer, samples.paid("1"))
    assert [one["value"] for one in await house.complete("exclusive", "track", "mid")] == [
        "Midnight Drive"
    ]
