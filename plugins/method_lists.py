"""The two ways to say which method publishes: `[events] method`, and the first of `[methods] events`; made one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

METHOD_KINDS: Final = ("events", "people", "tags", "covers")


def agreed(given: Any) -> Any:
    """Return sections, not yet checked, in which whatever says one of the two says both, so that either is read.

    Raises:
        ValueError: they name different methods.
    """
    if not isinstance(given, Mapping):
        return given  # what is wrong with it is not ours to say, here and below
    made = dict(given)
    for kind in METHOD_KINDS:
        listed, short = _said(made.get("methods"), kind), _said(made.get(kind), "method")
        if isinstance(listed, list | tuple) and listed:
            if short is not None and short != listed[0]:
                raise ValueError(_differ(kind, str(listed[0]), str(short)))
            made[kind] = _with(made.get(kind), "method", listed[0])
        elif isinstance(short, str) and not listed:
            made["methods"] = _with(made.get("methods"), kind, (short,))
    return made


def _said(section: Any, name: str) -> Any:
    """Return what a section says itself, as a table or checked already; None where it says nothing."""
    if isinstance(section, BaseModel):
        return getattr(section, name) if name in section.model_fields_set else None
    return section.get(name) if isinstance(section, Mapping) else None


def _with(section: Any, name: str, value: object) -> Any:
    if isinstance(section, BaseModel):
        return section.model_copy(update={name: value})
    return {**section, name: value} if isinstance(section, Mapping) else {name: value}


def _differ(kind: str, listed: str, short: str) -> str:
    return (
        f"[methods] {kind} begins with {listed!r}, and [{kind}] method is {short!r}: the first of the list publishes, "
        f"so leave [{kind}] method out"
    )
