"""The names of people: kept in a file, and given back after a face reset or a new upload."""

from __future__ import annotations

import time
from collections.abc import Collection, Container, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from prefect import task

from plugins.changes import AssignFace
from plugins.drawn import SAME
from plugins.people.names_file import SavedFace, fit_name, read_names
from plugins.people.naming import overlap
from plugins.people.restoring import Restoring, Whose, restoring
from plugins.publishing.session import Publishing
from plugins.records import Box, Photo, Region
from plugins.store import FaceLabel, FaceTable
from tasks.caching import NEVER_CACHED, Receipt
from tasks.context import Opened, opened
from tasks.people import group_people
from tasks.publish import figures_of, progress
from tasks.retrying import patient
from tasks.standing import Words

MOST_TOLD: Final = 1_000
"""Names that could not be given back, told one by one in a run's summary."""


def saved_faces(library: str) -> tuple[list[SavedFace], list[str]]:
    """Return every face with a name, and the names that a file cannot hold.

    The gallery's own names come first; then what the store remembers that the user said, of faces that the gallery
    no longer knows by a name, as after a face reset.
    """
    with opened(library) as here:
        faces = [*_in_gallery(here)]
        faces += _only_remembered(here, faces)
    unfit = sorted({face.name for face in faces if not _is_fit(face.name)})
    return [face for face in faces if face.name not in unfit], unfit


def _is_fit(name: str) -> bool:
    try:
        return bool(fit_name(name))
    except ValueError:
        return False


def _in_gallery(here: Opened) -> Iterable[SavedFace]:
    for photo, regions in here.gallery.regions_of_people(here.store.photos.all(here.name)):
        for region in regions:
            if region.name and (box := _inside(region)) is not None:
                yield SavedFace(photo.content_key, box, region.name, photo.name)


def _inside(region: Region) -> Box | None:
    """Return the part of a face's box that is inside the picture, None for a face without one."""
    if region.box is None:
        return None
    left, top, right, bottom = (min(1.0, max(0.0, edge)) for edge in region.box)
    return (left, top, right, bottom) if left < right and top < bottom else None


def _only_remembered(here: Opened, known: Iterable[SavedFace]) -> Iterable[SavedFace]:
    """Yield the faces that the user has named as far as the store knows, less those that the gallery names."""
    names = {person.id: person.name for person in here.store.people.all(here.name) if person.name}
    labels = {
        place: label for place, label in _labels(here).items() if label.origin != "ours" and label.person in names
    }
    photos = {photo.content_key: photo.name for photo in here.store.photos.all(here.name)}
    named: dict[str, list[Box]] = {}
    for face in known:
        named.setdefault(face.content_key, []).append(face.box)
    table = _faces(here, {key for key, _ in labels if key in photos})
    for key, number, box in _places(table):
        if (key, number) in labels and not any(overlap(box, other) > SAME for other in named.get(key, ())):
            yield SavedFace(key, box, names[labels[key, number].person], photos[key])


def _labels(here: Opened) -> dict[tuple[str, int], FaceLabel]:
    model = here.store.models.chosen(here.name, "faces")
    return here.store.people.labels(here.name, model.name, model.version) if model else {}


def _faces(here: Opened, contents: Iterable[str]) -> FaceTable | None:
    model = here.store.models.chosen(here.name, "faces")
    return here.store.faces.table(sorted(contents), model.name, model.version) if model else None


def _places(table: FaceTable | None) -> Iterable[tuple[str, int, Box]]:
    """Yield content, number and box of each face."""
    if table is not None:
        for key, number, box in zip(table.content_keys, table.index.tolist(), table.boxes.tolist(), strict=True):
            left, top, right, bottom = box
            yield key, number, (left, top, right, bottom)


