"""A campaign's pacing in the console: why it dials so, live figures, and a change with its reason."""

import re

from playwright.sync_api import expect

from tests.console.floor import PracticeFloor
from tests.console.visitor import Visitor

PRACTICE = "练习 Practice"


def test_an_operator_sees_why_it_dials_and_changes_its_limit(floor: PracticeFloor, visitor: Visitor) -> None:
    page = visitor.log_in("supervisor", "/campaigns")
    page.get_by_role("link", name=f"节奏: {PRACTICE}").click()
    expect(page.get_by_role("heading", name=f"拨号节奏 · {PRACTICE}")).to_be_visible()
    expect(page.get_by_role("region", name="现在为什么这样拨").get_by_role("listitem").first).not_to_be_empty()
    expect(page.get_by_text(re.compile("个接通中放弃")).first).to_be_visible()
    save = page.get_by_role("button", name="保存")
    expect(save).to_be_disabled()  # no change without its reason
    page.get_by_role("textbox", name="放弃率上限").fill("2.5")
    page.get_by_role("textbox", name="原因").fill("投诉偏多")
    save.click()
    expect(page.get_by_text("放弃率上限: 0.03 → 0.025")).to_be_visible()
    campaign = next(each for each in floor.get("/campaigns")["items"] if each["name"] == PRACTICE)
    assert floor.get(f"/campaigns/{campaign['id']}/pacing")["abandon_limit"] == 0.025
