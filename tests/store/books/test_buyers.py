"""Buyers: one row for each email, what it says, and what it is found by."""

from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import select

from bot.domain.payment import Buyer, Consent
from bot.store.books.buyers import WORDS, searchable, typed_prefix
from bot.store.tables import buyers
from tests.factories import ANA, BEN, NOON, paid
from tests.store.samples import Books


@pytest.mark.parametrize(
    "typed", ["mary", "Mary J", "jane watson", "WATS", "m.j.w", "watson99", "@label.ex", "label"]
)
def test_a_buyer_is_found_by_the_beginning_of_each_word(typed: str) -> None:
    buyer = Buyer(name="Mary  Jane Watson", email="m.j.Watson99@label.example")
    assert any(word.startswith(typed_prefix(typed)) for word in searchable(buyer))


@pytest.mark.parametrize("typed", ["ary", "watson mary", "example"])
def test_the_inside_of_a_word_finds_nobody(typed: str) -> None:
    buyer = Buyer(name="Mary Jane Watson", email="m.j.watson99@label.example")
    assert not any(word.startswith(typed_prefix(typed)) for word in searchable(buyer))


def test_a_name_without_end_adds_few_words() -> None:
    words = searchable(Buyer(name=" ".join(["word" * 50] * 500), email="a@b.example"))
    assert len(words) <= WORDS
    assert "a@b.example" in words


def test_an_unknown_buyer_has_no_words() -> None:
    assert searchable(Buyer()) == set()


async def test_one_email_is_one_buyer_whatever_its_case(books: Books) -> None:
    loud = replace(ANA, email=(ANA.email or "").upper())
    await books.write(paid("a"), paid("b", buyer=loud))
    assert len(set(await books.column("buyer_id"))) == 1


async def test_who_gives_no_email_is_somebody_else_each_time(books: Books) -> None:
    await books.write(paid("a", buyer=Buyer()), paid("b", buyer=Buyer()))
    assert len(set(await books.column("buyer_id"))) == 2


async def test_a_row_says_what_the_newest_purchase_said_and_else_what_an_earlier_one_did(
    books: Books,
) -> None:
    newest = paid("c", at=NOON + timedelta(days=2), buyer=replace(ANA, name="Ana L."))
    older = paid("b", at=NOON + timedelta(days=1), buyer=replace(ANA, name="A", country=None))
    nameless = paid("d", at=NOON + timedelta(days=3), buyer=replace(ANA, name=None))
    await books.write(newest, nameless, older, paid("a"))
    async with books.store.read() as connection:
        row = (await connection.execute(select(buyers))).one()
    assert (row.name, row.country) == ("Ana L.", "BR")


async def test_the_newest_answer_about_news_counts_however_long_ago_it_was(books: Books) -> None:
    yes = paid("a", at=NOON, buyer=replace(ANA, promotions=Consent.OPT_IN))
    no = paid("b", at=NOON + timedelta(days=1), buyer=replace(ANA, promotions=Consent.OPT_OUT))
    unasked = [paid(f"c{i}", at=NOON + timedelta(days=2 + i), buyer=ANA) for i in range(7)]
    await books.write(*unasked, no, yes, paid("d", buyer=BEN))
    async with books.store.read() as connection:
        answers = dict((await connection.execute(select(buyers.c.key, buyers.c.promotions))).all())
    assert answers == {ANA.key: "opt_out", BEN.key: None}


async def test_a_corrected_email_moves_the_sale_and_forgets_the_buyer_that_never_was(
    books: Books,
) -> None:
    await books.write(paid("a", buyer=Buyer(name="Ben")), paid("a", buyer=BEN))
    async with books.store.read() as connection:
        rows = (await connection.execute(select(buyers))).all()
    assert [row.email for row in rows] == [BEN.email]
    assert await books.column("buyer_id") == [rows[0].id]