def _restoring(here: Opened, run: str, file: str) -> Restoring:
    """Return what gives the names of a file back; `run` marks the people that it makes."""
    words = Words(here)

    def regions(photos: Iterable[Photo]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        for photo, found in here.gallery.all_regions(photos):
            yield photo, [replace(region, person=words.key_of(region.person)) for region in found]

    return restoring(
        read_names(Path(file)),
        here.store.photos.all(here.name),
        regions,
        tuple(words.people.values()),
        draws=here.config.people.draw or not here.gallery.capabilities.finds_faces,
        salt=run,
    )


def _planned(here: Opened, publishing: Publishing, run: str, file: str) -> tuple[Restoring, str]:
    """Store the changes of a run that give names back; say why not where the gallery cannot take them."""
    publishing.look()  # settles what a killed run left open, and finds out what the gallery can be asked
    found = _restoring(here, run, file)
    _know_people(here, {label.person for label in _labels(here).values()})  # by their names in the plan's words
    blocked = "" if here.gallery.capabilities.people else "this version of the gallery takes no names of people from us"
    with here.store.transaction():
        here.store.journal.drop_planned(here.name)
        here.store.journal.plan(here.name, run, () if blocked else found.changes)
    return found, blocked


@task(name="plan_restore", **NEVER_CACHED)
def _plan_restore(library: str, run: str, file: str) -> dict[str, Any]:
    """Plan to give the names of a file back."""
    with opened(library) as here:
        found, blocked = _planned(here, Publishing(here.store, here.name, here.gallery), run, file)
        return _told(found, blocked) | {"warnings": list(here.gallery.warnings())}


def _told(found: Restoring, blocked: str) -> dict[str, Any]:
    """Return a plan's summary as plain data."""
    return {
        "changes": 0 if blocked else len(found.changes),
        "already": found.already,
        "missed": len(found.missed),
        "missed_names": [[m.name, m.photo, m.reason] for m in found.missed[:MOST_TOLD]],
        **{what: [] for what in ("observations", "suppressed", "kept")},
        "blocked": blocked,
    }


@task(name="apply_restore", **NEVER_CACHED)
def _apply_restore(library: str, run: str, file: str) -> dict[str, Any]:
    """Give the names of a file back, in the gallery and in the store."""
    with opened(library) as here:
        publishing = Publishing(here.store, here.name, here.gallery)
        found, blocked = _planned(here, publishing, run, file)
        publishing.apply(run, progress=progress(here.name))
        if not blocked:
            _remember(here, run, found.whose)
        return {**figures_of(here, run), "warnings": list(here.gallery.warnings())}


def _remember(here: Opened, run: str, whose: Sequence[Whose]) -> None:
    """Note in the store whose the faces are that the gallery has as wished; the people step then looks anew."""
    failed = _not_given(here, run)
    boxes: dict[str, list[tuple[int, Box]]] = {}
    for key, number, box in _places(_faces(here, {one.content_key for one in whose})):
        boxes.setdefault(key, []).append((number, box))
    labels = _labels(here)
    for one in whose:
        best = max(
            ((overlap(one.box, box), number) for number, box in boxes.get(one.content_key, ())), default=(0.0, 0)
        )
        if best[0] > SAME and one.face not in failed:
            place = (one.content_key, best[1])
            labels[place] = FaceLabel(*place, one.person, "user")
    _save(here, labels.values())


def _not_given(here: Opened, run: str) -> set[str]:
    """Return the faces that a run was to give to somebody and has not."""
    asked, given = set[str](), set[str]()
    for entry in here.store.journal.of_run(here.name, run):
        if isinstance(entry.change, AssignFace):
            made = entry.outcome is not None and entry.outcome.status in {"done", "already"}
            (given if made else asked).add(entry.change.face)
    return asked - given


def _save(here: Opened, labels: Collection[FaceLabel]) -> None:
    model = here.store.models.chosen(here.name, "faces")
    if model is None:
        return
    with here.store.transaction():
        _know_people(here, {label.person for label in labels})
        here.store.people.save_labels(here.name, model.name, model.version, labels)
        here.store.steps.forget(here.name, group_people.name)


def _know_people(here: Opened, kept: Container[str]) -> None:
    """Bring the store's people up to date with the gallery; of those who are not in it only `kept` stay."""
    people = {person.id: person for person in here.store.people.all(here.name) if person.id in kept}
    here.store.people.save(here.name, (people | Words(here).people).values())


def plan_restore(library: str, run: str, file: str) -> Receipt:
    """Plan to give the names of a file back; nothing is written to the gallery.

    Raises:
        NamesFileWrong: the file is no backup of names.
    """
    began = time.monotonic()
    figures = patient(_plan_restore, library)(library, run, file)
    return Receipt("plan_restore", "done", figures, time.monotonic() - began)


def apply_restore(library: str, run: str, file: str) -> Receipt:
    """Give the names of a file back; the journal makes that safe to interrupt anywhere."""
    began = time.monotonic()
    figures = patient(_apply_restore, library)(library, run, file)
    return Receipt("apply_restore", "done", figures, time.monotonic() - began)
