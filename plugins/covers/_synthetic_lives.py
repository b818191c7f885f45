"""What a simulated user takes pictures of: events with subjects and people, bursts, videos, good and bad shots."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.covers import CATEGORIES, BoolArray, IntArray, Seconds

Doubles = NDArray[np.float64]
DAY_S: Final = 86_400.0
FIRST_DAY_S: Final = 1_600_000_000.0
VIDEO: Final = CATEGORIES.index("video")
DOCUMENT: Final = CATEGORIES.index("document")
KINDS: Final = 4
"""Of subjects: landscapes, towns, rooms, papers."""
SUBJECTS_OF: Final = np.array(
    [[4, 4, 1, 0], [2, 3, 2, 0], [1, 2, 3, 0], [0, 0, 5, 0], [6, 0.5, 0, 0], [0, 0, 0.3, 6], [2, 2, 2, 0]]
)
"""How often each category has subjects of each kind."""
WITH_PEOPLE: Final = np.array([0.35, 0.5, 0.85, 0.6, 0.1, 0.02, 0.5])
"""The share of an event's shots, by category, in which somebody who is there can be seen."""
BYSTANDERS: Final = np.array([0.3, 0.3, 0.15, 0.02, 0.05, 0.01, 0.1])
"""Faces of strangers a shot, by category."""


