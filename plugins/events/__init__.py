"""The contract of an event method: capture times, places and faces in; events, trips and piles out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Protocol, TypeAlias

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]

ORIGINS: Final = ("none", "exif", "track", "words", "neighbour")
"""How a position is known; `Places.origin` holds indices into this tuple."""
NONE, EXIF, TRACK, WORDS, NEIGHBOUR = range(len(ORIGINS))
TIME_LIMIT_S: Final = 1e12  # some 30,000 years: sums of a million such times are still exact to a second


@dataclass(frozen=True, slots=True, eq=False)
class Places:
    """Where each photo was taken, in the order of the photos.

    Args:
        lat: latitude in WGS84 degrees, -90 to 90, NaN where unknown, shape (n,).
        lon: longitude in WGS84 degrees, any multiple of 360 added, NaN where unknown, shape (n,).
        radius_m: how far off the position may be in metres, 0 or more, shape (n,).
        origin: how it is known, an index into `ORIGINS`, shape (n,). A photo without a position counts as `none`.
    """

    lat: FloatArray
    lon: FloatArray
    radius_m: FloatArray
    origin: IntArray

    @classmethod
    def of(
        cls, lat: FloatArray, lon: FloatArray, radius_m: FloatArray | None = None, origin: IntArray | None = None
    ) -> Places:
        """Build places from coordinates alone: exact positions from EXIF unless the rest is given."""
        lat, lon = np.asarray(lat, dtype=np.float64), np.asarray(lon, dtype=np.float64)
        known = np.isfinite(lat) & np.isfinite(lon)
        return cls(
            lat,
            lon,
            np.zeros(len(lat)) if radius_m is None else np.asarray(radius_m, dtype=np.float64),
            np.where(known, EXIF, NONE) if origin is None else np.asarray(origin, dtype=np.int64),
        )

    @classmethod
    def unknown(cls, n: int) -> Places:
        """Build the places of n photos of which no position is known."""
        return cls.of(np.full(n, np.nan), np.full(n, np.nan))


@dataclass(frozen=True, slots=True, eq=False)
class Faces:
    """The faces of the photos, in any order.

    Args:
        photo: index of the photo that shows the face, shape (m,).
        vectors: face features, L2-normalised, float32, shape (m, d).
        weight: size × sharpness of the face, any unit; the largest of a photo is its main face, shape (m,).
        threshold: cosine from which the embedder's calibration calls two faces the same person.
        person: number of the known person, 0 or more, or -1 for somebody unknown, shape (m,); None: all unknown.
    """

    photo: IntArray
    vectors: NDArray[np.float32]
    weight: FloatArray
    threshold: float
    person: IntArray | None = None


@dataclass(frozen=True, slots=True)
class FacePile:
    """The photos of one person group inside one event.

    `people` are sorted: numbers from 0 are the caller's known persons, -1, -2, … the unknown people of this event,
    most photos first. Nobody in `people` means photos without faces. `photos` are indices in time order.
    """

    people: tuple[int, ...]
    photos: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Clustering:
    """What an event method found; every array is in the order in which the photos were given.

    Args:
        event: event of each photo, numbered from 0 in time order, shape (n,).
        trip: trip of each photo, numbered from 0 in time order, -1 for none, shape (n,).
        away: whether the photo's event was away from home, shape (n,).
        piles: the third piles of each event, in event order; each event has an empty tuple when no faces were given.
        face_person: who each face is within its event, numbered as in `FacePile`, shape (m,).
    """

    event: IntArray
    trip: IntArray
    away: BoolArray
    piles: tuple[tuple[FacePile, ...], ...]
    face_person: IntArray


class EventMethod(Protocol):
    """A way to find events. `version` changes whenever the same input may give another answer; caches key on it."""

    name: str
    version: str

    def cluster(
        self, taken_s: FloatArray, places: Places, faces: Faces | None = None, utc_offset_s: FloatArray | None = None
    ) -> Clustering:
        """Group photos into events.

        Args:
            taken_s: capture times in seconds since 1970 UTC, shape (n,); any order, equal times keep theirs.
            places: where the photos were taken, n of them.
            faces: the faces in the photos; None when they are not known, which leaves the piles empty.
            utc_offset_s: how far local time was ahead of UTC in seconds, shape (n,); None means it was not.

        Raises:
            ValueError: a time is not a finite number, or the arrays do not fit together.
        """
        ...

    def piles(self, event: IntArray, faces: Faces) -> tuple[tuple[FacePile, ...], ...]:
        """Make the third piles anew where only the people have changed since `cluster` found the events.

        Args:
            event: event of each photo, numbered from 0, photos in time order, shape (n,).
            faces: the faces in the photos.
        """
        ...


def require_fitting(taken_s: FloatArray, places: Places, faces: Faces | None, utc_offset_s: FloatArray | None) -> None:
    """Check an event method's input before any work is done.

    Raises:
        ValueError: a time is not a finite number, or the arrays do not fit together; the text says which.
    """
    n = len(taken_s)
    if np.ndim(taken_s) != 1:
        raise ValueError(f"taken_s has shape {np.shape(taken_s)}: give one time for each photo")
    bad = np.flatnonzero(~(np.abs(taken_s) <= TIME_LIMIT_S))
    if len(bad):
        raise ValueError(f"taken_s[{bad[0]}] is {taken_s[bad[0]]}: give every photo a finite time, or leave it out")
    columns = {"lat": places.lat, "lon": places.lon, "radius_m": places.radius_m, "origin": places.origin}
    for name, column in columns.items():
        if np.shape(column) != (n,):
            raise ValueError(f"places.{name} has shape {np.shape(column)} for {n} photos: give one value for each")
    if utc_offset_s is not None and not (
        np.shape(utc_offset_s) == (n,) and (np.abs(utc_offset_s) <= TIME_LIMIT_S).all()
    ):
        raise ValueError(f"utc_offset_s must hold one finite number of seconds for each of the {n} photos")
    if faces is not None:
        _require_fitting_faces(faces, n)


def _require_fitting_faces(faces: Faces, n_photos: int) -> None:
    m = len(faces.photo)
    if faces.vectors.ndim != 2 or len(faces.vectors) != m or len(faces.weight) != m:
        raise ValueError(f"faces.vectors {faces.vectors.shape} and weight {np.shape(faces.weight)} must fit {m} faces")
    if faces.person is not None and len(faces.person) != m:
        raise ValueError(f"faces.person has {len(faces.person)} values for {m} faces: give one for each, -1 if unknown")
    if m and not (faces.photo.min() >= 0 and faces.photo.max() < n_photos):
        raise ValueError(f"faces.photo must lie between 0 and {n_photos - 1}: it holds indices of photos")
    with np.errstate(invalid="ignore", over="ignore"):
        sums = faces.vectors.sum(axis=1)  # one number a face, not one truth value a number
    if not np.isfinite(sums).all():
        raise ValueError("faces.vectors holds numbers that are not finite: leave such faces out")
