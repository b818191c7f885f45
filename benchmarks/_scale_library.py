"""A simulated library of any size as arrays: when and where photos were taken, who is on them, and what is liked."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.events._synthetic import Life, live, repeated
from plugins.tags._synthetic import Library, Traits, libraries

Doubles = NDArray[np.float64]
IntArray = NDArray[np.int64]

LAST_DAY_S: Final = 1_767_225_600.0  # 1 January 2026
PHOTOS_A_LIFE: Final = 7_000
MOST_A_LIFE: Final = 50_000
"""Moments of one life at the most: about 33 years."""
MOST_LIVES: Final = 4
"""Larger libraries are of several people who live side by side, and who then take every moment several times."""
AGAIN_S: Final = 8.0
"""Mean time until a moment is taken once more."""
NOWHERE: Final = 0.25  # of the photos, those without a position
WITH_FACES: Final = 0.6
MORE_FACES: Final = 1.0
"""Faces beyond the first on photos that have any, in the mean: 1.2 faces a photo in all."""
PHOTOS_A_PERSON: Final = 100
ZIPF: Final = 1.1
STRANGERS: Final = 0.1  # of the faces, those of people who are seen once
CAST: Final = 8  # people of one happening
LIKED: Final = 0.03
RATED: Final = 0.05
TAG_TRAITS: Final = Traits(
    scenes=1_400, families=150, details=450, detail=(0.02, 8.0), said=0.97, tagged=1 / 3, trips=0.0
)
"""2,000 words, about three on each photo that has any."""


@dataclass(frozen=True, slots=True, eq=False)
class Shots:
    """n photos, those of one happening together; `number` (n,) is their place in order of time.

    `faces` int (n + 1,): the faces of photo i are `faces[i]` to `faces[i + 1]`, and `person` (f,) says whose they are;
    numbers from `people` on are of strangers, who are seen once. `lat` and `lon` are NaN where nobody knows.
    """

    number: IntArray
    taken_s: Doubles
    lat: Doubles
    lon: Doubles
    event: IntArray
    faces: IntArray
    person: IntArray
    people: int
    favourite: NDArray[np.bool_]
    rating: IntArray

    def __len__(self) -> int:
        return len(self.number)


def shots(n: int, seed: int) -> Shots:
    """Simulate when and where n photos were taken, and who is on them."""
    draw = np.random.default_rng([seed, 1])
    life = _lives(n, seed)
    by_time = np.argsort(life.taken_s, kind="stable")
    number = np.empty(n, dtype=np.int64)
    number[by_time] = np.arange(n)
    order = np.lexsort((life.taken_s, life.event))
    hidden = draw.random(n) < NOWHERE
    n_faces = np.where(draw.random(n) < WITH_FACES, 1 + draw.poisson(MORE_FACES, n), 0)
    people = max(2, n // PHOTOS_A_PERSON)
    event = np.unique(life.event[order], return_inverse=True)[1].astype(np.int64)
    return Shots(
        number[order],
        life.taken_s[order],
        np.where(hidden, np.nan, life.lat[order]),
        np.where(hidden, np.nan, life.lon[order]),
        event,
        np.concatenate([[0], np.cumsum(n_faces)]),
        _who(draw, event, n_faces, people),
        people,
        draw.random(n) < LIKED,
        np.where(draw.random(n) < RATED, draw.integers(1, 6, n), 0),
    )


def _lives(n: int, seed: int) -> Life:
    """Return n photos of as many lives as it takes, each moved so that it ends on the last day."""
    n_lives = min(MOST_LIVES, -(-n // MOST_A_LIFE))
    lives: list[Life] = []
    events = 0
    for turn, part in enumerate(np.array_split(np.arange(n), n_lives)):
        lives.append(_life(len(part), seed * MOST_LIVES + turn, events))
        events = int(lives[-1].event.max()) + 1
    return Life(*(np.concatenate([getattr(life, one.name) for life in lives]) for one in fields(Life)))


def _life(n: int, seed: int, first_event: int) -> Life:
    """Return n photos of one life, moments taken several times where it is too short for them."""
    again = -(-n // MOST_A_LIFE)
    moments = -(-n // again)
    life = repeated(live(seed, min(moments, PHOTOS_A_LIFE)), moments)
    row = np.arange(n) // again
    later_s = np.random.default_rng([seed, 3]).exponential(AGAIN_S, n) * (np.arange(n) % again)
    taken_s = life.taken_s[row] + LAST_DAY_S - life.taken_s[-1] + later_s
    return Life(taken_s, life.lat[row], life.lon[row], life.event[row] + first_event, life.trip[row])


def _who(draw: np.random.Generator, event: IntArray, n_faces: IntArray, people: int) -> IntArray:
    """Return whose the faces are: of a happening's cast by Zipf's law, nobody twice on a photo, and strangers."""
    share = np.arange(1, people + 1) ** -ZIPF
    edges = np.cumsum(share / share.sum())
    n_events = int(event.max()) + 1
    cast = np.searchsorted(edges, draw.random((n_events, CAST))).clip(max=people - 1)
    cast = np.sort(cast, axis=1)
    twice = np.concatenate([np.zeros((n_events, 1), np.bool_), cast[:, 1:] == cast[:, :-1]], axis=1)
    cast = draw.permuted(np.where(twice, draw.integers(people, size=cast.shape), cast), axis=1)
    photo = np.repeat(np.arange(len(event)), n_faces)
    place = np.arange(len(photo)) - np.repeat(np.cumsum(n_faces) - n_faces, n_faces)
    first = draw.integers(CAST, size=len(event))[photo]
    person = cast[event[photo], (first + place) % CAST]
    strange = (draw.random(len(photo)) < STRANGERS) | (place >= CAST)
    person[strange] = people + np.arange(int(strange.sum()))
    return np.asarray(person, dtype=np.int64)


def pictures(n: int, seed: int, at_once: int) -> Iterator[Library]:
    """Yield what n photos show and what their user says of them, so many at a time, one world for all."""
    return libraries(n, seed, TAG_TRAITS, at_once)
