"""Ids that look like Stripe's and come out the same for the same seed."""

import random
import string

_LETTERS = string.ascii_letters + string.digits


class Ids:
    """Hands out new ids; two instances with one seed hand out the same ones in the same order."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def new(self, prefix: str) -> str:
        """An id as `ch_3Qx…`: the prefix, an underscore and 24 letters and digits."""
        return f"{prefix}_{self.letters(24)}"

    def letters(self, count: int) -> str:
        return "".join(self._random.choices(_LETTERS, k=count))
