"""Lists taken away: safe to open, masked, in the ledger before they leave, and never in the way of others."""

import asyncio
import csv
import hashlib
import io
import json
import zipfile
from datetime import UTC, datetime
from typing import Any
from xml.etree import ElementTree

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.auth.roles import Role
from api.exports import rules, service
from api.exports.forms import BOM, csv_rows
from api.exports.rules import is_dangerous, safe
from api.exports.words import HEAD_EN, HEAD_ZH, Language, word
from api.recordings import search
from dialer.core.disposition import DEFAULT
from dialer.store.tables import ledger
from recordings.problem_rules import Defect
from recordings.rules import AbsentReason, PresentReason
from tests.api.office import V1, Office, Someone, assert_problem

URL = f"{V1}/exports/recordings"
CELL = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


async def taken(office: Office, who: Someone, filters: dict[str, Any] | None = None, **order: Any) -> httpx.Response:
    body = {"filters": filters or {}, "why": "月度抽查", **order}
    response = await office.http.post(URL, json=body, headers=who.headers)
    assert response.status_code == 200, response.text
    return response


def rows_of(response: httpx.Response) -> list[list[str]]:
    text = response.content.decode()
    assert text.startswith(BOM)
    return list(csv.reader(io.StringIO(text.removeprefix(BOM), newline="")))


def sheet_of(content: bytes) -> list[list[str]]:
    """The texts and numbers of an XLSX file's cells; fails where there is a formula."""
    with zipfile.ZipFile(io.BytesIO(content)) as book:
        root = ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
    assert not list(root.iter(f"{CELL}f"))
    return [["".join(cell.itertext()) for cell in row] for row in root.iter(f"{CELL}row")]


async def exported(office: Office) -> list[dict[str, Any]]:
    rows = sorted(await office.rows(ledger), key=lambda row: row.seq)
    return [json.loads(row.body) for row in rows if row.kind == "exported"]


async def test_a_list_as_csv(office: Office) -> None:
    who = await office.someone(Role.MANAGER)
    seller = await office.someone(Role.AGENT, username="li.si")
    campaign = await office.campaign(name="彩号，春季", region="广东")
    call = await office.call(disposition="sale")
    facts = {"samples": 16000, "rate": 8000, "repaired": True, "region": "广东", "sha256_pcm": b"\1" * 32}
    await office.recording(attempt_id=call, agent_id=seller.id, campaign_id=campaign, **facts)
    await office.recording(status="absent", reason="busy")
    response = await taken(office, who)
    assert response.headers["content-type"] == "text/csv; charset=utf-8"
    assert response.headers["x-total-rows"] == "1" and ".csv" in response.headers["content-disposition"]
    assert response.headers["cache-control"] == "private, no-store"
    head, row = rows_of(response)
    assert head == list(HEAD_ZH.values())
    told = dict(zip(HEAD_ZH, row, strict=True))
    assert (told["call"], told["agent_username"], told["campaign"]) == (call, "li.si", "彩号，春季")
    assert (told["number"], told["length_s"], told["region"]) == ("138****1234", "2", "广东")
    assert (told["disposition"], told["status"], told["problems"]) == ("成交", "有录音", "文件头经修复")
    assert told["sha256"] == "01" * 32
    absent = rows_of(await taken(office, who, {"status": "absent"}, lang="en"))
    assert absent[0] == list(HEAD_EN.values()) and absent[1][10:12] == ["absent", "busy"]


async def test_a_list_as_a_sheet(office: Office) -> None:
    who = await office.someone(Role.QA_SUPERVISOR)
    campaign = await office.campaign(name="=1+1")
    calls = [await office.recording(campaign_id=campaign, region="＝cmd") for _ in range(3)]
    response = await taken(office, who, form="xlsx", lang="en")
    assert response.headers["content-length"] == str(len(response.content))
    head, *rows = sheet_of(response.content)
    assert head == list(HEAD_EN.values()) and [row[0] for row in rows] == calls[::-1]
    assert all("=1+1" in row and "＝cmd" in row for row in rows)
    told = await exported(office)
    assert told[-1]["sha256"] == hashlib.sha256(response.content).hexdigest()


