"""A disk on which nothing can be written: the system answers with an error, as a bad one does."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager

MOST = 8192
"""Bytes: what a process prints in a test stays below, and each change in SQLite does not."""


class FailingDisk:
    """The disk as one process meets it: what it may write into a file can be limited.

    https://docs.python.org/3/library/resource.html#resource.prlimit
    """

    def __init__(self, process_id: int) -> None:
        self._process_id = process_id

    def fail(self) -> None:
        """From now on each write beyond a file's beginning is an I/O error."""
        self._limit(MOST)

    def recover(self) -> None:
        self._limit(None)

    @contextmanager
    def failing(self) -> Iterator[None]:
        """Let it fail until the block ends."""
        self.fail()
        try:
            yield
        finally:
            self.recover()

    def _limit(self, size: int | None) -> None:
        _, hard = resource.prlimit(self._process_id, resource.RLIMIT_FSIZE)
        soft = hard if size is None else size
        resource.prlimit(self._process_id, resource.RLIMIT_FSIZE, (soft, hard))
