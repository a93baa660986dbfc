"""What holds for every test."""

from hypothesis import settings

# Speed is measured in bench/, never asserted here; and a found example is told the same each time.
settings.register_profile("project", deadline=None, derandomize=True, print_blob=True)
settings.load_profile("project")
