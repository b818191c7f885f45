"""People: who they are, and which faces are whose."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, TypeAlias

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.records import Person
from plugins.store.database import Database
from plugins.store.tables import face_labels, people

LabelOrigin: TypeAlias = Literal["user", "gallery", "ours"]
"""Said by the user; known to the gallery; found by our clustering."""


@dataclass(frozen=True, slots=True)
class FaceLabel:
    """Whose face it is: the face by content key and number, the person by id, who says so, and how surely, 0 to 1."""

    content_key: str
    index: int
    person: str
    origin: LabelOrigin = "ours"
    strength: float = 1.0


class People:
    """The people of each library and their faces."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, found: Iterable[Person]) -> None:
        """Make these the people of the library; nothing is written where they are."""
        there = sorted(found, key=lambda person: person.id)
        rows = [{"library": library, "id": p.id, "name": p.name, "hidden": p.hidden} for p in there]
        with self._database.transaction() as connection:
            if there != self.all(library):
                connection.execute(people.delete().where(people.c.library == library))
                self._database.insert(people, rows)

    def all(self, library: str) -> list[Person]:
        """Return the people, by id."""
        query = sa.select(people.c.id, people.c.name, people.c.hidden).where(people.c.library == library)
        with self._database.reading() as connection:
            return sorted((Person(*row) for row in connection.execute(query)), key=lambda person: person.id)

    def save_labels(self, library: str, extractor: str, version: str, labels: Iterable[FaceLabel]) -> None:
        """Make these the labels of the library's faces as this version of an extractor numbers them.

        What is there already is not written again.
        """
        with self._database.transaction() as connection:
            gone = self.labels(library, extractor, version)
            changed = (label for label in labels if gone.pop((label.content_key, label.index), None) != label)
            for part in chunks(changed):
                self._database.upsert(face_labels, [label_row(library, extractor, version, label) for label in part])
            remove_faces(connection, face_labels, (library, extractor, version), gone)

    def labels(self, library: str, extractor: str, version: str) -> dict[tuple[str, int], FaceLabel]:
        """Return the labels by (content key, number of the face)."""
        names = ("content_key", "face", "person", "origin", "strength")
        query = sa.select(*(face_labels.c[name] for name in names)).where(*_of(library, extractor, version))
        with self._database.reading() as connection:
            found = [FaceLabel(*row) for row in connection.execute(query)]
        return {(label.content_key, label.index): label for label in found}

    def n_labels(self, library: str, extractor: str, version: str) -> int:
        """Count the faces that are somebody's."""
        query = sa.select(sa.func.count()).select_from(face_labels).where(*_of(library, extractor, version))
        with self._database.reading() as connection:
            return int(connection.scalar(query) or 0)


def _of(library: str, extractor: str, version: str) -> tuple[sa.ColumnElement[bool], ...]:
    columns = face_labels.c
    return columns.library == library, columns.extractor == extractor, columns.version == version


def remove_faces(
    connection: sa.Connection, table: sa.Table, of: tuple[str, str, str], gone: Iterable[tuple[str, int]]
) -> None:
    """Delete what a table says of faces, by (content key, number), of a library, an extractor and a version."""
    library, extractor, version = of
    columns = table.c
    query = table.delete().where(
        *(columns.library == library, columns.extractor == extractor, columns.version == version),
        *(columns.content_key == sa.bindparam("gone_key"), columns.face == sa.bindparam("gone_face")),
    )
    for part in chunks(gone):
        connection.execute(query, [{"gone_key": key, "gone_face": face} for key, face in part])


def label_row(library: str, extractor: str, version: str, label: FaceLabel) -> dict[str, object]:
    """Return whose a face is as a row."""
    return {
        "library": library,
        "extractor": extractor,
        "version": version,
        "content_key": label.content_key,
        "face": label.index,
        "person": label.person,
        "origin": label.origin,
        "strength": label.strength,
    }
