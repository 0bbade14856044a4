"""Writes Asterisk's configuration files from the templates in `asterisk-conf/`: `@{name}` is a value of ours.

Asterisk's own `${NAME}` and every other `@` pass through untouched.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from string import Template

from ari_bridge.node.errors import TemplateError
from ari_bridge.node.layout import Role, make_run_dir, prompts_dir, run_dir
from ari_bridge.node.toolbox import Toolbox
from dialer.machine import RTP_SPAN, Paths, Ports, Secrets, shipped

TEMPLATES = shipped("asterisk-conf")
_SECRET = frozenset({"ari.conf", "manager.conf", "pjsip_phones.conf"})
_PHONE_PART = "phone.part"  # one practice phone; repeated into pjsip_phones.conf


class AtTemplate(Template):
    """A template whose values are written `@{name}`."""

    delimiter = "@"
    # the library's stub knows only the compiled form that the class itself makes of this string
    pattern = r"@\{(?:(?P<braced>[a-z_]+)\}|(?P<invalid>))|(?P<escaped>(?!))|(?P<named>(?!))"  # type: ignore[assignment]


def fill(text: str, values: Mapping[str, str]) -> str:
    """The template's text with every `@{name}` replaced. Raises TemplateError for a name without a value."""
    try:
        return AtTemplate(text).substitute(values)
    except (KeyError, ValueError) as error:
        raise TemplateError(f"A template of asterisk-conf asks for {error}, which nobody gives: fix it.") from error


def values_of(role: Role, paths: Paths, ports: Ports, secrets: Secrets, tools: Toolbox) -> dict[str, str]:
    """Everything the templates of this role may name."""
    home = paths.asterisk(role)
    folders = {name: str(home / name) for name in ("etc", "log", "lib", "keys", "agi")}
    where = {"modules": str(tools.modules), "data": str(tools.data), "run": str(run_dir(paths, role))}
    sounds = {"spool": str(paths.spool), "prompts": str(prompts_dir(paths)), "outbox": str(paths.outbox)}
    own = {"role": role, "astspool": str(home / "spool")}
    return folders | where | sounds | own | _numbers(role, ports) | _words(role, secrets)


def folders_of(role: Role, paths: Paths) -> list[Path]:
    """Every folder Asterisk needs and does not make itself."""
    home = paths.asterisk(role)
    below = ("etc", "log/cdr-csv", "spool/recording", "lib", "keys/keys", "agi")
    return [*(home / name for name in below), paths.spool, paths.outbox]


def render(role: Role, paths: Paths, values: Mapping[str, str], phones: Mapping[str, str]) -> None:
    """Makes the folders and writes every file of this role; files with secrets for their owner only."""
    for folder in folders_of(role, paths):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    make_run_dir(paths, role)
    for name, text in rendered(role, values, phones):
        _write(paths.asterisk(role) / "etc" / name, text, 0o600 if name in _SECRET else 0o644)


def rendered(role: Role, values: Mapping[str, str], phones: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Each file's name and text; the role's own template wins over the common one."""
    sources = {path.name: path for folder in ("common", role) for path in (TEMPLATES / folder).glob("*.conf")}
    for name, path in sorted(sources.items()):
        yield name, fill(path.read_text(), values)
    part = TEMPLATES / role / _PHONE_PART
    if part.exists():
        text = part.read_text()
        yield (
            "pjsip_phones.conf",
            "\n".join(
                fill(text, {**values, "extension": extension, "password": password})
                for extension, password in phones.items()
            ),
        )


def _numbers(role: Role, ports: Ports) -> dict[str, str]:
    mine = (ports.sip, ports.ari, ports.rtp) if role == "main" else _carrier_ports(ports)
    named = dict(zip(("sip_port", "ari_port", "rtp_low"), mine, strict=True))
    named |= {"rtp_high": mine[2] + RTP_SPAN - 1, "ami_port": ports.ami}
    named |= {"main_sip_port": ports.sip, "carrier_sip_port": ports.carrier_sip}
    return {name: str(port) for name, port in named.items()}


def _carrier_ports(ports: Ports) -> tuple[int, int, int]:
    return ports.carrier_sip, ports.carrier_ari, ports.carrier_rtp


def _words(role: Role, secrets: Secrets) -> dict[str, str]:
    account = ("tianzhou", secrets.ari) if role == "main" else ("carrier", secrets.carrier_ari)
    words = {"ari_user": account[0], "ari_password": account[1]}
    return words | {"eyes_secret": secrets.ami_eyes, "pause_secret": secrets.ami_pause}


def _write(path: Path, text: str, mode: int) -> None:
    if path.exists() and path.read_text() == text and path.stat().st_mode & 0o777 == mode:
        return
    part = path.with_name(path.name + ".part")
    part.unlink(missing_ok=True)
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
    with os.fdopen(descriptor, "w") as out:
        out.write(text)
    part.replace(path)
