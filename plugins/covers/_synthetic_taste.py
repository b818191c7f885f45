"""What a simulated user likes: a hidden taste over people, subjects and looks, and what makes any cover good."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from plugins.covers import BoolArray, IntArray
from plugins.covers._synthetic_lives import KINDS, Doubles, Life

GOOD: Final = ("focus", "light", "face", "nobody", "smile", "company", "stillness")
"""What makes a cover good: sharp, well lit, a face large enough, no face, a smile, several people, nothing moves."""
GOOD_FOR: Final = np.array(
    [
        [1.6, 0.5, 0.5, 0.3, 0.2, 0.2, 0.0],
        [1.5, 0.4, 0.8, 0.0, 0.3, 0.3, 0.0],
        [1.2, 0.3, 1.8, 0.0, 0.7, 0.6, 0.0],
        [1.3, 0.3, 1.0, 0.0, 0.4, 0.1, 0.0],
        [1.8, 0.7, 0.0, 0.9, 0.0, 0.0, 0.0],
        [2.2, 0.6, 0.0, 0.6, 0.0, 0.0, 0.0],
        [1.4, 0.4, 0.7, 0.0, 0.2, 0.1, 1.3],
    ]
)
"""How much each of `GOOD` counts, by category."""


SCENERY: Final = 0.8
"""How far a user's liking of landscapes, towns, rooms and papers spreads."""
COLOURS: Final = 12
"""The widest directions of looks, which are colour and light more than things."""
WIDE: Final = 0.575
"""From this strength on a look is liked in all directions."""


