"""The list of recordings narrowed, and taken away, as QA and the manager do it."""

import csv
import re
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import expect

from tests.console.floor import PracticeFloor
from tests.console.visitor import Visitor


@pytest.fixture(scope="module")
def some(floor: PracticeFloor) -> list[dict[str, Any]]:
    """Recordings of a floor at work."""
    found: list[dict[str, Any]] = floor.wait_for(floor.recordings, "a recording", 120)
    return found


@pytest.mark.usefixtures("some")
def test_what_is_set_is_a_chip_and_goes_one_by_one(visitor: Visitor) -> None:
    page = visitor.log_in("qa_inspector", "/recordings?min_s=1&region=练习&reason=no_media")
    chips = page.get_by_role("group", name="已选条件")
    for words in ("不短于 1 秒", "地区：练习", "原因：双方均无声音"):
        expect(chips.get_by_text(words)).to_be_visible()
    chips.get_by_role("button", name="去掉条件：原因：双方均无声音").click()
    expect(page).not_to_have_url(re.compile("reason="))
    page.get_by_role("button", name="更多条件（2）").click()
    page.get_by_role("textbox", name="最长（秒）").fill("86400")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("max_s=86400"))
    page.keyboard.press("Escape")
    expect(page.locator("tr[data-id]").first).to_be_visible()
    expect(page.get_by_text("只查最近 92 天").or_(page.locator("tr[data-id]").nth(40)).first).to_be_visible()
    page.get_by_role("button", name="清除筛选").click()
    expect(page).to_have_url(re.compile("/recordings$"))


@pytest.mark.usefixtures("some")
def test_a_slash_goes_to_the_first_filter(visitor: Visitor) -> None:
    page = visitor.log_in("qa_inspector", "/recordings")
    expect(page.locator("tr[data-id]").first).to_be_visible()
    page.keyboard.press("/")
    agent = page.get_by_role("combobox", name="话务员")
    expect(agent).to_be_focused()
    expect(agent).to_have_value("")  # the key itself is not typed


@pytest.mark.usefixtures("some")
def test_recordings_with_a_problem_are_one_click_away(visitor: Visitor) -> None:
    visitor.forgives_network = True
    page = visitor.log_in("qa_inspector", "/recordings")
    row = {"problems": ["short", "repaired"], "incidents": ["one_sided"]}

    def troubled(route: Any) -> None:
        answer = route.fetch()
        told = answer.json()
        told["items"] = [item | row for item in told["items"] or visitor.floor.recordings()[:1]]
        route.fulfill(response=answer, json=told)

    page.route(re.compile(r"/api/v1/recordings\?.*problem=any"), troubled)
    page.get_by_role("radiogroup", name="显示").get_by_text("有问题").click()
    expect(page).to_have_url(re.compile("problem=any$"))
    first = page.locator("tr[data-id]").first
    expect(first).to_contain_text("等 3 项")
    page.unroute_all()
    page.goto(f"{visitor.floor.url}/recordings?problem=short&to=2026-01-01")
    expect(page.get_by_text("没有录音需要查看")).to_be_visible()


@pytest.mark.usefixtures("some")
def test_the_list_is_taken_away_with_a_reason(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.log_in("manager", "/recordings")
    page.get_by_role("button", name="导出", exact=True).click()
    begin = page.get_by_role("button", name="开始导出")
    expect(begin).to_be_disabled()
    page.get_by_role("textbox", name="用途").fill("月度质检抽查")
    with page.expect_download() as got:
        begin.click()
    expect(page.get_by_text("文件已保存到下载目录")).to_be_visible()
    got.value.save_as(tmp_path / "list.csv")
    rows = list(csv.reader((tmp_path / "list.csv").read_text(encoding="utf-8-sig").splitlines()))
    assert rows[0][:3] == ["通话编号", "拨号时间", "话务员"] and len(rows) > 1
    assert all("****" in row[6] for row in rows[1:])
    page.get_by_text("Excel (XLSX)").click()
    with page.expect_download() as got:
        begin.click()
    assert got.value.suggested_filename.endswith(".xlsx")


@pytest.mark.usefixtures("some")
def test_who_may_not_take_it_away_is_not_offered_it(visitor: Visitor) -> None:
    page = visitor.log_in("qa_inspector", "/recordings")
    expect(page.locator("tr[data-id]").first).to_be_visible()
    expect(page.get_by_role("button", name="导出", exact=True)).to_have_count(0)
