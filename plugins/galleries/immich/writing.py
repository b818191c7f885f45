"""Writing to Immich: every change made once however often it is asked for, and verified."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, ClassVar

from plugins.changes import AddTags, Change, Outcome, RemoveTags, TagChange, WriteNote
from plugins.galleries.http.answers import BadRequest, Forbidden
from plugins.galleries.immich.albums import Albums
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.outcomes import is_id
from plugins.galleries.immich.people import People, Told
from plugins.galleries.immich.tagging import Tagger
from plugins.galleries.immich.versions import Ways
from plugins.galleries.immich.waiting import Pace, Search, Watch
from plugins.galleries.server.our_people import OurPeople
from plugins.galleries.server.outcomes import GONE, is_fit
from plugins.galleries.server.writing import ServerWriter


class Writer(ServerWriter):
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

    product: ClassVar[str] = "Immich"

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
        super().__init__(Albums(client, search, ways, known), People(client, search, people, told))
        pace = pace or Pace()
        self._client = client
        self._watch = Watch(search, pace)
        self._tagger = Tagger(client, search, pace, self._watch, known)

    def _refused(self, error: BadRequest) -> Outcome:
        return Outcome("gone" if "not found" in error.message.lower() else "refused", str(error))

    def _change_tags(self, change: TagChange) -> Outcome:
        return self._tagger.apply(change)

    def digested(self, changes: Sequence[Change]) -> list[Outcome]:
        """Say what became of changes that were taken, or were begun by a run that was killed, in order.

        Tags are waited for, verified and repaired, all together; any other change is made again.

        Raises:
            GalleryError: as `apply`.
        """
        tags: list[TagChange] = [change for change in changes if isinstance(change, AddTags | RemoveTags)]
        outcomes = iter(self._tagger.digested(tags) if tags else [])
        return [next(outcomes) if isinstance(c, AddTags | RemoveTags) else self.apply(c) for c in changes]

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
