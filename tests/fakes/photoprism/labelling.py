"""What labels do on photos: who may put one on, take it off or bring it back, by which source, and what that sets off.

`Uncertainty` is 100 less the confidence in percent. A row at 100 is what the user has taken off.
"""

from __future__ import annotations

from collections.abc import Iterable

from fakes.photoprism.records import BLOCKED, Label, Photo, PhotoLabel
from fakes.photoprism.state import State, slug
from fakes.photoprism.texts import clipped, label_name, titled, weight

BATCH_SINCE = 251130
"""The first version with the batch edit, and with the source that it leaves behind."""
_NO_PICTURES = frozenset({"screenshot", "screenshots", "info"})
"""Labels that make a photo worth less, which may put it into review."""


def named(state: State, name: str) -> Label:
    """Return the label of a name in title case, made or brought back where there is none."""
    return state.make_label(label_name(name))


def add(state: State, photo: Photo, name: str, uncertainty: int) -> None:
    """Put a label on a photo, as by hand.

    A row that is less sure becomes as sure and the user's own: that of the classifier, and also one that the user has
    blocked, which shows again. A row that is as sure or surer stays what it is, whoever put it there.
    """
    label = named(state, name)
    row = photo.labels.get(label.id) or state.put_label(photo, label, "manual", uncertainty)
    if row.uncertainty > uncertainty:
        row.uncertainty, row.src = uncertainty, "manual"
    save_labels(state, photo)


def remove(state: State, photo: Photo, row: PhotoLabel, version: int) -> None:
    """Take a label off a photo, as by hand: what was put on by hand goes without a trace, all else is blocked."""
    if version < BATCH_SINCE:
        _remove_as_before(state, photo, row)
    elif row.src not in {"manual", "batch"}:
        row.uncertainty, row.src = BLOCKED, "manual"
    elif row.uncertainty < BLOCKED:
        state.drop_label(photo, row.label)
    _forget_keyword(photo, state.labels[row.label])
    save_labels(state, photo)


def _remove_as_before(state: State, photo: Photo, row: PhotoLabel) -> None:
    """Take a label off as versions before the batch edit do, which keep the source of what they block."""
    if row.src in {"manual", "keyword"}:
        state.drop_label(photo, row.label)
    else:
        row.uncertainty = BLOCKED


def batch_add(state: State, photo: Photo, label: Label) -> None:
    """Put a label on a photo as the batch edit does: sure, and by the batch edit, whatever the row was before.

    Only an admin's row stays: the user's own loses its source, and one that the user has blocked shows again.
    """
    row = photo.labels.get(label.id)
    if row is None or weight(row.src) <= weight("batch"):
        state.put_label(photo, label, "batch", 0)


def batch_remove(state: State, photo: Photo, label: Label) -> None:
    """Take a label off a photo as the batch edit does: rows of "manual" and "batch" go, others are blocked."""
    row = photo.labels.get(label.id)
    if row is None or row.uncertainty >= BLOCKED or weight(row.src) > weight("batch"):
        return
    if row.src in {"manual", "batch"}:
        state.drop_label(photo, label.id)
    else:
        state.put_label(photo, label, "batch", BLOCKED)
    _forget_keyword(photo, label)
    state.changed(photo)


def save_labels(state: State, photo: Photo) -> None:
    """Do what follows a change of labels by hand: title, keywords and quality anew, and the photo was updated."""
    labels = _surest_first(state, photo)
    if photo.title_src == "":
        photo.title = " / ".join([*(label.name for label in labels[:1]), str(photo.local.year)])
    words = [*photo.keywords.split(", "), *(label.name.lower() for label in labels)]
    photo.keywords = ", ".join(sorted({word for word in words if word}))
    if any(label.slug in _NO_PICTURES for label in labels) and not photo.edited and not photo.favorite:
        photo.quality = min(photo.quality, 2)
    state.touch(photo)


def _surest_first(state: State, photo: Photo) -> list[Label]:
    rows = sorted(photo.labels.values(), key=lambda row: (row.uncertainty, -row.label))
    return [state.labels[row.label] for row in rows if row.uncertainty < BLOCKED]


def _forget_keyword(photo: Photo, label: Label) -> None:
    photo.keywords = ", ".join(word for word in photo.keywords.split(", ") if word != label.name.lower())


def rename(state: State, label: Label, name: str) -> None:
    """Rename a label; it is still found by its first slug."""
    if name := clipped(titled(name), 160):
        label.name = name
        label.custom_slug = slug(name)
        state.label_slugs.setdefault(label.custom_slug, label.id)
        label.updated = state.now()
        state.revision += 1


def delete(state: State, label: Label) -> None:
    """Delete a label, on all photos; nothing is left of who had blocked it."""
    for photo in [state.photos[uid] for uid in state.labelled.get(label.id, ())]:
        state.drop_label(photo, label.id)
    label.deleted = state.now()
    state.revision += 1


def photo_count(state: State, label: Label) -> int:
    """Return how many photos a list counts for a label: none that is private, archived or broken."""
    counted: Iterable[int] = {label.id, *label.categories}
    return sum(
        not (photo.private or photo.deleted or photo.quality < 0)
        for found in counted
        for photo in state.with_label(found)
    )
