"""What holds for every test."""

import os

from hypothesis import settings

# Speed is measured in bench/, never asserted here; and a found example is told the same each time.
settings.register_profile(
    "project", deadline=None, derandomize=True, print_blob=True, max_examples=40
)
# For a long search beside the suite: HYPOTHESIS_PROFILE=thorough.
settings.register_profile("thorough", deadline=None, print_blob=True, max_examples=2000)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "project"))
