"""Methods and galleries by name: a part is a file, and it is imported when it is chosen."""

from __future__ import annotations

import importlib
import importlib.util
import pkgutil
from importlib.metadata import entry_points
from pathlib import Path
from types import ModuleType
from typing import Any

KINDS = ("galleries", "features", "events", "people", "tags", "covers")


class UnknownPlugin(LookupError):
    """No part of this kind has this name: choose one of those that the text lists."""


def names(kind: str) -> tuple[str, ...]:
    """List the parts of a kind, ours and those of other packages, sorted, without importing any.

    A file or package of ours is a part when it has a class `Plugin`; the others beside it are what parts share.
    """
    folder = Path(__file__).parent / kind
    ours = {m.name for m in pkgutil.iter_modules([str(folder)]) if _has_plugin(folder, m.name, m.ispkg)}
    return tuple(sorted(ours | {e.name for e in entry_points(group=f"albumen.{kind}")}))


def _has_plugin(folder: Path, name: str, is_package: bool) -> bool:
    source = folder / name / "__init__.py" if is_package else folder / f"{name}.py"
    return not name.startswith("_") and "\nclass Plugin" in source.read_text(encoding="utf-8")


def load(kind: str, name: str) -> type[Any]:
    """Return the class `Plugin` of one part.

    Raises:
        UnknownPlugin: nothing of that kind has that name.
    """
    for entry in entry_points(group=f"albumen.{kind}", name=name):
        found: type[Any] = entry.load()
        return found
    if name not in names(kind):
        raise UnknownPlugin(f"no {kind} plugin is called {name!r}; there are: {', '.join(names(kind))}")
    plugin: type[Any] = importlib.import_module(f"plugins.{kind}.{name}").Plugin
    return plugin


def module_of(kind: str, name: str, module: str) -> ModuleType | None:
    """Return a module of one part's package, such as what the doctor looks at there; None where it has none.

    Raises:
        UnknownPlugin: nothing of that kind has that name.
    """
    package = load(kind, name).__module__
    if not hasattr(importlib.import_module(package), "__path__"):  # a part that is a file
        return None
    there = importlib.util.find_spec(f"{package}.{module}")
    return importlib.import_module(there.name) if there else None
