"""Drawn pictures of simulated users: colours, textures, faces, blur and light, to train small convolutions on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import gaussian_filter  # type: ignore[import-untyped]

from plugins.covers import Floats
from plugins.covers._synthetic import SimulatedUser, decide
from plugins.covers._synthetic_lives import Life, Traits, live
from plugins.covers._synthetic_taste import Manner, Taste
from plugins.covers._synthetic_vectors import LATENT, Lens, see
from plugins.features.thumbnail import SIDE_PX, vectors_of

Pixels = NDArray[np.float32]
SKIN: Final = np.array([[0.95, 0.8, 0.7], [0.85, 0.65, 0.5], [0.6, 0.42, 0.3], [0.38, 0.26, 0.2]])
FINE: Final = 0.08
FINE_TURNS: Final = 14
"""Contrast, and turns over the picture, of what is fine in every picture: it is gone where that is blurred."""
PAPER: Final = 3
"""The kind of subjects that are pale, as papers are."""


@dataclass(frozen=True, slots=True, eq=False)
class _Looks:
    """How the c subjects and p people of one user look.

    `colours` (c, 2, 3) are those of a subject, `wave` (c, 2) how its stripes lie, in turns over the picture, `strength`
    (c,) how clear they are; `skin`, `hair` and `shirt` (p, 3) are colours.
    """

    colours: NDArray[np.float64]
    wave: NDArray[np.float64]
    strength: NDArray[np.float64]
    skin: NDArray[np.float64]
    hair: NDArray[np.float64]
    shirt: NDArray[np.float64]

    @classmethod
    def drawn(cls, rng: np.random.Generator, life: Life) -> _Looks:
        c, p = len(life.kind), life.who.shape[1]
        colours = rng.uniform(0.1, 0.9, (c, 2, 3))
        colours[life.kind == PAPER] = 0.8 + 0.2 * colours[life.kind == PAPER]
        turns, angle = rng.uniform(1, 12, c), rng.uniform(0, np.pi, c)
        wave = turns[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
        skin = SKIN[rng.integers(len(SKIN), size=p)]
        return cls(colours, wave, rng.uniform(0.2, 1, c), skin, rng.uniform(0, 0.9, (p, 3)), rng.uniform(0, 1, (p, 3)))


def drawn_user(
    seed: int, *, n_albums: int = 8, photos: int = 130, n_signals: int | None = None, later: bool = False
) -> SimulatedUser:
    """Simulate a user whose `scenes` are thumbnails of drawn pictures; else as `simulate`.

    The taste is for people, subjects, large faces, smiles and light; favourites are 8 to 25 in 100.
    """
    rng = np.random.default_rng([seed, 5])
    traits = _traits(rng, n_albums, photos)
    manner = replace(Manner.drawn(rng), favourites=rng.uniform(0.08, 0.25))
    life = live(rng, traits)
    seen = see(rng, life, Lens.drawn(rng))
    seen = replace(seen, scenes=vectors_of(pictures_of(rng, life)))
    taste = replace(Taste.drawn(rng, traits.people, life.kind, LATENT, manner.always), tone=np.zeros(LATENT))
    user = decide(rng, life, seen, manner, taste, n_signals, later)
    return replace(user, pictures=replace(user.pictures, scenes=seen.scenes))  # no user is without pictures here


def _traits(rng: np.random.Generator, n_albums: int, photos: int) -> Traits:
    few = replace(Traits.drawn(rng, n_albums, 0), photos=photos, size=min(14.0, rng.uniform(8, 18)))
    return replace(few, classes=min(few.classes, 24), face_share=rng.uniform(-4.2, -2.6))


def what_is_drawn(seed: int, photos: int) -> tuple[Pixels, Floats]:
    """Draw pictures of a life; return them and what they show, to learn seeing by.

    Returns:
        pixels, shape (n, 64, 64, 3), and shape (n, 20): focus, light, whether there are people, how many, the largest
        face, its smile, the subject's colours, strength and turns, and the mean colours of hair and shirts.
    """
    rng = np.random.default_rng([seed, 6])
    life = live(rng, _traits(rng, 1, photos))
    looks = _Looks.drawn(rng, life)
    n, subject, people = len(life.event), life.subject, life.who.sum(axis=1)
    each = life.who / np.maximum(people, 1)[:, None]
    anybody = people > 0
    columns = (
        np.stack(
            [life.focus, life.light, anybody, people, anybody * np.sqrt(life.share), anybody * life.smile], axis=1
        ),
        looks.colours[subject].reshape(n, 6),
        np.stack([looks.strength[subject], np.linalg.norm(looks.wave[subject], axis=1)], axis=1),
        each @ looks.hair,
        each @ looks.shirt,
    )
    return pictures_of(rng, life, looks), np.concatenate(columns, axis=1).astype(np.float32)


def pictures_of(rng: np.random.Generator, life: Life, looks: _Looks | None = None) -> Pixels:
    """Draw the pictures of a life, 0 to 1, shape (n, 64, 64, 3): scene, people before it, blur, light and grain."""
    looks = looks or _Looks.drawn(rng, life)
    pixels = _scenes(rng, life, looks)
    for picture, each in enumerate(pixels):
        _people(rng, each, life, looks, picture)
    for picture in np.flatnonzero(life.focus < 0.5).tolist():
        pixels[picture] = gaussian_filter(pixels[picture], (2.5 - 3 * life.focus[picture],) * 2 + (0,))
    gain = (0.35 + life.light)[:, None, None, None]
    grain = rng.normal(0, 0.008, pixels.shape)
    return np.asarray((pixels * gain + grain).clip(0, 1), dtype=np.float32)


def _scenes(rng: np.random.Generator, life: Life, looks: _Looks) -> Pixels:
    """Return stripes between a subject's two colours; those of a burst lie nearly alike."""
    n_bursts = int(life.burst[-1]) + 1
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] / SIDE_PX
    wave = looks.wave[life.subject]
    phase = 2 * np.pi * rng.random(n_bursts)[life.burst] + np.cumsum(life.motion)
    along = wave[:, 0, None, None] * x + wave[:, 1, None, None] * y
    share = 0.5 + 0.5 * looks.strength[life.subject, None, None] * np.sin(2 * np.pi * along + phase[:, None, None])
    first, second = np.moveaxis(looks.colours[life.subject], 1, 0) + rng.normal(0, 0.06, (n_bursts, 3))[life.burst]
    mixed = first[:, None, None] * share[..., None] + second[:, None, None] * (1 - share[..., None])
    detail = FINE * np.sin(2 * np.pi * FINE_TURNS * (x + y)) * np.sin(2 * np.pi * FINE_TURNS * (x - y))
    return np.asarray(mixed + detail[..., None], dtype=np.float32)


