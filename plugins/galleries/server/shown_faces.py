"""Faces that are noted of a server's photos, as regions with names, and how several photos are asked for at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final, TypeVar

from plugins.galleries.server.face_ids import FaceId
from plugins.galleries.server.known_library import KnownFace, KnownLibrary
from plugins.records import Region

AT_ONCE: Final = 6
"""Requests at a time."""
BATCH: Final = 96
"""Photos whose faces are asked for together: who wants those of one photo wants the others' soon."""
_Asked = TypeVar("_Asked")
_Found = TypeVar("_Found")


def at_once(ask: Callable[[_Asked], _Found], todo: Sequence[_Asked]) -> Iterator[tuple[_Asked, _Found]]:
    """Yield what was found of each, in order, asked for several at a time."""
    with ThreadPoolExecutor(AT_ONCE) as pool:
        yield from zip(todo, pool.map(ask, todo), strict=True)


class ShownFaces:
    """Regions of faces, with the names of those whom the user named and did not hide.

    `called` returns names by the server's ids of the people, where they are others than the notes have.
    """

    def __init__(self, known: KnownLibrary, called: Callable[[], Mapping[str, str]] = dict) -> None:
        self._known = known
        self._called = called
        self._people: dict[str, tuple[str, bool]] | None = None

    def forget(self) -> None:
        """Read names anew from now on."""
        self._people = None

    def regions(self, photo: str, faces: Sequence[KnownFace]) -> list[Region]:
        """Return the faces of a photo as regions."""
        return [
            Region(photo, face.box, self.name(face.person), str(FaceId(photo, face.id)), face.person or "")
            for face in faces
        ]

    def name(self, person: str | None) -> str:
        """Return a person's name; none of somebody hidden, as it must show up in no title."""
        if person is None:
            return ""
        if self._people is None or person not in self._people:
            called = self._called()
            self._people = {id_: (called.get(id_, n), hidden) for id_, (n, hidden) in self._known.people().items()}
        name, hidden = self._people.get(person, ("", True))
        return "" if hidden else name
