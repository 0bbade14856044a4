"""`tianzhou user add | list | password`: the people who may log in; a made password is shown once at most."""

import asyncio
import json
import secrets
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TypeVar

import typer
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from api.auth import tries
from api.auth.accounts import AccountRefused, create_user, find_user, set_password
from api.auth.roles import Role
from api.auth.rules import name_key
from api.cli.errors import CliError
from api.cli.probes import application_url
from api.users.service import Account, all_accounts
from dialer.settings import Settings
from dialer.store.database import make_engine, transaction

Result = TypeVar("Result")


@dataclass(frozen=True)
class NewUser:
    """Who is to be added."""

    username: str
    name: str
    roles: tuple[Role, ...]
    extension: str | None


def run(settings: Settings, new: NewUser, as_json: bool) -> None:
    """Adds the person and prints the id, and the password when it was made here. Raises CliError."""
    asked = _ask_password()
    password = asked or secrets.token_urlsafe(12)

    async def create(connection: AsyncConnection) -> str:
        return await create_user(connection, new.username, new.name, password, new.roles, new.extension)

    try:
        made = asyncio.run(_with_database(settings, create))
    except AccountRefused as error:
        raise CliError(f"{new.username} was not added: {error}") from error
    print(shown(new, made, None if asked else password, as_json))


def run_list(settings: Settings, as_json: bool) -> None:
    """Prints everybody who has an account. Raises CliError."""
    found = asyncio.run(_with_database(settings, all_accounts))
    print(listed(found, as_json))


def run_password(settings: Settings, username: str, as_json: bool) -> None:
    """Gives a person a new password, which ends the sessions and a lock-out. Raises CliError."""
    asked = _ask_password()
    password = asked or secrets.token_urlsafe(12)

    async def change(connection: AsyncConnection) -> None:
        user_id = await find_user(connection, username)
        if user_id is None:
            raise CliError(f"Nobody has the user name {username}: see `tianzhou user list`.")
        await set_password(connection, user_id, password)
        await tries.succeeded(connection, name_key(username))

    try:
        asyncio.run(_with_database(settings, change))
    except AccountRefused as error:
        raise CliError(f"The password of {username} was not changed: {error}") from error
    print(changed(username, None if asked else password, as_json))


def shown(new: NewUser, made: str, password: str | None, as_json: bool) -> str:
    """What is printed: the id, and a made password, which is stored nowhere in clear."""
    if as_json:
        return json.dumps({"id": made, "username": new.username, "roles": new.roles, "password": password})
    text = f"{new.username} was added ({', '.join(new.roles)})."
    return text if password is None else f"{text}\nPassword, shown this once: {password}"


def listed(accounts: list[Account], as_json: bool) -> str:
    """What `list` prints: a line for each person."""
    if as_json:
        return json.dumps([account._asdict() for account in accounts], ensure_ascii=False)
    lines = [
        f"{account.username:<24}{'' if account.active else '(closed) '}{', '.join(account.roles)}"
        f"{f', phone {account.extension}' if account.extension else ''}"
        for account in accounts
    ]
    return "\n".join(lines) if lines else "Nobody has an account yet: tianzhou user add"


def changed(username: str, password: str | None, as_json: bool) -> str:
    """What `password` prints; a made password is stored nowhere in clear."""
    if as_json:
        return json.dumps({"username": username, "password": password})
    text = f"{username} has a new password and must log in again."
    return text if password is None else f"{text}\nPassword, shown this once: {password}"


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return ""
    text = "Password (empty = make one)"
    return str(typer.prompt(text, default="", show_default=False, hide_input=True, confirmation_prompt=True))


async def _with_database(settings: Settings, work: Callable[[AsyncConnection], Awaitable[Result]]) -> Result:
    """One transaction of a command. Raises CliError when PostgreSQL does not answer."""
    engine = make_engine(application_url(settings), pool_size=1)
    try:
        async with transaction(engine) as connection:
            return await work(connection)
    except (OSError, SQLAlchemyError) as error:
        told = f"PostgreSQL does not answer ({type(error).__name__}). Start Tianzhou first: make run"
        raise CliError(told) from error
    finally:
        await engine.dispose()
