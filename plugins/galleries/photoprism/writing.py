"""Writing to PhotoPrism: every change made once however often it is asked for, and never over what the user did."""

from __future__ import annotations

from collections.abc import Callable
from typing import ClassVar

from plugins.changes import Change, Outcome, TagChange, WriteNote
from plugins.galleries import GalleryRefused
from plugins.galleries.photoprism.albums import Albums
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.labels import Labels
from plugins.galleries.photoprism.reading import Reader
from plugins.galleries.photoprism.versions import Ways, warning_of
from plugins.galleries.server.writing import PersonWriter, ServerWriter


class Writer(ServerWriter):
    """Makes changes to a PhotoPrism; each is worked in when the server has answered.

    Args:
        client: sends the requests.
        reader: searches for photos, and knows labels and who is in our albums.
        known: remembers which labels are ours, and which covers the user asked for.
        people: makes the changes to people.
        ways: how the server's version is talked to; asked when it is needed.
    """

    product: ClassVar[str] = "PhotoPrism"

    def __init__(
        self, client: Client, reader: Reader, known: Known, people: PersonWriter, ways: Callable[[], Ways]
    ) -> None:
        super().__init__(Albums(client, reader.pages, reader.memberships, known, ways), people)
        self._client = client
        self._ways = ways
        self._labels = Labels(client, reader.pages, reader.labels, known, ways)

    def _apply(self, change: Change) -> Outcome:
        if not self._ways().writes:
            raise GalleryRefused(warning_of(self._client.config().version))
        return super()._apply(change)

    def _change_tags(self, change: TagChange) -> Outcome:
        return self._labels.apply(change)

    def _write_note(self, change: WriteNote) -> Outcome:  # noqa: ARG002 (every server's)
        return Outcome("refused", "the captions of photos are left to PhotoPrism and its user")