@dataclass(frozen=True, slots=True)
class Manner:
    """How one user decides.

    `quality`, `taste`, `typical` and `first` are how much a good picture, the user's own taste, being near the album's
    middle, and being among the first count; `whim` is the spread of what nobody can know of a picture. `decided` is how
    closely likes follow liking, 0 for not at all; `favourites` is the share of pictures liked; `certain` is how closely
    covers follow it. Who `always` takes the best one chooses the picture liked most, and favourites by a threshold.
    `stars` is the share of liked ones that get stars instead of a heart. `sorts_out` says that albums have no
    near-duplicates.
    """

    quality: float = 1.0
    taste: float = 1.5
    typical: float = 0.4
    first: float = 0.5
    whim: float = 0.5
    decided: float = 2.0
    favourites: float = 0.08
    certain: float = 2.0
    always: bool = False
    stars: float = 0.0
    sorts_out: bool = True

    @classmethod
    def drawn(cls, rng: np.random.Generator) -> Manner:
        """Draw how one user decides; one in ten has no taste, one in ten likes at random."""
        always = bool(rng.random() < 0.3)
        return cls(
            quality=rng.uniform(0.5, 1.2),
            taste=0.0 if rng.random() < 0.1 else rng.uniform(1, 3),
            typical=0.0 if always else rng.uniform(0, 0.9),
            first=0.0 if always else rng.choice([0.0, 0.5, 1.5]),
            whim=rng.uniform(0.1, 0.6),
            decided=0.0 if rng.random() < 0.1 else rng.uniform(1.5, 4.5),
            favourites=rng.uniform(0.02, 0.15),
            certain=rng.uniform(1, 4),
            always=always,
            stars=rng.choice([0.0, 0.0, 0.5, 1.0]),
            sorts_out=bool(rng.random() < 0.6),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Taste:
    """What one user likes: `person` (p,), `subject` (c,), `tone` a look (LATENT,); people, large faces, smiles."""

    person: Doubles
    subject: Doubles
    tone: Doubles
    people: float
    close_up: float
    smile: float
    light: float

    @classmethod
    def drawn(cls, rng: np.random.Generator, people: int, kind: IntArray, looks: int, plain: bool) -> Taste:
        """Draw a taste over attributes: people, scenery, close-ups, colour; and over a few persons and subjects.

        Args:
            people: how many there are.
            kind: that of each subject, shape (c,).
            looks: dimensions of a look.
            plain: one liked person and a few liked subjects, nothing else.

        Source: methods 8.8.
        """
        liked = 1 if plain else int(rng.choice([0, 1, 2, 3], p=[0.15, 0.4, 0.3, 0.15]))
        person, subject = np.zeros(people), np.zeros(len(kind))
        person[rng.choice(people, min(liked, people), replace=False)] = rng.uniform(1, 2, min(liked, people))
        share = rng.uniform(0.05, 0.3)
        subject[rng.random(len(kind)) < share] = rng.uniform(0.6, 1.4)
        if plain:
            return cls(person, subject, np.zeros(looks), 0.0, 0.0, 0.0, 0.0)
        subject += rng.normal(0, SCENERY, KINDS)[kind]
        tone, strength = rng.standard_normal(looks), abs(rng.normal(0, 0.5))
        wide = strength > WIDE  # one in four: a way of looking that is not colour alone, and counts most
        tone *= wide | (np.arange(looks) < COLOURS)
        tone *= (strength + 0.5 if wide else strength) / np.linalg.norm(tone)
        return cls(person, subject, tone, *(float(one) for one in rng.normal(0, [0.8, 0.5, 0.3, 0.3])))

    def of(self, life: Life, look: Doubles) -> Doubles:
        """Return how much the user likes each picture for what it shows, shape (n,)."""
        leaning = look @ self.tone
        leaning *= np.linalg.norm(self.tone) / max(float(leaning.std()), 1e-9)
        closeness = np.where(life.who.any(axis=1), np.log(life.share / 0.015), 0)
        people = np.where(life.who, self.person, 0).max(axis=1, initial=0)
        people += self.people * (life.who.any(axis=1) | (life.bystanders > 0))
        looks = self.close_up * closeness + self.light * (life.light - 0.65) / 0.17
        return np.asarray(people + self.subject[life.subject] + leaning + looks + self.smile * _smile(life))


def goodness(rng: np.random.Generator, life: Life) -> Doubles:
    """Return how good a cover each picture would be for anybody, shape (n,); what counts varies a little by user."""
    seen = life.who.any(axis=1)
    parts = {
        "focus": life.focus - 0.8,
        "light": -(((life.light - 0.65) / 0.25) ** 2),
        "face": seen * np.clip(life.share / 0.02, 0, 1) * life.focus,
        "nobody": ~seen & (life.bystanders == 0),
        "smile": _smile(life),
        "company": np.minimum(life.who.sum(axis=1), 4) / 2,
        "stillness": 0.3 - life.motion,
    }
    weights = GOOD_FOR * np.exp(rng.normal(0, 0.35, GOOD_FOR.shape))
    values = np.stack([np.asarray(parts[name], np.float64) for name in GOOD], axis=1)
    return np.asarray((values * weights[life.category]).sum(axis=1))


def _smile(life: Life) -> Doubles:
    return np.where(life.who.any(axis=1), (life.smile - 0.5) / 0.4, 0)


def plain_goodness(life: Life) -> Doubles:
    """Return minus one for blurred pictures, shape (n,)."""
    return np.where(life.focus < 0.5, -1.0, 0.0)


def liked(
    rng: np.random.Generator, liking: Doubles, manner: Manner, covers: IntArray, never: BoolArray, most: int | None
) -> BoolArray:
    """Return which pictures the user marked, shape (n,).

    Args:
        rng: chance.
        liking: how much the user likes each picture, shape (n,).
        manner: how the user decides.
        covers: pictures that are signals already.
        never: pictures that cannot be marked, shape (n,).
        most: how many marked pictures and covers there are together; None for the user's own share.
    """
    n = len(liking)
    spread = manner.decided * (liking - liking.mean()) / max(float(liking.std()), 1e-9)
    keys = np.where(rng.random(n) < 0.05, 0, spread) + rng.gumbel(size=n)  # the first k by these keys: k odds drawn
    if manner.always:
        keys = np.where(rng.random(n) < 0.7, 1.0, 0.0) * (liking - liking.min() + 1)
    order = np.argsort(-np.where(never, -np.inf, keys), kind="stable")[: int((~never).sum())]
    if most is None:
        return _marked(order[: round(manner.favourites * n)], n)
    fresh = np.cumsum(~np.isin(order, covers))
    return _marked(order[fresh <= most - len(covers)], n) if most > len(covers) else _marked(order[:0], n)


def _marked(rows: IntArray, n: int) -> BoolArray:
    marked = np.zeros(n, np.bool_)
    marked[rows] = True
    return marked
