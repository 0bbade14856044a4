"""Recordings and completeness as QA uses them: found by agent, heard, verified; the day's sum."""

import re
from typing import Any

import pytest
import soundfile
from playwright.sync_api import Page, expect

from tests.console.floor import PracticeFloor
from tests.console.visitor import Visitor

SOUND_S = 5.0  # a recording worth hearing
LOUD = 0.05  # of full scale


@pytest.fixture(scope="module")
def heard(floor: PracticeFloor) -> dict[str, Any]:
    """A recording of some seconds with both voices, and another beside it to go on to.

    Three practice customers in a hundred say nothing at all.
    """

    def both_speak(item: dict[str, Any]) -> bool:
        shape = floor.get(f"/recordings/{item['id']}/peaks")
        return bool(min(max(shape["agent"]), max(shape["customer"])) > LOUD)

    def look() -> dict[str, Any] | None:
        listed = floor.recordings()
        long = (item for item in listed if item["agent_id"] and item["duration_s"] > SOUND_S)
        return next(filter(both_speak, long), None) if len(listed) > 1 else None

    found: dict[str, Any] = floor.wait_for(look, "a recording", 120)
    return found


def audio(page: Page, what: str) -> Any:
    """A property of the page's audio element."""
    return page.eval_on_selector("audio", f"element => element.{what}")


def until(page: Page, condition: str) -> None:
    """Waits until the audio element fulfils a condition."""
    page.wait_for_function(
        f"() => {{ const audio = document.querySelector('audio'); return audio !== null && {condition} }}"
    )


def loudness(page: Page) -> list[float]:
    """The loudest sample of each channel, decoded by the browser from what the api sends it."""
    code = """async () => {
        const bytes = await (await fetch(document.querySelector('audio').src)).arrayBuffer();
        const sound = await new OfflineAudioContext(2, 1, 8000).decodeAudioData(bytes);
        return [0, 1].map((n) => sound.getChannelData(n).reduce((most, value) => Math.max(most, Math.abs(value)), 0));
    }"""
    found: list[float] = page.evaluate(code)
    return found


def test_a_recording_is_found_by_its_agent_and_heard(visitor: Visitor, heard: dict[str, Any]) -> None:
    page = visitor.log_in("qa_inspector", "/recordings")
    page.get_by_role("combobox", name="话务员").fill(heard["agent_username"])
    page.get_by_role("option", name=heard["agent_username"]).click()
    expect(page).to_have_url(re.compile(f"agent={heard['agent_username']}$"))
    rows = page.locator("tr[data-id]")
    expect(rows.filter(has_not_text=heard["agent_name"])).to_have_count(0)
    expect(rows.first).to_be_visible()
    page.locator(f"tr[data-id='{heard['id']}']").click()
    expect(page.get_by_test_id("waveform")).to_be_visible()
    page.get_by_role("button", name="播放", exact=True).click()
    until(page, "!audio.paused && audio.currentTime > 1")
    assert abs(audio(page, "duration") - heard["duration_s"]) < 0.1
    assert min(loudness(page)) > LOUD  # both people are on it
    page.get_by_role("button", name="暂停").click()
    until(page, "audio.paused")


def test_the_keys_of_the_player(visitor: Visitor, heard: dict[str, Any]) -> None:
    visitor.floor.wait_for(lambda: len(visitor.floor.recordings()) > 1, "a second recording", 60)
    page = visitor.log_in("qa_inspector", f"/recordings/{heard['id']}?t=2.5")
    until(page, "audio.currentTime === 2.5")
    assert audio(page, "readyState") == 0  # nobody has heard anything yet
    expect(page.get_by_role("timer", name="播放位置")).to_contain_text("00:02.5")
    page.keyboard.press("j")
    until(page, "audio.currentTime === 0")
    page.keyboard.press("Space")
    until(page, "!audio.paused")
    page.keyboard.press("k")
    until(page, "audio.paused")
    page.get_by_role("radiogroup", name="播放速度").get_by_text("2×").click()
    until(page, "audio.playbackRate === 2")
    chosen = page.locator("tr[aria-current=true]")
    expect(chosen).to_have_attribute("data-id", heard["id"])
    before = page.url
    is_last = page.locator("tr[data-id]").last.get_attribute("data-id") == heard["id"]
    page.keyboard.press("p" if is_last else "n")
    page.wait_for_url(lambda url: url != before)
    until(page, "audio.playbackRate === 2")


def test_a_note_is_made_gone_to_and_the_listening_is_seen(visitor: Visitor, heard: dict[str, Any]) -> None:
    page = visitor.log_in("qa_supervisor", f"/recordings/{heard['id']}?t=2.5")
    page.get_by_role("tab", name="收听记录").click()
    said = page.locator("tr[data-listening]").filter(has_text="投诉 17")
    expect(said).to_have_count(0)
    page.get_by_role("button", name="收听原因").click()
    page.get_by_role("radio", name="其他原因").click()
    page.get_by_role("textbox", name="其他原因").fill("投诉 17")
    page.get_by_role("button", name="确定").click()
    until(page, "audio.currentTime === 2.5")
    page.keyboard.press("m")
    page.keyboard.type("客户问价格")
    page.keyboard.press("Enter")
    pin = page.get_by_role("button", name="备注 00:02.5 客户问价格")
    expect(pin).to_be_visible()
    page.keyboard.press("Space")
    until(page, "!audio.paused && audio.currentTime > 3")
    page.keyboard.press("k")
    page.locator("li").get_by_role("button", name="00:02.5").click()
    until(page, "audio.currentTime === 2.5")
    page.get_by_role("group", name="通话经过").get_by_text("客户接听").click()
    until(page, "audio.currentTime === 0")
    page.get_by_role("tab", name="收听记录").click()
    expect(said).to_have_count(1)
    expect(said).to_contain_text("127.0.0.1")
    page.get_by_role("tab", name="备注").click()
    page.get_by_role("button", name="撤回").click()
    expect(pin).to_have_count(0)
    expect(page.locator("li").filter(has_text="客户问价格")).to_contain_text("撤回")


