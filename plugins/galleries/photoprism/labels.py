"""Labels on PhotoPrism: put on beside what the user and the classifier gave, never where the user has blocked one.

A label that somebody has taken off a photo stays there as a row without any certainty (`BLOCKED`), which no search
finds; whoever puts the label on again brings it back. So each photo is looked at before it is written to.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Final, TypeAlias

from plugins.changes import AddTags, Outcome, TagChange
from plugins.chunking import chunks
from plugins.galleries import PhotoGone
from plugins.galleries.http.answers import BadRequest, Forbidden, NoRoute
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.label_reading import LabelReader
from plugins.galleries.photoprism.paging import Pages, uid_of
from plugins.galleries.photoprism.parsing import BLOCKED, VISION, PhotoLabelPart, PhotoPart, is_uid, read
from plugins.galleries.photoprism.titles import as_kept, label_key
from plugins.galleries.photoprism.versions import Ways
from plugins.galleries.server.outcomes import GONE, of_many, reasons, split_by

MOST: Final = 200
"""Photos in one batch edit, whose answer holds them all."""
UNSURE: Final = 15
"""`Uncertainty` of our labels, in percent. The user's own have 0, by which ours are known where the source is not
kept: between two requests, and since 260919."""
BATCH: Final = "batch"
MANUAL: Final = "manual"
ASIDE: Final = frozenset({"screenshot", "screenshots", "info"})
"""Words by which PhotoPrism takes a photo for no photo, and puts it into review."""
LOST: Final = "PhotoPrism did not take the label"
Pair: TypeAlias = tuple[str, str]
"""Photo and tag."""


class Labels:
    """Puts labels on photos and takes ours off.

    Args:
        client: sends the requests.
        pages: searches for photos.
        listed: knows the labels that there are; told to ask anew when one may have come.
        known: remembers which labels are ours.
        ways: how the server's version is talked to; asked when it is needed.
    """

    def __init__(
        self, client: Client, pages: Pages, listed: LabelReader, known: Known, ways: Callable[[], Ways]
    ) -> None:
        self._client = client
        self._pages = pages
        self._listed = listed
        self._known = known
        self._ways = ways
        self._batch: bool | None = None

    def apply(self, change: TagChange) -> Outcome:
        """Make one change; a label that stays as it is by the user's will is named in the reason, and is no failure."""
        tags = [as_kept("tag", tag) for tag in change.tags]
        if isinstance(change, AddTags) and (unfit := next((why for tag in change.tags if (why := _unfit(tag))), "")):
            return Outcome("refused", unfit)
        photos, failed = split_by(is_uid, change.photos)
        looked = self._listed.looks(photos)
        failed |= {photo: GONE for photo in photos if photo not in looked}
        moved, stays = (self._put_on if isinstance(change, AddTags) else self._take_off)(tags, looked, failed)
        self._listed.forget()
        outcome = of_many("done" if moved else "already", change.photos, failed)
        why = "; ".join(text for text in (outcome.reason, reasons(stays)) if text)
        return Outcome(outcome.status, why, "", outcome.skipped)

    def _put_on(
        self, tags: Sequence[str], looked: Mapping[str, PhotoPart], failed: dict[str, str]
    ) -> tuple[bool, dict[str, str]]:
        """Put labels on photos; return whether any was, and why some photos stay without one."""
        renamed = self._renamed(tags)
        stays: dict[str, str] = {}
        lacking: dict[tuple[str, ...], list[str]] = {}
        for photo, part in looked.items():
            rows = {tag: _row_of(part, tag) for tag in tags}
            for tag, row in rows.items():
                if row is not None and row.Uncertainty >= BLOCKED:
                    stays[photo] = f"the user has taken the label {tag!r} off"
                elif row is not None and _is_half_done(row):
                    self._mark(photo, row, VISION)
                elif row is not None and row.LabelSrc == BATCH and not self._known.is_our_pair(photo, tag):
                    self._known.keep_their_pairs([(photo, tag)])  # it looks like ours
                elif row is None and tag in renamed:
                    stays[photo] = f"the user calls the label {tag!r} {renamed[tag]!r}"
            lacks = tuple(tag for tag, row in rows.items() if row is None and tag not in renamed)
            if lacks:
                lacking.setdefault(lacks, []).append(photo)
        for some, photos in lacking.items():
            pairs = [(photo, tag) for photo in photos for tag in some]
            self._known.forget_their_pairs(pairs)
            self._known.keep_our_pairs(pairs)
            self._put_all(some, photos, failed)
        put = {photo for photos in lacking.values() for photo in photos}
        return bool(put - failed.keys()), stays

    def _renamed(self, tags: Sequence[str]) -> dict[str, str]:
        """Return the names of labels that PhotoPrism would take for ours though the user calls them something else."""
        labels = self._listed.all()
        names = {label_key(label.Name) for label in labels}
        slugs = {slug: label.Name for label in labels for slug in (label.Slug, label.CustomSlug)}
        return {tag: slugs[key] for tag in tags if (key := label_key(tag)) not in names and key in slugs}

    def _put_all(self, tags: Sequence[str], photos: Sequence[str], failed: dict[str, str]) -> None:
        """Put the same labels on many photos: by batch edits where the server has them, and what is lacking singly."""
        pairs = [(photo, tag) for photo in photos for tag in tags]
        items = [{"title": tag, "action": "add"} for tag in tags]
        if self._edit(photos, items):
            pairs = self._unlike(pairs, carried=False)
        for photo, tag in pairs:
            if photo not in failed and (why := self._put_one(photo, tag)):
                failed[photo] = why
                self._known.forget_our_pairs((photo, tag) for tag in tags)

    def _edit(self, photos: Sequence[str], items: Sequence[Mapping[str, str]]) -> bool:
        """Edit photos in few large calls; return whether the server does that. What it could not do it does not say."""
        if self._batch is None:
            self._batch = self._ways().batch_edit and self._client.config().settings.features.batchEdit
        for chunk in chunks(photos, MOST) if self._batch else ():
            values = {"Labels": {"action": "update", "items": list(items)}}
            try:
                self._client.post("/batch/photos/edit", {"photos": chunk, "values": values}, repeat=True)
            except (Forbidden, PhotoGone, NoRoute, BadRequest):  # switched off meanwhile, or not there after all
                self._batch = False
                break
        return self._batch

    def _unlike(self, pairs: Iterable[Pair], *, carried: bool) -> list[Pair]:
        """Return those pairs of which it is not surely so that the photo carries the label, or that it does not.

        A search for each label tells of most; where it does not show the photo, the photo itself is asked.
        """
        photos: dict[str, list[str]] = {}
        for photo, tag in pairs:
            photos.setdefault(tag, []).append(photo)
        self._listed.forget()
        slugs = {label_key(label.Name): label.Slug for label in self._listed.all()}
        doubtful: list[Pair] = []
        for tag, whose in photos.items():
            slug = slugs.get(label_key(tag), "")
            rows = self._pages.named(whose, {"label": slug}) if slug else ()
            found = {uid_of(row) for some in rows for row in some}
            doubtful += [(photo, tag) for photo in whose if (photo in found) == carried]
        looked = self._listed.looks({photo for photo, _ in doubtful})
        return [(p, tag) for p, tag in doubtful if (p in looked and _carries(looked[p], tag)) == carried]

    def _put_one(self, photo: str, tag: str) -> str:
        """Put a label on one photo and say that a program did; return why it is not there, empty when it is."""
        said = {"Name": tag, "Uncertainty": UNSURE, "Priority": 0}
        try:
            answer = self._client.post(f"/photos/{photo}/label", said, repeat=True).json
            row = _row_of(read(PhotoPart, answer, "POST /photos/{uid}/label"), tag)
            if row is not None and _is_half_done(row):
                self._mark(photo, row, VISION)
        except PhotoGone:
            return GONE
        return "" if row is not None and row.Uncertainty < BLOCKED else LOST

    def _mark(self, photo: str, row: PhotoLabelPart, src: str) -> PhotoPart:
        """Say whose a label of ours on a photo is; since 260919 the server takes that from nobody."""
        said = {"Uncertainty": UNSURE, "LabelSrc": src}
        answer = self._client.put(f"/photos/{photo}/label/{row.LabelID}", said)
        return read(PhotoPart, answer, "PUT /photos/{uid}/label/{id}")

    def _take_off(
        self, tags: Sequence[str], looked: Mapping[str, PhotoPart], failed: dict[str, str]
    ) -> tuple[bool, dict[str, str]]:
        """Take labels of ours off photos without a trace; return whether any was, and why some photos keep one."""
        stays: dict[str, str] = {}
        ours: list[tuple[str, str, PhotoLabelPart]] = []
        for photo, part in looked.items():
            for tag in tags:
                row = _row_of(part, tag)
                if row is None or row.Uncertainty >= BLOCKED:
                    continue
                theirs = row.LabelSrc == BATCH and self._known.is_their_pair(photo, tag)
                if (row.LabelSrc in {VISION, BATCH} and not theirs) or _is_half_done(row):
                    ours.append((photo, tag, row))
                else:
                    stays[photo] = f"somebody else has put the label {tag!r} on"
        gone = {photo for photo, _, row in ours if not self._made_removable(photo, row)}
        failed |= dict.fromkeys(gone, GONE)
        self._take_all([found for found in ours if found[0] not in gone])
        self._known.forget_our_pairs((photo, tag) for photo in looked for tag in tags)
        return bool(ours) and not gone.issuperset(photo for photo, _, _ in ours), stays

    def _made_removable(self, photo: str, row: PhotoLabelPart) -> bool:
        """See to it that a label can go without a trace, as only the user's own do; return whether the photo is there.

        Of any other that is taken off PhotoPrism keeps that it must not come back. Before the batch edit, those that
        it gave are others too.
        """
        if row.LabelSrc != VISION and (row.LabelSrc != BATCH or self._ways().batch_edit):
            return True
        try:
            after = self._mark(photo, row, MANUAL)
            if any(one.LabelID == row.LabelID and one.LabelSrc == VISION for one in after.Labels):
                self._client.put(f"/photos/{photo}/label/{row.LabelID}", {"Uncertainty": 0})
        except PhotoGone:
            return False
        return True

    def _take_all(self, ours: Sequence[tuple[str, str, PhotoLabelPart]]) -> None:
        alike: dict[tuple[str, ...], list[str]] = {}
        for photo in dict.fromkeys(photo for photo, _, _ in ours):
            labels = tuple(sorted(row.Label.UID for p, _, row in ours if p == photo and row.Label))
            alike.setdefault(labels, []).append(photo)
        edited = [self._edit(ps, [{"value": uid, "action": "remove"} for uid in uids]) for uids, ps in alike.items()]
        left = {(p, tag) for p, tag, _ in ours}
        if all(edited):
            left = set(self._unlike(left, carried=True))
        for photo, tag, row in ours:
            if (photo, tag) in left:
                self._delete(photo, row)

    def _delete(self, photo: str, row: PhotoLabelPart) -> None:
        try:
            self._client.delete(f"/photos/{photo}/label/{row.LabelID}")
        except PhotoGone:  # the photo, or the label on it: the first answer was lost
            return


def _unfit(tag: str) -> str:
    """Return why PhotoPrism cannot hold a tag, empty when it can."""
    if not as_kept("tag", tag):
        return f"PhotoPrism keeps nothing of the tag {tag!r}"
    if aside := ASIDE.intersection(label_key(tag).split("-")):
        return f"PhotoPrism takes no photo with the word {min(aside)!r} among its labels for one, and hides it"
    return ""


def _row_of(photo: PhotoPart, tag: str) -> PhotoLabelPart | None:
    """Return a photo's row of a label: by its name, or else by what PhotoPrism takes for the same."""
    key = label_key(tag)
    rows = [(row, row.Label) for row in photo.Labels if row.Label is not None and key]
    named = [row for row, label in rows if label_key(label.Name) == key]
    return next(iter(named or [row for row, label in rows if key in {label.Slug, label.CustomSlug}]), None)


def _carries(photo: PhotoPart, tag: str) -> bool:
    row = _row_of(photo, tag)
    return row is not None and row.Uncertainty < BLOCKED


def _is_half_done(row: PhotoLabelPart) -> bool:
    """Say whether we have put a label on, and the server does not say, or not yet, that a program did."""
    return row.LabelSrc == MANUAL and row.Uncertainty == UNSURE
