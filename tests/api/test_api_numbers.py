"""A clerk's numbers over HTTP: sent in pieces, looked at, imported, taken back; lists, and their consent."""

import csv
import io
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import insert, select, update

from api.auth.roles import Role
from api.ids import new_id
from api.numbers.importer import Importer
from api.numbers.schemas import PIECE_MAX
from dialer.store.gate_tables import dnc
from dialer.store.tables import leads
from tests.api.office import V1, Office, Someone, assert_problem

CLERK = Role.DATA_ENTRY_CLERK
PROOF = {"source": "营业厅协议", "basis": "书面同意", "proof": "档案 3-12"}
FILE = "姓名,联系电话,套餐\n王芳,13912341234,宽带\n李强,110,宽带\n赵敏,=1+1,宽带\n王芳,139-1234-1234,再次\n".encode(
    "gb18030"
)


class Desk:
    """A clerk, and the process that does what she asks for."""

    def __init__(self, office: Office, who: Someone, folder: Path) -> None:
        self.office, self.who = office, who
        self.importer = Importer(office.engine, folder)

    async def ask(self, method: str, path: str, who: Someone | None = None, **sent: Any) -> Any:
        headers = (who or self.who).headers | sent.pop("headers", {})
        return await self.office.http.request(method, f"{V1}/numbers{path}", headers=headers, **sent)

    async def created(self, campaign: str, size: int = len(FILE), **other: Any) -> dict[str, Any]:
        said = {"campaign_id": campaign, "list_name": "广州 11月", "region": "广东", "file_name": "广州.csv"}
        answer = await self.ask("POST", "/imports", json=said | {"size_bytes": size, "consent": PROOF} | other)
        assert answer.status_code == 201, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def piece(self, import_id: str, offset: int, content: bytes) -> Any:
        kind = {"Content-Type": "application/octet-stream"}
        return await self.ask("PUT", f"/imports/{import_id}/file?offset={offset}", content=content, headers=kind)

    async def work(self) -> None:
        while await self.importer.step():
            continue

    async def ready(self, campaign: str, content: bytes = FILE, **other: Any) -> dict[str, Any]:
        found = await self.created(campaign, len(content), **other)
        assert (await self.piece(found["id"], 0, content)).status_code == 200
        await self.work()
        return await self.seen(found["id"])

    async def seen(self, import_id: str) -> dict[str, Any]:
        found: dict[str, Any] = (await self.ask("GET", f"/imports/{import_id}")).json()
        return found

    async def done(self, campaign: str, content: bytes = FILE, **other: Any) -> dict[str, Any]:
        found = await self.ready(campaign, content, **other)
        assert (await self.ask("POST", f"/imports/{found['id']}/start")).status_code == 200
        await self.work()
        return await self.seen(found["id"])


@pytest.fixture
async def desk(office: Office) -> Desk:
    return Desk(office, await office.someone(CLERK), office.app.state.context.paths.imports)


async def test_a_clerks_file_from_its_first_piece_to_its_rejects(desk: Desk) -> None:
    campaign = await desk.office.campaign(name="青云宽带")
    found = await desk.created(campaign)
    assert (found["state"], found["received_bytes"], found["campaign_name"]) == ("uploading", 0, "青云宽带")
    assert (await desk.piece(found["id"], 0, FILE[:50])).json()["received_bytes"] == 50
    assert_problem(await desk.piece(found["id"], 60, FILE[60:]), 409, "wrong_offset")
    assert (await desk.piece(found["id"], 0, FILE[:50])).json()["received_bytes"] == 50  # said twice
    assert (await desk.piece(found["id"], 50, FILE[50:])).json()["state"] == "reading"
    await desk.work()
    ready = await desk.seen(found["id"])
    assert (ready["state"], ready["encoding"], ready["rows"]) == ("ready", "gb18030", 4)
    assert ready["heads"] == ["姓名", "联系电话", "套餐"] and ready["meanings"] == ["name", "phone", "extra"]
    assert ready["sample"][0] == ["王芳", "139****1234", "宽带"]
    assert (await desk.ask("POST", f"/imports/{found['id']}/start")).json()["state"] == "waiting"
    await desk.work()
    done = await desk.seen(found["id"])
    assert (done["state"], done["accepted"], done["without_consent"]) == ("done", 1, 0)
    assert done["rejected"] == {"short_number": 1, "formula": 1, "duplicate_in_file": 1}
    answer = await desk.ask("GET", f"/imports/{found['id']}/rejects")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert (
        [row[0] for row in rows[1:]] == ["3", "4", "5"] and "公式" in rows[2][3] and "13912341234" not in answer.text
    )
    async with desk.office.engine.connect() as connection:
        lead = (await connection.execute(select(leads))).one()
    assert (lead.number, lead.name, lead.region, lead.fields) == ("+8613912341234", "王芳", "广东", {"套餐": "宽带"})
    assert (lead.consent_source, lead.consent_basis, lead.consent_proof) == tuple(PROOF.values())


