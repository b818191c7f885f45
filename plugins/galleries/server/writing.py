"""Writing to a server: each change goes to who makes its kind, and what a server holds no place for is refused."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final, Protocol

from plugins.changes import (
    AddTags,
    Change,
    Outcome,
    PersonChange,
    RegionChange,
    RemoveTags,
    SetAlbumCover,
    SetPoster,
    TagChange,
    WriteNote,
)
from plugins.galleries import PhotoGone
from plugins.galleries.http.answers import BadRequest
from plugins.galleries.server.our_albums import OurAlbums

LONGEST_REASON: Final = 2_000
"""Characters of a reason that are kept: names in it are the server's, which may be of any length."""


class PersonWriter(Protocol):
    """Makes changes to people."""

    def apply(self, change: PersonChange) -> Outcome:
        """Make one change and say what became of it."""
        ...


class ServerWriter(ABC):
    """Makes changes to a library on a server.

    Args:
        albums: makes the changes to albums.
        people: makes the changes to people.
    """

    product: ClassVar[str]
    """How the server's product is called in texts."""

    def __init__(self, albums: OurAlbums[Any], people: PersonWriter) -> None:
        self._albums = albums
        self._people = people

    @abstractmethod
    def _change_tags(self, change: TagChange) -> Outcome:
        """Make one change to tags, or take it on."""

    @abstractmethod
    def _write_note(self, change: WriteNote) -> Outcome:
        """Write the note of a photo where it is empty or ours."""

    def _refused(self, error: BadRequest) -> Outcome:
        """Say what a request means that the server takes for wrong."""
        return Outcome("refused", str(error))

    def apply(self, change: Change) -> Outcome:
        """Make one change and say what became of it; `taken` means that `digested` is to be asked.

        Raises:
            GalleryUnreachable: the server does not answer; what is open is found out by making the change again.
            GalleryRefused: the key lacks the right that the text names.
            GalleryBug: an answer is not as it should be.
        """
        try:
            outcome = self._apply(change)
        except PhotoGone as error:
            outcome = Outcome("gone", str(error))
        except BadRequest as error:
            outcome = self._refused(error)
        return replace(outcome, reason=outcome.reason[:LONGEST_REASON])

    def _apply(self, change: Change) -> Outcome:
        if isinstance(change, AddTags | RemoveTags):
            return self._change_tags(change)
        if isinstance(change, WriteNote):
            return self._write_note(change)
        if isinstance(change, PersonChange):
            return self._people.apply(change)
        if isinstance(change, RegionChange):
            return Outcome("refused", f"{self.product} has no regions but faces")
        if isinstance(change, SetPoster):
            return Outcome("refused", f"{self.product} chooses the pictures of videos itself")
        if isinstance(change, SetAlbumCover):
            return self._albums.show_users_album(change)
        return self._albums.apply(change)

    def digested(self, changes: Sequence[Change]) -> list[Outcome]:
        """Say what became of changes that were begun by a run that was killed, in order: they are made again.

        Raises:
            GalleryError: as `apply`.
        """
        return [self.apply(change) for change in changes]

    def warnings(self) -> list[str]:
        """Return what was noticed while writing: albums that carry the same marker."""
        return self._albums.warnings()
