"""Which calls of its server a gallery's code makes, read from the code."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from pathlib import Path

GALLERIES = Path(__file__).resolve().parents[2] / "plugins" / "galleries"
METHODS = {name: name.upper() for name in ("get", "post", "put", "patch", "delete")}
"""The methods that all clients have, and the HTTP method that each of them sends."""


def _path_of(node: ast.expr, named: dict[str, str]) -> str:
    """Return a path as the table writes it, with {id} for what is filled in; empty for what is no path."""
    if isinstance(node, ast.JoinedStr):
        return "".join(str(v.value) if isinstance(v, ast.Constant) else "{id}" for v in node.values)
    if isinstance(node, ast.Name):
        return named.get(node.id, "")
    return str(node.value) if isinstance(node, ast.Constant) else ""


def _named_paths(tree: ast.Module) -> dict[str, str]:
    """Return the paths that stand in a variable or constant, by its name."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Assign | ast.AnnAssign) or node.value is None:
            continue
        target = node.targets[0] if isinstance(node, ast.Assign) else node.target
        names, values = getattr(target, "elts", [target]), getattr(node.value, "elts", [node.value])
        for name, value in zip(names, values, strict=False):
            if isinstance(name, ast.Name) and (path := _path_of(value, {})).startswith("/"):
                found[name.id] = path
    return found


def _calls(source: str, methods: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return method and path of every call of the client in a file."""
    tree = ast.parse(source)
    named = _named_paths(tree)
    made = {("GET", named["ping"])} if "ping" in named else set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args:
            if node.func.attr in methods:
                made.add((methods[node.func.attr], _path_of(node.args[0], named)))
            elif node.func.attr in {"_once", "_ask"} and len(node.args) > 1:
                made.add((_path_of(node.args[0], named), _path_of(node.args[1], named)))
    return {(method, path) for method, path in made if path.startswith("/")}


def calls_of(gallery: str, more: Mapping[str, str]) -> set[tuple[str, str]]:
    """Return method and path, with {id} for what is filled in, of every call in a gallery's package.

    `more` are further methods of its client, and of what searches with it.
    """
    files = (GALLERIES / gallery).glob("*.py")
    return set().union(*(_calls(file.read_text(encoding="utf-8"), METHODS | more) for file in files))
