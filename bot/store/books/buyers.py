"""Buyers as rows: one for each email, findable by the words of their name and email.

What a row says comes from the buyer's newest payments, so it is the same in whatever order the
payments were recorded.
"""

import re
import unicodedata
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, and_, bindparam, delete, exists, insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.domain.entries import sale_states
from bot.domain.payment import Buyer, Consent, Payment
from bot.store.books import payment_rows
from bot.store.books.forget import buyer_keys
from bot.store.tables import (
    ANSWERED,
    IS_SALE,
    buyer_words,
    buyers,
    forgotten,
    payments,
    producers,
    sales,
)

# What the newest payment leaves open is taken from the ones before it: this many in all.
LOOK_BACK = 5
# Bounds of what one buyer adds to the words, whatever Checkout let them type.
WORDS = 12
WORD_LENGTH = 64

_WORD = re.compile(r"\w+")
_SOME_FORGOTTEN = exists().where(
    forgotten.c.producer_id == bindparam("owner"), forgotten.c.until >= bindparam("since")
)
_OF_KEY = (
    select(buyers, _SOME_FORGOTTEN.label("some_forgotten"))
    .select_from(
        producers.outerjoin(
            buyers, and_(buyers.c.producer_id == producers.c.id, buyers.c.key == bindparam("key"))
        )
    )
    .where(producers.c.id == bindparam("owner"))
)
_ADD = insert(buyers).returning(buyers.c.id)
_ADD_WORDS = insert(buyer_words)
# Every payment has a first line, so each is one purchase.
_PURCHASES = (
    select(sales.c.sold)
    .where(
        sales.c.buyer_id == buyers.c.id,
        sales.c.producer_id == bindparam("owner"),
        sales.c.position == 0,
        IS_SALE,
    )
    .limit(1)
)
_OLDEST = _PURCHASES.order_by(sales.c.sold, sales.c.id)
# By their ids alone: for several ones, SQLite would rather read all buyers of the producer.
_SETTLE_PURCHASES = (
    update(buyers)
    .where(buyers.c.id.in_(bindparam("buyers", expanding=True)))
    .values(
        first=_OLDEST.scalar_subquery(),
        second=_OLDEST.offset(1).scalar_subquery(),
        latest=_PURCHASES.order_by(sales.c.sold.desc()).scalar_subquery(),
    )
)


class BuyerRow(NamedTuple):
    """Who pays, as a row; `new` when it was made just now."""

    id: int
    buyer: Buyer
    new: bool


async def ensure_buyer(connection: AsyncConnection, producer_id: int, payment: Payment) -> BuyerRow:
    """The row of a payment's buyer, made with this purchase if it is their first.

    A buyer without an email is another one each time. The row of a forgotten buyer says so: then
    the payment must be written without their name and email.
    """
    asked = {"owner": producer_id, "since": payment.created}
    key = payment.buyer.key or payment.key
    row = (await connection.execute(_OF_KEY, asked | {"key": key})).one()
    if row.some_forgotten:
        [key] = await buyer_keys(connection, producer_id, [payment])
        row = (await connection.execute(_OF_KEY, asked | {"key": key})).one()
    if row.id is not None:
        return BuyerRow(row.id, buyer_of(row), False)
    buyer = _merged([payment.buyer])
    bought = payment.paid or payment.created if sale_states(payment)[0].is_sale else None
    new = {"producer_id": producer_id, "key": key, "first": bought, "latest": bought}
    row_id = await connection.scalar(_ADD, new | buyer_columns(buyer))
    await _write_words(connection, producer_id, row_id, buyer)
    return BuyerRow(row_id, buyer, True)


def buyer_of(row: Row[Any]) -> Buyer:
    """A row of `buyers`, or of a query that names their columns so."""
    return Buyer(
        email=row.email,
        name=row.name,
        country=row.country,
        promotions=Consent(row.promotions) if row.promotions else None,
        forgotten=row.forgotten is not None,
    )


async def settle_buyers(
    connection: AsyncConnection,
    producer_id: int,
    row: BuyerRow,
    before: Payment | None,
    after: Payment,
    earlier_id: int | None,
) -> None:
    """Bring buyers' rows up to date with a payment just written.

    `row` is its buyer's, `earlier_id` that of the buyer it was said to be of `before`.
    """
    if earlier_id is not None and earlier_id != row.id:
        await _refresh(connection, producer_id, earlier_id)
    same = before is not None and earlier_id == row.id and _place(before) == _place(after)
    if row.new or same or (before is None and _merged([after.buyer]) == row.buyer):
        return
    await _refresh(connection, producer_id, row.id)


