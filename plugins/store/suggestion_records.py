"""Suggestions, decisions and what speaks for them as records, and as rows of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal, TypeAlias

from plugins.records import Box

SuggestionKind: TypeAlias = Literal["tag", "person", "merge", "split", "doubt", "group", "cover"]
"""A tag for a photo; that a face is a person's; that two people are one; that some of a person's faces are somebody
else's; that a few of them may not be this person's; a name for photos that look alike; a cover."""
Verdict: TypeAlias = Literal["accepted", "rejected"]


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

    @property
    def suggestion(self) -> Suggestion:
        """Return what the user answered."""
        return Suggestion(self.key, self.kind, self.subject, self.value, evidence=self.evidence)


class UnknownSuggestion(LookupError):
    """No open suggestion has this key, or no decision: it was decided already, or a later run withdrew it."""


def suggestion_row(library: str, made: Suggestion) -> dict[str, object]:
    """Return a suggestion as a row."""
    return {
        "library": library,
        "key": made.key,
        "kind": made.kind,
        "subject": made.subject,
        "value": made.value,
        "score": made.score,
        "reason": made.reason,
        "evidence": evidence_said(made.evidence),
    }


def suggestion_of(row: Any) -> Suggestion:
    """Return the suggestion of a row."""
    return Suggestion(row.key, row.kind, row.subject, row.value, row.score, row.reason, evidence_of(row.evidence))


def decision_row(library: str, made: Decision, beside: Mapping[str, Any] | None = None) -> dict[str, object]:
    """Return a decision as a row; `beside` is what else is kept with it, in the same column as the evidence."""
    return {
        "library": library,
        "key": made.key,
        "kind": made.kind,
        "subject": made.subject,
        "value": made.value,
        "verdict": made.verdict,
        "decided_at": made.decided_at,
        "evidence": {**evidence_said(made.evidence), **(beside or {})},
    }


def decision_of(row: Any) -> Decision:
    """Return the decision of a row."""
    return Decision(row.key, row.kind, row.subject, row.value, row.verdict, row.decided_at, evidence_of(row.evidence))


def evidence_said(evidence: Evidence) -> dict[str, object]:
    """Return what there is of an evidence as plain data: of most kinds it is little, and there may be very many."""
    known = {field.name: getattr(evidence, field.name) for field in _FIELDS}
    for name in ("faces", "beside"):
        known[name] = [asdict(face) for face in known[name]]
    return {name: value for name, value in known.items() if value}


def evidence_of(said: Mapping[str, Any]) -> Evidence:
    """Read what `evidence_said` wrote; a suggestion of an older version has none."""
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


def _box(edges: Sequence[float]) -> Box:
    left, top, right, bottom = edges
    return (left, top, right, bottom)
