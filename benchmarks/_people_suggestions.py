"""Examples of what the user is asked about people: merges that were not made, and faces that may not belong."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps

from benchmarks import _people_data as data
from benchmarks._drawing import COLOURS, Sheet
from plugins.people import Context, Grouping, IntArray
from plugins.people._neighbours import unit, usable
from plugins.people.affinity_gcn import Plugin as AffinityGcn
from plugins.people.confidence_gcn import Plugin as ConfidenceGcn

EXAMPLES: Final = 4
FEWEST: Final = 3
"""Faces of a group that is a person."""
SHOWN: Final = 6
TILE: Final = 44
MARGIN: Final = 0.2


@dataclass(frozen=True, slots=True, eq=False)
class Example:
    """Two groups of faces and a question: are they one person? `probability` is NaN where none was said."""

    kind: str
    one: IntArray
    other: IntArray
    probability: float


@dataclass(frozen=True, slots=True, eq=False)
class Album:
    """Faces with what a user would see of them: a picture each, or none for a tile in the colour of its label."""

    title: str
    faces: data.Faces
    pictures: Sequence[Image.Image]


def of_simulation(seed: int) -> Album:
    """Return a simulated gallery, in which faces are tiles."""
    return Album(f"A simulated gallery (hard, seed {seed})", data.simulated(seed, "hard"), ())


def of_pictures(folder: Path) -> Album:
    """Return all faces in <person>/*.jpg, or in *.jpg where nobody is named."""
    from benchmarks._people_extraction import faces_in  # noqa: PLC0415 - torch, only where there are pictures
    from plugins.features.dlib_face import Plugin as DlibFace  # noqa: PLC0415

    files = sorted([*folder.glob("*.jpg"), *folder.glob("*/*.jpg")])
    seen = list(faces_in(files, DlibFace()))
    names = [files[number].parent for number, _, _ in seen]
    label = np.unique([str(name) for name in names], return_inverse=True)[1]
    known = np.array([middle and name != folder for name, (_, _, middle) in zip(names, seen, strict=True)], dtype=bool)
    vectors = np.array([face.vector for _, face, _ in seen], np.float32)
    photo = np.array([number for number, _, _ in seen], np.int64)
    quality = np.array([face.quality for _, face, _ in seen], np.float32)
    context = Context.of(len(seen), photo=photo, quality=quality, threshold=DlibFace.threshold)
    faces = data.Faces(vectors, context, np.where(known, label, -1))
    return Album(folder.name, faces, [cropped(files[number], face.box) for number, face, _ in seen])


def cropped(file: Path, box: Sequence[float]) -> Image.Image:
    """Return a face with a little around it."""
    with Image.open(file) as opened:
        upright = ImageOps.exif_transpose(opened).convert("RGB")
    left, top, right, bottom = box
    wide, high = (right - left) * MARGIN, (bottom - top) * MARGIN
    edges = (left - wide, top - high, right + wide, bottom + high)
    return upright.crop(tuple(round(e * s) for e, s in zip(edges, upright.size * 2, strict=True))).resize((112, 112))  # type: ignore[arg-type]


def merges(found: Grouping) -> Iterator[Example]:
    """Yield the merges with a person that were not made, the likeliest first."""
    for link in found.links:
        one, other = (np.flatnonzero(found.cluster == number) for number in (link.one, link.other))
        if max(len(one), len(other)) >= FEWEST:
            yield Example("One person?", one, other, link.probability)


def splits(faces: data.Faces, found: Grouping) -> Iterator[Example]:
    """Yield the groups that patent 001 would part, those with most faces that do not belong first."""
    second = ConfidenceGcn().purify(faces.vectors, faces.context, found.cluster)
    parted = []
    for number in range(int(found.cluster.max(initial=-1)) + 1):
        members = np.flatnonzero(found.cluster == number)
        parts, count = np.unique(second.cluster[members], return_counts=True)
        if len(parts) > 1:
            stays = second.cluster[members] == parts[np.argmax(count)]
            parted.append(Example("Not the same?", members[stays], members[~stays], float("nan")))
    yield from sorted(parted, key=lambda example: -len(example.other))


