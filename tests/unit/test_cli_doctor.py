"""Each thing that the doctor may find wrong: what it says it saw, and the next step."""

import os
import socket
import stat
import subprocess
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from api.cli import doctor
from api.cli.backup import result
from api.cli.backup.rules import name_of
from api.cli.doctor import backups, database, machine, processes, switch
from api.cli.doctor.database import Beat, Facts, Lease
from api.cli.doctor.finding import Finding
from api.cli.doctor.processes import Holder
from dialer.machine import Paths, keep_ports, keep_secrets
from dialer.settings import Settings
from dialer.store.migrate import revisions

NOW = datetime(2026, 3, 31, 10, tzinfo=UTC)
ONE = Settings()


def facts(**more: Any) -> Facts:
    """A database in which all is well."""
    made = Facts(clock=NOW, asked_at=NOW, schema=revisions()[0], is_own_role=True)
    made.rights = {(name, right): True for name, rights in database.MUST.items() for right in rights}
    made.rights |= {(name, right): False for name, rights in database.MUST_NOT.items() for right in rights}
    made.rights["attempts", "UPDATE"] = True
    made.beats = {
        "node-1": Beat(0.5, {"dialing": True, "recorder": {"ok": True}}),
        "worker:node-1": Beat(0.5, {"backlog": 0, "failed": 0, "orphans": 0}),
    }
    made.lease = Lease("host:1", 4.0)
    for name, value in more.items():
        setattr(made, name, value)
    return made


def asterisk(**more: Any) -> switch.Look:
    """An Asterisk with which all is well."""
    good = {
        "ready": True,
        "version": "22.10.1",
        "is_good": True,
        "oldest": "22.10.1",
        "endpoints": {"practice": "online"},
    }
    return switch.NOT_ASKED | good | more


def says(finding: Finding, *words: str) -> None:
    """Ill, and with these words in what was seen or to do."""
    assert not finding.ok and finding.todo, finding
    missing = [word for word in words if word not in f"{finding.seen} -> {finding.todo}"]
    assert not missing, (missing, finding)


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    made = Paths(tmp_path)
    keep_secrets(made)
    keep_ports(made)
    made.spool.mkdir()
    return made


# -- the machine --------------------------------------------------------------------------------------------------


def test_a_zone_that_nobody_knows() -> None:
    says(machine.zone("Asia/Atlantis"), "'Asia/Atlantis' is no time zone", "TIANZHOU_ZONE")
    assert machine.zone("Asia/Shanghai").ok


def test_secrets_that_others_may_read(paths: Paths) -> None:
    assert machine.secrets(paths).ok
    paths.secrets_file.chmod(0o640)
    says(machine.secrets(paths), "others may read", f"chmod 600 {paths.secrets_file}")
    paths.secrets_file.unlink()
    says(machine.secrets(paths), "never set up", "tianzhou up")


