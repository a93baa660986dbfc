"""Whether anything at all was written since last time, asked for next to nothing."""

import sqlite3
from pathlib import Path


class Changes:
    """Watches an SQLite file, whoever writes to it: us, or another process."""

    def __init__(self, file: str) -> None:
        self._file = Path(file).absolute()
        self._watching: sqlite3.Connection | None = None

    def number(self) -> int | None:
        """A number that is another one once something was committed; None while it is not known.

        Takes some microseconds and waits for nobody. Always ask in the same thread.
        https://www.sqlite.org/pragma.html#pragma_data_version
        """
        try:
            if self._watching is None:
                address = f"{self._file.as_uri()}?mode=ro"
                self._watching = sqlite3.connect(address, timeout=0, uri=True)
            number: int = self._watching.execute("PRAGMA data_version").fetchone()[0]
        except sqlite3.Error:
            return None
        return number

    def close(self) -> None:
        if self._watching is not None:
            self._watching.close()
            self._watching = None
