"""What the user says of people unasked, as verdicts on suggestions that nobody made: it binds as answers do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from plugins.people.identity import OURS
from plugins.people.suggesting import digested, in_order, made
from plugins.store.suggestions import Evidence, ShownFace, Suggestion

BY_USER = "said by you"
"""The reason of what was never suggested."""


def one_person(one: str, other: str, names: Mapping[str, str]) -> Suggestion:
    """Return the suggestion that two people are one; `names` are those of people by id."""
    subject, value = in_order(one, other, names)
    return made("merge", subject, value, 1.0, BY_USER, Evidence())


def not_theirs(person: str, faces: Sequence[ShownFace], extractor: str) -> Suggestion:
    """Return the suggestion that faces are not a person's; nothing says whose they are."""
    value = digested("faces-", ",".join(f"{face.content_key}#{face.index}" for face in faces))
    return made("doubt", person, value, 1.0, BY_USER, Evidence(tuple(faces), extractor=extractor))


def somebody_new(person: str, faces: Sequence[ShownFace], extractor: str) -> Suggestion:
    """Return the suggestion that faces of a person are one other person whom nobody knows yet, its `value`."""
    places = (part for face in faces for part in (face.content_key, str(face.index)))
    somebody = digested(OURS, "split", person, *places)
    return made("split", person, somebody, 1.0, BY_USER, Evidence(tuple(faces), extractor=extractor))


def theirs(person: str, face: ShownFace, extractor: str) -> Suggestion:
    """Return the suggestion that a face is a person's."""
    place = f"{face.content_key}#{face.index}"
    return made("person", place, person, 1.0, BY_USER, Evidence((face,), extractor=extractor))