def test_a_disk_that_is_full_or_out_of_entries(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert machine.disk("disk_spool", tmp_path / "not yet there", 1, "").ok
    says(
        machine.disk("disk_spool", tmp_path, 1 << 40, "nothing is dialed"),
        "are free",
        "nothing is dialed",
        "Make room",
    )
    few = SimpleNamespace(f_files=1000, f_favail=1, f_bavail=1 << 40, f_frsize=1)
    monkeypatch.setattr(os, "statvfs", lambda _: few)
    says(machine.disk("disk_spool", tmp_path, 1, ""), "1 of 1000 file entries", "Delete small files")


@pytest.mark.parametrize(("word", "ok"), [("yes", True), ("no", False), ("", True)])
def test_a_clock_that_nobody_keeps(word: str, ok: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "NTP", ("echo", word))
    assert machine.ntp().ok is ok
    if not ok:
        says(machine.ntp(), "not synchronised", "timedatectl set-ntp true")


def test_a_system_that_does_not_tell_of_its_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(machine, "NTP", ("/no/such/program",))
    assert machine.ntp().ok


# -- the database -------------------------------------------------------------------------------------------------


def found(seen: Facts, part: str, settings: Settings = ONE) -> Finding:
    everything = database.examine(seen, settings, Paths(Path("/srv/var")), NOW)
    return next(finding for finding in everything if finding.part == part)


def test_all_is_well_with_the_database() -> None:
    assert all(finding.ok for finding in database.examine(facts(), ONE, Paths(Path("/srv/var")), NOW))


def test_a_database_that_is_away_and_all_that_hangs_on_it() -> None:
    away = Facts(why="does not answer (ConnectionRefusedError)", todo="Start it.")
    says(found(away, "postgres"), "does not answer", "Start it.")
    for part in ("schema", "rights", "lease", "dialer", "worker"):
        says(found(away, part), "not known", "Mend that first")


@pytest.mark.parametrize(
    ("schema", "words"),
    [
        (None, ("empty", "it migrates")),
        ("0001", ("migration 0001", "is the newest", "Restart")),
        ("9999", ("newer than this program", "Install the version")),
    ],
)
def test_a_schema_of_another_version(schema: str | None, words: tuple[str, ...]) -> None:
    says(found(facts(schema=schema), "schema"), *words)


def test_rights_that_are_missing_or_too_many() -> None:
    seen = facts()
    seen.rights["ledger", "INSERT"] = False
    says(found(seen, "rights"), "may not insert ledger", "tianzhou up")
    seen = facts()
    seen.rights["ledger", "DELETE"] = True
    says(found(seen, "rights"), "may delete ledger: evidence could be changed", "takes these rights away")
    seen.is_own_role = False
    assert found(seen, "rights").ok


@pytest.mark.parametrize(
    ("database_s", "newest_s", "words"),
    [
        (0, -5, ()),
        (0, None, ()),
        (None, None, ()),
        (30, -5, ("30.0 s away", "timedatectl")),
        (0, 60, ("behind the ledger's newest", "timedatectl")),
    ],
)
def test_the_clock_is_compared_with_database_and_ledger(
    database_s: float | None, newest_s: float | None, words: tuple[str, ...]
) -> None:
    def at(seconds: float | None) -> datetime | None:
        return None if seconds is None else NOW + timedelta(seconds=seconds)

    finding = database.clock(at(database_s), at(newest_s), NOW)
    says(finding, *words) if words else None
    assert finding.ok is not bool(words)


@pytest.mark.parametrize(
    ("lease", "words"),
    [
        (None, ("nobody ever ran node-1", "tianzhou up")),
        (Lease("host:7", -90.0), ("nobody runs node-1", "host:7, 90 s ago", "tianzhou up")),
    ],
)
def test_a_node_that_nobody_runs(lease: Lease | None, words: tuple[str, ...]) -> None:
    says(found(facts(lease=lease), "lease"), *words)


@pytest.mark.parametrize(
    ("part", "name", "beat", "words"),
    [
        ("dialer", "node-1", None, ("no heartbeat of node-1", "dialer.log")),
        ("dialer", "node-1", Beat(99.0, {}), ("99 s old", "dialer.log")),
        ("dialer", "node-1", Beat(1.0, {"dialing": False, "why": ["12 MB free"]}), ("does not dial: 12 MB free",)),
        ("worker", "worker:node-1", None, ("no heartbeat of worker:node-1", "worker.log")),
        ("worker", "worker:node-1", Beat(1.0, {"failed": 2}), ("2 calls could not be sealed", "settle_failed")),
        ("worker", "worker:node-1", Beat(1.0, {"orphans": 3}), ("3 calls' files", "tianzhou verify")),
    ],
)
def test_a_process_that_is_dead_or_in_trouble(
    part: str, name: str, beat: Beat | None, words: tuple[str, ...]
) -> None:
    seen = facts()
    seen.beats = {key: value for key, value in seen.beats.items() if key != name} | ({name: beat} if beat else {})
    says(found(seen, part), *words)


# -- Asterisk -----------------------------------------------------------------------------------------------------


def test_all_is_well_with_asterisk(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "service_user", paths.spool.owner)
    findings = list(switch.examine(asterisk(), facts(), ONE, paths))
    assert all(finding.ok for finding in findings), findings


def test_an_asterisk_that_is_missing_or_too_old() -> None:
    says(switch.version(asterisk(version=None)), "no Asterisk was found", "make asterisk")
    old = asterisk(version="22.1.0", is_good=False)
    says(switch.version(old), "22.1.0 has known holes", "22.10.1 is the oldest", "make asterisk")


def test_an_asterisk_that_does_not_run_hides_what_hangs_on_it(paths: Paths) -> None:
    away = switch.NOT_ASKED | {"why": "ARI does not answer (ConnectError)"}
    says(switch.program(away, paths), "ARI does not answer", "asterisk.log")
    for finding in (switch.modules(away, paths), switch.trunks(away, ONE), switch.phones(away, facts())):
        says(finding, "not known", "Mend asterisk first")
    says(switch.recorder(away, facts(), ONE, paths), "not known", "Mend asterisk and dialer first")


def test_modules_that_did_not_load(paths: Paths) -> None:
    seen = asterisk(missing=["app_mixmonitor.so", "cdr_csv.so"])
    says(switch.modules(seen, paths), "app_mixmonitor.so, cdr_csv.so", "log/messages")
    says(switch.recorder(seen, facts(), ONE, paths), "MixMonitor is not loaded", "none is dialed", "log/messages")


def test_a_recorder_that_the_dialer_does_not_trust(paths: Paths) -> None:
    seen = facts()
    seen.beats["node-1"] = Beat(1.0, {"recorder": {"ok": False, "why": "the spool cannot be written: No space left"}})
    says(switch.recorder(asterisk(), seen, ONE, paths), "No space left", "Mend the spool folder")


@pytest.mark.parametrize(
    ("endpoints", "words"),
    [
        ({}, ("has no trunk practice", "TIANZHOU_TRUNKS")),
        ({"practice": "offline"}, ("practice is offline", "carrier")),
    ],
)
def test_a_trunk_that_is_unknown_or_away(endpoints: dict[str, str], words: tuple[str, ...]) -> None:
    says(switch.trunks(asterisk(endpoints=endpoints), ONE), *words)


def test_an_agent_at_work_without_a_phone() -> None:
    seen = asterisk(endpoints={"practice": "online", "1001": "online", "1002": "offline"})
    assert switch.phones(seen, facts(phones={"1001"})).ok
    says(
        switch.phones(seen, facts(phones={"1001", "1002"})),
        "without a registered phone: 1002",
        "Switch these phones on",
    )


def test_the_spool_must_belong_to_the_service_user(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(switch, "service_user", lambda: "somebody-else")
    says(switch.spool(paths), "not writable by somebody-else", "chown -R somebody-else")
    read_only = SimpleNamespace(f_flag=os.ST_RDONLY)
    monkeypatch.setattr(os, "statvfs", lambda _: read_only)
    says(switch.spool(paths), "read-only", "Mount it writable")
    paths.spool.chmod(stat.S_IRWXU)
    paths.spool.rmdir()
    says(switch.spool(paths), "is missing", "tianzhou up")


def test_an_asterisk_that_hangs_is_waited_for_no_longer_than_a_few_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(*_: object, **__: object) -> None:
        raise subprocess.TimeoutExpired("look", switch.TIMEOUT_S)

    monkeypatch.setattr(subprocess, "run", hang)
    assert switch.look(ONE)["why"] == "it does not answer in time"


# -- programs -----------------------------------------------------------------------------------------------------


def test_programs_that_do_not_keep_running(paths: Paths) -> None:
    seen = {"api": {"statename": "FATAL"}, "worker": {"statename": "RUNNING"}}
    says(processes.running(seen, facts(), ONE, paths), "api is FATAL", "log/api.log")
    says(processes.running(None, Facts(), ONE, paths), "does not run", "tianzhou up")
    assert processes.running(None, facts(), ONE, paths).ok  # each was started alone
    assert processes.running({"api": {"statename": "RUNNING"}}, facts(), ONE, paths).ok


def test_a_port_that_another_program_has() -> None:
    wanted = {"http": 8000, "sip": 20_000}
    nginx, ours, hidden = Holder(7, "nginx", False), Holder(8, "python", True), Holder(None, "", False)
    says(processes.ports(wanted, {8000: nginx}, True), "port 8000 (http) is taken by nginx (process 7)", "End that")
    says(processes.ports(wanted, {20_000: hidden}, False), "port 20000 (sip)", "another user's program")
    assert processes.ports(wanted, {8000: ours, 20_000: hidden}, True).ok
    says(processes.ports({}, {}, False), "none were chosen", "tianzhou up")


def test_listeners_are_told_apart_by_their_data_folder(paths: Paths, tmp_path: Path) -> None:
    script = (
        "import socket; s = socket.create_server(('127.0.0.1', 0)); print(s.getsockname()[1], flush=True); input()"
    )
    for folder, ours in ((paths.root, True), (tmp_path / "other", False)):
        env = os.environ | {"TIANZHOU_DATA_DIR": str(folder)}
        pipe = subprocess.PIPE
        with subprocess.Popen(["python3", "-c", script], env=env, stdin=pipe, stdout=pipe, text=True) as program:
            assert program.stdout is not None
            port = int(program.stdout.readline())
            assert processes.listeners(paths)[port] == Holder(program.pid, "python3", ours)
            program.communicate("\n")


def test_an_api_that_does_not_answer(paths: Paths, tmp_path: Path) -> None:
    kept = keep_ports(paths)
    says(processes.api(Settings(data_dir=paths.root), paths), f":{kept.http} does not answer", "log/api.log")
    empty = tmp_path / "empty"
    says(processes.api(Settings(data_dir=empty), Paths(empty)), "never set up", "tianzhou up")


def test_a_console_that_was_not_built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FILES", tmp_path)
    says(processes.console(), "not built", "make web")
    (tmp_path / "index.html").touch()
    assert processes.console().ok


# -- backups ------------------------------------------------------------------------------------------------------


def aged(paths: Paths, hours: float, backup_hours: float | None = None) -> Settings:
    """An installation that old, with a newest backup that old."""
    began = (NOW - timedelta(hours=hours)).timestamp()
    os.utime(paths.secrets_file, (began, began))
    if backup_hours is not None:
        (paths.root / "backup" / name_of(NOW - timedelta(hours=backup_hours))).mkdir(parents=True)
    return Settings(data_dir=paths.root)


def test_the_age_of_the_newest_backup(paths: Paths) -> None:
    assert backups.examine(aged(paths, 1), NOW).seen == "none yet, the next is due 2026-04-01 02:30"
    says(backups.examine(aged(paths, 27), NOW), "there is none", "tianzhou backup")
    assert "16 h old" in backups.examine(aged(paths, 400, 16), NOW).seen


def test_a_backup_that_is_too_old_or_failed_or_lacks_something(paths: Paths) -> None:
    here = aged(paths, 400, 30)
    result.note(paths, result.Result("2026-03-31T01:00:00Z", "", "12 MB are free"))
    says(backups.examine(here, NOW), "30 h old", "12 MB are free", "tianzhou backup")
    here = aged(paths, 400, 2)
    says(backups.examine(here, NOW), "the newest lacks something", "12 MB are free")


def test_a_backup_time_that_is_none(paths: Paths) -> None:
    says(backups.examine(Settings(data_dir=paths.root, backup_at="at night"), NOW), "'at night'", "02:30")
    assert backups.examine(Settings(data_dir=paths.root, backup_at=""), NOW).ok
    (paths.secrets_file).unlink()
    assert backups.examine(Settings(data_dir=paths.root), NOW).ok


# -- all of it ----------------------------------------------------------------------------------------------------


def test_with_everything_dead_it_takes_seconds_and_names_every_part(paths: Paths) -> None:
    """A database that takes connections and never says a word is the slowest death there is."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"postgresql+asyncpg://a:b@127.0.0.1:{silent.getsockname()[1]}/x"
        began = time.monotonic()
        findings = list(doctor.examine(Settings(data_dir=paths.root, database_url=url)))
        took_s = time.monotonic() - began
    assert took_s < 10
    parts = [finding.part for finding in findings]
    assert len(parts) == len(set(parts)) and {"postgres", "asterisk", "api", "backup", "ports"} <= set(parts)
    assert all(finding.ok or finding.todo for finding in findings)
    says(next(finding for finding in findings if finding.part == "postgres"), "does not answer in time")


def test_it_works_where_nothing_was_ever_set_up(tmp_path: Path) -> None:
    findings = list(doctor.examine(Settings(data_dir=tmp_path / "never")))
    assert not (tmp_path / "never").exists()
    assert all(finding.ok or finding.todo for finding in findings)
