"""People as pages show them: how many faces each has, a face that shows them best, and their faces a page at a time."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from plugins.chunking import chunks
from plugins.records import FULL_FACE_PX
from plugins.store.columns import as_given
from plugins.store.database import Database
from plugins.store.models import Model
from plugins.store.people import FaceLabel, LabelOrigin
from plugins.store.suggestion_records import Decision, ShownFace, decision_of
from plugins.store.tables import decisions, face_labels, faces, steps

Face: TypeAlias = tuple[str, int]
"""A face by the content key of its picture and its number there."""
Order: TypeAlias = Literal["unsure", "sure"]
"""Of a person's faces: the least sure first, or the surest; by the user's or the gallery's word are the surest."""
LOOKED_AT: Final = 8
"""Faces of a person among which the best picture is looked for."""
_NAMES: Final = ("content_key", "face", "person", "origin", "strength")


@dataclass(frozen=True, slots=True)
class PersonFace:
    """A face of a person: where it can be seen (`at_s` seconds into a video), by whose word, and how surely, 0 to 1."""

    face: ShownFace
    origin: LabelOrigin
    strength: float
    at_s: float | None = None


@dataclass(slots=True)
class _Seen:
    """How many faces a person has, and those of which we are surest: (by
    another's word, strength, content, number, by whose word)."""

    n: int = 0
    surest: list[tuple[bool, float, str, int, LabelOrigin]] = field(default_factory=list)


