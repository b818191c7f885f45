"""Tags on Immich: all of a photo's in one call, then watched until the server has worked them in, and repaired.

Each tag call makes Immich write a sidecar, read it again and replace the photo's tags by what it holds. A second call
that comes meanwhile loses tags for good though it is answered 200 (measured on 3.1.0). So no photo is in two calls
before its jobs have run, and what is lost all the same is set again until it holds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

from plugins.changes import AddTags, Outcome, RemoveTags, TagChange, tag_changes
from plugins.chunking import chunks
from plugins.galleries import GalleryError, PhotoGone
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.outcomes import GONE, LATER, is_fit, is_unsure, of_many, split_ids
from plugins.galleries.immich.tag_list import TagList
from plugins.galleries.immich.waiting import Pace, Search, Watch

MOST: Final = 300
"""Photos in one call: it takes 13 ms a photo, and is answered before a proxy gives up."""
LOST: Final = "Immich loses the tag again and again: is the library read-only?"
Pair: TypeAlias = tuple[str, str]
"""Photo and tag."""


class Tagger:
    """Puts tags on photos and takes them off; what it has taken on is asked for by `digested`."""

    def __init__(self, client: Client, search: Search, pace: Pace, watch: Watch) -> None:
        self._client = client
        self._pace = pace
        self._watch = watch
        self._tags = TagList(client, search)
        self._called: set[TagChange] = set()
        self._changed: set[str] = set()

    def apply(self, change: TagChange) -> Outcome:
        """Make the first call for a change; photos that Immich still works on are left to `digested`."""
        if unfit := [tag for tag in change.tags if not self._tags.plain(tag) or not is_fit(tag)]:
            return Outcome("refused", f"Immich cannot hold the tag {unfit[0]!r}")
        self._watch.start()
        photos, failed = split_ids(change.photos)
        if isinstance(change, AddTags):
            failed |= {photo: LATER for photo in photos if photo in self._watch.young}
        photos = [photo for photo in photos if photo not in failed and photo not in self._watch.busy]
        self._called.add(change)
        if change.tags and photos:
            self._call(isinstance(change, AddTags), change.tags, photos)
        return of_many("taken", change.photos, failed)

    def digested(self, changes: Sequence[TagChange]) -> list[Outcome]:
        """Wait until Immich has worked the changes in, repair what it lost, and say what became of each, in order."""
        self._watch.start()
        for change in changes:
            if change not in self._called:  # an earlier process may have made the call just now
                self._watch.expect(split_ids(change.photos)[0])
        wanted = _wanted(changes)
        failed = dict(split_ids([photo for photo, _ in wanted])[1])
        wanted = {pair: there for pair, there in wanted.items() if pair[0] not in failed}
        waiting = self._repair(wanted, failed)
        self._tags.drop_empty({tag for (_, tag), there in wanted.items() if not there})
        return [self._outcome(change, failed, waiting) for change in changes]

    def _outcome(self, change: TagChange, failed: Mapping[str, str], waiting: frozenset[str]) -> Outcome:
        if not waiting.isdisjoint(change.photos):
            return Outcome("taken", "Immich still works on the photos")
        status: Any = "done" if not self._changed.isdisjoint(change.photos) else "already"
        mine = {photo: failed[photo] for photo in dict.fromkeys(change.photos) if photo in failed}
        return of_many(status, change.photos, mine)

    def _repair(self, wanted: dict[Pair, bool], failed: dict[str, str]) -> frozenset[str]:
        """Bring all pairs to what is wanted; note what cannot be, and return the photos that are not worked in yet."""
        rounds = self._pace.rounds + max(_counts(photo for (photo, _), there in wanted.items() if not there), default=0)
        for left in range(rounds, -1, -1):
            if not self._watch.settle():
                return self._watch.busy
            wrong = self._wrong({pair: there for pair, there in wanted.items() if pair[0] not in failed})
            if left < rounds:
                wrong = self._confirmed(wrong, failed)
            failed |= {photo: LATER for (photo, _), there in wrong.items() if there and photo in self._watch.young}
            wrong = {pair: there for pair, there in wrong.items() if pair[0] not in failed}
            if not wrong:
                break
            if left:
                self._set_right(wrong)
            else:
                failed |= {photo: LOST for photo, _ in wrong}
        return frozenset()

    def _wrong(self, wanted: Mapping[Pair, bool]) -> dict[Pair, bool]:
        """Return the pairs that are not as wanted, as far as a search tells: one for each tag."""
        self._tags.read()
        photos: dict[str, list[str]] = {}
        for photo, tag in wanted:
            photos.setdefault(tag, []).append(photo)
        carried = {tag: self._tags.carriers(tag, whose) for tag, whose in photos.items()}
        return {(p, tag): there for (p, tag), there in wanted.items() if (p in carried[tag]) != there}

    def _confirmed(self, wrong: Mapping[Pair, bool], failed: dict[str, str]) -> dict[Pair, bool]:
        """Look at each photo that was not set right by the last call: it may be gone, or where no search looks."""
        tags = {photo: self._tags.of(photo) for photo, _ in wrong}
        failed |= {photo: GONE for photo, carried in tags.items() if carried is None}
        plain = self._tags.plain
        return {(p, tag): there for (p, tag), there in wrong.items() if (plain(tag) in (tags[p] or ())) != there}

    def _set_right(self, wrong: Mapping[Pair, bool]) -> None:
        """Call once for each photo: with all tags that it lacks, or else with one that it must lose."""
        lacking = [pair for pair, there in wrong.items() if there]
        called = {photo for photo, _ in lacking}
        too_many = {photo: tag for (photo, tag), there in wrong.items() if not there and photo not in called}
        for change in (*tag_changes(AddTags, lacking, MOST), *tag_changes(RemoveTags, too_many.items(), MOST)):
            self._call(isinstance(change, AddTags), change.tags, change.photos)

    def _call(self, adds: bool, tags: Sequence[str], photos: Sequence[str]) -> None:
        """Put these tags on photos, or take the first of them off."""
        for chunk in chunks(photos, MOST):
            self._watch.expect(chunk)
            idle = self._put(tags, chunk) if adds else self._take(tags[0], chunk)
            self._watch.forget(idle)
            self._changed.update(set(chunk) - set(idle))

    def _put(self, tags: Sequence[str], photos: list[str]) -> list[str]:
        """Put tags on photos in one call; return those of which Immich surely makes no work."""
        said = {"tagIds": self._tags.made(tags), "assetIds": photos}
        try:
            answer = self._client.put("/tags/assets", said, repeat=False)
        except GalleryError as error:
            if not is_unsure(error):
                raise
            self._client.put("/tags/assets", said)  # it may have been done before: then this counts nothing
            return []
        return photos if answer.get("count") == 0 else []

    def _take(self, tag: str, photos: list[str]) -> list[str]:
        """Take a tag off photos in one call; return those of which Immich surely makes no work."""
        found = self._tags.known(tag)
        if found is None:
            return photos
        path, said = f"/tags/{found}/assets", {"ids": photos}
        try:
            answer = self._client.delete(path, said, repeat=False)
        except PhotoGone:  # the tag is, and with it all of this
            return photos
        except GalleryError as error:
            if not is_unsure(error):
                raise
            with suppress(PhotoGone):
                self._client.delete(path, said)
            return []
        return [str(item["id"]) for item in answer if not item.get("success")]


def _wanted(changes: Iterable[TagChange]) -> dict[Pair, bool]:
    """Return whether each photo is to carry each tag; of two changes that disagree the later one counts."""
    return {(p, tag): isinstance(c, AddTags) for c in changes for p in c.photos for tag in c.tags}


def _counts(photos: Iterable[str]) -> list[int]:
    return list(Counter(photos).values())