def people(found: Grouping) -> Iterator[Example]:
    """Yield the groups of two faces or more, the largest first: what to show where nothing is asked."""
    numbers, count = np.unique(found.cluster[found.cluster >= 0], return_counts=True)
    for number in numbers[np.argsort(-count, kind="stable")][: (count > 1).sum()]:
        members = np.flatnonzero(found.cluster == number)
        yield Example("One person", members, members[:0], float("nan"))


def drawn_suggestions(album: Album) -> Image.Image:
    """Draw some merges and some splits, with what speaks for them and, where it is known, the truth."""
    keep = usable(album.faces.vectors)
    if not keep.all():
        raise ValueError(f"{int((~keep).sum())} vectors are of no use")
    found = AffinityGcn().cluster(album.faces.vectors, album.faces.context)
    asked = [*islice(merges(found), EXAMPLES), *islice(splits(album.faces, found), EXAMPLES)]
    examples = asked or list(islice(people(found), EXAMPLES))
    sheet = Sheet(960, 50 + 74 * max(1, len(examples)))
    nothing = "" if asked else "; nothing is asked: no merge is likely, and no face is doubtful"
    sheet.text((20, 14), f"{album.title}: {len(album.faces.label)} faces{nothing}", 15)
    for number, example in enumerate(examples):
        _draw_example(sheet, 50 + 74 * number, album, example)
    return sheet.finished()


def _draw_example(sheet: Sheet, top: int, album: Album, example: Example) -> None:
    sheet.text((20, top + TILE / 2), example.kind, 13, anchor="lm")
    for left, group in ((125, example.one), (425, example.other)):
        for place, face in enumerate(group[:SHOWN]):
            _draw_face(sheet, left + place * (TILE + 3), top, album, int(face))
        sheet.text((left, top + TILE + 3), counted(len(group), "face") if len(group) else "", 10, "#666666")
    for line, text in enumerate(evidence(album.faces, example)):
        sheet.text((722, top + 15 * line), text, 11)


def _draw_face(sheet: Sheet, left: float, top: float, album: Album, face: int) -> None:
    label = int(album.faces.label[face])
    if album.pictures:
        sheet.paste(album.pictures[face], (left, top), TILE)
        return
    sheet.box(left, top, left + TILE, top + TILE, COLOURS[label % len(COLOURS)])
    sheet.text((left + TILE / 2, top + TILE / 2), str(label), 14, "white", anchor="mm")
    quality = float(album.faces.context.quality[face])
    sheet.box(left + 3, top + TILE - 6, left + 3 + (TILE - 6) * quality, top + TILE - 3, "white")


def evidence(faces: data.Faces, example: Example) -> Iterator[str]:
    """Yield what the user is told: how alike the groups are, how often they share a photo; and the truth."""
    if not len(example.other):
        return
    units = unit(faces.vectors)
    alike = float(np.mean(units[example.one] @ units[example.other].T))
    together = len(np.intersect1d(faces.context.photo[example.one], faces.context.photo[example.other]))
    yield f"similarity {alike:.2f} (threshold {faces.context.threshold:.2f})"
    sure = "" if np.isnan(example.probability) else f"probability {example.probability:.2f}, "
    yield f"{sure}together in {counted(together, 'photo')}"
    people = [_who(faces.label[group]) for group in (example.one, example.other)]
    if None not in people:
        yield f"truth: {'one person' if people[0] == people[1] else 'two people'}"


def counted(n: int, noun: str) -> str:
    """Return a number of things in words."""
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"


def _who(label: IntArray) -> int | None:
    """Return the most frequent known label."""
    people, count = np.unique(label[label >= 0], return_counts=True)
    return int(people[np.argmax(count)]) if len(people) else None
