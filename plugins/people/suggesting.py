"""What the user is asked about people: who is who, who is one, whose faces do not belong; with what speaks for it."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import Final

import numpy as np
from numpy.typing import NDArray

from plugins.half_vectors import parts
from plugins.people import Floats, IntArray, Link, Vectors
from plugins.people.certainty import SHIPPED, Known, Scale, sigmoid
from plugins.people.decided import Decided, Face, ordered
from plugins.people.identity import OURS
from plugins.people.labelling import Asked, Likely, Said
from plugins.records import Box
from plugins.store.suggestions import Evidence, ShownFace, Suggestion, SuggestionKind

LIKELY: Final = 0.5
"""From this probability on the user is asked whether two people are one."""
UNLIKELY: Final = 0.1
"""Below this probability a face that somebody gave a person is doubted …"""
OUTLIER: Final = 0.02
"""… and below this one also where it was grouped with the person's other faces."""
FEWEST: Final = 3
"""Faces of a part that is somebody else, and of the part of a person that others are compared with."""
SHOWN: Final = 6
"""Examples of a side."""


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All that a run has found out about n faces, in one order; `person` is whose each is now, "" for nobody.

    `boxes` (n, 4) are left, top, right and bottom as shares of the picture.
    """

    faces: Sequence[Face]
    boxes: Sequence[Box] | Floats
    quality: Floats
    units: Vectors
    photo: IntArray
    cluster: IntArray
    who: Mapping[int, str]
    person: Sequence[str]
    said: Said
    likely: Likely
    asked: Sequence[Asked]
    links: Sequence[Link]
    scale: Scale
    names: Mapping[str, str]
    decided: Decided
    extractor: str


def suggested(found: Found) -> list[Suggestion]:
    """Return all that the user is asked about people; nothing that was decided before."""
    return [*_people(found), *_merges(found), *_strangers(found)]


def _people(found: Found) -> Iterator[Suggestion]:
    """Ask for each face that is rather surely a named person's whether it is."""
    sides = _sides(found)
    for asked in found.asked:
        if (found.faces[asked.face], asked.person) not in found.decided.verdicts:
            theirs = sides.get(asked.person, _Side(found, []))
            evidence = _evidence(_Side(found, [asked.face]), theirs, all_faces=True)
            face = "{}#{}".format(*found.faces[asked.face])
            yield made("person", face, asked.person, asked.probability, "it looks like this person", evidence)


def _merges(found: Found) -> Iterator[Suggestion]:
    sides = _sides(found)
    for (one, other), (probability, reason) in sorted(_pairs(found).items()):
        subject, value = in_order(one, other, found.names)
        evidence = _evidence(sides[value], sides[subject])
        yield made("merge", subject, value, probability, reason, evidence)


def in_order(one: str, other: str, names: Mapping[str, str]) -> tuple[str, str]:
    """Return two people in the order in which a merge names them: first who has a name, then whom the gallery knows."""
    subject, value = sorted((one, other), key=lambda p: (not names.get(p), p.startswith(OURS), p))
    return subject, value


def _pairs(found: Found) -> dict[tuple[str, str], tuple[float, str]]:
    """Return the pairs of people who may be one, with the greatest probability and its reason."""
    there = set(found.person)
    pairs: dict[tuple[str, str], tuple[float, str]] = {}
    for one, other, probability, reason in (*_linked(found), *_grouped_together(found), *_like_somebody(found)):
        pair = ordered(one, other)
        if probability < LIKELY or not {one, other} <= there or not _may_be_one(found, one, other):
            continue
        if probability > pairs.get(pair, (0.0, ""))[0]:
            pairs[pair] = (probability, reason)
    return pairs


def _may_be_one(found: Found, one: str, other: str) -> bool:
    """Say whether these may be merged at all: never two of different names, nor whom the user keeps apart."""
    names = {found.names.get(one, ""), found.names.get(other, "")} - {""}
    return bool(one and other) and one != other and len(names) < 2 and ordered(one, other) not in found.decided.apart


