"""Simulated libraries with several tags a photo, to measure tag methods on: known truth, and a user who forgets."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.tags import Floats, IntArray, Seconds

DIM: Final = 512
SPREAD: Final = (0.24, 0.30, 0.46)
"""Parts of a picture's squared length: what all share, what its scene is, what is its own.

So are the pooled VGG16 vectors of fifty kinds of Caltech-101, which have about 20 directions between kinds and 105
within them; pictures of one kind then have a cosine of .54 in the mean, and others of .24.
"""
BETWEEN: Final = 20
WITHIN: Final = 105
KIN: Final = 0.5
"""Part of what a scene is that it shares with the others of its family, such as animals."""
BURST: Final = 0.02
"""Part of a picture's squared length by which photos of one burst differ."""
DAY_S: Final = 86_400.0


@dataclass(frozen=True, slots=True)
class Traits:
    """How a simulated library is made; `detail` are the two parameters of the beta law of how often one is seen."""

    scenes: int = 60
    families: int = 10
    zipf: float = 0.8
    details: int = 40
    detail: tuple[float, float] = (0.25, 3.0)
    said: float = 0.85
    tagged: float = 0.6
    trips: float = 0.25


@dataclass(frozen=True, slots=True, eq=False)
class Library:
    """n simulated photos in the order of time.

    `vectors` (n, 512) have unit length; `truth` are the words that a photo should have, and `tags` those that its user
    put on it; `event` and `burst` (n,) say which belong together, `taken_s` (n,) when they were taken.
    """

    vectors: Floats
    tags: tuple[tuple[str, ...], ...]
    truth: tuple[tuple[str, ...], ...]
    event: IntArray
    burst: IntArray
    taken_s: Seconds


def library(n: int, seed: int, traits: Traits = Traits()) -> Library:
    """Simulate a library.

    Each photo shows a scene. Its words are the scene's own, the family's, one or two details that the scene often has
    (some details are seen in many scenes), and on some events the name of a trip, which nobody can see. Events have a
    few scenes, frequent ones more often; bursts are up to four photos that are nearly the same. The user tags a part of
    the events' photos, and forgets some words on them.

    Args:
        n: photos.
        seed: of all.
        traits: how it is made.
    """
    return next(libraries(n, seed, traits, n))


def libraries(n: int, seed: int, traits: Traits, at_once: int) -> Iterator[Library]:
    """Simulate a library of any size part by part: n photos of one world, at most so many at once, in order of time.

    Events and bursts are numbered anew in each part.
    """
    draw = np.random.default_rng(seed)
    world = _World.drawn(draw, traits)
    for first in range(0, n, at_once):
        yield _part(draw, world, min(at_once, n - first), traits)


def _part(draw: np.random.Generator, world: _World, n: int, traits: Traits) -> Library:
    event, burst, scene = _shots(draw, n, world.often)
    vectors = world.pictures(draw, scene, burst)
    truth = world.words(draw, scene, burst, event, traits.trips)
    has_tags = (draw.random(burst.max() + 1) < traits.tagged)[burst]
    tags = tuple(
        tuple(word for word in words if draw.random() < traits.said) if tagged else ()
        for words, tagged in zip(truth, has_tags.tolist(), strict=True)
    )
    taken_s = event * DAY_S * 3 + np.arange(n) * 60.0
    return Library(vectors, tags, truth, event, burst, taken_s)


@dataclass(frozen=True, slots=True, eq=False)
class _World:
    """What there is to be seen: `centre` (scenes, d), how often each scene is seen, its family and its details."""

    shared: Floats
    centre: Floats
    within: Floats
    often: NDArray[np.float64]
    family: IntArray
    detail: NDArray[np.float64]

    @classmethod
    def drawn(cls, draw: np.random.Generator, traits: Traits) -> _World:
        family = draw.integers(traits.families, size=traits.scenes)
        between, within = (_directions(draw, count) for count in (BETWEEN, WITHIN))
        kin = _units(draw.normal(size=(traits.families, BETWEEN)))[family]
        own = _units(draw.normal(size=(traits.scenes, BETWEEN)))
        place = _units(np.sqrt(KIN) * kin + np.sqrt(1 - KIN) * own)
        often = 1 / np.arange(1, traits.scenes + 1) ** traits.zipf
        detail = draw.beta(*traits.detail, size=(traits.scenes, traits.details))
        return cls(_directions(draw, 1)[0], place @ between, within, often / often.sum(), family, detail)

    def pictures(self, draw: np.random.Generator, scene: IntArray, burst: IntArray) -> Floats:
        """Return the vectors of photos of scenes, shape (n, d); those of one burst are nearly the same."""
        common, of_scene, own = np.sqrt(SPREAD)
        first = _units(draw.normal(size=(int(burst.max()) + 1, WITHIN)))[burst]
        own_place = _units(first + np.sqrt(BURST) * _units(draw.normal(size=first.shape)))
        return _units(common * self.shared + of_scene * self.centre[scene] + own * (own_place @ self.within))

    def words(
        self, draw: np.random.Generator, scene: IntArray, burst: IntArray, event: IntArray, trips: float
    ) -> tuple[tuple[str, ...], ...]:
        """Return the words of each photo; all photos of a burst have the same."""
        shown = draw.random((int(burst.max()) + 1, self.detail.shape[1]))[burst] < self.detail[scene]
        is_trip = (draw.random(int(event.max()) + 1) < trips)[event]
        return tuple(
            (
                f"scene {scene[row]}",
                f"family {self.family[scene[row]]}",
                *(f"detail {detail}" for detail in np.flatnonzero(shown[row]).tolist()),
                *((f"trip {event[row]}",) if is_trip[row] else ()),
            )
            for row in range(len(scene))
        )


def _shots(draw: np.random.Generator, n: int, often: NDArray[np.float64]) -> tuple[IntArray, IntArray, IntArray]:
    """Return event, burst and scene of each photo, shape (n,), events and bursts in the order of time."""
    event: list[int] = []
    scene: list[int] = []
    size: list[int] = []
    number = 0
    while sum(size) < n:
        here = draw.choice(len(often), int(draw.integers(2, 6)), replace=False, p=often)
        bursts = int(draw.integers(3, 20))
        event += [number] * bursts
        scene += draw.choice(here, bursts).tolist()
        size += draw.integers(1, 5, bursts).tolist()
        number += 1
    burst = np.repeat(np.arange(len(size)), size)[:n]
    return np.array(event)[burst], burst, np.array(scene)[burst]


def _directions(draw: np.random.Generator, count: int) -> Floats:
    """Return directions at right angles to one another, nearly, shape (count, d)."""
    return _units(draw.normal(size=(count, DIM)))


def _units(vectors: NDArray[np.float64]) -> Floats:
    return np.asarray(vectors / np.linalg.norm(vectors, axis=-1, keepdims=True), dtype=np.float32)
