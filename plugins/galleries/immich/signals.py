"""What the user likes, as far as Immich knows and the key may say."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from plugins.galleries.http.answers import Forbidden
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.marker import split_marker
from plugins.galleries.immich.parsing import ActivityPart, AlbumPart, MemoryPart, SharedPart, read
from plugins.galleries.immich.reading import Reader, chosen_cover
from plugins.records import Signals

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class ImmichSignals(Signals):
    """What Immich knows beyond other galleries: photos in shared links, liked in albums, and of memories kept.

    `refused` names what the key may not say.
    """

    shared: frozenset[str] = frozenset()
    liked: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    refused: tuple[str, ...] = ()


class SignalReader:
    """Reads the signals, each only if the key may: what it may not is left out and named."""

    def __init__(self, client: Client, reader: Reader, known: Known) -> None:
        self._client = client
        self._reader = reader
        self._known = known
        self._refused: list[str] = []

    def read(self) -> ImmichSignals:
        """Return favourites and ratings as of the last sweep, and the others as they are now."""
        self._refused = []
        favourites, ratings = self._known.liked()
        albums: list[AlbumPart] = self._if_allowed("albums", self._reader.own_albums, [])
        return ImmichSignals(
            favourites=favourites,
            ratings=ratings,
            covers=self._covers(albums),
            shared=self._if_allowed("shared links", self._shared, frozenset()),
            liked=self._if_allowed("likes", lambda: self._liked(albums), frozenset()),
            kept=self._if_allowed("memories", self._remembered, frozenset()),
            refused=tuple(self._refused),
        )

    def _if_allowed(self, what: str, ask: Callable[[], _T], without: _T) -> _T:
        try:
            return ask()
        except Forbidden:
            self._refused.append(what)
            return without

    def _covers(self, albums: Sequence[AlbumPart]) -> tuple[tuple[str, str], ...]:
        """Return the covers that the user chose for albums of their own making."""
        theirs = [a for a in albums if a.albumThumbnailAssetId and split_marker(a.description)[1] is None]
        chosen = ((album.id, self._chosen(album)) for album in theirs)
        return tuple((album, cover) for album, cover in chosen if cover)

    def _chosen(self, album: AlbumPart) -> str | None:
        """Return the cover of an album if the user chose it.

        What was found of a cover holds while it is shown: photos that come later may move it from the end to the
        middle, or back.
        """
        cover, members = album.albumThumbnailAssetId or "", self._reader.hits(album.id)
        if cover not in {hit.id for hit in members}:
            return None
        whose = self._known.whose_cover(album.id, cover)
        if whose is None:
            whose = "users" if chosen_cover(album, members) else "servers"
            self._known.keep_cover(album.id, cover, whose)
        return cover if whose == "users" else None

    def _shared(self) -> frozenset[str]:
        """Return the photos that were shared one by one; a shared album says nothing about any one of its photos."""
        links = read(list[SharedPart], self._client.get("/shared-links"), "GET /shared-links")
        return frozenset(asset.id for link in links if link.type == "INDIVIDUAL" for asset in link.assets)

    def _liked(self, albums: Sequence[AlbumPart]) -> frozenset[str]:
        """Return the photos with a like, the user's or another's; only a shared album can have any."""
        found: set[str] = set()
        for album in albums:
            if album.shared and album.isActivityEnabled:
                answer = self._client.get("/activities", {"albumId": album.id, "type": "like"})
                likes = read(list[ActivityPart], answer, "GET /activities")
                found |= {like.assetId for like in likes if like.assetId}
        return frozenset(found)

    def _remembered(self) -> frozenset[str]:
        memories = read(list[MemoryPart], self._client.get("/memories", {"isSaved": True}), "GET /memories")
        return frozenset(asset.id for memory in memories if memory.isSaved for asset in memory.assets)
