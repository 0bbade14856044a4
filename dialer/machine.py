"""What one installation keeps on disk about itself: its folders, its ports, its secrets.

Ports are found free once and kept in `ports.json`; secrets are made once and kept in `secrets.json` (mode 0600).
Two copies on one machine have two data folders, so they share nothing.
"""

import json
import os
import random
import secrets
import socket
import sysconfig
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

HTTP_PORTS = range(8000, 8100)
# below the kernel's ephemeral range: nobody's outgoing socket sits there
PORT_LOW, PORT_HIGH = 10_000, 32_000
RTP_SPAN = 1_000
FOUND_PORTS = ("sip", "ari", "ami", "carrier_sip", "carrier_ari")
RTP_BLOCKS = ("rtp", "carrier_rtp")
ANY_HOST = ""  # a port bound on whatever address counts as taken
BOTH_KINDS = (socket.SOCK_STREAM, socket.SOCK_DGRAM)
SECRET_WORDS = ("ari", "ami_eyes", "ami_pause", "carrier_ari")
KEY_BYTES = 32
PHONES = 20  # practice phones prepared at set-up; the floor uses as many as it has agents


class MachineError(Exception):
    """This machine lacks something that we need; the text says what to do."""


def shipped(name: str) -> Path:
    """A file or folder that comes with the code and is no module: of this checkout, or where a wheel put it."""
    here = Path(__file__).resolve().parents[1] / name
    return here if here.exists() else Path(sysconfig.get_path("data")) / "share" / "tianzhou" / name


@dataclass(frozen=True)
class Paths:
    """The folders below the data folder; see ARCHITECTURE.md."""

    root: Path

    @property
    def log(self) -> Path:
        """One file per program."""
        return self.root / "log"

    @property
    def tools(self) -> Path:
        """Debian packages extracted for us; `make clean` spares it."""
        return self.root / "tools"

    @property
    def spool(self) -> Path:
        """Where Asterisk writes the two legs of every call: <attempt>-customer.wav, <attempt>-agent.wav."""
        return self.root / "spool"

    @property
    def prompts(self) -> Path:
        """What Asterisk plays, made at set-up."""
        return self.root / "prompts"

    @property
    def outbox(self) -> Path:
        """Outcomes written while PostgreSQL was away, fsynced."""
        return self.root / "outbox"

    @property
    def recordings(self) -> Path:
        """The local store of sealed recordings."""
        return self.root / "recordings"

    @property
    def adopted(self) -> Path:
        """What lay in the spool and belongs to no call, each with a note; nothing in it is ever deleted."""
        return self.root / "adopted"

    @property
    def imports(self) -> Path:
        """Files of numbers while they are imported; each goes when it is done."""
        return self.root / "imports"

    @property
    def certificates(self) -> Path:
        """The signed certificate of each day that is over, as JSON and as PDF."""
        return self.root / "certificates"

    @property
    def checkpoints(self) -> Path:
        """Every signed checkpoint of the ledger, outside the database: a file for each day."""
        return self.root / "checkpoints"

    @property
    def postgres(self) -> Path:
        """The embedded cluster."""
        return self.root / "postgres"

    @property
    def ports_file(self) -> Path:
        """Ports, kept from the first start."""
        return self.root / "ports.json"

    @property
    def secrets_file(self) -> Path:
        """Secrets, for their owner only."""
        return self.root / "secrets.json"

    @property
    def logins_file(self) -> Path:
        """The practice floor's passwords, for their owner only."""
        return self.root / "practice-logins.json"

    def asterisk(self, role: str) -> Path:
        """Home of one Asterisk process; role is `main` or `carrier`."""
        return self.root / "asterisk" / role

    def cdr(self, role: str) -> Path:
        """Asterisk's own call records, the witness outside our database."""
        return self.asterisk(role) / "log" / "cdr-csv" / "Master.csv"


@dataclass(frozen=True)
class Ports:
    """TCP and UDP ports of one installation; `*_rtp` is the first of RTP_SPAN."""

    http: int
    sip: int
    ari: int
    ami: int
    rtp: int
    carrier_sip: int
    carrier_ari: int
    carrier_rtp: int


@dataclass(frozen=True)
class Secrets:
    """Random words of one installation, never printed; `phones` maps an extension to its SIP password.

    Keys are 32 random bytes as URL-safe base64. They lie here and in the backup, never in the database: who owns the
    database alone can neither sign a checkpoint nor hear a recording.
    """

    ari: str
    ami_eyes: str
    ami_pause: str
    carrier_ari: str
    phones: dict[str, str] = field(default_factory=dict)
    alarm_secret: str = ""  # signs what the alarms' webhook is sent
    ledger_key: str = ""  # the Ed25519 seed that signs checkpoints, certificates and evidence
    recording_keys: dict[str, str] = field(default_factory=dict)  # by id; they wrap the recordings' own keys