def _linked(found: Found) -> Iterator[tuple[str, str, float, str]]:
    for link in found.links:
        one, other = found.who.get(link.one, ""), found.who.get(link.other, "")
        yield one, other, link.probability, "their faces look the same"


def _grouped_together(found: Found) -> Iterator[tuple[str, str, float, str]]:
    """Yield people of the gallery whose faces are in one cluster, by the share of the fewer ones that is there."""
    counts: dict[int, dict[str, int]] = {}
    total: dict[str, int] = {}
    for row, held in enumerate(found.said.held):
        if held and found.cluster[row] >= 0:
            of_one = counts.setdefault(int(found.cluster[row]), {})
            of_one[held] = of_one.get(held, 0) + 1
            total[held] = total.get(held, 0) + 1
    for of_one in counts.values():
        for one, other in combinations(sorted(p for p, n in of_one.items() if n >= FEWEST), 2):
            share = min(of_one[one] / total[one], of_one[other] / total[other])
            yield one, other, 0.5 + 0.5 * share, "their faces were grouped together"


def _like_somebody(found: Found) -> Iterator[tuple[str, str, float, str]]:
    """Yield unnamed people with the named one whom their faces are likeliest, by the mean probability."""
    for person, rows in _rows_by(found.person).items():
        if found.names.get(person):
            continue
        sums: dict[str, float] = {}
        for row in rows:
            if found.likely.person[row]:
                other = found.likely.person[row]
                sums[other] = sums.get(other, 0.0) + float(found.likely.probability[row])
        for other, total in sums.items():
            yield person, other, total / len(rows), "their faces look the same"


def _strangers(found: Found) -> Iterator[Suggestion]:
    """Ask about faces that somebody gave a person and that look like somebody else: parts of it, and single ones."""
    parts = _parts(found)
    people = sorted(parts)
    if not people:
        return
    main = np.full(len(found.faces), -1, dtype=np.int64)
    for number, person in enumerate(people):
        main[parts[person][0]] = number
    known = Known(found.units, main, found.cluster, found.scale)
    for number, person in enumerate(people):
        yield from _of_one(found, known, number, person, parts[person])


def _parts(found: Found) -> dict[str, list[list[int]]]:
    """Return the faces that each person was given by cluster, the largest first, where that can be compared with."""
    clusters: dict[str, dict[int, list[int]]] = {}
    for row, held in enumerate(found.said.held):
        if held and found.cluster[row] >= 0:
            clusters.setdefault(held, {}).setdefault(int(found.cluster[row]), []).append(row)
    parts = {
        person: sorted(of_one.values(), key=lambda rows: (-len(rows), rows)) for person, of_one in clusters.items()
    }
    return {person: of_one for person, of_one in parts.items() if len(of_one[0]) >= FEWEST}


def _of_one(
    found: Found, known: Known, number: int, person: str, parts: Sequence[Sequence[int]]
) -> Iterator[Suggestion]:
    doubted: list[tuple[int, float]] = []
    unsaid = [[row for row in part if not found.decided.confirmed(found.faces[row], person)] for part in parts]
    of_all = _sureness(known, [row for rows in unsaid for row in rows], number)  # at once: most parts are single faces
    of_each = np.split(of_all, np.cumsum([len(rows) for rows in unsaid])[:-1])
    for part, rows, sure in zip(parts, unsaid, of_each, strict=True):
        if part is parts[0]:
            doubted += [(row, p) for row, p in zip(rows, sure.tolist(), strict=True) if p < OUTLIER]
        elif len(rows) < FEWEST:
            doubted += [(row, p) for row, p in zip(rows, sure.tolist(), strict=True) if p < UNLIKELY]
        elif np.median(sure) < UNLIKELY:
            evidence = _evidence(_Side(found, rows), _Side(found, parts[0]), all_faces=True)
            somebody = digested(OURS, "split", person, *map(str, found.faces[rows[0]]))
            yield made("split", person, somebody, 1 - float(np.median(sure)), "they look like somebody else", evidence)
    if doubted:
        rows = [row for row, _ in doubted]
        others = set(parts[0]).difference(rows)
        evidence = _evidence(_Side(found, rows), _Side(found, sorted(others)), all_faces=True)
        value = ",".join("{}#{}".format(*found.faces[row]) for row in rows)
        mean = 1 - float(np.mean([p for _, p in doubted]))
        yield made("doubt", person, digested("faces-", value), mean, "they look unlike the others", evidence)


