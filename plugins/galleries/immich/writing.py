"""Writing to Immich: every change made once however often it is asked for, and verified."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

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
from plugins.galleries.http.answers import BadRequest, Forbidden
from plugins.galleries.immich.albums import Albums
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.outcomes import is_id
from plugins.galleries.immich.people import People, Told
from plugins.galleries.immich.tagging import Tagger
from plugins.galleries.immich.versions import Ways
from plugins.galleries.immich.waiting import Pace, Search, Watch
from plugins.galleries.our_people import OurPeople
from plugins.galleries.outcomes import GONE, is_fit


class Writer:
    """Makes changes to one account of an Immich.

    Args:
        client: sends the requests.
        search: `/search/metadata` over all pages and both the timeline and the archive.
        ways: how the server's version is talked to; asked when it is needed.
        people: who of Immich's people is ours.
        known: remembers which tags we made, and which covers we set.
        pace: how the server's background work is waited for.
        told: is told the faces of a photo after a change of ours.
    """

    def __init__(
        self,
        client: Client,
        search: Search,
        ways: Callable[[], Ways],
        people: OurPeople,
        known: Known,
        pace: Pace | None = None,
        told: Told = lambda _, __: None,
    ) -> None:
        pace = pace or Pace()
        self._client = client
        self._watch = Watch(search, pace)
        self._albums = Albums(client, search, ways, known)
        self._tagger = Tagger(client, search, pace, self._watch, known)
        self._people = People(client, search, people, told)

    def apply(self, change: Change) -> Outcome:
        """Make one change and say what became of it; `taken` means that `digested` is to be asked.

        Raises:
            GalleryUnreachable: the server does not answer; what is open is found out by making the change again.
            GalleryRefused: the key lacks the permission that the text names.
            GalleryBug: an answer is not as it should be.
        """
        try:
            return self._apply(change)
        except PhotoGone as error:
            return Outcome("gone", str(error))
        except BadRequest as error:
            return Outcome("gone" if "not found" in error.message.lower() else "refused", str(error))

    def _apply(self, change: Change) -> Outcome:
        if isinstance(change, AddTags | RemoveTags):
            return self._tagger.apply(change)
        if isinstance(change, WriteNote):
            return self._write_note(change)
        if isinstance(change, PersonChange):
            return self._people.apply(change)
        if isinstance(change, RegionChange):
            return Outcome("refused", "Immich has no regions but faces")
        if isinstance(change, SetPoster):
            return Outcome("refused", "Immich chooses the pictures of videos itself")
        if isinstance(change, SetAlbumCover):
            return self._albums.show_users_album(change)
        return self._albums.apply(change)

    def digested(self, changes: Sequence[Change]) -> list[Outcome]:
        """Say what became of changes that were taken, or were begun by a run that was killed, in order.

        Tags are waited for, verified and repaired, all together; any other change is made again.

        Raises:
            GalleryError: as `apply`.
        """
        tags: list[TagChange] = [change for change in changes if isinstance(change, AddTags | RemoveTags)]
        outcomes = iter(self._tagger.digested(tags) if tags else [])
        return [next(outcomes) if isinstance(c, AddTags | RemoveTags) else self.apply(c) for c in changes]

    def warnings(self) -> list[str]:
        """Return what was noticed while writing: albums that carry the same marker."""
        return self._albums.warnings()

    def _write_note(self, change: WriteNote) -> Outcome:
        """Write a photo's description where it is empty or ours; Immich writes a sidecar for it, as for tags."""
        if not is_id(change.photo):
            return Outcome("gone", GONE)
        if not is_fit(change.text):
            return Outcome("refused", "the note has characters that Immich cannot hold")
        now = self._note(change.photo)
        if now == change.text:
            return Outcome("already")
        if now not in {"", change.was}:
            return Outcome("refused", f"the user has written {now[:80]!r}")
        self._watch.start()
        if change.photo in self._watch.busy and not self._watch.settle():
            return Outcome("refused", "Immich still works on the photo: it is tried in the next run")
        self._watch.expect([change.photo])
        try:
            self._client.put(f"/assets/{change.photo}", {"description": change.text})
        except Forbidden as error:
            self._watch.forget([change.photo])
            return Outcome("refused", str(error))
        return Outcome("done")

    def _note(self, photo: str) -> str:
        answer: Any = self._client.get(f"/assets/{photo}")
        return str((answer.get("exifInfo") or {}).get("description") or "")
