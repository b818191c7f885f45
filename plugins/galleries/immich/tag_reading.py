"""Which photos carry which tag of Immich: by one search a tag, as a photo's own tags are in no list."""

from __future__ import annotations

from typing import Final

from plugins.galleries import PhotoGone
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.paging import SEEN, Pages
from plugins.galleries.immich.parsing import AssetTagsPart, TagPart, read

DOUBTFUL: Final = 100
"""Photos that are asked one by one whether they carry a tag, or only one below it."""


class TagReader:
    """The tags of one account and who carries them; what was read is kept until `forget`."""

    def __init__(self, client: Client, pages: Pages, known: Known) -> None:
        self._client = client
        self._pages = pages
        self._known = known
        self._listed: list[TagPart] | None = None
        self._found: dict[str, dict[str, str]] = {}

    def forget(self) -> None:
        """Ask anew from now on."""
        self._listed = None
        self._found = {}

    def all(self) -> list[TagPart]:
        """Return all tags, those above others too."""
        if self._listed is None:
            self._listed = read(list[TagPart], self._client.get("/tags"), "GET /tags")
        return self._listed

    def carriers(self, value: str) -> frozenset[str]:
        """Return the photos that carry a tag themselves; none for a tag that is not there."""
        return next((self._carriers(tag) for tag in self.all() if tag.value == plain(value)), frozenset())

    def by_photo(self) -> dict[str, tuple[str, ...]]:
        """Return the tags of each photo that has any, without those that we set from this machine.

        A tag that holds nothing but tags of ours is left out with them.
        """
        ours = {plain(tag) for tag in self._known.our_tags()}
        found: dict[str, list[str]] = {}
        for tag in sorted(self.all(), key=lambda tag: tag.value):
            if tag.value not in ours and not self._only_holds(tag, ours):
                for photo in self._carriers(tag):
                    found.setdefault(photo, []).append(tag.value)
        return {photo: tuple(tags) for photo, tags in found.items()}

    def _only_holds(self, tag: TagPart, ours: set[str]) -> bool:
        below = [one.value for one in self.all() if one.value.startswith(f"{tag.value}/")]
        return any(value in ours for value in below) and all(
            value in ours or any(one.startswith(f"{value}/") for one in ours) for value in below
        )

    def _carriers(self, tag: TagPart) -> frozenset[str]:
        """Return who carries a tag itself: a search by a tag finds those of the tags below it too."""
        found = self._search(tag)
        below = [one for one in self.all() if one.parentId == tag.id]
        beneath = frozenset().union(*(self._search(one) for one in below)) if found else frozenset[str]()
        doubtful = found.keys() & beneath
        sure = frozenset(found.keys() - beneath)
        if len(doubtful) > DOUBTFUL:
            return sure
        return sure | {photo for photo in doubtful if tag.id in self._own(photo, found[photo])}

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
        try:
            answer = self._client.get(f"/assets/{photo}")
        except PhotoGone:
            return frozenset()
        own = frozenset(tag.id for tag in read(AssetTagsPart, answer, "GET /assets/{id}").tags)
        self._known.keep_own_tags(photo, updated, own)
        return own


def plain(tag: str) -> str:
    """Return a tag as Immich names it: slashes part it, and empty parts go."""
    return "/".join(part for part in tag.split("/") if part)
