"""What stands of a library's faces before a method has a say: whose they are by the user's and the gallery's word."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Final, TypeAlias

import numpy as np

from plugins.drawn import drawn_at, is_same, photo_of
from plugins.features import FaceExtractor
from plugins.people import IntArray
from plugins.people.decided import Decided, Face, decided, roots
from plugins.people.identity import OURS
from plugins.people.labelling import Said
from plugins.people.look_alikes import GROUP
from plugins.people.naming import MIN_OVERLAP, match_regions, overlap
from plugins.publishing.ledger import Ledger
from plugins.records import Box, Person, Photo, Region
from plugins.store import FaceLabel, FaceTable, ShownFace
from plugins.store.faces import FacePlaces
from tasks.context import Opened

Placed: TypeAlias = FaceTable | FacePlaces
"""Faces of which it is known where they are."""
BY_NAME: Final = "name:"
"""What the id of somebody begins with whom a gallery knows by a name alone."""


@dataclass(frozen=True)
class Standing:
    """The faces of a library, n of them in the order of the table, with all that is said of them.

    `photo` int (n,) numbers the contents that the faces are in. `people` are those whom the gallery or the user knows,
    by id. `merged` says who those are that the user has merged.
    """

    table: FaceTable
    faces: Sequence[Face]
    photo: IntArray
    said: Said
    people: Mapping[str, Person]
    decided: Decided
    merged: Mapping[str, str]
    before: Mapping[Face, FaceLabel]
    words: Words


class Words:
    """What the gallery and the ledger say of people and faces, with people of ours under our key."""

    def __init__(self, here: Opened, ledger: Ledger | None = None) -> None:
        """Take the ledger of an opened library, or read of it what speaks of people."""
        self._here = here
        self._ledger = ledger = here.store.ledger.of_people(here.name) if ledger is None else ledger
        self.keys = {p.gallery_id: key for key, p in ledger.people.items() if p.gallery_id and p.state != "lost"}
        removed = (pair for pair, face in ledger.faces.items() if face.state == "removed")
        self.removed = {pair: ledger.faces[pair].box for pair in sorted(removed)}
        named = here.store.suggestions.names(here.name)
        self.called = {id_: name for id_, name in named.items() if not id_.startswith(GROUP)}

    @cached_property
    def _given(self) -> tuple[frozenset[tuple[str, str]], dict[tuple[str, str], list[Box]]]:
        return _ours(self._ledger)

    @cached_property
    def people(self) -> dict[str, Person]:
        """Return the people whom the gallery knows, by id."""
        people = (replace(person, id=self.key_of(person.id)) for person in self._here.gallery.people())
        return {person.id: person for person in people}

    def key_of(self, person: str) -> str:
        """Return our key of a person of ours, the gallery's id of anybody else."""
        return self.keys.get(person, person)

    def person(self, region: Region) -> str:
        """Return whose a region is, empty for nobody."""
        return self.key_of(region.person or (f"{BY_NAME}{region.name}" if region.name else ""))

    def is_ours(self, region: Region) -> bool:
        """Say whether we gave this face to the person whose it is, and nobody has said so since."""
        person, (ours, places) = self.person(region), self._given
        of_photo = places.get((region.photo, person), ())
        drawn = region.box is not None and any(is_same(region.box, box) for box in of_photo)
        return drawn or (region.id, person) in ours

    def everybody(self, regions: Iterable[Region]) -> dict[str, Person]:
        """Return the people by id, with the names that the user gave here; also those whom only regions name."""
        found = dict(self.people)
        for region in regions:
            if region.name and self.person(region) not in found:
                found[self.person(region)] = Person(self.person(region), region.name)
        for id_, name in self.called.items():
            known = found.get(id_, Person(id_))
            found[id_] = replace(known, name=known.name or name)
        return found


def _ours(ledger: Ledger) -> tuple[frozenset[tuple[str, str]], dict[tuple[str, str], list[Box]]]:
    """Return the (face's id, person) pairs that we gave, and where in which photo: some faces get another id.

    Who has been named or hidden since has theirs confirmed: they are the user's.
    """
    theirs = {key for key, person in ledger.people.items() if person.state == "theirs"}
    ours = {pair: face for pair, face in ledger.faces.items() if face.state == "ours" and pair[1] not in theirs}
    places: dict[tuple[str, str], list[Box]] = {}
    for (id_, person), face in ours.items():
        if face.box is not None:
            places.setdefault((photo_of(id_), person), []).append(face.box)
    return frozenset(ours), places


def all_regions(here: Opened) -> Iterator[tuple[Photo, Sequence[Region]]]:
    """Return the photos of a library with the faces of somebody that the gallery knows in them."""
    return here.gallery.regions_of_people(here.store.photos.all(here.name))


