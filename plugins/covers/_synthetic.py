"""Simulated users with hidden tastes, to train cover methods on and to measure them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from plugins.covers import CATEGORIES, Album, BoolArray, Category, Chosen, Floats, IntArray, Pictures
from plugins.covers import _synthetic_taste as tastes
from plugins.covers._synthetic_lives import Doubles, Life, Traits, live
from plugins.covers._synthetic_taste import Manner, Taste
from plugins.covers._synthetic_vectors import Lens, Seen, see

TRAINING: Final = range(10_000)
DEVELOPMENT: Final = range(10_000, 20_000)
TEST: Final = range(20_000, 30_000)
"""Seeds of users: those that methods learn from, those that choose between methods, and those only measured on."""
MOST_CANDIDATES: Final = 32
LIKED_STARS: Final = 4
ROOM: Final = 4  # pictures for each signal that is asked for, so that likes stay the exception


@dataclass(frozen=True, slots=True, eq=False)
class SimulatedUser:
    """One user: what is known, and the truth behind it.

    Args:
        pictures: all of the user's n pictures, in order of time.
        chosen: the albums with the covers that the user chose, in order of time.
        odds: of each album, the user's own log-probabilities of its candidates, each of shape (k,).
        taste: how much the user likes each picture for what it shows, shape (n,); all 0 for one without a taste.
        n_signals: covers chosen and pictures liked, each picture counted once.
    """

    pictures: Pictures
    chosen: tuple[Chosen, ...]
    odds: tuple[Floats, ...]
    taste: Floats
    n_signals: int

    @property
    def categories(self) -> tuple[Category, ...]:
        """Return what each album is of."""
        return tuple(one.album.category for one in self.chosen)


def simulate(seed: int, *, n_albums: int = 20, n_signals: int | None = None, later: bool = False) -> SimulatedUser:
    """Simulate a user; the same arguments give the same one.

    A user lives (`Traits`), networks see the pictures (`Lens`), and the user decides (`Manner`, `Taste`), all drawn
    anew for each seed. A cover is drawn by softmax(quality + taste + typical + first), a like by odds of the same
    liking; for three users in ten both follow from a liking by the largest and by a threshold. Some users have no
    taste, no vectors of faces or scenes, no measure of light or smiles, and some like at random.

    With 70 likes of those three in ten, what a mean of the liked (whitened) tells of the taste for other pictures has a
    correlation of .37 with it by scenes and .33 by faces; in four libraries of real pictures .31 and .36.

    Args:
        seed: of `TRAINING`, `DEVELOPMENT` or `TEST`.
        n_albums: albums whose cover the user chose.
        n_signals: covers and likes together; None for as many as the user has; 0 for none, so that nobody can know.
        later: histories hold what was liked after the album too, as when covers are chosen for old albums.
    """
    rng = np.random.default_rng([seed, 4])
    traits, lens, manner = Traits.drawn(rng, n_albums, ROOM * (n_signals or 0)), Lens.drawn(rng), Manner.drawn(rng)
    life = live(rng, traits)
    seen = see(rng, life, lens)
    taste = Taste.drawn(rng, traits.people, life.kind, seen.look.shape[1], manner.always)
    return decide(rng, life, seen, manner, taste, n_signals, later)


def decide(
    rng: np.random.Generator, life: Life, seen: Seen, manner: Manner, taste: Taste, n_signals: int | None, later: bool
) -> SimulatedUser:
    """Let a user choose covers and mark what is liked; see `simulate`."""
    personal = manner.taste * taste.of(life, seen.look)
    good = tastes.plain_goodness(life) if manner.always else tastes.goodness(rng, life)
    liking = manner.quality * good + personal + manner.whim * rng.standard_normal(len(good))
    candidates = [_candidates(rng, life, seen, number, manner) for number in np.flatnonzero(life.album).tolist()]
    odds = [_odds(life, seen, rows, liking, manner) for rows in candidates]
    covers = np.array([rows[_drawn(rng, chances)] for rows, chances in zip(candidates, odds, strict=True)])
    signals = _signals(rng, life, liking, manner, covers, n_signals)
    pictures = _pictures(rng, life, seen, signals, manner)
    chosen = _chosen(rng, life, candidates, covers, signals, later)
    return SimulatedUser(pictures, chosen, tuple(odds), personal.astype(np.float32), int(signals.any.sum()))


@dataclass(frozen=True, slots=True, eq=False)
class _Signals:
    """What the user has said, each of shape (n,): marked with a heart or stars, and chosen as a cover."""

    marked: BoolArray
    cover: BoolArray

    @property
    def any(self) -> BoolArray:
        return self.marked | self.cover


def _candidates(rng: np.random.Generator, life: Life, seen: Seen, event: int, manner: Manner) -> IntArray:
    """Return the rows of an album to choose from: without near-duplicates if so, at most 32, first and last among."""
    rows = np.flatnonzero(life.event == event)
    if manner.sorts_out and not life.in_video[rows[0]]:
        sharpest_first = rows[np.lexsort((-seen.sharpness[rows], life.burst[rows]))]
        rows = np.sort(sharpest_first[np.unique(life.burst[sharpest_first], return_index=True)[1]])
    if len(rows) <= MOST_CANDIDATES:
        return rows
    inner = rng.choice(rows[1:-1], MOST_CANDIDATES - 2, replace=False)
    return np.sort(np.concatenate([rows[[0, -1]], inner]))


def _odds(life: Life, seen: Seen, rows: IntArray, liking: Doubles, manner: Manner) -> Floats:
    """Return the log-probabilities with which the user takes each candidate, shape (k,)."""
    look = seen.look[rows] - seen.look.mean(axis=0)
    typical = look @ look.mean(axis=0) / np.linalg.norm(look, axis=1)
    typical = (typical - typical.mean()) / max(float(typical.std()), 1e-9)
    logits = liking[rows] + manner.typical * typical + manner.first * np.exp(-np.arange(len(rows)))
    logits = np.where(life.in_video[rows], logits, liking[rows]) if manner.always else manner.certain * logits
    logits = logits * (100 if manner.always else 1)
    peak = logits.max()
    return np.asarray(logits - peak - np.log(np.exp(logits - peak).sum()), dtype=np.float32)


def _drawn(rng: np.random.Generator, log_chances: Floats) -> int:
    return int(np.argmax(log_chances + rng.gumbel(size=len(log_chances))))


def _signals(
    rng: np.random.Generator, life: Life, liking: Doubles, manner: Manner, covers: IntArray, n_signals: int | None
) -> _Signals:
    known = covers[:n_signals]
    cover = np.zeros(len(liking), np.bool_)
    cover[known] = True
    return _Signals(tastes.liked(rng, liking, manner, known, life.in_video, n_signals), cover)


def _pictures(rng: np.random.Generator, life: Life, seen: Seen, signals: _Signals, manner: Manner) -> Pictures:
    """Return what a program knows of the pictures; some users lack a network or a measure."""
    n = len(life.event)
    hidden = dict(zip(("scenes", "faces", "exposure", "smile"), rng.random(4) < [0.08, 0.12, 0.35, 0.3], strict=True))
    lost = rng.random(n) < rng.choice([0.0, 0.03])  # pictures that a network could not take
    stars = signals.marked & (rng.random(n) < manner.stars)
    unmarked = rng.choice([0, 1, 2, 3, -1], n, p=[0.7, 0.03, 0.1, 0.15, 0.02]) * (manner.stars > 0)
    known = {
        "scenes": seen.scenes[:, :0] if hidden["scenes"] else np.where(lost[:, None], 0, seen.scenes),
        "faces": seen.faces[:0] if hidden["faces"] else seen.faces,
        "face_of": seen.face_of[:0] if hidden["faces"] else seen.face_of,
        "sharpness": np.where(lost, np.nan, seen.sharpness).astype(np.float32),
        **{name: getattr(seen, name) for name in ("exposure", "smile") if not hidden[name]},
        **{name: getattr(seen, name) for name in ("n_faces", "face_share", "face_quality")},
        "favourite": signals.marked & ~stars,
        "rating": np.where(stars, rng.integers(LIKED_STARS, 6, n), np.where(signals.any, 0, unmarked)),
    }
    return Pictures.of([f"{row:05d}" for row in range(n)], life.taken_s, **known)


def _chosen(
    rng: np.random.Generator, life: Life, candidates: list[IntArray], covers: IntArray, signals: _Signals, later: bool
) -> tuple[Chosen, ...]:
    """Return the albums; now and then a category is not what a program takes it for."""
    liked, unsure = np.flatnonzero(signals.any), rng.uniform(0, 0.15)
    chosen = []
    for rows, cover in zip(candidates, covers, strict=True):
        event = life.event[rows[0]]
        history = liked[life.event[liked] != event if later else life.event[liked] < event]
        number = int(rng.integers(len(CATEGORIES)) if rng.random() < unsure else life.category[rows[0]])
        chosen.append(Chosen(Album(rows, history, CATEGORIES[number]), int(np.searchsorted(rows, cover))))
    return tuple(chosen)
