"""PhotoPrism as a gallery, over its HTTP API: photos are read, albums, labels and people are written, files never."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Final, Self
from zoneinfo import ZoneInfo

import tzlocal

from plugins.changes import Change, Outcome, PersonChange
from plugins.galleries import Capabilities, TextKind
from plugins.galleries.http.patience import Patience
from plugins.galleries.photoprism.client import Client, connect
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.markers import Markers
from plugins.galleries.photoprism.our_people import can_be_ours, people_of
from plugins.galleries.photoprism.paging import as_text
from plugins.galleries.photoprism.people import WHY_STOPPED, People
from plugins.galleries.photoprism.previews import preview_of
from plugins.galleries.photoprism.reading import Reader
from plugins.galleries.photoprism.signals import signals_of
from plugins.galleries.photoprism.sweeping import Sweep, visible
from plugins.galleries.photoprism.titles import as_kept
from plugins.galleries.photoprism.versions import warning_of
from plugins.galleries.photoprism.video_files import video_of
from plugins.galleries.photoprism.writing import Writer
from plugins.galleries.server.gallery import OnServer, notes_folder
from plugins.galleries.server.our_people import OurPeople
from plugins.records import Account, Album, Person, Photo, Preview, Region, Signals

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

VANISH_SHARE: Final = 0.1
"""A server that starts up or loses a disk shows fewer photos; users rarely delete a tenth between two runs."""
WRITTEN: Final = ("albums", "photos", "files")
"""What the scope of a key has to name for albums, labels and faces to be written."""
ONLY_READS: Final = "the key can only read: what is planned cannot be applied with it"
_CAN: Final = Capabilities(
    tag_photos=200,
    member_photos=500,
    vanish_share=VANISH_SHARE,
    finds_faces=True,
    tells_whose_tags=False,
    unnamed_people=False,
)


class Plugin(OnServer):
    """One PhotoPrism, whose photos, albums, labels and people are everybody's who may log in.

    Args:
        client: asks the server.
        folder: where notes are kept that spare requests, and the ids of people of ours.
        zone: the time zone of photos that do not name one; the computer's when None.
        private: private photos are curated too.
        review: photos that wait for the user's approval are curated too.

    Labels are kept until the next `photos()` or change to tags; albums are read afresh each time.
    """

    def __init__(
        self,
        client: Client,
        folder: Path,
        zone: ZoneInfo | None = None,
        *,
        private: bool = False,
        review: bool = False,
    ) -> None:
        self._client = client
        self._known = Known(folder / "known.db")
        super().__init__(client, self._known)
        self._zone = zone or tzlocal.get_localzone()
        self._private, self._review = private, review
        self._reader = Reader(client, self._known)
        self._ours = OurPeople(folder / "people.json", can_be_ours)
        self._markers = Markers(client, self._known, self._ours, self._reader.labels.note)
        people = People(client, self._reader.pages, self._ours, self._known, self._markers)
        self._writer = Writer(client, self._reader, self._known, people, self._reader.ways)

    @classmethod
    def of(cls, library: LibrarySettings, data_dir: Path) -> Self:
        """Return the gallery of a library; nothing is asked yet.

        Raises:
            GalleryRefused: the address, the key or the certificate file cannot be used.
            SettingsWrong: the key cannot be read.
        """
        folder = notes_folder(library, data_dir)
        http, patience = connect(library.url, library.ca_file), Patience.of(library.retry)
        client = Client(http, library.key(), library.user, patience)
        return cls(client, folder, library.zone, private=library.private, review=library.review)

    @property
    def capabilities(self) -> Capabilities:
        """Say what settings, role and scope let this key write.

        Where nothing at all may be written, as by a key that only reads or to an old version, this is what a plan can
        hold that is looked at: `apply` refuses it.

        Raises:
            GalleryRefused: the key is not known, or belongs to no user.
        """
        self._reader.user()
        on = self._reader.config().settings.features
        may = self._reader.may_read if self._only_reads() else self._reader.may_write
        albums, people = on.albums and may("albums"), on.people and may("files") and self._reader.may_read("people")
        stopped = self._known.note(WHY_STOPPED) is not None
        tags = on.labels and may("photos")
        return replace(_CAN, albums=albums, covers=albums, tags=tags, people=people and not stopped)

    def account(self) -> Account:
        """Say whose library this is: albums are everybody's on a PhotoPrism, so it is one library whoever asks.

        Raises:
            GalleryRefused: the key is not known or belongs to no user, or it is no PhotoPrism.
        """
        return self._reader.account()

    def photos(self, changed_since: datetime | None = None) -> Iterator[Photo]:
        """Yield photos, archived ones as hidden, each once; private ones and those in review as the settings say."""
        self._reader.forget()
        self._reader.user()
        self._markers.forget()
        sweep = Sweep(self._reader.pages, self._known, self._zone, private=self._private, review=self._review)
        self._problems = sweep.problems
        if changed_since is not None:
            yield from sweep.changed(changed_since, self._reader.labels.of_photos)
        else:
            yield from sweep.photos(self._reader.labels.by_photo(), self._reader.people_by_photo())

    def newer(self, since: datetime) -> bool:
        """Say whether the server has taken photos in since then: by one search for one of them."""
        shown = visible(private=self._private, review=self._review)
        return bool(self._reader.pages.some({**shown, "added": as_text(since)}, 1))

    def preview(self, photo: Photo, min_px: int) -> Preview:
        """Return PhotoPrism's own picture of a photo or a video; see `preview_of`."""
        return preview_of(self._client, self._known, photo, min_px)

    def video(self, photo: Photo, most_bytes: int) -> bytes | None:
        """Return a video as PhotoPrism plays it; see `video_of`."""
        return video_of(self._client, photo, most_bytes)

    def regions(self, photo: Photo) -> Sequence[Region]:
        """Return the faces in a photo, as of the last `photos()`; see `Markers.regions`."""
        return self._markers.regions(photo.id)

    def all_regions(self, photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Yield photos with all of their faces, as of the last `photos()`; see `Markers.whole`."""
        return self._markers.whole(photos)

    def people(self) -> Sequence[Person]:
        """Return everybody, hidden ones too, and those of ours who may still get a face."""
        return people_of(self._reader.subjects(), self._ours.read())

    def tags(self) -> Sequence[str]:
        """Return the names of all labels in use, sorted."""
        return self._reader.labels.names()

    def tagged(self, tag: str) -> Sequence[str]:
        """Return the ids of the photos that carry a label, whoever gave it to them, sorted."""
        return sorted(self._reader.labels.carriers(tag))

    def tagged_among(self, tags: Collection[str], photos: Collection[str]) -> Mapping[str, frozenset[str]]:
        """Return which of these photos carry each of these labels, by whatever takes fewer requests."""
        return self._reader.labels.among(tags, photos)

    def albums(self) -> Sequence[Album]:
        """Return the albums that somebody made, ours among them."""
        self._reader.user()
        return self._reader.albums()

    def members(self, album: str) -> Sequence[str]:
        """Return the photo ids of an album in the order in which PhotoPrism shows it; of ours the archived ones too."""
        return self._reader.members(album)

    def dropped(self, album: str) -> frozenset[str]:
        """Return the photos that PhotoPrism took out of an album of ours when they were archived, as of `members`."""
        return self._reader.memberships.dropped(album)

    def as_kept(self, kind: TextKind, text: str) -> str:
        """Return a text as PhotoPrism keeps it: labels with capitals, titles that are not too long."""
        return as_kept(kind, text)

    def signals(self) -> Signals:
        """Return what the user likes; favourites are those of the last `photos()`."""
        return signals_of(self._reader, self._known)

    def apply(self, change: Change) -> Outcome:
        """Make one change; see `Writer.apply`."""
        self._reader.user()
        if isinstance(change, PersonChange):
            self._reader.forget_people()
        return self._writer.apply(change)

    def digested(self, changes: Sequence[Change]) -> Sequence[Outcome]:
        """Say what became of changes that a run before had begun; see `Writer.digested`.

        They stay open where nothing at all may be written, so that a plan is made all the same.
        """
        self._reader.user()
        self._reader.forget_people()
        if self._only_reads():
            return [Outcome("taken", ONLY_READS) for _ in changes]
        return self._writer.digested(changes)

    def warnings(self) -> Sequence[str]:
        """Return what the user should know: an unknown version, what is not written and why, albums that are double."""
        unknown = warning_of(self._reader.config().version)
        said = [unknown, *self._limits(), self._known.note(WHY_STOPPED) or "", *self._writer.warnings()]
        return tuple(text for text in said if text)

    def _only_reads(self) -> bool:
        """Say whether nothing at all may be written, by version, role or scope."""
        return not any(map(self._reader.may_write, WRITTEN))

    def _limits(self) -> list[str]:
        """Name what is not written though the version would let us."""
        if not self._reader.ways().writes:
            return []
        if self._only_reads():
            return [ONLY_READS]
        can = self.capabilities
        kinds = {"albums": can.albums, "labels": can.tags, "people": can.people}
        what = " and ".join(kind for kind, is_on in kinds.items() if not is_on)
        why = "PhotoPrism's settings have them switched off, or the key is no admin's, or its scope leaves them out"
        return [f"{what} are not written: {why}"] if what else []
