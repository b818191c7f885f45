"""How a face of Immich is named in a change, and where one that is drawn goes."""

from __future__ import annotations

from collections.abc import Sequence
from operator import attrgetter

from plugins.galleries import GalleryBug
from plugins.galleries.immich.outcomes import is_id
from plugins.galleries.immich.parsing import FacePart
from plugins.galleries.immich.shaping import box_of
from plugins.galleries.server.face_ids import FaceId
from plugins.galleries.server.face_ids import face_id_of as read_face_id


def face_id_of(text: str) -> FaceId | None:
    """Read the name of a face; None for what names no face of Immich."""
    return read_face_id(text, is_id, is_id)


def face_among(wanted: FaceId, faces: Sequence[FacePart]) -> FacePart | None:
    """Return a face of those that its photo has."""
    return wanted.among(faces, attrgetter("id"), box_of)


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