def _sureness(known: Known, rows: Sequence[int], number: int) -> NDArray[np.float64]:
    """Return how surely each face is this person's; the face itself says nothing."""
    faces = np.array(rows, dtype=np.int64)
    seen = known.likeness(faces, to=np.full(len(faces), number))
    return np.where(seen.person >= 0, sigmoid(seen.measures @ np.array(SHIPPED)), 1.0)


def _rows_by(people: Sequence[str]) -> dict[str, list[int]]:
    rows: dict[str, list[int]] = {}
    for row, person in enumerate(people):
        if person:
            rows.setdefault(person, []).append(row)
    return rows


class _Side:
    """The faces of one side of a question; what is asked of them is found once, as a person may be in many."""

    def __init__(self, found: Found, rows: Sequence[int]) -> None:
        self.found, self.rows = found, rows

    @cached_property
    def photos(self) -> set[int]:
        return set(self.found.photo[list(self.rows)].tolist())

    @cached_property
    def best(self) -> tuple[ShownFace, ...]:
        quality = self.found.quality
        return self.shown(sorted(self.rows, key=lambda row: (-float(quality[row]), row))[:SHOWN])

    @cached_property
    def mean(self) -> Floats:
        rows, units = np.array(self.rows, dtype=np.int64), self.found.units
        total = sum((units[rows[some]].sum(axis=0) for some in parts(len(rows))), np.zeros(1, np.float32))
        return np.asarray(total / np.float32(max(len(rows), 1)), dtype=np.float32)

    def shown(self, rows: Iterable[int]) -> tuple[ShownFace, ...]:
        return tuple(ShownFace(*self.found.faces[row], _box(self.found.boxes[row])) for row in rows)


def _sides(found: Found) -> dict[str, _Side]:
    return {person: _Side(found, rows) for person, rows in _rows_by(found.person).items()}


def _box(edges: Iterable[float]) -> Box:
    left, top, right, bottom = (float(edge) for edge in edges)
    return left, top, right, bottom


def _evidence(side: _Side, beside: _Side, all_faces: bool = False) -> Evidence:
    """Return what speaks for and against it that two sides belong together; examples are the best faces."""
    return Evidence(
        faces=side.shown(side.rows) if all_faces else side.best,
        beside=beside.best,
        similarity=_similarity(side, beside),
        same_photo=len(side.photos & beside.photos),
        extractor=side.found.extractor,
    )


def _similarity(side: _Side, beside: _Side) -> float:
    """Return the cosine between the means of two groups of faces, 0 where one is empty."""
    if not len(side.rows) or not len(beside.rows):
        return 0.0
    length = float(np.linalg.norm(side.mean) * np.linalg.norm(beside.mean))
    return round(float(side.mean @ beside.mean) / length, 4) if length else 0.0


def made(kind: SuggestionKind, subject: str, value: str, score: float, reason: str, evidence: Evidence) -> Suggestion:
    """Return a suggestion under the key that says the same thing in every run."""
    return Suggestion(digested(f"{kind}-", subject, value), kind, subject, value, round(score, 4), reason, evidence)


def digested(start: str, *parts: str) -> str:
    """Return a key of these parts; other parts have another."""
    said = "\0".join(parts).encode("utf-8", "surrogatepass")
    return f"{start}{hashlib.sha256(said).hexdigest()[:12]}"
