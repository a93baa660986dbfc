"""Two exclusives, leases before and after, refunds: the same rights and steps in every order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import count
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from bot.domain.payment import DisputeState, Payment
from bot.domain.sale import Producer
from bot.store.books import catalogue_rows, off_sale_steps, producers, stripe_listings
from bot.store.engine import Store
from bot.store.tables import payments, sales, tracks
from bot.store.tables import steps as steps_table
from fakes.stripe import StripeAccount
from tests.factories import BEN, NOON, disputed, exclusive, lease, paid, pending, refunded, settled
from tests.store.samples import write

_accounts = count()
_KINDS = ("product", "price", "payment_link")


def _fates(payment: Payment) -> list[list[Payment]]:
    """What may become of a payment, told in turns; its last word is what counts."""
    part = refunded(settled(payment), 500, name="part")
    return [
        [payment],
        [pending(payment), payment],
        [payment, settled(payment)],
        [payment, part],
        [payment, refunded(settled(payment))],
        [payment, refunded(settled(payment)), refunded(settled(payment), status="failed")],
        [settled(payment), disputed(settled(payment)), disputed(settled(payment), _LOST)],
        [settled(payment), disputed(settled(payment)), disputed(settled(payment), _WON)],
    ]


_LOST, _WON = DisputeState.LOST, DisputeState.WON

SOLD = (
    paid("lease_before", lease(), at=NOON, buyer=BEN),
    paid("exclusive", exclusive(), lease("Neon Rain"), at=NOON + timedelta(hours=1)),
    paid("lease_after", lease(), at=NOON + timedelta(hours=2), buyer=BEN),
    paid("second", exclusive(), at=NOON + timedelta(hours=2), buyer=BEN),
    paid("lease_last", lease(), at=NOON + timedelta(hours=3)),
)


@dataclass
class Shop:
    """One of several producers, each with the same on their shelves."""

    store: Store
    producer: Producer
    objects: Sequence[dict[str, Any]]

    async def tell(self, item: Payment | str) -> None:
        """A payment becomes known, or the catalogue is read."""
        if isinstance(item, Payment):
            await write(self.store, self.producer, item)
            return
        async with self.store.write() as connection:
            if item != "whole":
                shown = [one for one in self.objects if one["object"] == item]
                await catalogue_rows.keep(connection, self.producer, shown, NOON)
                return
            await catalogue_rows.keep(connection, self.producer, self.objects, NOON)
            await stripe_listings.note_kinds(connection, self.producer, _KINDS)
            found = await off_sale_steps.to_review(connection, self.producer.id)
            await off_sale_steps.settle(connection, self.producer.id, found, NOON)

    async def state(self) -> dict[str, Any]:
        """Who holds what, what collides, and what is to be done: names for ids."""
        async with self.store.read() as connection:
            held = await connection.execute(
                select(tracks.c.key, payments.c.key)
                .join_from(tracks, sales, sales.c.id == tracks.c.holder_sale_id)
                .join(payments, payments.c.id == sales.c.payment_id)
                .where(tracks.c.producer_id == self.producer.id)
            )
            collide = await connection.execute(
                select(payments.c.key, sales.c.position, sales.c.conflict, sales.c.state)
                .join_from(sales, payments, payments.c.id == sales.c.payment_id)
                .where(sales.c.producer_id == self.producer.id)
            )
            row = steps_table.c
            to_do = await connection.execute(
                select(tracks.c.key, row.kind, row.object, row.state, row.obstacle, payments.c.key)
                .join_from(steps_table, tracks, tracks.c.id == row.track_id)
                .outerjoin(sales, sales.c.id == row.sale_id)
                .outerjoin(payments, payments.c.id == sales.c.payment_id)
                .where(row.producer_id == self.producer.id)
            )
            return {
                "holders": dict(held.all()),
                "sales": set(map(tuple, collide)),
                "steps": set(map(tuple, to_do)),
            }


def _shelves() -> list[dict[str, Any]]:
    """Midnight Drive with a link of its own and one that sells Neon Rain, too."""
    account = StripeAccount(clock=lambda: NOON)
    drive, rain = account.product("Midnight Drive"), account.product("Neon Rain")
    prices = [account.price(drive, 2999), account.price(drive, 49_900), account.price(rain, 2999)]
    links = [account.link(prices[:1]), account.link([prices[0], prices[2]])]
    books = account.books
    shown = [books.find(id_) for id_ in (drive, rain, *prices)]
    for link in links:
        items = [books.get("item", one) for one in books.grouped("item", "payment_link", link)]
        listed = {"object": "list", "data": items, "has_more": False}
        shown.append(books.get("payment_link", link) | {"line_items": listed})
    return [one for one in shown if one is not None]


SHELVES = _shelves()


@st.composite
def schedules(draw: st.DrawFn) -> list[Payment | str]:
    """The payments' histories told in turns, with repetitions, the catalogue somewhere between."""
    chosen = draw(st.lists(st.sampled_from(SOLD), min_size=1, unique_by=lambda one: one.key))
    told = [draw(st.sampled_from(_fates(payment))) for payment in chosen]
    turns = draw(st.permutations([i for i, one in enumerate(told) for _ in one]))
    following = [iter(one) for one in told]
    shown: list[Payment | str] = [next(following[i]) for i in turns]
    shown += [told[i][-1] for i in draw(st.lists(st.sampled_from(range(len(told))), max_size=2))]
    for reading in ("whole", *draw(st.lists(st.sampled_from([*_KINDS, "whole"]), max_size=3))):
        shown.insert(draw(st.integers(0, len(shown))), reading)
    return shown


async def _open(store: Store) -> Shop:
    async with store.write() as connection:
        account = f"acct_{next(_accounts)}"
        producer = await producers.ensure(
            connection, livemode=False, account=account, timezone="UTC"
        )
    return Shop(store, producer, SHELVES)


@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(schedule=schedules(), order=st.randoms(use_true_random=False))
async def test_every_order_ends_in_the_same_rights_conflicts_and_steps(
    store: Store, schedule: list[Payment | str], order: Any
) -> None:
    final = list({one.key: one for one in schedule if isinstance(one, Payment)}.values())
    order.shuffle(final)
    told, straight = await _open(store), await _open(store)
    for item in schedule:
        await told.tell(item)
    await straight.tell("whole")
    for payment in final:
        await straight.tell(payment)
    state = await told.state()
    assert state == await straight.state()
    # Whoever was charged first of those that hold rights holds the track; then all is to be done.
    holder = state["holders"].get("midnight drive")
    assert {holder for *_, holder in state["steps"]} == ({holder} if holder else set())
    if holder:
        assert {kind for _, kind, *_ in state["steps"]} == {"link", "product", "price", "session"}
