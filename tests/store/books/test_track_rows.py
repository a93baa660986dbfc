"""Tracks and licenses: one row each, whatever their spelling.

What sales are sold under: fixed once, for ever.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from bot.domain.license_terms import FROM_PRICE, NO_TEMPLATES, Templates, Terms
from bot.domain.payment import Line, Payment
from bot.domain.sale import Producer
from bot.store.books import producers, track_rows
from bot.store.books.bulk import NewPayment, record_new
from bot.store.books.record import record
from bot.store.engine import Store
from bot.store.tables import terms as terms_table
from tests.factories import NOON, exclusive, lease, line, paid, refunded, settled


async def test_two_spellings_are_one_track_and_the_first_stays(
    store: Store, producer: Producer
) -> None:
    async with store.write() as connection:
        first = await track_rows.ensure_tracks(connection, producer.id, ["Neon Rain", "NEON  rain"])
        again = await track_rows.ensure_tracks(connection, producer.id, ["neon rain", "Other"])
        assert first["Neon Rain"] == first["NEON  rain"] == again["neon rain"] != again["Other"]
        found = await track_rows.find_track(connection, producer.id, " neon RAIN ")
        assert found == first["Neon Rain"]


async def test_a_license_is_found_and_an_unknown_one_is_not(
    store: Store, producer: Producer
) -> None:
    async with store.write() as connection:
        names = await track_rows.ensure_names(connection, producer.id, [lease()])
        found = await track_rows.find_license(connection, producer.id, "basic lease")
        assert found == names.licenses["Basic Lease"]
        assert await track_rows.find_license(connection, producer.id, "Exclusive") is None
        assert await track_rows.find_license(connection, producer.id + 1, "basic lease") is None


FIRST = Templates({"lease": "A lease.", "exclusive": "All rights.", "wav-lease": "WAV."})
CHANGED = Templates({"lease": "Another lease.", "exclusive": "All rights.", "wav-lease": "WAV."})
LATER = NOON + timedelta(days=30)


async def sell(
    store: Store, producer: Producer, payment: Payment, templates: Templates, **changes: object
) -> None:
    options = {"complete": True, "read": NOON, "due": None, "now": NOON} | changes
    async with store.write() as connection:
        await record(connection, producer, payment, templates=templates, **options)  # type: ignore[arg-type]


async def sold_under(store: Store, producer: Producer, number: int) -> Terms | None:
    async with store.read() as connection:
        return await track_rows.of_sale(connection, producer, number)


async def text_of(store: Store, producer: Producer, number: int = 1001) -> str | None:
    found = await sold_under(store, producer, number)
    return found.text if found else None


async def test_each_line_is_sold_under_its_own_terms(store: Store, producer: Producer) -> None:
    wav = line("Glass City", license="WAV Lease", amount=3000)
    own = replace(lease("Low Tide"), terms="Use it once.\n\nThat is all.")
    await sell(store, producer, paid("1", lease(), wav, exclusive("Far Out"), own), FIRST)
    found = [await sold_under(store, producer, number) for number in range(1001, 1005)]
    assert [one.name for one in found if one] == ["lease", "wav-lease", "exclusive", FROM_PRICE]
    assert found[3] is not None
    assert found[3].text == "Use it once.\n\nThat is all."


async def test_a_wording_is_kept_once_and_numbered(store: Store, producer: Producer) -> None:
    await sell(store, producer, paid("1"), FIRST)
    await sell(store, producer, paid("2"), CHANGED, now=LATER)
    await sell(store, producer, paid("3"), FIRST, now=LATER)
    found = [await sold_under(store, producer, number) for number in (1001, 1002, 1003)]
    first = Terms(name="lease", version=1, text="A lease.", since=NOON)
    assert found == [first, replace(first, version=2, text="Another lease.", since=LATER), first]
    async with store.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(terms_table)) == 2


async def test_nothing_that_happens_later_changes_the_terms(
    store: Store, producer: Producer
) -> None:
    sold = paid("1")
    await sell(store, producer, sold, FIRST)
    renamed = replace(sold, lines=(line("Other Name", license="WAV Lease", amount=3000),))
    own = replace(sold, lines=(replace(lease(), terms="New words."),))
    for changed in (settled(sold), refunded(settled(sold)), renamed, own):
        await sell(store, producer, changed, CHANGED, now=LATER)
        assert await text_of(store, producer) == "A lease."
    await sell(store, producer, sold, NO_TEMPLATES, now=LATER)
    assert await text_of(store, producer) == "A lease."


async def test_they_wait_for_what_was_bought_to_be_known(store: Store, producer: Producer) -> None:
    unnamed = Line(track="Track to be named", license="License", exclusive=False, amount=50_000)
    told = replace(paid("1", unnamed), detailed=False)
    await sell(store, producer, told, FIRST, complete=False, read=None)
    assert await text_of(store, producer) == "A lease."
    known = paid("1", exclusive(amount=20_000), lease("Low Tide", 30_000))
    await sell(store, producer, known, FIRST)
    assert await text_of(store, producer) == "All rights."
    assert await text_of(store, producer, 1002) == "A lease."
    await sell(store, producer, replace(known, lines=(lease(), lease())), CHANGED)
    assert await text_of(store, producer) == "All rights."


async def test_a_sale_without_terms_gets_them_when_there_are_some(
    store: Store, producer: Producer
) -> None:
    await sell(store, producer, paid("1"), NO_TEMPLATES)
    assert await sold_under(store, producer, 1001) is None
    await sell(store, producer, paid("1"), FIRST)
    assert await text_of(store, producer) == "A lease."


async def test_the_import_fixes_them_too(store: Store, producer: Producer) -> None:
    rows = [NewPayment(paid("1", lease(), exclusive("Far Out")), None), NewPayment(paid("2"), None)]
    async with store.write() as connection:
        await record_new(connection, producer, rows, read=NOON, templates=FIRST)
    await sell(store, producer, paid("2"), CHANGED)
    texts = [await text_of(store, producer, number) for number in (1001, 1002, 1003)]
    assert texts == ["A lease.", "All rights.", "A lease."]


async def test_terms_are_each_producers_own(store: Store, producer: Producer) -> None:
    async with store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await sell(store, producer, paid("1"), FIRST)
    assert await sold_under(store, other, 1001) is None
    await sell(store, other, paid("1"), FIRST, now=LATER)
    found = await sold_under(store, other, 1001)
    assert found is not None
    assert (found.version, found.since) == (1, LATER)
