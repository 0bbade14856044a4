"""Starting and stopping as decided from data: order, configuration, lock, requests to stop, ports."""

import configparser
import shlex
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from api.cli.errors import Interrupted, UpError
from api.cli.leftovers import Lock
from api.cli.manager import SOCKET_PATH_LIMIT, configuration, environment, socket_file
from api.cli.programs import PROGRAMS, STOP_ORDER, chosen
from api.cli.stack import StopRequest
from dialer.machine import RTP_SPAN, MachineError, Paths, keep_ports, refresh_ports


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    return Paths(tmp_path / "var")


@pytest.fixture
def somebody_listening() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_every_program_has_its_place_in_the_stop() -> None:
    assert sorted(STOP_ORDER) == sorted(program.name for program in PROGRAMS)


def test_the_worker_outlives_asterisk_and_the_database_outlives_all() -> None:
    assert STOP_ORDER.index("asterisk") < STOP_ORDER.index("worker")
    assert STOP_ORDER[-1] == "postgres"
    assert PROGRAMS[0].name == "postgres"


def test_without_practice_and_with_ones_own_database_less_is_started() -> None:
    names = [program.name for program in chosen(practice=False, embedded=False)]
    assert names == ["asterisk", "dialer", "worker", "api", "numbers", "backup"]


def test_the_dialer_is_given_the_time_that_its_calls_are_given() -> None:
    waits = [{p.name: p.stop_wait_s for p in chosen(True, True, drain_s=drain_s)} for drain_s in (0, 59.5)]
    assert waits[1] == waits[0] | {"dialer": waits[0]["dialer"] + 60}


def test_the_configuration_is_read_back_as_meant(tmp_path: Path) -> None:
    paths = Paths(tmp_path / "a folder at 100 %")
    parser = configparser.ConfigParser()
    parser.read_string(configuration(paths, chosen(practice=True, embedded=True)))
    carrier = parser["program:carrier"]
    assert shlex.split(carrier["command"])[-4:] == ["-m", "ari_bridge.node", "exec", "carrier"]
    assert (carrier["autostart"], carrier["autorestart"]) == ("false", "true")
    assert carrier["stdout_logfile"] == str(paths.log / "carrier.log")
    assert parser["program:postgres"]["stopsignal"] == "INT"
    assert "inet_http_server" not in parser


def test_supervisord_alone_would_stop_in_the_same_order(paths: Paths) -> None:
    parser = configparser.ConfigParser()
    parser.read_string(configuration(paths, list(PROGRAMS)))
    by_priority = sorted(STOP_ORDER, key=lambda name: -parser.getint(f"program:{name}", "priority"))
    assert by_priority == list(STOP_ORDER)


def test_a_long_data_folder_gets_a_short_socket() -> None:
    deep = Paths(Path("/") / "/".join(["a-long-folder-name"] * 8))
    assert not socket_file(deep).is_relative_to(deep.root)
    assert socket_file(deep) != socket_file(Paths(deep.root / "other"))
    short = Paths(Path("/srv/var"))
    assert socket_file(short).is_relative_to(short.root)
    assert len(str(socket_file(short))) <= SOCKET_PATH_LIMIT


def test_programs_get_the_absolute_data_folder(paths: Paths, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TIANZHOU_DATA_DIR", "var")
    monkeypatch.setenv("TIANZHOU_NODE", "node-7")
    made = environment(paths, practice=True)
    assert made["TIANZHOU_DATA_DIR"] == str(paths.root)
    assert (made["TIANZHOU_NODE"], made["TIANZHOU_PRACTICE"]) == ("node-7", "true")


def test_a_second_start_on_one_data_folder_is_refused(tmp_path: Path) -> None:
    with Lock(tmp_path / "lock") as first, Lock(tmp_path / "lock") as second:
        first.take()
        with pytest.raises(UpError, match="already running"):
            second.take()
    with Lock(tmp_path / "lock") as third:
        third.take()


def test_a_stop_request_is_told_once_more_when_repeated() -> None:
    stop = StopRequest()
    stop.check()
    stop.note()
    assert stop.requested and not stop.asked_again()
    stop.note()
    assert stop.asked_again() and not stop.asked_again()
    with pytest.raises(Interrupted):
        stop.check()


def test_the_watch_waits_its_time_and_not_a_moment_longer_than_a_stop_request() -> None:
    stop = StopRequest()
    stop.wait(0.01)
    assert not stop.requested
    stop.note()
    began = time.monotonic()
    stop.wait(60)
    assert time.monotonic() - began < 1


def test_kept_ports_that_are_free_stay(paths: Paths) -> None:
    kept = keep_ports(paths)
    assert refresh_ports(paths) == (kept, [])


def test_no_port_lies_in_an_rtp_block(tmp_path: Path) -> None:
    for n in range(50):
        ports = keep_ports(Paths(tmp_path / str(n)))
        singles = {ports.http, ports.sip, ports.ari, ports.ami, ports.carrier_sip, ports.carrier_ari}
        blocks = [range(first, first + RTP_SPAN) for first in (ports.rtp, ports.carrier_rtp)]
        assert len(singles) == 6 and not [port for port in singles for block in blocks if port in block]
        assert ports.rtp != ports.carrier_rtp


def test_a_kept_port_taken_meanwhile_is_replaced_and_said(paths: Paths, somebody_listening: int) -> None:
    kept = keep_ports(paths, http=somebody_listening)
    ports, moved = refresh_ports(paths)
    assert ports.http != somebody_listening
    assert ports.sip == kept.sip
    assert len(moved) == 1 and str(somebody_listening) in moved[0]
    assert refresh_ports(paths) == (ports, [])


def test_a_port_asked_for_by_name_is_never_replaced(paths: Paths, somebody_listening: int) -> None:
    with pytest.raises(MachineError, match="TIANZHOU_HTTP_PORT"):
        refresh_ports(paths, http=somebody_listening)