def test_a_clip_is_chosen_on_the_waveform_and_taken_away(visitor: Visitor, heard: dict[str, Any]) -> None:
    page = visitor.log_in("complaint_handler", f"/recordings/{heard['id']}")
    page.get_by_role("tab", name="剪辑片段").click()
    box = page.get_by_test_id("selecting").bounding_box()
    assert box is not None

    def drag(start: float, end: float) -> None:
        for share, press in ((start, page.mouse.down), (end, page.mouse.up)):
            page.mouse.move(box["x"] + box["width"] * share, box["y"] + 40)
            press()

    drag(0.2, 0.8)
    page.get_by_role("radiogroup", name="在波形上拖动选择").get_by_text("选遮盖处").click()
    drag(0.4, 0.5)
    expect(page.get_by_role("button", name=re.compile("取消 .* 的遮盖"))).to_have_count(1)
    expect(page.get_by_role("button", name="下载片段")).to_be_disabled()
    page.get_by_role("textbox", name="原因").fill("投诉 17")
    with page.expect_download() as taken:
        page.get_by_role("button", name="下载片段").click()
    assert re.fullmatch(f"clip-{heard['id']}-\\d+-\\d+\\.wav", taken.value.suggested_filename)
    sound, rate = soundfile.read(taken.value.path())
    assert abs(len(sound) / rate - heard["duration_s"] * 0.6) < 0.3
    expect(page.get_by_text("片段已下载")).to_be_visible()


def test_a_whole_number_is_seen_for_a_reason(visitor: Visitor, heard: dict[str, Any]) -> None:
    page = visitor.log_in("complaint_handler", f"/recordings/{heard['id']}")
    expect(page.get_by_label("播放器").get_by_text(heard["number"])).to_be_visible()
    page.get_by_role("button", name="查看完整号码").click()
    page.get_by_role("dialog").get_by_role("textbox").fill("投诉 17")
    page.get_by_role("button", name="查看", exact=True).click()
    expect(page.get_by_text(re.compile(rf"\+86139\d{{4}}{heard['number'][-4:]}"))).to_be_visible()


def test_the_seal_is_verified_and_a_broken_one_is_told(visitor: Visitor, heard: dict[str, Any]) -> None:
    page = visitor.log_in("auditor", f"/recordings/{heard['id']}")
    page.get_by_role("button", name="校验录音").click()
    expect(page.get_by_text("与封存时一致")).to_be_visible()
    told = {
        "id": heard["id"],
        "intact": False,
        "expected_sha256": heard["sha256"],
        "found_sha256": "0" * 64,
        "detail": "x",
    }
    page.route("**/verify", lambda route: route.fulfill(json=told))
    page.get_by_role("button", name="校验录音").click()
    expect(page.get_by_text("与封存时不一致")).to_be_visible()


def test_an_unknown_recording_and_an_empty_list_say_what_to_do(visitor: Visitor) -> None:
    visitor.forgives_network = True
    page = visitor.log_in("qa_inspector", "/recordings/01a00000-0000-7000-8000-000000000000?phone=0000&to=2026-01-01")
    expect(page.get_by_role("alert", name="没有找到该录音")).to_be_visible()
    expect(page.get_by_text("没有符合条件的录音")).to_be_visible()
    page.get_by_role("button", name="清除筛选").click()
    expect(page.locator("tr[data-id]").first).to_be_visible()


def test_the_day_adds_up_and_leads_to_the_calls_behind_it(visitor: Visitor, floor: PracticeFloor) -> None:
    floor.wait_for(lambda: floor.recordings(status="absent", reason="no_answer"), "a call that nobody answered", 120)
    page = visitor.log_in("auditor", "/completeness")
    for title in ("已接通的电话", "全部呼叫"):
        card = page.locator("section", has=page.get_by_role("heading", name=title, exact=True))
        expect(card.locator("strong").first).to_be_visible()
        total, *parts = (int(text.replace(",", "")) for text in card.locator("strong").all_inner_texts())
        assert total == sum(parts) and total > 0
    page.get_by_role("link", name="无人接听").click()
    expect(page.get_by_text("原因：无人接听")).to_be_visible()
    expect(page.locator("tr[data-id]").first).to_contain_text("无人接听")


def test_completeness_is_not_for_everybody(visitor: Visitor) -> None:
    page = visitor.log_in("team_leader", "/completeness")
    expect(page.get_by_text("您的角色不能使用此页面")).to_be_visible()
    expect(page.get_by_role("link", name="录音完整性")).to_have_count(0)
    expect(page.get_by_role("link", name="录音查询")).to_be_visible()
