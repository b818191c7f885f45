"""Why a photo became a cover, in a few words: what it resembles of what the user likes, or what speaks for it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np

from plugins.covers import Floats, IntArray, Pictures
from plugins.pages.wording import both, clean, shorten

MOST_LIKE: Final = 2
"""Favourites that are named."""
MOST_NAME: Final = 60
"""Characters of a photo's name."""
LIKED_STARS: Final = 4
LARGE_SHARE: Final = 0.03
"""Share of the picture's area from which on a face is large: about a sixth of its width and height."""
MATCHING: Final = 2 / 3
"""Share of the candidates that one matches no worse than, where the match is why it was chosen."""
SHARPEST: Final = 0.75
"""Share of the candidates that a sharp one is not less sharp than."""
_NUMBERS: Final = ("no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")


def match_reason(interest: float, like: Sequence[str]) -> str:
    """Return how well a cover matches: "match with your favourites: 0.83, like IMG_1.jpg and IMG_7.jpg".

    `like` are the names of the favourites that it resembles, the most alike first.
    """
    named = both([shorten(clean(name), MOST_NAME) for name in like[:MOST_LIKE]])
    return f"match with your favourites: {interest:.2f}" + (f", like {named}" if named else "")


def is_match(interest: Sequence[float], best: int) -> bool:
    """Say whether a candidate may be the cover because of what the user likes: it is of the third that match best.

    Args:
        interest: how well each candidate matches, 0 to 1, at least one.
        best: index of the one that was chosen.
    """
    return interest[best] >= float(np.quantile(interest, MATCHING)) - 1e-6  # of equals each is


def plain_reason(pictures: Pictures, candidates: IntArray, best: int) -> str:
    """Return what speaks for a candidate among the others: "a favourite of yours, sharp, two large faces".

    Args:
        pictures: what is known of the pictures; no vectors are needed.
        candidates: rows of them, shape (k,).
        best: index into `candidates` of the one that was chosen.
    """
    row = int(candidates[best])
    said = [_liked(pictures, row), _sharp(pictures.sharpness[candidates], best), _faces(pictures, row)]
    if parts := [part for part in said if part]:
        return ", ".join(parts)
    return "the only one that could be it" if len(candidates) == 1 else "the best by all that is measured"


def _liked(pictures: Pictures, row: int) -> str:
    if pictures.favourite[row]:
        return "a favourite of yours"
    stars = int(pictures.rating[row])
    return f"{stars} stars of yours" if stars >= LIKED_STARS else ""


def _sharp(sharpness: Floats, best: int) -> str:
    """Say whether the chosen one is among the sharpest of those that were measured; one alone is not."""
    known = sharpness[~np.isnan(sharpness)]
    if len(known) < 2 or np.isnan(sharpness[best]):
        return ""
    return "sharp" if float(np.mean(known <= sharpness[best])) >= SHARPEST else ""


def _faces(pictures: Pictures, row: int) -> str:
    n = int(pictures.n_faces[row])
    if n < 1:
        return ""
    large = "large " if pictures.face_share[row] >= LARGE_SHARE else ""
    number = _NUMBERS[n] if n < len(_NUMBERS) else f"{n:,}"
    return f"{number} {large}{'face' if n == 1 else 'faces'}"
