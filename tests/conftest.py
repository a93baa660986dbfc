"""What holds for every test."""

import os

import pytest
from hypothesis import is_hypothesis_test, settings

# Speed is measured in bench/, never asserted here; and a found example is told the same each time.
settings.register_profile(
    "project", deadline=None, derandomize=True, print_blob=True, max_examples=40
)
# For a long search beside the suite: HYPOTHESIS_PROFILE=thorough.
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Search without counting lines: it halves the time, and examples cover what searches do."""
    for item in items:
        if isinstance(item, pytest.Function) and is_hypothesis_test(item.function):
            item.add_marker("no_cover")