def _people(rng: np.random.Generator, pixels: Pixels, life: Life, looks: _Looks, picture: int) -> None:
    """Draw who can be seen, the largest face first, then strangers, into a picture."""
    radius = SIDE_PX * np.sqrt(life.share[picture] / np.pi)
    for nth, person in enumerate(np.flatnonzero(life.who[picture]).tolist()):
        colours = (looks.skin[person], looks.hair[person], looks.shirt[person])
        _face(rng, pixels, max(2.5, radius * 0.85**nth), colours, float(life.smile[picture]))
    for _ in range(int(life.bystanders[picture])):
        _face(rng, pixels, 2.5, (SKIN[rng.integers(len(SKIN))], *rng.uniform(0, 1, (2, 3))), 0.5)


def _face(rng: np.random.Generator, pixels: Pixels, radius: float, colours: Any, smile: float) -> None:
    """Draw shoulders, hair, a disc of skin, two eyes and a mouth that is the wider, the broader the smile."""
    skin, hair, shirt = colours
    room = SIDE_PX - 2 * radius
    centre_x, centre_y = radius + room * rng.random(), radius + room * 0.7 * rng.random()
    y, x = np.mgrid[0:SIDE_PX, 0:SIDE_PX] + 0.5
    u, v = (x - centre_x) / radius, (y - centre_y) / radius
    pixels[(np.abs(u) < 1.5) & (v > 1.05) & (v < 3)] = shirt
    pixels[u**2 + (v + 0.2) ** 2 < 1.25] = hair
    pixels[u**2 + v**2 * 0.9 < 0.8] = skin
    pixels[(np.abs(np.abs(u) - 0.35) < 0.15) & (np.abs(v + 0.15) < 0.15)] = 0.05
    pixels[(np.abs(u) < 0.15 + 0.45 * smile) & (np.abs(v - 0.45) < 0.12)] = (0.95, 0.9, 0.9)
