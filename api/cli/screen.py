"""Progress lines: a spinner while a step runs on a terminal, one plain line per finished step anywhere."""

import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext

from rich.console import Console


class Screen:
    """Where `tianzhou up` talks. A closed terminal or pipe never stops the work."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False, soft_wrap=True)

    def say(self, text: str) -> None:
        """One line."""
        try:
            self._console.print(text, markup=False)
        except OSError:  # nobody listens any more
            self._console = Console(quiet=True)

    @contextmanager
    def step(self, name: str, doing: str = "") -> Iterator[None]:
        """Times a step; prints `ok` with its time, or `FAILED` when it raises."""
        began = time.monotonic()
        try:
            with self._spinner(f"{name} {doing}"):
                yield
        except Exception:
            self.say(f"  FAILED   {name:<14} {time.monotonic() - began:5.1f} s")
            raise
        self.say(f"  ok       {name:<14} {time.monotonic() - began:5.1f} s")

    def _spinner(self, text: str) -> AbstractContextManager[object]:
        return self._console.status(text) if self._console.is_terminal else nullcontext()
