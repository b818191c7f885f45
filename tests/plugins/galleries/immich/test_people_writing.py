"""People and faces on Immich: made once, and what the user or a file says of them is never changed."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from fakes.immich import FakeImmich
from fakes.immich_writer import OLD, open_writer, writes

from plugins.changes import AssignFace, Change, CreatePerson, NamePerson, RemovePerson, UnassignFace
from plugins.galleries import GalleryRefused
from plugins.galleries.immich.face_ids import face_id_of
from plugins.galleries.immich.writing import Writer
from plugins.galleries.server.face_ids import FaceId

NOWHERE = "3f2504e0-4f89-41d3-9a0c-0305e82c3301"
BOX = (64, 48, 192, 192)  # pixels of 640 × 480
SHARES = (0.1, 0.1, 0.3, 0.4)


@pytest.fixture(params=["2.7.5", "3.1.0"])
def server(request: pytest.FixtureRequest) -> Iterator[FakeImmich]:
    with FakeImmich(version=request.param) as server:
        server.add_photos(3, created=OLD)
        yield server


def holders(server: FakeImmich) -> list[str | None]:
    """Return who has each face: the name, or the id of somebody without one."""
    who = [server.state.people.get(face.person or "") for face in server.state.faces.values()]
    return [person.name or person.id if person else None for person in who]


def named(photo: str, face: str) -> str:
    return str(FaceId(photo, face))


def changes(face: str, place: str) -> list[Change]:
    return [
        CreatePerson("p-1"),
        CreatePerson("p-2", "Ana"),
        NamePerson("p-1", "Bea"),
        AssignFace(face, "p-1"),
        NamePerson("p-1", "", was="Bea"),
        AssignFace(face, "p-2", was="p-1"),
        UnassignFace(face, "p-2"),
        AssignFace(place, "p-2"),
        UnassignFace(place, "p-2"),
        RemovePerson("p-1"),
        RemovePerson("p-2", "Ana"),
    ]


def test_each_change_twice_is_each_change_once(
    server: FakeImmich, writer: Writer, photos: list[str], tmp_path: Path
) -> None:
    face = named(photos[0], server.add_face(photos[0], BOX))
    before = server.dump()
    for change in changes(face, str(FaceId(photos[1], box=SHARES))):
        assert writer.apply(change).status == "done", change
        once = server.dump()
        for again in (writer, open_writer(server, tmp_path)):
            assert again.apply(change).status in {"already", "gone"}, change
        assert server.dump() == once, change
    assert server.dump() == before


@pytest.mark.parametrize("seed", range(4))
def test_each_change_whose_answer_was_lost_is_made_once(
    server: FakeImmich, photos: list[str], tmp_path: Path, seed: int
) -> None:
    face = named(photos[0], server.add_face(photos[0], BOX))
    before = server.dump()
    for change in changes(face, str(FaceId(photos[1], box=SHARES))):
        server.faults(seed, rate=0.4, kinds=["reset", "502", "500"], in_a_row=2)
        assert open_writer(server, tmp_path).apply(change).status in {"done", "already", "gone"}, change
        server.faults(0, rate=0.0)
        once = server.dump()
        assert open_writer(server, tmp_path).apply(change).status in {"already", "gone"}, change
        assert server.dump() == once, change
    assert server.dump() == before


@pytest.mark.parametrize("name", ["", "Ada"])
def test_a_person_whose_making_was_not_noted_is_found_again(
    server: FakeImmich, writer: Writer, tmp_path: Path, name: str
) -> None:
    server.add_person("Ada")
    server.add_person("albumen makes p-1")  # as a run left it that was killed right then
    assert writer.apply(CreatePerson("p-1", name)).status == "done"
    assert sorted(person.name for person in server.state.people.values()) == sorted(["Ada", name])


def killed_after(server: FakeImmich, method: str, path: str, folder: Path, change: Change) -> None:
    """Begin a change that gets no further than the first request of that method and path, as if it was killed there."""
    key, begun = server.add_key(["all"]), len(server.requests)

    def watch(*_: object) -> None:
        served = any((seen.method, seen.path) == (method, path) for seen in server.requests[begun:-1])
        if served and key in server.state.keys:
            server.revoke(key)

    server.before_request = watch
    with pytest.raises(GalleryRefused, match="does not know the key"):
        open_writer(server, folder, key).apply(change)
    server.before_request = None


@pytest.mark.parametrize("cleaned", [True, False], ids=["a night between", "at once"])
@pytest.mark.parametrize("name", ["", "Ana"])
def test_a_person_who_was_left_without_a_face_gets_it_and_its_name(
    server: FakeImmich, photos: list[str], tmp_path: Path, name: str, cleaned: bool
) -> None:
    """Killed right after the person was made; Immich deletes people without faces at night."""
    face = named(photos[0], server.add_face(photos[0], BOX))
    killed_after(server, "POST", "/api/people", tmp_path, CreatePerson("p-1", name))
    assert [person.name for person in server.state.people.values()] == ["albumen makes p-1"]
    if cleaned:
        server.clean_people()
    writer = open_writer(server, tmp_path)
    assert writer.apply(CreatePerson("p-1", name)).status == ("done" if cleaned else "already")
    assert [person.name for person in server.state.people.values()] == [name]
    if cleaned:
        server.clean_people()
    assert writer.apply(AssignFace(face, "p-1")).status == "done"
    assert [person.name for person in server.state.people.values()] == [name]
    assert holders(server) == [name or next(iter(server.state.people))]
    server.clean_people()
    assert writer.apply(CreatePerson("p-1", name)).status == "already"


def test_a_person_of_ours_whom_the_user_deleted_is_not_made_again(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    face = named(photos[0], server.add_face(photos[0], BOX))
    made = writer.apply(CreatePerson("p-1")).gallery_id
    writer.apply(AssignFace(face, "p-1"))
    server.delete_person(made)
    assert [writer.apply(change).status for change in (CreatePerson("p-1"), AssignFace(face, "p-1"))] == ["gone"] * 2
    assert (server.state.people, writes(server).count("POST /people")) == ({}, 1)


def test_an_unnamed_person_gets_its_faces(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    faces = [named(photo, server.add_face(photo, BOX)) for photo in photos]
    made = writer.apply(CreatePerson("p-1")).gallery_id
    for face in faces:
        assert writer.apply(AssignFace(face, "p-1")).status == "done"
    assert holders(server) == [made] * 3
    assert writes(server).count("PUT /faces/…") == 3


def test_a_face_that_immich_has_not_found_is_drawn(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    writer.apply(CreatePerson("p-1", "Ana"))
    place = str(FaceId(photos[0], box=SHARES))
    assert writer.apply(AssignFace(place, "p-1")).status == "done"
    (face,) = server.state.faces.values()
    assert (face.box, face.image, face.source) == (BOX, (640, 480), "manual")
    near = str(FaceId(photos[0], box=(0.11, 0.1, 0.3, 0.39)))
    assert writer.apply(AssignFace(near, "p-1")).status == "already"  # the same face by its place


def test_a_face_is_known_by_its_place_when_immich_has_found_it_anew(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    writer.apply(CreatePerson("p-1", "Ana"))
    server.add_face(photos[0], BOX)
    assert writer.apply(AssignFace(str(FaceId(photos[0], box=SHARES)), "p-1")).status == "done"
    assert holders(server) == ["Ana"]


@pytest.mark.parametrize(
    ("source", "holder", "reason"),
    [
        pytest.param("machine-learning", "Ada", "given the face to 'Ada'", id="given to somebody else since"),
        pytest.param("manual", "Ada", "'Ada'", id="drawn by hand"),
        pytest.param("exif", "Ada", "'Ada'", id="named in the file"),
        pytest.param("manual", None, "nobody's", id="drawn for nobody"),
    ],
)
def test_faces_of_the_users_are_not_moved(
    server: FakeImmich, writer: Writer, photos: list[str], source: str, holder: str | None, reason: str
) -> None:
    ada = server.add_person(holder) if holder else None
    face = named(photos[0], server.add_face(photos[0], BOX, ada, source))
    writer.apply(CreatePerson("p-1"))
    was = ada if source != "machine-learning" else None
    before = server.dump()
    outcome = writer.apply(AssignFace(face, "p-1", was=was))
    assert (outcome.status, reason in outcome.reason) == ("refused", True), outcome
    assert server.dump() == before


def test_a_face_that_the_user_moved_since_is_not_taken_off(
    server: FakeImmich, writer: Writer, photos: list[str]
) -> None:
    face = server.add_face(photos[0], BOX)
    writer.apply(CreatePerson("p-1"))
    writer.apply(AssignFace(named(photos[0], face), "p-1"))
    server.move_face(face, server.add_person("Ada"))
    assert writer.apply(UnassignFace(named(photos[0], face), "p-1")).status == "already"
    assert holders(server) == ["Ada"]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        pytest.param({"name": "Ada"}, "named the person 'Ada'", id="named"),
        pytest.param({"hidden": True}, "said something", id="hidden"),
        pytest.param({"favourite": True}, "said something", id="favourite"),
        pytest.param({"birth": "1990-05-06"}, "said something", id="birth date"),
        pytest.param({}, "still has faces", id="has faces"),
    ],
)
def test_a_person_of_whom_the_user_said_something_stays(
    server: FakeImmich, writer: Writer, photos: list[str], fields: dict[str, object], reason: str
) -> None:
    made = writer.apply(CreatePerson("p-1")).gallery_id
    server.change_person(made, **fields)
    if not fields:
        server.add_face(photos[0], BOX, made)
    outcome = writer.apply(RemovePerson("p-1"))
    assert (outcome.status, reason in outcome.reason) == ("refused", True), outcome
    assert made in server.state.people


def test_what_is_gone(server: FakeImmich, writer: Writer, photos: list[str]) -> None:
    ada = server.add_person("Ada")
    made = writer.apply(CreatePerson("p-1")).gallery_id
    face = named(photos[0], server.add_face(photos[0], BOX))
    writer.apply(AssignFace(face, "p-1"))
    server.delete_person(made)
    for change in (
        CreatePerson("p-1"),  # merged or deleted by the user: not made again
        AssignFace(face, "p-1"),
        AssignFace(face, "p-unknown"),
        AssignFace(face, NOWHERE),
        AssignFace(named(photos[0], NOWHERE), ada),
        AssignFace(named(NOWHERE, NOWHERE), ada),
        AssignFace("face-1", ada),
        UnassignFace(named(photos[0], NOWHERE), ada),
        UnassignFace(face, "p-unknown"),
        RemovePerson("p-unknown"),
    ):
        assert writer.apply(change).status == "gone", change


@pytest.mark.parametrize("text", ["{", "[]", '{"p-1": 1}', '{"p-1": "../../x"}'])
def test_a_broken_file_of_people_is_named(server: FakeImmich, writer: Writer, tmp_path: Path, text: str) -> None:
    (tmp_path / "people.json").write_text(text)
    with pytest.raises(GalleryRefused, match=r"people\.json"):
        writer.apply(CreatePerson("p-1"))
    assert not server.state.people


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("face-1", id="of another gallery"),
        pytest.param(NOWHERE, id="a photo alone"),
        pytest.param(f"{NOWHERE}#x", id="no id"),
        pytest.param(f"{NOWHERE}@0.1,0.1,0.3", id="three sides"),
        pytest.param(f"{NOWHERE}@0.3,0.1,0.1,0.4", id="right of left"),
        pytest.param(f"{NOWHERE}@0.1,0.1,nan,2", id="no shares"),
    ],
)
def test_what_names_no_face(text: str) -> None:
    assert face_id_of(text) is None


@pytest.mark.parametrize("face", [FaceId(NOWHERE, NOWHERE), FaceId(NOWHERE, box=(0.0, 0.125, 0.5, 1.0))])
def test_faces_are_read_as_they_were_written(face: FaceId) -> None:
    assert face_id_of(str(face)) == face
