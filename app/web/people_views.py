"""People as the pages show them: cards with a face, a person's faces, suggestions with faces side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from app.answers.people import Crowd
from app.web.site import Here
from app.web.texts import Texts
from plugins.pages.wording import clean, shorten
from plugins.people.decided import roots
from plugins.records import Box
from plugins.store import Decision, ShownFace, Suggestion
from plugins.store.people_pages import Face, PersonFace
from plugins.store.suggestions import SuggestionKind

KINDS: Final[tuple[SuggestionKind, ...]] = ("merge", "person", "split", "doubt")
"""The kinds of suggestions about people, in the order in which they are shown."""
SHOWN: Final = 8
"""Faces of one side of a suggestion."""
MOST_NAME: Final = 80
_REASONS: Final = {
    "it looks like this person": "likely",
    "their faces look the same": "alike",
    "their faces were grouped together": "grouped",
    "they look like somebody else": "else",
    "they look unlike the others": "unlike",
}
"""Reasons of suggestions, and by which name the texts have them."""


@dataclass(frozen=True)
class FaceView:
    """A face that can be shown: the content of its picture, its box there, and the moment where that is a video.

    `place` names it in forms. `sure` is in per cent, `by` says by whose word it is the person's. `denied` names the
    answer that takes it off the person from the next run on, to take that back; empty without one.
    """

    content: str
    box: Box
    place: str
    at_s: float | None = None
    sure: int = 100
    by: str = "ours"
    denied: str = ""


@dataclass(frozen=True)
class PersonView:
    """Somebody on a card; `one_with` is the name of whom they are one with from the next run on, empty for nobody."""

    id: str
    name: str
    n: int
    href: str
    face: FaceView | None = None
    one_with: str = ""
    can_be_named: bool = True


@dataclass(frozen=True)
class AskedView:
    """A suggestion: what it says, what speaks for it, the faces that it is about, and those to compare them with.

    `links` are the names and URLs of the people that it is about.
    """

    key: str
    kind: str
    text: str
    why: str
    about: tuple[FaceView, ...]
    beside: tuple[FaceView, ...]
    more: int
    links: tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class DecidedView:
    """An answer about people: what it was about, in words, and its moment, to take it back."""

    text: str
    verdict: str
    at: str
    faces: tuple[FaceView, ...]


def person_address(here: Here, id_: str, **more: str) -> str:
    """Return the URL of a person's page."""
    return here.url(f"people/person?{urlencode({'id': id_, **more})}")


def place_of_face(face: Face) -> str:
    """Return how forms name a face."""
    return f"{face[1]}@{face[0]}"


def face_at(place: str) -> Face | None:
    """Return the face that a form names, None where that is none."""
    number, _, content = place.partition("@")
    return (content, int(number)) if content and number.isdecimal() and len(number) < 6 else None


def called(t: Texts, names: Mapping[str, str], id_: str) -> str:
    """Return what to call a person."""
    return shorten(clean(names[id_]), MOST_NAME) if names.get(id_) else t("people.nobody_yet")


def cards(here: Here, crowd: Crowd, people: Sequence[str]) -> list[PersonView]:
    """Return people as cards, in order."""
    model = here.store.models.chosen(here.library, "faces")
    best = here.store.people_pages.best(here.library, model, people) if model else {}
    counts = here.store.people_pages.counts(here.library, model) if model else {}
    one_with = _one_with(here, crowd)
    return [
        PersonView(
            id=id_,
            name=crowd.people[id_].name,
            n=counts.get(id_, 0),
            href=person_address(here, id_),
            face=face_view(best[id_]) if id_ in best else None,
            one_with=called(here.t, crowd.names, one_with[id_]) if id_ in one_with else "",
            can_be_named=crowd.people[id_].name in {"", crowd.given.get(id_)},
        )
        for id_ in people
    ]


def _one_with(here: Here, crowd: Crowd) -> dict[str, str]:
    """Return with whom each is one from the next run on: who was merged before is not among the people any more."""
    pairs = (pair for pair in here.store.people_pages.merges(here.library) if crowd.people.keys() >= set(pair))
    first = roots(pairs, lambda id_: (not crowd.people[id_].name, id_))
    return {id_: root for id_, root in first.items() if id_ != root}


