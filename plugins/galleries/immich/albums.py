"""Immich's albums that are ours: found by their marker, changed only while they carry it."""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from plugins.changes import (
    AddMembers,
    AlbumChange,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    Outcome,
    RemoveMembers,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
)
from plugins.chunking import chunks
from plugins.galleries import GalleryError, PhotoGone
from plugins.galleries.http.answers import BadRequest
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known, Whose
from plugins.galleries.immich.marker import split_marker, with_marker
from plugins.galleries.immich.outcomes import GONE, is_fit, is_id, is_unsure, of_many, split_ids
from plugins.galleries.immich.parsing import AlbumPart, read
from plugins.galleries.immich.versions import Ways
from plugins.galleries.immich.waiting import Search
from plugins.records import Marker

FRESH_S: Final = 60.0
"""How long a list of the albums is good for making one: another Albumen may make it meanwhile."""
MOST: Final = 500
"""Photos in one call."""
TRIES: Final = 4
"""How often an album is made whose making was not answered; each time we look first whether it is there."""
SHOWN: Final = 80
"""Characters of a text that are shown in a reason."""
_USERS: Final[Whose] = "users"
_SERVERS: Final[Whose] = "servers"
RELEASED: Final = "the album is gone, or its marker: then it is the user's"


class _Whole(AlbumPart):
    """An album with what only its writer asks."""

    hasSharedLink: bool = False  # noqa: N815


