"""Tracks and licenses: one row each, whatever their spelling.

What sales are sold under: fixed once, for ever.
"""

from dataclasses import replace
from datetime import timedelta

from sqlalchemy import func, select

from bot.domain.license_terms import FROM_PRICE, NO_TEMPLATES, Templates, Terms
from bot.domain.payment import Line, Payment
from bot.store.books import producers, track_rows
from bot.store.books.bulk import NewPayment, record_new
from bot.store.books.record import record
from bot.store.tables import terms as terms_table
from tests.factories import NOON, exclusive, lease, line, paid, refunded, settled
from tests.store.samples import Books


async def test_two_spellings_are_one_track_and_the_first_stays(books: Books) -> None:
    async with books.store.write() as connection:
        first = await track_rows.ensure_tracks(connection, books.id, ["Neon Rain", "NEON  rain"])
        again = await track_rows.ensure_tracks(connection, books.id, ["neon rain", "Other"])
        assert first["Neon Rain"] == first["NEON  rain"] == again["neon rain"] != again["Other"]
        found = await track_rows.find_track(connection, books.id, " neon RAIN ")
        assert found == first["Neon Rain"]


async def test_a_license_is_found_and_an_unknown_one_is_not(books: Books) -> None:
    async with books.store.write() as connection:
        names = await track_rows.ensure_names(connection, books.id, [lease()])
        found = await track_rows.find_license(connection, books.id, "basic lease")
        assert found == names.licenses["Basic Lease"]
        assert await track_rows.find_license(connection, books.id, "Exclusive") is None
        assert await track_rows.find_license(connection, books.id + 1, "basic lease") is None


FIRST = Templates({"lease": "A lease.", "exclusive": "All rights.", "wav-lease": "WAV."})
CHANGED = Templates({"lease": "Another lease.", "exclusive": "All rights.", "wav-lease": "WAV."})
LATER = NOON + timedelta(days=30)


async def sell(books: Books, payment: Payment, templates: Templates, **changes: object) -> None:
    options = {"complete": True, "read": NOON, "due": None, "now": NOON} | changes
    await books.change(record, payment, templates=templates, **options)  # type: ignore[arg-type]


async def sold_under(books: Books, number: int) -> Terms | None:
    return await books.read(track_rows.of_sale, number)


async def text_of(books: Books, number: int = 1001) -> str | None:
    found = await sold_under(books, number)
    return found.text if found else None


async def test_each_line_is_sold_under_its_own_terms(books: Books) -> None:
    wav = line("Glass City", license="WAV Lease", amount=3000)
    own = replace(lease("Low Tide"), terms="Use it once.\n\nThat is all.")
    await sell(books, paid("1", lease(), wav, exclusive("Far Out"), own), FIRST)
    found = [await sold_under(books, number) for number in range(1001, 1005)]
    assert [one.name for one in found if one] == ["lease", "wav-lease", "exclusive", FROM_PRICE]
    assert found[3] is not None
    assert found[3].text == "Use it once.\n\nThat is all."


async def test_a_wording_is_kept_once_and_numbered(books: Books) -> None:
    await sell(books, paid("1"), FIRST)
    await sell(books, paid("2"), CHANGED, now=LATER)
    await sell(books, paid("3"), FIRST, now=LATER)
    found = [await sold_under(books, number) for number in (1001, 1002, 1003)]
    first = Terms(name="lease", version=1, text="A lease.", since=NOON)
    assert found == [first, replace(first, version=2, text="Another lease.", since=LATER), first]
    async with books.store.read() as connection:
        assert await connection.scalar(select(func.count()).select_from(terms_table)) == 2


async def test_nothing_that_happens_later_changes_the_terms(books: Books) -> None:
    sold = paid("1")
    await sell(books, sold, FIRST)
    renamed = replace(sold, lines=(line("Other Name", license="WAV Lease", amount=3000),))
    own = replace(sold, lines=(replace(lease(), terms="New words."),))
    for changed in (settled(sold), refunded(settled(sold)), renamed, own):
        await sell(books, changed, CHANGED, now=LATER)
        assert await text_of(books) == "A lease."
    await sell(books, sold, NO_TEMPLATES, now=LATER)
    assert await text_of(books) == "A lease."


async def test_they_wait_for_what_was_bought_to_be_known(books: Books) -> None:
    unnamed = Line(track="Track to be named", license="License", exclusive=False, amount=50_000)
    told = replace(paid("1", unnamed), detailed=False)
    await sell(books, told, FIRST, complete=False, read=None)
    assert await text_of(books) == "A lease."
    known = paid("1", exclusive(amount=20_000), lease("Low Tide", 30_000))
    await sell(books, known, FIRST)
    assert await text_of(books) == "All rights."
    assert await text_of(books, 1002) == "A lease."
    await sell(books, replace(known, lines=(lease(), lease())), CHANGED)
    assert await text_of(books) == "All rights."


async def test_a_sale_without_terms_gets_them_when_there_are_some(books: Books) -> None:
    await sell(books, paid("1"), NO_TEMPLATES)
    assert await sold_under(books, 1001) is None
    await sell(books, paid("1"), FIRST)
    assert await text_of(books) == "A lease."


async def test_the_import_fixes_them_too(books: Books) -> None:
    rows = [NewPayment(paid("1", lease(), exclusive("Far Out")), None), NewPayment(paid("2"), None)]
    await books.change(record_new, rows, read=NOON, templates=FIRST)
    await sell(books, paid("2"), CHANGED)
    texts = [await text_of(books, number) for number in (1001, 1002, 1003)]
    assert texts == ["A lease.", "All rights.", "A lease."]


async def test_terms_are_each_producers_own(books: Books) -> None:
    async with books.store.write() as connection:
        other = await producers.ensure(connection, livemode=False, account="", timezone="UTC")
    await sell(books, paid("1"), FIRST)
    assert await sold_under(Books(books.store, other), 1001) is None
    await sell(Books(books.store, other), paid("1"), FIRST, now=LATER)
    found = await sold_under(Books(books.store, other), 1001)
    assert found is not None
    assert (found.version, found.since) == (1, LATER)
