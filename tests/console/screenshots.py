"""Pictures of the console on a practice floor at work: `python -m tests.console.screenshots [--all]`.

The few of README go to docs/screenshots/. With `--all`, every page in every language, scheme and width, with no data,
with the floor's own and with much, goes to var/screenshots/, to be looked at by a person.
"""

import argparse
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import httpx
from playwright.sync_api import Browser, Page, Route, sync_playwright
from uuid_utils.compat import uuid7

from api.console.build import build
from dialer.machine import load_ports, load_secrets
from tests.console.browser import get
from tests.console.conftest import FLAGS
from tests.console.floor import REPO, PracticeFloor
from tests.console.visitor import Visitor

DOCS, EVERYTHING = REPO / "docs" / "screenshots", REPO / "var" / "screenshots"
ENOUGH, ENOUGH_S = 15, 400  # recordings, before a picture is worth taking
# customers who are quicker than in life (30 s of ringing and talking, not 45): 15 recordings in two minutes, not four
CUSTOMERS = {"ANSWER_PCT": 70, "NOANSWER_PCT": 10, "RING_MAX_S": 4, "TALK_MAX_S": 35}
MUCH, MUCH_OF_A_PAGE = 40, 4  # times as many of everything
LARGEST = 200 * 1024
PAGES = ("login", "floor", "campaigns", "numbers", "numbers/imports", "recordings", "completeness", "incidents")
AMOUNTS = ("none", "some", "much")
UNCHANGED = ("/auth/", "/audio", "/peaks", "/choices")
LISTS = ("items", "agents", "calls", "campaigns")
COUNTS = ("answered", "present", "open", "dialed", "connected")


@dataclass(frozen=True)
class Shot:
    """One picture."""

    page: str
    language: str
    scheme: str
    width: int = 1440
    amount: str = "some"


README = (
    Shot("floor", "zh", "light"),
    Shot("recordings", "zh", "dark"),
    Shot("completeness", "zh", "light"),
    Shot("floor", "en", "dark"),
    Shot("recordings", "en", "light"),
    Shot("completeness", "en", "dark"),
)


def main() -> int:
    """Takes the pictures; 1 when one of README's is too large for the repository."""
    parser = argparse.ArgumentParser(prog="python -m tests.console.screenshots", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every page in every form too, into var/screenshots/")
    wants_all = parser.parse_args().all
    build()
    shots = (*README, *(_all() if wants_all else ()))
    with _floor() as floor, _chromium() as chromium:
        for shot in shots:
            _take(floor, chromium, shot)
            print(f"  {_target(shot).relative_to(REPO)}", flush=True)
    large = [path.name for path in DOCS.glob("*.png") if path.stat().st_size > LARGEST]
    print(f"Pictures: {DOCS}{f' and {EVERYTHING}' if wants_all else ''}")
    if large:
        sys.stderr.write(f"Over {LARGEST // 1024} kB, make them smaller: {', '.join(large)}\n")
    return 1 if large else 0


def _all() -> Iterator[Shot]:
    for page, language, scheme, width, amount in product(
        PAGES, ("zh", "en"), ("light", "dark"), (1440, 1024), AMOUNTS
    ):
        if page != "login" or amount == "some":
            yield Shot(page, language, scheme, width, amount)


@contextmanager
def _floor() -> Iterator[PracticeFloor]:
    """A practice floor that has worked for a while."""
    with tempfile.TemporaryDirectory(prefix="tianzhou-", ignore_cleanup_errors=True) as folder:
        floor = PracticeFloor(Path(folder) / "var")
        try:
            print("Starting a practice floor", flush=True)
            floor.start()
            _hurry(floor)
            print(f"Waiting for {ENOUGH} recordings, at most {ENOUGH_S} s", flush=True)
            began = time.monotonic()
            floor.wait_for(lambda: len(floor.recordings()) >= ENOUGH, f"{ENOUGH} recordings", ENOUGH_S)
            print(f"There after {time.monotonic() - began:.0f} s; taking the pictures", flush=True)
            yield floor
        finally:
            floor.stop()


def _hurry(floor: PracticeFloor) -> None:
    ports, secrets = load_ports(floor.paths), load_secrets(floor.paths)
    for name, value in CUSTOMERS.items():
        httpx.post(
            f"http://127.0.0.1:{ports.carrier_ari}/ari/asterisk/variable",
            params={"variable": name, "value": str(value)},
            auth=("carrier", secrets.carrier_ari),
            timeout=5,
            trust_env=False,
        ).raise_for_status()


@contextmanager
def _chromium() -> Iterator[Browser]:
    found = get()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found.path, args=FLAGS, env=found.environment)
        yield browser
        browser.close()


