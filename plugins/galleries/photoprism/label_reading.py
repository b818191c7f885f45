"""Which photos carry which label of PhotoPrism, and which labels are the user's own words.

PhotoPrism's classifier labels photos too, and a search does not say who gave a label; only a request for one photo does
(`LabelSrc`). So each such answer is noted, by whatever it came. A label counts as the user's when a photo that was
looked at has it from them. One that nobody has ever seen is looked at once, on one of its photos, and again when that
photo is gone or has lost it. A search for a label also finds the photos of labels below it (`cat` below `animal`):
those that were looked at and have only that are left out, the others cannot be told.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from sys import intern
from typing import Final, NamedTuple, TypeAlias

from plugins.galleries import PhotoGone
from plugins.galleries.http.answers import Forbidden
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.paging import Pages
from plugins.galleries.photoprism.parsing import BLOCKED, HitPart, LabelPart, PhotoPart, read
from plugins.galleries.photoprism.titles import as_kept, label_key
from plugins.galleries.server.shown_faces import at_once

FEW: Final = 100
"""Photos that are asked for one by one in place of a search for each label."""
_LABEL: Final = "label "
USERS: Final = frozenset({"manual", "batch", "admin", "meta", "xmp", "keyword"})
"""`LabelSrc` of what a person wrote, in PhotoPrism or into the file; all others are the work of some machine."""
Archived: TypeAlias = Callable[[Collection[str]], frozenset[str]]


class _Hit(NamedTuple):
    """What is kept of a photo that carries a label; there may be thousands of each of hundreds of labels."""

    updated: str
    has_faces: bool


class LabelReader:
    """The labels of one server and who carries them; what was read is kept until `forget`.

    Args:
        client: asks for one photo.
        pages: searches for photos.
        known: remembers which labels are ours, and whose others are.
        archived: says which of some photos are archived, as no search for a label finds those.
    """

    def __init__(self, client: Client, pages: Pages, known: Known, archived: Archived) -> None:
        self._client = client
        self._pages = pages
        self._known = known
        self._archived = archived
        self._listed: list[LabelPart] | None = None
        self._found: dict[str, dict[str, _Hit]] = {}

    def forget(self) -> None:
        """Ask anew from now on."""
        self._listed = None
        self._found = {}
        self._known.drop_fresh(_LABEL)

    def all(self) -> list[LabelPart]:
        """Return all labels, of which some are on no photo; none where the server has labels switched off.

        Raises:
            Forbidden: the key may not read labels, without which all that are the user's would be taken for gone.
        """
        if self._listed is None:
            try:
                items = self._pages.all("/labels", {"all": True})
            except Forbidden:
                if self._client.config().settings.features.labels:
                    raise
                items = []
            self._listed = read(list[LabelPart], items, "GET /labels")
        return self._listed

    def names(self) -> list[str]:
        """Return the names of all labels that are on a photo, as we keep them, sorted."""
        return sorted({as_kept("tag", label.Name) for label in self.all() if label.PhotoCount > 0})

    def carriers(self, tag: str) -> frozenset[str]:
        """Return the photos that carry a label, archived ones among those that we gave it to."""
        found = self._ids(tag)
        ours = {photo for photo, put in self._known.our_pairs() if label_key(put) == label_key(tag)}
        return found | self._archived(ours - found)

    def among(self, tags: Collection[str], photos: Collection[str]) -> dict[str, frozenset[str]]:
        """Return which of these photos carry each of these labels, by whatever takes fewer requests."""
        if len(tags) < len(photos):
            wanted = frozenset(photos)
            return {tag: self.carriers(tag) & wanted for tag in tags}
        looked = self.looks(photos if tags else ())
        given = {photo: set(map(label_key, givers_of(part))) for photo, part in looked.items()}
        return {tag: frozenset(photo for photo, keys in given.items() if label_key(tag) in keys) for tag in tags}

    def by_photo(self) -> dict[str, tuple[str, ...]]:
        """Return the user's labels of each photo that has any, without those that we have put on it from this machine.

        What we put on a photo and is gone from it now is forgotten: if it comes back, the user has put it there.
        """
        ours, looked = self._ours(), self._known.looked()
        seen, found = self._known.seen_labels(), dict[str, list[str]]()
        for tag in self._names_of(ours):
            put, givers = ours.get(label_key(tag), {}), self._known.givers(tag)
            if not put and (givers or tag in seen) and USERS.isdisjoint(givers.values()):
                continue
            carriers = self._hits(tag)
            gone = put.keys() - carriers.keys()
            lost = gone - self._archived(gone)
            self._known.forget_our_pairs((photo, spelled) for photo in lost for spelled in put[photo])
            theirs = {photo: hit for photo, hit in carriers.items() if photo not in put}
            if tag not in seen:
                givers = self._first_look(tag, theirs)
            if any(src in USERS for photo, src in givers.items() if photo not in put):
                for photo, hit in theirs.items():
                    if givers.get(photo) in USERS or (photo not in givers and looked.get(photo) != hit.updated):
                        found.setdefault(photo, []).append(tag)
        return {photo: tuple(tags) for photo, tags in found.items()}

    def of_photos(self, photos: Collection[str]) -> dict[str, tuple[str, ...]]:
        """Return what `by_photo` does, of these photos at least; a few are asked for one by one, and told exactly."""
        if len(photos) > FEW:
            return self.by_photo()
        ours = self._known.ours_by_photo()
        found: dict[str, tuple[str, ...]] = {}
        for photo, part in self.looks(photos).items():
            given, put = givers_of(part), ours.get(photo, set())
            there = set(map(label_key, given))
            self._known.forget_our_pairs((photo, tag) for tag in put if label_key(tag) not in there)
            keys = set(map(label_key, put))
            theirs = (tag for tag, src in given.items() if src in USERS and label_key(tag) not in keys)
            found[photo] = tuple(sorted(theirs))
        return found

    def _ours(self) -> dict[str, dict[str, set[str]]]:
        """Return what we put on photos, by what PhotoPrism takes for one label: how we called it, by photo."""
        found: dict[str, dict[str, set[str]]] = {}
        for tag, photos in self._known.ours_by_tag().items():
            spelled = found.setdefault(label_key(tag), {})
            for photo in photos:
                spelled.setdefault(photo, set()).add(tag)
        return found

    def _names_of(self, ours: Iterable[str]) -> list[str]:
        """Return all labels as we keep their names, sorted, with the keys of those of ours that no list has."""
        names = {as_kept("tag", label.Name) for label in self.all()}
        return sorted(names | (set(ours) - set(map(label_key, names))))

    def looks(self, photos: Collection[str]) -> dict[str, PhotoPart]:
        """Return photos as they are now, several asked for at a time; those that are gone are left out."""
        found = at_once(self._look, list(photos))
        return {photo: part for photo, part in found if part is not None}

    def note(self, photo: PhotoPart) -> None:
        """Keep who gave a photo its labels, as an answer about it alone says."""
        self._known.keep_look(photo.UID, photo.UpdatedAt, givers_of(photo))

    def _look(self, photo: str) -> PhotoPart | None:
        try:
            found = read(PhotoPart, self._client.get(f"/photos/{photo}"), "GET /photos/{uid}")
        except PhotoGone:
            return None
        self.note(found)
        return found

    def _first_look(self, tag: str, hits: Mapping[str, _Hit]) -> dict[str, str]:
        """Look at one photo of a label that nobody has looked at: one with faces, as that is asked for anyway."""
        first = max(hits, key=lambda photo: (hits[photo].has_faces, photo), default=None)
        known = self._known.givers(tag)
        if first is None or known:
            return known
        self._look(first)
        self._known.keep_seen_label(tag, first)
        return self._known.givers(tag)

    def _ids(self, tag: str) -> frozenset[str]:
        """Return the photos that a search for a label finds, or found for another step of this run."""
        key = label_key(tag)
        kept = self._known.fresh(f"{_LABEL}{key}") if key not in self._found else None
        return frozenset(self._hits(tag) if kept is None else kept)

    def _hits(self, tag: str) -> dict[str, _Hit]:
        """Return the photos that a search for a label finds; none for one that is not there.

        A label that no list has may be there all the same: private photos count for none.
        """
        key = label_key(tag)
        if key not in self._found:
            slugs = [label.Slug for label in self.all() if label_key(label.Name) == key and label.Slug]
            hits = (hit for slug in slugs or [key] for hit in self._pages.hits({"label": slug}))
            self._found[key] = {intern(hit.UID): _kept(hit) for hit in hits}
            self._known.keep_fresh(f"{_LABEL}{key}", list(self._found[key]))
        return self._found[key]


def _kept(hit: HitPart) -> _Hit:
    return _Hit(intern(hit.UpdatedAt), hit.Faces > 0)


def givers_of(photo: PhotoPart) -> dict[str, str]:
    """Return who gave a photo its labels (`LabelSrc`), by their names as kept, without those that the user blocks."""
    rows = ((row.Label, row.LabelSrc) for row in photo.Labels if row.Uncertainty < BLOCKED)
    return {as_kept("tag", label.Name): src for label, src in rows if label is not None}
