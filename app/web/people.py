"""People on the review page: who is there, the faces of each, names, and what the user says of them unasked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Annotated, Final, Literal
from urllib.parse import quote

from fastapi import APIRouter, Form, HTTPException, Query
from starlette.responses import Response

from app.answers import CannotBe
from app.answers.people import Crowd, call, consequence, crowd_of, deny, give, merge
from app.web.people_views import (
    KINDS,
    FaceView,
    called,
    cards,
    decided_views,
    face_at,
    face_view,
    person_address,
    shown_views,
)
from app.web.site import Here, LibraryHere
from plugins.pages.wording import clean
from plugins.store import Decision
from plugins.store.people_pages import Face, Order
from tasks.applying import CURATE

router = APIRouter(prefix="/libraries/{library}/people")
PEOPLE: Final = 48
FACES: Final = 60
"""People, and faces of a person, on one page."""
RUNS: Final = 20
"""Runs that are looked through for the last plan."""
MOST_KNOWN: Final = 1_000
"""Names that are offered where one can be given."""
Text = Annotated[str, Query(max_length=4096)]
Field = Annotated[str, Form(max_length=4096)]
Fields = Annotated[list[str], Form(max_length=1_000)]
Show = Literal["", "named", "unnamed"]


@router.get("")
def people_page(here: LibraryHere, show: Show = "", find: Text = "", page: int = 1) -> Response:
    """Show the people of a library: with names, without, or those in whose names a text is."""
    crowd = crowd_of(here.store, here.library)
    counts = _counts(here)
    named = [id_ for id_, person in crowd.people.items() if person.name]
    unnamed = [id_ for id_, person in crowd.people.items() if not person.name and id_ in counts]
    show = show or ("named" if named else "unnamed")
    found = [id_ for id_ in named if find.casefold() in crowd.people[id_].name.casefold()] if find else named
    shown = unnamed if show == "unnamed" and not find else found
    shown.sort(key=lambda id_: (-counts.get(id_, 0), crowd.people[id_].name, id_))
    of = max(1, math.ceil(len(shown) / PEOPLE))
    page = min(max(1, page), of)
    return here.page(
        "people.html",
        people=cards(here, crowd, shown[(page - 1) * PEOPLE : page * PEOPLE]),
        n_named=len(named),
        n_unnamed=len(unnamed),
        n_faces=sum(counts.values()),
        waiting={kind: here.store.waiting.count(here.library, kind) for kind in KINDS},
        known=known_names(crowd, counts),
        nameless=_nameless(here) if show == "unnamed" and not find else 0,
        show="find" if find else show,
        find=find,
        page=page,
        of=of,
    )


def _nameless(here: Here) -> int:
    """Return how many people the last whole plan left out for want of a name."""
    runs = (run for run in here.store.runs.list(here.library, RUNS) if run.kind == CURATE)
    plans = (plan for run in runs if (plan := run.summary.get("plan")))
    return next((int(plan.get("nameless", 0)) for plan in plans), 0)


def _counts(here: Here) -> dict[str, int]:
    model = here.store.models.chosen(here.library, "faces")
    return here.store.people_pages.counts(here.library, model) if model else {}


def known_names(crowd: Crowd, counts: dict[str, int]) -> list[str]:
    """Return the names that are offered where one can be given, those of the most faces first."""
    most = sorted(crowd.names.items(), key=lambda one: (-counts.get(one[0], 0), one[1]))
    return list(dict.fromkeys(name for _, name in most))[:MOST_KNOWN]


@router.get("/person")
def person_page(here: LibraryHere, id: Text, order: Order = "unsure", page: int = 1) -> Response:  # noqa: A002
    """Show a person and their faces, the least sure first."""
    crowd = crowd_of(here.store, here.library)
    if id not in crowd.people:
        raise HTTPException(404, "person")
    counts, decided = _counts(here), here.store.people_pages.decided(here.library, id)
    of = max(1, math.ceil(counts.get(id, 0) / FACES))
    page = min(max(1, page), of)
    (card,) = cards(here, crowd, [id])
    return here.page(
        "people_person.html",
        one=card,
        faces=_faces(here, id, decided, order, page),
        merges=decided_views(here, crowd, [made for made in reversed(decided) if made.kind == "merge"]),
        known=[name for name in known_names(crowd, counts) if name != card.name],
        order=order,
        orders=("unsure", "sure"),
        page=page,
        of=of,
    )


def _faces(here: Here, id_: str, decided: Sequence[Decision], order: Order, page: int) -> list[FaceView]:
    model = here.store.models.chosen(here.library, "faces")
    if model is None:
        return []
    found = here.store.people_pages.faces(here.library, model, id_, order, (page - 1) * FACES, FACES)
    denied = _denied(decided, id_)
    return [face_view(one, denied.get((one.face.content_key, one.face.index), "")) for one in found]


def _denied(decided: Sequence[Decision], id_: str) -> dict[Face, str]:
    """Return the faces that the user has taken off a person since the last run, each with the moment of that answer."""
    denied: dict[Face, str] = {}
    for made in decided:
        theirs = (made.verdict == "accepted") == (made.kind == "person")
        for shown in made.evidence.faces if made.kind != "merge" else ():
            denied.pop((shown.content_key, shown.index), None)
            if not theirs and made.subject == id_:
                denied[shown.content_key, shown.index] = made.decided_at.isoformat()
    return denied


@router.post("/name")
def name_person(here: LibraryHere, person: Field, name: Field, to: Field = "") -> Response:
    """Give somebody a name; where somebody has it already, ask whether the two are one."""
    crowd, name = crowd_of(here.store, here.library), name.strip()
    same = [id_ for id_ in crowd.called(name) if id_ != person]
    if same and person in crowd.people:
        one, other = cards(here, crowd, [person, same[0]])
        return here.page("people_same.html", one=one, other=other, to=to or here.url("people"))
    try:
        id_ = call(crowd, person, name).subject
    except CannotBe as error:
        return cannot(here, error, to)
    what, before = consequence(crowd, id_, name)
    key = what.replace(" ", "_")
    return _after(here, id_, to, here.t(f"people.called.{key}", name=name, before=before))


def _after(here: Here, id_: str, to: str, said: str) -> Response:
    """Return the card of a person as it is now, or go back."""
    if not here.inplace:
        return here.back(to or here.url("people"), said)
    crowd = crowd_of(here.store, here.library)
    (card,) = cards(here, crowd, [id_])
    return told(here.page("people_card.html", one=card, to=to), said)


@router.post("/merge")
def merge_people(here: LibraryHere, person: Fields = [], name: Field = "", to: Field = "") -> Response:  # noqa: B006
    """Keep that people are one: those whose ids are given, and who has a name."""
    crowd, back = crowd_of(here.store, here.library), to or here.url("people")
    named = crowd.called(name.strip())[:1]
    people = list(dict.fromkeys([*person, *named]))
    if len(people) < 2:
        nobody = bool(name) and not named
        return here.back(back, here.t("people.cannot.nobody" if nobody else "people.cannot.two_at_least", name=name))
    people.sort(key=lambda id_: id_ not in crowd.names)
    try:
        with here.store.transaction():
            for other in people[1:]:
                merge(crowd, people[0], other)
    except CannotBe as error:
        return cannot(here, error, to)
    return here.back(back, here.t("people.merged", n=len(people), name=called(here.t, crowd.names, people[0])))


@router.post("/faces")
def say_of_faces(
    here: LibraryHere,
    person: Field,
    what: Annotated[Literal["not", "give"], Form()],
    face: Fields = [],  # noqa: B006
    name: Field = "",
    to: Field = "",
) -> Response:
    """Keep that faces are not a person's, or whose they are else: somebody's of that name, or somebody's who is new."""
    crowd = crowd_of(here.store, here.library)
    places = [place for text in face if (place := face_at(text)) is not None]
    theirs = _held(here, places)
    try:
        made = give(crowd, person, places, name.strip()) if what == "give" else deny(crowd, person, places)
    except CannotBe as error:
        return cannot(here, error, to or person_address(here, person))
    text = here.t(f"people.faces_{what}", n=len(places), name=called(here.t, crowd.names, person))
    text += f" {here.t('people.in_gallery', n=theirs)}" if theirs else ""
    if not here.inplace or not places:
        return here.back(to or person_address(here, person), text)
    shown = _one_face(here, places[0], made.decided_at.isoformat())
    return told(here.page("people_face.html", face=shown, person=person, name=crowd.names.get(person, ""), to=to), text)


def _held(here: Here, faces: Sequence[Face]) -> int:
    """Count the faces that are somebody's by another's word than ours."""
    model = here.store.models.chosen(here.library, "faces")
    labels = here.store.people_pages.whose(here.library, model, [key for key, _ in faces]) if model else {}
    return sum(face in labels and labels[face].origin != "ours" for face in faces)


def _one_face(here: Here, face: Face, denied: str) -> FaceView:
    model = here.store.models.chosen(here.library, "faces")
    shown = here.store.people_pages.shown(model, [face]) if model else []
    return replace(shown_views(here, shown)[0], denied=denied)


def cannot(here: Here, error: CannotBe, to: str) -> Response:
    """Say why something cannot be; nothing was kept."""
    return here.done(to or here.url("people"), here.t(f"people.cannot.{error.what}", **error.values), 409)


def told(answer: Response, text: str) -> Response:
    """Send a message along with a part of a page."""
    answer.headers["X-Said"] = quote(clean(text))
    return answer
