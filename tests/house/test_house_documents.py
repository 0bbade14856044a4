"""The documents say what the code does."""

import re
from pathlib import Path

import pytest

from api.cli.main import app
from api.cli.settings_table import table
from tests.house import diagrams
from tests.house.files import ROOT, tracked

README, CHINESE = ((ROOT / name).read_text() for name in ("README.md", "README.zh-CN.md"))
LINK = re.compile(r"\]\(([^)#\s]+)(?:#[^)]*)?\)")
ARCHITECTURE = (ROOT / "ARCHITECTURE.md").read_text()
READMES = {"README.md", "README.zh-CN.md"}
BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.DOTALL | re.MULTILINE)


def commands(document: str) -> list[str]:
    """The lines of the code blocks, without their comments."""
    lines = (line.split("  #")[0].strip() for block in BLOCK.findall(document) for line in block.splitlines())
    return [line for line in lines if line]


def first_cells(document: str) -> list[list[str]]:
    """The code in the first column of each row of the tables: commands, settings, folders, targets."""
    cells = re.findall(r"^\| (`(?:[^|]|\\\|)+) \|", document, re.MULTILINE)
    return [re.findall(r"`[^`]+`", cell) for cell in cells]


def links(document: str) -> set[str]:
    """Where it leads; a picture counts whatever its language."""
    return {re.sub(r"\.(en|zh)\.png$", ".png", link) for link in LINK.findall(document)} - READMES


def settings(document: str) -> list[tuple[str, str]]:
    return re.findall(r"^\| `(TIANZHOU_\w+)` \| ([^|]+) \|", document, re.MULTILINE)


def test_the_diagrams_are_of_the_tables() -> None:
    assert diagrams.PAGE.read_text() == diagrams.page()


def test_every_state_that_has_words_exists() -> None:
    for machine in diagrams.MACHINES:
        assert set(machine.words) == set(machine.table)


def test_both_readmes_have_the_same_commands() -> None:
    assert commands(README) == commands(CHINESE)


def test_both_readmes_have_the_same_rows_and_sections() -> None:
    assert first_cells(README) == first_cells(CHINESE)
    assert README.count("\n## ") == CHINESE.count("\n## ")
    assert links(README) == links(CHINESE)


def test_both_readmes_have_the_same_settings_and_defaults() -> None:
    chinese = [(name, "(empty)" if default == "（空）" else default) for name, default in settings(CHINESE)]
    assert settings(README) == chinese


@pytest.mark.parametrize("document", [path for path in tracked() if path.suffix == ".md"], ids=lambda path: path.name)
def test_links_lead_somewhere(document: Path) -> None:
    targets = [link for link in LINK.findall(document.read_text()) if "://" not in link]
    assert not [target for target in targets if not (document.parent / target).exists()]


def test_every_make_target_is_told() -> None:
    text = (ROOT / "Makefile").read_text()
    told = re.findall(r'^\t@echo "make (\w+)', text, re.MULTILINE)
    made = re.findall(r"^(\w+):", text, re.MULTILINE)
    assert told and set(told) == set(made) - {"help", "setup"}
    assert set(re.findall(r"make (\w+)", README)) <= set(made)


def test_the_settings_table_is_the_one_made_from_the_code() -> None:
    shown = README.split("settings_table` -->\n")[1].split("\n<!-- end of settings")[0]
    assert shown == table(), "run `python -m api.cli.settings_table` and paste its table into README.md"


def test_every_command_is_named() -> None:
    names = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert names and all(f"`{name.replace('_', '-')}" in README for name in names)


def test_every_folder_has_its_page_and_every_file_named_there_exists() -> None:
    pages = ARCHITECTURE.split("## Folder by folder")[1].split("\n## ")[0].split("\n### ")[1:]
    told = {page.split("`")[1].rstrip("/"): page for page in pages}
    homes = {"dialer", "ari_bridge", "recordings", "api", "web", "asterisk-conf", "alembic", "tests"}
    assert homes <= set(told)
    files = [f"/{path.relative_to(ROOT)}" for path in tracked()]
    for folder, page in told.items():
        near = [file for file in files if file.startswith((f"/{folder}/", "/tests/", "/dialer/"))]
        for name in re.findall(r"`([\w/.-]+\.(?:py|ts|tsx|md))`", page):
            assert f"/{name}" in files or any(file.endswith(f"/{name}") for file in near), f"{folder}: {name}"


def test_every_area_of_the_api_is_told() -> None:
    areas = {path.parent.name for path in (ROOT / "api").glob("*/routes.py")} - {"console"}
    told = ARCHITECTURE.split("### `api/`")[1].split("### ")[0]
    assert all(f"`{area}`" in told for area in areas)
