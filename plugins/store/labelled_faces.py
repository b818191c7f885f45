"""Faces with whose they are, those of a few pictures at a time: what events are divided by."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import sqlalchemy as sa
from numpy.typing import NDArray

from plugins.chunking import chunks
from plugins.store.database import Database
from plugins.store.tables import face_labels, faces
from plugins.store.vectors import Floats, unpacked, whole_size

_SPAN: Final = 1 << 128
_JOINED: Final = ("extractor", "version", "content_key", "face")


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """The faces of some pictures, by picture in the order asked for, then by number; n faces.

    `content_keys` (n); `people` (n), whose each is, empty for nobody's; `weight` float64 (n,), as `FoundFace` says;
    `vectors` float32 (n, d) of unit length.
    """

    content_keys: tuple[str, ...]
    people: tuple[str, ...]
    weight: NDArray[np.float64]
    vectors: Floats


class LabelledFaces:
    """The faces of pictures, and whose they are in a library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def among(self, library: str, content_keys: Iterable[str], extractor: str, version: str, dim: int) -> Labelled:
        """Return the faces of these pictures; a content given twice counts once.

        One whose vector does not have `dim` numbers is left out.
        """
        wanted = {key: place for place, key in enumerate(dict.fromkeys(content_keys))}
        query = _faces(library, extractor, version).where(sa.func.length(faces.c.vector) == whole_size({}, dim))
        rows: list[Any] = []
        with self._database.reading() as connection:
            for part in chunks(wanted):
                rows += connection.execute(query.where(faces.c.content_key.in_(part)))
        rows.sort(key=lambda row: (wanted[row.content_key], row.face))
        boxes = np.array([(row.left, row.top, row.right, row.bottom) for row in rows], np.float64).reshape(-1, 4)
        area = (boxes[:, 2:] - boxes[:, :2]).clip(0, None).prod(axis=1)
        weight = np.minimum(1.0, area) * np.array([row.sharpness for row in rows], np.float64)
        return Labelled(
            tuple(row.content_key for row in rows),
            tuple(row.person or "" for row in rows),
            weight.astype(np.float32).astype(np.float64),
            unpacked([row.vector for row in rows]),
        )

    def fingerprint(self, library: str, extractor: str, version: str) -> str:
        """Return 32 hexadecimal digits that change when any face becomes somebody else's."""
        columns = (face_labels.c.content_key, face_labels.c.face, face_labels.c.person)
        total = 0
        with self._database.reading() as connection:
            found = connection.execute(sa.select(*columns).where(*_of(library, extractor, version)))
            for rows in found.yield_per(10_000).partitions():
                for key, face, person in rows:
                    said = f"{face} {key} {person}".encode("utf-8", "surrogatepass")
                    total += int.from_bytes(hashlib.blake2b(said, digest_size=16).digest())
        return f"{total % _SPAN:032x}"


def _faces(library: str, extractor: str, version: str) -> sa.Select[Any]:
    label = face_labels.alias()
    same = sa.and_(label.c.library == library, *(label.c[name] == faces.c[name] for name in _JOINED))
    columns = ("content_key", "face", "left", "top", "right", "bottom", "sharpness", "vector")
    of_this = (faces.c.extractor == extractor, faces.c.version == version)
    joined = faces.outerjoin(label, same)
    return sa.select(*(faces.c[name] for name in columns), label.c.person).select_from(joined).where(*of_this)


def _of(library: str, extractor: str, version: str) -> tuple[sa.ColumnElement[bool], ...]:
    columns = face_labels.c
    return columns.library == library, columns.extractor == extractor, columns.version == version
