"""How the tables came to be, and the one way to bring a database up to date.

To change a table: change `bot/store/tables.py`, add the change to `versions/` as the next number,
and name it in `HEAD`. A new database is made from the tables as they are, an older one is brought
up to date by the versions; a test compares what both make.
"""

from pathlib import Path

from sqlalchemy import Connection, inspect, text

from bot.store.tables import metadata

FOLDER = Path(__file__).parent
HEAD = "0001"
"""The newest revision in `versions/`: a database that is there or new needs no Alembic."""
_VERSION = "CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"


class MadeByAnother(Exception):
    """The database's tables were made by a newer version of the bot, or by another program."""


def migrate(connection: Connection) -> None:
    """Bring the tables of a database up to date, in the transaction that `connection` is in.

    Meant for `AsyncConnection.run_sync` inside `Store.write()`: of two processes that start at
    once, the second waits, and finds the work done. Raises MadeByAnother.
    """
    revision = _revision(connection)
    if revision is None:
        _make(connection)
    elif revision != HEAD:
        upgrade(connection)


def age(connection: Connection) -> str:
    """How a database's tables stand to this version of the bot: empty, older, current or newer, or
    foreign: those of another program."""
    revision = _revision(connection)
    if revision is None:
        return "foreign" if _holds_others(connection) else "empty"
    if revision == HEAD:
        return "current"
    files = (FOLDER / "versions").glob("*.py")
    known = {file.name.partition("_")[0] for file in files}
    return "older" if revision in known else "newer"


def _revision(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    revision: str | None = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return revision


def _holds_others(connection: Connection) -> bool:
    """Whether what has no revision is another program's: a file is ours alone, while a PostgreSQL
    database may hold more, if none of it has a name of ours."""
    there = set(inspect(connection).get_table_names())
    return bool(there if connection.dialect.name == "sqlite" else there & set(metadata.tables))


def _make(connection: Connection) -> None:
    if _holds_others(connection):
        raise MadeByAnother("it holds the tables of another program")
    metadata.create_all(connection)
    connection.execute(text(_VERSION))
    connection.execute(text("INSERT INTO alembic_version VALUES (:head)"), {"head": HEAD})


def upgrade(connection: Connection) -> None:
    """Run the migrations that follow a database's revision: on an empty one, all of them."""
    # Imported only when there is work: Alembic takes 10 MB for as long as the bot runs.
    from alembic import command
    from alembic.config import Config
    from alembic.util import CommandError

    config = Config()
    config.set_main_option("script_location", str(FOLDER).replace("%", "%%"))
    config.attributes["connection"] = connection
    try:
        command.upgrade(config, "head")
    except CommandError as error:
        raise MadeByAnother(f"a newer version of the bot made its tables ({error})") from error
