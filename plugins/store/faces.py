"""Faces: what a detector found in a picture's content, none included, so that no picture is looked at twice."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from plugins.chunking import CHUNK, chunks
from plugins.half_vectors import HalfVectors
from plugins.records import FoundFace
from plugins.store.database import Database
from plugins.store.features import CutShort, not_dealt_with
from plugins.store.tables import face_scans, faces, photos
from plugins.store.vectors import Floats, held, packed, whole_size
from plugins.store.whole_faces import WholeFaces

CONTENTS = 200
"""Pictures to one commit: a few faces each stay below a thousand rows."""
MEASURED: Final = ("score", "size_px", "sharpness", "frontal", "at_s", "quality", "weight")
NO_VECTOR: Final = np.zeros(0, np.float32)


@dataclass(frozen=True, slots=True)
class FaceTable:
    """The faces of many pictures, by picture in the order asked for, then by number; n faces.

    `content_keys` (n), `index` int (n,), `boxes` float32 (n, 4), `vectors` (n, d) of unit length, of very many faces
    in half precision, `landmarks` (n, 5, 2); the others are float32 (n,), as `FoundFace` says, `at_s` NaN in still
    pictures.
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
    vectors: Floats | HalfVectors
    landmarks: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.content_keys)


@dataclass(frozen=True, slots=True)
class FacePlaces:
    """Where the faces of many pictures are, in the order of `FaceTable`, with its `content_keys`, `index`, `boxes`."""

    content_keys: tuple[str, ...]
    index: NDArray[np.int64]
    boxes: Floats


class _Columns:
    """The columns of a table as it is read, face by face: a million faces never are a million objects."""

    def __init__(self, size: int) -> None:
        """Make a table of faces whose vectors have so many bytes."""
        self.n_cut = 0
        self._keys: list[str] = []
        self._index, self._floats, self._points = array("q"), array("f"), array("d")
        self._vectors, self._length = bytearray(), size

    def add(self, key: str, row: sa.RowMapping) -> None:
        """Take a face; one whose vector is not whole only counts."""
        vector, face = row["vector"], _found(row, NO_VECTOR)
        if len(vector) != self._length:
            self.n_cut += 1
            return
        self._vectors += vector
        self._keys.append(key)
        self._index.append(row["face"])
        at_s = np.nan if face.at_s is None else face.at_s
        measured = (face.score, face.size_px, face.sharpness, face.frontal, at_s, face.quality, face.weight)
        self._floats.extend((*face.box, *measured))
        self._points.extend(edge for point in face.landmarks for edge in point)

    def table(self) -> FaceTable:
        n = len(self._keys)
        floats = np.frombuffer(self._floats, np.float32).reshape(n, 11) if n else np.zeros((0, 11), np.float32)
        points = np.frombuffer(self._points, np.float64).reshape(n, 5, 2) if n else np.zeros((0, 5, 2))
        index = np.frombuffer(self._index, np.int64) if n else np.zeros(0, np.int64)
        columns = {name: np.ascontiguousarray(floats[:, 4 + at]) for at, name in enumerate(MEASURED)}
        boxes = np.ascontiguousarray(floats[:, :4])
        return FaceTable(tuple(self._keys), index, boxes, **columns, vectors=held(self._vectors, n), landmarks=points)


class Faces:
    """Faces by content.

    A face whose vector is not whole is left out of what is read, of which the user is told once, and its picture counts
    as not looked at. `dim` says how many numbers a vector has; without it the length of most of those asked for does.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._whole, self._cut_short = WholeFaces(database), CutShort()

    def missing(self, content_keys: Iterable[str], extractor: str, version: str, dim: int | None = None) -> list[str]:
        """Return those that were neither looked at nor noted as unreadable; in order, each once."""
        wanted = list(dict.fromkeys(content_keys))
        left = set(not_dealt_with(self._database, face_scans, wanted, extractor, version))
        size = self._whole.size(wanted, extractor, version, dim)
        cut = self._whole.cut(wanted, extractor, version, size)
        self._cut_short.tell(len(cut), extractor, version)
        left.update(not_dealt_with(self._database, None, cut, extractor, version))
        return [key for key in wanted if key in left]

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

    def table(self, content_keys: Iterable[str], extractor: str, version: str, dim: int | None = None) -> FaceTable:
        """Return the faces of these pictures; a content given twice counts once."""
        keys = dict.fromkeys(content_keys)
        found = _Columns(self._whole.size(keys, extractor, version, dim))
        for part in chunks(keys):
            place = {key: (number, key) for number, key in enumerate(part)}
            rows = self._rows(part, extractor, version)
            for row in sorted(rows, key=lambda r: (place[r["content_key"]][0], r["face"])):
                found.add(place[row["content_key"]][1], row)
        self._cut_short.tell(found.n_cut, extractor, version)
        return found.table()

    def places(self, content_keys: Iterable[str], extractor: str, version: str) -> FacePlaces:
        """Return where the faces of these pictures are, as `table` has them, without what they look like."""
        wanted = {key: place for place, key in enumerate(dict.fromkeys(content_keys))}
        columns = (faces.c[name] for name in ("content_key", "face", "left", "top", "right", "bottom"))
        query = sa.select(*columns).where(faces.c.extractor == extractor, faces.c.version == version)
        keys, index, boxes = list[str](), array("q"), array("f")
        with self._database.reading() as connection:
            for part in chunks(wanted):
                for key, number, *box in connection.execute(query.where(faces.c.content_key.in_(part))):
                    keys.append(key)
                    index.append(number)
                    boxes.extend(box)
        numbers = np.frombuffer(index, np.int64) if keys else np.empty(0, np.int64)
        order = np.lexsort((numbers, np.fromiter((wanted[key] for key in keys), np.int64, len(keys))))
        edges = np.frombuffer(boxes, np.float32).reshape(-1, 4) if keys else np.empty((0, 4), np.float32)
        return FacePlaces(tuple(keys[row] for row in order.tolist()), numbers[order], edges[order])

    def _rows(self, keys: Iterable[str], extractor: str, version: str) -> Iterator[sa.RowMapping]:
        of_this = (faces.c.extractor == extractor, faces.c.version == version)
        with self._database.reading() as connection:
            for part in chunks(keys):
                query = sa.select(faces).where(*of_this, faces.c.content_key.in_(part))
                yield from connection.execute(query).mappings()

    def fingerprint(self, library: str, extractor: str, version: str, dim: int) -> str:
        """Return 32 hexadecimal digits that change when the pictures of a library do, or what faces are in any.

        The vectors are not read: those of one content, extractor and version are always the same, or not whole.
        """
        of_this = (face_scans.c.extractor == extractor, face_scans.c.version == version)
        looked_at = photos.outerjoin(face_scans, sa.and_(face_scans.c.content_key == photos.c.content_key, *of_this))
        query = sa.select(photos.c.content_key, face_scans.c.n_faces).select_from(looked_at)
        order = (photos.c.taken_at, photos.c.content_key)
        cut = self._whole.all_cut(extractor, version, whole_size({}, dim))
        said = hashlib.sha256(repr(cut).encode("utf-8", "surrogatepass"))
        with self._database.reading() as connection:
            rows = connection.execute(query.where(photos.c.library == library).order_by(*order))
            for row in rows.yield_per(CHUNK):
                said.update(repr(tuple(row)).encode("utf-8", "surrogatepass"))
        return said.hexdigest()[:32]

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
