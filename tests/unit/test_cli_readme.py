"""The README says what the code does."""

from pathlib import Path

from api.cli.main import app
from api.cli.settings_table import table

README = (Path(__file__).parents[2] / "README.md").read_text()


def test_the_settings_table_is_the_one_made_from_the_code() -> None:
    shown = README.split("settings_table` -->\n")[1].split("\n<!-- end of settings")[0]
    assert shown == table(), "run `python -m api.cli.settings_table` and paste its table into README.md"


def test_every_command_is_named() -> None:
    names = [command.callback.__name__ for command in app.registered_commands if command.callback]
    assert names and all(f"`{name}" in README for name in names)
