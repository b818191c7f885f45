"""Answers for a few photos: what a run after an upload puts beside what the last whole run found."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TypeAlias

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.half_vectors import HalfVectors
from plugins.store.covers import ChosenCover, cover_row
from plugins.store.database import Database
from plugins.store.people import FaceLabel, label_row
from plugins.store.suggestion_records import Suggestion, suggestion_row
from plugins.store.tables import auto_tags, covers, decisions, face_labels, faces, suggestions
from plugins.store.vectors import Floats, held, whole_size

Face: TypeAlias = tuple[str, int]
"""A face by content key and number."""


class Parts:
    """Writes answers for some photos, faces or albums; those for all others stay."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def put_labels(
        self, library: str, extractor: str, version: str, contents: Collection[str], labels: Iterable[FaceLabel]
    ) -> None:
        """Make these the labels of the faces in these contents."""
        columns = face_labels.c
        of_this = (columns.library == library, columns.extractor == extractor, columns.version == version)
        with self._database.transaction() as connection:
            for part in chunks(contents):
                connection.execute(face_labels.delete().where(*of_this, columns.content_key.in_(part)))
            self._database.insert(face_labels, [label_row(library, extractor, version, one) for one in labels])

    def face_vectors(
        self, extractor: str, version: str, wanted: Collection[Face], dim: int
    ) -> tuple[list[Face], Floats | HalfVectors]:
        """Return those of these faces that there are, sorted, and their unit vectors, shape (n, dim).

        One whose vector is not whole is left out; the shape is (0, 0) where none is left. Very many are in half
        precision.
        """
        there, size = set(wanted), whole_size({}, dim)
        found: list[Face] = []
        vectors = bytearray()
        columns = faces.c
        query = sa.select(columns.content_key, columns.face, columns.vector)
        query = query.where(columns.extractor == extractor, columns.version == version)
        with self._database.reading() as connection:
            for part in chunks(sorted({key for key, _ in there})):
                rows = connection.execute(query.where(columns.content_key.in_(part))).tuples()
                for key, number, vector in sorted(rows, key=lambda row: row[:2]):
                    if (key, number) in there and len(vector) == size:
                        found.append((key, number))
                        vectors += vector
        return found, held(vectors, len(found))

    def put_tags(
        self,
        library: str,
        contents: Collection[str],
        sure: Iterable[tuple[str, str]],
        asked: Iterable[Suggestion],
    ) -> None:
        """Make these the auto tags and the open suggestions of tags of these contents; what was decided is left out."""
        rows = [{"library": library, "content_key": key, "tag": tag} for key, tag in sorted(set(sure))]
        waiting = (suggestions.c.library == library, suggestions.c.kind == "tag")
        with self._database.transaction() as connection:
            for part in chunks(contents):
                of_part = (auto_tags.c.library == library, auto_tags.c.content_key.in_(part))
                connection.execute(auto_tags.delete().where(*of_part))
                connection.execute(suggestions.delete().where(*waiting, suggestions.c.subject.in_(part)))
            self._database.insert(auto_tags, rows)
            decided = set(connection.scalars(sa.select(decisions.c.key).where(decisions.c.library == library)))
            self._database.insert(suggestions, [suggestion_row(library, s) for s in asked if s.key not in decided])

    def put_covers(self, library: str, chosen: Mapping[str, ChosenCover], there: Collection[str]) -> None:
        """Put covers in by event or trip key; those of events and trips that are not `there` any more go."""
        known = set(there)
        with self._database.transaction() as connection:
            keys = connection.scalars(sa.select(covers.c.key).where(covers.c.library == library)).all()
            for part in chunks(key for key in keys if key not in known):
                connection.execute(covers.delete().where(covers.c.library == library, covers.c.key.in_(part)))
            self._database.upsert(covers, [cover_row(library, key, cover) for key, cover in chosen.items()])
