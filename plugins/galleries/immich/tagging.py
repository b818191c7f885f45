"""Tags on Immich: all of a photo's in one call, then watched until the server has worked them in, and repaired.

A change is only noted at first: the calls are made when all are known, so that tags are made together, and each photo
is in one call whichever changes it is in.

Each tag call makes Immich write a sidecar, read it again and replace the photo's tags by what it holds. A second call
that comes meanwhile loses tags for good though it is answered 200 (measured on 3.1.0). So no photo is in two calls
before its jobs have run, and what is lost all the same is set again until it holds.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import Any, Final, TypeAlias

from plugins.changes import AddTags, Outcome, RemoveTags, TagChange
from plugins.chunking import chunks
from plugins.galleries import GalleryError, PhotoGone
from plugins.galleries.immich.client import Client
from plugins.galleries.immich.known import Known
from plugins.galleries.immich.outcomes import LATER, split_ids
from plugins.galleries.immich.tag_list import TagList, plain
from plugins.galleries.immich.waiting import Pace, Search, Watch
from plugins.galleries.server.outcomes import GONE, is_fit, is_unsure, of_many
from plugins.tag_changes import tag_changes

MOST: Final = 300
"""Photos in one call: it takes 13 ms a photo, and is answered before a proxy gives up."""
MOST_PAIRS: Final = 15_000
"""Photos times tags in one call: Immich writes them in one statement of its database, which takes 32,000 values."""
LONGEST: Final = 2_000
"""Bytes of a tag: Immich's database has an index of tags, whose entries may not be longer than 2,700."""
LOST: Final = "Immich loses the tag again and again: is the library read-only?"
_NO_XML: Final = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
Pair: TypeAlias = tuple[str, str]
"""Photo and tag."""


class Tagger:
    """Puts tags on photos and takes them off; what it has taken on is asked for by `digested`."""

    def __init__(self, client: Client, search: Search, pace: Pace, watch: Watch, known: Known) -> None:
        self._client = client
        self._pace = pace
        self._watch = watch
        self._tags = TagList(client, search, known)
        self._noted: dict[TagChange, None] = {}
        self._called: set[TagChange] = set()
        self._changed: set[str] = set()

    def apply(self, change: TagChange) -> Outcome:
        """Take a change on, but for photos that Immich still reads; `digested` makes it."""
        if unfit := next((why for tag in change.tags if (why := _unfit(tag))), None):
            return Outcome("refused", unfit)
        self._watch.start()
        photos, failed = split_ids(change.photos)
        if isinstance(change, AddTags):
            failed |= {photo: LATER for photo in photos if photo in self._watch.young}
        self._noted[change] = None
        return of_many("taken", change.photos, failed)

    def digested(self, changes: Sequence[TagChange]) -> list[Outcome]:
        """Make the changes, wait until Immich has worked them in, repair what it lost, and say what became of each."""
        self._watch.start()
        for change in changes:
            if (
                change not in self._called and change not in self._noted
            ):  # an earlier process may have made the call just now
                self._watch.expect(split_ids(change.photos)[0])
        wanted = _wanted(changes)
        failed = dict(split_ids([photo for photo, _ in wanted])[1])
        wanted = {pair: there for pair, there in wanted.items() if pair[0] not in failed}
        self._begin(wanted)
        waiting = self._repair(wanted, failed)
        self._tags.drop_empty({tag for (_, tag), there in wanted.items() if not there})
        return [self._outcome(change, failed, waiting) for change in changes]

    def _begin(self, wanted: Mapping[Pair, bool]) -> None:
        """Make the first calls for what was noted; photos that Immich works on already wait for the repairs."""
        noted = {pair for change in self._noted for pair in _wanted([change])}
        idle = {p for p, _ in noted} - self._watch.busy
        now = {(p, tag): there for (p, tag), there in wanted.items() if (p, tag) in noted and p in idle}
        self._set_right({pair: there for pair, there in now.items() if not there or pair[0] not in self._watch.young})
        self._called |= self._noted.keys()
        self._noted = {}

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
        return {(p, tag): there for (p, tag), there in wrong.items() if (plain(tag) in (tags[p] or ())) != there}

    def _set_right(self, wrong: Mapping[Pair, bool]) -> None:
        """Call once for each photo: with all tags that it lacks, or else with one that it must lose."""
        lacking = [pair for pair, there in wrong.items() if there]
        called = {photo for photo, _ in lacking}
        too_many = {photo: tag for (photo, tag), there in wrong.items() if not there and photo not in called}
        self._tags.made(list(dict.fromkeys(tag for _, tag in lacking)))
        for change in (*tag_changes(AddTags, lacking, MOST), *tag_changes(RemoveTags, too_many.items(), MOST)):
            self._call(isinstance(change, AddTags), change.tags, change.photos)

    def _call(self, adds: bool, tags: Sequence[str], photos: Sequence[str]) -> None:
        """Put these tags on photos, or take the first of them off."""
        for chunk in chunks(photos, max(1, min(MOST, MOST_PAIRS // len(tags)))):
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


def _unfit(tag: str) -> str:
    """Return why Immich cannot hold a tag, empty when it can; it keeps tags in sidecars too."""
    if not plain(tag) or not is_fit(tag) or _NO_XML.search(tag):
        return f"Immich cannot hold the tag {tag!r}"
    if len(tag.encode()) > LONGEST:
        return f"Immich cannot hold the tag {tag[:40]!r}…: it is longer than {LONGEST} bytes"
    return ""


def _wanted(changes: Iterable[TagChange]) -> dict[Pair, bool]:
    """Return whether each photo is to carry each tag; of two changes that disagree the later one counts."""
    return {(p, tag): isinstance(c, AddTags) for c in changes for p in c.photos for tag in c.tags}


def _counts(photos: Iterable[str]) -> list[int]:
    return list(Counter(photos).values())
