"""The first tables."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    _producers()
    _events()
    _buyers()
    _forgotten()
    _buyer_totals()
    _buyer_counts()
    _buyer_words()
    _tracks()
    _licenses()
    _products()
    _prices()
    _payment_links()
    _payment_link_prices()
    _payments()
    _terms()
    _sales()
    _steps()
    _shelves()
    _ticks()
    _entries()
    _totals()
    _list_totals()
    _purchase_totals()
    _payouts()
    _payout_items()
    _problems()
    _outbox()
    _messages()
    _notes()


def _amount(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), server_default=sa.text("0"), nullable=False)


def _producers() -> None:
    op.create_table(
        "producers",
        sa.Column("id", ID, nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("stripe_account", sa.String(), nullable=True),
        sa.Column("timezone", sa.String(), nullable=False),
        sa.Column("guild_id", sa.BigInteger(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("business_name", sa.Text(), nullable=True),
        sa.Column("guild_name", sa.Text(), nullable=True),
        sa.Column("next_number", sa.Integer(), nullable=False),
        _amount("catalogue_version"),
        sa.Column("preferences", sa.Text(), server_default=sa.text("'{}'"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_producers")),
        sa.UniqueConstraint("livemode", "account", name=op.f("uq_producers_livemode_account")),
    )


def _events() -> None:
    op.create_table(
        "events",
        sa.Column("sequence", ID, nullable=False),
        sa.Column("id", sa.String(), nullable=False),
        sa.Column("type", sa.String(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("account", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=True),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("received", sa.Double(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("tells_of_sale", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("sequence", name=op.f("pk_events")),
        sa.UniqueConstraint("id", name=op.f("uq_events_id")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_events_due",
        "events",
        ["due"],
        sqlite_where=sa.text("state = 'pending'"),
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index("ix_events_state", "events", ["state"])
    op.create_index("ix_events_subject", "events", ["subject"])


def _buyers() -> None:
    op.create_table(
        "buyers",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("country", sa.String(), nullable=True),
        sa.Column("promotions", sa.String(), nullable=True),
        sa.Column("forgotten", sa.Double(), nullable=True),
        sa.Column("latest", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_buyers_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_buyers")),
        sa.UniqueConstraint("producer_id", "key", name=op.f("uq_buyers_producer_id_key")),
    )
    op.create_index(
        "ix_buyers_latest",
        "buyers",
        ["producer_id", "latest", "id"],
        sqlite_where=sa.text("latest IS NOT NULL"),
        postgresql_where=sa.text("latest IS NOT NULL"),
    )


def _forgotten() -> None:
    op.create_table(
        "forgotten",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("until", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_forgotten_producer_id")
        ),
        sa.PrimaryKeyConstraint("producer_id", "digest", "until", name=op.f("pk_forgotten")),
        sqlite_with_rowid=False,
    )


def _buyer_totals() -> None:
    op.create_table(
        "buyer_totals",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("buyer_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        _amount("payments"),
        _amount("licenses"),
        _amount("spent"),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_buyer_totals_producer_id")
        ),
        sa.PrimaryKeyConstraint(
            "producer_id", "buyer_id", "currency", name=op.f("pk_buyer_totals")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index(
        "ix_buyer_totals_payments",
        "buyer_totals",
        ["producer_id", "currency", "payments", "buyer_id"],
    )
    op.create_index(
        "ix_buyer_totals_spent", "buyer_totals", ["producer_id", "currency", "spent", "buyer_id"]
    )


def _buyer_counts() -> None:
    op.create_table(
        "buyer_counts",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        _amount("buyers"),
        _amount("repeats"),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_buyer_counts_producer_id")
        ),
        sa.PrimaryKeyConstraint("producer_id", "currency", name=op.f("pk_buyer_counts")),
        sqlite_with_rowid=False,
    )


def _buyer_words() -> None:
    op.create_table(
        "buyer_words",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column(
            "word", sa.String().with_variant(sa.String(collation="C"), "postgresql"), nullable=False
        ),
        sa.Column("buyer_id", ID, nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_buyer_words_buyer_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_buyer_words_producer_id")
        ),
        sa.PrimaryKeyConstraint("producer_id", "word", "buyer_id", name=op.f("pk_buyer_words")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_buyer_words_buyer_id", "buyer_words", ["buyer_id"])


def _tracks() -> None:
    op.create_table(
        "tracks",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder_sale_id", sa.BigInteger(), nullable=True),
        sa.Column("kept_off", sa.Boolean(), nullable=True),
        sa.Column("decided_by", sa.BigInteger(), nullable=True),
        sa.Column("decided", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_tracks_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracks")),
        sa.UniqueConstraint("producer_id", "key", name=op.f("uq_tracks_producer_id_key")),
    )
    op.create_index(
        "ix_tracks_held",
        "tracks",
        ["producer_id"],
        sqlite_where=sa.text("holder_sale_id IS NOT NULL"),
        postgresql_where=sa.text("holder_sale_id IS NOT NULL"),
    )
    op.create_index(
        "ix_tracks_kept_off",
        "tracks",
        ["producer_id"],
        sqlite_where=sa.text("kept_off"),
        postgresql_where=sa.text("kept_off"),
    )


def _licenses() -> None:
    op.create_table(
        "licenses",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_licenses_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_licenses")),
        sa.UniqueConstraint("producer_id", "key", name=op.f("uq_licenses_producer_id_key")),
    )


def _products() -> None:
    op.create_table(
        "products",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.Double(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("description", sa.Text(), nullable=True),
        sa.Column("images", sa.Text(), nullable=False),
        sa.Column("preview_url", sa.Text(), nullable=True),
        sa.Column("default_price", sa.String(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_products_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_products")),
        sa.UniqueConstraint("producer_id", "product", name=op.f("uq_products_producer_id_product")),
    )
    op.create_index(
        "ix_products_active",
        "products",
        ["producer_id", "as_of"],
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )


def _prices() -> None:
    op.create_table(
        "prices",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("price", sa.String(), nullable=False),
        sa.Column("product", sa.String(), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.Double(), nullable=False),
        sa.Column("track_id", ID, nullable=True),
        sa.Column("license", sa.Text(), nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(), nullable=True),
        sa.Column("terms", sa.Text(), nullable=True),
        sa.Column("reason", sa.String(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_prices_producer_id")
        ),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_prices_track_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_prices")),
        sa.UniqueConstraint("producer_id", "price", name=op.f("uq_prices_producer_id_price")),
    )
    op.create_index(
        "ix_prices_active",
        "prices",
        ["producer_id", "as_of"],
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )
    op.create_index("ix_prices_producer_id_product", "prices", ["producer_id", "product"])
    op.create_index("ix_prices_producer_id_track_id", "prices", ["producer_id", "track_id"])
    op.create_index(
        "ix_prices_unplaced",
        "prices",
        ["producer_id", "product"],
        sqlite_where=sa.text("reason IS NOT NULL"),
        postgresql_where=sa.text("reason IS NOT NULL"),
    )


def _payment_links() -> None:
    op.create_table(
        "payment_links",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("url", sa.Text(), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("as_of", sa.Double(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_payment_links_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payment_links")),
        sa.UniqueConstraint("producer_id", "link", name=op.f("uq_payment_links_producer_id_link")),
    )
    op.create_index(
        "ix_payment_links_active",
        "payment_links",
        ["producer_id", "as_of"],
        sqlite_where=sa.text("active"),
        postgresql_where=sa.text("active"),
    )


def _payment_link_prices() -> None:
    op.create_table(
        "payment_link_prices",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("link", sa.String(), nullable=False),
        sa.Column("price", sa.String(), nullable=False),
        sa.Column("track_id", ID, nullable=True),
        sa.Column("alone", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_payment_link_prices_producer_id")
        ),
        sa.ForeignKeyConstraint(
            ["track_id"], ["tracks.id"], name=op.f("fk_payment_link_prices_track_id")
        ),
        sa.PrimaryKeyConstraint(
            "producer_id", "link", "price", name=op.f("pk_payment_link_prices")
        ),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_payment_link_prices_price", "payment_link_prices", ["producer_id", "price"])
    op.create_index(
        "ix_payment_link_prices_track_id", "payment_link_prices", ["producer_id", "track_id"]
    )


def _payments() -> None:
    op.create_table(
        "payments",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("session", sa.String(), nullable=True),
        sa.Column("intent", sa.String(), nullable=True),
        sa.Column("charge", sa.String(), nullable=True),
        sa.Column("application_fee", sa.String(), nullable=True),
        sa.Column("movement", sa.String(), nullable=True),
        sa.Column("payout", sa.String(), nullable=True),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("buyer_id", ID, nullable=False),
        sa.Column("promotions", sa.String(), nullable=True),
        sa.Column("available_on", sa.BigInteger(), nullable=True),
        sa.Column("answer_by", sa.BigInteger(), nullable=True),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.Column("read", sa.Double(), nullable=True),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("checks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_payments_buyer_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_payments_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payments")),
        sa.UniqueConstraint("producer_id", "key", name=op.f("uq_payments_producer_id_key")),
    )
    op.create_index(
        "ix_payments_answer_by",
        "payments",
        ["answer_by"],
        sqlite_where=sa.text("answer_by IS NOT NULL"),
        postgresql_where=sa.text("answer_by IS NOT NULL"),
    )
    op.create_index(
        "ix_payments_application_fee",
        "payments",
        ["producer_id", "application_fee"],
        sqlite_where=sa.text("application_fee IS NOT NULL"),
        postgresql_where=sa.text("application_fee IS NOT NULL"),
    )
    op.create_index(
        "ix_payments_buyer_id", "payments", ["buyer_id", "producer_id", "created", "state"]
    )
    op.create_index(
        "ix_payments_due",
        "payments",
        ["due"],
        sqlite_where=sa.text("due IS NOT NULL"),
        postgresql_where=sa.text("due IS NOT NULL"),
    )
    op.create_index(
        "ix_payments_producer_id_available_on", "payments", ["producer_id", "available_on"]
    )
    op.create_index("ix_payments_producer_id_charge", "payments", ["producer_id", "charge"])
    op.create_index("ix_payments_producer_id_intent", "payments", ["producer_id", "intent"])
    op.create_index("ix_payments_producer_id_movement", "payments", ["producer_id", "movement"])
    op.create_index("ix_payments_producer_id_payout", "payments", ["producer_id", "payout"])
    op.create_index(
        "ix_payments_promotions",
        "payments",
        ["buyer_id", "created", "key"],
        sqlite_where=sa.text("promotions IS NOT NULL"),
        postgresql_where=sa.text("promotions IS NOT NULL"),
    )


def _terms() -> None:
    op.create_table(
        "terms",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("digest", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("since", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_terms_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_terms")),
        sa.UniqueConstraint("producer_id", "digest", name=op.f("uq_terms_producer_id_digest")),
    )


def _sales() -> None:
    op.create_table(
        "sales",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("track_id", ID, nullable=False),
        sa.Column("license_id", ID, nullable=False),
        sa.Column("buyer_id", ID, nullable=False),
        sa.Column("exclusive", sa.Boolean(), nullable=False),
        sa.Column("quantity", sa.Integer(), nullable=False),
        sa.Column("sold", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        _amount("amount"),
        _amount("refunded"),
        sa.Column("settled", sa.Boolean(), nullable=False),
        sa.Column("settled_currency", sa.String(), nullable=False),
        _amount("gross"),
        _amount("tax"),
        _amount("returned_tax"),
        _amount("stripe_fee"),
        _amount("fee_tax"),
        _amount("platform_fee"),
        _amount("withheld_tax"),
        _amount("remaining"),
        sa.Column("terms_id", ID, nullable=True),
        sa.Column("code", sa.String(), nullable=False),
        sa.Column("accepted_by", sa.BigInteger(), nullable=True),
        sa.Column("accepted", sa.Double(), nullable=True),
        sa.Column("withdrawn_by", sa.BigInteger(), nullable=True),
        sa.Column("withdrawn", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(["buyer_id"], ["buyers.id"], name=op.f("fk_sales_buyer_id")),
        sa.ForeignKeyConstraint(["license_id"], ["licenses.id"], name=op.f("fk_sales_license_id")),
        sa.ForeignKeyConstraint(["payment_id"], ["payments.id"], name=op.f("fk_sales_payment_id")),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_sales_producer_id")
        ),
        sa.ForeignKeyConstraint(["terms_id"], ["terms.id"], name=op.f("fk_sales_terms_id")),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_sales_track_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sales")),
        sa.UniqueConstraint("payment_id", "position", name=op.f("uq_sales_payment_id_position")),
        sa.UniqueConstraint("producer_id", "number", name=op.f("uq_sales_producer_id_number")),
    )
    op.create_index(
        "ix_sales_accepted",
        "sales",
        ["producer_id", "accepted"],
        sqlite_where=sa.text("accepted IS NOT NULL"),
        postgresql_where=sa.text("accepted IS NOT NULL"),
    )
    op.create_index(
        "ix_sales_buyer_id", "sales", ["buyer_id", "producer_id", "sold", "id", "state"]
    )
    op.create_index("ix_sales_code", "sales", ["code"])
    op.create_index(
        "ix_sales_conflict",
        "sales",
        ["producer_id", "conflict", "sold", "id"],
        sqlite_where=sa.text("conflict"),
        postgresql_where=sa.text("conflict"),
    )
    op.create_index(
        "ix_sales_exclusives",
        "sales",
        ["producer_id", "track_id", "exclusive"],
        sqlite_where=sa.text("exclusive"),
        postgresql_where=sa.text("exclusive"),
    )
    op.create_index(
        "ix_sales_largest",
        "sales",
        ["producer_id", "settled_currency", "gross", "id", "sold", "state"],
    )
    op.create_index(
        "ix_sales_largest_of_license",
        "sales",
        ["producer_id", "license_id", "settled_currency", "gross", "id", "sold", "state"],
    )
    op.create_index(
        "ix_sales_largest_of_state",
        "sales",
        [
            "producer_id",
            "state",
            "settled_currency",
            "gross",
            "id",
            "sold",
            "track_id",
            "license_id",
        ],
        sqlite_where=sa.text("state <> 'paid'"),
        postgresql_where=sa.text("state <> 'paid'"),
    )
    op.create_index(
        "ix_sales_largest_of_track",
        "sales",
        [
            "producer_id",
            "track_id",
            "settled_currency",
            "gross",
            "id",
            "sold",
            "state",
            "license_id",
        ],
    )
    op.create_index(
        "ix_sales_leases",
        "sales",
        ["producer_id", "track_id", "sold", "payment_id", "exclusive", "conflict", "state"],
        sqlite_where=sa.text(
            "NOT exclusive AND NOT conflict AND state IN ('paid', 'partly_refunded', 'disputed')"
        ),
        postgresql_where=sa.text(
            "NOT exclusive AND NOT conflict AND state IN ('paid', 'partly_refunded', 'disputed')"
        ),
    )
    op.create_index(
        "ix_sales_producer_id_license_id_sold", "sales", ["producer_id", "license_id", "sold", "id"]
    )
    op.create_index("ix_sales_producer_id_sold", "sales", ["producer_id", "sold", "id"])
    op.create_index(
        "ix_sales_producer_id_track_id_sold", "sales", ["producer_id", "track_id", "sold", "id"]
    )
    op.create_index(
        "ix_sales_state",
        "sales",
        ["producer_id", "state", "sold", "id"],
        sqlite_where=sa.text("state <> 'paid'"),
        postgresql_where=sa.text("state <> 'paid'"),
    )


def _steps() -> None:
    op.create_table(
        "steps",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("track_id", ID, nullable=False),
        sa.Column("sale_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("object", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("obstacle", sa.String(), nullable=True),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("done", sa.Double(), nullable=True),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_steps_producer_id")
        ),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_steps_track_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_steps")),
        sa.UniqueConstraint(
            "producer_id",
            "track_id",
            "kind",
            "object",
            name=op.f("uq_steps_producer_id_track_id_kind_object"),
        ),
    )
    op.create_index(
        "ix_steps_due",
        "steps",
        ["due"],
        sqlite_where=sa.text("due IS NOT NULL"),
        postgresql_where=sa.text("due IS NOT NULL"),
    )
    op.create_index("ix_steps_object", "steps", ["producer_id", "object"])


def _shelves() -> None:
    op.create_table(
        "shelves",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_shelves_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shelves")),
        sa.UniqueConstraint("producer_id", "key", name=op.f("uq_shelves_producer_id_key")),
        sqlite_autoincrement=True,
    )


def _ticks() -> None:
    op.create_table(
        "ticks",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("track_id", ID, nullable=False),
        sa.Column("shelf_id", ID, nullable=False),
        sa.Column("ticked_by", sa.BigInteger(), nullable=False),
        sa.Column("ticked", sa.Double(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_ticks_producer_id")
        ),
        sa.ForeignKeyConstraint(["shelf_id"], ["shelves.id"], name=op.f("fk_ticks_shelf_id")),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_ticks_track_id")),
        sa.PrimaryKeyConstraint("producer_id", "track_id", "shelf_id", name=op.f("pk_ticks")),
        sqlite_with_rowid=False,
    )


def _entries() -> None:
    op.create_table(
        "entries",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("payment_id", ID, nullable=False),
        sa.Column("sale_id", ID, nullable=False),
        sa.Column("track_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("source", sa.String(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        _amount("gross"),
        _amount("tax"),
        _amount("stripe_fee"),
        _amount("fee_tax"),
        _amount("platform_fee"),
        _amount("withheld_tax"),
        _amount("net"),
        sa.Column("booked", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["payment_id"], ["payments.id"], name=op.f("fk_entries_payment_id")
        ),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_entries_producer_id")
        ),
        sa.ForeignKeyConstraint(["sale_id"], ["sales.id"], name=op.f("fk_entries_sale_id")),
        sa.ForeignKeyConstraint(["track_id"], ["tracks.id"], name=op.f("fk_entries_track_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_entries")),
    )
    op.create_index("ix_entries_producer_id_at", "entries", ["producer_id", "at"])
    op.create_index(
        "ix_entries_returns",
        "entries",
        ["producer_id", "source"],
        sqlite_where=sa.text("kind <> 'sale'"),
        postgresql_where=sa.text("kind <> 'sale'"),
    )
    op.create_index("ix_entries_sale_id", "entries", ["sale_id"])


def _totals() -> None:
    op.create_table(
        "totals",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("start", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("track_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        _amount("sales"),
        _amount("gross"),
        _amount("tax"),
        _amount("returned_tax"),
        _amount("stripe_fee"),
        _amount("fee_tax"),
        _amount("platform_fee"),
        _amount("withheld_tax"),
        _amount("refunds"),
        _amount("refunded"),
        _amount("disputed"),
        _amount("net"),
        _amount("unsettled"),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_totals_producer_id")
        ),
        sa.PrimaryKeyConstraint(
            "producer_id", "span", "start", "track_id", "currency", name=op.f("pk_totals")
        ),
        sqlite_with_rowid=False,
    )


def _list_totals() -> None:
    op.create_table(
        "list_totals",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("track_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("license_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("start", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("conflict", sa.Boolean(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        _amount("sales"),
        _amount("gross"),
        _amount("tax"),
        _amount("returned_tax"),
        _amount("fees"),
        _amount("remaining"),
        _amount("unsettled"),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_list_totals_producer_id")
        ),
        sa.PrimaryKeyConstraint(
            "producer_id",
            "track_id",
            "license_id",
            "span",
            "start",
            "state",
            "conflict",
            "currency",
            name=op.f("pk_list_totals"),
        ),
        sqlite_with_rowid=False,
    )


def _purchase_totals() -> None:
    op.create_table(
        "purchase_totals",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("span", sa.String(), nullable=False),
        sa.Column("start", sa.Integer(), autoincrement=False, nullable=False),
        _amount("purchases"),
        _amount("new_buyers"),
        _amount("repeat_buyers"),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_purchase_totals_producer_id")
        ),
        sa.PrimaryKeyConstraint("producer_id", "span", "start", name=op.f("pk_purchase_totals")),
        sqlite_with_rowid=False,
    )


def _payouts() -> None:
    op.create_table(
        "payouts",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("payout", sa.String(), nullable=False),
        sa.Column("amount", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("automatic", sa.Boolean(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("arrival", sa.BigInteger(), nullable=False),
        sa.Column("failure", sa.Text(), nullable=True),
        sa.Column("reconciled", sa.Boolean(), nullable=False),
        sa.Column("refunds", sa.Integer(), nullable=True),
        sa.Column("read", sa.Double(), nullable=True),
        sa.Column("due", sa.Double(), nullable=True),
        sa.Column("checks", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_payouts_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_payouts")),
        sa.UniqueConstraint("producer_id", "payout", name=op.f("uq_payouts_producer_id_payout")),
    )
    op.create_index("ix_payouts_producer_id_created", "payouts", ["producer_id", "created"])


def _payout_items() -> None:
    op.create_table(
        "payout_items",
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("movement", sa.String(), nullable=False),
        sa.Column("payout", sa.String(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("net", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_payout_items_producer_id")
        ),
        sa.PrimaryKeyConstraint("producer_id", "movement", name=op.f("pk_payout_items")),
    )
    op.create_index("ix_payout_items_payout", "payout_items", ["producer_id", "payout"])


def _problems() -> None:
    op.create_table(
        "problems",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("about", sa.String(), nullable=False),
        sa.Column("said", sa.Text(), nullable=False),
        sa.Column("seen", sa.Double(), nullable=False),
        sa.Column("hidden", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_problems_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_problems")),
        sa.UniqueConstraint(
            "producer_id",
            "subject",
            "what",
            "about",
            "said",
            name=op.f("uq_problems_producer_id_subject_what_about_said"),
        ),
    )


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("payload", sa.Text(), nullable=True),
        sa.Column("route", sa.String(), server_default=sa.text("'sales'"), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("created", sa.Double(), nullable=False),
        sa.Column("begun", sa.Double(), nullable=True),
        sa.Column("channel_id", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default=sa.text("0"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_outbox_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("producer_id", "key", name=op.f("uq_outbox_producer_id_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(
        "ix_outbox_failed",
        "outbox",
        ["producer_id", "id"],
        sqlite_where=sa.text("state = 'failed'"),
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index(
        "ix_outbox_open",
        "outbox",
        ["producer_id", "id"],
        sqlite_where=sa.text("state IN ('pending', 'sending')"),
        postgresql_where=sa.text("state IN ('pending', 'sending')"),
    )


def _messages() -> None:
    op.create_table(
        "messages",
        sa.Column("id", ID, nullable=False),
        sa.Column("producer_id", ID, nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("channel_id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["producer_id"], ["producers.id"], name=op.f("fk_messages_producer_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_messages")),
        sa.UniqueConstraint("producer_id", "subject", name=op.f("uq_messages_producer_id_subject")),
    )
    op.create_index("ix_messages_message_id", "messages", ["message_id"])


def _notes() -> None:
    op.create_table(
        "notes",
        sa.Column("key", sa.String(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_notes")),
    )
