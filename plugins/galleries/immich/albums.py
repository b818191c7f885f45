"""Immich's albums that are ours: found by their marker, changed only while they carry it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from contextlib import suppress
from dataclasses import replace
from typing import Any, Final

from plugins.changes import CreateAlbum, DeleteAlbum, DescribeAlbum, Outcome, RenameAlbum, SetAlbumCover, SetCover
from plugins.chunking import chunks
from plugins.galleries import PhotoGone
from plugins.galleries.http.answers import BadRequest
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known, Whose
from plugins.galleries.immich.marker import split_marker, with_marker
from plugins.galleries.immich.outcomes import is_id, split_ids
from plugins.galleries.immich.parsing import AlbumPart, read
from plugins.galleries.immich.versions import Ways
from plugins.galleries.immich.waiting import Search
from plugins.galleries.server.our_albums import Held, OurAlbums
from plugins.galleries.server.outcomes import GONE, is_fit, of_many
from plugins.records import Marker

MOST: Final = 500
"""Photos in one call."""
_USERS: Final[Whose] = "users"
_SERVERS: Final[Whose] = "servers"


class _Whole(AlbumPart):
    """An album with what only its writer asks."""

    hasSharedLink: bool = False  # noqa: N815


class Albums(OurAlbums[_Whole]):
    """Changes to albums of ours on Immich, and to the covers of the user's own."""

    def __init__(self, client: Client, search: Search, ways: Callable[[], Ways], known: Known) -> None:
        super().__init__()
        self._client = client
        self._known = known
        self._search = search
        self._ways = ways
        self._picked: dict[str, str] = {}

    def _all(self) -> Iterable[Held[_Whole]]:
        listed = read(list[_Whole], self._client.get("/albums", self._ways().own_albums), "GET /albums")
        return map(_held, listed)

    def _get(self, album_id: str) -> Held[_Whole]:
        return _held(self._part(album_id))

    def _part(self, album_id: str) -> _Whole:
        found = self._client.get(f"/albums/{album_id}", self._ways().bare_album)
        return read(_Whole, found, "GET /albums/{id}")

    def _unfit(self, change: CreateAlbum) -> str:
        if not is_fit(change.title + change.description):
            return "the title or the description has characters that Immich cannot hold"
        if split_marker(with_marker("", Marker(change.kind, change.key)))[1] is None:
            return f"{change.key!r} cannot be found again: keys are small letters, digits and hyphens"
        return ""

    def _found_again(self, album: Held[_Whole]) -> None:
        self._pick(album.part)

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

    def _put_in(self, album: Held[_Whole], photos: Sequence[str]) -> Outcome:
        fit, failed = split_ids(photos)
        added: set[str] = set()
        for chunk in chunks(fit, MOST):
            for item in self._client.put(f"/albums/{album.id}/assets", {"ids": chunk}):
                if item.get("success"):
                    added.add(str(item["id"]))
                elif item.get("error") != "duplicate":
                    failed[str(item["id"])] = _why(item)
        shows_none = album.part.albumThumbnailAssetId is None
        return self._of_members(album.part, added, photos, failed, changes_cover=shows_none)

    def _take_out(self, album: Held[_Whole], photos: Sequence[str]) -> Outcome:
        fit, _ = split_ids(photos)  # what can be no photo of Immich is in no album
        removed, failed = set[str](), dict[str, str]()
        for chunk in chunks(fit, MOST):
            for item in self._client.delete(f"/albums/{album.id}/assets", {"ids": chunk}):
                if item.get("success"):
                    removed.add(str(item["id"]))
                elif _why(item) != GONE:
                    failed[str(item["id"])] = _why(item)
        lost = album.part.albumThumbnailAssetId in removed
        return self._of_members(album.part, removed, photos, failed, changes_cover=lost)

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
            cover = self._pick(self._part(album.id))
        return of_many("done" if moved else "already", photos, failed, album.id, cover)

    def _pick(self, album: _Whole) -> str:
        """Note by which photo Immich shows an album of which nobody has chosen the cover, and return it."""
        self._picked[album.id] = album.albumThumbnailAssetId or ""
        self._known.keep_cover(album.id, self._picked[album.id], "servers")
        return self._picked[album.id]

    def _members(self, album_id: str) -> list[str]:
        """Return the photos of an album, the oldest first."""
        return [str(photo["id"]) for photo in self._search({"albumIds": [album_id]})]

    def _reworded(self, album: Held[_Whole], change: RenameAlbum | DescribeAlbum) -> str:
        text = change.title if isinstance(change, RenameAlbum) else change.description
        if not is_fit(text):
            return "the text has characters that Immich cannot hold"
        whole = with_marker(text, album.marker) if album.marker else text
        said = {"albumName": text} if isinstance(change, RenameAlbum) else {"description": whole}
        self._client.patch(f"/albums/{album.id}", said)
        return ""

    def _show_by(self, change: SetCover, album: Held[_Whole]) -> Outcome:
        now = album.part.albumThumbnailAssetId
        if change.photo is None:  # Immich takes no null: what is shown is its own choice from now on
            return Outcome("done" if change.was and now == change.was else "already", "", album.id, (), now or "")
        if now == change.photo:
            return Outcome("already", gallery_id=album.id)
        if now != change.was and not self._is_own_pick(album.part, change.was):
            return Outcome("refused", f"the user has chosen the cover {now!r}", album.id)
        return self._set_cover(album.part, change.photo, "ours")

    def show_users_album(self, change: SetAlbumCover) -> Outcome:
        """Show an album of the user's own by the photo that they asked for, or as before they did.

        Immich takes no null: with None what is shown stays.
        """
        album, whose = self._part(change.album), _USERS if change.asked else _SERVERS
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

    def _delete(self, change: DeleteAlbum, album: Held[_Whole]) -> Outcome:
        if album.part.shared or album.part.hasSharedLink:
            return Outcome("refused", "the user has shared the album", album.id)
        inside = self._members(album.id)
        if left := [photo for photo in inside if photo not in set(change.photos)]:
            return Outcome("refused", f"it still holds {len(left)} photos, {left[0]!r} among them", album.id)
        if (album.part.assetCount or 0) > len(inside):
            return Outcome("refused", "it holds photos that this key cannot see", album.id)
        with suppress(PhotoGone):  # the first answer was lost
            self._client.delete(f"/albums/{album.id}")
        return Outcome("done", gallery_id=album.id)


def _held(album: _Whole) -> Held[_Whole]:
    text, marker = split_marker(album.description)
    return Held(album.id, album.createdAt, album.albumName, text, marker, album)


def _why(item: dict[str, Any]) -> str:
    """Return why one photo of a call could not be moved; one that is gone is answered as not ours."""
    error = str(item.get("error") or "no reason given")
    return GONE if error in {"no_permission", "not_found"} else f"Immich says: {error}"
