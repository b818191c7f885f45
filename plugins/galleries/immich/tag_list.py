"""Immich's tags by name: their ids, which are never kept for long, and who carries them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Final

from plugins.chunking import chunks
from plugins.galleries import GalleryBug, PhotoGone
from plugins.galleries.http.answers import Forbidden
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.parsing import AssetTagsPart, SearchPart, TagPart, read
from plugins.galleries.immich.waiting import Search

AT_ONCE: Final = 200
"""Tags that are made in one call."""


def plain(tag: str) -> str:
    """Return a tag as Immich names it: slashes part it, and empty parts go."""
    return "/".join(part for part in tag.split("/") if part)


def _with_parents(tags: Iterable[str]) -> list[str]:
    parted = (tag.split("/") for tag in tags)
    return sorted({"/".join(parts[:n]) for parts in parted for n in range(1, len(parts) + 1)})


class TagList:
    """The tags of one account. A tag that is deleted and comes back by a re-extraction has a new id."""

    def __init__(self, client: Client, search: Search, known: Known) -> None:
        self._client = client
        self._search = search
        self._known = known
        self._ids: dict[str, str] | None = None
        self._own: dict[str, frozenset[str] | None] = {}
        self._coloured: set[str] = set()

    def read(self) -> None:
        """Ask for all tags, and know their ids from now on."""
        answer = self._client.get("/tags")
        self._ids = {tag.value: tag.id for tag in read(list[TagPart], answer, "GET /tags")}
        self._own = {}
        self._coloured = {tag["value"] for tag in answer if tag.get("color")}

    def known(self, tag: str) -> str | None:
        """Return the id of a tag, None where there is none."""
        if self._ids is None:
            self.read()
        return (self._ids or {}).get(plain(tag))

    def made(self, tags: Sequence[str]) -> list[str]:
        """Return the ids of tags, each once; those that are not there are made, with their parents.

        Raises:
            GalleryBug: Immich answers other names than it was asked for.
        """
        names = list(dict.fromkeys(map(plain, tags)))
        lacking = [tag for tag in names if self.known(tag) is None]
        if lacking:
            self._known.keep_made_tags(tag for tag in _with_parents(lacking) if self.known(tag) is None)
        for chunk in chunks(lacking, AT_ONCE):
            answer = self._client.put("/tags", {"tags": chunk})
            found = {tag.value: tag.id for tag in read(list[TagPart], answer, "PUT /tags")}
            if lost := [tag for tag in chunk if tag not in found]:
                raise GalleryBug(f"Immich was asked for the tag {lost[0]!r} and made {sorted(found)[:5]}")
            self._ids = {**(self._ids or {}), **found}
        return [i for tag in names if (i := self.known(tag)) is not None]

    def carriers(self, tag: str, photos: Collection[str]) -> set[str]:
        """Return those of the photos that carry a tag, as of the ids last read.

        A search by a tag finds those of the tags below it too; where there are such, each photo in doubt is asked.
        """
        of_tag = self.known(tag)
        if of_tag is None:
            return set()
        found = self._found(of_tag) & set(photos)
        below = self._below(tag)
        doubtful = found & set().union(*(self._found(i) for i in below)) if found and below else set[str]()
        return (found - doubtful) | {p for p in doubtful if plain(tag) in (self.of(p) or ())}

    def of(self, photo: str) -> frozenset[str] | None:
        """Return the tags that one photo carries, None when it is gone; asked once after each `read`."""
        if photo not in self._own:
            self._own[photo] = self._asked(photo)
        return self._own[photo]

    def _asked(self, photo: str) -> frozenset[str] | None:
        try:
            answer = self._client.get(f"/assets/{photo}")
        except PhotoGone:
            return None
        return frozenset(tag.value for tag in read(AssetTagsPart, answer, "GET /assets/{id}").tags)

    def drop_empty(self, tags: Iterable[str]) -> None:
        """Delete those of the tags that nobody carries, that have nothing below them and no colour; then their parents.

        One that was there before we put it on anything is the user's and stays, as all do for a key without tag.delete.
        """
        made = self._known.made_tags()
        todo = sorted(tag for tag in tags if plain(tag) in made)
        if todo:
            self.read()
        while todo:
            tag = plain(todo.pop())
            found = self.known(tag)
            if found is None or self._below(tag) or tag in self._coloured or self._is_carried(found):
                continue
            if not self._delete(found):
                return
            (self._ids or {}).pop(tag, None)
            todo += [above] if (above := tag.rpartition("/")[0]) in made else []

    def _delete(self, tag_id: str) -> bool:
        try:
            self._client.delete(f"/tags/{tag_id}")
        except PhotoGone:
            return True
        except Forbidden:
            return False
        return True

    def _below(self, tag: str) -> list[str]:
        start = f"{plain(tag)}/"
        return [i for value, i in (self._ids or {}).items() if value.startswith(start)]

    def _found(self, tag_id: str) -> set[str]:
        return {str(photo["id"]) for photo in self._search({"tagIds": [tag_id]})}

    def _is_carried(self, tag_id: str) -> bool:
        """Say whether any photo carries a tag: in the bin, the archive or the moving part of another, as of now."""
        for where in ("timeline", "archive", "hidden"):
            wanted = {"tagIds": [tag_id], "visibility": where, "withDeleted": True, "size": 1}
            answer = self._client.search("/search/metadata", wanted)
            if read(SearchPart, answer, "POST /search/metadata").assets.items:
                return True
        return False