async def test_the_ledger_knows_who_took_what_away_and_why(office: Office) -> None:
    who = await office.someone(Role.AUDITOR)
    for _ in range(3):
        await office.recording()
    response = await taken(office, who, {"phone": "13812341234", "min_s": 0, "status": "present"}, why="投诉 7")
    begun, ended = await exported(office)
    assert begun["user_id"] == who.id and begun["why"] == "投诉 7" and begun["step"] == "begun"
    assert begun["rows"] == 0 and begun["filters"]["phone"] == "138****1234" and begun["filters"]["min_s"] == 0
    assert (begun["form"], begun["numbers"], begun["address"]) == ("csv", "masked", "127.0.0.1")
    assert ended["export_id"] == begun["export_id"] and ended["whole"] is True
    assert ended["sha256"] == hashlib.sha256(response.content).hexdigest()
    assert (ended["bytes"], ended["rows"]) == (len(response.content), 0)
    response = await taken(office, who)
    assert len(rows_of(response)) == 4 and (await exported(office))[-1]["rows"] == 3


async def test_without_its_ledger_row_nothing_leaves(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await office.someone(Role.AUDITOR)

    async def away(*_: Any) -> None:
        raise TimeoutError

    with monkeypatch.context() as patch:
        patch.setattr("api.exports.service.ledger.append", away)
        response = await office.http.post(URL, json={"why": "x"}, headers=who.headers)
        assert_problem(response, 503, "ledger_unavailable")
    for _ in range(service.AT_ONCE + 1):  # and its place is free again
        await taken(office, who)


def asked_from(address: str, who: Someone) -> dict[str, Any]:
    """The request as the server passes it on."""
    headers = [(b"content-type", b"application/json")]
    headers += [(name.lower().encode(), value.encode()) for name, value in who.headers.items()]
    return {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": URL,
        "raw_path": URL.encode(),
        "query_string": b"",
        "root_path": "",
        "headers": headers,
        "server": ("test", 80),
        "client": (address, 1),
    }


async def test_one_who_goes_away_in_the_middle_leaves_a_row_that_says_so(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    who = await office.someone(Role.MANAGER)
    monkeypatch.setattr(service, "BATCH", 2)
    for _ in range(7):
        await office.recording()
    here = office.app.state.context

    gone, body = asyncio.Event(), json.dumps({"why": "x"}).encode()
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive() -> dict[str, Any]:
        if not messages:
            await gone.wait()
            return {"type": "http.disconnect"}
        return messages.pop()

    async def send(message: Any) -> None:
        if message["type"] == "http.response.body" and message["body"].count(b"\r\n") == 2:
            gone.set()
            await asyncio.Event().wait()  # nobody reads any more

    async with asyncio.timeout(10):
        await office.app(asked_from("10.0.0.7", who), receive, send)
    begun, ended = await exported(office)
    assert begun["rows"] == 7 and begun["address"] == "10.0.0.7"
    assert ended["whole"] is False and ended["rows"] < 7
    assert here.exports._running == 0


async def test_a_list_that_no_sheet_holds_is_refused(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await office.someone(Role.MANAGER)
    monkeypatch.setattr(service, "ROWS_MAX", 2)
    for _ in range(3):
        await office.recording()
    response = await office.http.post(URL, json={"why": "x"}, headers=who.headers)
    assert_problem(response, 422, "too_many_rows")
    assert await exported(office) == []


async def test_no_more_than_two_at_once(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    who = await office.someone(Role.MANAGER)
    await office.recording()
    go_on, inside = asyncio.Event(), asyncio.Semaphore(0)

    async def slow(*args: Any) -> int:
        inside.release()
        await go_on.wait()
        return await search.count(*args)

    monkeypatch.setattr("api.exports.service.count", slow)
    running = [asyncio.create_task(taken(office, who)) for _ in range(service.AT_ONCE)]
    async with asyncio.timeout(10):
        for _ in running:
            await inside.acquire()
        response = await office.http.post(URL, json={"why": "x"}, headers=who.headers)
        assert_problem(response, 429, "exports_busy")
        assert response.headers["retry-after"] == "15"
        go_on.set()
        await asyncio.gather(*running)
    await taken(office, who)


async def test_a_statistician_gets_figures_and_no_persons(office: Office) -> None:
    who = await office.someone(Role.STATISTICIAN)
    seller = await office.someone(Role.AGENT, username="li.si")
    await office.recording(agent_id=seller.id)
    response = await taken(office, who)
    head, row = rows_of(response)
    assert not {"话务员", "工号", "号码"} & set(head) and "li.si" not in row and "1234" not in response.text
    assert (await exported(office))[0]["numbers"] == "none"
    for filters in ({"agent": "li.si"}, {"phone": "1234"}):
        answer = await office.http.post(URL, json={"why": "x", "filters": filters}, headers=who.headers)
        assert_problem(answer, 403, "forbidden")


@pytest.mark.parametrize(
    ("order", "reason", "field"),
    [
        ({}, "invalid_request", "body.why"),
        ({"why": " "}, "invalid_request", "body.why"),
        ({"why": "x", "form": "pdf"}, "invalid_request", "body.form"),
        ({"why": "x", "filters": {"phone": "12"}}, "malformed_number", "body.filters.phone"),
        ({"why": "x", "filters": {"from": "2026-02-30"}}, "bad_day", "body.filters.from"),
        ({"why": "x", "filters": {"cursor": "a"}}, "invalid_request", "body.filters.cursor"),
        ({"why": "x", "filters": {"min_s": 1, "from": "2020-01-01"}}, "too_many_days", "body.filters.from"),
    ],
)
async def test_an_order_that_cannot_be(office: Office, order: dict[str, Any], reason: str, field: str) -> None:
    who = await office.someone(Role.MANAGER)
    response = await office.http.post(URL, json=order, headers=who.headers)
    assert assert_problem(response, 422, reason)["errors"][0]["field"] == field
    assert await exported(office) == []


async def test_rows_that_come_during_an_export_do_not_get_in_half(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was counted is what is in the file."""
    who = await office.someone(Role.MANAGER)
    monkeypatch.setattr(service, "BATCH", 3)
    for _ in range(10):
        await office.recording()

    async def slowed(*args: Any) -> Any:
        await office.recording(started_at=datetime.now(UTC))
        return await search.find(*args)

    monkeypatch.setattr("api.exports.service.find", slowed)
    response = await taken(office, who)
    assert len(rows_of(response)) - 1 == int(response.headers["x-total-rows"]) == 10


# -- safe to open ----------------------------------------------------------------------------------------------------

BEGINNINGS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠", " =", "\u3000+", "\ufeff@"]


@given(begin=st.sampled_from(BEGINNINGS), rest=st.text(max_size=20))
def test_no_text_begins_like_a_formula(begin: str, rest: str) -> None:
    text = begin + rest
    assert is_dangerous(text) and safe(text) == "'" + text
    (cell,) = next(csv.reader(io.StringIO(csv_rows([[text]]).decode("utf-8", "surrogatepass"), newline="")))
    assert cell == "'" + text


@given(st.text(st.characters(codec="utf-8"), max_size=30))
def test_every_text_is_one_cell_that_no_sheet_computes(text: str) -> None:
    (row,) = csv.reader(io.StringIO(csv_rows([[text, "x"]]).decode(), newline=""))
    assert row == [safe(text), "x"] and row[0][:1] not in rules.DANGEROUS


def test_numbers_stay_numbers() -> None:
    assert csv_rows([[-0.5, 2.0, None, 1_234_567.0]]) == b"-0.5,2,,1234567\r\n"


def test_every_code_has_a_chinese_word() -> None:
    dispositions = [row.code for row in DEFAULT]
    for code in (*dispositions, *AbsentReason, *PresentReason, *Defect):
        assert word(code, Language.ZH) != code.replace("_", " "), code
    assert word("one_sided", Language.ZH) == "one sided"  # an incident's kind: the console has its words
    assert HEAD_ZH.keys() == HEAD_EN.keys()
