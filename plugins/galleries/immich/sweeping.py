"""The sweep: all photos of a library, or those that changed, each once and none missed."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from plugins.galleries import Problem
from plugins.galleries.immich.known import Known, KnownPhoto
from plugins.galleries.immich.our_people import users_name
from plugins.galleries.immich.paging import SEEN, TRIES, Item, Pages, Wanted, as_text
from plugins.galleries.immich.parsing import AssetPart, HitPart, PersonPart, read
from plugins.galleries.immich.shaping import KINDS, box_of, photo_of
from plugins.galleries.server.known_library import KnownFace
from plugins.records import Photo

WINDOWS: Final = 50
"""Moments that are looked at again at most; more missing photos than that are a large import, not ours to hunt."""
UNREAD: Final = "Immich has not read its metadata yet: it comes with a later run"
NEW: Final = timedelta(hours=24)
"""How long a photo is new: faces are found after thumbnails are made, people by a nightly job; then all is asked again.

A photo's `updatedAt` says nothing of its faces, and our own tags change it.
"""
_SEARCH: Final = "POST /search/metadata"
_PAGE_FIELDS: Final = {"withExif": True, "withPeople": True}


class Sweep:
    """One reading of the photos of one account; `problems` says afterwards what is not among them, and why."""

    def __init__(self, pages: Pages, known: Known, zone: ZoneInfo, owner: str) -> None:
        self._pages = pages
        self._known = known
        self._zone = zone
        self._owner = owner
        self._number = 0
        self.problems: list[Problem] = []

    def photos(
        self,
        since: datetime | None,
        tags: Callable[[Mapping[str, str]], Mapping[str, Sequence[str]]],
        beneath: Callable[[], frozenset[str]],
    ) -> Iterator[Photo]:
        """Yield the photos.

        Args:
            since: only those that the server changed at or after it; None: all.
            tags: returns the tags of photos by their id, of those given with when each was updated.
            beneath: returns the photos that the timeline hides behind another of their stack.
        """
        self._number = self._known.begin_sweep()
        for visibility in SEEN:
            wanted: dict[str, Any] = {"visibility": visibility, **_PAGE_FIELDS}
            if since is not None:
                wanted["updatedAfter"] = as_text(since)
            for assets in self._pass(wanted, since is None):
                if assets:
                    of_page, below = tags({asset.id: asset.updatedAt for asset in assets}), beneath()
                    for asset in assets:
                        hidden = visibility == "archive" or asset.id in below
                        yield from self._photo(asset, of_page.get(asset.id, ()), hidden)
        if since is None:
            self._known.end_sweep(self._number)

    def _photo(self, asset: AssetPart, tags: Sequence[str], hidden: bool) -> Iterator[Photo]:
        try:
            yield photo_of(asset, self._zone, tags, hidden)
        except (ValueError, OverflowError) as error:
            self.problems.append(Problem(asset.originalFileName or asset.id, f"its data make no sense: {error}"))

    def _pass(self, wanted: Wanted, full: bool) -> Iterator[list[AssetPart]]:
        """Yield the assets of one visibility, then those that the pages have missed."""
        there = self._pages.count(wanted)
        seen: set[str] = set()
        if there:
            for page in self._pages.walk(wanted, seen):
                yield self._kept(page)
        if len(seen) < there:
            yield from self._missed(wanted, seen, there, full)
        elif full:
            self._known.keep_unread(str(wanted["visibility"]), {})

    def _kept(self, page: list[Item]) -> list[AssetPart]:
        """Return those of a page that are photos of ours, and keep what they say of faces."""
        assets = [asset for asset in read(list[AssetPart], page, _SEARCH) if self._is_ours(asset)]
        photos = [_known_photo(asset) for asset in assets]
        self._known.keep_people({p.id: (users_name(p.name), p.isHidden) for asset in assets for p in asset.people})
        self._known.keep_photos(photos, self._number)
        for asset, photo in zip(assets, photos, strict=True):
            if asset.people and all(person.faces is not None for person in asset.people):
                self._known.keep_faces(photo, _faces_of(asset.people), whole=False)
        return assets

    def _is_ours(self, asset: AssetPart) -> bool:
        """Say whether it is a photo of this account; partners' are in the search too."""
        shown = asset.visibility in SEEN and not asset.isTrashed and not asset.isOffline
        return asset.ownerId == self._owner and shown and asset.type in KINDS

    def _missed(self, wanted: Wanted, seen: set[str], there: int, full: bool) -> Iterator[list[AssetPart]]:
        """Find out what the count has and the pages have not.

        A search with metadata leaves out the photos whose metadata was not read yet. The same ones as in the last
        sweep need no second look; else all are listed without metadata, and the moments of those that are missing are
        walked again with it. What still does not come is left for a later run.
        """
        visibility = str(wanted["visibility"])
        waiting = {photo: name for photo, name in self._known.unread(visibility).items() if photo not in seen}
        if len(waiting) != there - len(seen) or not full:
            waiting = yield from self._hunted(wanted, seen, there)
        if full:
            self._known.keep_unread(visibility, waiting)
        self.problems += [Problem(name, UNREAD) for name in waiting.values() if name]

    def _hunted(self, wanted: Wanted, seen: set[str], there: int) -> Generator[list[AssetPart], None, dict[str, str]]:
        """Yield the photos that were missed; return the names, by id, of those that do not come with metadata."""
        waiting: dict[str, str] = {}
        idle = 0
        for _ in range(TRIES):
            before, left = len(seen), self._listed(wanted, seen)
            yield from self._walked_again(wanted, left, seen)
            waiting |= {i: self._called(hit) for i, hit in left.items()}
            idle = idle + 1 if len(seen) == before else 0
            if len(seen) >= there or idle == self._pages.idle_tries:
                break
        return {photo: name for photo, name in waiting.items() if photo not in seen}

    def _listed(self, wanted: Wanted, seen: set[str]) -> dict[str, HitPart]:
        bare = {name: value for name, value in wanted.items() if name not in _PAGE_FIELDS}
        pages = self._pages.walk(bare, set())
        hits = (hit for page in pages for hit in read(list[HitPart], page, _SEARCH))
        return {hit.id: hit for hit in hits if hit.id not in seen}

    def _called(self, hit: HitPart) -> str:
        """Return what to call a photo of ours; empty for a partner's, which is in the count too."""
        return (hit.originalFileName or hit.id) if hit.ownerId == self._owner else ""

    def _walked_again(self, wanted: Wanted, left: Mapping[str, HitPart], seen: set[str]) -> Iterator[list[AssetPart]]:
        for moment in sorted({hit.fileCreatedAt for hit in left.values()})[:WINDOWS]:
            window = {**wanted, "takenAfter": moment, "takenBefore": _just_after(moment)}
            for page in self._pages.walk(window, seen):
                yield self._kept(page)


def _just_after(moment: str) -> str:
    """Return the end of a moment: answers are cut to milliseconds, the database is not."""
    try:
        return as_text(datetime.fromisoformat(moment) + timedelta(milliseconds=1))
    except (ValueError, OverflowError):
        return moment


def _known_photo(asset: AssetPart) -> KnownPhoto:
    people = tuple(sorted({person.id for person in asset.people}))
    rating = asset.exifInfo.rating if asset.exifInfo else None
    shown = f"{asset.thumbhash or ''}{'e' if asset.isEdited else ''}{' new' if _is_new(asset.createdAt) else ''}"
    return KnownPhoto(asset.id, people, shown, asset.isFavorite, max(0, min(5, round(rating or 0))))


def _is_new(came: str) -> bool:
    """Say whether a photo came in so short ago that its faces may not all have been found; false where nobody knows."""
    try:
        return datetime.now(UTC) - datetime.fromisoformat(came) < NEW
    except (ValueError, TypeError):  # no time, or one without a zone
        return False


def _faces_of(people: Sequence[PersonPart]) -> list[KnownFace]:
    return [KnownFace(face.id, box_of(face), person.id) for person in people for face in person.faces or ()]
