"""docs/claims.md names functions and tests that exist."""

from __future__ import annotations

import ast
import pkgutil
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PAGE = ROOT / "docs" / "claims.md"
COLUMNS = 5


def rows(text):
    """Return the cells of every table row below a heading row: part, what, function, mode, test."""
    lines = [line.strip() for line in text.splitlines() if line.strip().startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    return [row for row in cells if row[0] != "part" and set(row[0]) - set("-: ")]


def named(cell):
    """Return the one name in backticks."""
    (name,) = re.findall(r"`([^`]+)`", cell)
    return name


def exists(dotted):
    """Say if a dotted name is something that can be imported, or an attribute of that."""
    try:
        return pkgutil.resolve_name(dotted) is not None
    except (ImportError, AttributeError):
        return False


def is_test(node, root=ROOT):
    """Say if `file::test` is a test function in that file."""
    file, _, name = node.partition("::")
    if not (root / file).is_file():
        return False
    tree = ast.parse((root / file).read_text(encoding="utf-8"))
    return name.startswith("test_") and any(isinstance(f, ast.FunctionDef) and f.name == name for f in tree.body)


ROWS = rows(PAGE.read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "row", [pytest.param(row, id=row[0] + ": " + row[1][:40] if len(row) > 1 else row[0]) for row in ROWS]
)
def test_functions_and_tests_exist(row):
    assert len(row) == COLUMNS
    function, test = named(row[2]), named(row[4])
    assert exists(function), (
        f"claims.md names {function}, which is not there: correct the row or bring the function back"
    )
    assert is_test(test), f"claims.md names {test}, which is not there: correct the row or bring the test back"


@pytest.mark.parametrize("seed", ["000", "001", "002", "003", "004"])
def test_every_patent_has_a_section(seed):
    assert re.search(rf"^## {seed}: ", PAGE.read_text(encoding="utf-8"), re.MULTILINE)


@pytest.mark.parametrize("claim", ["claim 1", "claim 2", "claim 3", "claim 4", "¶15", "¶16", "¶17", "¶18", "¶19"])
def test_what_is_published_of_000_is_covered(claim):
    assert any(claim in row[0] for row in ROWS)


def test_what_is_not_there_is_found_out():
    assert rows("| part | what |\n|---|---|\n| claim 9 | x | `a.b` | both | `c::d` |") == [
        ["claim 9", "x", "`a.b`", "both", "`c::d`"]
    ]
    assert not exists("plugins.events._time_place.no_such_function")
    assert not exists("plugins.events.time_gap.Plugin.no_such_method")
    assert not exists("plugins.no_such_module.anything")
    assert exists("plugins.events.time_gap.Plugin.cluster")
    assert not is_test("tests/docs/test_claims.py::test_no_such_thing")
    assert not is_test("tests/docs/no_such_file.py::test_rows")
    assert not is_test("tests/docs/test_claims.py::rows")
