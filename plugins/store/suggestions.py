"""Suggestions that wait for the user, and what the user decided; a decision is kept for ever."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any, Final, Literal, TypeAlias

import sqlalchemy as sa

from plugins.records import Box
from plugins.store.database import Database
from plugins.store.tables import decisions, suggestions
from plugins.tags.vocabulary import same_word

SuggestionKind: TypeAlias = Literal["tag", "person", "merge", "split", "doubt", "group", "cover"]
"""A tag for a photo; that a face is a person's; that two people are one; that some of a person's faces are somebody
else's; that a few of them may not be this person's; a name for photos that look alike; a cover."""
Verdict: TypeAlias = Literal["accepted", "rejected"]
NAME: Final = "name:"
"""What the key of a decision begins with that gives a person, whose id follows, a name."""
NEVER: Final = "never:"
"""What the key of a decision begins with that bars a tag, which follows, from all photos."""


@dataclass(frozen=True, slots=True)
class ShownFace:
    """A face that can be shown: its picture's content key, its number there, and its box."""

    content_key: str
    index: int
    box: Box


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for a suggestion, so that it can be shown.

    `faces` are those that it is about: all of them, but of a merge only examples of the `value`. `beside` are examples
    of the subject's other faces. `similarity` is the cosine between the means of the two sides, `same_photo` in how
    many photos they are both. `photos` are the content keys of the pictures that it is about. `extractor` is the name
    and version of the face extractor that numbered the faces. `box` is where in the photo a tag's thing is, once that
    is known.
    """

    faces: tuple[ShownFace, ...] = ()
    beside: tuple[ShownFace, ...] = ()
    similarity: float = 0.0
    same_photo: int = 0
    photos: tuple[str, ...] = ()
    extractor: str = ""
    box: Box | None = None


_FIELDS: Final = fields(Evidence)


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One thing that we would do: `subject` is the photo, person or album, `value` what we would make of it.

    `key` says the same thing in every run, so that a decision on it holds; `score` is 0 to 1.
    """

    key: str
    kind: SuggestionKind
    subject: str
    value: str
    score: float = 1.0
    reason: str = ""
    evidence: Evidence = Evidence()


@dataclass(frozen=True, slots=True)
class Decision:
    """What the user said to a suggestion."""

    key: str
    kind: SuggestionKind
    subject: str
    value: str
    verdict: Verdict
    decided_at: datetime
    evidence: Evidence = Evidence()


class UnknownSuggestion(LookupError):
    """No open suggestion has this key, or no decision: it was decided already, or a later run withdrew it."""


