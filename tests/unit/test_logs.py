"""What the processes log: JSON lines with an action, and no person in them."""

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
FOLDERS = ("dialer", "ari_bridge", "recordings", "api")
LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
PERSONAL = {"number", "phone", "password", "username", "name", "address", "extension", "caller_id", "body", "headers"}
LIBRARY = ROOT / "dialer" / "logs.py"  # passes on what others say

Call = tuple[str, ast.Call]


def log_calls() -> Iterator[Call]:
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text())):
                if isinstance(node, ast.Call) and _is_log(node.func):
                    yield f"{path.relative_to(ROOT)}:{node.lineno}", node


def _is_log(function: ast.expr) -> bool:
    if not isinstance(function, ast.Attribute) or function.attr not in LEVELS:
        return False
    logger = function.value
    return ast.unparse(logger) in ("log", "structlog.get_logger()")


CALLS = dict(log_calls())


def test_the_calls_are_found() -> None:
    assert len(CALLS) > 60


@pytest.mark.parametrize("place", CALLS)
def test_every_log_call_has_an_action_and_says_nothing_personal(place: str) -> None:
    call = CALLS[place]
    given = {keyword.arg for keyword in call.keywords}
    assert "action" in given, f"{place}: give it action="
    assert not given & PERSONAL, f"{place}: {given & PERSONAL} may say who it is"
    read = {node.attr for node in ast.walk(call) if isinstance(node, ast.Attribute)}
    assert not read & {"username", "password", "number", "extension"}, f"{place} logs {read}"
    text = call.args[0]
    assert not isinstance(text, ast.JoinedStr), f"{place}: values go into fields, not into the text"


def test_nobody_logs_past_structlog() -> None:
    for folder in FOLDERS:
        for path in (ROOT / folder).rglob("*.py"):
            text = path.read_text()
            assert "logging.getLogger" not in text or path.name == "ami.py", path  # there one is silenced


SCRIPT = """
import asyncio, gc, logging, structlog
from dialer import logs
logs.configure("worker")
log = structlog.get_logger()
with structlog.contextvars.bound_contextvars(call="c-1"):
    log.info("sealed", action="seal", repaired=False)
try:
    try:
        int("no 13812341234")
    except ValueError as error:
        raise KeyError("13812341234") from error
except KeyError:
    log.exception("it failed", action="failed")
    logging.getLogger("uvicorn.error").exception("Exception in ASGI application\\n13812341234")
logging.getLogger("pool").warning("%s of %d connections are left", "none", 5)
async def lost():
    raise RuntimeError("13812341234")
async def main():
    asyncio.create_task(lost())
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    gc.collect()
asyncio.run(main())
"""


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    done = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, cwd=ROOT, check=True)
    assert done.stderr == ""
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_every_line_is_json_with_process_action_level_and_time(lines: list[dict[str, Any]]) -> None:
    for line in lines:
        assert line["process"] == "worker" and line["action"] and line["level"] and line["timestamp"].endswith("Z")
    assert lines[0]["call"] == "c-1" and all("call" not in line for line in lines[1:])


def test_a_fault_is_told_by_its_type_and_place_only(lines: list[dict[str, Any]]) -> None:
    assert "13812341234" not in str(lines)
    failed = next(line for line in lines if line["action"] == "failed")
    assert (failed["error"], failed["cause"]) == ("KeyError", "ValueError")
    assert failed["where"] == ["<string>:12 <module>"]


def test_libraries_speak_the_same_way(lines: list[dict[str, Any]]) -> None:
    told = {line["library"]: line for line in lines if line["action"] == "library"}
    assert told["uvicorn.error"]["event"] == "Exception in ASGI application"
    assert told["uvicorn.error"]["error"] == "KeyError" and told["uvicorn.error"]["level"] == "error"
    assert told["pool"]["event"] == "none of 5 connections are left" and told["pool"]["level"] == "warning"
    assert told["asyncio"]["event"] == "Task exception was never retrieved"
    assert told["asyncio"]["error"] == "RuntimeError"
