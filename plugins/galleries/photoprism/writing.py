"""Writing to PhotoPrism: every change made once however often it is asked for, and never over what the user did."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from plugins.changes import (
    AddTags,
    Change,
    Outcome,
    PersonChange,
    RegionChange,
    RemoveTags,
    SetAlbumCover,
    SetPoster,
    WriteNote,
)
from plugins.galleries import GalleryRefused, PhotoGone
from plugins.galleries.http.answers import BadRequest
from plugins.galleries.photoprism.albums import Albums
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.labels import Labels
from plugins.galleries.photoprism.reading import Reader
from plugins.galleries.photoprism.versions import Ways, warning_of


class PersonWriter(Protocol):
    """Makes changes to people."""

    def apply(self, change: PersonChange) -> Outcome:
        """Make one change and say what became of it."""
        ...


class Writer:
    """Makes changes to a PhotoPrism.

    Args:
        client: sends the requests.
        reader: searches for photos, and knows labels and who is in our albums.
        known: remembers which labels are ours.
        people: makes the changes to people.
        ways: how the server's version is talked to; asked when it is needed.
    """

    def __init__(
        self, client: Client, reader: Reader, known: Known, people: PersonWriter, ways: Callable[[], Ways]
    ) -> None:
        self._client = client
        self._people = people
        self._ways = ways
        self._albums = Albums(client, reader.pages, reader.memberships, known, ways)
        self._labels = Labels(client, reader.pages, reader.labels, known, ways)

    def apply(self, change: Change) -> Outcome:
        """Make one change and say what became of it; it is worked in when the server answers.

        Raises:
            GalleryUnreachable: the server does not answer; what is open is found out by making the change again.
            GalleryRefused: the key lacks the right that the text names, or the version is not written to.
            GalleryBug: an answer is not as it should be.
        """
        if not self._ways().writes:
            raise GalleryRefused(warning_of(self._client.config().version))
        try:
            return self._apply(change)
        except PhotoGone as error:
            return Outcome("gone", str(error))
        except BadRequest as error:
            return Outcome("refused", str(error))

    def _apply(self, change: Change) -> Outcome:
        if isinstance(change, AddTags | RemoveTags):
            return self._labels.apply(change)
        if isinstance(change, PersonChange):
            return self._people.apply(change)
        if isinstance(change, WriteNote):
            return Outcome("refused", "the captions of photos are left to PhotoPrism and its user")
        if isinstance(change, RegionChange):
            return Outcome("refused", "PhotoPrism has no regions but faces")
        if isinstance(change, SetPoster):
            return Outcome("refused", "PhotoPrism chooses the pictures of videos itself")
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
