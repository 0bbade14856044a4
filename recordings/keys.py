"""The keys that wrap the recordings' own keys: outside the database, in the data folder's `secrets.json`.

The newest id wraps; the older ones go on opening what they wrapped. Newest: the longest, then the last in order, so
that `10` follows `9` and dates follow each other.
"""

import base64
import binascii
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.keywrap import InvalidUnwrap, aes_key_unwrap, aes_key_wrap

from dialer.machine import Paths, load_secrets
from recordings.envelope import KEY_BYTES
from recordings.errors import KeyMissingError

Read = Callable[[], Mapping[str, str]]
KEY_ID_MAX = 16  # bytes of an id in an object's header


@dataclass(frozen=True)
class Wrapped:
    """A recording's own key as the database holds it; `wrapped` None = destroyed."""

    key_id: str
    wrapped: bytes | None


@dataclass
class Keyring:
    """The wrapping keys by id. They are read again when an id is not known yet: another process may have added it."""

    read: Read
    _known: dict[str, bytes] = field(default_factory=dict, repr=False)

    def make(self) -> Wrapped:
        """A new random key, wrapped by the newest. Raises KeyMissingError when there is none to wrap with."""
        self._look()
        if not self._known:
            raise KeyMissingError("secrets.json holds no key for recordings")
        newest = max(self._known, key=lambda name: (len(name), name))
        return Wrapped(newest, aes_key_wrap(self._known[newest], os.urandom(KEY_BYTES)))

    def unwrap(self, kept: Wrapped) -> bytes:
        """A recording's own key. Raises KeyMissingError: destroyed, or not to be opened by any key we hold."""
        if kept.wrapped is None:
            raise KeyMissingError("the key of this recording was destroyed")
        if kept.key_id not in self._known:
            self._look()
        try:
            return aes_key_unwrap(self._known[kept.key_id], kept.wrapped)
        except KeyError:
            raise KeyMissingError(f"secrets.json does not hold the key {kept.key_id!r}") from None
        except (InvalidUnwrap, ValueError):
            raise KeyMissingError(f"the key {kept.key_id!r} of secrets.json is another than wrapped this") from None

    def ids(self) -> set[str]:
        """The ids of the keys that are there now. Raises KeyMissingError when one is no key."""
        self._look()
        return set(self._known)

    def _look(self) -> None:
        self._known = {name: _decoded(name, text) for name, text in self.read().items()}


def keyring_of(paths: Paths) -> Keyring:
    """The keys of an installation; none where nothing was set up."""
    return Keyring(lambda: _kept(paths))


def _kept(paths: Paths) -> Mapping[str, str]:
    try:
        return load_secrets(paths).recording_keys
    except FileNotFoundError:
        return {}


def _decoded(name: str, text: str) -> bytes:
    try:
        key = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES or not (name.isascii() and 0 < len(name) <= KEY_ID_MAX):
        raise KeyMissingError(f"the key {name!r} of secrets.json is not {KEY_BYTES} bytes in base64")
    return key
