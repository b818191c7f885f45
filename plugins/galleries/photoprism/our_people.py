"""Who of PhotoPrism's people is ours, by which names, and who is there though PhotoPrism shows them not now.

A person comes to be by the first face that gets their name, and goes with the last one.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from plugins.galleries.photoprism.parsing import SubjectPart, is_uid
from plugins.galleries.server.our_people import OurPerson
from plugins.records import Person


def is_person(text: str) -> bool:
    """Say whether this can be PhotoPrism's id of a person."""
    return is_uid(text) and text.startswith("j")


def can_be_ours(text: str) -> bool:
    """Say whether this can be the id of somebody of ours: empty before their first face."""
    return not text or is_person(text)


def is_hidden(subject: SubjectPart) -> bool:
    """Say whether the user wants a person to show up nowhere, or not everywhere: then in no title of ours."""
    return subject.Hidden or subject.Excluded or subject.Private


def wished_names(people: Mapping[str, tuple[str, bool]], ours: Iterable[OurPerson]) -> dict[str, str]:
    """Return the names of ours as they were wished for, by PhotoPrism's id, for as long as nobody gave another.

    PhotoPrism writes some names in its own way; that is no name that the user gave.
    """
    return {one.id: one.name for one in ours if one.called and people.get(one.id, ("",))[0] == one.called}


def people_of(subjects: Iterable[SubjectPart], ours: Mapping[str, OurPerson]) -> list[Person]:
    """Return everybody: those whom the server shows, and those who may still get a face of ours.

    Args:
        subjects: whom the server shows.
        ours: people of ours by key, and by PhotoPrism's id those of the user's whose last face we took away.
    """
    found = {one.UID: Person(one.UID, one.Name, is_hidden(one)) for one in subjects}
    for key, one in ours.items():
        shown = found.get(one.id)
        if shown is not None and shown.name == one.called:
            found[one.id] = Person(one.id, one.name, shown.hidden)
        elif shown is None and not one.had_face:
            found[one.id or key] = Person(one.id or key, one.name)
    return list(found.values())
