"""Every table of the store, their column types, and the upsert of both databases.

Amounts are minor units; every row of money names its producer.
"""

from collections.abc import AsyncIterator, Iterable
from datetime import UTC, datetime
from functools import cache
from typing import Any, TypeVar

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Double,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    Row,
    Select,
    String,
    Table,
    Text,
    UniqueConstraint,
    case,
    cast,
    false,
    func,
    literal_column,
    text,
)
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.sql.base import ReadOnlyColumnCollection
from sqlalchemy.types import TypeDecorator

from bot.domain.sale import SaleState

_T = TypeVar("_T", int, str)

# SQLite numbers rows by itself only in an INTEGER primary key.
Id = BigInteger().with_variant(Integer(), "sqlite")


class Moment(TypeDecorator[datetime]):
    """An aware UTC datetime to the second, as Stripe gives it, kept as unix seconds."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else int(value.timestamp())

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


class Instant(TypeDecorator[datetime]):
    """An aware UTC datetime of our own clock, kept as unix seconds with their fraction."""

    impl = Double
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> float | None:
        return None if value is None else value.timestamp()

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else datetime.fromtimestamp(value, UTC)


def fees_of(columns: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[int]:
    """All that was kept of a sale or an entry: every fee, and tax that was withheld."""
    fees: ColumnElement[int] = (
        columns.stripe_fee + columns.fee_tax + columns.platform_fee + columns.withheld_tax
    )
    return fees


def total(amount: ColumnElement[int]) -> ColumnElement[int]:
    """A sum that is an integer in both databases: PostgreSQL adds up big integers to decimals."""
    return cast(func.sum(amount), BigInteger)


def count_if(condition: ColumnElement[bool]) -> ColumnElement[int]:
    """How many rows meet a condition."""
    return func.count(case((condition, 1)))


def moved_by(columns: ReadOnlyColumnCollection[str, Any]) -> ColumnElement[int]:
    """By what an entry moved Stripe's balance: what the producer keeps, and the tax on top."""
    moved: ColumnElement[int] = columns.net + columns.tax
    return moved


def upsert(
    connection: AsyncConnection, table: Table, *replaced: str, rows: Select[Any] | None = None
) -> Any:
    """An INSERT that replaces these columns of a row that is there already, or leaves it as it is.

    The same row is one with the same unique columns, or else the same primary key. `rows`: where
    the values come from, if they are not passed with the statement.
    """
    return _upsert(connection.dialect.name, table, replaced, rows)


# Kept, because making such a statement takes longer than running it.
@cache
def _upsert(dialect: str, table: Table, replaced: tuple[str, ...], rows: Select[Any] | None) -> Any:
    # Both dialects' statements take the same arguments but share no type that says so.
    new: Any = (postgresql if dialect == "postgresql" else sqlite).insert(table)
    if rows is not None:
        new = new.from_select([column.name for column in rows.selected_columns], rows)
    if not replaced:
        return new.on_conflict_do_nothing()
    unique = (each for each in table.constraints if isinstance(each, UniqueConstraint))
    same = next(unique, table.primary_key).columns
    values = {name: new.excluded[name] for name in replaced}
    return new.on_conflict_do_update(index_elements=list(same), set_=values)


metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


# Conditions of partial indexes. A query finds such an index only by the very same words.
HOLDS_RIGHTS = "state IN ('paid', 'partly_refunded', 'disputed')"
RETURN = "kind <> 'sale'"
ANSWERED = "promotions IS NOT NULL"
VALID_LEASE = f"NOT exclusive AND NOT conflict AND {HOLDS_RIGHTS}"


def _index(name: str, columns: str, where: str | None = None) -> Index:
    """An index of these columns, in their order; of the rows alone that meet a condition."""
    condition = None if where is None else text(where)
    return Index(name, *columns.split(), sqlite_where=condition, postgresql_where=condition)


def _owner() -> Column[int]:
    return Column("producer_id", ForeignKey("producers.id"), nullable=False)


def _amounts(names: str) -> list[Column[int]]:
    return [
        Column(name, BigInteger, nullable=False, server_default=text("0")) for name in names.split()
    ]


