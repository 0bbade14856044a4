"""A leader's day in the console: his team; drawn, issued, taken back, undone; a shift that closes as all balances."""

import re
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.console.visitor import Visitor

AGENTS = ("agent1", "agent2", "agent3")
GRAVE = ("serious", "critical")


def make_team(page: Page) -> None:
    """A supervisor makes the leader's team, with a quota of 70 numbers."""
    expect(page.get_by_text("还没有班组")).to_be_visible()
    page.get_by_role("main").get_by_role("button", name="新建班组").last.click()
    form = page.get_by_role("dialog")
    form.get_by_role("textbox", name="名称").fill("一班")
    form.get_by_role("combobox", name="班长").click()
    page.get_by_role("option", name=re.compile("team_leader")).click()
    for agent in AGENTS:
        form.get_by_role("combobox", name="话务员").fill(agent)
        page.get_by_role("option", name=re.compile(agent)).click()
    form.get_by_role("textbox", name="号码额度").fill("70")
    form.get_by_role("button", name="保存").click()
    expect(form).to_have_count(0)
    expect(page.get_by_text("一班 · Team Leader")).to_be_visible()


def figure(page: Page, name: str, value: int) -> None:
    expect(page.get_by_role("group", name=name, exact=True).locator("strong")).to_have_text(
        re.compile(f"^{value}( |$)")
    )


def order(page: Page, key: str, count: int, said: str) -> None:
    """By keys alone: the order's key, how many, Enter."""
    page.keyboard.press(key)
    expect(page.get_by_role("textbox", name="数量")).to_be_focused()
    page.keyboard.type(str(count))
    expect(page.get_by_role("dialog").locator("button[type=submit]")).to_be_enabled()  # the stock has come
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(page.get_by_role("status").filter(has_text=said)).to_be_visible()


def grave(page: Page) -> list[Any]:
    found = Axe().run(page).response["violations"]
    return [(item["id"], [node["html"] for node in item["nodes"]][:3]) for item in found if item["impact"] in GRAVE]


def test_a_leaders_day(visitor: Visitor) -> None:
    make_team(visitor.log_in("supervisor", "/numbers"))
    page = visitor.log_in("team_leader", "/numbers")
    expect(page.get_by_role("checkbox", name="选择 练习话务员 3")).to_be_visible()
    order(page, "d", 60, "已领用 60 个号码")
    order(page, "i", 15, "已发放 45 个号码给 3 人")
    figure(page, "班长手中", 15)
    page.get_by_role("button", name="撤销").click()
    expect(page.get_by_text("已撤销：已发放 45 个号码给 3 人")).to_be_visible()
    figure(page, "班长手中", 60)
    order(page, "i", 10, "已发放 30 个号码给 3 人")
    order(page, "d", 20, "少 10 个：班组额度已满")
    figure(page, "班长手中", 40)
    assert not grave(page)

    page.get_by_role("button", name="练习话务员 1 的操作").click()
    page.get_by_role("menuitem", name="收回").click()
    form = page.get_by_role("dialog")
    expect(form.get_by_role("checkbox", checked=True)).to_have_count(1)
    form.get_by_role("textbox", name="每人收回数量").fill("4")
    form.get_by_role("button", name="收回").click()
    expect(page.get_by_text("已收回 4 个号码")).to_be_visible()
    figure(page, "话务员手中", 26)

    page.get_by_role("tab", name="流转").click()
    first = page.get_by_role("list", name="流转").get_by_role("listitem").first
    expect(first).to_contain_text("收回")
    first.get_by_role("button").click()
    expect(form.get_by_role("listitem")).to_have_count(4)
    form.get_by_role("button", name="撤销").click()
    expect(form.get_by_text("已撤销")).to_be_visible()
    form.get_by_role("button", name="关闭").click()
    figure(page, "话务员手中", 30)

    page.get_by_role("button", name="English").click()
    lost: dict[str, str | None] = {
        "lead_id": "01a00000-0000-7000-8000-000000000000",
        "number": "139****0001",
        "by_moves": "leader",
    }
    lost |= {"by_moves_id": None, "by_moves_name": "Wang", "holder": "stock", "holder_id": None, "holder_name": None}
    page.route("**/numbers/differences", lambda route: route.fulfill(json=[lost]))
    page.reload()
    page.get_by_role("button", name="Close the shift").click()
    expect(form.get_by_text("the shift cannot close")).to_be_visible()
    expect(form.get_by_text("139****0001")).to_be_visible()
    expect(form.get_by_role("button", name="Close the shift")).to_be_disabled()
    page.unroute_all()
    page.reload()
    page.get_by_role("button", name="Close the shift").click()
    expect(form.get_by_text("Everybody balances")).to_be_visible()
    assert not grave(page)
    form.get_by_role("button", name="Close the shift").click()
    expect(page.get_by_text("Shift closed, 4 accounts balanced")).to_be_visible()
    page.get_by_role("tab", name="Shifts").click()
    expect(page.get_by_role("row").filter(has_text="练习话务员 3")).to_contain_text("10")
    assert visitor.floor.get("/numbers/differences") == []
    assert {line["open"] for line in visitor.floor.get("/numbers/holdings")["items"]} == {0}


def test_a_leader_without_a_team_is_told_whom_to_ask(visitor: Visitor) -> None:
    page = visitor.page
    page.route("**/api/v1/teams?*", lambda route: route.fulfill(json={"items": [], "next": None}))
    visitor.log_in("team_leader", "/numbers")
    expect(page.get_by_text("请主管为您建立班组")).to_be_visible()
    expect(page.get_by_role("button", name="新建班组")).to_have_count(0)
