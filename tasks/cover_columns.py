"""Columns of a library's pictures that cover methods take: vectors read when they are asked for, and what faces say."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any, Final, TypeAlias, cast

import numpy as np
from numpy.typing import NDArray

from plugins.covers import Floats, IntArray, Pictures
from plugins.features import FaceExtractor, smile
from plugins.records import Photo
from plugins.store import FaceTable, Store, StoreBusy
from plugins.store.vectors import StoredVectors

IN_MEMORY: Final = 512 << 20
"""Bytes of vectors from which on they are read from the store piece by piece."""
OF_FACES: Final = ("n_faces", "face_share", "face_quality", "smile")
Row: TypeAlias = tuple[Photo, str]
"""A photo, and the content key under which its faces are; empty where nobody has looked for any."""


def is_large(shape: tuple[int, int]) -> bool:
    """Say whether so many vectors, float32, are read piece by piece."""
    return 4 * shape[0] * shape[1] > IN_MEMORY


class StoredScenes:
    """Scenes of pictures, shape (n, d), zeros where there is none; no more of them are read than are asked for.

    They take the place of `Pictures.scenes`, of which a method asks for `shape` and for rows.

    Args:
        stored: the vectors that there are.
        row: which of them is each picture's, -1 for none, shape (n,).
    """

    def __init__(self, stored: StoredVectors, row: IntArray) -> None:
        self._stored, self._row = stored, row

    @property
    def shape(self) -> tuple[int, int]:
        """Return (n, d)."""
        return len(self._row), self._stored.shape[1]

    def __getitem__(self, rows: IntArray, /) -> Floats:
        """Return those of these pictures, shape (len(rows), d)."""
        row = self._row[rows]
        found = np.zeros((len(row), self.shape[1]), np.float32)
        found[row >= 0] = self._stored[row[row >= 0]]
        return found

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of them at once, for methods that cannot do with less."""
        return np.array(self[np.arange(len(self._row))], dtype, copy=copy)


class _Held:
    """Some of the scenes of n pictures, in memory; `rows` are ascending."""

    def __init__(self, scenes: StoredScenes, rows: IntArray) -> None:
        self.shape, self._rows, self._vectors = scenes.shape, rows, scenes[rows]

    def __getitem__(self, rows: IntArray, /) -> Floats:
        found: Floats = self._vectors[np.searchsorted(self._rows, rows)]
        return found


def with_scenes(pictures: Pictures, rows: IntArray) -> Pictures:
    """Return pictures of which the scenes of these rows are in memory: read at once, not album by album.

    Args:
        pictures: all of a user's.
        rows: ascending, each once; no others are asked for.
    """
    scenes: Any = pictures.scenes
    return (
        replace(pictures, scenes=cast("Floats", _Held(scenes, rows))) if isinstance(scenes, StoredScenes) else pictures
    )


class StoredFaces:
    """Vectors of faces, shape (m, d), read when they are indexed; they take the place of `Pictures.faces`.

    Args:
        store: where they are.
        extractor: what made them.
        content_keys: of n photos.
        face_of: the photo of each face, shape (m,).
        number: its number there, shape (m,).
        dim: d.
    """

    def __init__(
        self,
        store: Store,
        extractor: FaceExtractor,
        content_keys: Sequence[str],
        face_of: IntArray,
        number: IntArray,
        dim: int,
    ) -> None:
        self._store, self._extractor, self._keys = store, extractor, content_keys
        self._face_of, self._number, self._dim = face_of, number, dim

    @property
    def shape(self) -> tuple[int, int]:
        """Return (m, d)."""
        return len(self._face_of), self._dim

    def __getitem__(self, rows: NDArray[Any], /) -> Floats:
        """Return the vectors of these faces, given by number or by a mask, shape (len(rows), d).

        Raises:
            StoreBusy: another process removed some of them meanwhile: begin again.
        """
        some = np.arange(len(self._face_of))[rows]
        if not len(some):
            return np.zeros((0, self._dim), np.float32)
        photos = self._face_of[some].tolist()
        wanted = [*zip(map(self._keys.__getitem__, photos), self._number[some].tolist(), strict=True)]
        found, vectors = self._store.parts.face_vectors(
            self._extractor.name, self._extractor.version, set(wanted), self._dim
        )
        place = {face: n for n, face in enumerate(found)}
        if len(place) < len(set(wanted)):
            raise StoreBusy("faces were looked for again while they were read: run again")
        return vectors[np.array([place[face] for face in wanted], np.int64)]

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> NDArray[Any]:
        """Return all of them at once, for methods that cannot do with less."""
        return np.array(self[np.arange(len(self._face_of))], dtype, copy=copy)


class FacesFound:
    """The columns of faces in the making: a few photos at a time are added, in order."""

    def __init__(self, extractor: FaceExtractor) -> None:
        self._extractor = extractor
        self._columns: list[dict[str, Any]] = [dict.fromkeys(OF_FACES, np.zeros(0, np.float32))]
        self._number: list[IntArray] = [np.zeros(0, np.int64)]
        self._vectors: list[Floats] | None = []
        self._dim = 0

    def add(self, table: FaceTable, photos: Sequence[Row]) -> None:
        """Add photos with the faces in them, as the store has them by content."""
        rows: dict[str, list[int]] = {}
        for row, key in enumerate(table.content_keys):
            rows.setdefault(key, []).append(row)
        shares = (table.boxes[:, 2] - table.boxes[:, 0]) * (table.boxes[:, 3] - table.boxes[:, 1])
        of_each = [rows.get(key, []) for _, key in photos]
        each = np.array([row for found in of_each for row in found], np.int64)
        self._columns.append(
            {
                "n_faces": np.array([len(found) for found in of_each], np.float32),
                "face_share": _largest(shares, of_each),
                "face_quality": _largest(table.quality, of_each),
                "smile": np.fromiter(_smiles(table, shares, photos, of_each), np.float32, len(photos)),
            }
        )
        self._number.append(table.index[each])
        self._dim = max(self._dim, table.vectors.shape[1])
        if self._vectors is not None:
            self._vectors.append(table.vectors[each])
        if is_large((sum(map(len, self._number)), self._dim)):
            self._vectors = None

    def columns(self, store: Store, content_keys: Sequence[str]) -> dict[str, Any]:
        """Return the columns of all photos; vectors are left in the store where they are many."""
        found = {name: np.concatenate([part[name] for part in self._columns]) for name in OF_FACES}
        face_of = np.repeat(np.arange(len(content_keys)), found["n_faces"].astype(np.int64))
        number = np.concatenate(self._number)
        return {**found, "face_of": face_of, "faces": self._faces(store, content_keys, face_of, number)}

    def _faces(self, store: Store, content_keys: Sequence[str], face_of: IntArray, number: IntArray) -> Any:
        if self._vectors is None:
            return StoredFaces(store, self._extractor, content_keys, face_of, number, self._dim)
        known = [part for part in self._vectors if len(part)]
        return np.concatenate(known) if known else np.zeros((0, self._dim), np.float32)


def _largest(values: Floats, of_each: Sequence[Sequence[int]]) -> Floats:
    return np.array([values[list(found)].max(initial=0) for found in of_each], np.float32)


def _smiles(
    table: FaceTable, shares: Floats, photos: Sequence[Row], of_each: Sequence[Sequence[int]]
) -> Iterator[float]:
    for (photo, _), found in zip(photos, of_each, strict=True):
        main = max(found, key=lambda row: float(shares[row]), default=None)
        size = (photo.width, photo.height) if photo.width and photo.height else (1, 1)
        yield np.nan if main is None else smile(np.asarray(table.landmarks[main]) * size)
