"""Holds, orders to erase and rules of retention over HTTP, and the worker that carries them out."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select

from api.auth.roles import Role
from api.ids import new_id
from dialer.core.ledger import Entry, EntryKind
from dialer.store import ledger
from recordings.errors import KeyMissingError
from recordings.keys import Wrapped
from recordings.retention import Keeper
from recordings.tables import recording_keys, recordings
from recordings.vault import Vault
from tests.api.encrypted import sealed
from tests.api.office import V1, Office, Someone, assert_problem

WHY = {"reason": "客户投诉 118"}


async def ask(office: Office, who: Someone, method: str, path: str, **sent: Any) -> Any:
    return await office.http.request(method, f"{V1}{path}", headers=who.headers, **sent)


async def witnessed(office: Office, *kinds: EntryKind) -> list[Entry]:
    async with office.engine.connect() as connection:
        return [row.entry async for row in ledger.read_rows(connection) if row.entry.kind in kinds]


async def state(office: Office, call: str) -> tuple[str, str | None, str | None, bool]:
    """Status, reason, storage key and whether the own key is still there."""
    async with office.engine.connect() as connection:
        row = (await connection.execute(select(recordings).where(recordings.c.attempt_id == call))).one()
        own = select(recording_keys.c.wrapped).where(recording_keys.c.attempt_id == call)
        return row.status, row.reason, row.storage_key, await connection.scalar(own) is not None


def keeper(office: Office, vault: Vault) -> Keeper:
    return Keeper(office.engine, vault.storage, 30)


async def test_two_persons_erase_a_recording_and_a_tombstone_stays(
    office: Office, vault: Vault, tmp_path: Path
) -> None:
    one = await sealed(office, vault, tmp_path)
    asks, decides = await office.someone(Role.MANAGER), await office.someone(Role.MANAGER)
    told = await ask(office, asks, "POST", f"/recordings/{one.call}/erasures", json=WHY)
    assert told.status_code == 201 and told.json()["decision"] is None
    again = await ask(office, decides, "POST", f"/recordings/{one.call}/erasures", json=WHY)
    assert_problem(again, 409, "erasure_open")
    order = f"/erasures/{told.json()['id']}"
    assert await keeper(office, vault).round(datetime.now(UTC)) == 0
    assert_problem(await ask(office, asks, "POST", f"{order}/approve"), 409, "own_order")
    assert (await ask(office, decides, "POST", f"{order}/approve")).json()["decision"] == "approved"
    assert_problem(await ask(office, decides, "POST", f"{order}/refuse"), 409, "already_decided")
    assert await keeper(office, vault).round(datetime.now(UTC)) == 1
    assert await state(office, one.call) == ("absent", "erased", None, False)
    assert [item async for item in vault.storage.listing()] == []
    [tombstone] = await witnessed(office, EntryKind.ERASURE)
    assert tombstone.attempt_id == one.call and tombstone.body["object_sha256"] == one.sha256.hex()  # type: ignore[union-attr]
    assert (tombstone.body["asked_by"], tombstone.body["approved_by"]) == (asks.id, decides.id)
    [listed] = (await ask(office, asks, "GET", "/erasures")).json()["items"]
    assert listed["done_at"] and listed["waits_for"] is None
    audio = await ask(office, asks, "GET", f"/recordings/{one.call}/audio")
    assert "erased" in assert_problem(audio, 404, "no_audio")["detail"]
    gone = await ask(office, asks, "POST", f"/recordings/{one.call}/erasures", json=WHY)
    assert_problem(gone, 409, "not_present")


async def test_killed_between_key_and_object_the_next_round_takes_the_object(
    office: Office, vault: Vault, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one, later = await sealed(office, vault, tmp_path), datetime.now(UTC) + timedelta(days=4000)

    async def killed(_self: Keeper) -> None:
        raise ConnectionError

    with monkeypatch.context() as patch, pytest.raises(ConnectionError):
        patch.setattr(Keeper, "_take_away", killed)
        await keeper(office, vault).round(later)
    assert await state(office, one.call) == ("absent", "retention", one.key, False)
    with pytest.raises(KeyMissingError):
        await vault.pcm(replace(one, wrapped=Wrapped("1", None)))
    await keeper(office, vault).round(later)
    assert await state(office, one.call) == ("absent", "retention", None, False)
    assert len(await witnessed(office, EntryKind.RETENTION)) == 1


async def test_a_hold_beats_an_approved_order_and_the_end_of_its_time(
    office: Office, vault: Vault, tmp_path: Path
) -> None:
    one = await sealed(office, vault, tmp_path, days=4000)
    handler, manager, other = [
        await office.someone(role) for role in (Role.COMPLAINT_HANDLER, Role.MANAGER, Role.MANAGER)
    ]
    held = (await ask(office, handler, "POST", f"/recordings/{one.call}/holds", json=WHY)).json()
    assert (held["set_by"], held["lifted_at"]) == (handler.id, None)
    told = (await ask(office, manager, "POST", f"/recordings/{one.call}/erasures", json=WHY)).json()
    told = (await ask(office, other, "POST", f"/erasures/{told['id']}/approve")).json()
    assert told["waits_for"] == "held"
    assert await keeper(office, vault).round(datetime.now(UTC)) == 0
    assert (await vault.pcm(one)) == one.pcm
    assert [item["id"] for item in (await ask(office, handler, "GET", "/holds")).json()["items"]] == [held["id"]]
    lifted = (await ask(office, manager, "POST", f"/holds/{held['id']}/lift", json=WHY)).json()
    assert lifted["lifted_by"] == manager.id
    assert_problem(await ask(office, manager, "POST", f"/holds/{held['id']}/lift", json=WHY), 409, "hold_lifted")
    assert (await ask(office, handler, "GET", "/holds")).json()["items"] == []
    assert await keeper(office, vault).round(datetime.now(UTC)) == 1
    assert (await state(office, one.call))[:2] == ("absent", "erased")
    kinds = [entry.kind for entry in await witnessed(office, *EntryKind)]
    assert kinds == [EntryKind.HOLD_SET, EntryKind.HOLD_LIFTED, EntryKind.ERASURE]


async def test_what_the_law_demands_waits_whoever_orders(office: Office, vault: Vault, tmp_path: Path) -> None:
    one = await sealed(office, vault, tmp_path, days=3)
    manager, other = await office.someone(Role.MANAGER), await office.someone(Role.MANAGER)
    told = (await ask(office, manager, "POST", f"/recordings/{one.call}/erasures", json=WHY)).json()
    assert (await ask(office, other, "POST", f"/erasures/{told['id']}/approve")).json()["waits_for"] == "law"
    assert await keeper(office, vault).round(datetime.now(UTC)) == 0
    assert await keeper(office, vault).round(datetime.now(UTC) + timedelta(days=28)) == 1


async def test_rules_are_the_managers_and_each_change_is_witnessed(office: Office) -> None:
    manager = await office.someone(Role.MANAGER)
    rule = {"scope": "region", "subject": "北京", "days": 60, "reason": "试行"}
    told = (await ask(office, manager, "PUT", "/retention", json=rule)).json()
    assert (told["least_days"], told["default_days"]) == (30, 1825)
    assert [(r["subject"], r["days"], r["changed_by"]) for r in told["rules"]] == [("北京", 60, manager.id)]
    for days in (90, None):
        assert (await ask(office, manager, "PUT", "/retention", json=rule | {"days": days})).status_code == 200
    assert (await ask(office, manager, "GET", "/retention")).json()["rules"] == []
    changes = [entry.body for entry in await witnessed(office, EntryKind.POLICY_CHANGE)]
    assert [(body["before"], body["after"]) for body in changes] == [(None, 60), (60, 90), (90, None)]
    assert_problem(await ask(office, manager, "PUT", "/retention", json=rule | {"days": 29}), 422, "below_minimum")
    wrong = await ask(office, manager, "PUT", "/retention", json=rule | {"scope": "everything"})
    assert_problem(wrong, 422, "bad_subject")


async def test_by_rule_only_what_is_over_goes(office: Office, vault: Vault, tmp_path: Path) -> None:
    manager = await office.someone(Role.MANAGER)
    rule = {"scope": "everything", "days": 60, "reason": "试行"}
    assert (await ask(office, manager, "PUT", "/retention", json=rule)).status_code == 200
    old, young = await sealed(office, vault, tmp_path, 0), await sealed(office, vault, tmp_path, -2)
    assert await keeper(office, vault).round(datetime.now(UTC) + timedelta(days=61)) == 1
    assert (await state(office, old.call))[:2] == ("absent", "retention")
    assert (await state(office, young.call))[0] == "present" and await vault.pcm(young) == young.pcm


async def test_nothing_that_is_not_there_is_held_or_decided(office: Office) -> None:
    manager = await office.someone(Role.MANAGER)
    absent = await office.recording(status="absent", reason="busy")
    for path, reason, status in (
        (f"/recordings/{new_id()}/holds", "unknown_recording", 404),
        (f"/recordings/{absent}/holds", "not_present", 409),
        (f"/holds/{new_id()}/lift", "unknown_hold", 404),
        (f"/erasures/{new_id()}/refuse", "unknown_erasure", 404),
    ):
        assert_problem(await ask(office, manager, "POST", path, json=WHY), status, reason)
