"""`python -m tests.run [pytest's arguments]`: the tests; without arguments all of them, in two halves side by side.

Calls and browsers take their time on real phones and pages; everything else takes the processor. The second half is
measured for coverage, yields to the first and is shown when that one is done. Exit code 1 when either half failed.
"""

import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

ROOT = Path(__file__).parents[1]
REAL_TIME = ("tests/telephony", "tests/console")
PYTEST = (sys.executable, "-m", "pytest")
MEASURED = (sys.executable, "-m", "coverage", "run", "-m", "pytest")
REPORT = (sys.executable, "-m", "coverage", "report", "--include=dialer/core/*", "--fail-under=100")


@dataclass
class Half:
    """One run of pytest beside the other."""

    process: "subprocess.Popen[bytes]"
    began: float

    def wait(self) -> bool:
        """Whether it passed."""
        passed = self.process.wait() == 0
        print(f"-- {time.monotonic() - self.began:.0f} s", flush=True)
        return passed

    def end(self) -> None:
        """Lets pytest take down what it has started."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
            self.process.wait()


def start(command: list[str], output: IO[bytes] | None = None) -> Half:
    """Starts pytest; its output goes to the file, or is shown at once."""
    return Half(subprocess.Popen(command, cwd=ROOT, stdout=output, stderr=output), time.monotonic())


def everything() -> bool:
    """Runs both halves; whether every test passed and the core is covered."""
    with tempfile.TemporaryFile() as kept:
        others = start(["nice", "-n", "5", *MEASURED, *(f"--ignore={folder}" for folder in REAL_TIME)], kept)
        calls = start([*PYTEST, *REAL_TIME])
        try:
            passed = [calls.wait(), others.wait()]
        finally:
            calls.end()
            others.end()
            kept.seek(0)
            sys.stdout.flush()
            sys.stdout.buffer.write(kept.read())
            sys.stdout.flush()
    return all([*passed, subprocess.run(REPORT, cwd=ROOT, check=False).returncode == 0])


def main(arguments: list[str]) -> int:
    """Some tests, or all of them."""
    if arguments:
        return subprocess.run([*PYTEST, *arguments], cwd=ROOT, check=False).returncode
    return 0 if everything() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
