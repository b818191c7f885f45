"""Reading a folder as a gallery: its photos, where each of them lies, and what the user likes."""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path, PurePosixPath
from zoneinfo import ZoneInfo

from plugins.galleries import PhotoGone
from plugins.galleries.folder.asking import Unread, cannot_be_read, read_in_order
from plugins.galleries.folder.files import content_key_of
from plugins.galleries.folder.index import (
    Facts,
    Index,
    Known,
    facts_by_path,
    identify,
    load_index,
    save_index,
    still_holds,
)
from plugins.galleries.folder.poster_marks import may_be_poster
from plugins.galleries.folder.posters import Standing
from plugins.galleries.folder.sidecar_regions import Stored
from plugins.galleries.folder.walking import Found, Problem, Walk
from plugins.records import Photo, Region, Signals

CHECKPOINT = 2_000
"""After how many newly read files a scan that may yet be broken off is stored."""
LIVE_S = 6.0
"""The longest moving part of a live photo, in seconds; phones record 1.5 to 5."""
LIVE_APART = timedelta(days=1)
"""Both parts of a live photo state one moment, give or take a zone; namesakes of two cameras are days apart."""
_LOG = logging.getLogger(__name__)


class FolderReader:
    """The reading half of a folder gallery. Originals are opened for reading only.

    `problems` lists, after a scan, what was skipped or not used, and why.
    """

    def __init__(self, root: Path, state: Path, zone: ZoneInfo) -> None:
        """Take a folder; nothing is read yet.

        Args:
            root: the folder of photos.
            state: folder for `index.json`, made when needed; inside the root or not, it is never read for photos.
            zone: time zone of clocks that do not say theirs.
        """
        self.root = Path(os.path.realpath(root))
        self.state = Path(os.path.realpath(state))
        self.zone = zone
        self.problems: tuple[Problem, ...] = ()
        self._stored: Index | None = None
        self._known_by_id: dict[str, Known] = {}

    def scan(self, changed_since: datetime | None = None) -> list[Photo]:
        """Bring the index up to date and return the photos, in order of their paths.

        Files whose size and time, and those of their sidecars, are as they were are not opened.

        Args:
            changed_since: aware; return only photos that were read anew at or after it. None returns all.

        Raises:
            GalleryUnreachable: the folder is not there, or cannot be listed, or no process can be started to read.
        """
        before = self._index()
        walk = Walk(self.root, frozenset((self.state,)))
        facts = self._read_all(walk, before)
        self._keep(identify(before, facts, str(self.zone)), before, walk.problems)
        walk.problems += [Problem(fact.path, fact.problem) for fact in facts if fact.problem]
        self.problems = tuple(sorted(walk.problems, key=lambda problem: problem.path))
        since_s = changed_since.timestamp() if changed_since else 0.0
        return [_named(known) for known in self._shown() if known.facts.read_at_s >= since_s]

    def newer(self, since: datetime) -> bool:
        """Say whether a file is not as the index has it, or was read anew at or after a time; nothing is opened.

        Raises:
            GalleryUnreachable: the folder is not there, or cannot be listed.
        """
        index = self._index()
        if not still_holds(index, str(self.zone)):
            return True
        stored, since_s = facts_by_path(index), since.timestamp()
        known = ((stored.get(found.path), found) for found in Walk(self.root, frozenset((self.state,))).files())
        return any(
            (old := _unchanged(facts, found)) is None or old.beside != found.beside or old.read_at_s >= since_s
            for facts, found in known
        )

    def path_of(self, photo_id: str) -> Path:
        """Return where a photo lies now, as of the last scan; always a file inside the root.

        Raises:
            PhotoGone: no photo has that id, or its file is gone or leads out of the root.
        """
        self._index()
        known = self._known_by_id.get(photo_id)
        if known is None:
            raise PhotoGone(f"no photo has the id {photo_id!r}: it is skipped")
        path = self.root / known.facts.path
        if not Path(os.path.realpath(path)).is_relative_to(self.root) or not path.is_file():
            raise PhotoGone(f"the file {known.facts.path!r} is gone: it is skipped")
        return path

    def regions(self, photo: str) -> tuple[Region, ...]:
        """Return the faces that have names in a photo's metadata, by the photo's id; none for a photo that is gone."""
        self._index()
        known = self._known_by_id.get(photo)
        if known is None:
            return ()
        found = known.facts.regions
        return tuple(replace(r, photo=photo, id=f"{photo}#{r.id}" if r.id else "") for r in found)

    def stored(self, photo: str) -> Stored | None:
        """Return how the picture of a photo is stored; None for a video, and for a photo that is gone."""
        self._index()
        known = self._known_by_id.get(photo)
        shown = known.facts.photo if known else None
        if known is None or shown is None or shown.kind != "image":
            return None
        turned = known.facts.orientation
        width, height = (shown.height, shown.width) if turned >= 5 else (shown.width, shown.height)
        return Stored(turned, width, height, any(region.box for region in known.facts.regions))

    def posters(self) -> dict[str, Standing]:
        """Return the files with names of posters as of the last scan, by path and by path in small letters."""
        known = [entry.facts for entry in self._index().known if may_be_poster(entry.facts.path)]
        found = {facts.path: Standing(facts.path, facts.poster) for facts in known}
        return {path.casefold(): standing for path, standing in found.items()} | found

    def signals(self) -> Signals:
        """Return favourites and ratings, as of the last scan; covers are the catalogue's."""
        self._index()
        photos = [_named(known) for known in self._shown()]
        return Signals(
            favourites=frozenset(photo.id for photo in photos if photo.favourite),
            ratings=tuple((photo.id, photo.rating) for photo in photos if photo.rating > 0),
        )

    def _index(self) -> Index:
        if self._stored is None:
            self._remember(load_index(self.state / "index.json"))
        return self._stored or Index()

    def _remember(self, index: Index) -> None:
        self._stored = index
        self._known_by_id = {known.id: known for known in index.known}

    def _keep(self, index: Index, before: Index, problems: list[Problem]) -> None:
        """Store an index if it says anything new; a folder that cannot be written costs time in the next run only."""
        self._remember(index)
        if index == before:
            return
        try:
            save_index(self.state / "index.json", index)
        except OSError as error:
            reason = f"the index cannot be stored ({error.strerror}): the next run reads the same files again"
            _LOG.warning("%s: %s", self.state, reason)
            problems.append(Problem("", reason))

    def _read_all(self, walk: Walk, before: Index) -> list[Facts]:
        stored = facts_by_path(before)
        facts: list[Facts] = []
        fresh: list[Facts] = []
        files = self._listed(walk, stored, valid=still_holds(before, str(self.zone)))
        with closing(read_in_order(self.root, self.zone, files)) as answers:
            for answer in answers:
                if isinstance(answer, Problem):
                    walk.problems.append(answer)
                    continue
                facts.append(answer)
                if answer is stored.get(answer.path):
                    continue
                fresh.append(answer)
                if len(fresh) % CHECKPOINT == 0:
                    self._keep(_checkpoint(before, fresh, str(self.zone)), before, [])
        return facts

    def _listed(self, walk: Walk, stored: Mapping[str, Facts], valid: bool) -> Iterator[Facts | Unread]:
        """Yield all files: what is stored of those that are as they were, and the others unread."""
        for found in walk.files():
            old = _unchanged(stored.get(found.path), found)
            if old is not None and valid and old.beside == found.beside:
                yield old
                continue
            try:
                yield Unread(found, old.content_key if old else content_key_of(self.root / found.path))
            except OSError as error:
                walk.problems.append(cannot_be_read(found, error.strerror or str(error)))

    def _shown(self) -> Iterable[Known]:
        """Yield what is a photo of its own: files that are not left out, less the moving parts of live photos."""
        known = [entry for entry in self._index().known if entry.facts.photo is not None]
        photos = [(entry.facts.path, entry.facts.photo) for entry in known if entry.facts.photo]
        stills = {_stem(path): photo for path, photo in photos if photo.kind == "image"}
        return (entry for entry in known if not _is_moving_part(entry.facts, stills))