@dataclass(frozen=True)
class Ruled:
    """What the gallery and the user say of people and faces: see `Standing` for each."""

    words: Words
    people: Mapping[str, Person]
    decided: Decided
    merged: Mapping[str, str]


def ruled(
    here: Opened,
    extractor: FaceExtractor,
    table: Placed,
    photos: Iterable[tuple[Photo, Sequence[Region]]],
    words: Words,
) -> Ruled:
    """Return what is said of the faces that this extractor found, and of those that the gallery knows in `photos`."""
    people = words.everybody(region for _, regions in photos for region in regions)
    said = decided(here.store.suggestions.decisions(here.name), _Finder(table, extractor).find)
    return Ruled(words, people, said, _merged(said, people, words.called))


def standing(here: Opened, extractor: FaceExtractor) -> Standing:
    """Return what stands of the faces that this extractor found."""
    contents = (photo.content_key for photo in here.store.photos.each(here.name))
    table = here.store.faces.table(contents, extractor.name, extractor.version, extractor.dim)
    faces = list(zip(table.content_keys, table.index.tolist(), strict=True))
    words = Words(here)
    heard = _Heard(table, words)
    rules = ruled(here, extractor, table, heard.noting(all_regions(here)), words)
    people, ruling, merged = rules.people, rules.decided, rules.merged
    before = here.store.people.labels(here.name, extractor.name, extractor.version)
    named_before = {person.id for person in here.store.people.all(here.name) if person.name}
    called = _called_before(before, words.called, named_before)
    number = {key: n for n, key in enumerate(dict.fromkeys(table.content_keys))}
    content = np.array([number[key] for key in table.content_keys], dtype=np.int64)
    named = frozenset(merged.get(id_, id_) for id_, person in people.items() if person.name)
    said = _Whose(merged, ruling, called).said(faces, heard.matched, named, set(heard.taken_off()))
    return Standing(table, faces, content, said, people, ruling, merged, before, words)


class _Heard:
    """What the gallery says of our faces, as far as it counts: of a million regions none is kept.

    `matched` are (row, whose it is there, whether we have said so).
    """

    def __init__(self, table: FaceTable, words: Words) -> None:
        self._table, self._words = table, words
        self._removed = {face for face, _ in words.removed}
        self._photos = {photo_of(face) for face in self._removed}
        self._by_id: dict[str, set[int]] = {}
        self._contents: dict[str, str] = {}
        self._people: dict[str, str] = {}
        self.matched: list[tuple[int, str, bool]] = []

    def noting(self, photos: Iterable[tuple[Photo, Sequence[Region]]]) -> Iterator[tuple[Photo, Sequence[Region]]]:
        """Note what is said of our faces while photos go by."""
        rows = rows_by_content(self._table)
        for photo, regions in photos:
            for row, region in _matched(self._table, rows.get(photo.content_key, []), regions):
                self._note(row, region)
            if photo.id in self._photos:
                self._contents[photo.id] = photo.content_key
            yield photo, regions

    def _note(self, row: int, region: Region) -> None:
        person = self._words.person(region)
        person = self._people.setdefault(person, person)  # one text for all of somebody's faces
        self.matched.append((row, person, self._words.is_ours(region)))
        if region.id in self._removed:
            self._by_id.setdefault(region.id, set()).add(row)

    def taken_off(self) -> Iterator[tuple[int, str]]:
        """Yield the (row, person) pairs of faces that the user took off somebody, found by their id or their place."""
        rows = rows_by_content(self._table) if self._removed else {}
        for (face, person), box in self._words.removed.items():
            drawn = drawn_at(face)
            place = box or (drawn[1] if drawn else None)
            of_photo = rows.get(self._contents.get(photo_of(face), ""), ())
            near = {row for row in of_photo if place is not None and is_same(place, box_of(self._table, row))}
            yield from ((row, person) for row in self._by_id.get(face, near))


def matches(table: FaceTable, photos: Iterable[tuple[Photo, Sequence[Region]]]) -> Iterator[tuple[Photo, int, Region]]:
    """Yield which of our faces (by row of the table) is which of the gallery's, photo by photo."""
    rows = rows_by_content(table)
    for photo, regions in photos:
        of_photo = rows.get(photo.content_key, [])
        yield from ((photo, row, region) for row, region in _matched(table, of_photo, regions))


def _matched(table: FaceTable, rows: Sequence[int], regions: Sequence[Region]) -> Iterator[tuple[int, Region]]:
    """Yield which of our faces in a photo is which of the gallery's."""
    found = match_regions([box_of(table, row) for row in rows], regions) if regions else {}
    yield from ((rows[n], region) for n, region in found.items())