@dataclass(frozen=True, slots=True)
class Traits:
    """How somebody lives and takes pictures; the shares are 0 to 1.

    `albums` events get an album; together with other events there are at least `photos` pictures. `size` is the median
    size of an album. Subjects and people are met by rank ** -`zipf`. `subjects` is how many an event has at most,
    `mixed` whether an event's category says nothing about its subjects. `videos` is the share of albums that are the
    frames of a video, `bursts` of pictures that repeat the one before, `blurred` of blurred ones. Largest faces have
    exp(`face_share` ± `face_spread`) of the area.
    """

    albums: int = 20
    photos: int = 800
    people: int = 8
    classes: int = 25
    size: float = 13.0
    zipf: float = 0.8
    subjects: int = 4
    mixed: bool = False
    videos: float = 0.1
    bursts: float = 0.2
    blurred: float = 0.15
    face_share: float = -3.9
    face_spread: float = 0.7

    @classmethod
    def drawn(cls, rng: np.random.Generator, albums: int, least: int) -> Traits:
        """Draw how one user lives, with `albums` albums and at least `least` pictures."""
        return cls(
            albums=albums,
            photos=max(least, int(np.exp(rng.uniform(np.log(400), np.log(1_400))))),
            people=int(rng.integers(3, 16)),
            classes=int(np.exp(rng.uniform(np.log(5), np.log(61)))),
            size=np.exp(rng.uniform(np.log(8), np.log(24))),
            zipf=rng.uniform(0, 1.2),
            subjects=int(rng.integers(2, 7)),
            mixed=bool(rng.random() < 0.35),
            videos=rng.choice([0.0, 0.1, 0.3]),
            bursts=rng.uniform(0, 0.45),
            blurred=rng.uniform(0.02, 0.35),
            face_share=rng.uniform(-5, -2.6),
            face_spread=rng.uniform(0.15, 1.1),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Life:
    """n pictures in order of time, as they are, not as they are measured; p people.

    `event`, `burst`, `subject` (n,) say which belong together and what is shown; `category` (n,) is that of the event;
    `who` (n, p) says who can be seen and `bystanders` (n,) how many strangers. `share` (n,) is the largest face's part
    of the area, `smile`, `focus` and `light` (n,) are 0 to 1. `motion` (n,) is how far a picture is from the one before
    in its burst, 0 in the first. `kind` (c,) is that of each subject, `album` (events,) whether an event has an album.
    """

    taken_s: Seconds
    event: IntArray
    burst: IntArray
    subject: IntArray
    category: IntArray
    who: BoolArray
    bystanders: IntArray
    share: Doubles
    smile: Doubles
    focus: Doubles
    light: Doubles
    motion: Doubles
    kind: IntArray
    album: BoolArray

    @property
    def in_video(self) -> BoolArray:
        """Return which pictures are frames of a video, shape (n,)."""
        is_frame: BoolArray = self.category == VIDEO
        return is_frame


def live(rng: np.random.Generator, traits: Traits) -> Life:
    """Simulate the pictures of one user."""
    album, sizes = _events(rng, traits)
    event = np.repeat(np.arange(len(sizes)), sizes)
    category = _categories(rng, traits, album)
    burst = _bursts(rng, traits, event, category)
    n, n_bursts = len(event), int(burst[-1]) + 1
    of_burst = event[np.searchsorted(burst, np.arange(n_bursts))]
    kind = np.minimum(rng.choice(KINDS, traits.classes, p=[0.35, 0.25, 0.33, 0.07]), KINDS - 1)
    subject = _subjects(rng, traits, category, kind, of_burst)[burst]
    who = _people(rng, traits, category, of_burst)[burst]
    motion = _motion(rng, burst, (category == VIDEO)[event])
    blurred = rng.random(n) < np.where((category == VIDEO)[event], 0.15 + 0.5 * (motion > 0.45), traits.blurred)
    return Life(
        _times(rng, event, burst, category),
        event,
        burst,
        subject,
        category[event],
        who,
        rng.poisson(BYSTANDERS[category[of_burst]])[burst],
        np.exp(traits.face_share + traits.face_spread * _shaken(rng, burst, 0.2)).clip(0.0005, 0.4),
        (0.5 + 0.2 * _shaken(rng, burst, 0.6)).clip(0, 1),
        np.where(blurred, rng.uniform(0, 0.4, n), rng.uniform(0.75, 1, n)),
        (0.65 + 0.17 * _shaken(rng, burst, 0.2)).clip(0, 1),
        motion,
        kind,
        album,
    )


def _events(rng: np.random.Generator, traits: Traits) -> tuple[BoolArray, IntArray]:
    """Return which events have an album, and how many pictures each has; albums lie anywhere among the others."""
    albums = (traits.size * np.exp(rng.normal(0, 0.5, traits.albums))).clip(5, 60).astype(np.int64)
    others = rng.geometric(1 / 9, 1 + max(0, traits.photos - int(albums.sum())) // 9)
    album = np.repeat([True, False], [len(albums), len(others)])
    order = rng.permutation(len(album))
    return album[order], np.concatenate([albums, others])[order].astype(np.int64)


def _categories(rng: np.random.Generator, traits: Traits, album: BoolArray) -> IntArray:
    """Return the category of each event; only albums are videos."""
    share = rng.dirichlet([2, 3, 2.5, 1.5, 1.5, 0.4])
    share[DOCUMENT] = min(share[DOCUMENT], 0.08)
    category = rng.choice(len(share), len(album), p=share / share.sum())
    category[album & (rng.random(len(album)) < traits.videos)] = VIDEO
    return category.astype(np.int64)


def _bursts(rng: np.random.Generator, traits: Traits, event: IntArray, category: IntArray) -> IntArray:
    """Number bursts; in a video, its shots."""
    repeats = rng.random(len(event)) < np.where((category == VIDEO)[event], 0.85, traits.bursts)
    repeats &= np.diff(event, prepend=-1) == 0
    return np.cumsum(~repeats) - 1


def _subjects(
    rng: np.random.Generator, traits: Traits, category: IntArray, kind: IntArray, of_burst: IntArray
) -> IntArray:
    """Return what is shown in each burst: one of the few subjects of its event, the first ones more often."""
    often = rng.permutation(np.arange(1, len(kind) + 1) ** -traits.zipf)
    chosen = np.empty((len(category), traits.subjects), np.int64)
    for number, what in enumerate(category.tolist()):
        weight = often * (1.0 if traits.mixed and what != DOCUMENT else SUBJECTS_OF[what, kind] + 0.02)
        chosen[number] = rng.choice(len(kind), traits.subjects, p=weight / weight.sum())
    which = (traits.subjects * rng.random(len(of_burst)) ** 1.4).astype(np.int64)
    return chosen[of_burst, which]


def _people(rng: np.random.Generator, traits: Traits, category: IntArray, of_burst: IntArray) -> BoolArray:
    """Return who of those who are there can be seen in each burst, shape (bursts, p)."""
    often = rng.permutation(np.arange(1, traits.people + 1) ** (-0.6 * traits.zipf))
    there = np.zeros((len(category), traits.people), np.bool_)
    for number in range(len(category)):
        few = int(rng.integers(1, min(5, traits.people) + 1))
        there[number, rng.choice(traits.people, few, replace=False, p=often / often.sum())] = True
    shown = rng.random((len(of_burst), traits.people)) < rng.uniform(0.3, 0.8, (len(of_burst), 1))
    any_one = rng.random(len(of_burst)) < WITH_PEOPLE[category[of_burst]]
    who: BoolArray = there[of_burst] & shown & any_one[:, None]
    return who


def _motion(rng: np.random.Generator, burst: IntArray, in_video: BoolArray) -> Doubles:
    """Return how far each picture is from the one before: nearly nothing in a burst, still or quick in a video."""
    moved = np.where(in_video, rng.beta(0.7, 1.6, len(burst)), 0.15)
    return np.where(np.diff(burst, prepend=-1) == 0, moved, 0.0)


def _times(rng: np.random.Generator, event: IntArray, burst: IntArray, category: IntArray) -> Seconds:
    """Return when each picture was taken, ascending: minutes between bursts, days between events."""
    first = np.diff(event, prepend=-1) > 0
    minutes = np.where(np.diff(burst, prepend=-1) > 0, rng.exponential(600, len(event)), rng.uniform(1, 6, len(event)))
    inside = np.where((category == VIDEO)[event], 1.0, minutes)
    step = np.where(first, DAY_S * (0.5 + rng.exponential(5, len(event))), inside)
    return FIRST_DAY_S + np.cumsum(step)


def _shaken(rng: np.random.Generator, burst: IntArray, own: float) -> Doubles:
    """Draw normal numbers, shape (n,), of which pictures of a burst share all but the part `own`."""
    shared = rng.standard_normal(int(burst[-1]) + 1)[burst]
    return np.asarray(np.sqrt(1 - own**2) * shared + own * rng.standard_normal(len(burst)))