def _named(known: Known) -> Photo:
    photo = known.facts.photo
    if photo is None:
        raise PhotoGone(f"{known.facts.path!r} is left out")
    return replace(photo, id=known.id, taken_at=photo.taken_at.astimezone(UTC))


def _unchanged(old: Facts | None, found: Found) -> Facts | None:
    return old if old and (old.size, old.mtime_ns) == (found.size, found.mtime_ns) else None


def _checkpoint(before: Index, fresh: list[Facts], zone: str) -> Index:
    """Return what was known, with what broken-off scans have read so far; identities wait for the end of a scan."""
    if not still_holds(before, zone) and not before.known:
        return Index(zone=zone, gone=before.gone, pending=tuple(fresh))
    pending = {fact.path: fact for fact in (*before.pending, *fresh)}
    return replace(before, pending=tuple(pending.values()))


def _stem(path: str) -> str:
    """Return a path without its suffix, in lower case; Pixel's motion photos have `.MP` before it."""
    stem = str(PurePosixPath(path).with_suffix("")).casefold()
    return stem.removesuffix(".mp")


def _is_moving_part(facts: Facts, stills: Mapping[str, Photo]) -> bool:
    photo = facts.photo
    if photo is None or photo.kind != "video" or photo.duration_s > LIVE_S:
        return False
    still = stills.get(_stem(facts.path))
    if still is None:
        return False
    dated = photo.time_origin == still.time_origin == "exif"
    return not dated or abs(photo.taken_at - still.taken_at) <= LIVE_APART
