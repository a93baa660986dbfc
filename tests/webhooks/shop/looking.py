"""What tests of the public page read in it."""

import re

from tests.webhooks.shop.conftest import Answer


def names(answer: Answer) -> list[str]:
    """The tracks listed on a page, in order."""
    return re.findall(r'<h3 dir="auto"><a href="[^"]+">([^<]*)</a>', answer.text)
