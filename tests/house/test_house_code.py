"""Limits and habits of our code that no other tool looks at."""

import ast
from collections import Counter
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.house.dead import dead
from tests.house.files import ROOT, python_files, tracked
from tests.house.large import too_large

PACKAGES = ("dialer", "ari_bridge", "recordings", "api")
LINES_OF_A_FUNCTION = 60
LINES_OF_A_FILE = 500
LINES_OF_A_TEST_FILE = 700  # a list of cases is read one case at a time
CODE = {".py", ".ts", ".tsx", ".css"}
GENERATED = {"schema.d.ts"}

# file: why SQL is put together there
SQL_PUT_TOGETHER = {
    "dialer/store/migrate.py": "names of roles, databases and partitions cannot be bound; all are ours",
}


def name_of(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def calls(path: Path) -> Iterator[ast.Call]:
    return (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Call))


def is_put_together(argument: ast.expr) -> bool:
    """An f-string with a value in it, `+`, `%` or `.format`."""
    if isinstance(argument, ast.JoinedStr):
        return any(isinstance(part, ast.FormattedValue) for part in argument.values)
    if isinstance(argument, ast.Call):
        return isinstance(argument.func, ast.Attribute) and argument.func.attr == "format"
    return isinstance(argument, ast.BinOp)


def called(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")


def test_functions_are_short() -> None:
    """A migration is a list of tables, however long."""
    long = [
        f"{name_of(path)}:{function.lineno} {function.name}"
        for path in python_files(*PACKAGES, "tests")
        for function in functions(path)
        if (function.end_lineno or 0) - function.lineno >= LINES_OF_A_FUNCTION
    ]
    assert not long


def test_files_are_short() -> None:
    long = []
    for path in tracked():
        if path.suffix in CODE and path.name not in GENERATED:
            limit = LINES_OF_A_TEST_FILE if path.is_relative_to(ROOT / "tests") else LINES_OF_A_FILE
            long += [name_of(path)] * (path.read_text().count("\n") > limit)
    assert not long


def test_no_module_imports_itself_through_others() -> None:
    graph = grimp.build_graph(*PACKAGES, cache_dir=None)
    sorter = TopologicalSorter({module: graph.find_modules_directly_imported_by(module) for module in graph.modules})
    try:
        sorter.prepare()
    except CycleError as error:
        pytest.fail(f"an import cycle: {' -> '.join(error.args[1])}")


def test_sql_is_bound_never_put_together() -> None:
    put_together = {
        name_of(path)
        for path in python_files(*PACKAGES)
        for call in calls(path)
        if called(call) in ("text", "exec_driver_sql", "literal_column") and any(map(is_put_together, call.args))
    }
    assert put_together == set(SQL_PUT_TOGETHER)


def test_no_program_is_started_through_a_shell() -> None:
    """In tests too, where ruff's security rules are off."""
    shells = [
        f"{name_of(path)}:{call.lineno}"
        for path in python_files()
        for call in calls(path)
        if called(call) in ("create_subprocess_shell", "getoutput", "getstatusoutput")
        or ast.unparse(call.func) in ("os.system", "os.popen")
        or any(key.arg == "shell" and getattr(key.value, "value", True) for key in call.keywords)
    ]
    assert not shells


def test_every_test_file_has_a_name_of_its_own() -> None:
    """pytest imports them by their last name: one half of a run stopped at the second `test_pacing`."""
    names = Counter(path.name for path in (ROOT / "tests").rglob("test_*.py"))
    assert not [name for name, files in names.items() if files > 1]


def test_nothing_is_too_large() -> None:
    assert not list(too_large(tracked()))


def test_a_large_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "film.mp4").write_bytes(bytes(400 * 1024))
    (said,) = too_large([tmp_path / "film.mp4"])
    assert "film.mp4" in said


def test_there_is_no_dead_code() -> None:
    assert not list(dead())


def test_dead_code_and_needless_excuses_are_named(tmp_path: Path) -> None:
    for name in PACKAGES:
        (tmp_path / name).mkdir()
    (tmp_path / "dialer" / "old.py").write_text("def forgotten():\n    return 1\n")
    said = list(dead(tmp_path))
    assert "dialer/old.py:1: function forgotten is used nowhere: remove it" in said
    assert any("the excuse for delimiter is needed no more" in line for line in said)
