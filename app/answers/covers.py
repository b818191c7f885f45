"""What the user decides about covers: suggestions for their own albums, covers of ours, and frames of videos."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from typing import Final

from app.answers import CannotBe, NothingWaits
from plugins.covers.picking import FRAME, picked_frame, picked_frames, picked_photo
from plugins.pages.album_covers import AlbumCover, album_covers
from plugins.publishing.asked_covers import PICKED, picks
from plugins.publishing.ledger import LedgerAlbum
from plugins.publishing.wanted import AlbumRules, rules_of
from plugins.settings import LibrarySettings
from plugins.store import Decision, Store
from plugins.store.suggestions import SuggestionKind, Verdict

MOST_PICKS: Final = 10_000
"""Answers about covers among which picks are looked for, the last ones."""
NEAR_S: Final = 0.002
"""Moments are told to the millisecond."""
OF_COVERS: Final[tuple[SuggestionKind, ...]] = ("cover",)
MOST_MATCHED: Final = 50
"""Photos of an album by which it is found among those that were published."""


@dataclass(frozen=True)
class OurAlbum:
    """An album of ours: its cover as the method chose it, its photos, what the gallery shows, and what was picked.

    `shown` is the id of the photo by which it is shown as far as is known, empty for none; `theirs` says that the user
    chose that; `picked` is the id of the photo that they picked here and that no run has set yet, empty without one.
    """

    cover: AlbumCover
    photos: tuple[str, ...]
    shown: str = ""
    theirs: bool = False
    picked: str = ""

    @property
    def now(self) -> str:
        """Return the photo by which it is to be shown: the picked one, the user's, else the method's."""
        return self.picked or (self.shown if self.theirs and self.shown else self.cover.chosen.photo)


def our_albums(store: Store, library: str, config: LibrarySettings) -> Sequence[OurAlbum]:
    """Return what is worth an album in a library, newest first, without what the ledger knows of it."""
    return _albums(store, library, rules_of(config.albums), store.steps.stamp(library))


@lru_cache(maxsize=8)
def _albums(store: Store, library: str, rules: AlbumRules, stamp: object) -> tuple[OurAlbum, ...]:  # noqa: ARG001
    """Return the albums as they are at a stamp; read once between two steps of runs, as it takes long."""
    photos = {photo.id: photo for photo in store.photos.all(library)}
    events, groups = store.events.all(library), dict[str, list[str]]()
    for event in events:
        there = [photo for photo in event.photos if photo in photos]
        groups.setdefault(event.key, []).extend(there)
        if event.trip:
            groups.setdefault(event.trip, []).extend(there)
    found = album_covers(events, photos, rules, store.covers.all(library))
    return tuple(OurAlbum(one, tuple(groups[one.key])) for one in found)


def as_published(store: Store, library: str, albums: Sequence[OurAlbum]) -> list[OurAlbum]:
    """Return albums with what the gallery shows of them, what was put into them there, and what was picked."""
    wanted = {photo for album in albums for photo in album.photos[:MOST_MATCHED]}
    holding = store.ledger.holding(library, wanted)
    keys = [Counter(holding[p] for p in a.photos[:MOST_MATCHED] if p in holding).most_common(1) for a in albums]
    known = store.ledger.albums(library, [key for found in keys for key, _ in found])
    picked = _picked(store, library)
    return [
        _published(album, known.get(found[0][0]) if found else None, picked)
        for album, found in zip(albums, keys, strict=True)
    ]


def _published(album: OurAlbum, known: LedgerAlbum | None, picked: Sequence[str]) -> OurAlbum:
    if known is not None:
        inside = known.photos("ours", "user")
        stay = [photo for photo in album.photos if photo not in known.photos("removed")]
        photos = (*stay, *sorted(inside - set(album.photos)))
        album = replace(album, photos=photos, shown=known.cover or "", theirs=known.user_cover and bool(known.cover))
    members = set(album.photos)
    return replace(album, picked=next((photo for photo in reversed(picked) if photo in members), ""))


def _picked(store: Store, library: str) -> list[str]:
    """Return the photos that were picked and that no run has set as covers yet, the last one last."""
    last_first, _ = store.waiting.decided(library, OF_COVERS, MOST_PICKS)
    said = [made for made in reversed(last_first) if made.subject.startswith(PICKED)]
    photos = store.photos.get(library, [made.subject.removeprefix(PICKED) for made in said])
    found = picks(said, photos.values())
    set_before = store.ledger.covers(library, [f"{PICKED}{photo}" for photo in found])
    return [photo for photo in found if f"{PICKED}{photo}" not in set_before]


def answer_cover(store: Store, library: str, key: str, verdict: Verdict) -> tuple[Decision, bool]:
    """Keep the answer to a suggested cover, or another one than before; return it, and whether it is not the first.

    Raises:
        NothingWaits: nothing waits, or was decided, under this key.
    """
    with store.transaction():
        waiting = store.suggestions.of_keys(library, [key]).get(key)
        if waiting is not None and waiting.kind == "cover":
            return store.suggestions.decide(library, key, verdict), False
        decided = store.suggestions.decisions_of(library, [key]).get(key)
        if decided is None or decided.kind != "cover":
            raise NothingWaits(key)
        if decided.verdict == verdict:
            return decided, True
        return store.suggestions.decide_again(library, key, verdict), True


def pick_cover(store: Store, library: str, album: OurAlbum, photo: str) -> Decision:
    """Keep that an album of ours is to be shown by a photo of it; asked again, it is set again.

    Raises:
        CannotBe: the photo is not in the album.
    """
    found = store.photos.get(library, [photo]).get(photo)
    if found is None or photo not in album.photos:
        raise CannotBe("not_in_album", f"{photo!r} is no photo of this album")
    with store.transaction():
        store.ledger.save_covers(library, {f"{PICKED}{photo}": None})
        return store.suggestions.say(library, picked_photo(found), "accepted")


def pick_frame(store: Store, library: str, content_key: str, at_s: float) -> Decision:
    """Keep that a video is to be shown by one of its frames.

    Raises:
        CannotBe: the video has no such frame among its candidates.
    """
    video = store.covers.videos(library).get(content_key)
    moments = [one.at_s for one in video.candidates if one.at_s is not None] if video else []
    nearest = min(moments, key=lambda moment: abs(moment - at_s), default=None)
    if nearest is None or abs(nearest - at_s) > NEAR_S:
        raise CannotBe("no_frame", f"there is no frame at {at_s:g} s to choose from")
    with store.transaction():
        store.covers.show_frame(library, content_key, nearest)
        return store.suggestions.say(library, picked_frame(content_key, nearest), "accepted")


def take_back(store: Store, library: str, at: datetime) -> list[Decision]:
    """Take back the answer of a moment; return what was decided by it."""
    with store.transaction():
        taken = store.suggestions.take_back(library, at, OF_COVERS)
        frames = {made.subject.removeprefix(FRAME) for made in taken if made.subject.startswith(FRAME)}
        if frames:
            picked, videos = picked_frames(store.suggestions.decisions(library)), store.covers.videos(library)
            for key in frames & videos.keys():
                best = max(videos[key].candidates, key=lambda one: one.probability, default=None)
                before = picked.get(key, best.at_s if best else None)
                store.covers.show_frame(library, key, videos[key].at_s if before is None else before)
    return taken
