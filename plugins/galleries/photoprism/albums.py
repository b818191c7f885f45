"""PhotoPrism's albums that are ours: claimed only when we have surely made them, changed only while they are marked."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Final

from plugins.changes import CreateAlbum, DeleteAlbum, DescribeAlbum, Outcome, RenameAlbum, SetAlbumCover, SetCover
from plugins.chunking import chunks
from plugins.galleries import PhotoGone
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.marker import category_of, marker_in, marker_of, notes_of
from plugins.galleries.photoprism.members import Memberships
from plugins.galleries.photoprism.paging import Pages
from plugins.galleries.photoprism.parsing import VISION, AlbumPart, RowPart, is_uid, read
from plugins.galleries.photoprism.titles import as_kept
from plugins.galleries.photoprism.versions import Ways
from plugins.galleries.server.our_albums import Held, OurAlbums
from plugins.galleries.server.outcomes import GONE, of_many, split_by
from plugins.records import Marker

MOST: Final = 500
"""Photos in one call: the server writes each by itself."""
NOBODYS: Final = ""
MADE: Final = 201
TITLES: Final = 5
"""Working titles that are tried for one album: the user may have kept what a killed run had begun under one."""
_WORKING: Final = re.compile("Albumen [0-9a-f]{24}")


class _Whole(AlbumPart):
    """An album with what only its writer asks; lists alone have the counts."""

    LinkCount: int = 0

    @property
    def is_blank(self) -> bool:
        """Say whether nobody has written anything into it."""
        return not (self.Notes or self.Description or self.Filter)


class Albums(OurAlbums[_Whole]):
    """Changes to albums of ours on PhotoPrism, and to the covers of the user's own.

    Args:
        client: sends the requests.
        pages: searches for photos.
        memberships: knows who is in our albums.
        known: remembers which covers the user asked for.
        ways: how the server's version is talked to; asked when it is needed.
    """

    def __init__(
        self, client: Client, pages: Pages, memberships: Memberships, known: Known, ways: Callable[[], Ways]
    ) -> None:
        super().__init__()
        self._client = client
        self._pages = pages
        self._known = known
        self._memberships = memberships
        self._ways = ways
        self._begun: set[str] = set()
        self._there: set[str] = set()

    def warnings(self) -> list[str]:
        """Return what every server's say, and which albums a killed run began that nobody wants any more."""
        left = [f"the album {title!r} was begun by a run that was killed: delete it" for title in sorted(self._begun)]
        return [*super().warnings(), *left]

    def _all(self) -> Iterable[Held[_Whole]]:
        listed = self._listed()
        self._there = {album.UID for album in listed}
        blank = (album for album in listed if album.is_blank and not album.PhotoCount)
        self._begun = {album.Title for album in blank if _WORKING.fullmatch(album.Title)}
        for album in listed:
            if _last_title(album.UID) == album.Title and self._is_leaving(album):  # a run was killed in deleting it
                self._purge(album.UID)
        return map(_held, listed)

    def _listed(self) -> list[_Whole]:
        return read(list[_Whole], self._pages.all("/albums", {"type": "album"}), "GET /albums")

    def _get(self, album_id: str) -> Held[_Whole]:
        if not is_uid(album_id):
            raise PhotoGone(f"{album_id!r} is no album of PhotoPrism's")
        return _held(read(_Whole, self._client.get(f"/albums/{album_id}"), "GET /albums/{uid}"))

    def _unfit(self, change: CreateAlbum) -> str:
        if not as_kept("title", change.title):
            return f"PhotoPrism keeps nothing of the title {change.title!r}"
        if marker_in(notes_of(Marker(change.kind, change.key))) is None:
            return f"{change.key!r} cannot be found again: keys are small letters, digits and hyphens"
        return ""

    def _make(self, change: CreateAlbum) -> Outcome:
        """Make an album of ours, which never was under its own title without our marker.

        Asked for an album, PhotoPrism gives one of the user's that has such a title, or brings one back that they have
        deleted (200 in place of 201). So it is asked for under a title that only this album ever has: whatever the
        answer, and however often it is lost, that album is ours. Then one call gives it title and marker.
        """
        title, begun = next(filter(None, (self._begin(_working_title(change.key, n)) for n in range(TITLES))), ("", ""))
        if not begun:
            return Outcome("refused", "the user has kept all albums that killed runs had begun for it")
        said = {
            "Title": as_kept("title", change.title),
            "Description": as_kept("description", change.description),
            "Notes": notes_of(Marker(change.kind, change.key)),
            "Category": category_of(change.kind),
            "Order": "oldest",
        }
        made = _held(self._put(begun, said))
        self._begun.discard(title)
        self._ids[change.key] = made.id
        return replace(self._put_in(made, change.photos), status="done")

    def _begin(self, title: str) -> tuple[str, str] | None:
        """Return a working title with the id of the new album that has it; None where that is the user's by now.

        They may have written into what a killed run had begun, put photos in, or renamed it, while PhotoPrism finds
        it by its first slug still. What they had deleted is put aside again.
        """
        said = self._client.post("/albums", {"Title": title}, repeat=True)
        found = read(_Whole, said.json, "POST /albums")
        is_new = said.status == MADE or not self._pages.ids({"s": found.UID})
        if found.Title == title and found.is_blank and is_new:
            return title, found.UID
        if found.UID not in self._there:
            self._client.delete(f"/albums/{found.UID}")
        return None

    def _put(self, album: str, said: dict[str, str]) -> _Whole:
        return read(_Whole, self._client.put(f"/albums/{album}", said), "PUT /albums/{uid}")

    def _put_in(self, album: Held[_Whole], photos: Sequence[str]) -> Outcome:
        """Put in those photos that are not in: one that the user took out comes back by this, so ask for no others."""
        fit, failed = split_by(is_uid, photos)
        inside = set(self._memberships.of(album.id)) if fit else set[str]()
        lacking = [photo for photo in fit if photo not in inside]
        for chunk in chunks(lacking, MOST):
            self._client.post(f"/albums/{album.id}/photos", {"photos": chunk}, repeat=True)
        if lacking:  # the answer counts those in too that are not there
            failed |= dict.fromkeys(self._missing(album.id, lacking), GONE)
            self._memberships.joined(album.id, (photo for photo in lacking if photo not in failed))
        moved = any(photo not in failed for photo in lacking)
        return of_many("done" if moved else "already", photos, failed, album.id)

    def _missing(self, album: str, photos: Sequence[str]) -> list[str]:
        """Return those of the photos that are not in an album though they were put in, and are not archived either."""
        shown = set(self._pages.ids({"s": album}))
        absent = [photo for photo in photos if photo not in shown]
        archived = self._memberships.archived(absent) if absent else frozenset()
        return [photo for photo in absent if photo not in archived]

    def _take_out(self, album: Held[_Whole], photos: Sequence[str]) -> Outcome:
        inside = set(self._memberships.of(album.id))
        there = [photo for photo in dict.fromkeys(photos) if photo in inside]
        for chunk in chunks(there, MOST):
            self._client.delete(f"/albums/{album.id}/photos", {"photos": chunk})
            self._memberships.left(album.id, chunk)
        return Outcome("done" if there else "already", gallery_id=album.id)

    def _reworded(self, album: Held[_Whole], change: RenameAlbum | DescribeAlbum) -> str:
        if isinstance(change, DescribeAlbum):
            self._put(album.id, {"Description": as_kept("description", change.description)})
            return ""
        title = as_kept("title", change.title)
        if title:
            self._put(album.id, {"Title": title})
        return "" if title else f"PhotoPrism keeps nothing of the title {change.title!r}"

    def _show_by(self, change: SetCover, album: Held[_Whole]) -> Outcome:
        return self._show(album.part, change.photo)

    def show_users_album(self, change: SetAlbumCover) -> Outcome:
        """Show an album of the user's own by the photo that they asked for, or as before they did."""
        album = self._get(change.album)
        if album.marker is not None:
            return Outcome("refused", "the album is not the user's own", album.id)
        asked = self._member(album.id, change.photo) if change.photo and change.asked else None
        self._known.keep_asked_cover(album.id, asked.Hash if asked else "")
        if self._is_shown_by(album.part, change.photo):
            return Outcome("already", gallery_id=album.id)
        if not self._is_shown_by(album.part, change.was):
            return Outcome("refused", "the user has chosen another cover since", album.id)
        return self._show(album.part, change.photo)

    def _is_shown_by(self, album: _Whole, photo: str | None) -> bool:
        found = self._member(album.UID, photo) if photo else None
        return (photo is None or found is not None) and _shows(album, found)

    def _show(self, album: _Whole, photo: str | None) -> Outcome:
        """Show an album by a member, or by whatever PhotoPrism picks; a cover that the user chose stays."""
        found = self._member(album.UID, photo) if photo else None
        if photo is not None and (found is None or found.Private):
            why = "private" if found else "not a photo that the album shows"
            return Outcome("refused", f"the cover {photo!r} is {why}", album.UID)
        if _shows(album, found):
            return Outcome("already", gallery_id=album.UID)
        if album.ThumbSrc not in {NOBODYS, VISION}:
            return Outcome("refused", "the user has chosen the cover", album.UID)
        self._put(album.UID, {"Thumb": found.Hash, "ThumbSrc": VISION} if found else {"Thumb": "", "ThumbSrc": NOBODYS})
        return Outcome("done", gallery_id=album.UID)

    def _member(self, album: str, photo: str) -> RowPart | None:
        """Return a photo if an album shows it; PhotoPrism itself takes any picture for a cover, and shows it to all."""
        if not is_uid(photo):
            return None
        rows = read(list[RowPart], self._pages.some({"s": album, "uid": photo}, 1), "GET /photos")
        return next((row for row in rows if photo == row.UID), None)

    def _delete(self, change: DeleteAlbum, album: Held[_Whole]) -> Outcome:
        listed = next((row for row in self._listed() if album.id == row.UID), album.part)
        if listed.LinkCount:
            return Outcome("refused", "the user has shared the album", album.id)
        shown = self._pages.ids({"s": album.id})
        inside = self._memberships.of(album.id, shown)
        if left := [photo for photo in inside if photo not in set(change.photos)]:
            return Outcome("refused", f"it still holds {len(left)} photos, {left[0]!r} among them", album.id)
        if listed.PhotoCount > len(shown):
            return Outcome("refused", "it holds photos that no search finds", album.id)
        self._known.keep_leaving(album.id, inside)
        with suppress(PhotoGone):  # the first answer was lost
            self._purge(album.id)
        return Outcome("done", gallery_id=album.id)

    def _is_leaving(self, album: _Whole) -> bool:
        """Say whether an album holds nothing but what it did when we were about to delete it."""
        inside = self._pages.ids({"s": album.UID})
        return album.PhotoCount <= len(inside) and self._known.leaving(album.UID).issuperset(inside)

    def _purge(self, album: str) -> None:
        """Delete an album so that nothing brings it back.

        Before it can be deleted for good, PhotoPrism puts it aside, from where the user's next album of that title
        would bring it back with our marker: so it goes under a title that nobody has, and without the marker.
        """
        if self._ways().forced_delete:
            self._client.delete(f"/albums/{album}", params={"force": True})
        else:
            self._put(album, {"Title": _last_title(album), "Notes": ""})
            self._client.delete(f"/albums/{album}")


def _shows(album: _Whole, photo: RowPart | None) -> bool:
    """Say whether somebody chose this photo for an album; of None, whether nobody chose any."""
    return album.ThumbSrc == NOBODYS if photo is None else album.ThumbSrc != NOBODYS and photo.Hash == album.Thumb


def _working_title(key: str, n: int) -> str:
    """Return the n-th title under which an album may be made: no other has it, and it is the same in each run."""
    return f"Albumen {hashlib.sha256(f'{key}#{n}'.encode()).hexdigest()[:24]}"


def _last_title(album: str) -> str:
    return f"Albumen {album}"


def _held(album: _Whole) -> Held[_Whole]:
    return Held(album.UID, album.CreatedAt, album.Title, album.Description, marker_of(album), album)
