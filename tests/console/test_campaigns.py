"""Campaigns from the console on a floor that calls: made, started, stopped by drain while calls are in the air."""

import re

from playwright.sync_api import Browser, Locator, Page, expect

from tests.console.floor import PracticeFloor
from tests.console.visitor import Visitor

PRACTICE = "练习 Practice"
DRAINED_MS = 120_000  # ringing for 20 s at most, talking for 60 s


def row(page: Page, name: str) -> Locator:
    return page.locator("tbody tr", has=page.get_by_role("rowheader", name=name))


def view(page: Page, name: str) -> None:
    page.get_by_role("group", name="按阶段筛选").get_by_role("button", name=re.compile(f"^{name}")).click()


def drain(page: Page, name: str) -> None:
    row(page, name).get_by_role("button", name=f"停止 {name}").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("radio", name="排空后停止")).to_be_checked()
    dialog.get_by_role("button", name="停止活动").click()
    expect(dialog).to_have_count(0)


def test_a_campaign_is_made_started_paused_and_stopped(visitor: Visitor) -> None:
    page = visitor.log_in("supervisor", "/campaigns")
    page.get_by_role("button", name="新建活动").click()
    form = page.get_by_role("dialog")
    for field, text in (("名称", "秋季彩号"), ("产品", "彩号"), ("地区", "北京"), ("主叫号码", "10010")):
        form.get_by_role("textbox", name=field, exact=True).fill(text)
    form.get_by_role("button", name="创建草稿").click()
    expect(row(page, "秋季彩号")).to_contain_text("草稿")
    row(page, "秋季彩号").get_by_role("button", name="启动").click()
    view(page, "进行中")
    expect(row(page, "秋季彩号")).to_contain_text("运行中")
    row(page, "秋季彩号").get_by_role("button", name="暂停").click()
    expect(row(page, "秋季彩号")).to_contain_text("已暂停")
    drain(page, "秋季彩号")
    view(page, "已停止")
    expect(row(page, "秋季彩号")).to_contain_text("已停止")


def test_what_the_api_refuses_is_said_at_its_field(visitor: Visitor) -> None:
    visitor.forgives_network = True
    page = visitor.log_in("supervisor", "/campaigns")
    page.get_by_role("button", name="新建活动").click()
    form = page.get_by_role("dialog")
    form.get_by_role("button", name="创建草稿").click()
    expect(form.get_by_role("textbox", name="名称", exact=True)).to_have_attribute("aria-invalid", "true")


def test_a_drain_lets_those_who_talk_finish(own_floor: PracticeFloor, chromium: Browser) -> None:
    floor, visitor = own_floor, Visitor(own_floor, chromium)
    page = visitor.log_in("manager", "/campaigns")
    talking = floor.wait_for(floor.connected_calls, "a connected call", 60)
    drain(page, PRACTICE)
    expect(row(page, PRACTICE)).to_contain_text("排空中")
    view(page, "已停止")
    expect(row(page, PRACTICE)).to_contain_text("已停止", timeout=DRAINED_MS)
    for call in talking:
        told = floor.get(f"/calls/{call['id']}")
        assert told["ended_at"] is not None and told["end_reason"] in ("customer_hung_up", "agent_hung_up"), told
    assert not floor.get("/floor")["calls"]
    visitor.leave()
