"""Groups of faces: how the last whole clustering and what came after it put a library's faces together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.people import remove_faces
from plugins.store.tables import face_groups


@dataclass(frozen=True, slots=True)
class GroupedFace:
    """A face by content key and number, the number of its group, and how surely it belongs there, None if unknown.

    `holder` is whose it was by the user's or the gallery's word when it was grouped; empty for nobody.
    """

    content_key: str
    index: int
    group: int
    confidence: float | None = None
    holder: str = ""


class Groups:
    """The groups of each library's faces, as one version of an extractor numbers them."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, extractor: str, version: str, found: Iterable[GroupedFace]) -> None:
        """Make these the groups; those of other extractors and versions go, as their numbers say nothing now.

        What is there already is not written again.
        """
        of_this = (face_groups.c.extractor == extractor) & (face_groups.c.version == version)
        with self._database.transaction() as connection:
            connection.execute(face_groups.delete().where(face_groups.c.library == library, ~of_this))
            gone = self.all(library, extractor, version)
            changed = (face for face in found if gone.pop((face.content_key, face.index), None) != face)
            for part in chunks(changed):
                self.put(library, extractor, version, part)
            remove_faces(connection, face_groups, (library, extractor, version), gone)

    def put(self, library: str, extractor: str, version: str, found: Iterable[GroupedFace]) -> None:
        """Put further faces into groups, or into others than before."""
        self._database.upsert(face_groups, [_row(library, extractor, version, face) for face in found])

    def all(self, library: str, extractor: str, version: str) -> dict[tuple[str, int], GroupedFace]:
        """Return the faces by (content key, number)."""
        columns = face_groups.c
        query = sa.select(columns.content_key, columns.face, columns.group, columns.confidence, columns.holder).where(
            columns.library == library, columns.extractor == extractor, columns.version == version
        )
        with self._database.reading() as connection:
            return {(row[0], row[1]): GroupedFace(*row) for row in connection.execute(query)}


def _row(library: str, extractor: str, version: str, face: GroupedFace) -> dict[str, object]:
    return {
        "library": library,
        "extractor": extractor,
        "version": version,
        "content_key": face.content_key,
        "face": face.index,
        "group": face.group,
        "confidence": face.confidence,
        "holder": face.holder,
    }
