"""What an album is of, in fixed words, from what is known of its photos and of where and when they were taken."""

from __future__ import annotations

from collections.abc import Container
from typing import Final

import numpy as np

from plugins.covers import Category, IntArray, Pictures

MOST: Final = 0.5
"""Share of an album's photos beyond which they are most of it."""
FEW_FACES: Final = 0.2
"""Share of photos with a face up to which an album is rather of a landscape."""


def category_of(
    pictures: Pictures, rows: IntArray, documents: Container[int] = (), trip: bool = False, away: bool = True
) -> Category:
    """Return what an album is of: the first of video, document, trip, people, home, nature and outing that fits.

    It is of people if most of its photos have a face, and of nature if it is away from home and few have; where nobody
    has looked for faces it is of neither.

    Args:
        pictures: all pictures of the user.
        rows: the album's photos, shape (k,), k at least 1.
        documents: rows of what is a document.
        trip: whether it is a trip, or its photos were taken on one.
        away: whether it was away from home, or nobody knows where it was.
    Source: patent 004 (CN111191059) claim 8, the category of a sample; the words are ours.
    """
    if pictures.video[rows].all():
        return "video"
    if np.mean([row in documents for row in rows.tolist()]) > MOST:
        return "document"
    if trip:
        return "trip"
    with_face = float(np.mean(pictures.n_faces[rows] > 0))
    if with_face > MOST:
        return "people"
    if not away:
        return "home"
    knows_faces = pictures.faces.shape[1] > 0
    return "nature" if knows_faces and with_face <= FEW_FACES else "outing"
