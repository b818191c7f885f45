"""The nouns of Albumen as frozen records: what every layer says to every other layer."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

if TYPE_CHECKING:  # the nouns alone cost no import of NumPy
    import numpy as np
    from numpy.typing import NDArray

Kind: TypeAlias = Literal["image", "video"]
TimeOrigin: TypeAlias = Literal["exif", "xmp", "takeout", "name", "file"]
PlaceOrigin: TypeAlias = Literal["exif", "track", "words", "neighbour"]
Box: TypeAlias = tuple[float, float, float, float]
"""Left, top, right, bottom as shares of the upright picture's width and height, 0 to 1."""
Point: TypeAlias = tuple[float, float]
"""Right and down as shares of the upright picture's width and height."""
Landmarks: TypeAlias = tuple[Point, Point, Point, Point, Point]
"""Left eye, right eye, nose, left and right mouth corner; left and right as seen in the picture."""

FULL_FACE_PX: Final = 112
"""A face this large has full size: embedders look at crops of about this size."""
UNSURE_SCORE: Final = 0.6
"""Detector's probability at which a face is worth nothing."""


@dataclass(frozen=True, slots=True)
class Position:
    """A place on Earth: WGS84 degrees, and how far off it may be in metres.

    `origin` says how we know: `exif` (the file or its sidecar says so), `track` (a location history),
    `words` (a place name in the metadata), `neighbour` (a photo taken shortly before or after).
    """

    lat: float
    lon: float
    radius_m: float = 0.0
    origin: PlaceOrigin = "exif"


@dataclass(frozen=True, slots=True)
class PlaceWords:
    """Place names that the metadata carries as text (IPTC and XMP), any of them empty."""

    sublocation: str = ""
    city: str = ""
    state: str = ""
    country: str = ""

    def __bool__(self) -> bool:
        return bool(self.sublocation or self.city or self.state or self.country)


@dataclass(frozen=True, slots=True)
class Photo:
    """One asset of a library.

    `taken_at` is aware and in UTC; `taken_local` is the naive wall time where it was taken; `content_key` is the
    SHA-256 of the original's bytes (hexadecimal), or what the gallery offers in its place. `name` is what a person
    calls it: the path below a folder, or the original file name. `rating` is 1 to 5 stars, 0 for none, -1 for
    rejected.
    """

    id: str
    name: str
    taken_at: datetime
    taken_local: datetime
    content_key: str
    owner: str = ""
    kind: Kind = "image"
    time_origin: TimeOrigin = "exif"
    position: Position | None = None
    words: PlaceWords = PlaceWords()
    width: int = 0
    height: int = 0
    camera: str = ""
    duration_s: float = 0.0
    hidden: bool = False
    tags: tuple[str, ...] = ()
    rating: int = 0
    favourite: bool = False


@dataclass(frozen=True, slots=True)
class Region:
    """A face that the gallery itself knows: its box, and whose it is: the name if there is one, and the person.

    `box` is None where the gallery only says that this person is somewhere in the photo. `id` names the face in
    changes and begins with the photo's (`plugins.drawn.photo_of`). `person` is the gallery's id of who it is, also of
    unnamed people; it is empty where the face is nobody's.
    """

    photo: str
    box: Box | None
    name: str = ""
    id: str = ""
    person: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody in the gallery; `name` is empty while nobody has named them."""

    id: str
    name: str = ""
    hidden: bool = False


@dataclass(frozen=True, slots=True)
class Marker:
    """What says that an album is ours: its kind (`event`, `trip`, `pile`) and our own key for it."""

    kind: str
    key: str


@dataclass(frozen=True, slots=True)
class Album:
    """An album as the gallery holds it now; `description` is without our marker line."""

    id: str
    title: str
    description: str = ""
    cover: str | None = None
    marker: Marker | None = None


@dataclass(frozen=True, slots=True)
class Preview:
    """A photo as its gallery has it at hand, and the content that it shows.

    `source` is a picture or video in any format that `plugins.pictures.open_picture` reads and turns upright: its file
    where the gallery is a folder, bytes where it is a server.
    """

    source: bytes | Path
    content_key: str


@dataclass(frozen=True, slots=True)
class Account:
    """Whose library this is, and what holds it (`folder`, `immich 3.1.0`, …)."""

    id: str
    name: str
    server: str


@dataclass(frozen=True, slots=True)
class Signals:
    """What the user likes, as far as the gallery knows: photo ids, ratings 1 to 5, and covers by album id."""

    favourites: frozenset[str] = frozenset()
    ratings: tuple[tuple[str, int], ...] = ()
    covers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class FoundFace:
    """One face that an extractor found in a picture, with what was measured of it.

    `score` is the detector's probability that this is a face; `size_px` the square root of the box's area, in pixels
    of the picture that was looked at; `sharpness` is 0 to 1; `frontal` is 1 from the front, towards 0 from the side;
    `vector` is float32, L2-normalised, shape (dim,); `at_s` is how many seconds into a video, None in a still picture.
    """

    box: Box
    landmarks: Landmarks
    score: float
    size_px: float
    sharpness: float
    frontal: float
    vector: NDArray[np.float32] = field(repr=False)
    at_s: float | None = None

    @property
    def quality(self) -> float:
        """Return how good it is to look at and to compare, 0 to 1.

        That is the geometric mean of size = min(1, size_px / 112), sharpness, frontal, and score = (score - 0.6) / 0.4,
        within 0 and 1.
        """
        size = min(1.0, self.size_px / FULL_FACE_PX)
        sure = min(1.0, max(0.0, (self.score - UNSURE_SCORE) / (1 - UNSURE_SCORE)))
        return float((size * self.sharpness * self.frontal * sure) ** 0.25)

    @property
    def weight(self) -> float:
        """Return the box's share of the picture's area times the sharpness: the largest of a photo is its main face."""
        return min(1.0, self.area) * self.sharpness

    @property
    def area(self) -> float:
        """Return the box's share of the picture's area."""
        left, top, right, bottom = self.box
        return max(0.0, right - left) * max(0.0, bottom - top)


@dataclass(frozen=True, slots=True)
class Pile:
    """The photos of one person group inside one event; nobody in `people` means photos without faces."""

    people: tuple[str, ...]
    photos: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Event:
    """A run of photos of one happening, in time order; `trip` is the key of the trip it belongs to, or empty.

    `away` is also true where nobody knows where it was: it cannot be called a day at home.
    """

    key: str
    photos: tuple[str, ...]
    title: str = ""
    place: str = ""
    trip: str = ""
    trip_title: str = ""
    away: bool = False
    piles: tuple[Pile, ...] = ()
