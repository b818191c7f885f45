"""People in new photos: faces that join whom they look like, without grouping anything anew."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from plugins.drawn import drawn_face
from plugins.people.decided import Face
from plugins.people.joining import join_known
from plugins.publishing.wanted_people import SeenFace, WantedPeople, wanted_people
from plugins.records import Photo, Region
from plugins.store import FaceLabel, FaceTable
from plugins.store.people import LabelOrigin
from tasks.caching import Skipped
from tasks.context import Opened
from tasks.features import faces_or_skip
from tasks.standing import Words, box_of, matches, rows_by_content

DIGITS: Final = 4


class NewFaces:
    """The faces of some photos, beside what the gallery says of them.

    `held` is whose each face is by the gallery's word, by row of the table; faces of nobody are left out.

    Raises:
        Skipped: no face extractor is there.
    """

    def __init__(self, here: Opened, photos: Collection[str]) -> None:
        self.here, self.extractor = here, faces_or_skip(here)
        self.words = Words(here)
        found = list(here.store.photos.get(here.name, photos).values())
        self.contents = list(dict.fromkeys(photo.content_key for photo in found))
        made_by = (self.extractor.name, self.extractor.version, self.extractor.dim)
        self.table: FaceTable = here.store.faces.table(self.contents, *made_by)
        with_faces = set(self.table.content_keys)
        shown = [photo for photo in found if photo.content_key in with_faces]
        self.photos: list[tuple[Photo, Sequence[Region]]] = list(here.gallery.all_regions(shown))
        self.matched = [(photo, row, region) for photo, row, region in matches(self.table, self.photos)]
        self.held: dict[int, str] = {}
        for _, row, region in self.matched:
            if (person := self.words.person(region)) and not self.words.is_ours(region):
                self.held.setdefault(row, person)

    def face(self, row: int) -> Face:
        """Return a face by content key and number."""
        return self.table.content_keys[row], int(self.table.index[row])


def join_new(here: Opened, photos: Collection[str]) -> dict[str, Any]:
    """Say whose the faces in these photos are: who the gallery says, else whom they look like; all others stay.

    Somebody with a name gets a face only from the probability `[people] precision` on, as in a whole run. The figures:
    `faces`, those that are `held` by the gallery's word, and those that `joined` somebody.

    Raises:
        Skipped: no face extractor is there.
    """
    new = NewFaces(here, photos)
    before = here.store.people.labels(here.name, new.extractor.name, new.extractor.version)
    named = {person.id for person in here.store.people.all(here.name) if person.name}
    labels = [_held(new.face(row), person, person in named) for row, person in sorted(new.held.items())]
    free = [row for row in range(len(new.table)) if row not in new.held]
    joined = list(_joined(new, free, before, named)) if free else []
    here.store.parts.put_labels(here.name, new.extractor.name, new.extractor.version, new.contents, [*labels, *joined])
    return {"faces": len(new.table), "held": len(labels), "joined": len(joined)}


def _held(face: Face, person: str, named: bool) -> FaceLabel:
    origin: LabelOrigin = "user" if named else "gallery"
    return FaceLabel(*face, person, origin)


def _joined(
    new: NewFaces, free: Sequence[int], before: Mapping[Face, FaceLabel], named: Collection[str]
) -> Iterator[FaceLabel]:
    """Yield whose the faces are that the gallery gives to nobody; those that it is not sure enough of are left out."""
    here, extractor, contents = new.here, new.extractor, set(new.contents)
    whose = {face: label.person for face, label in before.items() if face[0] not in contents}
    known, vectors = here.store.parts.face_vectors(extractor.name, extractor.version, whose.keys(), extractor.dim)
    if not known:
        return
    people = sorted(set(whose.values()))
    number = {person: n for n, person in enumerate(people)}
    photo = {key: n for n, key in enumerate(dict.fromkeys((*new.contents, *(key for key, _ in known))))}
    found, sure = join_known(
        new.table.vectors[free],
        np.array([photo[new.table.content_keys[row]] for row in free], dtype=np.int64),
        vectors,
        np.array([number[whose[face]] for face in known], dtype=np.int64),
        np.array([photo[key] for key, _ in known], dtype=np.int64),
        threshold=extractor.threshold,
    )
    for row, cluster, p in zip(free, found.tolist(), sure.tolist(), strict=True):
        if cluster >= 0 and (people[cluster] not in named or p >= here.config.people.precision):
            yield FaceLabel(*new.face(row), people[cluster], "ours", round(p, DIGITS))


def wanted_of_new(here: Opened, photos: Collection[str]) -> WantedPeople | None:
    """Return which faces of these photos should join whom in the gallery; nobody new is made, and nobody is moved."""
    try:
        new = NewFaces(here, photos)
    except Skipped:
        return None
    labels = here.store.people.labels(here.name, new.extractor.name, new.extractor.version)
    named = {person.id for person in here.store.people.all(here.name) if person.name}
    settings = here.config.people
    draw = settings.draw or not here.gallery.capabilities.finds_faces
    region = {(photo.id, row): one for photo, row, one in new.matched}
    rows = rows_by_content(new.table)
    seen = (
        _seen(new, photo, row, region.get((photo.id, row)), labels, named)
        for photo, _ in new.photos
        for row in rows[photo.content_key]
    )
    return wanted_people(list(seen), settings.min_faces, settings.precision, draw)


def _seen(
    new: NewFaces,
    photo: Photo,
    row: int,
    region: Region | None,
    labels: Mapping[Face, FaceLabel],
    named: Collection[str],
) -> SeenFace:
    label = labels.get(new.face(row))
    holder, person = new.words.person(region) if region else "", label.person if label else ""
    return SeenFace(
        id=region.id if region is not None and region.id else drawn_face(photo.id, box_of(new.table, row)),
        photo=photo.id,
        drawn=region is None or not region.id,
        holder=holder,
        holder_named=holder in named,
        person=person,
        person_named=person in named,
        probability=0.0 if label is None else 1.0 if label.origin == "user" else label.strength,
    )
