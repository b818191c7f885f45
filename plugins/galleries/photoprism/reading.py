"""Reading one PhotoPrism: who asks, which version answers, albums with members, people, and whose photos show them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from plugins.chunking import chunks
from plugins.galleries import GalleryRefused
from plugins.galleries.http.answers import Forbidden
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.label_reading import LabelReader
from plugins.galleries.photoprism.marker import marker_of
from plugins.galleries.photoprism.members import Memberships
from plugins.galleries.photoprism.our_people import is_hidden
from plugins.galleries.photoprism.paging import NAMED, Pages, uid_of
from plugins.galleries.photoprism.parsing import VISION, AlbumPart, ConfigPart, SubjectPart, UserPart, is_hash, read
from plugins.galleries.photoprism.scopes import EVERYTHING, may
from plugins.galleries.photoprism.subjects import all_subjects
from plugins.galleries.photoprism.versions import Ways, ways_of
from plugins.records import Account, Album, Marker

EVERYBODY: Final = "everybody"
"""Who asks a server in public mode."""
ADMIN: Final = "admin"
"""The only role that changes anything."""
_CONFIG, _WHO, _SUBJECTS = "config", "who", "subjects"
ORDERS: Final = ("oldest", "newest", "added", "name", "title", "size", "duration")
"""Orders of an album that show all of its photos, each at the same place for every page; the first is the usual one."""


class Reader:
    """Reads what is not a photo: kept until `forget`, and for a while by the steps of one run, see `Known.fresh`."""

    def __init__(self, client: Client, known: Known) -> None:
        self._client = client
        self._known = known
        self._config: ConfigPart | None = None
        self._user: UserPart | None = None
        self._scope = EVERYTHING
        self._listed: dict[str, AlbumPart] = {}
        self._subjects: list[SubjectPart] | None = None
        self._shown: dict[str, str | None] = {}
        self.pages = Pages(client)
        self.memberships = Memberships(self.pages, known)
        self.labels = LabelReader(client, self.pages, known, self.memberships.archived)

    def forget(self) -> None:
        """Ask anew from now on for what is kept while a library is read."""
        self.labels.forget()
        self._known.drop_fresh()
        self._user = self._config = self._subjects = None
        self._shown = {}

    def config(self) -> ConfigPart:
        """Return what the server says of itself, without its tokens, as a step of this run was told."""
        if self._config is None:
            kept = self._known.fresh(_CONFIG)
            self._config = self._client.config() if kept is None else read(ConfigPart, kept, "a note of ours")
            if kept is None:
                self._known.keep_fresh(_CONFIG, self._config.model_dump(exclude={"previewToken"}))
        return self._config

    def ways(self) -> Ways:
        """Return how the server's version is talked to."""
        return ways_of(self.config().version)

    def user(self) -> UserPart:
        """Return who asks; without a name where the key may not say that.

        Raises:
            GalleryRefused: nobody, as the key is not known, or is an access token that belongs to no user.
        """
        if self._user is None:
            kept = self._known.fresh(_WHO)
            self._user, self._scope = self._who() if kept is None else (UserPart(**kept[0]), kept[1])
            if kept is None:
                self._known.keep_fresh(_WHO, [self._user.model_dump(), self._scope])
        return self._user

    def _who(self) -> tuple[UserPart, str]:
        try:
            session = self._client.session()
        except Forbidden:  # an app password that may read photos need not be able to say whose it is
            self.pages.some({}, 1)
            return UserPart(), EVERYTHING
        if session is None:
            return UserPart(Name=EVERYBODY, Role=ADMIN), EVERYTHING
        if not session.user.UID:
            raise GalleryRefused(
                f"the key of {self._client.server} belongs to no user, so it may not search photos: make an app "
                "password in PhotoPrism under Settings → Account → Apps and Devices"
            )
        return session.user, session.scope or EVERYTHING

    def may_write(self, name: str) -> bool:
        """Say whether albums, photos, files, … may be written by this version, role and scope."""
        return self.ways().writes and self.user().Role in {"", ADMIN} and may(self._scope, name, "write")

    def may_read(self, name: str) -> bool:
        """Say whether people, labels, … may be read by this scope."""
        self.user()
        return may(self._scope, name, "read")

    def account(self) -> Account:
        """Say whose library this is: albums are everybody's on a PhotoPrism, so it is one whoever asks."""
        config, (user, _) = self._client.config(), self._who()  # whoever wants to know it means now
        where = (config.siteUrl or self._client.server).rstrip("/")
        name = user.Name or user.UID or "somebody"
        return Account(where, name, f"photoprism {ways_of(config.version).version or config.version}")

    def subjects(self) -> list[SubjectPart]:
        """Return the people whom the server knows by name; none where the key may not ask, or they are switched off."""
        if self._subjects is None:
            kept = self._known.fresh(_SUBJECTS)
            self._subjects = self._listed_subjects() if kept is None else [SubjectPart(**one) for one in kept]
        return self._subjects

    def _listed_subjects(self) -> list[SubjectPart]:
        try:
            found = all_subjects(self.pages)
        except Forbidden:
            found = []
        self._known.keep_people({one.UID: (one.Name, is_hidden(one)) for one in found})
        self._known.keep_fresh(_SUBJECTS, [one.model_dump() for one in found])
        return found

    def forget_people(self) -> None:
        """Ask anew who is there, as we have changed that."""
        self._subjects = None
        self._known.drop_fresh(_SUBJECTS)

    def people_by_photo(self) -> dict[str, tuple[str, ...]]:
        """Return who is on each photo that shows anybody with a name, sorted: by one search a person."""
        found: dict[str, list[str]] = {}
        for subject in sorted(self.subjects(), key=lambda one: one.UID):
            for photo in self.pages.ids({"subject": subject.UID}):
                found.setdefault(photo, []).append(subject.UID)
        return {photo: tuple(people) for photo, people in found.items()}

    def album_parts(self) -> list[AlbumPart]:
        """Return the albums that somebody made, ours among them, as the server shows them; folders and months not."""
        found = read(list[AlbumPart], self.pages.all("/albums", {"type": "album"}), "GET /albums")
        self._listed = {album.UID: album for album in found}
        return found

    def albums(self) -> list[Album]:
        """Return the albums that somebody made, ours among them.

        Of several albums with one marker, as two Albumens make them, the oldest is ours; the others show none.
        """
        parts, first = self.album_parts(), dict[Marker | None, str]()
        for part in sorted(parts, key=lambda part: (part.CreatedAt, part.UID)):
            first.setdefault(marker_of(part), part.UID)
        self.resolve(part.Thumb for part in parts if part.ThumbSrc)
        return [self._album(part, first) for part in parts]

    def _album(self, part: AlbumPart, first: dict[Marker | None, str]) -> Album:
        marker = marker_of(part)
        is_first = first[marker] == part.UID
        cover = self.cover(part)
        if marker is not None and part.ThumbSrc == VISION and cover == part.Thumb:
            cover = None  # the photo that we chose has left the library
        return Album(part.UID, part.Title, part.Description, cover, marker if is_first else None)

    def cover(self, album: AlbumPart) -> str | None:
        """Return the photo that somebody or we chose for an album; None where the server picks one.

        One that is of no photo here any more is named by its file's hash: it is a choice all the same.
        """
        if not album.ThumbSrc or not album.Thumb:
            return None
        return self._shown.get(album.Thumb) or self._known.shown_by(album.Thumb) or album.Thumb

    def resolve(self, hashes: Iterable[str]) -> None:
        """Find out whose files these are that are no photo's primary file, such as the second picture of a stack."""
        unknown = {one for one in hashes if is_hash(one) and one not in self._shown and not self._known.shown_by(one)}
        for part in chunks(sorted(unknown), NAMED):
            rows = self._client.rows("/photos", {"hash": "|".join(part), "count": NAMED}).items
            self._shown |= dict.fromkeys(part)
            self._shown |= {str(row.get("Hash")): uid_of(row) or None for row in rows if isinstance(row, dict)}

    def members(self, album: str) -> list[str]:
        """Return the photos of an album, oldest first unless it has another order; ours with the archived ones.

        Raises:
            PhotoGone: there is no such album.
        """
        listed = self._listed.get(album) or read(AlbumPart, self._client.get(f"/albums/{album}"), "GET /albums/{uid}")
        order = listed.Order if listed.Order in ORDERS else ORDERS[0]
        shown = self.pages.ids({"s": album, "order": order})
        return shown if marker_of(listed) is None else self.memberships.of(album, shown)