async def test_what_the_columns_mean_is_remembered_for_the_region(desk: Desk) -> None:
    campaign, content = await desk.office.campaign(), "甲,乙\nx,13900000001\n".encode()
    found = await desk.ready(campaign, content)
    assert found["meanings"] == ["extra", "phone"]
    chosen = {"meanings": ["quality", "phone"]}
    assert (await desk.ask("POST", f"/imports/{found['id']}/start", json=chosen)).status_code == 200
    await desk.work()
    again = await desk.ready(campaign, "乙,甲\n13900000002,y\n".encode())
    assert again["meanings"] == ["phone", "quality"]
    other = await desk.ready(campaign, "乙,甲\n13900000003,y\n".encode(), region="北京")
    assert other["meanings"] == ["phone", "extra"]


async def test_a_file_is_looked_at_before_it_is_imported_and_nothing_is_changed(desk: Desk) -> None:
    campaign = await desk.office.campaign()
    async with desk.office.engine.begin() as connection:
        await connection.execute(insert(dnc).values(number="+8613900000009", reason="asked"))
    content = FILE.decode("gb18030") + "钱七,13900000009,\n周八,13900000008,\n"
    found = await desk.ready(campaign, content.encode(), consent={"source": "营业厅"})
    path = f"/imports/{found['id']}/check"
    told = (await desk.ask("POST", path)).json()
    counts = {"short_number": 1, "formula": 1, "duplicate_in_file": 1, "dnc": 1}
    assert (told["rows"], told["accepted"], told["without_consent"], told["rejected"]) == (6, 2, 2, counts)
    assert told["problems"][0] == {"row": 3, "head": "联系电话", "reason": "short_number", "value": "****"}
    assert told["problems"][3] == {"row": 6, "head": "联系电话", "reason": "dnc", "value": "139****0009"}
    proven = (await desk.ask("POST", path, json={"consent": PROOF})).json()
    assert (proven["accepted"], proven["without_consent"]) == (2, 0)
    no_phone = {"meanings": ["name", "extra", "skip"]}
    assert_problem(await desk.ask("POST", path, json=no_phone), 422, "no_phone_column")
    async with desk.office.engine.connect() as connection:
        assert (await connection.execute(select(leads))).first() is None
    assert (await desk.seen(found["id"]))["state"] == "ready"
    next(desk.importer.folder.glob("*.rows")).unlink()
    assert_problem(await desk.ask("POST", path), 409, "wrong_import_state")
    await desk.ask("POST", f"/imports/{found['id']}/cancel")
    assert_problem(await desk.ask("POST", path), 409, "wrong_import_state")
    assert_problem(await desk.ask("POST", f"/imports/{new_id()}/check"), 404, "unknown_import")


async def test_a_clerks_whole_day(desk: Desk) -> None:
    """A file with faults, a second one of the region, a wrong one taken back, a proof that came later."""
    campaign = await desk.office.campaign(name="青云宽带", region="广东")
    known = (await desk.office.http.get(f"{V1}/campaigns", headers=desk.who.headers)).json()["items"]
    assert [(each["name"], each["region"]) for each in known] == [("青云宽带", "广东")]
    morning = await desk.ready(campaign, "客户,号,备\n王芳,13912340001,A\n李强,12345,B\n".encode())
    chosen = {"meanings": ["name", "phone", "quality"]}
    looked = (await desk.ask("POST", f"/imports/{morning['id']}/check", json=chosen)).json()
    assert (looked["accepted"], looked["rejected"]) == (1, {"short_number": 1})
    assert (await desk.ask("POST", f"/imports/{morning['id']}/start", json=chosen)).status_code == 200
    await desk.work()
    later = await desk.done(campaign, "客户,号,备\n赵敏,13912340002,A\n王芳,13912340001,A\n".encode(), consent={})
    assert later["meanings"] == chosen["meanings"]  # as this region's last file had it
    assert (later["accepted"], later["without_consent"], later["rejected"]) == (1, 1, {"duplicate_in_campaign": 1})
    wrong = await desk.done(campaign, "号\n13912340003\n".encode(), list_name="错的")
    assert (await desk.ask("POST", f"/imports/{wrong['id']}/undo")).status_code == 200
    await desk.work()
    assert (await desk.ask("PUT", f"/lists/{later['list_id']}/consent", json=PROOF)).status_code == 200
    lists = (await desk.ask("GET", f"/lists?campaign_id={campaign}")).json()["items"]
    assert [(each["name"], each["stock"], each["without_consent"]) for each in lists] == [
        ("错的", 0, 0),
        ("广州 11月", 2, 0),
    ]
    days = (await desk.ask("GET", "/imports")).json()["items"]
    assert [(each["state"], each["accepted"]) for each in days] == [("undone", 1), ("done", 1), ("done", 1)]


