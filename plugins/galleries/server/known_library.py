"""What is noted of any library on a server: its people, whose faces are where, and the tags that are ours."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from plugins.galleries.server.known_file import KnownFile
from plugins.records import Box

PEOPLE: Final = """
CREATE TABLE people (id TEXT PRIMARY KEY, name TEXT NOT NULL, hidden INT NOT NULL) WITHOUT ROWID;
"""
OUR_PAIRS: Final = """
CREATE TABLE IF NOT EXISTS our_pairs (photo TEXT NOT NULL, tag TEXT NOT NULL, PRIMARY KEY (photo, tag)) WITHOUT ROWID;
"""


@dataclass(frozen=True, slots=True)
class KnownFace:
    """A face of a photo: the gallery's id of it, its box, and whose it is."""

    id: str
    box: Box | None
    person: str | None = None


class KnownLibrary(KnownFile):
    """The file, for a subclass whose tables have `PEOPLE` and `OUR_PAIRS` among them."""

    def keep_people(self, people: Mapping[str, tuple[str, bool]]) -> None:
        """Keep names, and who is hidden, by the server's ids of the people."""
        with self._writing() as file:
            rows = [(person, name, hidden) for person, (name, hidden) in people.items()]
            file.executemany("INSERT OR REPLACE INTO people VALUES (?, ?, ?)", rows)

    def people(self) -> dict[str, tuple[str, bool]]:
        """Return names, and who is hidden, by the server's ids of the people."""
        return {row[0]: (row[1], bool(row[2])) for row in self._rows("SELECT id, name, hidden FROM people")}

    def our_pairs(self) -> frozenset[tuple[str, str]]:
        """Return the photos with the tags that we have put on them from this machine, as far as they are there."""
        return frozenset((str(row[0]), str(row[1])) for row in self._rows("SELECT photo, tag FROM our_pairs"))

    def ours_by_tag(self) -> dict[str, set[str]]:
        """Return the photos of `our_pairs` by their tag."""
        found: dict[str, set[str]] = {}
        for photo, tag in self.our_pairs():
            found.setdefault(tag, set()).add(photo)
        return found

    def ours_by_photo(self) -> dict[str, set[str]]:
        """Return the tags of `our_pairs` by their photo."""
        found: dict[str, set[str]] = {}
        for photo, tag in self.our_pairs():
            found.setdefault(photo, set()).add(tag)
        return found

    def keep_our_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Keep which tags we put on which photos."""
        with self._writing() as file:
            file.executemany("INSERT OR IGNORE INTO our_pairs VALUES (?, ?)", pairs)

    def forget_our_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Forget pairs that are no longer so: who puts such a tag on again is the user."""
        with self._writing() as file:
            file.executemany("DELETE FROM our_pairs WHERE photo = ? AND tag = ?", pairs)


def written(faces: Iterable[KnownFace]) -> str:
    """Return faces as text."""
    return json.dumps([[face.id, face.box, face.person] for face in faces])


def faces_in(text: str) -> tuple[KnownFace, ...]:
    """Read what `written` wrote."""
    return tuple(_face(fields) for fields in json.loads(text))


def _face(fields: list[object]) -> KnownFace:
    found, box, person = fields
    return KnownFace(str(found), tuple(box) if isinstance(box, list) else None, str(person) if person else None)
