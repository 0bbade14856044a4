"""The wheel: the console is built before it is packed, and everything that is no module is in it."""

import tomllib
from pathlib import Path

import pytest
from setuptools import build_meta

from api.console import backend, build
from dialer.machine import shipped
from tests.house.files import ROOT, tracked

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def test_the_console_is_built_first_and_nothing_old_is_packed(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    done: list[str] = []

    def pack(folder: str, *_: object) -> str:
        done.append(f"packed into {folder}, old work {(tmp_path / 'build').exists()}")
        return "tianzhou.whl"

    (tmp_path / "build" / "lib").mkdir(parents=True)
    monkeypatch.setattr(build, "ROOT", tmp_path)
    monkeypatch.setattr(build, "build", lambda: done.append("console built"))
    monkeypatch.setattr(build_meta, "build_wheel", pack)
    assert backend.build_wheel("dist") == "tianzhou.whl"
    assert done == ["console built", "packed into dist, old work False"]


def test_a_wheel_asks_for_the_node_of_development(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(build_meta, "get_requires_for_build_wheel", lambda _settings: ["wheel"])
    assert backend.get_requires_for_build_wheel() == ["wheel", backend.NODE]
    assert backend.NODE in PROJECT["project"]["optional-dependencies"]["dev"]


def test_every_file_that_is_no_module_is_carried() -> None:
    carried = {
        path
        for patterns in PROJECT["tool"]["setuptools"]["data-files"].values()
        for pattern in patterns
        for path in ROOT.glob(pattern)
    }
    homes = ("alembic", "asterisk-conf", "alembic.ini")
    needed = {path for path in tracked() if path.relative_to(ROOT).parts[0] in homes}
    assert needed - carried == {ROOT / "asterisk-conf" / "README.md"}


def test_what_is_no_module_is_found_in_a_checkout_first() -> None:
    assert shipped("alembic.ini") == ROOT / "alembic.ini"
    assert shipped("elsewhere").parts[-3:] == ("share", "tianzhou", "elsewhere")