async def test_wrong_columns_wrong_states_and_unknown_things_are_refused(desk: Desk) -> None:
    campaign = await desk.office.campaign()
    found = await desk.ready(campaign)
    path = f"/imports/{found['id']}"
    assert_problem(await desk.ask("POST", f"{path}/start", json={"meanings": ["phone"]}), 422, "bad_columns")
    no_phone = {"meanings": ["name", "extra", "skip"]}
    assert_problem(await desk.ask("POST", f"{path}/start", json=no_phone), 422, "no_phone_column")
    assert_problem(await desk.piece(found["id"], 0, b"x"), 409, "wrong_import_state")
    assert_problem(await desk.ask("POST", f"{path}/undo"), 409, "wrong_import_state")
    assert_problem(await desk.ask("GET", f"/imports/{new_id()}"), 404, "unknown_import")
    assert_problem(await desk.ask("PATCH", f"/lists/{new_id()}", json={}), 404, "unknown_list")
    new = await desk.created(campaign, 3)
    assert_problem(await desk.piece(new["id"], 0, b"abcd"), 422, "too_many_bytes")
    assert_problem(await desk.piece(new["id"], 0, b"x" * (PIECE_MAX + 1)), 413, "content_too_large")
    said = {"campaign_id": new_id(), "list_name": "l", "region": "r", "file_name": "f", "size_bytes": 1}
    assert_problem(await desk.ask("POST", "/imports", json=said), 404, "unknown_campaign")
    stopped = said | {"campaign_id": await desk.office.campaign(state="stopped")}
    assert_problem(await desk.ask("POST", "/imports", json=stopped), 409, "campaign_stopped")


async def test_an_import_is_taken_back_whole_while_none_of_it_was_used(desk: Desk) -> None:
    done = await desk.done(await desk.office.campaign())
    async with desk.office.engine.begin() as connection:
        await connection.execute(update(leads).values(attempts=1))
    assert_problem(await desk.ask("POST", f"/imports/{done['id']}/undo"), 409, "numbers_in_use")
    async with desk.office.engine.begin() as connection:
        await connection.execute(update(leads).values(attempts=0))
    assert (await desk.ask("POST", f"/imports/{done['id']}/undo")).json()["state"] == "undoing"
    await desk.work()
    undone = await desk.seen(done["id"])
    assert (undone["state"], undone["kept"]) == ("undone", 0)


async def test_an_import_is_given_up_before_it_is_started(desk: Desk) -> None:
    found = await desk.ready(await desk.office.campaign())
    assert (await desk.ask("POST", f"/imports/{found['id']}/cancel")).json()["state"] == "cancelled"
    assert list(desk.importer.folder.iterdir()) == []
    assert_problem(await desk.ask("POST", f"/imports/{found['id']}/start"), 409, "wrong_import_state")


async def test_lists_tell_what_became_of_their_numbers_and_get_their_consent_later(desk: Desk) -> None:
    campaign = await desk.office.campaign(name="青云宽带")
    done = await desk.done(campaign, consent={"source": "营业厅"})
    assert done["without_consent"] == 1
    [found] = (await desk.ask("GET", f"/lists?campaign_id={campaign}")).json()["items"]
    shown = {name: found[name] for name in ("name", "leads", "stock", "without_consent", "is_active")}
    assert shown == {"name": "广州 11月", "leads": 1, "stock": 1, "without_consent": 1, "is_active": True}
    path = f"/lists/{found['id']}"
    assert_problem(await desk.ask("PUT", f"{path}/consent", json={"source": "x"}), 422, "consent_incomplete")
    assert (await desk.ask("PUT", f"{path}/consent", json=PROOF)).json()["without_consent"] == 0
    changed = (await desk.ask("PATCH", path, json={"is_active": False, "priority": 70})).json()
    assert (changed["is_active"], changed["priority"], changed["weight"]) == (False, 70, 50)


async def test_imports_are_listed_newest_first_and_a_campaigns_alone(desk: Desk) -> None:
    first, second = await desk.office.campaign(), await desk.office.campaign()
    made = [(await desk.created(campaign))["id"] for campaign in (first, second, first)]
    page = (await desk.ask("GET", "/imports?limit=2")).json()
    assert [item["id"] for item in page["items"]] == made[:0:-1]
    rest = (await desk.ask("GET", f"/imports?limit=2&cursor={page['next']}")).json()
    assert [item["id"] for item in rest["items"]] == made[:1] and rest["next"] is None
    of_first = (await desk.ask("GET", f"/imports?campaign_id={first}")).json()["items"]
    assert [item["id"] for item in of_first] == [made[2], made[0]]


async def test_a_number_on_the_do_not_call_list_never_becomes_a_lead(desk: Desk) -> None:
    async with desk.office.engine.begin() as connection:
        await connection.execute(insert(dnc).values(number="+8613912341234", reason="asked"))
    done = await desk.done(await desk.office.campaign())
    assert (done["accepted"], done["rejected"]["dnc"]) == (0, 2)
