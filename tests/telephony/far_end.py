"""SIPp as the customers behind a second trunk: a far end that shares no line of code with Asterisk."""

import random
import re
import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import httpx
import numpy as np
import soundfile

from ari_bridge.node.toolbox import toolbox
from dialer.machine import PORT_HIGH, PORT_LOW
from tests.telephony.stack import STOP_S, Stack, wait_for

TRUNK = "practice-sipp"
SCENARIO = Path(__file__).parent / "sipp" / "customers.xml"
VOICE = (440, 1300)  # Hz; what every customer of SIPp plays
RATE = 8000
RTP_PORTS = range(PORT_LOW, PORT_HIGH, 500)
SEPARATOR = re.compile(r"^-{10,} (\d{4}-\d\d-\d\d)[T\t ](\d\d:\d\d:\d\d\.\d+).*$", re.MULTILINE)


@dataclass(frozen=True)
class Message:
    """One SIP message as SIPp saw it; `line` is its first."""

    at: datetime
    is_received: bool
    line: str
    call_id: str


class FarEnd:
    """What SIPp wrote down."""

    def __init__(self, trace: Path, port: int) -> None:
        self.port = port
        self._trace = trace

    def messages(self) -> list[Message]:
        """Every message so far, in order."""
        parts = SEPARATOR.split(self._trace.read_text(errors="replace"))[1:]
        return [_message(*parts[n : n + 3]) for n in range(0, len(parts) - 2, 3)]

    def dialogs(self, number: str) -> dict[str, list[Message]]:
        """The dialogs that began with an INVITE for the number, by Call-ID."""
        seen = self.messages()
        begun = {message.call_id for message in seen if message.line.startswith(f"INVITE sip:{number}@")}
        return {call: [message for message in seen if message.call_id == call] for call in begun}


@contextmanager
def far_end(stack: Stack, folder: Path) -> Iterator[FarEnd]:
    """SIPp while the block runs, and the trunk to it made known to the main Asterisk."""
    folder.mkdir()
    write_voice(folder / "voice.ulaw")
    scenario = shutil.copy(SCENARIO, folder)  # SIPp looks for sound beside its scenario
    port, trace = free_port(), folder / "messages.log"
    argv = toolbox(stack.paths).argv("sipp")
    argv += ["-sf", str(scenario), "-i", "127.0.0.1", "-p", str(port), "-mi", "127.0.0.1", "-nostdin"]
    argv += ["-min_rtp_port", str(free_block()), "-trace_msg", "-message_file", str(trace)]
    argv += ["-trace_err", "-error_file", str(folder / "errors.log")]
    with (folder / "sipp.log").open("wb") as log:
        process = subprocess.Popen(argv, cwd=folder, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
    try:
        wait_for(lambda: is_bound(port), "SIPp at its port")
        push_trunk(stack, port)
        yield FarEnd(trace, port)
    finally:
        process.terminate()
        process.wait(STOP_S)


def push_trunk(stack: Stack, port: int) -> None:
    """The same shape as the practice trunk's; pushed, so that no file of the product knows it."""
    objects: dict[str, dict[str, str]] = {
        "aor": {"contact": f"sip:127.0.0.1:{port}"},
        "endpoint": {
            "transport": "transport-udp",
            "context": "tianzhou-inbound",
            "disallow": "all",
            "allow": "ulaw,alaw",
            "aors": TRUNK,
            "direct_media": "no",
            "rtp_symmetric": "yes",
            "rtp_timeout": "30",
            "rtp_timeout_hold": "300",
            "allow_subscribe": "no",
            "allow_transfer": "no",
        },
    }
    for kind, values in objects.items():
        fields = [{"attribute": key, "value": value} for key, value in values.items()]
        httpx.put(
            f"http://127.0.0.1:{stack.ports.ari}/ari/asterisk/config/dynamic/res_pjsip/{kind}/{TRUNK}",
            json={"fields": fields},
            auth=("tianzhou", stack.secrets.ari),
            timeout=5,
        ).raise_for_status()


def write_voice(file: Path) -> None:
    """One second of the pair of tones, raw mu-law; whole periods, so that it can be played round and round."""
    moments = np.arange(RATE) / RATE
    sound = sum(np.sin(2 * np.pi * hertz * moments) for hertz in VOICE) * 0.2
    soundfile.write(file, sound, RATE, format="RAW", subtype="ULAW")


def free_port() -> int:
    """A UDP port of the loopback that nobody has."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def free_block() -> int:
    """Where SIPp's RTP ports begin: a stretch of which the first ones are free."""
    blocks = random.sample(RTP_PORTS, len(RTP_PORTS))
    return next(low for low in blocks if not any(map(is_bound, range(low, low + 40))))


def is_bound(port: int) -> bool:
    """Whether somebody has that UDP port of the loopback."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return True
    return False


def _message(day: str, moment: str, text: str) -> Message:
    at = datetime.fromisoformat(f"{day} {moment[:15]}")
    lines = text.strip().splitlines()
    call = next((line.split(":", 1)[1].strip() for line in lines if line.lower().startswith("call-id:")), "")
    first = next((line for line in lines[1:] if line.strip()), "")
    return Message(at, "received" in lines[0], first.strip(), call)
