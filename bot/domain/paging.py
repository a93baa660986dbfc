"""Lists in pages: how many there are, and which one is shown."""

PAGE = 10
"""Rows of a page."""
PURCHASES = 20
"""Of the page of all that one buyer bought, where a row is one line."""


def pages(count: int, size: int = PAGE) -> int:
    """How many pages `count` rows fill; at least one."""
    return max(1, -(-count // size))


def page_within(page: int, count: int, size: int = PAGE) -> int:
    """The page to show where `page` (from 0) is asked for: the nearest that there is."""
    return max(0, min(page, pages(count, size) - 1))
