"""Answers about people on the command line: to suggestions, names, and what the user says of them unasked."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from app.answering import asked_again, known_keys, told, verdicts_on
from app.answers import CannotAnswer, NeedsWord
from app.answers.people import Consequence, Crowd, call, check_name, consequence, crowd_of, decide, deny, merge
from app.messages import WrongUse, tell, tell_json
from app.people import PeopleView, opened_store, people_view
from app.words import command_for
from plugins.pages.plan_words import quoted
from plugins.store import Decision, Store
from plugins.store.people_pages import Face


@dataclass(frozen=True, slots=True)
class Said:
    """What the user says: keys that they accept and reject, a person's id and name, two people who are one, and a face
    (as `face_of` takes it) with whom it is not."""

    accept: Sequence[str] = ()
    reject: Sequence[str] = ()
    named: tuple[str, str] | None = None
    merge: tuple[str, str] | None = None
    is_not: tuple[str, str] | None = None


def answer(library: str, said: Said, json: bool) -> None:
    """Keep the user's answers, and what they say unasked; the next run acts on them.

    Raises:
        WrongUse: a key, a person or a face is unknown, one suggestion gets two answers, or a name cannot be one.
    """
    with opened_store(library) as (store, name), store.transaction(), _explained():
        view = people_view(store, name)
        known = {made.key for made in view.suggestions}
        answers = verdicts_on(known_keys(said.accept, known), known_keys(said.reject, known))
        kept = [_told(decide(store, name, key, verdict), view) for key, verdict in answers.items()]
        kept += _unasked(store, view, said)
    if json:
        tell_json({"library": name, "decided": kept})
        return
    for one in kept:
        tell(f"{str(one['verdict']).capitalize()}: {one['text']}.")
    tell(f"What follows from this is planned by {command_for(library, 'curate')}, and written with --apply.")


@contextmanager
def _explained() -> Iterator[None]:
    """Turn what cannot be answered into a wrong use of the command."""
    try:
        yield
    except NeedsWord as error:
        raise WrongUse(f"{error.key} has no name yet: give it one by --name {error.key} NAME") from error
    except CannotAnswer as error:
        raise WrongUse(str(error)) from error


def _told(made: Decision, view: PeopleView) -> dict[str, Any]:
    return told(asked_again(made), made.verdict, view.names)


def _unasked(store: Store, view: PeopleView, said: Said) -> Iterator[dict[str, Any]]:
    """Keep what the user says unasked, and yield it."""
    if said.named is not None:
        yield _named(store, view, *said.named)
    if said.merge is not None:
        yield _told(merge(crowd_of(store, view.library), *said.merge), view)
    if said.is_not is not None:
        face, person = said.is_not
        crowd = crowd_of(store, view.library)
        yield _told(deny(crowd, person, [face_of(crowd, face, crowd.one(person))]), view)


def _named(store: Store, view: PeopleView, wanted: str, name: str) -> dict[str, Any]:
    """Name a person whom nobody has named, or a group of photos that look alike, which is an answer to its suggestion.

    Raises:
        WrongUse: there is none, the gallery knows a name already, or the name cannot be one.
    """
    check_name(name)
    if any(made.key == wanted and made.kind == "group" for made in view.suggestions):
        store.suggestions.decide(view.library, wanted, "accepted")
        store.suggestions.name_person(view.library, wanted, name)
        id_, then = wanted, "; its photos get that as a tag"
    else:
        crowd = crowd_of(store, view.library)
        id_ = call(crowd, wanted, name).subject
        then = _consequence(*consequence(crowd, id_, name))
    text = f"{wanted} is called {quoted(name)}{then}"
    return {"key": id_, "kind": "name", "subject": id_, "value": name, "verdict": "accepted", "text": text}


def _consequence(what: Consequence, before: str) -> str:
    """Return what a name brings about that the user may not expect."""
    return {
        "with their faces": "; the gallery gets this person, with the faces found so far",
        "one person": ", as is somebody else: the two count as one person",
        "there too": "; the gallery has this person already, without a name: they get it there too",
        "change it there": f"; if the gallery calls them {quoted(before)} by now, as you had asked, change it there",
    }[what]


def face_of(crowd: Crowd, wanted: str, person: str) -> Face:
    """Return the face that the user means: the person's in a photo, by the photo's name or id, and #N for its number.

    Raises:
        WrongUse: there is no such photo, or none or several of its faces are the person's.
    """
    photos = crowd.store.photos.all(crowd.library)
    named, _, number = wanted.rpartition("#")
    for text, index in ((wanted, ""), (named, number)):
        contents = {photo.content_key for photo in photos if text and text in {photo.name, photo.id, photo.content_key}}
        theirs = crowd.store.people_pages.whose(crowd.library, crowd.model(), contents)
        found = [face for face, label in theirs.items() if label.person == person and index in {"", str(face[1])}]
        if len(found) == 1:
            return found[0]
        if found:
            numbers = ", ".join(f"{text}#{face[1]}" for face in sorted(found))
            raise WrongUse(f"{text} shows several faces of this person, say which: {numbers}")
    raise WrongUse(f"{wanted} shows no face of this person: name a photo, and its face by #N where it shows several")
