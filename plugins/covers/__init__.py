"""The contract of a cover method: the photos of albums in, how well each stands for its album out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any, ClassVar, Final, Literal, Protocol, Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

Floats: TypeAlias = NDArray[np.float32]
Seconds: TypeAlias = NDArray[np.float64]
IntArray: TypeAlias = NDArray[np.int64]
BoolArray: TypeAlias = NDArray[np.bool_]
Category: TypeAlias = Literal["trip", "outing", "people", "home", "nature", "document", "video"]
CATEGORIES: Final[tuple[Category, ...]] = ("trip", "outing", "people", "home", "nature", "document", "video")
"""What an album is of; in this order wherever a category is a number."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Pictures:
    """The n pictures of one user: album members, liked ones, and others that say what is usual; stills, or frames.

    Args:
        ids: what each is called, n of them, each once.
        taken_s: when it was taken, in seconds since 1970 UTC, shape (n,).
        scenes: what it shows, unit length, shape (n, d); zeros where nobody knows, d = 0 where nothing is known.
        faces: vectors of the faces in them, unit length, shape (m, f), in any order.
        face_of: the picture of each face, shape (m,), 0 to n-1.
        sharpness: of the whole picture, 0 to 1, shape (n,); NaN in this and in those below where nobody measured it.
        exposure: how well it is lit, 0 (black or white) to 1, shape (n,).
        n_faces: shape (n,).
        face_share: share of the picture's area that the largest face has, 0 to 1, shape (n,).
        face_quality: of the best face, 0 to 1, shape (n,).
        smile: of the largest face, 0 to 1, shape (n,).
        favourite: whether the user marked it, shape (n,).
        rating: stars 1 to 5, 0 for none, -1 for rejected, shape (n,).
        video: whether it is a video among photos, shape (n,).
        stillness: of a frame of a video, how little moves around it, 0 to 1, shape (n,); NaN of everything else.
    """

    ids: Sequence[str]
    taken_s: Seconds
    scenes: Floats
    faces: Floats
    face_of: IntArray
    sharpness: Floats
    exposure: Floats
    n_faces: Floats
    face_share: Floats
    face_quality: Floats
    smile: Floats
    favourite: BoolArray
    rating: IntArray
    video: BoolArray
    stillness: Floats

    @classmethod
    def of(cls, ids: Sequence[str], taken_s: Seconds, **known: Any) -> Self:
        """Return pictures of which only what is given is known; the other columns say that nothing is."""
        n, nothing = len(ids), np.zeros((0, 0), np.float32)
        unknown = {name: np.full(n, np.nan, np.float32) for name in ("sharpness", "exposure", "smile", "stillness")}
        zeros = {name: np.zeros(n, np.float32) for name in ("n_faces", "face_share", "face_quality")}
        flags = {name: np.zeros(n, np.bool_) for name in ("favourite", "video")}
        rest = {"scenes": np.zeros((n, 0), np.float32), "faces": nothing, "face_of": np.zeros(0, np.int64)}
        columns: dict[str, Any] = {**unknown, **zeros, **flags, **rest, "rating": np.zeros(n, np.int64)}
        return cls(ids, np.asarray(taken_s, np.float64), **(columns | known))

    def __len__(self) -> int:
        return len(self.ids)

    def rows(self, wanted: IntArray) -> Self:
        """Return only these pictures, in this order, with their faces."""
        place = np.full(len(self), -1, np.int64)
        place[wanted] = np.arange(len(wanted))
        of = place[self.face_of]
        columns = {one.name: getattr(self, one.name)[wanted] for one in fields(self) if one.name not in _NOT_BY_ROW}
        ids = [self.ids[row] for row in wanted.tolist()]
        return replace(self, ids=ids, faces=self.faces[of >= 0], face_of=of[of >= 0], **columns)


_NOT_BY_ROW: Final = frozenset({"ids", "faces", "face_of"})


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """One album whose cover is to be chosen, as rows of the user's `Pictures`.

    Args:
        candidates: the pictures to choose from, in order of time (ties: id), shape (k,), k at least 1.
        history: the pictures that the user liked, oldest first, none of this album, shape (h,); empty while none are.
        category: what the album is of, as far as that is known.
        blind: whether favourites and ratings of the candidates themselves are hidden, as when they are to be foretold.
    """

    candidates: IntArray
    history: IntArray = field(default_factory=lambda: np.zeros(0, np.int64))
    category: Category = "outing"
    blind: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Chosen:
    """An album whose cover is known: what is learned from, and what is measured with.

    Args:
        album: its candidates, and what the user had liked before it.
        cover: index into `album.candidates`.
        weight: 1 for a cover that the user chose, less for a hint, such as a favourite of the album.
    """

    album: Album
    cover: int
    weight: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Ranking:
    """How well each candidate of an album stands for it.

    Args:
        scores: larger is better, shape (k,); probabilities that sum to 1 where the method has them.
        interest: how much each matches what the user likes, 0 to 1, shape (k,); None where the method does not ask.
        matches: rows of `Pictures` that the user liked and that the best candidate resembles, the most alike first.
    """

    scores: Floats
    interest: Floats | None = None
    matches: tuple[int, ...] = ()

    @property
    def best(self) -> int:
        """Return the index of the best candidate: the earliest of equals."""
        return int(np.argmax(self.scores))

    @property
    def order(self) -> IntArray:
        """Return the indices of the candidates, the best first, the earlier of equals first."""
        return np.argsort(-self.scores, kind="stable")


class CoverMethod(Protocol):
    """A way to choose covers. `version` changes whenever the same albums may get another answer."""

    name: ClassVar[str]
    version: str

    def rank(self, pictures: Pictures, albums: Sequence[Album]) -> list[Ranking]:
        """Return how well each candidate of each album stands for it, one ranking an album.

        Args:
            pictures: all pictures of one user; those in no album tell what is usual with this user.
            albums: albums of this user.
        """
        ...


def stills_first(pictures: Pictures, album: Album) -> Floats:
    """Return 0 for each candidate that can be the cover, shape (k,), and minus infinity for videos beside stills."""
    video = pictures.video[album.candidates]
    hidden: Floats = np.where(video & ~video.all(), -np.inf, 0).astype(np.float32)
    return hidden