class Albums:
    """Changes to albums of ours. The key in the marker names an album; its id is looked up again for each Writer."""

    def __init__(self, client: Client, search: Search, ways: Callable[[], Ways], known: Known) -> None:
        self._client = client
        self._known = known
        self._search = search
        self._ways = ways
        self._ids: dict[str, str] = {}
        self._listed_at = -FRESH_S
        self._picked: dict[str, str] = {}
        self._twice: dict[str, list[str]] = {}

    def warnings(self) -> list[str]:
        """Name the albums that carry the same marker as another one, which is taken as ours in their place."""
        return [
            f"{len(others)} more albums carry the marker of {self._ids.get(key, key)} ({key}): {', '.join(others)}. "
            "Did two Albumens write to this library? The oldest is kept up to date; delete the others"
            for key, others in sorted(self._twice.items())
        ]

    def apply(self, change: AlbumChange) -> Outcome:
        """Make one change to an album of ours."""
        if isinstance(change, CreateAlbum):
            return self._create(change)
        found = self.find(change.key)
        if found is None:
            return Outcome("gone", RELEASED)
        match change:
            case DeleteAlbum():
                return self._delete(change, found)
            case RenameAlbum():
                return self._rename(change, found)
            case DescribeAlbum():
                return self._describe(change, found)
            case AddMembers():
                return self._put_in(found, change.photos)
            case RemoveMembers():
                return self._take_out(found, change.photos)
            case SetCover():
                return self._show_by(change, found)

    def find(self, key: str) -> _Whole | None:
        """Return the album of ours with this key as it is now, None when there is none."""
        if key not in self._ids:
            self._list()
        if key not in self._ids:
            return None
        found: _Whole | None
        try:
            found = self._get(self._ids[key])
        except PhotoGone:
            self._list()
            found = self._get(self._ids[key]) if key in self._ids else None
        marker = split_marker(found.description)[1] if found else None
        return found if marker is not None and marker.key == key else None

    def _get(self, album_id: str) -> _Whole:
        found = self._client.get(f"/albums/{album_id}", self._ways().bare_album)
        return read(_Whole, found, "GET /albums/{id}")

    def _list(self) -> None:
        """Ask for all albums; of several with one marker the oldest is ours, so that two Albumens agree on it."""
        listed = read(list[_Whole], self._client.get("/albums", self._ways().own_albums), "GET /albums")
        ours: dict[str, list[str]] = {}
        for album in sorted(listed, key=lambda album: (album.createdAt, album.id)):
            marker = split_marker(album.description)[1]
            if marker is not None:
                ours.setdefault(marker.key, []).append(album.id)
        self._ids = {key: ids[0] for key, ids in ours.items()}
        self._twice = {key: ids[1:] for key, ids in ours.items() if len(ids) > 1}
        self._listed_at = time.monotonic()

    def _create(self, change: CreateAlbum) -> Outcome:
        if not is_fit(change.title + change.description):
            return Outcome("refused", "the title or the description has characters that Immich cannot hold")
        if split_marker(with_marker("", Marker(change.kind, change.key)))[1] is None:
            return Outcome(
                "refused", f"{change.key!r} cannot be found again: keys are small letters, digits and hyphens"
            )
        for tried in range(TRIES):
            if tried or time.monotonic() - self._listed_at > FRESH_S:
                self._list()
            if change.key in self._ids:
                found = self.find(change.key)
                if found is not None and tried:
                    self._pick(found)  # made by the try before
                return self._put_in(found, change.photos) if found else Outcome("gone", RELEASED)
            try:
                return self._make(change)
            except GalleryError as error:  # it may have been made: only a look can tell
                if tried == TRIES - 1 or not is_unsure(error):
                    raise
        raise AssertionError("the last try returns or raises")

    def _make(self, change: CreateAlbum) -> Outcome:
        photos, failed = split_ids(change.photos)
        description = with_marker(change.description, Marker(change.kind, change.key))
        said = {"albumName": change.title, "description": description, "assetIds": photos}
        made = read(_Whole, self._client.post("/albums", said), "POST /albums")
        self._ids[change.key] = made.id
        if made.assetCount != len(photos):  # those that it cannot take are passed over in silence
            inside = set(self._members(made.id))
            failed |= {photo: GONE for photo in photos if photo not in inside}
        cover = self._pick(made)
        return replace(of_many("done", change.photos, failed, made.id, cover), status="done")

    def _put_in(self, album: _Whole, photos: Sequence[str]) -> Outcome:
        fit, failed = split_ids(photos)
        added: set[str] = set()
        for chunk in chunks(fit, MOST):
            for item in self._client.put(f"/albums/{album.id}/assets", {"ids": chunk}):
                if item.get("success"):
                    added.add(str(item["id"]))
                elif item.get("error") != "duplicate":
                    failed[str(item["id"])] = _why(item)
        return self._of_members(album, added, photos, failed, changes_cover=album.albumThumbnailAssetId is None)

    def _take_out(self, album: _Whole, photos: Sequence[str]) -> Outcome:
        fit, _ = split_ids(photos)  # what can be no photo of Immich is in no album
        removed, failed = set[str](), dict[str, str]()
        for chunk in chunks(fit, MOST):
            for item in self._client.delete(f"/albums/{album.id}/assets", {"ids": chunk}):
                if item.get("success"):
                    removed.add(str(item["id"]))
                elif _why(item) != GONE:
                    failed[str(item["id"])] = _why(item)
        return self._of_members(album, removed, photos, failed, changes_cover=album.albumThumbnailAssetId in removed)

    def _of_members(
        self,
        album: _Whole,
        moved: Collection[str],
        photos: Sequence[str],
        failed: dict[str, str],
        *,
        changes_cover: bool,
    ) -> Outcome:
        cover = album.albumThumbnailAssetId or ""
        if moved and changes_cover:
            cover = self._pick(self._get(album.id))
        return of_many("done" if moved else "already", photos, failed, album.id, cover)

    def _pick(self, album: _Whole) -> str:
        """Note by which photo Immich shows an album of which nobody has chosen the cover, and return it."""
        self._picked[album.id] = album.albumThumbnailAssetId or ""
        self._known.keep_cover(album.id, self._picked[album.id], "servers")
        return self._picked[album.id]

    def _members(self, album_id: str) -> list[str]:
        """Return the photos of an album, the oldest first."""
        return [str(photo["id"]) for photo in self._search({"albumIds": [album_id]})]

    def _rename(self, change: RenameAlbum, album: _Whole) -> Outcome:
        return self._reword(album, "title", album.albumName, change.was, change.title, {"albumName": change.title})

    def _describe(self, change: DescribeAlbum, album: _Whole) -> Outcome:
        now, marker = split_marker(album.description)
        text = with_marker(change.description, marker) if marker else change.description
        return self._reword(album, "description", now, change.was, change.description, {"description": text})

    def _reword(self, album: _Whole, field: str, now: str, was: str, text: str, said: dict[str, str]) -> Outcome:
        if now == text:
            return Outcome("already", gallery_id=album.id)
        if now != was:
            return Outcome("refused", f"the user has changed the {field} to {now[:SHOWN]!r}", album.id)
        if not is_fit(text):
            return Outcome("refused", f"the {field} has characters that Immich cannot hold", album.id)
        self._client.patch(f"/albums/{album.id}", said)
        return Outcome("done", gallery_id=album.id)

    def _show_by(self, change: SetCover, album: _Whole) -> Outcome:
        now = album.albumThumbnailAssetId
        if change.photo is None:  # Immich takes no null: what is shown is its own choice from now on
            return Outcome("done" if change.was and now == change.was else "already", "", album.id, (), now or "")
        if now == change.photo:
            return Outcome("already", gallery_id=album.id)
        if now != change.was and not self._is_own_pick(album, change.was):
            return Outcome("refused", f"the user has chosen the cover {now!r}", album.id)
        return self._set_cover(album, change.photo, "ours")

    def show_users_album(self, change: SetAlbumCover) -> Outcome:
        """Show an album of the user's own by the photo that they asked for, or as before they did.

        Immich takes no null: with None what is shown stays.
        """
        album, whose = self._get(change.album), _USERS if change.asked else _SERVERS
        if split_marker(album.description)[1] is not None:
            return Outcome("refused", "the album is not the user's own", album.id)
        now = album.albumThumbnailAssetId
        if change.photo is None or now == change.photo:
            self._known.keep_cover(album.id, now or "", whose)
            return Outcome("already", gallery_id=album.id)
        if now != change.was:
            return Outcome("refused", f"the user has chosen the cover {now!r}", album.id)
        return self._set_cover(album, change.photo, whose)

    def _set_cover(self, album: _Whole, photo: str, whose: Whose) -> Outcome:
        if is_id(photo):
            try:
                self._client.patch(f"/albums/{album.id}", {"albumThumbnailAssetId": photo})
                self._known.keep_cover(album.id, photo, whose)
                return Outcome("done", gallery_id=album.id)
            except BadRequest as error:
                if "thumbnail" not in error.message.lower():
                    raise
        return Outcome("refused", f"the cover {photo!r} is not a photo of the album", album.id)

    def _is_own_pick(self, album: _Whole, was: str | None) -> bool:
        """Say whether Immich chose the cover itself: the first put in, the newest, or since the one before is gone."""
        now = album.albumThumbnailAssetId
        if now is None or self._picked.get(album.id) == now:
            return True
        members = self._members(album.id)
        return now not in members or (now in {members[0], members[-1]} if was is None else was not in members)

    def _delete(self, change: DeleteAlbum, album: _Whole) -> Outcome:
        if album.shared or album.hasSharedLink:
            return Outcome("refused", "the user has shared the album", album.id)
        inside = self._members(album.id)
        if left := [photo for photo in inside if photo not in set(change.photos)]:
            return Outcome("refused", f"it still holds {len(left)} photos, {left[0]!r} among them", album.id)
        if (album.assetCount or 0) > len(inside):
            return Outcome("refused", "it holds photos that this key cannot see", album.id)
        with suppress(PhotoGone):  # the first answer was lost
            self._client.delete(f"/albums/{album.id}")
        self._ids.pop(change.key, None)
        return Outcome("done", gallery_id=album.id)


def _why(item: dict[str, Any]) -> str:
    """Return why one photo of a call could not be moved; one that is gone is answered as not ours."""
    error = str(item.get("error") or "no reason given")
    return GONE if error in {"no_permission", "not_found"} else f"Immich says: {error}"
