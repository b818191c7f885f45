"""The table of endpoints holds every call that the code makes, and no other."""

from __future__ import annotations

import ast
from pathlib import Path

from plugins.galleries.immich.permissions import ENDPOINTS

FOLDER = Path(__file__).resolve().parents[4] / "plugins" / "galleries" / "immich"
METHODS = {name: name.upper() for name in ("get", "post", "put", "patch", "delete")} | {"search": "POST", "raw": "GET"}
"""The client's methods, and the HTTP method that each of them sends."""


def path_of(node: ast.expr, named: dict[str, str]) -> str:
    """Return a path as the table writes it, with {id} for what is filled in; empty for what is no path."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{id}" for v in node.values)
    if isinstance(node, ast.Name):
        return named.get(node.id, "")
    return str(node.value) if isinstance(node, ast.Constant) else ""


def named_paths(tree: ast.Module) -> dict[str, str]:
    """Return the paths that stand in a variable or constant, by its name."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        names, values = getattr(target, "elts", [target]), getattr(node.value, "elts", [node.value])
        for name, value in zip(names, values, strict=False):
            if isinstance(name, ast.Name) and (path := path_of(value, {})).startswith("/"):
                found[name.id] = path
    return found


def calls(source: str) -> set[tuple[str, str]]:
    """Return method and path of every call of the client in a file."""
    tree = ast.parse(source)
    named, made = named_paths(tree), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr in METHODS:
                made.add((METHODS[node.func.attr], path_of(node.args[0], named)))
            elif node.func.attr == "_once" and len(node.args) > 1:
                made.add((path_of(node.args[0], named), path_of(node.args[1], named)))
    return {(method, path) for method, path in made if path.startswith("/")}


def test_the_table_holds_every_call_and_no_other() -> None:
    made = set().union(*(calls(file.read_text(encoding="utf-8")) for file in FOLDER.glob("*.py")))
    assert made == {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
