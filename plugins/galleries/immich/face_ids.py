"""How a face of Immich is named in a change: by its photo and its own id, or by its place in the photo."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from plugins.drawn import SAME, drawn_at, drawn_face
from plugins.galleries import GalleryBug
from plugins.galleries.immich.outcomes import is_id
from plugins.galleries.immich.parsing import FacePart
from plugins.galleries.immich.shaping import box_of
from plugins.people.naming import overlap
from plugins.records import Box


@dataclass(frozen=True, slots=True)
class FaceId:
    """One face: Immich shows faces by photo only, and gives them other ids when it looks for them again."""

    photo: str
    face: str = ""
    box: Box | None = None

    def __str__(self) -> str:
        if self.box is None:
            return f"{self.photo}#{self.face}"
        return drawn_face(self.photo, self.box)

    def among(self, faces: Sequence[FacePart]) -> FacePart | None:
        """Return this face of those that the photo has: of its id, or that which its box overlaps most."""
        if self.box is None:
            return next((face for face in faces if face.id == self.face), None)
        overlaps = [(overlap(self.box, box), n) for n, face in enumerate(faces) if (box := box_of(face))]
        best = max(overlaps, default=(0.0, 0))
        return faces[best[1]] if best[0] > SAME else None


def face_id_of(text: str) -> FaceId | None:
    """Read what `str` wrote; None for what names no face of Immich."""
    photo, sign, rest = text[:36], text[36:37], text[37:]
    if not is_id(photo):
        return None
    if sign == "#" and is_id(rest):
        return FaceId(photo, rest)
    drawn = drawn_at(text)
    return FaceId(photo, box=drawn[1]) if drawn and drawn[0] == photo else None


def boxed(wanted: FaceId, width: object, height: object) -> dict[str, int]:
    """Return the place of a face as Immich wants it: whole pixels of the upright picture, at least one.

    Raises:
        GalleryBug: the photo has no size.
    """
    if wanted.box is None or not isinstance(width, int | float) or not isinstance(height, int | float) or not width:
        raise GalleryBug(f"Immich knows no size of the photo {wanted.photo}")
    left, top, right, bottom = wanted.box
    return {
        "imageWidth": round(width),
        "imageHeight": round(height),
        "x": round(left * width),
        "y": round(top * height),
        "width": max(1, round((right - left) * width)),
        "height": max(1, round((bottom - top) * height)),
    }
