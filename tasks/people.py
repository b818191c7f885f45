"""People: whose the faces are, from what the user and the gallery say, and from how they look."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

from plugins.features import FaceExtractor
from plugins.people import Grouping, Vectors
from plugins.people.certainty import Scale, scale_of
from plugins.people.identity import identify
from plugins.people.labelling import Asked, Label, Likely, label, likely_people
from plugins.people.suggesting import Found, suggested
from plugins.records import Person
from plugins.sections import People
from plugins.store import FaceLabel, Suggestion
from tasks.caching import cached_step, digest, digest_each
from tasks.context import Opened
from tasks.features import faces_or_skip
from tasks.grouping import group_faces, remember, versions
from tasks.standing import Standing, Words, all_regions, standing

LABELLING_VERSION: Final = "2"
KINDS: Final = ("person", "merge", "split", "doubt")
"""The suggestions that this step makes."""


def _inputs(here: Opened) -> Sequence[object]:
    extractor, wanted = faces_or_skip(here), here.config.people
    return (
        LABELLING_VERSION,
        *(extractor.name, extractor.version, extractor.threshold),
        *versions(here),
        *(wanted.method, wanted.purify, wanted.min_faces, wanted.precision),
        here.store.faces.fingerprint(here.name, extractor.name, extractor.version, extractor.dim),
        digest_each(_said(here)),
        digest(here.store.suggestions.decisions(here.name)),
    )


def _said(here: Opened) -> Iterator[object]:
    """Yield what the gallery says of people, without what we have told it and the user has left so."""
    words = Words(here)
    for photo, found in all_regions(here):
        for region in found:
            person = words.person(region)
            if person and not words.is_ours(region):
                yield photo.content_key, region.box, person, region.name
    yield sorted((p.id, p.name, p.hidden) for p in words.people.values() if p.name or p.hidden)
    yield list(words.removed)


@cached_step(_inputs)
def group_people(here: Opened) -> dict[str, Any]:
    """Find out whose the faces are; what is likely, but not sure, is asked."""
    extractor, wanted = faces_or_skip(here), here.config.people
    known = standing(here, extractor)
    units = known.table.vectors  # the store's are of unit length, or zero
    grouped = group_faces(here, known, extractor, units)
    grouping = grouped.grouping
    whose = labelled(known, grouping, extractor, wanted)
    labels, questions = whose.labels, suggested(_found(known, grouping, units, whose, extractor))
    with here.store.transaction():
        _save(here, extractor, known, labels, questions)
        remember(here, extractor, grouped)
    return {
        "faces": len(known.faces),
        "new": grouped.n_new,
        "regrouped": grouped.whole,
        "people": len(known.said.named),
        "unnamed": len({made.person for made in labels} - known.said.named),
        "named_by_user": sum(held in known.said.named for held in known.said.held),
        "named": sum(made.person in known.said.named for made in labels),
        "suggestions": len(questions),
        "dropped": grouping.dropped,
        "note": grouping.note,
    }


@dataclass(frozen=True, eq=False)
class Labelled:
    """Whose the faces are by groups of them: the labels, what is asked, and what that was made of."""

    who: dict[int, str]
    labels: list[Label]
    likely: Likely
    asked: Sequence[Asked]
    scale: Scale


def labelled(known: Standing, grouping: Grouping, extractor: FaceExtractor, wanted: People) -> Labelled:
    """Return whose the faces are, from what stands of them and how they are grouped; nothing is kept."""
    units, said = known.table.vectors, known.said
    who = identify(grouping.cluster.tolist(), known.faces, said.held, _before(known), wanted.min_faces)
    scale = scale_of(units, grouping.cluster, known.photo, extractor.threshold)
    likely = likely_people(units, known.photo, grouping.cluster, said, scale, wanted.min_faces)
    labels, asked = label(grouping.cluster, grouping.confidence, who, said, likely, wanted.precision)
    return Labelled(who, _worth(labels, known, wanted.min_faces), likely, asked, scale)


def _before(known: Standing) -> list[str]:
    """Return whose each face was: by our last answer, or by what we gave in the gallery where that answer is lost."""
    last = (known.before.get(face) for face in known.faces)
    return [
        known.merged.get(made.person, made.person) if made is not None and made.origin == "ours" else given
        for made, given in zip(last, known.said.given, strict=True)
    ]


def _worth(labels: Sequence[Label], known: Standing, min_faces: int) -> list[Label]:
    """Leave out people of ours of whom too few faces are left; two are enough of somebody known before."""
    counts, before = Counter(made.person for made in labels), set(_before(known))
    few = {
        person
        for person, n in counts.items()
        if person not in known.people and n < (min(2, min_faces) if person in before else min_faces)
    }
    return [made for made in labels if made.person not in few]


def _found(
    known: Standing,
    grouping: Grouping,
    units: Vectors,
    made: Labelled,
    extractor: FaceExtractor,
) -> Found:
    person = [""] * len(known.faces)
    for one in made.labels:
        person[one.face] = one.person
    return Found(
        faces=known.faces,
        boxes=known.table.boxes,
        quality=known.table.quality,
        units=units,
        photo=known.photo,
        cluster=grouping.cluster,
        who=made.who,
        person=person,
        said=known.said,
        likely=made.likely,
        asked=made.asked,
        links=grouping.links,
        scale=made.scale,
        names={id_: someone.name for id_, someone in known.people.items() if someone.name},
        decided=known.decided,
        extractor=f"{extractor.name} {extractor.version}",
    )


def _save(
    here: Opened, extractor: FaceExtractor, known: Standing, labels: Sequence[Label], questions: Sequence[Suggestion]
) -> None:
    people = dict(known.people) | {m.person: Person(m.person) for m in labels if m.person not in known.people}
    gone = {one for one, root in known.merged.items() if one != root}
    here.store.people.save(here.name, [person for id_, person in people.items() if id_ not in gone])
    made = (FaceLabel(*known.faces[m.face], m.person, m.origin, round(m.strength, 4)) for m in labels)
    here.store.people.save_labels(here.name, extractor.name, extractor.version, made)
    for kind in KINDS:
        here.store.suggestions.save(here.name, kind, [asked for asked in questions if asked.kind == kind])