def load_ports(paths: Paths) -> Ports:
    """The kept ports. Raises FileNotFoundError before set-up."""
    return Ports(**json.loads(paths.ports_file.read_text()))


def load_secrets(paths: Paths) -> Secrets:
    """The kept secrets. Raises FileNotFoundError before set-up."""
    return Secrets(**json.loads(paths.secrets_file.read_text()))


def keep_ports(paths: Paths, http: int = 0) -> Ports:
    """The kept ports, found free and written the first time; `http` (not 0) overrides the kept one."""
    if not paths.ports_file.exists():
        _write_json(paths.ports_file, _free_ports())
    kept = json.loads(paths.ports_file.read_text())
    if http and kept["http"] != http:
        kept["http"] = http
        _write_json(paths.ports_file, kept)
    return Ports(**kept)


def refresh_ports(paths: Paths, http: int = 0) -> tuple[Ports, list[str]]:
    """The kept ports, each that somebody else took meanwhile replaced; with a sentence for each replaced one.

    Call it while nothing of ours runs. Raises MachineError when `http` (not 0) is taken: it was asked for by name.
    The RTP blocks are not looked at: Asterisk passes over their taken ports by itself.
    """
    if http and not _serves(http):
        raise MachineError(
            f"Port {http} (TIANZHOU_HTTP_PORT) is taken by another program: stop it or set another port."
        )
    kept = asdict(keep_ports(paths, http))
    moved = []
    for name in ("http", *FOUND_PORTS):
        old = kept[name]
        if not (_serves(old) if name == "http" else is_free(old, ANY_HOST)):
            kept[name] = _other_port(name, _used(kept))
            moved.append(f"Port {old} ({name}) is taken by another program now: using {kept[name]} instead.")
    if moved:
        _write_json(paths.ports_file, kept)
    return Ports(**kept), moved


def keep_secrets(paths: Paths) -> Secrets:
    """The kept secrets, made the first time, and those that an earlier version did not know; their owner's only."""
    kept = json.loads(paths.secrets_file.read_text()) if paths.secrets_file.exists() else {}
    made = _made_secrets() | kept
    if made != kept:
        _write_json(paths.secrets_file, made, mode=0o600)
    return load_secrets(paths)


def is_free(port: int, host: str = "127.0.0.1", kinds: tuple[socket.SocketKind, ...] = BOTH_KINDS) -> bool:
    """Whether the port can be bound now, TCP and UDP unless `kinds` says otherwise."""
    for kind in kinds:
        with socket.socket(socket.AF_INET, kind) as probe:
            if kind == socket.SOCK_STREAM:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError:
                return False
    return True


def _made_secrets() -> dict[str, Any]:
    made: dict[str, Any] = {name: secrets.token_urlsafe(24) for name in SECRET_WORDS}
    made["phones"] = {str(1001 + n): secrets.token_urlsafe(24) for n in range(PHONES)}
    made["alarm_secret"] = secrets.token_urlsafe(KEY_BYTES)
    made["ledger_key"] = secrets.token_urlsafe(KEY_BYTES)
    made["recording_keys"] = {"1": secrets.token_urlsafe(KEY_BYTES)}
    return made


def _serves(port: int) -> bool:
    """Whether a TCP server may bind the port on every address now."""
    return is_free(port, ANY_HOST, kinds=(socket.SOCK_STREAM,))


def _other_port(name: str, used: set[int]) -> int:
    candidates = HTTP_PORTS if name == "http" else random.sample(range(PORT_LOW, PORT_HIGH), 200)
    for port in candidates:
        if port not in used and is_free(port, ANY_HOST):
            return port
    raise MachineError(f"No free port was found for {name}: end some servers on this machine.")


def _used(picked: Mapping[str, int]) -> set[int]:
    """Every port that is given away: of an RTP block all of it."""
    blocks = [range(picked[name], picked[name] + RTP_SPAN) for name in RTP_BLOCKS if name in picked]
    return {port for block in blocks for port in block} | set(picked.values())


def _free_ports() -> dict[str, int]:
    blocks = random.sample(range(PORT_LOW, PORT_HIGH, RTP_SPAN), len(RTP_BLOCKS))
    picked = dict(zip(RTP_BLOCKS, blocks, strict=True))
    for name in ("http", *FOUND_PORTS):
        picked[name] = _other_port(name, _used(picked))
    return picked


def _write_json(path: Path, value: Any, mode: int = 0o644) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    with os.fdopen(descriptor, "w") as out:
        json.dump(value, out, indent=2)
    part.replace(path)
