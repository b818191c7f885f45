"""Who is in which photo of a simulated gallery: families, happenings, photos with several people, bursts, ages."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.people import IntArray

Doubles = NDArray[np.float64]

FIRST_DAY_S: Final = 1_199_145_600.0  # 1 January 2008
SPAN_S: Final = 15 * 365.25 * 86_400
HOME: Final = (48.137, 11.575)  # degrees
FACES_A_HAPPENING: Final = 12
AT_ONES_OWN: Final = 0.7  # of the happenings that somebody is at, those of the family
BURST_GAP_S: Final = 1.0
PAUSE_S: Final = 150.0


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """The people of a gallery, strangers after them: family, years as shares of the span, and who is a child.

    `family` int (p,); `first` and `last` float (p,) are when somebody is first and last seen, 0 to 1; `child` bool
    (p,): born when first seen; `twin` bool (p,): the next one of the family is nearly the same.
    """

    family: IntArray
    first: Doubles
    last: Doubles
    child: NDArray[np.bool_]
    twin: NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """When and where each of n faces was taken; `burst` numbers the runs of near-duplicates, over all photos."""

    photo: IntArray
    burst: IntArray
    taken_s: Doubles
    lat: Doubles
    lon: Doubles


def meet(
    rng: np.random.Generator, people: int, strangers: int, families: float, children: float, twins: float
) -> People:
    """Draw who there is: a share `families` of the people in families of 2 to 5, the others each on their own."""
    n = people + strangers
    in_family = rng.random(people) < families
    starts = rng.random(people) < 0.3
    family = np.where(in_family, np.cumsum(starts), people + 1 + np.arange(people))
    child = (rng.random(people) < children) & in_family
    first = np.where(child | (rng.random(people) < 0.5), rng.uniform(0, 0.6, people), 0.0)
    length = np.where(rng.random(people) < 0.5, 1.0, rng.uniform(0.1, 0.8, people))
    twin = np.zeros(n, dtype=bool)
    twin[: people - 1] = (rng.random(people - 1) < twins) & (np.diff(family) == 0)
    first[1:][twin[: people - 1]] = first[:-1][twin[: people - 1]]
    child[1:][twin[: people - 1]] = child[:-1][twin[: people - 1]]
    return People(
        np.concatenate([family, 3 * people + 1 + np.arange(strangers)]),
        np.concatenate([first, np.zeros(strangers)]),
        np.concatenate([np.minimum(1.0, first + length), np.ones(strangers)]),
        np.concatenate([child, rng.random(strangers) < 0.1]),
        twin,
    )


def sightings(rng: np.random.Generator, labels: IntArray, people: People, bursts: float, mirrors: float) -> Sightings:
    """Take the photos that the faces are in.

    Args:
        rng: the generator of this gallery.
        labels: who each face is, a number into `people`, shape (n,).
        people: who there is.
        bursts: share of photos that continue the burst of the one before.
        mirrors: share of faces that are in a photo where the same person already is.
    """
    n_happenings = max(3, len(labels) // FACES_A_HAPPENING)
    when = np.sort(rng.random(n_happenings) ** 0.8)  # more photos every year
    host = people.family[rng.choice(labels, n_happenings)]
    happening = _attended(rng, labels, people, when, host)
    slot, n_slots = _slots(rng, labels, happening, n_happenings)
    offset = np.cumsum(n_slots) - n_slots
    photo = offset[happening] + slot
    mirrored = np.flatnonzero(rng.random(len(labels)) < mirrors)
    photo[mirrored] = _another_of_same(labels, happening, photo)[mirrored]
    burst, since_s = _pace(rng, n_slots, offset, bursts)
    lat, lon = _places(rng, host, n_happenings)
    taken_s = FIRST_DAY_S + when[happening] * SPAN_S + since_s[photo]
    return Sightings(photo, burst[photo], taken_s, lat[happening], lon[happening])


def _attended(rng: np.random.Generator, labels: IntArray, people: People, when: Doubles, host: IntArray) -> IntArray:
    """Return the happening that each face was seen at: one near a moment of their life, mostly of their family."""
    moment = rng.uniform(people.first[labels], people.last[labels])
    anyones = np.searchsorted(when, moment).clip(max=len(when) - 1)
    order = np.lexsort((when, host))
    key = host[order] * 2.0 + when[order]
    near = np.searchsorted(key, people.family[labels] * 2.0 + moment).clip(max=len(when) - 1)
    own = order[near]
    fits = (host[own] == people.family[labels]) & (np.abs(when[own] - moment) < 0.1)
    return np.where(fits & (rng.random(len(labels)) < AT_ONES_OWN), own, anyones)


def _slots(
    rng: np.random.Generator, labels: IntArray, happening: IntArray, n_happenings: int
) -> tuple[IntArray, IntArray]:
    """Return the photo of its happening that each face is in, nobody twice in one, and how many photos there are."""
    pair = happening * (labels.max() + 1) + labels
    _, group, size = np.unique(pair, return_inverse=True, return_counts=True)
    order = np.argsort(group, kind="stable")
    rank = np.empty(len(labels), dtype=np.int64)
    rank[order] = np.arange(len(labels)) - np.repeat(np.cumsum(size) - size, size)
    most = np.ones(n_happenings, dtype=np.int64)
    np.maximum.at(most, happening, size[group])
    n_slots = np.ceil(most * rng.uniform(1, 1.8, n_happenings)).astype(np.int64)
    start = rng.integers(0, 1 << 30, len(size))[group]
    return (start + rank) % n_slots[happening], n_slots


def _another_of_same(labels: IntArray, happening: IntArray, photo: IntArray) -> IntArray:
    """Return, for each face, the photo of the face before it that shows the same person at the same happening."""
    order = np.lexsort((photo, labels, happening))
    before = np.roll(order, 1)
    same = (labels[before] == labels[order]) & (happening[before] == happening[order])
    found = photo.copy()
    found[order[same]] = photo[before[same]]
    return found


def _pace(rng: np.random.Generator, n_slots: IntArray, offset: IntArray, bursts: float) -> tuple[IntArray, Doubles]:
    """Return the burst of each photo, and how many seconds after the start of its happening it was taken."""
    total = int(n_slots.sum())
    begins = rng.random(total) >= bursts
    begins[offset] = True
    gap_s = np.where(begins, rng.exponential(PAUSE_S, total), BURST_GAP_S)
    run_s = np.cumsum(gap_s)
    return np.cumsum(begins), run_s - np.repeat(run_s[offset], n_slots)


def _places(rng: np.random.Generator, host: IntArray, n: int) -> tuple[Doubles, Doubles]:
    """Return where each happening was: half at the home of the family that hosts it, the others anywhere."""
    _, number = np.unique(host, return_inverse=True)
    homes = rng.normal(0, 0.1, (number.max() + 1, 2))
    away = rng.normal(0, 1, (n, 2)) * 10 ** rng.uniform(-1.5, 1, (n, 1))
    degrees = np.array(HOME) + np.where(rng.random((n, 1)) < 0.5, homes[number], away)
    return degrees[:, 0].clip(-85, 85), degrees[:, 1]