producers = Table(
    "producers",
    metadata,
    Column("id", Id, primary_key=True),
    Column("livemode", Boolean, nullable=False),
    Column("account", String, nullable=False),
    Column("stripe_account", String),
    Column("timezone", String, nullable=False),
    Column("guild_id", BigInteger),
    Column("channel_id", BigInteger),
    # What they are called: by Stripe's word, and by the name of their Discord server.
    Column("business_name", Text),
    Column("guild_name", Text),
    # The number that the next sale gets.
    Column("next_number", Integer, nullable=False),
    # Another number whenever what the public page shows has changed.
    Column("catalogue_version", BigInteger, nullable=False, server_default=text("0")),
    # What they have chosen: bot.domain.preferences, as JSON.
    Column("preferences", Text, nullable=False, server_default=text("'{}'")),
    UniqueConstraint("livemode", "account"),
)

# The inbox: each event as it came, kept before Stripe is answered.
events = Table(
    "events",
    metadata,
    Column("sequence", Id, primary_key=True),
    Column("id", String, nullable=False, unique=True),
    Column("type", String, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("account", String, nullable=False),
    # What it is about, as bot.domain.event_types names it; null for what we leave alone.
    Column("subject", String),
    Column("created", Moment, nullable=False),
    Column("received", Instant, nullable=False),
    # pending, done, ignored (a type we do not use), foreign (another mode or account),
    # waiting (about a payment that is not known yet), failed (given up, with its reason)
    Column("state", String, nullable=False),
    Column("due", Instant),
    # Whether it tells of a sale by itself: those are worked on before all others.
    Column("tells_of_sale", Boolean, nullable=False, server_default=false()),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    # The raw event; empty where it is not kept: of what we do not use, and after 35 days.
    Column("body", Text, nullable=False),
    _index("ix_events_due", "due", where="state = 'pending'"),
    _index("ix_events_subject", "subject"),
    _index("ix_events_state", "state"),
    sqlite_autoincrement=True,
)

buyers = Table(
    "buyers",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    # The email, case folded; the payment's key where there is none.
    Column("key", String, nullable=False),
    Column("email", Text),
    Column("name", Text),
    Column("country", String),
    # Whether news may be mailed to them: opt_in or opt_out, as they answered last; null where no
    # Checkout has asked.
    Column("promotions", String),
    # When their name and email were removed at their request; the key says nothing any more.
    Column("forgotten", Instant),
    # When they first paid for something, the second time, and last; null while they have not.
    Column("first", Moment),
    Column("second", Moment),
    Column("latest", Moment),
    UniqueConstraint("producer_id", "key"),
    _index("ix_buyers_latest", "producer_id latest id first second"),
)

# Who was forgotten, so that what they bought until then stays forgotten however late it becomes
# known: their emails hashed with the store's own key.
forgotten = Table(
    "forgotten",
    metadata,
    Column("producer_id", ForeignKey("producers.id"), primary_key=True),
    Column("digest", String, primary_key=True),
    Column("until", Moment, primary_key=True, autoincrement=False),
    # Of the row of buyers that all of it belongs to.
    Column("key", String, nullable=False),
    sqlite_with_rowid=False,
)

# A buyer's name and email from the beginning of each word on, case folded, to find them by.
buyer_words = Table(
    "buyer_words",
    metadata,
    Column("producer_id", ForeignKey("producers.id"), primary_key=True),
    # Compared by code point in both databases, so that a prefix is a range.
    Column("word", String().with_variant(String(collation="C"), "postgresql"), primary_key=True),
    Column("buyer_id", ForeignKey("buyers.id"), primary_key=True),
    _index("ix_buyer_words_buyer_id", "buyer_id"),
    sqlite_with_rowid=False,
)

tracks = Table(
    "tracks",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    # The name, normalized: what makes two spellings one track.
    Column("key", String, nullable=False),
    Column("name", Text, nullable=False),
    # The exclusive sale that holds it; null while it can be sold.
    Column("holder_sale_id", BigInteger),
    # Once the money of its exclusive sale went back: whether it is kept off sale, as who decided
    # when; null while nobody has, and from when it is held again.
    Column("kept_off", Boolean),
    Column("decided_by", BigInteger),
    Column("decided", Instant),
    UniqueConstraint("producer_id", "key"),
    _index("ix_tracks_held", "producer_id", where="holder_sale_id IS NOT NULL"),
    _index("ix_tracks_kept_off", "producer_id", where="kept_off"),
)

licenses = Table(
    "licenses",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("key", String, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("producer_id", "key"),
)

# The catalogue: Stripe's objects as they stood at `as_of` (when they were read, or an event of
# theirs was made). Of what is active all, of the rest what has been seen active.
products = Table(
    "products",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("product", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("as_of", Instant, nullable=False),
    # What is shown of it, as bot.domain.track reads it; images are a JSON list, tags an object.
    Column("name", Text, nullable=False),
    Column("description", Text),
    Column("images", Text, nullable=False),
    Column("preview_url", Text),
    Column("tags", Text, nullable=False),
    # The price that Stripe does not let one archive.
    Column("default_price", String),
    Column("document", Text, nullable=False),
    UniqueConstraint("producer_id", "product"),
    _index("ix_products_active", "producer_id as_of", where="active"),
)

prices = Table(
    "prices",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("price", String, nullable=False),
    Column("product", String, nullable=False),
    Column("active", Boolean, nullable=False),
    Column("as_of", Instant, nullable=False),
    # Where it is placed; null where nothing names a track, or its product is not known.
    Column("track_id", ForeignKey("tracks.id")),
    Column("license", Text, nullable=False),
    Column("exclusive", Boolean, nullable=False),
    Column("amount", BigInteger),
    Column("currency", String),
    Column("terms", Text),
    # Why it cannot be offered (bot.domain.track.UnplacedReason); null where it can.
    Column("reason", String),
    Column("document", Text, nullable=False),
    UniqueConstraint("producer_id", "price"),
    _index("ix_prices_producer_id_product", "producer_id product"),
    _index("ix_prices_producer_id_track_id", "producer_id track_id"),
    _index("ix_prices_unplaced", "producer_id product", where="reason IS NOT NULL"),
    _index("ix_prices_active", "producer_id as_of", where="active"),
)

payment_links = Table(
    "payment_links",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("link", String, nullable=False),
    Column("url", Text),
    Column("active", Boolean, nullable=False),
    Column("as_of", Instant, nullable=False),
    Column("document", Text, nullable=False),
    UniqueConstraint("producer_id", "link"),
    _index("ix_payment_links_active", "producer_id as_of", where="active"),
)

# What a payment link sells. Its metadata may name what the price itself does not.
payment_link_prices = Table(
    "payment_link_prices",
    metadata,
    Column("producer_id", ForeignKey("producers.id"), primary_key=True),
    Column("link", String, primary_key=True),
    Column("price", String, primary_key=True),
    Column("track_id", ForeignKey("tracks.id")),
    # Whether the link sells just this price, as the price itself is named.
    Column("alone", Boolean, nullable=False),
    _index("ix_payment_link_prices_price", "producer_id price"),
    _index("ix_payment_link_prices_track_id", "producer_id track_id"),
    sqlite_with_rowid=False,
)

payments = Table(
    "payments",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("key", String, nullable=False),
    Column("session", String),
    Column("intent", String),
    Column("charge", String),
    # The platform's fee, by which its refunds name it.
    Column("application_fee", String),
    # The balance transaction, by which payouts name it.
    Column("movement", String),
    Column("payout", String),
    Column("state", String, nullable=False),
    Column("created", Moment, nullable=False),
    Column("buyer_id", ForeignKey("buyers.id"), nullable=False),
    # What its Checkout was answered, as in buyers.
    Column("promotions", String),
    Column("available_on", Moment),
    # Until when the first of its disputes has to be answered; null if none has to be.
    Column("answer_by", Moment),
    # The whole payment as JSON; the columns next to it are for finding it.
    Column("document", Text, nullable=False),
    # Whether Stripe itself was asked, and when we last began to ask.
    Column("complete", Boolean, nullable=False),
    Column("read", Instant),
    # When to ask again; null when nothing is open.
    Column("due", Instant),
    Column("checks", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("producer_id", "key"),
    _index("ix_payments_producer_id_intent", "producer_id intent"),
    _index("ix_payments_producer_id_charge", "producer_id charge"),
    _index(
        "ix_payments_application_fee",
        "producer_id application_fee",
        where="application_fee IS NOT NULL",
    ),
    _index("ix_payments_producer_id_movement", "producer_id movement"),
    _index("ix_payments_producer_id_payout", "producer_id payout"),
    _index("ix_payments_producer_id_available_on", "producer_id available_on"),
    _index("ix_payments_answer_by", "answer_by", where="answer_by IS NOT NULL"),
    # A buyer's newest answer, however many purchases without a question came after it.
    _index("ix_payments_promotions", "buyer_id created key", where=ANSWERED),
    # Counts a buyer's payments without opening them.
    _index("ix_payments_buyer_id", "buyer_id producer_id created state"),
    _index("ix_payments_due", "due", where="due IS NOT NULL"),
)

# What licenses are sold under, as worded when their sales were recorded. Rows never change.
terms = Table(
    "terms",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    # Of the name and the text: bot.domain.license_terms.
    Column("digest", String, nullable=False),
    Column("name", Text, nullable=False),
    # Counts the wordings of a name, from 1.
    Column("version", Integer, nullable=False),
    Column("text", Text, nullable=False),
    Column("since", Instant, nullable=False),
    UniqueConstraint("producer_id", "digest"),
)

sales = Table(
    "sales",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("number", Integer, nullable=False),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
    Column("position", Integer, nullable=False),
    Column("track_id", ForeignKey("tracks.id"), nullable=False),
    Column("license_id", ForeignKey("licenses.id"), nullable=False),
    Column("buyer_id", ForeignKey("buyers.id"), nullable=False),
    Column("exclusive", Boolean, nullable=False),
    Column("quantity", Integer, nullable=False),
    Column("sold", Moment, nullable=False),
    Column("state", String, nullable=False),
    Column("conflict", Boolean, nullable=False),
    # What the buyer paid and got back.
    Column("currency", String, nullable=False),
    *_amounts("amount refunded"),
    # Its share of what settled; `settled` says whether Stripe has booked it.
    Column("settled", Boolean, nullable=False),
    Column("settled_currency", String, nullable=False),
    *_amounts("gross"),
    # What of `gross` is tax that the buyer paid, and what of that went back.
    *_amounts("tax returned_tax"),
    *_amounts("stripe_fee fee_tax platform_fee withheld_tax"),
    # The sum of the net of its entries: what remains after tax and every fee, refund and dispute.
    *_amounts("remaining"),
    # What it was sold under, fixed when it was recorded; null where there were no templates.
    Column("terms_id", ForeignKey("terms.id")),
    # By which anybody can check its license: bot.domain.sold_license.
    Column("code", String, nullable=False),
    # Once somebody has accepted that it collides with an exclusive: who, and when. It is no
    # conflict from then on.
    Column("accepted_by", BigInteger),
    Column("accepted", Instant),
    # Once somebody has taken that back, and it is a conflict again: who, and when.
    Column("withdrawn_by", BigInteger),
    Column("withdrawn", Instant),
    UniqueConstraint("producer_id", "number"),
    UniqueConstraint("payment_id", "position"),
    _index("ix_sales_code", "code"),
    # These cover their queries, so that no sale is opened for a list, a sum or a count: SQLite
    # reads a million rows of an index in well under a second, and needs a minute to open them.
    _index("ix_sales_listed", "producer_id sold id state conflict track_id license_id buyer_id"),
    _index(
        "ix_sales_summed",
        "producer_id settled_currency gross id sold state conflict track_id license_id "
        "buyer_id tax returned_tax stripe_fee fee_tax platform_fee withheld_tax remaining "
        "settled",
    ),
    _index("ix_sales_of_licenses", "producer_id license_id settled_currency sold state gross tax"),
    _index("ix_sales_of_buyers", "producer_id currency buyer_id state position amount refunded"),
    _index(
        "ix_sales_bought", "producer_id buyer_id sold id state position currency amount refunded"
    ),
    _index("ix_sales_of_tracks", "producer_id track_id sold id state"),
    # Who may use a track: who holds it, and the leases that stay valid.
    # `exclusive` is always true here: it makes this the index that SQLite takes.
    _index("ix_sales_exclusives", "producer_id track_id exclusive", where="exclusive"),
    # It has what its condition says too: so leases are counted without opening them.
    _index(
        "ix_sales_leases",
        "producer_id track_id sold payment_id exclusive conflict state",
        where=VALID_LEASE,
    ),
    _index("ix_sales_accepted", "producer_id accepted", where="accepted IS NOT NULL"),
    # `conflict` is always true here, as above.
    _index("ix_sales_conflict", "producer_id conflict sold id track_id", where="conflict"),
)

NOT_SALES = tuple(state.value for state in SaleState if not state.is_sale)
IS_SALE = sales.c.state.not_in(NOT_SALES)
"""Whether money came, even if it went again."""

# What is to be done in Stripe so that a track that is off sale can be bought no more.
steps = Table(
    "steps",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("track_id", ForeignKey("tracks.id"), nullable=False),
    # The exclusive sale that it is for; null where the track is only kept off sale.
    Column("sale_id", BigInteger),
    # link, session, product or price
    Column("kind", String, nullable=False),
    # Stripe's id; empty for all open Checkouts, and for links that nobody may see.
    Column("object", String, nullable=False),
    Column("name", Text, nullable=False),
    # open, by_hand or done
    Column("state", String, nullable=False),
    # Why it is not done yet (bot.domain.off_sale.Obstacle).
    Column("obstacle", String),
    # When the bot does it next; null while it does not.
    Column("due", Instant),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("done", Instant),
    UniqueConstraint("producer_id", "track_id", "kind", "object"),
    _index("ix_steps_object", "producer_id object"),
    _index("ix_steps_due", "due", where="due IS NOT NULL"),
)

# Where the producer sells outside of Stripe, in their words.
marketplaces = Table(
    "marketplaces",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    # The name, normalized.
    Column("key", String, nullable=False),
    Column("name", Text, nullable=False),
    UniqueConstraint("producer_id", "key"),
    # An id is never given again: a menu in Discord may name one that is gone.
    sqlite_autoincrement=True,
)

# On which of these marketplaces a track that was sold exclusively has been taken off.
ticks = Table(
    "ticks",
    metadata,
    Column("producer_id", ForeignKey("producers.id"), primary_key=True),
    Column("track_id", ForeignKey("tracks.id"), primary_key=True),
    Column("marketplace_id", ForeignKey("marketplaces.id"), primary_key=True),
    Column("ticked_by", BigInteger, nullable=False),
    Column("ticked", Instant, nullable=False),
    sqlite_with_rowid=False,
)

# The books: bot.domain.entries, a row an entry.
entries = Table(
    "entries",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("payment_id", ForeignKey("payments.id"), nullable=False),
    Column("sale_id", ForeignKey("sales.id"), nullable=False),
    Column("track_id", ForeignKey("tracks.id"), nullable=False),
    Column("kind", String, nullable=False),
    Column("source", String, nullable=False),
    Column("at", Moment, nullable=False),
    Column("currency", String, nullable=False),
    # What the producer keeps is `net`; with `tax` it is what Stripe's balance moved by.
    *_amounts("gross tax stripe_fee fee_tax platform_fee withheld_tax net"),
    Column("booked", Boolean, nullable=False),
    _index("ix_entries_producer_id_at", "producer_id at"),
    # Covers what tracks come to.
    _index("ix_entries_of_tracks", "producer_id track_id currency at kind gross net"),
    _index("ix_entries_sale_id", "sale_id"),
    # What refunds and disputes moved, by the balance transaction by which payouts name it.
    _index("ix_entries_returns", "producer_id source", where=RETURN),
)

# What a day's entries come to: bot.store.books.day_totals.
day_totals = Table(
    "day_totals",
    metadata,
    Column("producer_id", ForeignKey("producers.id"), primary_key=True),
    # In the producer's time zone, as yyyymmdd.
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("currency", String, primary_key=True),
    *_amounts("sales gross tax returned_tax stripe_fee fee_tax platform_fee withheld_tax"),
    # The last one counts payments that were paid.
    *_amounts("refunds refunded disputed net unsettled purchases"),
    sqlite_with_rowid=False,
)

payouts = Table(
    "payouts",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("payout", String, nullable=False),
    Column("amount", BigInteger, nullable=False),
    Column("currency", String, nullable=False),
    Column("status", String, nullable=False),
    Column("automatic", Boolean, nullable=False),
    Column("created", Moment, nullable=False),
    Column("arrival", Moment, nullable=False),
    Column("failure", Text),
    # Whether what is in it has been read from Stripe.
    Column("reconciled", Boolean, nullable=False),
    Column("refunds", Integer),
    Column("read", Instant),
    Column("due", Instant),
    Column("checks", Integer, nullable=False, server_default=text("0")),
    UniqueConstraint("producer_id", "payout"),
    _index("ix_payouts_producer_id_created", "producer_id created"),
)

# What Stripe says is in an automatic payout, by balance transaction; also of payments not read yet.
payout_items = Table(
    "payout_items",
    metadata,
    Column("producer_id", ForeignKey("producers.id"), primary_key=True),
    Column("movement", String, primary_key=True),
    Column("payout", String, nullable=False),
    # Stripe's `type`: charge, refund, adjustment, …
    Column("kind", String, nullable=False),
    Column("net", BigInteger, nullable=False),
    _index("ix_payout_items_payout", "producer_id payout"),
)

# What is not understood of Stripe's objects: bot.domain.problem, a row a problem.
problems = Table(
    "problems",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    # As bot.domain.event_types names what it is about.
    Column("subject", String, nullable=False),
    Column("what", String, nullable=False),
    Column("about", String, nullable=False),
    Column("said", Text, nullable=False),
    # When it was first seen.
    Column("seen", Instant, nullable=False),
    # Whether somebody has said that it need not be shown any more.
    Column("hidden", Boolean, nullable=False),
    UniqueConstraint("producer_id", "subject", "what", "about", "said"),
)

# What Discord should hear, written together with the state it tells of.
outbox = Table(
    "outbox",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    # announce, edit, reply or notice
    Column("kind", String, nullable=False),
    # What it is about: payment:12, payout:po_…, notice:…
    Column("subject", String, nullable=False),
    # Says a thing once: the same key is never told twice.
    Column("key", String, nullable=False),
    # Of a reply or a notice: what it tells, as JSON.
    Column("payload", Text),
    # What it may have a channel of its own by: sales, returns, payouts, digests
    Column("route", String, nullable=False, server_default=text("'sales'")),
    # pending, sending (begun, outcome not known), sent, summarized, failed
    Column("state", String, nullable=False),
    Column("created", Instant, nullable=False),
    Column("begun", Instant),
    # Where it was last tried: its message may be there.
    Column("channel_id", BigInteger),
    Column("attempts", Integer, nullable=False, server_default=text("0")),
    Column("error", Text),
    UniqueConstraint("producer_id", "key"),
    _index("ix_outbox_open", "producer_id id", where="state IN ('pending', 'sending')"),
    _index("ix_outbox_failed", "producer_id id", where="state = 'failed'"),
    sqlite_autoincrement=True,
)

# Which Discord message tells of what; several subjects share one in a burst.
messages = Table(
    "messages",
    metadata,
    Column("id", Id, primary_key=True),
    _owner(),
    Column("subject", String, nullable=False),
    Column("channel_id", BigInteger, nullable=False),
    Column("message_id", BigInteger, nullable=False),
    # Its place among the subjects of a shared message, from 0.
    Column("slot", Integer, nullable=False),
    UniqueConstraint("producer_id", "subject"),
    _index("ix_messages_message_id", "message_id"),
)

# Small facts the bot remembers between runs, such as which commands are registered.
notes = Table(
    "notes",
    metadata,
    Column("key", String, primary_key=True),
    Column("value", Text, nullable=False),
)


def columns(table: Table, names: str) -> list[Column[Any]]:
    """Columns of a table, in this order."""
    return [table.c[name] for name in names.split()]


def without_index(name: str) -> ColumnElement[Any]:
    """A column of `sales` as an expression of the same value, for which no index is taken."""
    column = sales.c[name]
    same = f"sales.{name} || ''" if isinstance(column.type, String) else f"+sales.{name}"
    return literal_column(f"({same})", column.type)


def chunks(values: Iterable[_T], size: int = 500) -> list[list[_T]]:
    """Values for the IN of statements, each once and in order: a database takes so many at once."""
    listed = sorted(set(values))
    return [listed[start : start + size] for start in range(0, len(listed), size)]


async def rows_of(
    connection: AsyncConnection, query: Select[Any], column: Column[Any], values: Iterable[_T]
) -> AsyncIterator[Row[Any]]:
    """What a query finds with these values in a column, however many they are."""
    for some in chunks(values):
        for row in await connection.execute(query.where(column.in_(some))):
            yield row
