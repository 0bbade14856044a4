"""Has the sentences of script.py spoken by espeak-ng, once, as 8 kHz wav files, and makes hold music and a beep."""

import subprocess
import tempfile
from pathlib import Path

import numpy as np
import soundfile

from ari_bridge.node.errors import NodeError
from ari_bridge.node.layout import prompts_dir
from ari_bridge.node.script import SCRIPT, Line
from ari_bridge.node.sounds import TELEPHONE_HZ, Samples, beep, hold_music, to_telephone
from ari_bridge.node.toolbox import Toolbox, triplet
from dialer.machine import Paths

_TIMEOUT_S = 60


def make_prompts(paths: Paths, tools: Toolbox) -> None:
    """Makes every sound file that is missing. Raises NodeError where espeak-ng fails."""
    folder = prompts_dir(paths)
    (folder / "moh").mkdir(parents=True, exist_ok=True)
    for name, lines in SCRIPT.items():
        if not (folder / f"{name}.wav").exists():
            _keep(folder / f"{name}.wav", spoken(lines, tools))
    _keep(folder / "beep.wav", beep())
    _keep(folder / "moh" / "hold.wav", hold_music())


def espeak_argv(tools: Toolbox, line: Line, into: Path) -> list[str]:
    """How to have one line spoken into a wav file."""
    data = ["--path=."] if tools.root else []  # it cuts a path at 160 characters: run it beside its data
    how = ["-v", line.voice, "-p", str(line.pitch), "-s", str(line.pace), "-w", str(into)]
    return [*tools.argv("espeak-ng"), *data, *how, line.text]


def spoken(lines: tuple[Line, ...], tools: Toolbox) -> Samples:
    """The lines one after the other, at 8 kHz."""
    pause = np.zeros(TELEPHONE_HZ // 3)
    parts = [part for line in lines for part in (_spoken(line, tools), pause)]
    return np.concatenate(parts[:-1])


def _spoken(line: Line, tools: Toolbox) -> Samples:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "line.wav"
        argv = espeak_argv(tools, line, file)
        beside = tools.root / "usr/lib" / triplet() if tools.root else None
        ran = subprocess.run(argv, capture_output=True, text=True, timeout=_TIMEOUT_S, check=False, cwd=beside)
        if ran.returncode or not file.exists():
            raise NodeError(
                f"espeak-ng could not speak ({ran.stderr.strip()[:200]}): remove tools/root, prepare again."
            )
        samples, rate = soundfile.read(file)
    return to_telephone(samples, rate)


def _keep(path: Path, sound: Samples) -> None:
    part = path.with_suffix(".part")
    soundfile.write(part, sound, TELEPHONE_HZ, subtype="PCM_16", format="WAV")
    part.replace(path)