class Suggestions:
    """Suggestions and decisions of each library."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def save(self, library: str, kind: SuggestionKind, found: Iterable[Suggestion]) -> None:
        """Make these the open suggestions of one kind; what the user has decided on before is left out."""
        with self._database.transaction() as connection:
            decided = set(connection.scalars(sa.select(decisions.c.key).where(decisions.c.library == library)))
            rows = [_row(library, s) for s in found if s.key not in decided]
            connection.execute(suggestions.delete().where(suggestions.c.library == library, suggestions.c.kind == kind))
            self._database.insert(suggestions, rows)

    def open(self, library: str, kind: SuggestionKind | None = None) -> list[Suggestion]:
        """Return the suggestions that wait, the surest first."""
        query = sa.select(suggestions).where(suggestions.c.library == library)
        if kind is not None:
            query = query.where(suggestions.c.kind == kind)
        with self._database.reading() as connection:
            found = [
                replace(Suggestion(*row[1:-1]), evidence=_evidence(row.evidence)) for row in connection.execute(query)
            ]
        return sorted(found, key=lambda s: (-s.score, s.key))

    def decide(self, library: str, key: str, verdict: Verdict) -> Decision:
        """Close an open suggestion with the user's verdict.

        Raises:
            UnknownSuggestion: none of this key is open.
        """
        of_this = (suggestions.c.library == library, suggestions.c.key == key)
        with self._database.transaction() as connection:
            row = connection.execute(sa.select(suggestions).where(*of_this)).one_or_none()
            if row is None:
                raise UnknownSuggestion(f"no suggestion {key!r} waits in library {library!r}")
            known = _evidence(row.evidence)
            made = Decision(key, row.kind, row.subject, row.value, verdict, datetime.now(UTC), known)
            connection.execute(suggestions.delete().where(*of_this))
            self._database.upsert(decisions, [_decision_row(library, made)])
        return made

    def decide_again(self, library: str, key: str, verdict: Verdict) -> Decision:
        """Give another verdict on what the user has decided on before.

        Raises:
            UnknownSuggestion: nothing of this key was decided.
        """
        return self._changed(library, key, verdict=verdict, decided_at=datetime.now(UTC))

    def say(self, library: str, said: Suggestion, verdict: Verdict) -> Decision:
        """Keep what the user says unasked, as a verdict on what could have been asked; a later one takes its place."""
        made = Decision(said.key, said.kind, said.subject, said.value, verdict, datetime.now(UTC), said.evidence)
        of_this = (suggestions.c.library == library, suggestions.c.key == said.key)
        with self._database.transaction() as connection:
            connection.execute(suggestions.delete().where(*of_this))
            self._database.upsert(decisions, [_decision_row(library, made)])
        return made

    def place(self, library: str, key: str, box: Box) -> Decision:
        """Keep with a decision where in the photo the thing is that the tag names.

        Raises:
            UnknownSuggestion: nothing of this key was decided.
        """
        with self._database.transaction():
            known = self._decision(library, key).evidence
            return self._changed(library, key, evidence=replace(known, box=box))

    def _changed(self, library: str, key: str, **fields: Any) -> Decision:
        with self._database.transaction():
            made = replace(self._decision(library, key), **fields)
            self._database.upsert(decisions, [_decision_row(library, made)])
        return made

    def _decision(self, library: str, key: str) -> Decision:
        query = sa.select(decisions).where(decisions.c.library == library, decisions.c.key == key)
        with self._database.reading() as connection:
            row = connection.execute(query).one_or_none()
        if row is None:
            raise UnknownSuggestion(f"nothing was decided on {key!r} in library {library!r}")
        return _decision_of(row)

    def never(self, library: str, tag: str) -> Decision:
        """Bar a tag from all photos of a library, however it is written: it is never suggested or set by itself."""
        made = Decision(_bar(tag), "tag", "", tag, "rejected", datetime.now(UTC))
        with self._database.transaction():
            self._database.upsert(decisions, [_decision_row(library, made)])
        return made

    def allow(self, library: str, tag: str) -> bool:
        """Take `never` back; return whether the tag was barred."""
        of_this = (decisions.c.library == library, decisions.c.key == _bar(tag))
        with self._database.transaction() as connection:
            return connection.execute(decisions.delete().where(*of_this)).rowcount > 0

    def never_tags(self, library: str) -> frozenset[str]:
        """Return the tags that the user has barred, as `same_word` writes them."""
        barred = sa.select(decisions.c.key).where(decisions.c.library == library, decisions.c.key.startswith(NEVER))
        with self._database.reading() as connection:
            return frozenset(key.removeprefix(NEVER) for key in connection.scalars(barred))

    def name_person(self, library: str, person: str, name: str) -> Decision:
        """Keep the name that the user gave a person, asked or not; a later one takes its place."""
        made = Decision(f"{NAME}{person}", "person", person, name, "accepted", datetime.now(UTC))
        with self._database.transaction():
            self._database.upsert(decisions, [_decision_row(library, made)])
        return made

    def names(self, library: str) -> dict[str, str]:
        """Return the names that the user gave people by `name_person`, by the person's id."""
        given = (decisions.c.library == library, decisions.c.key.startswith(NAME))
        query = sa.select(decisions.c.key, decisions.c.subject, decisions.c.value).where(*given)
        with self._database.reading() as connection:
            return {row.subject: row.value for row in connection.execute(query) if row.key == f"{NAME}{row.subject}"}

    def decisions(self, library: str) -> list[Decision]:
        """Return all decisions, oldest first."""
        query = sa.select(decisions).where(decisions.c.library == library).order_by(decisions.c.decided_at)
        with self._database.reading() as connection:
            return [_decision_of(row) for row in connection.execute(query)]


def _row(library: str, made: Suggestion) -> dict[str, object]:
    return {
        "library": library,
        "key": made.key,
        "kind": made.kind,
        "subject": made.subject,
        "value": made.value,
        "score": made.score,
        "reason": made.reason,
        "evidence": _said(made.evidence),
    }


def _decision_row(library: str, made: Decision) -> dict[str, object]:
    return {
        "library": library,
        "key": made.key,
        "kind": made.kind,
        "subject": made.subject,
        "value": made.value,
        "verdict": made.verdict,
        "decided_at": made.decided_at,
        "evidence": _said(made.evidence),
    }


def _decision_of(row: Any) -> Decision:
    return replace(Decision(*row[1:-1]), evidence=_evidence(row.evidence))


def _said(evidence: Evidence) -> dict[str, object]:
    """Return what there is of an evidence as plain data: of most kinds it is little, and there may be very many."""
    known = {field.name: getattr(evidence, field.name) for field in _FIELDS}
    for name in ("faces", "beside"):
        known[name] = [asdict(face) for face in known[name]]
    return {name: value for name, value in known.items() if value}


def _evidence(said: Mapping[str, Any]) -> Evidence:
    """Read what `_said` wrote; a suggestion of an older version has none."""
    return Evidence(
        faces=tuple(map(_shown, said.get("faces", ()))),
        beside=tuple(map(_shown, said.get("beside", ()))),
        similarity=said.get("similarity", 0.0),
        same_photo=said.get("same_photo", 0),
        photos=tuple(said.get("photos", ())),
        extractor=said.get("extractor", ""),
        box=_box(said["box"]) if said.get("box") else None,
    )


def _shown(face: Mapping[str, Any]) -> ShownFace:
    return ShownFace(face["content_key"], face["index"], _box(face["box"]))


def _bar(tag: str) -> str:
    return f"{NEVER}{same_word(tag)}"


def _box(edges: Sequence[float]) -> Box:
    left, top, right, bottom = edges
    return (left, top, right, bottom)
