"""Changes as plain JSON data: how the journal keeps them, and how scripts are told of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any, Final, get_args

from plugins.changes import Change

_BY_NAME: Final[Mapping[str, type[Any]]] = {kind.__name__: kind for kind in get_args(Change)}
_FIELDS: Final = {kind: tuple(field.name for field in fields(kind)) for kind in get_args(Change)}


def to_json(change: Change) -> dict[str, Any]:
    """Return a change as plain JSON data: its type's name under `change`, then its fields."""
    named = {name: getattr(change, name) for name in _FIELDS[type(change)]}  # `asdict` copies each value as well
    return {"change": type(change).__name__, **named}


def from_json(data: dict[str, Any]) -> Change:
    """Return the change that `to_json` wrote; older versions wrote one `tag` where there are `tags` now.

    Raises:
        ValueError: the data names no change that this version knows.
    """
    made = _BY_NAME.get(str(data.get("change")))
    if made is None:
        raise ValueError(f"unknown change {data.get('change')!r}: the journal was written by a newer Albumen")
    if "tag" in data:
        data = {**data, "tags": [data["tag"]]}
    given = {name: data[name] for name in _FIELDS[made] if name in data}
    change: Change = made(**{k: tuple(v) if isinstance(v, list) else v for k, v in given.items()})
    return change
