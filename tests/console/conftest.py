"""The console in Debian's Chromium, on a whole practice floor: every test here runs against a real Asterisk."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from api.console.build import build
from tests.console.browser import get
from tests.console.floor import PracticeFloor
from tests.console.visitor import Visitor

HERE = Path(__file__).parent
FLAGS = (
    "--no-sandbox",  # root has none, and an unpacked Chromium has no helper with the rights to make one
    "--autoplay-policy=no-user-gesture-required",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker(pytest.mark.telephony)


@contextmanager
def working_floor(folder: Path) -> Iterator[PracticeFloor]:
    """A practice floor at work, its console built."""
    build()
    running = PracticeFloor(folder / "var")
    try:
        running.start()
        yield running
    finally:
        running.stop()


@pytest.fixture(scope="package")
def floor(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PracticeFloor]:
    """The floor of all tests here; it is left as it was found."""
    with working_floor(tmp_path_factory.mktemp("console")) as running:
        yield running


@pytest.fixture
def own_floor(tmp_path: Path) -> Iterator[PracticeFloor]:
    """A floor for a test that ends its work."""
    with working_floor(tmp_path) as running:
        yield running


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for a module; not longer, for Playwright keeps an event loop running in this thread."""
    found = get()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.path, args=FLAGS, env=found.environment)
        yield browser
        browser.close()


@pytest.fixture
def visitor(floor: PracticeFloor, chromium: Browser) -> Iterator[Visitor]:
    """Somebody with a fresh browser; at the end nothing may have gone wrong in it that the test did not announce."""
    came = Visitor(floor, chromium)
    yield came
    came.leave()
