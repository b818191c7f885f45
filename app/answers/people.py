"""What the user decides about people, asked for or not: who is one, whose a face is not, who is called what."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

from app.answers import CannotBe, NeedsWord, NothingWaits
from plugins.pages.suggestion_words import OF_PEOPLE
from plugins.people.deciding import not_theirs, one_person, somebody_new, theirs
from plugins.people.identity import OURS
from plugins.people.names_file import fit_name
from plugins.publishing.wanted_people import naming
from plugins.records import Person
from plugins.store import Decision, Model, ShownFace, Store, Suggestion
from plugins.store.people_pages import Face
from plugins.store.suggestions import NAME, Verdict

SHORTEST: Final = 6
"""Characters of an id that may stand for all of it, where no other begins like that."""
MOST_NAMED: Final = 50
"""People in a message."""
Consequence: TypeAlias = Literal["with their faces", "one person", "there too", "change it there"]
"""What a name brings about that the user may not expect: the gallery gets somebody whom it did not have, with their
faces; two of one name count as one person; the gallery, which has the person already, gets the name too, or keeps
another one that we gave it before."""


@dataclass(frozen=True)
class Crowd:
    """The people of a library but those whom the gallery hides.

    `people` are by id, with the names that the user gave them here, `given`, where the gallery has none.
    """

    store: Store
    library: str
    people: Mapping[str, Person]
    given: Mapping[str, str]

    @property
    def names(self) -> dict[str, str]:
        """Return the names of those who have one, by id."""
        return {id_: person.name for id_, person in self.people.items() if person.name}

    def called(self, name: str) -> list[str]:
        """Return the ids of the people of a name, those first whom the gallery knows."""
        found = (id_ for id_, person in self.people.items() if name and person.name == name)
        return sorted(found, key=lambda id_: (id_ in self.given, id_.startswith(OURS), id_))

    def one(self, wanted: str) -> str:
        """Return the id of the person whom the user means: by id, by its first characters, or by name.

        Raises:
            CannotBe: there is none, or there are several.
        """
        alike = [id_ for id_ in self.people if id_.startswith(wanted)] if len(wanted) >= SHORTEST else []
        named = self.called(wanted) if wanted else []
        found = [wanted] if wanted in self.people else named or alike
        if len(found) > 1:
            text = f"{wanted!r} may be any of these people, say which: {', '.join(found[:MOST_NAMED])}"
            raise CannotBe("several", text, name=wanted)
        if not found:
            some = ", ".join(sorted(id_ for id_, person in self.people.items() if not person.name)[:MOST_NAMED])
            text = f"there is no person {wanted!r}; those without a name are: {some or 'none'}"
            raise CannotBe("nobody", text, name=wanted)
        return found[0]

    def model(self) -> Model:
        """Return the extractor that numbers the faces.

        Raises:
            CannotBe: no run has looked for faces yet.
        """
        found = self.store.models.chosen(self.library, "faces")
        if found is None:
            raise CannotBe("no_faces", f"no run has looked for faces in {self.library} yet")
        return found

    def faces(self, wanted: Sequence[Face]) -> list[ShownFace]:
        """Return these faces so that they can be shown.

        Raises:
            CannotBe: none is given, or the store does not know one of them.
        """
        found = self.store.people_pages.shown(self.model(), wanted)
        if not found or len(found) != len(set(wanted)):
            raise CannotBe("no_face", "a face is not known (any more): look at the person again")
        return found


def crowd_of(store: Store, library: str) -> Crowd:
    """Read the people of a library."""
    given = store.suggestions.names(library)
    people = [person for person in store.people.all(library) if not person.hidden]
    return Crowd(store, library, {p.id: replace(p, name=p.name or given.get(p.id, "")) for p in people}, given)


def decide(store: Store, library: str, key: str, verdict: Verdict) -> Decision:
    """Keep the answer to a suggestion.

    Raises:
        NothingWaits: nothing waits under this key.
        NeedsWord: it is a group without a name, which cannot be accepted as it is.
    """
    with store.transaction():
        asked = store.suggestions.of_keys(library, [key]).get(key)
        if asked is None or asked.kind not in OF_PEOPLE:
            raise NothingWaits(key)
        if asked.kind == "group" and not asked.value and verdict == "accepted":
            raise NeedsWord(key)
        return store.suggestions.decide(library, key, verdict)


def call(crowd: Crowd, wanted: str, name: str) -> Decision:
    """Keep the name of somebody who has none in the gallery.

    Raises:
        CannotBe: there is no such person, the gallery knows a name already, or the name cannot be one.
    """
    check_name(name)
    id_ = crowd.one(wanted)
    if crowd.people[id_].name not in {"", crowd.given.get(id_)}:
        known = crowd.people[id_].name
        text = f"{wanted} is {known!r} already: give another name where you gave this one, in the gallery"
        raise CannotBe("named_there", text, name=known)
    store, library = crowd.store, crowd.library
    with store.transaction():
        before = store.ledger.load(library).people.get(naming(id_))
        if before is not None and before.name == name:  # it was given before: to ask again is to want it again
            store.ledger.save_people(library, {naming(id_): None})
        return store.suggestions.name_person(library, id_, name)


def check_name(name: str) -> None:
    """Check that a name can be one.

    Raises:
        CannotBe: it is empty, too long, or has characters that no name has.
    """
    try:
        fit_name(name)
    except ValueError as error:
        raise CannotBe("no_name", f"{name!r} cannot be a name: {error}", name=name) from error


def consequence(crowd: Crowd, id_: str, name: str) -> tuple[Consequence, str]:
    """Return what a name brings about beyond itself, and the name that the gallery has had from us, if another."""
    if any(other != id_ for other in crowd.called(name)):
        return "one person", ""
    known = crowd.store.ledger.load(crowd.library).people
    if id_.startswith(OURS) and id_ not in known:
        return "with their faces", ""
    before = known.get(naming(id_))
    return ("change it there", before.name) if before is not None and before.name != name else ("there too", "")


def merge(crowd: Crowd, one: str, other: str, verdict: Verdict = "accepted") -> Decision:
    """Keep that two people are one, or, rejected, that they are two.

    Raises:
        CannotBe: they are one already, one is unknown, or they have different names.
    """
    people, names = (crowd.one(one), crowd.one(other)), crowd.names
    called = [names[id_] for id_ in people if id_ in names]
    if people[0] == people[1]:
        raise CannotBe("same", f"{one} and {other} are the same person")
    if verdict == "accepted" and len(set(called)) > 1:
        first, second = called
        text = f"people of different names are not made one: call {first!r} and {second!r} the same, in the gallery"
        raise CannotBe("two_names", text, one=first, other=second)
    said = one_person(*people, names)
    with crowd.store.transaction():
        waits = crowd.store.suggestions.of_keys(crowd.library, [said.key])
        return crowd.store.suggestions.say(crowd.library, waits.get(said.key, said), verdict)


def deny(crowd: Crowd, person: str, wanted: Sequence[Face]) -> Decision:
    """Keep that faces are not a person's, whosever they are.

    Raises:
        CannotBe: the person or a face is unknown.
    """
    said = not_theirs(crowd.one(person), crowd.faces(wanted), _numbered_by(crowd))
    return crowd.store.suggestions.say(crowd.library, said, "accepted")


def give(crowd: Crowd, person: str, wanted: Sequence[Face], name: str = "") -> Decision:
    """Keep that faces are not a person's but somebody else's: of whoever has this name, or of somebody new.

    Raises:
        CannotBe: the person or a face is unknown, the name cannot be one, or is the person's own.
    """
    was, faces, by = crowd.one(person), crowd.faces(wanted), _numbered_by(crowd)
    if name:
        check_name(name)
    others = crowd.called(name) if name else []
    if was in others:
        raise CannotBe("already", f"the faces are {name!r}'s already: say whose they are else", name=name)
    if others:
        said = [not_theirs(was, faces, by), *(theirs(others[0], face, by) for face in faces)]
    else:
        new = somebody_new(was, faces, by)
        said = [new, *([_name(new.value, name)] if name else [])]
    return crowd.store.suggestions.answer(crowd.library, said, "accepted", datetime.now(UTC))[0]


def _name(person: str, name: str) -> Suggestion:
    """Return a name as `Suggestions.name_person` keeps it, to be one answer with others."""
    return Suggestion(f"{NAME}{person}", "person", person, name)


def _numbered_by(crowd: Crowd) -> str:
    model = crowd.model()
    return f"{model.name} {model.version}"
