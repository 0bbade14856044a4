"""Which Asterisk is good enough: 22.10.1 closes the ARI and HTTP holes of 2026 (reliability notes)."""

import re
from dataclasses import dataclass

_SHAPE = re.compile(r"Asterisk (?:certified/)?(\d+)\.(\d+)(?:\.(\d+))?", re.IGNORECASE)


@dataclass(frozen=True, order=True)
class Version:
    """An Asterisk release; compares by number."""

    major: int
    minor: int
    patch: int

    def __str__(self) -> str:
        return f"{self.major}.{self.minor}.{self.patch}"


OLDEST = Version(22, 10, 1)


def parse_version(text: str) -> Version | None:
    """The release in what `asterisk -V` printed; None where it names none or a pre-release."""
    found = _SHAPE.search(text)
    if not found or "-rc" in text or "-beta" in text:
        return None
    major, minor, patch = found.groups(default="0")
    return Version(int(major), int(minor), int(patch))


def is_good(version: Version | None) -> bool:
    """Whether this release is new enough."""
    return version is not None and version >= OLDEST
