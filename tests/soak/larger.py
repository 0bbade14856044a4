"""A pytest plugin of `make soak`: more examples for every property that does not name its own number."""

import os

from hypothesis import settings

settings.register_profile(
    "soak", max_examples=int(os.environ.get("TIANZHOU_SOAK_EXAMPLES", "1000")), deadline=None, print_blob=True
)
settings.load_profile("soak")