class PeoplePages:
    """What pages show of people, with few queries, however many there are; faces are those of one extractor."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._known: dict[tuple[str, str, str], tuple[object, dict[str, _Seen]]] = {}

    def counts(self, library: str, model: Model) -> dict[str, int]:
        """Count the faces of each person who has one."""
        return {person: seen.n for person, seen in self._overview(library, model).items()}

    def best(self, library: str, model: Model, people: Sequence[str]) -> dict[str, PersonFace]:
        """Return a face of each of these people that shows them well: the best picture among the surest ones."""
        overview = self._overview(library, model)
        labels = [label for person in people if person in overview for label in _labels_of(person, overview[person])]
        rows = self._rows(model, [(label.content_key, label.index) for label in labels])
        there = [(label, rows[face]) for label in labels if (face := (label.content_key, label.index)) in rows]
        there.sort(key=lambda one: _quality(one[1]))  # the best one is the last, which stays
        return {label.person: _face(label, row) for label, row in there}

    def faces(self, library: str, model: Model, person: str, order: Order, offset: int, most: int) -> list[PersonFace]:
        """Return some faces of a person."""
        query = (
            sa.select(*(face_labels.c[name] for name in _NAMES))
            .where(*_scanned(library, model), face_labels.c.person == person)
            .order_by(*_rank(order), face_labels.c.content_key, face_labels.c.face)
        )
        with self._database.reading() as connection:
            labels = [FaceLabel(*row) for row in connection.execute(query.offset(offset).limit(most))]
        rows = self._rows(model, [(label.content_key, label.index) for label in labels])
        there = ((label, rows.get((label.content_key, label.index))) for label in labels)
        return [_face(label, row) for label, row in there if row is not None]

    def shown(self, model: Model, wanted: Iterable[Face]) -> list[ShownFace]:
        """Return these faces with their boxes, in order; those that the store does not know are left out."""
        asked = list(dict.fromkeys(wanted))
        rows = self._rows(model, asked)
        return [_shown(rows[face]) for face in asked if face in rows]

    def whose(self, library: str, model: Model, contents: Iterable[str]) -> dict[Face, FaceLabel]:
        """Return the labels of the faces in these pictures."""
        found: dict[Face, FaceLabel] = {}
        query = sa.select(*(face_labels.c[name] for name in _NAMES))
        columns = face_labels.c
        of_this = columns.library == library, columns.extractor == model.name, columns.version == model.version
        with self._database.reading() as connection:
            for part in chunks(dict.fromkeys(contents)):
                for row in connection.execute(query.where(*of_this, columns.content_key.in_(part))):
                    found[row.content_key, row.face] = FaceLabel(*row)
        return found

    def moments(self, model: Model, wanted: Iterable[Face]) -> dict[Face, float]:
        """Return how many seconds into its video each of these faces is shown, of those that are in one."""
        rows = self._rows(model, list(wanted))
        return {face: row.at_s for face, row in rows.items() if row.at_s is not None}

    def decided(self, library: str, person: str) -> list[Decision]:
        """Return what was decided on the faces of a person, and on who is one with them, oldest first."""
        kind, subject, value = (decisions.c[name] for name in ("kind", "subject", "value"))
        about = sa.or_(
            sa.and_(kind.in_(("doubt", "split", "merge")), subject == person),
            sa.and_(kind.in_(("person", "merge")), value == person),
        )
        query = sa.select(decisions).where(decisions.c.library == library, about).order_by(decisions.c.decided_at)
        with self._database.reading() as connection:
            return [decision_of(row) for row in connection.execute(query)]

    def merges(self, library: str) -> list[tuple[str, str]]:
        """Return the pairs of people of whom the user has said that they are one."""
        one = (decisions.c.library == library, decisions.c.kind == "merge", decisions.c.verdict == "accepted")
        with self._database.reading() as connection:
            query = sa.select(decisions.c.subject, decisions.c.value).where(*one).order_by(decisions.c.decided_at)
            return [(subject, value) for subject, value in connection.execute(query)]

    def _overview(self, library: str, model: Model) -> Mapping[str, _Seen]:
        """Return what is known of all people's faces; read once between two steps of runs, as it takes long."""
        of_this, stamp = (library, model.name, model.version), self._stamp(library)
        known = self._known.get(of_this)
        if known is None or known[0] != stamp:
            self._known[of_this] = known = stamp, self._read(library, model)
        return known[1]

    def _stamp(self, library: str) -> object:
        """Return what is another thing after each step of a run: who saves labels notes or forgets a step with them."""
        query = sa.select(sa.func.count(), sa.func.max(steps.c.recorded_at)).where(steps.c.library == library)
        with self._database.reading() as connection:
            return tuple(connection.execute(query).one())

    def _read(self, library: str, model: Model) -> dict[str, _Seen]:
        """Read all labels; text is made what it was only where it is kept, as there is so much of it."""
        key, person, origin = (sa.type_coerce(face_labels.c[n], sa.Text) for n in ("content_key", "person", "origin"))
        query = sa.select(key, person, origin, face_labels.c.face, face_labels.c.strength).where(
            *_scanned(library, model)
        )
        found: dict[str, _Seen] = {}
        with self._database.reading() as connection:
            for content, whose, by, number, strength in connection.execute(query):
                seen = found.get(whose) or found.setdefault(whose, _Seen())
                seen.n += 1
                sure = (by != "ours", strength, content, number, by)
                if len(seen.surest) < LOOKED_AT or sure > seen.surest[-1]:
                    seen.surest = sorted([*seen.surest, sure], reverse=True)[:LOOKED_AT]
        return {as_given(person): seen for person, seen in found.items()}

    def _rows(self, model: Model, wanted: Sequence[Face]) -> dict[Face, Any]:
        names = ("content_key", "face", "left", "top", "right", "bottom", "score", "size_px", "sharpness", "frontal")
        query = sa.select(*(faces.c[name] for name in (*names, "at_s")))
        of_this = (faces.c.extractor == model.name, faces.c.version == model.version)
        asked, found = set(wanted), dict[Face, Any]()
        with self._database.reading() as connection:
            for part in chunks({key for key, _ in wanted}):
                for row in connection.execute(query.where(*of_this, faces.c.content_key.in_(part))):
                    found[row.content_key, row.face] = row
        return {face: row for face, row in found.items() if face in asked}


def _scanned(library: str, model: Model) -> tuple[sa.ColumnElement[bool], ...]:
    """Return what selects all labels of a library, hidden from the index: by it, most rows take twice as long."""
    known = {"library": library, "extractor": model.name, "version": model.version}
    return tuple(sa.func.coalesce(face_labels.c[name], "") == value for name, value in known.items())


def _rank(order: Order) -> list[sa.ColumnElement[Any]]:
    rank = (sa.case((face_labels.c.origin == "ours", 0), else_=1), face_labels.c.strength)
    return [column.desc() for column in rank] if order == "sure" else list(rank)


def _labels_of(person: str, seen: _Seen) -> list[FaceLabel]:
    labels = ((as_given(key), number, person, origin, strength) for _, strength, key, number, origin in seen.surest)
    return [FaceLabel(*label) for label in labels]


def _quality(row: Any) -> float:
    return float(min(1.0, row.size_px / FULL_FACE_PX) * row.sharpness * row.frontal * row.score)


def _face(label: FaceLabel, row: Any) -> PersonFace:
    return PersonFace(_shown(row), label.origin, label.strength, row.at_s)


def _shown(row: Any) -> ShownFace:
    return ShownFace(row.content_key, row.face, (row.left, row.top, row.right, row.bottom))
