"""The console's files, read once: a fixed table, so that no path of a request ever reaches the disk."""

import gzip
import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

FILES = Path(__file__).parent / "files"
INDEX = "index.html"
ASSETS = "assets/"  # their names carry a hash of their content
FOREVER = "public, max-age=31536000, immutable"
ASK_AGAIN = "no-cache"
TEXTS = ("text/", "application/json", "image/svg+xml")
# styles are set by scripts too (Mantine, the player's shadow root); scripts only come from our own files
POLICY = "; ".join(
    (
        "default-src 'self'",
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data:",
        "media-src 'self' blob:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)


@dataclass(frozen=True)
class Page:
    """One file, as it is answered."""

    content: bytes
    zipped: bytes | None  # None where it saves nothing
    media_type: str
    etag: str
    cache: str


@dataclass(frozen=True)
class Site:
    """All files by their path below the folder."""

    pages: Mapping[str, Page]

    def find(self, path: str) -> Page | None:
        """The file of a path; the index for a page of ours; None where nothing can be."""
        found = self.pages.get(path)
        if found is not None or path.startswith(ASSETS):
            return found
        return self.pages.get(INDEX)


@cache
def read_site(folder: Path = FILES) -> Site:
    """Every file of the folder, read once in a process; none when the console is not built."""
    found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
    return Site({path.relative_to(folder).as_posix(): _page(folder, path) for path in found})


def _page(folder: Path, path: Path) -> Page:
    name = path.relative_to(folder).as_posix()
    content = path.read_bytes()
    kind = _media_type(name)
    zipped = gzip.compress(content, mtime=0) if kind.startswith(TEXTS) else None
    return Page(
        content=content,
        zipped=zipped if zipped and len(zipped) < len(content) else None,
        media_type=kind,
        etag=f'"{hashlib.sha256(content).hexdigest()[:32]}"',
        cache=FOREVER if name.startswith(ASSETS) else ASK_AGAIN,
    )


def _media_type(name: str) -> str:
    """By our own word where the machine's table may differ."""
    own = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
    known = own.get(Path(name).suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    return f"{known}; charset=utf-8" if known.startswith("text/") else known
