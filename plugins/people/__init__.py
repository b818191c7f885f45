"""The contract of people methods: face vectors and what is known of the faces in; who is together out."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

from plugins.half_vectors import HalfVectors

Floats: TypeAlias = NDArray[np.float32]
Seconds: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
Vectors: TypeAlias = Floats | HalfVectors
"""Face vectors; those of very many faces are held in half precision. Either gives float32 rows when it is indexed."""

ARRAYS: Final = ("photo", "quality", "taken_s", "lat", "lon", "size_px", "landmarks", "person")
"""The arrays of `Context`."""
DROPPED = -1
"""The cluster of faces whose vector is zero or not finite: nothing can be said of them."""


@dataclass(frozen=True, slots=True, eq=False)
class Context:
    """What is known of n faces beside their vectors; every array is in the order of the vectors.

    NaN, and -1 in `person`, mean that it is not known; methods work with anything missing. `Context.of(n, …)` fills in
    what is not given. `photo` (n,) is which photo a face is in: two faces of one photo are hardly one person.
    `quality` (n,) is 0 to 1; `taken_s` (n,) seconds since 1970 UTC; `lat` and `lon` (n,) WGS84 degrees; `size_px` (n,)
    as `FoundFace` says; `landmarks` (n, 5, 2) right and down as shares of the face's box, in the order of
    `records.Landmarks`. `person` (n,) numbers the people whom the user named: equal numbers must come together,
    different ones never. `never` are (face, person) pairs that the user ruled out. `threshold` is the cosine that one
    pair of strangers in 1,000 reaches, as the embedder was calibrated; NaN has the method estimate it from the vectors.
    """

    photo: IntArray
    quality: Floats
    taken_s: Seconds
    lat: Floats
    lon: Floats
    size_px: Floats
    landmarks: Floats
    person: IntArray
    never: tuple[tuple[int, int], ...] = ()
    threshold: float = float("nan")

    @classmethod
    def of(
        cls,
        n: int,
        *,
        photo: IntArray | None = None,
        quality: Floats | None = None,
        taken_s: Seconds | None = None,
        lat: Floats | None = None,
        lon: Floats | None = None,
        size_px: Floats | None = None,
        landmarks: Floats | None = None,
        person: IntArray | None = None,
        never: tuple[tuple[int, int], ...] = (),
        threshold: float = float("nan"),
    ) -> Context:
        """Return the context of n faces with what is known; faces of no known photo are each in one of their own."""
        unknown = np.full(n, np.nan, dtype=np.float32)
        return cls(
            photo=np.arange(n) if photo is None else photo,
            quality=unknown if quality is None else quality,
            taken_s=np.full(n, np.nan) if taken_s is None else taken_s,
            lat=unknown if lat is None else lat,
            lon=unknown if lon is None else lon,
            size_px=unknown if size_px is None else size_px,
            landmarks=np.full((n, 5, 2), np.nan, dtype=np.float32) if landmarks is None else landmarks,
            person=np.full(n, -1) if person is None else person,
            never=never,
            threshold=threshold,
        )

    def part(self, rows: IntArray) -> Context:
        """Return the context of some of the faces, in the order of `rows` (m,); `never` goes with its face."""
        place = {int(row): n for n, row in enumerate(rows.tolist())}
        never = tuple((place[face], person) for face, person in self.never if face in place)
        return replace(self, never=never, **{name: getattr(self, name)[rows] for name in ARRAYS})


@dataclass(frozen=True, slots=True)
class Link:
    """Two clusters that are probably one person, and were not merged: what a user may be asked."""

    one: int
    other: int
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Grouping:
    """Which faces are one person, in the order of the vectors.

    `cluster` int (n,) is numbered from 0 in the order of first faces, `DROPPED` for faces of which nothing can be said.
    `confidence` float32 (n,) is the probability, 0 to 1, that a face belongs to its cluster, NaN where the method has
    no opinion. `links` are likely merges that were not made, the likeliest first. `note` says in one sentence what the
    user should know of how this was done, such as that it ran without trained weights; empty if nothing.
    """

    cluster: IntArray
    confidence: Floats
    links: tuple[Link, ...] = field(default=())
    note: str = ""

    @property
    def dropped(self) -> int:
        """Return how many faces nothing can be said of."""
        return int((self.cluster == DROPPED).sum())


class PeopleMethod(Protocol):
    """A way to find out which faces are one person. `version` changes whenever an answer may."""

    version: str

    def cluster(self, vectors: Vectors, context: Context) -> Grouping:
        """Group faces by person.

        Args:
            vectors: face features of one embedder, shape (n, d), any length: they are normalised here.
            context: what is known of the same n faces.

        Raises:
            ValueError: the shapes do not fit.
        """
        ...


class Purifier(PeopleMethod, Protocol):
    """A way to look through groups again and to say which faces do not belong."""

    def purify(self, vectors: Vectors, context: Context, cluster: IntArray) -> Grouping:
        """Judge each face in its cluster and part those that do not belong; `cluster` int (n,) as in `Grouping`."""
        ...
