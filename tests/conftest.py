"""Property tests draw the same examples on every machine, and no deadline depends on its speed."""

from hypothesis import settings

settings.register_profile("mnlu", deadline=None, max_examples=50, derandomize=True)
settings.load_profile("mnlu")
