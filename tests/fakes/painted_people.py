"""Pictures of people whom the extractor `painted` tells apart, for tests of whole flows on a server."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

from fakes.snaps import HAMBURG, hue, snap

ANNA, BEN, CARL, *OTHERS = range(12)
NAMED = {ANNA: "Anna", CARL: "Carl"}
SAID = 4
"""Faces of Anna's and of Carl's that the user has named before; the others are nobody's."""
PICTURES: tuple[tuple[int, ...], ...] = (
    *((ANNA,),) * 9,
    *((ANNA, CARL),) * 3,
    *((CARL,),) * 6,
    *((BEN,),) * 4,
    *((stranger,) for stranger in OTHERS[:5]),
    *((OTHERS[5],),) * 2,
    *((),) * 3,
)


def draw_people(folder: Path) -> Path:
    """Draw the pictures in order, the first of two people on the left."""
    for n, faces in enumerate(PICTURES):
        taken = datetime(2024, 5, 4, 10) + timedelta(minutes=7 * n)
        snap(folder / f"{n:02}.jpg", taken, HAMBURG, [hue(who) for who in faces])
    return folder
