"""What went wrong with a database, in the words of its driver."""

from sqlalchemy.exc import DBAPIError

_DAMAGED = 11
"""SQLite's primary result code. https://www.sqlite.org/rescode.html"""


def reason(error: BaseException) -> str:
    """Say what went wrong in one line, without the statement and its values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    if isinstance(cause, TimeoutError):
        return "it does not answer"
    said = (isinstance(cause, OSError) and cause.strerror) or str(cause)
    lines = said.strip().splitlines()
    first = lines[0] if lines else type(cause).__name__
    if getattr(cause, "sqlite_errorcode", 0) & 0xFF == _DAMAGED:
        return f"the file is damaged, so restore a backup ({first})"
    return first
