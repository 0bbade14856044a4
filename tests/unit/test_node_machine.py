"""Folders, mirrors, wrappers, ports: what a node decides without starting anything."""

import json
import socket
from pathlib import Path

import numpy as np
import pytest

from ari_bridge import agi_abandon
from ari_bridge.node.agi import wrapper_text
from ari_bridge.node.apt import advice, first_mirror
from ari_bridge.node.errors import BadDataDir, PortTaken
from ari_bridge.node.launch import check_ports
from ari_bridge.node.layout import SOCKET_PATH_LIMIT, check_root, make_run_dir, run_dir
from ari_bridge.node.script import SCRIPT
from ari_bridge.node.sounds import TELEPHONE_HZ, to_telephone
from ari_bridge.node.toolbox import loader_argv, triplet
from dialer.machine import Paths, Ports


def test_the_first_mirror_of_debian_itself_is_taken() -> None:
    lines = [
        "'http://packages.example/apt/dists/stable/InRelease' x 0",
        "'http://mirror.example/debian-security/dists/bookworm-security/InRelease' x 0",
        "'http://mirror.example/debian/dists/bookworm/InRelease' x 0",
    ]
    assert first_mirror(lines) == "http://mirror.example/debian"
    assert first_mirror(lines[:2]) is None


@pytest.mark.parametrize(
    ("output", "meaning"),
    [
        ("E: Release file for x is expired (invalid since 3d)", "TIANZHOU_APT_CHECK_VALID_UNTIL"),
        ("Err: Could not resolve 'x'", "cannot be reached"),
        ("E: Unable to locate package asterisk", "no Asterisk"),
        ("E: something new\n", "something new"),
        ("", "without a word"),
    ],
)
def test_advice_says_what_to_do(output: str, meaning: str) -> None:
    assert meaning in advice(output)


@pytest.mark.parametrize("name", ["a,b", "a;b", "a${b}", "a&b", "a(b)", "a\nb"])
def test_a_folder_that_asterisk_would_misread_is_refused(name: str) -> None:
    with pytest.raises(BadDataDir):
        check_root(Path("/data") / name)


def test_an_ordinary_folder_is_taken() -> None:
    check_root(Path("/data/my calls-2_0.1"))


@pytest.mark.parametrize("length", [10, 200])
def test_the_control_socket_always_fits(length: int, tmp_path: Path) -> None:
    paths = Paths(tmp_path / ("x" * length))
    folder = make_run_dir(paths, "main")
    assert len(str(folder / "asterisk.ctl")) <= SOCKET_PATH_LIMIT
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder != run_dir(paths, "carrier")
    folder.rmdir()


def test_a_long_path_of_another_installation_has_another_folder(tmp_path: Path) -> None:
    long = "x" * 200
    assert run_dir(Paths(tmp_path / "a" / long), "main") != run_dir(Paths(tmp_path / "b" / long), "main")


def test_programs_start_through_their_own_loader(tmp_path: Path) -> None:
    argv = loader_argv(tmp_path, "sipp")
    assert argv[0].startswith(str(tmp_path / "usr/lib" / triplet() / "ld-linux"))
    assert argv[-1] == str(tmp_path / "usr/bin/sipp")


def test_a_taken_port_is_named() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        with pytest.raises(PortTaken, match=f"Port {port}.*SIP of carrier"):
            check_ports("carrier", Ports(1, 2, 3, 4, 5, port, 7, 8))


def test_the_wrapper_quotes_odd_paths() -> None:
    text = wrapper_text("/py thon", Path("/re'po"), Path("/out"))
    assert text.splitlines()[1].startswith("exec '/py thon' -E -P ")
    assert text.endswith('/out "$@" 2>/dev/null\n')


def test_the_telephone_loses_what_it_cannot_carry() -> None:
    rate, seconds = 22_050, 1.0
    at = np.arange(int(rate * seconds)) / rate
    both = np.sin(2 * np.pi * 1_000 * at) + np.sin(2 * np.pi * 5_000 * at)
    heard = to_telephone(both, rate)
    spectrum = np.abs(np.fft.rfft(heard))
    assert abs(len(heard) - TELEPHONE_HZ) <= 1
    assert int(spectrum.argmax()) == 1_000
    assert spectrum[3_000] < spectrum.max() / 200  # 5 kHz would fold to 3 kHz


def test_chinese_is_written_in_pinyin() -> None:
    lines = [line for said in SCRIPT.values() for line in said]
    assert all(line.voice.startswith("cmn-latn-pinyin") or line.text.isascii() for line in lines)
    assert not [line for line in lines if any("\u4e00" <= char <= "\u9fff" for char in line.text)]


def test_an_opt_out_is_one_line(tmp_path: Path) -> None:
    outbox = tmp_path / "optout.jsonl"
    agi_abandon.keep_opt_out(outbox, "first")
    agi_abandon.keep_opt_out(outbox, "second")
    assert [json.loads(line)["call"] for line in outbox.read_text().splitlines()] == ["first", "second"]
    assert outbox.stat().st_mode & 0o777 == 0o600


def test_only_an_existing_sound_is_a_prompt(tmp_path: Path) -> None:
    (tmp_path / "abandon.wav").touch()
    assert agi_abandon.is_prompt(tmp_path / "abandon")
    assert not agi_abandon.is_prompt(tmp_path / "other")
    assert not agi_abandon.is_prompt(Path("abandon"))
    assert not agi_abandon.is_prompt(tmp_path / 'a"b')
