"""The text of `people.toml`, changed table by table: it holds thousands of faces, and is saved with each of them."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from typing import Final

import tomlkit

from plugins.galleries.folder.holders import PersonEntry

_HEADER: Final = re.compile(r"(?m)^(?=\[)")
_FACES: Final = re.compile(r'(?m)^faces = \[\n?(?: {4}"(?:[^"\\\n]|\\.)*",\n)*\]$')
"""A list of faces as we write it, empty or one a line."""


class Tables:
    """A text that is nothing but tables, one a person, each beginning with its name in brackets; and what is before."""

    def __init__(self, head: str, parts: dict[str, str]) -> None:
        self._head = head
        self._parts = parts

    @classmethod
    def of(cls, text: str) -> Tables | None:
        """Return the tables of a text; None where it is laid out in another way, as only people do."""
        head, *parts = _HEADER.split(text)
        try:
            if tomllib.loads(head) or not text.endswith("\n"):
                return None
            found = [(part, list(tomllib.loads(part))) for part in parts]
        except ValueError:
            return None
        by_key = {keys[0]: part for part, keys in found if len(keys) == 1}
        return cls(head, by_key) if len(by_key) == len(parts) else None

    @property
    def text(self) -> str:
        """Return the whole text."""
        return self._head + "".join(self._parts.values())

    def changed(self, old: Mapping[str, PersonEntry], new: Mapping[str, PersonEntry]) -> Tables | None:
        """Return the tables with the faces of these people changed; None for what is more than that."""
        if old.keys() != new.keys() or any(new[key].name != old[key].name for key in new):
            return None
        parts = dict(self._parts)
        for key in (key for key in new if new[key].faces != old[key].faces):
            part = _with_faces(parts[key], new[key].faces)
            if part is None or tomllib.loads(part)[key].get("faces") != list(new[key].faces):
                return None
            parts[key] = part
        return Tables(self._head, parts)


def _with_faces(part: str, faces: tuple[str, ...]) -> str | None:
    """Return a table with other faces, None where the list is not laid out as we do it, or has comments in it."""
    found = list(_FACES.finditer(part))
    if len(found) != 1:
        return None
    lines = "".join(f"    {tomlkit.string(face).as_string()},\n" for face in faces)
    return f"{part[: found[0].start()]}faces = [\n{lines}]{part[found[0].end() :]}"