def _take(floor: PracticeFloor, chromium: Browser, shot: Shot) -> None:
    visitor = Visitor(floor, chromium, shot.language, shot.scheme, shot.width)
    visitor.forgives_network = True
    if shot.amount != "some":
        visitor.page.route("**/api/v1/**", lambda route: _changed(route, shot.amount))
    if shot.page == "login":
        page = visitor.go("/login")
    else:
        page = visitor.log_in("manager", f"/{shot.page}{_chosen(floor, shot)}")
    _settle(page, shot)
    target = _target(shot)
    target.parent.mkdir(parents=True, exist_ok=True)
    page.screenshot(path=target, animations="disabled")
    visitor.leave()


def _target(shot: Shot) -> Path:
    if shot in README:
        return DOCS / f"{shot.page}.{shot.language}.png"
    return (
        EVERYTHING
        / f"{'-'.join((shot.page.replace('/', '-'), shot.amount, str(shot.width), shot.language, shot.scheme))}.png"
    )


def _chosen(floor: PracticeFloor, shot: Shot) -> str:
    """The longest recording is shown in the player, at its fourth second."""
    if shot.page != "recordings" or shot.amount == "none":
        return ""
    longest = max(floor.recordings(), key=lambda item: item["duration_s"])
    return f"/{longest['id']}?t=4.2"


def _settle(page: Page, shot: Shot) -> None:
    """Waits until the page has everything it shows."""
    page.get_by_role("heading", level=1).wait_for(state="attached")
    page.wait_for_function("() => !document.querySelector('.mantine-Skeleton-root')")
    if shot.page == "recordings" and shot.amount != "none":
        page.get_by_test_id("waveform").wait_for()
        page.wait_for_function("() => document.querySelector('audio').currentTime > 4")
    page.wait_for_timeout(600)  # figures and charts are drawn some frames later


def _changed(route: Route, amount: str) -> None:
    """The api's own answer with nothing in its lists, or with many times as much; the live stream is left out."""
    path = route.request.url
    if "/events" in path:
        return route.abort()
    if route.request.method != "GET" or any(part in path for part in UNCHANGED):
        return route.continue_()
    answer = route.fetch()
    return route.fulfill(response=answer, json=(_emptied if amount == "none" else _multiplied)(answer.json()))


def _emptied(body: Any) -> Any:
    """The same with nothing in it: what the api says on the first day."""
    if not isinstance(body, dict):
        return body
    return {name: _nothing(name, value) for name, value in body.items()}


def _nothing(name: str, value: Any) -> Any:
    if name in LISTS and isinstance(value, list):
        return []
    if name == "absent" and isinstance(value, dict):
        return {}
    if name.endswith("_rate"):
        return None
    if name == "minutes":
        return [_emptied(minute) for minute in value]
    return 0 if isinstance(value, int) and not isinstance(value, bool) else _emptied(value)


def _multiplied(body: Any) -> Any:
    """The same many times over, each with an id of its own, and with larger figures."""
    if not isinstance(body, dict):
        return body
    changed = {name: _multiplied(value) for name, value in body.items()}
    for name in LISTS:
        times = MUCH_OF_A_PAGE if name == "items" else MUCH
        if body.get(name) and isinstance(body[name], list):
            changed[name] = [{**item, "id": str(uuid7())} for item in body[name] * times if "id" in item]
    large = {name: body[name] * 1000 for name in COUNTS if isinstance(body.get(name), int)}
    return changed | large


if __name__ == "__main__":
    sys.exit(main())