def face_view(found: PersonFace, denied: str = "") -> FaceView:
    """Return a face of a person as it is shown."""
    shown, sure = found.face, min(99, round(100 * found.strength)) if found.strength < 1 else 100
    place = place_of_face((shown.content_key, shown.index))
    return FaceView(shown.content_key, shown.box, place, found.at_s, sure, found.origin, denied)


def shown_views(here: Here, faces: Sequence[ShownFace]) -> tuple[FaceView, ...]:
    """Return faces of suggestions as they are shown."""
    return _shown(faces, _moments(here, faces))


def _moments(here: Here, faces: Iterable[ShownFace]) -> dict[Face, float]:
    model = here.store.models.chosen(here.library, "faces")
    wanted = [(face.content_key, face.index) for face in faces]
    return here.store.people_pages.moments(model, wanted) if model else {}


def _shown(faces: Iterable[ShownFace], moments: Mapping[Face, float]) -> tuple[FaceView, ...]:
    places = [(face, (face.content_key, face.index)) for face in faces]
    return tuple(FaceView(f.content_key, f.box, place_of_face(place), moments.get(place)) for f, place in places)


def asked_views(here: Here, crowd: Crowd, waiting: Sequence[Suggestion]) -> list[AskedView]:
    """Return suggestions with their faces side by side, in order."""
    sides = [_sides(made) for made in waiting]
    moments = _moments(here, (face for both in sides for side in both for face in side))
    return [_asked(here, crowd, made, both, moments) for made, both in zip(waiting, sides, strict=True)]


def _sides(made: Suggestion) -> tuple[Sequence[ShownFace], Sequence[ShownFace]]:
    """Return the faces that a suggestion is about, and those of whom it names first; a merge shows that one first."""
    faces, beside = made.evidence.faces[:SHOWN], made.evidence.beside[:SHOWN]
    return (beside, faces) if made.kind == "merge" else (faces, beside)


def _asked(
    here: Here,
    crowd: Crowd,
    made: Suggestion,
    sides: tuple[Sequence[ShownFace], Sequence[ShownFace]],
    moments: Mapping[Face, float],
) -> AskedView:
    about, beside = (_shown(side, moments) for side in sides)
    people = [id_ for id_ in (made.subject, made.value) if id_ in crowd.people]
    return AskedView(
        key=made.key,
        kind=made.kind,
        text=said_text(here.t, made, crowd.names),
        why=why_text(here.t, made),
        about=about,
        beside=beside,
        more=max(0, len(made.evidence.faces) - SHOWN) if made.kind != "merge" else 0,
        links=tuple((called(here.t, crowd.names, id_), person_address(here, id_)) for id_ in people),
    )


def decided_views(here: Here, crowd: Crowd, decided: Sequence[Decision]) -> list[DecidedView]:
    """Return answers as they are shown, in order."""
    moments = _moments(here, (face for made in decided for face in made.evidence.faces[:SHOWN]))
    return [
        DecidedView(
            said_text(here.t, made, crowd.names),
            made.verdict,
            made.decided_at.isoformat(),
            _shown(made.evidence.faces[:SHOWN], moments),
        )
        for made in decided
    ]


def said_text(t: Texts, made: Suggestion | Decision, names: Mapping[str, str]) -> str:
    """Return what a suggestion or a decision says, in the visitor's language."""
    n = len(made.evidence.faces)
    if made.kind == "merge" and not (names.get(made.subject) or names.get(made.value)):
        return t("people.text.merge_unnamed")
    if made.kind == "merge":
        return t("people.text.merge", one=called(t, names, made.subject), other=called(t, names, made.value))
    if made.kind == "person" and not n:
        return t("people.text.name", name=shorten(clean(made.value), MOST_NAME))
    who = called(t, names, made.value if made.kind == "person" else made.subject)
    return t(f"people.text.{made.kind}", n=n, name=who)


def why_text(t: Texts, made: Suggestion) -> str:
    """Return what speaks for a suggestion and against it, in the visitor's language as far as it can be said in it."""
    known, found = _REASONS.get(made.reason), made.evidence
    parts = [t(f"people.why.{known}") if known else clean(made.reason)] if made.reason else []
    if found.similarity:
        parts.append(t("people.why.similarity", share=f"{found.similarity:.2f}"))
    if made.kind in {"merge", "split"}:
        parts.append(t("people.why.together", n=found.same_photo) if found.same_photo else t("people.why.apart"))
    return " · ".join(parts)
