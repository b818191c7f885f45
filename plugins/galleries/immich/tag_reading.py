"""Which photos carry which tag of Immich: by one search a tag, as a photo's own tags are in no list."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence, Set
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from plugins.galleries import PhotoGone
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.paging import SEEN, Pages
from plugins.galleries.immich.parsing import AssetTagsPart, TagPart, read
from plugins.galleries.immich.tag_list import plain

AT_ONCE: Final = 6
"""Requests at a time."""
DOUBTFUL: Final = 100
"""Photos that are asked for one by one, when all tags are read, whether they carry a tag or only one below it."""


class TagReader:
    """The tags of one account and who carries them; what was read is kept until `forget`."""

    def __init__(self, client: Client, pages: Pages, known: Known) -> None:
        self._client = client
        self._pages = pages
        self._known = known
        self._listed: list[TagPart] | None = None
        self._found: dict[str, dict[str, str]] = {}
        self._all: Mapping[str, tuple[str, ...]] | None = None

    def forget(self) -> None:
        """Ask anew from now on."""
        self._listed = None
        self._found = {}
        self._all = None

    def all(self) -> list[TagPart]:
        """Return all tags, those above others too."""
        if self._listed is None:
            self._listed = read(list[TagPart], self._client.get("/tags"), "GET /tags")
        return self._listed

    def carriers(self, value: str) -> frozenset[str]:
        """Return the photos that carry a tag themselves; none for a tag that is not there.

        Each photo in doubt is asked for: one that is left out would look as if the user had taken the tag off.
        """
        whole = (self._carriers(tag, doubtful=None) for tag in self.all() if tag.value == plain(value))
        return next(whole, frozenset())

    def among(self, tags: Collection[str], photos: Collection[str]) -> dict[str, frozenset[str]]:
        """Return which of these photos carry each of these tags; the photos are asked for, several at a time."""
        if not tags:
            return {}
        with ThreadPoolExecutor(AT_ONCE) as pool:
            found = dict(zip(photos, pool.map(self._tags_on, photos), strict=True))
        carried = {photo: {tag.value for tag in on or ()} for photo, on in found.items()}
        return {tag: frozenset(photo for photo, on in carried.items() if plain(tag) in on) for tag in tags}

    def _tags_on(self, photo: str) -> Sequence[TagPart] | None:
        try:
            return read(AssetTagsPart, self._client.get(f"/assets/{photo}"), "GET /assets/{id}").tags
        except PhotoGone:
            return None

    def by_photo(self) -> dict[str, tuple[str, ...]]:
        """Return the tags of each photo that has any, without those that we have put on it from this machine.

        What we put on a photo and is gone from it now is forgotten: if it comes back, the user has put it there.
        """
        ours = self._known.ours_by_tag()
        found: dict[str, list[str]] = {}
        gone: list[tuple[str, str]] = []
        for tag in sorted(self.all(), key=lambda tag: tag.value):
            carriers = frozenset[str]() if self._only_holds(tag, ours) else self._carriers(tag)
            of_ours = ours.pop(tag.value, set[str]())
            gone += [(photo, tag.value) for photo in of_ours - carriers]
            for photo in carriers - of_ours:
                found.setdefault(photo, []).append(tag.value)
        gone += [(photo, value) for value, photos in ours.items() for photo in photos]
        self._known.forget_our_pairs(gone)
        return {photo: tuple(tags) for photo, tags in found.items()}

    def of_photos(self, updated: Mapping[str, str]) -> Mapping[str, tuple[str, ...]]:
        """Return what `by_photo` does, of these photos at least, each with when it was updated.

        Few are asked for one by one: where a library has many tags that takes fewer requests than a search for each.
        """
        if len(updated) > DOUBTFUL or self._all is not None:
            self._all = self.by_photo() if self._all is None else self._all
            return self._all
        ours = self._known.ours_by_photo()
        values = {tag.id: tag.value for tag in self.all()} if updated else {}
        found: dict[str, tuple[str, ...]] = {}
        for photo, at in updated.items():
            own, put = {values[tag] for tag in self._own(photo, at) if tag in values}, ours.get(photo, set())
            self._known.forget_our_pairs((photo, tag) for tag in put - own)
            found[photo] = tuple(sorted(own - put))
        return found

    def _only_holds(self, tag: TagPart, ours: Mapping[str, Set[str]]) -> bool:
        """Say whether a tag is on no photo itself, as far as can be told without asking for each: all below it is ours.

        Each photo that is found by it has a tag below it from us.
        """
        beneath = [photos for value, photos in ours.items() if value.startswith(f"{tag.value}/")]
        return bool(beneath) and tag.value not in ours and self._search(tag).keys() <= frozenset().union(*beneath)

    def _carriers(self, tag: TagPart, doubtful: int | None = DOUBTFUL) -> frozenset[str]:
        """Return who carries a tag itself: a search by a tag finds those of the tags below it too.

        Where more than so many photos are in doubt, they are left out.
        """
        found = self._search(tag)
        below = [one for one in self.all() if one.parentId == tag.id]
        beneath = frozenset().union(*(self._search(one) for one in below)) if found else frozenset[str]()
        unsure = found.keys() & beneath
        sure = frozenset(found.keys() - beneath)
        if doubtful is not None and len(unsure) > doubtful:
            return sure
        return sure | {photo for photo in unsure if tag.id in self._own(photo, found[photo])}

    def _search(self, tag: TagPart) -> dict[str, str]:
        """Return when each photo of a tag, or of one below it, was updated."""
        if tag.id not in self._found:
            hits = self._pages.whole({"tagIds": [tag.id]})
            self._found[tag.id] = {hit.id: hit.updatedAt for hit in hits if hit.visibility in SEEN}
        return self._found[tag.id]

    def _own(self, photo: str, updated: str) -> frozenset[str]:
        """Return the ids of the tags on one photo itself; asked again only when it was updated."""
        known = self._known.own_tags(photo, updated)
        if known is not None:
            return known
        tags = self._tags_on(photo)
        if tags is None:
            return frozenset()
        own = frozenset(tag.id for tag in tags)
        self._known.keep_own_tags(photo, updated, own)
        return own
