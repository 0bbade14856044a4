"""The configuration files: complete, secret where they must be, and safe by the house's rules."""

import re
import stat
import warnings
from pathlib import Path

import pytest
from asterisk.config import Config

from ari_bridge.node.errors import TemplateError
from ari_bridge.node.layout import ROLES, Role
from ari_bridge.node.render import fill, render, rendered, values_of
from ari_bridge.node.toolbox import Toolbox
from dialer.machine import Paths, Ports, Secrets

PORTS = Ports(8000, 10001, 10002, 10003, 11000, 10004, 10005, 12000)
SECRETS = Secrets("ari-word", "eyes-word", "pause-word", "carrier-word", {"1001": "one-word", "1002": "two-word"})
FORBIDDEN = (
    "app_system",
    "app_originate",
    "app_externalivr",
    "func_shell",
    "func_curl",
    "func_env",
    "res_stir_shaken",
)


def files(role: Role, root: Path) -> dict[str, str]:
    paths = Paths(root)
    tools = Toolbox(None, root / "modules", root / "data")
    return dict(
        rendered(role, values_of(role, paths, PORTS, SECRETS, tools), SECRETS.phones if role == "carrier" else {})
    )


def write(role: Role, root: Path) -> Path:
    paths = Paths(root)
    render(role, paths, values_of(role, paths, PORTS, SECRETS, Toolbox(None, root, root)), SECRETS.phones)
    return paths.asterisk(role) / "etc"


def test_fill_leaves_asterisk_alone() -> None:
    assert fill("@{a} ${UNIQUEID} x@y a@@b @", {"a": "1"}) == "1 ${UNIQUEID} x@y a@@b @"


@pytest.mark.parametrize("text", ["@{nobody}", "@{Bad}", "@{"])
def test_an_unknown_name_is_a_fault(text: str) -> None:
    with pytest.raises(TemplateError):
        fill(text, {"a": "1"})


@pytest.mark.parametrize("role", ROLES)
def test_no_placeholder_stays(role: Role, tmp_path: Path) -> None:
    made = files(role, tmp_path)
    assert {"asterisk.conf", "pjsip.conf", "extensions.conf", "modules.conf", "manager.conf"} <= set(made)
    assert not [name for name, text in made.items() if "@{" in text]


@pytest.mark.parametrize("role", ROLES)
def test_everything_listens_on_this_machine_only(role: Role, tmp_path: Path) -> None:
    for name, text in files(role, tmp_path).items():
        for address in re.findall(r"^bind(?:addr)?\s*=\s*([\d.]+)", text, re.MULTILINE):
            assert address == "127.0.0.1", name


@pytest.mark.parametrize("role", ROLES)
def test_no_module_that_starts_a_program_or_a_dial_by_itself(role: Role, tmp_path: Path) -> None:
    text = files(role, tmp_path)["modules.conf"]
    assert "autoload = no" in text
    assert not [name for name in FORBIDDEN if f"{name}.so" in text]


def test_the_carrier_can_dial_nothing(tmp_path: Path) -> None:
    made = files("carrier", tmp_path)
    assert "app_dial" not in made["modules.conf"] and "Dial(" not in made["extensions.conf"]


def test_files_with_secrets_are_for_their_owner_only(tmp_path: Path) -> None:
    words = ("ari-word", "eyes-word", "pause-word", "carrier-word", "one-word", "two-word")
    for role in ROLES:
        for file in write(role, tmp_path).iterdir():
            if any(word in file.read_text() for word in words):
                assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name


def test_rendering_twice_changes_nothing(tmp_path: Path) -> None:
    etc = write("main", tmp_path)
    before = {file.name: file.stat().st_mtime_ns for file in etc.iterdir()}
    write("main", tmp_path)
    assert before == {file.name: file.stat().st_mtime_ns for file in etc.iterdir()}


def items(file: Path, category: str) -> dict[str, str]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ResourceWarning)  # pyst2 leaves its file to the garbage collector
        found = next(one for one in Config(str(file)).categories if one.name == category)
    return {item.name: item.value.strip() for item in found.items}


def test_the_eyes_can_write_nothing(tmp_path: Path) -> None:
    eyes = items(write("main", tmp_path) / "manager.conf", "eyes")
    assert eyes["write"] == ""
    assert not {"all", "originate", "command", "config"} & set(eyes["read"].split(","))
    assert (eyes["deny"], eyes["permit"]) == ("0.0.0.0/0.0.0.0", "127.0.0.1/255.255.255.255")


def test_pause_sees_nothing_and_writes_calls_only(tmp_path: Path) -> None:
    pause = items(write("main", tmp_path) / "manager.conf", "pause")
    assert (pause["read"], pause["write"]) == ("", "call")


def test_asterisk_keeps_dangerous_functions_shut(tmp_path: Path) -> None:
    assert items(write("main", tmp_path) / "asterisk.conf", "options")["live_dangerously"] == "no"


def test_the_dialplan_has_no_wildcard_and_phones_dial_nothing(tmp_path: Path) -> None:
    text = files("main", tmp_path)["extensions.conf"]
    assert not re.search(r"^exten\s*=>?\s*_[^,]*[.!]", text, re.MULTILINE)
    assert "[tianzhou-phones]\n\n[tianzhou-inbound]" in text


def test_every_leg_file_is_named_by_the_attempt(tmp_path: Path) -> None:
    lines = [line for line in files("main", tmp_path)["extensions.conf"].splitlines() if "MixMonitor(," in line]
    assert len(lines) == 2
    assert all("r(${SPOOL}/${ATTEMPT}-customer.wav)t(${SPOOL}/${ATTEMPT}-agent.wav)" in line for line in lines)


def test_each_practice_phone_registers(tmp_path: Path) -> None:
    text = files("carrier", tmp_path)["pjsip_phones.conf"]
    assert [text.count(f"contact_user = {extension}\n") for extension in ("1001", "1002")] == [1, 1]
    assert "server_uri = sip:127.0.0.1:10001" in text
