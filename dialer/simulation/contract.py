"""What a floor and whatever paces it say to each other: plain dicts, so that either may be somebody else's."""

from collections.abc import Callable
from typing import Any

Snapshot = dict[str, Any]
Decide = Callable[[Snapshot], int]
