"""The command `tianzhou`: reads what is asked and starts it; the work lies in the modules beside this one."""

import os
import sys
from pathlib import Path
from typing import Annotated

import typer

from api.auth.roles import Role
from api.cli.backup.command import run_backup, run_restore
from api.cli.doctor import run as run_doctor
from api.cli.errors import CliError
from api.cli.evidence import run as run_evidence_export
from api.cli.manager import needs
from api.cli.self_test import run as run_self_test
from api.cli.simulate import Asked
from api.cli.simulate import run as run_simulation
from api.cli.up import run as run_installation
from api.cli.user import NewUser
from api.cli.user import run as run_user_add
from api.cli.user import run_list as run_user_list
from api.cli.user import run_password as run_user_password
from api.cli.verify import run as run_verify
from dialer.account import AccountError, as_service_user, make_service_user
from dialer.machine import Paths
from dialer.settings import settings

app = typer.Typer(
    help="Outbound call centre on Asterisk: every call recorded, without exception.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
user = typer.Typer(help="People who may log in.", no_args_is_help=True)
app.add_typer(user, name="user")
evidence = typer.Typer(help="What proves a call.", no_args_is_help=True)
app.add_typer(evidence, name="evidence")
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document for a script.")]


def main() -> None:
    """The entry point; an error a person can act on is one sentence on stderr and exit code 1."""
    try:
        app()
    except (CliError, AccountError) as error:
        print(error, file=sys.stderr)
        sys.exit(1)


@app.command()
def up(
    practice: Annotated[bool, typer.Option(help="With the practice floor: a carrier and agents to try.")] = False,
) -> None:
    """Start everything and keep it running; Ctrl-C stops all of it cleanly."""
    raise typer.Exit(run_installation(settings(), practice))


@app.command()
def dialer() -> None:
    """Run only the dialer process of this node."""
    _become("ari_bridge.main")


@app.command()
def api() -> None:
    """Run only the HTTP api."""
    _become("api.main")


@app.command()
def worker() -> None:
    """Run only the recordings worker."""
    _become("recordings.main")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Look at every part; exit code 1 when one has a problem, with what to do about it."""
    raise typer.Exit(run_doctor(settings(), as_json))


@app.command()
def verify(
    day: Annotated[str, typer.Option(help="YYYY-MM-DD in the centre's zone; empty = everything.")] = "",
    call: Annotated[str, typer.Option(help="The id of one call.")] = "",
    checkpoints: Annotated[
        list[Path] | None, typer.Option(help="A file of checkpoints kept elsewhere; may be given several times.")
    ] = None,
    deep: Annotated[bool, typer.Option("--deep", help="Decode every recording, not only hash it.")] = False,
    as_json: AsJson = False,
) -> None:
    """Compare ledger, recordings and Asterisk's call records; exit code 0 whole, 1 not, 2 not comparable."""
    raise typer.Exit(run_verify(settings(), day, call, as_json, checkpoints or (), deep))


@app.command("self-test")
def self_test(as_json: AsJson = False) -> None:
    """Let a test call go through the recorder now; exit code 1 when it does not come through."""
    raise typer.Exit(run_self_test(settings(), as_json))


@app.command()
def simulate(  # noqa: PLR0913, PLR0917 - Typer reads the options from the signature
    agents: Annotated[int, typer.Option(help="Agents who work the day.")] = 20,
    answer: Annotated[float, typer.Option(help="Percent of calls that a person answers.")] = 30,
    hours: Annotated[float, typer.Option(help="Length of a day.")] = 8,
    days: Annotated[int, typer.Option(help="How many days.")] = 3,
    seed: Annotated[int, typer.Option(help="The first day's number: the same number is the same day.")] = 1,
    target: Annotated[float, typer.Option(help="Percent of answered calls that may be abandoned.")] = 3,
    talk: Annotated[float, typer.Option(help="Mean talk in seconds.")] = 120,
    wrap: Annotated[float, typer.Option(help="Mean wrap-up in seconds.")] = 20,
    pace: Annotated[list[str] | None, typer.Option(help="A way to pace; may be given several times.")] = None,
    as_json: AsJson = False,
) -> None:
    """Simulate days of a floor and compare ways to pace it; a day of 20 agents takes some 20 seconds."""
    run_simulation(Asked(agents, answer, hours, days, seed, target, talk, wrap, tuple(pace or ())), as_json)


@app.command()
def backup(
    to: Annotated[str, typer.Option(help="A folder of backups; empty = TIANZHOU_BACKUP_DIR.")] = "",
    as_json: AsJson = False,
) -> None:
    """Back up everything while it works: database, keys, settings, call records, recordings."""
    raise typer.Exit(run_backup(settings(), to, as_json))


@app.command()
def restore(
    backup: Annotated[str, typer.Argument(help="The folder of one backup.")], as_json: AsJson = False
) -> None:
    """Put a backup into an empty data folder (TIANZHOU_DATA_DIR); `up` goes on from there."""
    raise typer.Exit(run_restore(settings(), backup, as_json))


@evidence.command("export")
def evidence_export(
    call: Annotated[str, typer.Argument(help="The id of the call.")],
    to: Annotated[Path, typer.Option("-o", "--to", help="The zip to write.")],
    why: Annotated[str, typer.Option(help="Why it is taken away; it stands in the ledger.")] = "",
) -> None:
    """Write a zip that proves one call to anybody, offline; it holds the whole number."""
    run_evidence_export(settings(), call, to, why)


@user.command("add")
def user_add(
    username: str,
    role: Annotated[list[Role], typer.Option(help="May be given several times.")],
    name: Annotated[str, typer.Option(help="The person's name; empty = the username.")] = "",
    extension: Annotated[str, typer.Option(help="The phone of an agent, for example 1001.")] = "",
    as_json: AsJson = False,
) -> None:
    """Add a person; on a terminal the password is asked for, otherwise one is made and printed once."""
    run_user_add(settings(), NewUser(username, name or username, tuple(role), extension or None), as_json)


@user.command("list")
def user_list(as_json: AsJson = False) -> None:
    """Everybody who has an account, with the roles."""
    run_user_list(settings(), as_json)


@user.command("password")
def user_password(username: str, as_json: AsJson = False) -> None:
    """Give a person a new password; it ends all sessions and a lock-out."""
    run_user_password(settings(), username, as_json)


def _become(module: str) -> None:
    """Replaces this process by a module of ours, under the service user when we are root."""
    argv = [sys.executable, "-m", module]
    os.environ["TIANZHOU_DATA_DIR"] = str(settings().root)
    if os.geteuid() == 0:
        make_service_user()
        argv = as_service_user(argv, *needs(Paths(settings().root)), death_signal="clear")
    os.execvp(argv[0], argv)  # noqa: S606 - a fixed command, no shell


if __name__ == "__main__":
    main()
