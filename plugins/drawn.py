"""How faces are named: the gallery's own begin with their photo, and one that only we found says its place in it."""

from __future__ import annotations

import re
from typing import Final

from plugins.people.naming import overlap
from plugins.records import Box

SAME: Final = 0.5
"""Overlap (intersection over union) from which two boxes are of one face: Immich's own bound."""

_SHARE: Final = r"(?:0(?:\.\d{1,9})?|1(?:\.0{1,9})?)"
_NAMED: Final = re.compile(rf"(?P<photo>.+)@(?P<box>{_SHARE}(?:,{_SHARE}){{3}})", re.DOTALL)


def drawn_face(photo: str, box: Box) -> str:
    """Return the id of a face that only we found: `<photo>@left,top,right,bottom` with six decimals."""
    return f"{photo}@{','.join(f'{share:.6f}' for share in box)}"


def drawn_at(face: str) -> tuple[str, Box] | None:
    """Return photo and box of a face from its id; None for one that is named otherwise, or whose box is empty."""
    found = _NAMED.fullmatch(face) if "@" in face else None  # asked of millions, most of which have none
    if found is None:
        return None
    left, top, right, bottom = (float(share) for share in found["box"].split(","))
    return (found["photo"], (left, top, right, bottom)) if left < right and top < bottom else None


def photo_of(face: str) -> str:
    """Return the photo of a face from its id: `<photo>#<number>`, or one of `drawn_face`."""
    place = drawn_at(face)
    return place[0] if place else face.rpartition("#")[0]


def is_same(one: Box, other: Box) -> bool:
    """Say whether two boxes of one photo are of one face."""
    return overlap(one, other) > SAME