async def settle_purchases(
    connection: AsyncConnection, producer_id: int, buyer_ids: Collection[int]
) -> None:
    """Note when buyers paid for something, by their sales as written."""
    of = {"owner": producer_id, "buyers": sorted(buyer_ids)}
    await connection.execute(_SETTLE_PURCHASES, of)


def _place(payment: Payment) -> tuple[object, ...]:
    return payment.buyer, payment.created, payment.key


async def _refresh(connection: AsyncConnection, producer_id: int, buyer_id: int) -> None:
    """A buyer without any payment left, as when an email was put right, is forgotten."""
    found = await connection.execute(
        select(payments.c.document)
        .where(payments.c.producer_id == producer_id, payments.c.buyer_id == buyer_id)
        .order_by(payments.c.created.desc(), payments.c.key.desc())
        .limit(LOOK_BACK)
    )
    newest = [payment_rows.payment_from_json(document).buyer for document in found.scalars()]
    await connection.execute(delete(buyer_words).where(buyer_words.c.buyer_id == buyer_id))
    if not newest:
        await connection.execute(delete(buyers).where(buyers.c.id == buyer_id))
        return
    # No purchase is too long ago for an answer, unlike for the rest.
    answer = await connection.scalar(
        select(payments.c.promotions)
        .where(payments.c.buyer_id == buyer_id, text(f"payments.{ANSWERED}"))
        .order_by(payments.c.created.desc(), payments.c.key.desc())
        .limit(1)
    )
    buyer = replace(_merged(newest), promotions=Consent(answer) if answer else None)
    await connection.execute(
        update(buyers).where(buyers.c.id == buyer_id).values(**buyer_columns(buyer))
    )
    await _write_words(connection, producer_id, buyer_id, buyer)


def _merged(newest_first: Sequence[Buyer]) -> Buyer:
    return Buyer(
        email=next((buyer.email for buyer in newest_first if buyer.email), None),
        name=next((buyer.name for buyer in newest_first if buyer.name), None),
        country=next((buyer.country for buyer in newest_first if buyer.country), None),
        promotions=next((buyer.promotions for buyer in newest_first if buyer.promotions), None),
        forgotten=any(buyer.forgotten for buyer in newest_first),
    )


def buyer_columns(buyer: Buyer) -> dict[str, str | None]:
    """What a row of `buyers` says of a buyer."""
    return {
        "email": buyer.email,
        "name": buyer.name,
        "country": buyer.country,
        "promotions": buyer.promotions.value if buyer.promotions else None,
    }


async def _write_words(
    connection: AsyncConnection, producer_id: int, buyer_id: int, buyer: Buyer
) -> None:
    its = {"producer_id": producer_id, "buyer_id": buyer_id}
    words = [{**its, "word": word} for word in sorted(searchable(buyer))]
    if words:
        await connection.execute(_ADD_WORDS, words)


def searchable(buyer: Buyer) -> set[str]:
    """What a buyer is found by: name and email, from the beginning of each word to their end.

    So "Mary Jane Watson" is found by "mary ja", "jane wat" and "wats"; an email by its beginning,
    by each word before the @, and by its domain.
    """
    name = folded(buyer.name or "")
    email = folded(buyer.email or "")
    local, _, domain = email.partition("@")
    found = [part for part in (email, domain) if part]
    found += [email[word.start() :] for word in _WORD.finditer(local)]
    found += [name[word.start() :] for word in _WORD.finditer(name)]
    return {word[:WORD_LENGTH] for word in found[:WORDS]}


def buyers_called(producer_id: int, prefix: str) -> Select[tuple[int]]:
    """The ids of buyers of whose name or email a word begins so."""
    return select(buyer_words.c.buyer_id).where(
        buyer_words.c.producer_id == producer_id,
        buyer_words.c.word >= prefix,
        buyer_words.c.word < prefix + "\U0010ffff",
    )


def typed_prefix(text: str) -> str:
    """What somebody typed to find a buyer by, spelled as `searchable` spells it."""
    return folded(text).lstrip("@")[:WORD_LENGTH]


def folded(text: str) -> str:
    """One spelling for what people take for the same: NFKC, case folded, white space folded."""
    return " ".join(unicodedata.normalize("NFKC", text).casefold().split())
