"""Immich as a gallery, over its HTTP API: photos are read, albums, tags and people are written, files never."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from zoneinfo import ZoneInfo

import httpx
import tzlocal

from plugins.changes import AddTags, Change, Outcome, RemoveTags
from plugins.galleries import Capabilities, TextKind
from plugins.galleries.http.answers import Forbidden
from plugins.galleries.http.patience import Patience
from plugins.galleries.immich.client import Client, connect
from plugins.galleries.immich.faces import Faces
from plugins.galleries.immich.health import switched_off
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.outcomes import is_id
from plugins.galleries.immich.paging import as_text
from plugins.galleries.immich.previews import Previews
from plugins.galleries.immich.reading import Reader
from plugins.galleries.immich.rights import Rights
from plugins.galleries.immich.signals import ImmichSignals, SignalReader
from plugins.galleries.immich.sweeping import Sweep
from plugins.galleries.immich.tag_list import plain
from plugins.galleries.immich.versions import warning_of
from plugins.galleries.immich.video_files import video_of
from plugins.galleries.immich.waiting import Pace
from plugins.galleries.immich.writing import Writer
from plugins.galleries.server.gallery import OnServer, notes_folder
from plugins.galleries.server.our_people import OurPeople
from plugins.records import Account, Album, Person, Photo, Preview, Region

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

VANISH_SHARE: Final = 0.1
"""A server that starts up or loses a disk shows fewer photos; users rarely delete a tenth between two runs."""
_HIDDEN: Final = "switched off"
_CAN: Final = Capabilities(
    people=True, vanish_share=VANISH_SHARE, picks_covers=True, tells_whose_tags=False, finds_faces=True
)


class Plugin(OnServer):
    """One account on an Immich; the key's user is the library.

    Args:
        http: a client with the server's address and the key, as `client.connect` makes it.
        folder: where notes are kept that spare requests, and the ids of people of ours.
        zone: the time zone of photos that do not name one; the computer's when None.
        patience: how often a request is repeated.
        pace: how the server's background work is waited for after tags were written.
        draws: the user wants faces drawn that only we found, so the key must permit that.

    Tags are kept until the next `photos()` or change to tags; albums are read afresh each time.
    """

    def __init__(
        self,
        http: httpx.Client,
        folder: Path,
        zone: ZoneInfo | None = None,
        patience: Patience | None = None,
        pace: Pace | None = None,
        *,
        draws: bool = False,
    ) -> None:
        self._client = Client(http, patience)
        self._known = Known(folder / "known.db")
        super().__init__(self._client, self._known)
        self._zone = zone or tzlocal.get_localzone()
        self._reader = Reader(self._client, self._known)
        self._faces = Faces(self._client, self._known)
        self._previews = Previews(self._client)
        self._ours = OurPeople(folder / "people.json", is_id)
        self._rights = Rights(self._client, self._reader, self._known, draws)
        search, ways = self._reader.pages.every, self._reader.ways
        self._writer = Writer(self._client, search, ways, self._ours, self._known, pace, self._faces.learn)

    @classmethod
    def of(cls, library: LibrarySettings, data_dir: Path) -> Self:
        """Return the gallery of a library; nothing is asked yet.

        Raises:
            GalleryRefused: the address, the key or the certificate file cannot be used.
            SettingsWrong: the key cannot be read.
        """
        folder = notes_folder(library, data_dir)
        http = connect(library.url, library.key(), library.ca_file)
        return cls(http, folder, library.zone, Patience.of(library.retry), draws=library.people.draw)

    @property
    def capabilities(self) -> Capabilities:
        """Say what this version lets this key write; what an unknown version can do is not planned.

        Raises:
            GalleryRefused: the key is wrong or another user's, or the version is too old.
        """
        self._reader.user()
        people = not self._reader.ways().careful and not self._rights.why_people_stay()
        return replace(_CAN, people=people)

    def account(self) -> Account:
        """Say whose library this is.

        Raises:
            GalleryRefused: the key is wrong or another user's, the version is too old, or it is no Immich.
        """
        return self._reader.account()

    def photos(self, changed_since: datetime | None = None) -> Iterator[Photo]:
        """Yield own photos, archived ones as hidden, and those behind the first of their stack; each once."""
        self._reader.forget()
        self._faces.forget()
        sweep = Sweep(self._reader.pages, self._known, self._zone, self._reader.user().id)
        self._problems = sweep.problems
        if changed_since is None:
            tags, beneath = self._reader.tags.by_photo(), self._reader.beneath()
            yield from sweep.photos(None, lambda _: tags, lambda: beneath)
        else:  # where nothing has changed, neither is asked for
            yield from sweep.photos(changed_since, self._reader.tags.of_photos, lru_cache(self._reader.beneath))

    def newer(self, since: datetime) -> bool:
        """Say whether the server has taken photos in since then: by one search for one of them."""
        self._reader.ways()
        return self._reader.pages.any({"createdAfter": as_text(since)})

    def preview(self, photo: Photo, min_px: int) -> Preview:  # noqa: ARG002 (Immich has one size of preview)
        """Return Immich's own preview, of an edited photo the edited one, of a video one picture."""
        return self._previews.of(photo)

    def video(self, photo: Photo, most_bytes: int) -> bytes | None:
        """Return a video as Immich plays it; see `video_of`."""
        return video_of(self._client, photo, most_bytes)

    def regions(self, photo: Photo) -> Sequence[Region]:
        """Return the faces in a photo, as of the last `photos()`; see `Faces.regions`."""
        return self._faces.regions(photo.id)

    def all_regions(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with all of their faces, as of the last `photos()`; see `Faces.whole`."""
        return self._faces.whole(photos)

    def people(self) -> Sequence[Person]:
        """Return everybody, hidden and unnamed ones too, as of the last `photos()`; see `Reader.people`."""
        return self._reader.people(self._ours.read().values())

    def tags(self) -> Sequence[str]:
        """Return all tags by their whole path, sorted."""
        return sorted(tag.value for tag in self._reader.tags.all())

    def tagged(self, tag: str) -> Sequence[str]:
        """Return the ids of the photos that carry a tag itself, not only one below it, sorted."""
        return sorted(self._reader.tags.carriers(tag))

    def tagged_among(self, tags: Collection[str], photos: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Return which of these photos carry each of these tags themselves; a request a photo."""
        return self._reader.tags.among(tags, photos)

    def albums(self) -> Sequence[Album]:
        """Return the user's own albums, ours among them."""
        self._reader.user()
        return self._reader.albums()

    def members(self, album: str) -> Sequence[str]:
        """Return the photo ids of an album in the order in which Immich shows it."""
        return self._reader.members(album)

    def dropped(self, album: str) -> frozenset[str]:  # noqa: ARG002 (the contract's)
        """Return nothing: a photo that is archived stays in its albums."""
        return frozenset()

    def as_kept(self, kind: TextKind, text: str) -> str:
        """Return a text as Immich keeps it: of a tag's slashes only those between two words.

        Lines of a description end alike, as those do that are typed into a browser.
        """
        if kind == "description":
            return text.replace("\r\n", "\n")
        return plain(text) if kind == "tag" else text

    def signals(self) -> ImmichSignals:
        """Return what the user likes; favourites and ratings are those of the last `photos()`."""
        return SignalReader(self._client, self._reader, self._known).read()

    def apply(self, change: Change) -> Outcome:
        """Make one change; see `Writer.apply`."""
        self._reader.user()
        self._before(change)
        return self._writer.apply(change)

    def digested(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Wait until changes are worked in; see `Writer.digested`."""
        self._reader.user()
        for change in changes:
            self._before(change)
        try:
            return self._writer.digested(changes)
        finally:
            self._reader.tags.forget()

    def warnings(self) -> Sequence[str]:
        """Return what the user should know: an unknown version, people that stay as they are, pages switched off."""
        unknown = warning_of(self._reader.ways().version)
        said = [unknown or self._rights.warning(), self._switches(), *self._writer.warnings()]
        return tuple(text for text in said if text)

    def _switches(self) -> str:
        if self._known.note(_HIDDEN) is None:
            try:
                off = switched_off(self._client.get("/users/me/preferences"))
            except Forbidden:
                off = ()
            self._known.keep_note(_HIDDEN, " ".join(off))
        if "tags" not in (self._known.note(_HIDDEN) or "").split():
            return ""
        return "tags are switched off in your Immich, so you will not see them: Account settings → Features → Tags"

    def _before(self, change: Change) -> None:
        if isinstance(change, AddTags | RemoveTags):
            self._reader.tags.forget()
        if isinstance(change, AddTags):
            tags = [plain(tag) for tag in change.tags]
            self._known.keep_our_pairs((photo, tag) for photo in change.photos for tag in tags)
