"""Imports point one way, app → flows → tasks → plugins, wherever in a file they stand; and files stay small."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LAYERS = ("plugins", "tasks", "flows", "app")
"""From the lowest: each may import itself and those before it."""
OUTSIDE = ("benchmarks", "tests", "fakes")
"""What no layer imports."""
ONLY_IN = {
    "prefect": ("tasks", "flows", "app"),
    "sqlalchemy": ("plugins.store",),
    "alembic": ("plugins.store",),
    "torch": ("plugins",),
    "torchvision": ("plugins",),
    "lxml": ("plugins",),
    "typer": ("app",),
    "rich": ("app",),
    "fastapi": ("app",),
}
"""Where a dependency may be imported; the others are free."""
MOST_LINES = 350


def modules() -> Iterator[tuple[str, Path]]:
    for layer in LAYERS:
        for path in sorted((ROOT / layer).rglob("*.py")):
            yield ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"), path


def imported(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the module of every import, those inside functions and by `import_module("…")` too."""
    for node in ast.walk(ast.parse(source)):
        match node:
            case ast.Import(names=names):
                yield from ((node.lineno, alias.name) for alias in names)
            case ast.ImportFrom(module=module, level=0):
                yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)
            case ast.ImportFrom():
                yield node.lineno, "a relative import"
            case ast.Call(func=ast.Attribute(attr="import_module") | ast.Name(id="import_module" | "__import__")):
                yield from ((node.lineno, a.value) for a in node.args if isinstance(a, ast.Constant))


def trespasses(module: str, source: str) -> list[str]:
    """Return the imports that a module may not have."""
    layer = module.partition(".")[0]
    above = LAYERS[LAYERS.index(layer) + 1 :]
    wrong = []
    for line, name in imported(source):
        top = name.partition(".")[0]
        homes = ONLY_IN.get(top, LAYERS)
        allowed = any(f"{module}.".startswith(f"{home}.") for home in homes)
        if top in above or top in OUTSIDE or name == "a relative import" or not allowed:
            wrong.append(f"line {line}: {name}")
    return wrong


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("plugins.atomic", "import os\nimport numpy as np", id="the standard library and what is free"),
        pytest.param("plugins.store.photos", "from sqlalchemy import select", id="the database inside the store"),
        pytest.param("tasks.photos", "from prefect import task\nfrom plugins.store import Store", id="downwards"),
        pytest.param("app.cli", "def run():\n    from flows.curate import curate", id="downwards, late"),
        pytest.param("plugins.pages.site", "from plugins.pages.albums import INDEX", id="beside"),
        pytest.param("plugins.tasks_of", "text = 'import prefect'", id="a word in a text is no import"),
    ],
)
def test_imports_that_are_fine(module, source):
    assert trespasses(module, source) == []


@pytest.mark.parametrize(
    ("module", "source"),
    [
        pytest.param("plugins.atomic", "import prefect", id="a plugin knows no Prefect"),
        pytest.param("plugins.atomic", "from prefect.logging import get_run_logger", id="nor a part of it"),
        pytest.param("plugins.atomic", "def f():\n    import prefect", id="not inside a function either"),
        pytest.param("plugins.atomic", "import importlib\nimportlib.import_module('prefect')", id="nor by its name"),
        pytest.param("plugins.atomic", "from tasks.photos import refresh_photos", id="upwards from plugins"),
        pytest.param("tasks.photos", "import flows.curate", id="upwards from tasks"),
        pytest.param("flows.curate", "from app import cli", id="upwards from flows"),
        pytest.param("tasks.photos", "import sqlalchemy as sa", id="the database outside the store"),
        pytest.param("plugins.stores", "import sqlalchemy", id="a name like the store's is not the store"),
        pytest.param("plugins.scores", "from benchmarks.events import main", id="what benchmarks need is in plugins"),
        pytest.param("plugins.pages.site", "from . import albums", id="relative, so a move would break it unseen"),
    ],
)
def test_imports_that_are_not(module, source):
    assert len(trespasses(module, source)) == 1


@pytest.mark.parametrize(("module", "path"), [pytest.param(m, p, id=m) for m, p in modules()])
def test_a_module_keeps_to_its_layer_and_its_size(module, path):
    source = path.read_text(encoding="utf-8")
    assert trespasses(module, source) == []
    assert source.count("\n") <= MOST_LINES, f"{module} is long: split it by concern"


def test_every_layer_is_looked_at():
    """A table that nothing fills would pass."""
    assert {module.partition(".")[0] for module, _ in modules()} == set(LAYERS)


def test_no_module_is_a_drawer_for_everything():
    assert not [
        module for module, _ in modules() if module.rpartition(".")[2] in {"utils", "helpers", "misc", "common"}
    ]
