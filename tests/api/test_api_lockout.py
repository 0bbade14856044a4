"""Wrong passwords: five are free, then one waits, ever longer; nobody learns from it who has an account."""

import asyncio
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from sqlalchemy import update

from api.auth.accounts import create_user
from api.auth.roles import Role
from api.auth.rules import BY_ADDRESS, BY_NAME, Tries, address_key, failed, name_key
from api.auth.tables import auth_sessions, login_tries
from tests.api.office import V1, Office, assert_problem

PASSWORD = "correct horse battery"
NOW = datetime(2026, 11, 24, tzinfo=UTC)


def waits(count: int) -> list[float]:
    """How long one waits after each failure; each try is made as soon as it is allowed."""
    tries, now = Tries(0, NOW), NOW
    found: list[float] = []
    for _ in range(count):
        tries = failed(tries, BY_NAME, now)
        until = tries.wait_until(now) or now
        found.append((until - now).total_seconds())
        now = until
    return found


def test_five_are_free_then_the_wait_doubles_up_to_a_quarter_of_an_hour() -> None:
    assert waits(12) == [0, 0, 0, 0, 30, 60, 120, 240, 480, 900, 900, 900]


def test_a_failure_is_forgiven_after_an_hour() -> None:
    tries = Tries(4, NOW)
    assert failed(tries, BY_NAME, NOW + timedelta(minutes=59)).blocked_until is not None
    later = failed(tries, BY_NAME, NOW + timedelta(minutes=61))
    assert (later.failures, later.since, later.blocked_until) == (4, NOW + timedelta(hours=1), None)
    assert failed(tries, BY_NAME, NOW + timedelta(days=9)) == Tries(1, NOW + timedelta(days=9))


def test_a_very_long_siege_does_not_overflow() -> None:
    assert failed(Tries(10**6, NOW), BY_NAME, NOW).wait_until(NOW) == NOW + timedelta(minutes=15)


def test_a_clock_that_went_back_forgives_nothing() -> None:
    assert failed(Tries(3, NOW), BY_NAME, NOW - timedelta(days=1)).failures == 4


def test_neighbours_in_one_ipv6_network_share_their_tries() -> None:
    assert address_key("2001:db8::1") == address_key("2001:db8::ffff") != address_key("2001:db8:1::1")
    assert address_key("192.0.2.1") != address_key("192.0.2.2") != address_key(None)
    assert name_key("\udc80") != name_key("192.0.2.1") != address_key("192.0.2.1")


async def guess(office: Office, username: str, password: str = "wrong") -> httpx.Response:
    return await office.http.post(f"{V1}/auth/login", json={"username": username, "password": password})


async def make(office: Office, username: str = "zhang.san") -> None:
    async with office.engine.begin() as connection:
        await create_user(connection, username, "张三", PASSWORD, [Role.AGENT])


async def wait_is_over(office: Office, name: str) -> None:
    async with office.engine.begin() as connection:
        mine = update(login_tries).where(login_tries.c.key == name_key(name))
        await connection.execute(mine.values(blocked_until=datetime.now(UTC)))


@pytest.mark.parametrize("name", ["zhang.san", "nobody", "No Name\0 At all", "王"])
async def test_known_and_unknown_names_are_locked_alike(office: Office, name: str) -> None:
    await make(office)
    seen = [await guess(office, name) for _ in range(7)]
    assert [response.status_code for response in seen] == [401] * 5 + [429] * 2
    told = assert_problem(seen[5], 429, "locked_out")
    assert 28 <= int(seen[5].headers["retry-after"]) <= 30 and "Retry-After" in told["advice"]
    await wait_is_over(office, name)
    assert_problem(await guess(office, name), 401, "unauthenticated")
    assert 58 <= int((await guess(office, name)).headers["retry-after"]) <= 60


async def test_while_locked_out_the_right_password_is_refused_too_and_later_clears_all(office: Office) -> None:
    await make(office)
    for _ in range(5):
        await guess(office, "zhang.san")
    assert_problem(await guess(office, "zhang.san", PASSWORD), 429, "locked_out")
    form = {"username": "zhang.san", "password": PASSWORD}
    assert_problem(await office.http.post(f"{V1}/auth/token", data=form), 429, "locked_out")
    assert await office.rows(auth_sessions) == []
    await wait_is_over(office, "zhang.san")
    assert (await guess(office, "zhang.san", PASSWORD)).status_code == 200
    for _ in range(4):
        assert_problem(await guess(office, "zhang.san"), 401, "unauthenticated")
    assert (await guess(office, "zhang.san", PASSWORD)).status_code == 200


async def test_fifty_guesses_at_once_are_fifty_guesses(office: Office) -> None:
    await make(office)
    answers = await asyncio.gather(*(guess(office, "zhang.san") for _ in range(50)))
    found = sorted(response.status_code for response in answers)
    assert found == [401] * 5 + [429] * 45


async def test_an_address_that_tries_many_names_is_locked_out_of_all(office: Office) -> None:
    await make(office)
    key, now = address_key("127.0.0.1"), datetime.now(UTC)
    await guess(office, "first")
    async with office.engine.begin() as connection:
        full = update(login_tries).where(login_tries.c.key == key)
        await connection.execute(full.values(failures=BY_ADDRESS.free - 1, since=now))
    assert (await guess(office, "zhang.san", PASSWORD)).status_code == 200  # its own account clears only its name
    assert_problem(await guess(office, "second"), 401, "unauthenticated")
    assert_problem(await guess(office, "third"), 429, "locked_out")
    assert_problem(await guess(office, "zhang.san", PASSWORD), 429, "locked_out")


async def test_what_was_typed_is_not_kept_and_old_failures_are_forgotten(
    office: Office, capsys: pytest.CaptureFixture[str]
) -> None:
    secret = "My Password In The Wrong Field"
    for _ in range(6):
        await guess(office, secret)
    assert secret not in str(await office.rows(login_tries)) and secret not in capsys.readouterr().out
    async with office.engine.begin() as connection:
        old = datetime.now(UTC) - timedelta(days=2)
        await connection.execute(update(login_tries).values(since=old, blocked_until=old))
    await guess(office, "other")
    assert {row.key for row in await office.rows(login_tries)} == {name_key("other"), address_key("127.0.0.1")}
