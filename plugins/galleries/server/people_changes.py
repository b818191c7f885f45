"""Changes to people, kind by kind, whatever gallery they are made at; and who is meant by a key or by a server's id."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from typing import Final

from plugins.changes import AssignFace, CreatePerson, NamePerson, Outcome, PersonChange, RemovePerson, UnassignFace
from plugins.galleries.server.our_people import OurPerson

TRIES: Final = 4
"""How often something is made whose making was not answered; each time we look first whether it is there."""


class PeopleChanges(ABC):
    """Makes changes to people, each by the method for its kind."""

    def apply(self, change: PersonChange) -> Outcome:
        """Make one change, unless the user has decided otherwise since.

        Raises:
            PhotoGone: the photo of a face is.
            GalleryRefused: the file of our people cannot be read, or the gallery says no.
        """
        match change:
            case CreatePerson():
                return self._create(change)
            case RemovePerson():
                return self._remove(change)
            case NamePerson():
                return self._call(change)
            case AssignFace():
                return self._assign(change)
            case UnassignFace():
                return self._unassign(change)

    @abstractmethod
    def _create(self, change: CreatePerson) -> Outcome: ...

    @abstractmethod
    def _remove(self, change: RemovePerson) -> Outcome: ...

    @abstractmethod
    def _call(self, change: NamePerson) -> Outcome: ...

    @abstractmethod
    def _assign(self, change: AssignFace) -> Outcome: ...

    @abstractmethod
    def _unassign(self, change: UnassignFace) -> Outcome: ...


def id_of(person: str | None, ours: Mapping[str, OurPerson], is_id: Callable[[str], bool]) -> str | None:
    """Return the server's id of a person that is named by our key or by that id."""
    if person is None or person in ours:
        return ours[person].id if person else None
    return person if is_id(person) else None


def moved_since(holder: str, product: str) -> str:
    """Say that a face is somebody else's than it was, or nobody's; `holder` is what to call them, empty for nobody."""
    whose = f"given the face to {holder}" if holder else "taken the face off everybody"
    return f"the user or {product} has {whose}"
