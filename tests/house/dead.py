"""Looks for code that nothing uses: `python -m tests.house.dead`.

Tests do not count as use. What vulture cannot see is listed here, each with who uses it; a line that no longer
excuses anything is reported too.
"""

import sys
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from vulture import Vulture
from vulture.core import Item

ROOT = Path(__file__).parents[2]
SOURCES = ("dialer", "ari_bridge", "recordings", "api")
MIN_CONFIDENCE = 60  # vulture goes by names: 60 means that the name is used nowhere at all

CALLED_BY_A_LIBRARY = (
    "@router.*",  # FastAPI
    "@app.*",  # FastAPI, Typer
    "@user.*",  # Typer
    "@evidence.*",  # Typer
    "@*_validator",  # pydantic
)

# (file, name): who uses it
EXCUSES = {
    ("*schemas.py", "*"): "fields of bodies: clients read them, pydantic checks them",
    ("api/auth/routes.py", "grant_type"): "a field of the OAuth2 form, checked by FastAPI",
    ("api/console/routes.py", "regex"): "Starlette asks a path convertor for it",
    ("api/console/routes.py", "convert"): "Starlette calls it",
    ("api/console/routes.py", "to_string"): "Starlette calls it",
    ("api/metrics/service.py", "collect"): "prometheus_client calls it",
    ("api/numbers/tables.py", "registered_numbers"): "judging.py asks it in SQL",
    ("ari_bridge/node/look.py", "*"): "what Asterisk shows, written out whole as JSON",
    ("ari_bridge/node/launch.py", "cli_argv"): "the tests ask a running Asterisk through it",
    ("ari_bridge/node/render.py", "delimiter"): "string.Template reads it",
    ("ari_bridge/node/tones.py", "*_tones"): "the tests listen for these tones in recordings",
    ("dialer/core/attempt.py", "PROGRESSIVE"): "comes from the database by value",
    ("dialer/core/ledger.py", "first_break"): "the tests hold whole ledgers to it",
    ("dialer/store/ledger.py", "read_rows"): "the tests read whole ledgers by it",
    ("recordings/completeness.py", "taken_away"): "a key of a TypedDict: the certificate reads it by its text",
    ("dialer/settings.py", "model_config"): "pydantic-settings reads it",
    ("dialer/store/calls.py", "_"): "one overload per kind of record, registered by singledispatch",
    ("dialer/store/memory.py", "MemoryStore"): "the ports in memory, for the tests",
}


def dead(folder: Path = ROOT) -> Iterator[str]:
    """A line for each thing that nothing uses, and for each excuse that excuses nothing."""
    vulture = Vulture(ignore_decorators=list(CALLED_BY_A_LIBRARY))
    vulture.scavenge([str(folder / name) for name in SOURCES])
    needed = set()
    for item in vulture.get_unused_code(min_confidence=MIN_CONFIDENCE):
        excuse = next((key for key in EXCUSES if _fits(key, item, folder)), None)
        needed.add(excuse)
        if excuse is None:
            where = f"{item.filename.relative_to(folder)}:{item.first_lineno}"
            yield f"{where}: {item.typ} {item.name} is used nowhere: remove it"
    yield from (f"{file}: the excuse for {name} is needed no more: remove it" for file, name in set(EXCUSES) - needed)


def _fits(key: tuple[str, str], item: Item, folder: Path) -> bool:
    file, name = key
    return fnmatch(str(item.filename.relative_to(folder)), file) and fnmatch(item.name, name)


def main() -> int:
    """0 when everything is used."""
    found = list(dead())
    print("\n".join(found) or "No dead code.")
    return bool(found)


if __name__ == "__main__":
    sys.exit(main())
