"""Where the time comes from: handed in, so that tests and the demo can set it."""

from collections.abc import Callable
from datetime import datetime
from typing import TypeAlias

Clock: TypeAlias = Callable[[], datetime]
"""Answers with the present moment as an aware UTC datetime."""
