"""The console as a person meets it: log in, two languages, two schemes, lost sessions, an api that dies."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.console.floor import PracticeFloor
from tests.console.visitor import Visitor

PAGES = ("/floor", "/campaigns", "/numbers", "/numbers/imports", "/recordings", "/completeness", "/incidents")
GRAVE = ("serious", "critical")
TITLES = {
    "zh": ("实时现场", "营销活动", "号码领用", "号码导入", "录音查询", "录音完整性", "异常"),
    "en": ("Live floor", "Campaigns", "Numbers", "Import numbers", "Recordings", "Completeness", "Incidents"),
}
PRACTICE_AGENTS = 5
STATES = "tiles => tiles.map((tile) => tile.dataset.state).join()"
FRESH = timedelta(seconds=8)  # practice customers talk for 15 s at least


def test_a_wrong_password_is_told_and_the_right_one_leads_to_the_page_asked_for(visitor: Visitor) -> None:
    visitor.forgives_network = True
    page = visitor.go("/recordings?phone=1234")
    expect(page).to_have_url(re.compile("/login$"))
    log_in(page, "supervisor", "wrong")
    expect(page.get_by_role("alert")).to_contain_text("用户名或密码不正确")
    log_in(page, "supervisor", visitor.floor.logins["supervisor"]["password"])
    expect(page).to_have_url(re.compile(r"/recordings\?phone=1234$"))
    page.get_by_role("button", name="个人菜单").click()
    page.get_by_role("menuitem", name="退出登录").click()
    expect(page).to_have_url(re.compile("/login$"))
    visitor.go("/recordings")
    expect(page).to_have_url(re.compile("/login$"))


def test_one_can_log_out_on_every_page(visitor: Visitor) -> None:
    visitor.forgives_network = True  # what was asked for just then is refused
    for path in PAGES:
        page = visitor.log_in("manager", path)
        expect(page.get_by_role("heading", level=1)).to_be_visible()
        page.get_by_role("button", name="个人菜单").click()
        page.get_by_role("menuitem", name="退出登录").click()
        expect(page).to_have_url(re.compile("/login$"))


def test_every_page_in_both_languages(visitor: Visitor) -> None:
    page = visitor.log_in("manager")
    for language, tag in (("zh", "zh-CN"), ("en", "en")):
        if language == "en":
            page.get_by_role("button", name="English").click()
        expect(page.locator("html")).to_have_attribute("lang", tag)
        for path, title in zip(PAGES, TITLES[language], strict=True):
            page.locator(f"nav a[href='{path}']").click()
            expect(page.get_by_role("heading", level=1)).to_have_text(title)
            expect(page).to_have_title(re.compile(f"^{title}"))
    page.reload()
    expect(page.locator("html")).to_have_attribute("lang", "en")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_everybody_can_read_and_reach_it(floor: PracticeFloor, chromium: Any, scheme: str, path: str) -> None:
    visitor = Visitor(floor, chromium, scheme=scheme)
    page = visitor.log_in("manager", path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-mantine-color-scheme", scheme)
    found = Axe().run(page).response["violations"]
    grave = [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in found if item["impact"] in GRAVE]
    visitor.leave()
    assert not grave, grave


def test_the_floor_changes_by_itself(visitor: Visitor) -> None:
    page = visitor.log_in("supervisor", "/floor")
    answered = page.get_by_role("group", name="接通率")
    tiles = page.locator("li[data-state]")
    expect(tiles).to_have_count(PRACTICE_AGENTS, timeout=60_000)
    page.evaluate("window.isTheSamePage = true")
    before = answered.text_content() or ""
    states = tiles.evaluate_all(STATES)
    expect(answered).not_to_have_text(before, timeout=60_000)
    page.wait_for_function(
        f"before => ({STATES})([...document.querySelectorAll('li[data-state]')]) !== before", arg=states
    )
    expect(page.get_by_role("region", name="在途通话").locator("tbody tr").first).to_be_visible(timeout=60_000)
    assert page.evaluate("window.isTheSamePage")


def test_a_session_ended_by_the_manager_leads_back_to_the_login_and_then_to_the_page(visitor: Visitor) -> None:
    visitor.forgives_network = True
    page = visitor.log_in("qa_supervisor", "/completeness?day=2026-01-01")
    expect(page.get_by_text("这一天没有呼叫")).to_be_visible()
    users = visitor.floor.get("/users", limit="200")["items"]
    person = next(user for user in users if user["username"] == visitor.floor.logins["qa_supervisor"]["username"])
    visitor.floor.delete(f"/users/{person['id']}/sessions")
    page.get_by_role("button", name="前一天").click()
    expect(page.get_by_text("登录已失效")).to_be_visible()
    log_in(page, "qa_supervisor", visitor.floor.logins["qa_supervisor"]["password"])
    expect(page).to_have_url(re.compile("/completeness"))
    expect(page.get_by_role("heading", level=1)).to_have_text("录音完整性")


def test_the_page_outlives_the_api_and_so_does_the_call(visitor: Visitor) -> None:
    visitor.forgives_network = True
    floor = visitor.floor
    floor.wait_for(floor.recordings, "a recording", 120)
    page = visitor.log_in("manager", "/recordings")
    expect(page.locator("tr[data-id]").first).to_be_visible()
    call = floor.wait_for(lambda: fresh_call(floor), "a call just connected", 60)
    page.evaluate("window.isTheSamePage = true")
    floor.kill_api()
    floor.wait_for(floor.answers, "the api back")
    page.get_by_role("link", name="录音完整性").click()
    expect(page.get_by_role("heading", name="已接通的电话")).to_be_visible()
    assert page.evaluate("window.isTheSamePage")
    still = floor.get(f"/calls/{call['id']}")
    assert still["connected_at"] == call["connected_at"] and still["ended_at"] is None

    def recorded() -> dict[str, Any] | None:
        return next((item for item in floor.recordings() if item["id"] == call["id"]), None)

    recording = floor.wait_for(recorded, "the recording of the call", 90)
    # a second is what a loaded machine loses by itself; an api that took the call with it would have lost the rest
    assert recording["reason"] is None and abs(recording["difference_s"]) < 2


def test_a_page_of_an_older_version_gets_the_new_one(visitor: Visitor) -> None:
    visitor.forgives_network = True
    page = visitor.log_in("manager", "/recordings")
    expect(page.get_by_role("heading", level=1)).to_have_text("录音查询")
    page.route("**/assets/CompletenessPage-*.js", lambda route: route.fulfill(status=404), times=1)
    page.get_by_role("link", name="录音完整性").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("录音完整性")


def log_in(page: Page, username: str, password: str) -> None:
    page.get_by_role("textbox", name="用户名").fill(username)
    page.get_by_role("textbox", name="密码").fill(password)
    page.get_by_role("button", name="登录", exact=True).click()


def fresh_call(floor: PracticeFloor) -> dict[str, Any] | None:
    """A call that was connected just now, so that it lasts for a while."""
    since = datetime.now(UTC) - FRESH
    return next(
        (call for call in floor.connected_calls() if datetime.fromisoformat(call["connected_at"]) > since), None
    )
