"""The fake's own work on faces and people is Immich's: what its jobs do, and what they leave alone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from fakes.immich import FakeImmich

BOX = (0, 0, 64, 48)


@pytest.fixture
def server() -> Iterator[FakeImmich]:
    with FakeImmich() as server:
        server.add_photos(8)
        yield server


def detected(server: FakeImmich, *looks: str) -> list[str]:
    """Find one face a photo; return the ids."""
    return [server.detect(photo, {BOX: who})[0] for photo, who in zip(server.state.assets, looks, strict=False)]


def holders(server: FakeImmich) -> list[str]:
    """Return the name of who has each face, `?` for somebody without one, empty for nobody."""
    people = server.state.people
    return [(people[f.person].name or "?") if f.person else "" for f in server.state.faces.values()]


def test_the_nightly_job_gives_faces_of_nobody_to_whom_they_look_like(server: FakeImmich) -> None:
    first, *_ = detected(server, "Ann", "Ann", "Bob", "Bob", "Bob", "Eve", "Eve")
    server.move_face(first, server.add_person("Ann"))
    server.nightly()
    assert holders(server) == ["Ann", "Ann", "?", "?", "?", "", ""]
    assert len(server.state.people) == 2


def test_the_nightly_job_moves_no_face_and_deletes_who_has_none(server: FakeImmich) -> None:
    faces = detected(server, "Ann", "Ann", "Ann")
    for face in faces:
        server.move_face(face, server.add_person("Zoe") if face == faces[0] else None)
    server.add_person("Nobody")
    server.nightly()
    assert holders(server) == ["Zoe"] * 3  # the nearest face's person wins, whoever that is
    assert [person.name for person in server.state.people.values()] == ["Zoe"]


@pytest.mark.parametrize("reset", ["reset_recognition", "reset_detection"])
def test_a_reset_forgets_everybody_who_has_no_face_drawn_by_hand(server: FakeImmich, reset: str) -> None:
    found = detected(server, "Ann", "Bob")
    ann, bob = server.add_person("Ann"), server.add_person("Bob")
    for face, person in zip(found, (ann, bob), strict=True):
        server.move_face(face, person)
    server.add_face(list(server.state.assets)[5], BOX, bob, "manual")
    getattr(server, reset)()
    assert sorted(holders(server)) == ["", "", "Bob"]
    assert list(server.state.people) == [bob]
    assert (set(found) <= set(server.state.faces)) == (reset == "reset_recognition")


def test_who_is_merged_is_gone(server: FakeImmich) -> None:
    first, second = detected(server, "Ann", "Ann")
    ann, other = server.add_person("Ann"), server.add_person()
    server.move_face(first, ann)
    server.move_face(second, other)
    server.merge_people(ann, other)
    assert (holders(server), list(server.state.people)) == (["Ann", "Ann"], [ann])
