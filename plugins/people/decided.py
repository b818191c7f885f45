"""What the user has decided on suggestions about people, as it binds the next clustering and stays true for ever."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from plugins.store.suggestions import Decision, Evidence, ShownFace

Face: TypeAlias = tuple[str, int]
"""A face by the content key of its picture and its number there."""
Find: TypeAlias = Callable[[ShownFace, str], Face | None]
"""Finds the face that a decision names; its second argument is the extractor by which it was numbered."""


@dataclass(frozen=True, slots=True)
class Decided:
    """What the user has said: two people are one, or are not; a face is a person's, or is not; faces are somebody new.

    `verdicts` says of (face, person) whether the face is that person's; the last decision on it holds, and comes last.
    """

    same: tuple[tuple[str, str], ...] = ()
    apart: frozenset[tuple[str, str]] = frozenset()
    verdicts: Mapping[tuple[Face, str], bool] = field(default_factory=dict)
    parted: Mapping[Face, str] = field(default_factory=dict)

    @property
    def denied(self) -> list[tuple[Face, str]]:
        """Return the faces that are not a person's, sorted."""
        return sorted(pair for pair, theirs in self.verdicts.items() if not theirs)

    def confirmed(self, face: Face, person: str) -> bool:
        """Say whether the user has said that this face is this person's."""
        return self.verdicts.get((face, person), False)


def decided(decisions: Iterable[Decision], find: Find) -> Decided:
    """Read decisions, the oldest first.

    An accepted split or doubt says that its faces are not the subject's, a rejected one that they are; the faces of an
    accepted split are one new person. An accepted merge makes two people one until a later decision parts them.
    """
    same: dict[tuple[str, str], None] = {}
    apart: set[tuple[str, str]] = set()
    verdicts: dict[tuple[Face, str], bool] = {}
    parted: dict[Face, str] = {}
    for decision in decisions:
        yes = decision.verdict == "accepted"
        if decision.kind == "merge":
            pair = ordered(decision.subject, decision.value)
            same.pop(pair, None)
            apart.discard(pair)
            if yes:
                same[pair] = None
            else:
                apart.add(pair)
        elif decision.kind in {"person", "split", "doubt"}:
            theirs = yes == (decision.kind == "person")
            person = decision.value if decision.kind == "person" else decision.subject
            for face in _faces(decision.evidence, find):
                verdicts.pop((face, person), None)
                verdicts[face, person] = theirs
                if theirs or parted.get(face) == person:
                    parted.pop(face, None)
                if decision.kind == "split" and yes:
                    parted[face] = decision.value
    return Decided(tuple(same), frozenset(apart), verdicts, parted)


def ordered(one: str, other: str) -> tuple[str, str]:
    """Return two people as one pair, whichever came first."""
    return (one, other) if one <= other else (other, one)


def _faces(evidence: Evidence, find: Find) -> list[Face]:
    return [found for face in evidence.faces if (found := find(face, evidence.extractor)) is not None]


def roots(same: Iterable[tuple[str, str]], rank: Callable[[str], object]) -> dict[str, str]:
    """Return who each merged person is now: of those that are one, the first by `rank`; others are not in it."""
    group: dict[str, set[str]] = {}
    for one, other in same:
        together = group.get(one, {one}) | group.get(other, {other})
        for person in together:
            group[person] = together
    return {person: min(together, key=rank) for person, together in group.items()}  # type: ignore[arg-type]
