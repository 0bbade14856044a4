"""`tianzhou user add`: one person, the roles, and a password that is shown once at most."""

import asyncio
import json
import secrets
import sys
from dataclasses import dataclass

import typer
from sqlalchemy.exc import SQLAlchemyError

from api.auth.accounts import AccountRefused, create_user
from api.auth.roles import Role
from api.cli.errors import CliError
from api.cli.probes import application_url
from dialer.settings import Settings
from dialer.store.database import make_engine, transaction


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
    try:
        made = asyncio.run(_create(settings, new, password))
    except AccountRefused as error:
        raise CliError(f"{new.username} was not added: {error}") from error
    except (OSError, SQLAlchemyError) as error:
        raise CliError(
            f"PostgreSQL does not answer ({type(error).__name__}). Start Tianzhou first: make run"
        ) from error
    print(shown(new, made, None if asked else password, as_json))


def shown(new: NewUser, made: str, password: str | None, as_json: bool) -> str:
    """What is printed: the id, and a made password, which is stored nowhere in clear."""
    if as_json:
        return json.dumps({"id": made, "username": new.username, "roles": new.roles, "password": password})
    text = f"{new.username} was added ({', '.join(new.roles)})."
    return text if password is None else f"{text}\nPassword, shown this once: {password}"


def _ask_password() -> str:
    if not sys.stdin.isatty():
        return ""
    text = "Password (empty = make one)"
    return str(typer.prompt(text, default="", show_default=False, hide_input=True, confirmation_prompt=True))


async def _create(settings: Settings, new: NewUser, password: str) -> str:
    engine = make_engine(application_url(settings), pool_size=1)
    try:
        async with transaction(engine) as connection:
            return await create_user(connection, new.username, new.name, password, new.roles, new.extension)
    finally:
        await engine.dispose()
