"""A clerk's day in the console: a region's file with its faults, a wrong one taken back, a proof that comes later."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, FilePayload, Page, expect

from tests.console.floor import PracticeFloor
from tests.console.visitor import Visitor

FILE = "客户,号,备注\n王芳,13912340001,老客户\n李强,110,\n赵敏,=1+1,\n王芳,139-1234-0001,再次\n周洋,13912340002,\n"


@pytest.fixture(autouse=True)
def nobody_dials(floor: PracticeFloor) -> Iterator[None]:
    """What was dialed cannot be undone, and the practice campaign dials what comes in."""
    campaigns = [each for each in floor.get("/campaigns")["items"] if each["state"] == "running"]
    for each in campaigns:
        floor.post(f"/campaigns/{each['id']}/pause", {})
    yield
    for each in campaigns:
        floor.post(f"/campaigns/{each['id']}/start", {})


def chosen(page: Page, name: str, text: str, choose: str) -> None:
    """A file chosen by its button; its list and region are as the page proposes, or the tester's."""
    file = FilePayload(name=f"{name}.csv", mimeType="text/csv", buffer=text.encode("gb18030"))
    page.get_by_label(choose, exact=True).set_input_files(file)


def dropped(page: Page, name: str, text: str) -> None:
    """A file let go over the page, as a hand does it."""
    data = page.evaluate_handle(
        "([name, text]) => { const data = new DataTransfer();"
        " data.items.add(new File([text], name, { type: 'text/csv' })); return data }",
        [f"{name}.csv", text],
    )
    for event in ("dragenter", "dragover", "drop"):
        page.locator("main h1").dispatch_event(event, {"dataTransfer": data})


def test_a_clerks_day(visitor: Visitor, tmp_path: Path) -> None:
    page = visitor.log_in("data_entry_clerk")
    expect(page).to_have_url(re.compile("/numbers/imports$"))  # the first page that a clerk has
    expect(page.get_by_text("把号码文件拖到这里")).to_be_visible()
    chosen(page, "广州 11月", FILE, "选择文件")
    expect(page.get_by_role("textbox", name="名单名称")).to_have_value("广州 11月")
    page.get_by_role("combobox", name="地区").fill("广东")
    page.get_by_role("button", name="上传").click()

    problems = page.get_by_role("region", name="发现的问题")
    expect(problems.get_by_role("row")).to_have_count(4)  # and the head
    expect(problems).to_contain_text("单元格是公式")
    expect(page.get_by_text("139****0001").first).to_be_visible()
    expect(page.get_by_text("13912340001")).to_have_count(0)
    page.get_by_role("combobox", name="“备注”列的含义").click()
    page.get_by_role("option", name="不导入").click()
    expect(page.get_by_text("在补齐凭证之前不会被拨打")).to_be_visible()
    page.get_by_role("button", name="先导入，凭证后补").click()

    result = page.get_by_role("region", name="广州 11月")
    expect(result).to_have_attribute("data-state", "done")
    expect(result.get_by_text("等待凭证").locator("xpath=following-sibling::*")).to_have_text("2")
    with page.expect_download() as got:
        page.get_by_role("button", name="下载剔除清单（3 条）").click()
    got.value.save_as(tmp_path / "rejects.csv")
    assert "公式" in (tmp_path / "rejects.csv").read_text("utf-8-sig")
    for field, text in (("来源", "营业厅协议"), ("依据", "书面同意"), ("凭证", "档案柜 3-12")):
        page.get_by_role("textbox", name=re.compile(f"^{field}")).fill(text)
    page.get_by_role("button", name="登记凭证").click()
    expect(page.get_by_text("缺少同意凭证")).to_have_count(0)

    dropped(page, "广州 12月", "号,客户,备注\n13912340003,钱七,x\n")
    page.get_by_role("combobox", name="地区").fill("广东")
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("combobox", name="“备注”列的含义")).to_have_value("不导入")  # remembered for the region
    expect(page.get_by_text("没有发现问题")).to_be_visible()
    page.get_by_role("button", name="取消导入").click()
    expect(page.get_by_text("这次导入已取消")).to_be_visible()

    page.keyboard.press("ArrowDown")
    expect(result).to_be_visible()
    page.get_by_role("button", name="撤销整个导入").click()
    page.get_by_role("dialog").get_by_role("button", name="撤销导入").click()
    expect(page.get_by_text("这次导入已撤销")).to_be_visible()
    lists = visitor.floor.get("/numbers/lists")["items"]
    assert next(each["leads"] for each in lists if each["name"] == "广州 11月") == 0


@pytest.mark.parametrize("width", [1440, 1024])
def test_the_same_in_english(floor: PracticeFloor, chromium: Browser, width: int) -> None:
    visitor = Visitor(floor, chromium, "en", width=width)
    page = visitor.log_in("data_entry_clerk", "/numbers/imports")
    name = f"Foshan {width}"
    chosen(page, name, f"Name,Phone\nWang,1391235{width}\n", "Choose a file")
    page.get_by_role("button", name="Upload").click()
    for field in ("Source", "Basis", "Proof"):
        page.get_by_role("textbox", name=re.compile(f"^{field}")).fill("cabinet 3-12")
    expect(page.get_by_text("1 come in, 0 rejected")).to_be_visible()
    page.get_by_role("button", name="Import", exact=True).click()
    result = page.get_by_role("region", name=name)
    expect(result).to_have_attribute("data-state", "done")
    expect(result.get_by_text("Can be dialed").locator("xpath=following-sibling::*")).to_have_text("1")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.get_by_role("button", name="Undo the whole import").click()
    page.get_by_role("dialog").get_by_role("button", name="Undo the import").click()
    expect(page.get_by_text("This import was undone")).to_be_visible()
    visitor.leave()


def test_an_old_excel_file_is_told_with_what_to_do(visitor: Visitor) -> None:
    page = visitor.log_in("data_entry_clerk", "/numbers/imports")
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" * 99
    old = FilePayload(name="旧表.xls", mimeType="application/vnd.ms-excel", buffer=content)
    page.get_by_label("选择文件", exact=True).set_input_files(old)
    page.get_by_role("button", name="上传").click()
    expect(page.get_by_role("region", name="旧表").get_by_text("这是旧版 Excel (.xls) 文件")).to_be_visible()
    expect(page.get_by_text("另存为 .xlsx 或 CSV")).to_be_visible()


def test_importing_is_not_for_everybody(visitor: Visitor) -> None:
    page = visitor.log_in("qa_inspector", "/numbers/imports")
    expect(page.get_by_text("您的角色不能使用此页面")).to_be_visible()
    expect(page.get_by_role("link", name="号码导入")).to_have_count(0)
