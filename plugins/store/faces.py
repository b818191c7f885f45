"""Faces: what a detector found in a picture's content, none included, so that no picture is looked at twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from plugins.chunking import chunks
from plugins.records import FoundFace, Landmarks
from plugins.store.database import Database
from plugins.store.features import not_dealt_with
from plugins.store.tables import face_scans, faces, photos
from plugins.store.vectors import Floats, packed, unpacked

CONTENTS = 200
"""Pictures to one commit: a few faces each stay below a thousand rows."""


@dataclass(frozen=True, slots=True)
class FaceTable:
    """The faces of many pictures, by picture in the order asked for, then by number; n faces.

    `content_keys` (n), `index` int (n,), `boxes` float32 (n, 4), `vectors` float32 (n, d) of unit length, `landmarks`
    five points for each face; the others are float32 (n,), as `FoundFace` says, `at_s` NaN in still pictures.
    """

    content_keys: tuple[str, ...]
    index: NDArray[np.int64]
    boxes: Floats
    score: Floats
    size_px: Floats
    sharpness: Floats
    frontal: Floats
    at_s: Floats
    quality: Floats
    weight: Floats
    vectors: Floats
    landmarks: tuple[Landmarks, ...] = ()

    def __len__(self) -> int:
        return len(self.content_keys)


class Faces:
    """Faces by content."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def missing(self, content_keys: Iterable[str], extractor: str, version: str) -> list[str]:
        """Return those that were neither looked at nor noted as unreadable; in order, each once."""
        return not_dealt_with(self._database, face_scans, content_keys, extractor, version)

    def put(self, extractor: str, version: str, found: Iterable[tuple[str, Sequence[FoundFace]]]) -> None:
        """Store (content key, its faces, largest first) pairs, also without faces; what was there is replaced."""
        for part in chunks(found, CONTENTS):
            looked_at = dict(part)
            scans = [
                {"content_key": key, "extractor": extractor, "version": version, "n_faces": len(of_one)}
                for key, of_one in looked_at.items()
            ]
            of_this = (faces.c.extractor == extractor, faces.c.version == version)
            with self._database.transaction() as connection:
                connection.execute(faces.delete().where(*of_this, faces.c.content_key.in_(list(looked_at))))
                self._database.upsert(face_scans, scans)
                self._database.insert(
                    faces,
                    (
                        _row(key, extractor, version, number, face)
                        for key, of_one in looked_at.items()
                        for number, face in enumerate(of_one)
                    ),
                )

    def table(self, content_keys: Iterable[str], extractor: str, version: str) -> FaceTable:
        """Return the faces of these pictures; a content given twice counts once.

        Raises:
            ValueError: the vectors are not all of one length: two models share a name and a version.
        """
        wanted = {key: place for place, key in enumerate(dict.fromkeys(content_keys))}
        rows = sorted(self._rows(wanted, extractor, version), key=lambda r: (wanted[r["content_key"]], r["face"]))
        vectors = unpacked([row["vector"] for row in rows])
        found = [_found(row, vector) for row, vector in zip(rows, vectors, strict=True)]
        return FaceTable(
            content_keys=tuple(row["content_key"] for row in rows),
            index=np.array([row["face"] for row in rows], np.int64),
            boxes=np.array([face.box for face in found], np.float32).reshape(len(rows), 4),
            score=np.array([face.score for face in found], np.float32),
            size_px=np.array([face.size_px for face in found], np.float32),
            sharpness=np.array([face.sharpness for face in found], np.float32),
            frontal=np.array([face.frontal for face in found], np.float32),
            at_s=np.array([np.nan if face.at_s is None else face.at_s for face in found], np.float32),
            quality=np.array([face.quality for face in found], np.float32),
            weight=np.array([face.weight for face in found], np.float32),
            vectors=vectors,
            landmarks=tuple(face.landmarks for face in found),
        )

    def _rows(self, keys: Iterable[str], extractor: str, version: str) -> Iterator[sa.RowMapping]:
        of_this = (faces.c.extractor == extractor, faces.c.version == version)
        with self._database.reading() as connection:
            for part in chunks(keys):
                query = sa.select(faces).where(*of_this, faces.c.content_key.in_(part))
                yield from connection.execute(query).mappings()

    def in_library(self, library: str, extractor: str, version: str) -> int:
        """Count the faces in a library's photos; those of a content that several photos show count once."""
        contents = sa.select(photos.c.content_key).where(photos.c.library == library)
        of_this = (face_scans.c.extractor == extractor, face_scans.c.version == version)
        query = sa.select(sa.func.sum(face_scans.c.n_faces)).where(*of_this, face_scans.c.content_key.in_(contents))
        with self._database.reading() as connection:
            return int(connection.scalar(query) or 0)

    def counts(self) -> dict[tuple[str, str], tuple[int, int]]:
        """Return (pictures looked at, faces found) by (extractor, version)."""
        query = sa.select(
            face_scans.c.extractor, face_scans.c.version, sa.func.count(), sa.func.sum(face_scans.c.n_faces)
        )
        with self._database.reading() as connection:
            rows = connection.execute(query.group_by(face_scans.c.extractor, face_scans.c.version))
            return {(extractor, version): (n, int(found)) for extractor, version, n, found in rows}


def _row(key: str, extractor: str, version: str, number: int, face: FoundFace) -> dict[str, Any]:
    left, top, right, bottom = (float(edge) for edge in face.box)
    return {
        "content_key": key,
        "extractor": extractor,
        "version": version,
        "face": number,
        "left": left,
        "top": top,
        "right": right,
        "bottom": bottom,
        "landmarks": [[float(x), float(y)] for x, y in face.landmarks],
        "score": float(face.score),
        "size_px": float(face.size_px),
        "sharpness": float(face.sharpness),
        "frontal": float(face.frontal),
        "at_s": None if face.at_s is None else float(face.at_s),
        "vector": packed(face.vector),
    }


def _found(row: sa.RowMapping, vector: Floats) -> FoundFace:
    eye_l, eye_r, nose, mouth_l, mouth_r = ((x, y) for x, y in row["landmarks"])
    return FoundFace(
        box=(row["left"], row["top"], row["right"], row["bottom"]),
        landmarks=(eye_l, eye_r, nose, mouth_l, mouth_r),
        score=row["score"],
        size_px=row["size_px"],
        sharpness=row["sharpness"],
        frontal=row["frontal"],
        vector=vector,
        at_s=row["at_s"],
    )
