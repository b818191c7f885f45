"""The search by filters of 3.2 and later, as far as its documents describe it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from fakes.immich.checks import can, mapping
from fakes.immich.state import Asset, State

FILTER_FIELDS = {"orderBy": can(mapping)}
_WORDS = {
    "id": "id",
    "visibility": "visibility",
    "type": "type",
    "trashedAt": "trashed",
    "updatedAt": "updated",
    "createdAt": "created",
    "fileCreatedAt": "taken",
    "isFavorite": "favourite",
    "isOffline": "offline",
    "libraryId": "library",
    "ownerId": "owner",
    "checksum": "checksum",
}


def fits_filter(state: State, asset: Asset, wish: dict[str, Any]) -> bool:
    """Say whether an asset fits every field of a filter, and one of `or` where that is given."""
    branches = wish.get("or")
    if branches and not any(fits_filter(state, asset, branch) for branch in branches):
        return False
    return all(_fits(state, asset, name, ops) for name, ops in wish.items() if name != "or")


def _fits(state: State, asset: Asset, name: str, ops: dict[str, Any]) -> bool:
    if name in {"albumIds", "tagIds", "personIds"}:
        return all(_fits_ids(op, set(value), _ids(state, asset, name)) for op, value in ops.items())
    return name not in _WORDS or all(_holds(getattr(asset, _WORDS[name]), op, value) for op, value in ops.items())


def _ids(state: State, asset: Asset, name: str) -> set[str]:
    if name == "albumIds":
        return {a.id for a in state.albums.values() if asset.id in a.members}
    if name == "personIds":
        return {f.person for f in state.faces_of(asset) if f.person}
    found = set(asset.tags)
    while parents := {p for t in found if (p := state.tags[t].parent)} - found:
        found |= parents
    return found


def _fits_ids(op: str, wanted: set[str], there: set[str]) -> bool:
    return {"any": bool(wanted & there), "all": wanted <= there, "none": not wanted & there}[op]


def _holds(value: Any, op: str, other: Any) -> bool:
    if isinstance(value, datetime) and other is not None:
        other = datetime.fromisoformat(other)
    if op in {"eq", "ne"}:
        return (value == other) is (op == "eq")
    if op in {"in", "notIn"}:
        return (value in other) is (op == "in")
    if value is None or other is None:
        return False
    return bool({"gt": value > other, "gte": value >= other, "lt": value < other, "lte": value <= other}[op])
