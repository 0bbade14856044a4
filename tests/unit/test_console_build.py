"""Building the console: skipped when nothing changed, clear when it cannot be done. Node is a script here."""

from pathlib import Path

import pytest

from api.console import build as console

NODE = """#!/bin/sh
echo "$@" >> "$0.calls"
case "$*" in
  *" ci "*) mkdir -p node_modules; test ! -e "$0.fails" || { cat "$0.fails"; exit 1; } ;;
  *"run build"*) mkdir -p ../files; echo "<!doctype html>" > ../files/index.html ;;
esac
"""


@pytest.fixture
def node(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Node that notes what it is asked, and a small console."""
    web, home = tmp_path / "web", tmp_path / "node"
    for folder in (web / "src", home / "bin"):
        folder.mkdir(parents=True)
    for name in console.LOCK:
        (web / name).write_text("{}")
    (web / "src" / "main.tsx").write_text("// one")
    program = home / "bin" / "node"
    program.write_text(NODE)
    program.chmod(0o755)
    for name, value in {"WEB": web, "PACKAGES": web / "node_modules", "FILES": tmp_path / "files"}.items():
        monkeypatch.setattr(console, name, value)
    monkeypatch.setattr(console, "_node_home", lambda: home)
    return program


def asked(node: Path) -> list[str]:
    """What Node was asked, without its paths."""
    calls = Path(f"{node}.calls")
    lines = calls.read_text().splitlines() if calls.exists() else []
    return [line.partition("npm-cli.js ")[2].partition(" --")[0] for line in lines]


def test_it_is_built_once_and_again_when_a_source_changed(node: Path) -> None:
    assert console.build() is True
    assert console.build() is False
    assert asked(node) == ["ci", "run build"]
    (console.WEB / "src" / "main.tsx").write_text("// two")
    assert console.build() is True
    assert asked(node) == ["ci", "run build", "run build"]


def test_a_new_lock_file_installs_again(node: Path) -> None:
    console.build()
    (console.WEB / "package-lock.json").write_text("{ }")
    console.build()
    assert asked(node).count("ci") == 2


def test_files_that_were_lost_are_built_again(node: Path) -> None:
    console.build()
    (console.FILES / "index.html").unlink()
    assert console.build() is True


def test_an_installation_that_failed_is_not_taken_for_done(node: Path) -> None:
    fails = Path(f"{node}.fails")
    fails.write_text("npm error code ENOTFOUND\nnpm error a long trace\n")
    with pytest.raises(console.BuildFailed) as unreachable:
        console.build()
    assert str(unreachable.value).startswith("Installing the console's packages failed. The npm registry cannot be")
    assert "trace" not in str(unreachable.value)
    fails.unlink()
    assert console.build() is True


def test_another_failure_shows_what_npm_said(node: Path) -> None:
    Path(f"{node}.fails").write_text("npm error code EUSAGE\n")
    with pytest.raises(console.BuildFailed, match="EUSAGE"):
        console.build()


def test_a_wrong_word_is_answered_with_the_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    assert console.main(["bild"]) == 2
    assert "[schema|check]" in capsys.readouterr().err
