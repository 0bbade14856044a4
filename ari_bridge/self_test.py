"""A call into our own dialplan with tones on both legs, recorded like any other, and what lies on disk of it.

Its two files are then the worker's to seal (`recordings/self_test.py`), which writes `<test>.json` beside them.
"""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from ari_bridge.errors import AriError
from dialer.core.self_test import AGENT_TONES, CUSTOMER_TONES, SEALED_S, Heard, Leg, verdict

CHANNEL, FOLDER = "selftest-", "selftest"  # no channel and no file of an attempt looks so
CLOSED_S, LOOK_S = 10.0, 0.1
RATE, HEADER, SAMPLE = 8000, 44, 2
WIDTH_HZ = 5

Request = Callable[[str, str, dict[str, Any]], Awaitable[Any]]


async def run(request: Request, spool: Path, test_id: str) -> Heard:
    """One test call, from its first ring to what the worker says of its seal; its files are removed.

    Raises TelephonyAway, nothing else.
    """
    folder = spool / FOLDER
    files = [folder / f"{test_id}-{leg}.wav" for leg in ("customer", "agent")]
    query = {
        "endpoint": "Local/far@tianzhou-selftest/n",
        "context": "tianzhou-selftest",
        "extension": "s",
        "priority": 1,
        "channelId": f"{CHANNEL}{test_id}",
        "timeout": 5,
    }
    try:
        await request("POST", "channels", query)
    except AriError as refused:
        return Heard(why=f"Asterisk refused the call: {refused}")
    answer = folder / f"{test_id}.json"
    try:
        await _until(lambda: all(_is_closed(file) for file in files), CLOSED_S)
        heard = await asyncio.to_thread(_listen, files)
        if verdict(replace(heard, sealed="")):
            return heard
        await _until(answer.exists, SEALED_S)
        return replace(heard, sealed=_said(answer))
    finally:
        await asyncio.to_thread(_remove, [*files, answer])


async def _until(is_so: Callable[[], bool], seconds: float) -> None:
    """Waits until it is so, or the time is over."""
    for _ in range(int(seconds / LOOK_S)):
        if is_so():
            return
        await asyncio.sleep(LOOK_S)


def _said(answer: Path) -> str | None:
    """What the recordings worker wrote; None = nothing."""
    try:
        return str(json.loads(answer.read_text())["why"])
    except FileNotFoundError:
        return None


def _is_closed(file: Path) -> bool:
    """MixMonitor writes the length into the header when it closes the file, and only then."""
    try:
        with file.open("rb") as source:
            header = source.read(HEADER)
    except OSError:
        return False
    return len(header) == HEADER and int.from_bytes(header[40:44], "little") > 0


def _listen(files: list[Path]) -> Heard:
    customer, agent = (_leg(file, tones) for file, tones in zip(files, (CUSTOMER_TONES, AGENT_TONES), strict=True))
    return Heard(customer, agent)


def _leg(file: Path, tones: tuple[int, int]) -> Leg | None:
    try:
        blob = file.read_bytes()[HEADER:]
    except OSError:
        return None
    samples = np.frombuffer(blob[: len(blob) // SAMPLE * SAMPLE], "<i2").astype(float)
    return Leg(len(samples) / RATE, purity(samples, tones))


def purity(samples: "np.ndarray[Any, Any]", tones: tuple[int, int]) -> float:
    """The share of the energy that lies at the two tones; 0 where one of the two is missing."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)))) ** 2
    total = float(spectrum.sum())
    if total == 0:
        return 0.0
    step = RATE / len(samples)
    bands = [slice(int((hertz - WIDTH_HZ) / step), int((hertz + WIDTH_HZ) / step) + 1) for hertz in tones]
    shares = [float(spectrum[band].sum()) / total for band in bands]
    return sum(shares) if min(shares) > 0.1 else 0.0


def _remove(files: list[Path]) -> None:
    for file in files:
        file.unlink(missing_ok=True)
