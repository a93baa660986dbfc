"""The first tables, as `bot/store/tables.py` describes them.

From release 0.1.0 on, every change of a table is a revision of its own, written out; so is this
one then, as the tables it made no longer change.
"""

from alembic import op

from bot.store.tables import metadata

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    metadata.create_all(op.get_bind())