def rows_by_content(table: Placed) -> dict[str, list[int]]:
    """Return the rows of each picture's faces."""
    rows: dict[str, list[int]] = {}
    for row, key in enumerate(table.content_keys):
        rows.setdefault(key, []).append(row)
    return rows


def box_of(table: Placed, row: int) -> Box:
    """Return the box of a face."""
    left, top, right, bottom = table.boxes[row].tolist()
    return left, top, right, bottom


class _Finder:
    """Finds faces that a decision names, by their place where another extractor numbered them."""

    def __init__(self, table: Placed, extractor: FaceExtractor) -> None:
        self._table = table
        self._numbered_by = f"{extractor.name} {extractor.version}"

    @cached_property
    def _rows(self) -> dict[str, list[int]]:
        return rows_by_content(self._table)

    def find(self, face: ShownFace, extractor: str) -> Face | None:
        if extractor == self._numbered_by:
            return face.content_key, face.index
        near = [(overlap(face.box, box_of(self._table, row)), -row) for row in self._rows.get(face.content_key, ())]
        share, row = max(near, default=(0.0, 0))
        return (face.content_key, int(self._table.index[-row])) if share >= MIN_OVERLAP else None


def _merged(ruling: Decided, people: Mapping[str, Person], called: Mapping[str, str]) -> dict[str, str]:
    """Return who each person is now whom the user has merged, also by giving somebody here the name of another.

    People with different names are not merged, whatever was said before they had them.
    """
    by_name = {p.name: id_ for id_, p in sorted(people.items()) if p.name and id_ not in called}
    same = [*ruling.same, *((id_, by_name[name]) for id_, name in sorted(called.items()) if name in by_name)]
    names = {id_: person.name for id_, person in people.items()}
    kept: list[tuple[str, str]] = []
    for pair in same:
        found = roots([*kept, pair], lambda id_: (not names.get(id_), id_.startswith(OURS), id_))
        of_each: dict[str, set[str]] = {}
        for id_, root in found.items():
            of_each.setdefault(root, set()).update({names.get(id_, "")} - {""})
        if all(len(of_one) <= 1 for of_one in of_each.values()):
            kept.append(pair)
    return roots(kept, lambda id_: (not names.get(id_), id_.startswith(OURS), id_))


def _called_before(
    before: Mapping[Face, FaceLabel], called: Mapping[str, str], named_before: set[str]
) -> dict[Face, str]:
    """Return the faces that were somebody's when the user gave that person a name here: the name speaks of them."""
    return {
        face: label.person
        for face, label in before.items()
        if label.person in called and (label.origin == "user" or label.person not in named_before)
    }


@dataclass(frozen=True)
class _Whose:
    """Whose faces are by what the gallery says and the user has decided."""

    merged: Mapping[str, str]
    ruling: Decided
    called: Mapping[Face, str]

    def said(
        self,
        faces: Sequence[Face],
        matched: Iterable[tuple[int, str, bool]],
        named: frozenset[str],
        taken_off: set[tuple[int, str]],
    ) -> Said:
        held, given = [""] * len(faces), [""] * len(faces)
        for row, person, ours in matched:
            whose = given if ours else held
            whose[row] = whose[row] or self._now(person)
        taken_off = {(row, self._now(person)) for row, person in taken_off if held[row] != self._now(person)}
        verdicts = self._verdicts()
        confirmed = {face: person for (face, person), yes in verdicts.items() if yes}
        denied = {pair for pair, yes in verdicts.items() if not yes}
        for row, face in enumerate(faces):
            if (face, held[row]) in denied:
                held[row] = ""
            said_here = confirmed.get(face) or self._now(self.ruling.parted.get(face) or self.called.get(face, ""))
            if not held[row] and (row, said_here) not in taken_off and (face, said_here) not in denied:
                held[row] = said_here
        row_of = {face: row for row, face in enumerate(faces)}
        denials = {(row_of[face], person) for face, person in denied if face in row_of}
        return Said(held, given, named, frozenset(denials | taken_off))

    def _verdicts(self) -> dict[tuple[Face, str], bool]:
        """Return the user's verdicts on faces with whom people are now; of people who are one the last word holds."""
        verdicts: dict[tuple[Face, str], bool] = {}
        for (face, person), yes in self.ruling.verdicts.items():
            pair = face, self._now(person)
            verdicts.pop(pair, None)
            verdicts[pair] = yes
        return verdicts

    def _now(self, person: str) -> str:
        return self.merged.get(person, person)
