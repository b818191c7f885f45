"""How a face of a server is named in a change: by its photo and its own id, or by its place in the photo."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from plugins.drawn import SAME, drawn_at, drawn_face
from plugins.people.naming import overlap
from plugins.records import Box

_Face = TypeVar("_Face")


@dataclass(frozen=True, slots=True)
class FaceId:
    """One face: servers show faces by photo, and may give them other ids when they look for them again."""

    photo: str
    face: str = ""
    box: Box | None = None

    def __str__(self) -> str:
        if self.box is None:
            return f"{self.photo}#{self.face}"
        return drawn_face(self.photo, self.box)

    def among(
        self, faces: Sequence[_Face], id_of: Callable[[_Face], str], box_of: Callable[[_Face], Box | None]
    ) -> _Face | None:
        """Return this face of those that the photo has: of its id, or that which its box overlaps most."""
        if self.box is None:
            return next((face for face in faces if id_of(face) == self.face), None)
        overlaps = [(overlap(self.box, box), n) for n, face in enumerate(faces) if (box := box_of(face))]
        best = max(overlaps, default=(0.0, 0))
        return faces[best[1]] if best[0] > SAME else None


def face_id_of(text: str, is_photo: Callable[[str], bool], is_face: Callable[[str], bool]) -> FaceId | None:
    """Read what `str` wrote; None for what names no face.

    Args:
        text: see above.
        is_photo, is_face: what can be the server's id of a photo, and of a face.
    """
    drawn = drawn_at(text)
    if drawn is not None and is_photo(drawn[0]):
        return FaceId(drawn[0], box=drawn[1])
    photo, sign, face = text.partition("#")
    return FaceId(photo, face) if sign and is_photo(photo) and is_face(face) else None
