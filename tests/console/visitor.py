"""Somebody in front of the console, and what went wrong in the browser meanwhile."""

import re
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, Request, expect

from tests.console.floor import PracticeFloor

WAIT_MS = 15_000
# what the browser itself says of an answer that the page knows how to take
NETWORK = re.compile(r"Failed to load resource|net::ERR_|EventSource's response")


class Visitor:
    """A browser of one's own, in one language and colour scheme. `faults` is what nobody should ever see."""

    def __init__(
        self, floor: PracticeFloor, chromium: Browser, language: str = "zh", scheme: str = "light", width: int = 1440
    ) -> None:
        self.floor = floor
        self.faults: list[str] = []
        self.forgives_network = False
        self.context = self._open(chromium, language, scheme, width)
        self.page: Page = self.context.new_page()
        self.page.set_default_timeout(WAIT_MS)
        self.page.on("console", self._on_console)
        self.page.on("pageerror", lambda error: self.faults.append(f"page error: {error}"))
        self.page.on("request", self._on_request)

    def go(self, path: str) -> Page:
        """Opens a page of the console."""
        self.page.goto(self.floor.url + path)
        return self.page

    def log_in(self, role: str = "manager", path: str = "/") -> Page:
        """Comes with the cookie of a login made beside the page, and opens a page."""
        login = {name: self.floor.logins[role][name] for name in ("username", "password")}
        alone = {"Connection": "close"}  # a kept connection would be the server's to end before the next login
        answer = self.context.request.post(f"{self.floor.url}/api/v1/auth/login", data=login, headers=alone)
        assert answer.ok, answer.text()
        return self.go(path)

    def leave(self) -> None:
        """Closes the browser; fails when something went wrong in it."""
        self.context.close()
        assert not self.faults, self.faults

    def _open(self, chromium: Browser, language: str, scheme: str, width: int) -> BrowserContext:
        expect.set_options(timeout=WAIT_MS)
        context = chromium.new_context(
            viewport={"width": width, "height": 900},
            locale={"zh": "zh-CN", "en": "en-GB"}[language],
            color_scheme="dark" if scheme == "dark" else "light",
            reduced_motion="reduce",
        )
        chosen = {"language": language, "scheme": scheme}
        for name, value in chosen.items():
            context.add_init_script(
                f"localStorage.getItem('tianzhou.{name}') ?? localStorage.setItem('tianzhou.{name}', '{value}')"
            )
        context.add_init_script(
            "addEventListener('securitypolicyviolation', (event) => "
            "console.error(`CSP: ${event.violatedDirective} ${event.blockedURI}`))"
        )
        return context

    def _on_console(self, message: ConsoleMessage) -> None:
        if message.type not in ("error", "warning"):
            return
        if not (self.forgives_network and NETWORK.search(message.text)):
            self.faults.append(f"console: {message.text} {message.location.get('url', '')}")

    def _on_request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in ("http", "https", "ws", "wss") and f"{url.scheme}://{url.netloc}" != self.floor.url:
            self.faults.append(f"asked another host: {request.url}")
