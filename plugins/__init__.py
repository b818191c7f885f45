"""Methods and galleries by name: a part is a file, and it is imported when it is chosen."""

from __future__ import annotations

import importlib
import pkgutil
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

KINDS = ("galleries", "features", "events", "people", "tags", "covers")


class UnknownPlugin(LookupError):
    """No part of this kind has this name: choose one of those that the text lists."""


def names(kind: str) -> tuple[str, ...]:
    """List the parts of a kind, ours and those of other packages, sorted, without importing any."""
    folder = Path(__file__).parent / kind
    ours = {m.name for m in pkgutil.iter_modules([str(folder)]) if not m.name.startswith("_")}
    return tuple(sorted(ours | {e.name for e in entry_points(group=f"albumen.{kind}")}))


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
