"""Nothing in the project that must stay outside, and the look-out sees what it is for."""

import pytest

from tests.house.files import text_files
from tests.house.secrets import found


def test_nothing_in_the_project_must_stay_outside() -> None:
    assert not list(found(text_files()))


@pytest.mark.parametrize(
    "line",
    [
        "-----BEGIN RSA PRIVATE KEY-----",
        "key = 'AKIA" + "ABCDEFGH12345678'",
        "ghp_" + "a1" * 18,
        "postgresql://tianzhou:hunter2222@db/tianzhou",
        "index-url = https://pypi.org/simple",
        "see /home/somebody/notes.txt",
    ],
)
def test_it_is_seen_and_not_repeated(line: str) -> None:
    (said,) = found([("a.txt", f"first\n{line}\n")])
    assert said.startswith("a.txt:2: ") and line not in said


@pytest.mark.parametrize(
    "line", ["${HOME}/work/x", "api/home/index", "http://127.0.0.1:8000/api", "word@example.com"]
)
def test_ordinary_lines_pass(line: str) -> None:
    assert not list(found([("a.txt", line)]))
