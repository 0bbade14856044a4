"""New ids: UUIDv7 as text, so that a newer row has a higher id."""

import uuid_utils


def new_id() -> str:
    """A fresh id."""
    return str(uuid_utils.uuid7())
