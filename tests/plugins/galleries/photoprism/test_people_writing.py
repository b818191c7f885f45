"""People and faces on PhotoPrism: made once, nobody renamed, and what the user says of a face is never changed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fakes.photoprism import FakePhotoPrism
from fakes.photoprism_writer import open_client, writes

from plugins.changes import AssignFace, Change, CreatePerson, NamePerson, Outcome, RemovePerson, UnassignFace
from plugins.drawn import drawn_face
from plugins.galleries import GalleryRefused
from plugins.galleries.photoprism.known import Known
from plugins.galleries.photoprism.markers import Markers
from plugins.galleries.photoprism.our_people import can_be_ours, people_of
from plugins.galleries.photoprism.people import People
from plugins.galleries.photoprism.reading import Reader
from plugins.galleries.photoprism.subjects import all_subjects
from plugins.galleries.photoprism.writing import Writer
from plugins.galleries.server.our_people import OurPeople
from plugins.records import Person

NOWHERE = "pzzzzzzzzzzzzzzz"
BOX = (0.1, 0.1, 0.2, 0.3)
"""As PhotoPrism has it: left, top, width, height."""
PLACE = (0.1, 0.1, 0.3, 0.4)
BESIDE = (0.6, 0.2, 0.2, 0.3)


@dataclass
class Desk:
    """What changes people, as a new process would have it; `folder` holds what it remembers of those before."""

    server: FakePhotoPrism
    folder: Path

    def __post_init__(self) -> None:
        client, known = open_client(self.server), Known(self.folder / "known.db")
        self.reader, self.ours = Reader(client, known), OurPeople(self.folder / "people.json", can_be_ours)
        self.markers = Markers(client, known, self.ours)
        people = People(client, self.reader.pages, self.ours, known, self.markers)
        self.writer = Writer(client, self.reader, known, people, self.reader.ways)

    def apply(self, change: Change) -> Outcome:
        return self.writer.apply(change)

    def people(self) -> list[Person]:
        return people_of(all_subjects(self.reader.pages), self.ours.read())


@pytest.fixture(params=["250425", "260919"])
def server(request: pytest.FixtureRequest) -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism(request.param) as running:
        running.add_photos(3)
        yield running


@pytest.fixture
def photos(server: FakePhotoPrism) -> list[str]:
    return list(server.state.photos)


@pytest.fixture
def desk(server: FakePhotoPrism, tmp_path: Path) -> Desk:
    return Desk(server, tmp_path)


def found(server: FakePhotoPrism, photo: str, person: str = "", **fields: object) -> str:
    """Let the server find a face; return it as changes name it."""
    return f"{photo}#{server.add_face(photo, BOX, person, **fields)}"  # type: ignore[arg-type]


def holders(server: FakePhotoPrism) -> list[str]:
    """Return whose each valid face is by name, empty for nobody's."""
    valid = [marker for marker in server.state.markers.values() if not marker.invalid]
    return [server.state.subjects[m.subject].name if m.subject else "" for m in valid]


def names(server: FakePhotoPrism) -> list[str]:
    return sorted(subject.name for subject in server.state.subjects.values() if not subject.deleted)


def changes(face: str, place: str) -> list[Change]:
    return [
        CreatePerson("p-1", "Bea"),
        CreatePerson("p-2", "Ana"),
        AssignFace(face, "p-1"),
        AssignFace(face, "p-2", was="p-1", asked=True),
        UnassignFace(face, "p-2"),
        AssignFace(place, "p-2"),
        UnassignFace(place, "p-2"),
        RemovePerson("p-1", "Bea"),
        RemovePerson("p-2", "Ana"),
    ]


def test_each_change_twice_is_each_change_once(
    server: FakePhotoPrism, desk: Desk, photos: list[str], tmp_path: Path
) -> None:
    face = found(server, photos[0])
    for change in changes(face, drawn_face(photos[1], PLACE)):
        assert desk.apply(change).status == "done", change
        once = server.dump()
        for again in (desk, Desk(server, tmp_path)):
            assert again.apply(change).status in {"already", "gone"}, change
        assert server.dump() == once, change
    assert (holders(server), names(server), desk.people()) == ([""], [], [])


@pytest.mark.parametrize("seed", range(4))
def test_each_change_whose_answer_was_lost_is_made_once(
    server: FakePhotoPrism, photos: list[str], tmp_path: Path, seed: int
) -> None:
    face = found(server, photos[0])
    for change in changes(face, drawn_face(photos[1], PLACE)):
        server.faults(seed, rate=0.3, kinds=["reset", "502", "500"], in_a_row=2)
        assert Desk(server, tmp_path).apply(change).status in {"done", "already", "gone"}, change
        server.faults(0, rate=0.0)
        once = server.dump()
        assert Desk(server, tmp_path).apply(change).status in {"already", "gone"}, change
        assert server.dump() == once, change
    assert (holders(server), names(server)) == ([""], [])
    assert len(server.state.markers) == 2


def test_somebody_comes_to_be_by_the_first_face_and_goes_with_the_last(
    server: FakePhotoPrism, desk: Desk, photos: list[str]
) -> None:
    face = found(server, photos[0])
    assert desk.apply(CreatePerson("p-1", "Ana")) == Outcome("done", gallery_id="p-1")
    assert (names(server), desk.people()) == ([], [Person("p-1", "Ana")])
    made = desk.apply(AssignFace(face, "p-1")).gallery_id
    assert (names(server), desk.people()) == (["Ana"], [Person(made, "Ana")])
    desk.apply(UnassignFace(face, "p-1"))
    assert (names(server), desk.people()) == ([], [Person(made, "Ana")]), "taken by us: they may still get one"
    assert desk.apply(AssignFace(face, "p-1")).gallery_id == made
    server.give(face.partition("#")[2], None)
    assert desk.people() == [], "taken by the user: gone by their will"
    assert [desk.apply(one).status for one in (CreatePerson("p-1", "Ana"), AssignFace(face, "p-1"))] == ["gone"] * 2


def test_nobody_is_made_without_a_name_that_can_be_kept(server: FakePhotoPrism, desk: Desk) -> None:
    for name in ("", "  ", "?!", "A" * 161, "A\x00"):
        assert desk.apply(CreatePerson("p-1", name)).status == "refused", name
    assert desk.people() == []


@pytest.mark.parametrize("name", ["ana maria", "Vic", 'Béa "B."', "O'Brien", "Ana  of york"])
def test_a_name_that_photoprism_writes_in_its_own_way_is_still_ours(
    server: FakePhotoPrism, desk: Desk, photos: list[str], name: str
) -> None:
    faces = [found(server, photo) for photo in photos[:2]]
    desk.apply(CreatePerson("p-1", name))
    made = {desk.apply(AssignFace(face, "p-1")).gallery_id for face in faces}
    assert [person.name for person in desk.people()] == [name]
    assert len(made) == len(names(server)) == 1
    assert desk.apply(NamePerson("p-1", name)).status == "already"
    for face in faces:
        assert desk.apply(UnassignFace(face, "p-1")).status == "done"
    assert desk.apply(RemovePerson("p-1", name)).status == "done"


@pytest.mark.parametrize("name", ["ana", "ANA", "Aná", "Ana!"])
def test_a_name_that_photoprism_takes_for_another_is_refused(server: FakePhotoPrism, desk: Desk, name: str) -> None:
    server.add_person("Ana")
    outcome = desk.apply(CreatePerson("p-1", name))
    assert (outcome.status, f"takes {name!r} for 'Ana'" in outcome.reason) == ("refused", True)
    assert names(server) == ["Ana"]


def test_the_same_name_is_the_same_person(server: FakePhotoPrism, desk: Desk, photos: list[str]) -> None:
    ana = server.add_person("Ana")
    server.add_face(photos[1], BOX, ana)
    face = found(server, photos[0])
    assert desk.apply(CreatePerson("p-1", "Ana")) == Outcome("already", gallery_id=ana)
    assert desk.apply(AssignFace(face, "p-1")).gallery_id == ana
    assert (holders(server), names(server)) == (["Ana", "Ana"], ["Ana"])
    desk.apply(UnassignFace(face, "p-1"))
    assert desk.apply(RemovePerson("p-1", "Ana")).status == "refused", "they have a face that the user gave"


@pytest.mark.parametrize("other", ["ANA", "Aná"])
def test_faces_of_two_people_whose_names_photoprism_takes_for_one_stay(
    server: FakePhotoPrism, desk: Desk, photos: list[str], other: str
) -> None:
    ana = server.add_person("Ana")
    made = server.add_person("Someone")
    server.change_person(made, name=other)
    face, before = found(server, photos[0]), server.dump()
    outcome = desk.apply(AssignFace(face, ana))
    assert (outcome.status, repr(other) in outcome.reason) == ("refused", True)
    assert server.dump() == before


@pytest.mark.parametrize("name", ['Ana "Annie" Smith', "Ana  Smith", "Ana;"])
def test_a_person_whose_name_photoprism_would_write_otherwise_is_not_renamed(
    server: FakePhotoPrism, desk: Desk, photos: list[str], name: str
) -> None:
    somebody = server.add_person("Someone")
    server.change_person(somebody, name=name)
    face, before = found(server, photos[0]), server.dump()
    assert desk.apply(AssignFace(face, somebody)).status == "refused"
    assert server.dump() == before


@pytest.mark.parametrize("since", ["named", "cleared"])
def test_a_face_that_the_user_moved_in_between_stays_and_nobody_is_renamed(
    server: FakePhotoPrism, desk: Desk, photos: list[str], since: str
) -> None:
    ana, ben = server.add_person("Ana"), server.add_person("Ben")
    for photo, person in zip(photos[1:], (ana, ben), strict=True):
        server.add_face(photo, BOX, person)
    face = found(server, photos[0], ana if since == "cleared" else "")
    server.give(face.partition("#")[2], ben if since == "named" else None)
    before = server.dump()
    was = ana if since == "cleared" else None
    outcome = desk.apply(AssignFace(face, ana, was=was) if not was else AssignFace(face, ben, was=was))
    assert (outcome.status, "the user or PhotoPrism has" in outcome.reason) == ("refused", True)
    assert server.dump() == before


def test_a_move_that_was_killed_in_between_is_finished(
    server: FakePhotoPrism, desk: Desk, photos: list[str], tmp_path: Path
) -> None:
    ana, ben = server.add_person("Ana"), server.add_person("Ben")
    server.add_face(photos[1], BOX, ana)
    face = found(server, photos[0], ben)
    move = AssignFace(face, ana, was=ben, asked=True)
    token = server.token

    def cut(method: str, path: str, number: int) -> None:
        if method == "PUT" and "/markers/" in path:
            server.expire(token)

    server.before_request = cut
    with pytest.raises(GalleryRefused):
        desk.apply(move)
    server.before_request = None
    assert sorted(holders(server)) == ["", "Ana"]
    server.token = server.add_token()
    again = Desk(server, tmp_path)
    assert again.apply(move).status == "done"
    assert (sorted(holders(server)), names(server)) == (["Ana", "Ana"], ["Ana"])
    assert Person(ben, "Ben") in again.people(), "we took the last face, so an undo can give it back"
    assert again.apply(move.inverse()).status == "done"
    assert sorted(holders(server)) == ["Ana", "Ben"]


def test_faces_of_a_cluster_come_along_and_are_told(server: FakePhotoPrism, desk: Desk, photos: list[str]) -> None:
    cluster = server.add_cluster()
    faces = [found(server, photo, face=cluster) for photo in photos]
    beside = server.add_face(photos[0], BESIDE)
    desk.apply(CreatePerson("p-1", "Ana"))
    outcome = desk.apply(AssignFace(faces[0], "p-1"))
    assert outcome.along == tuple(sorted(faces[1:]))
    assert holders(server) == ["Ana", "Ana", "Ana", ""]
    assert server.marker(beside).subject == ""
    assert desk.apply(AssignFace(faces[1], "p-1")).status == "already"
    for face in faces:
        assert desk.apply(UnassignFace(face, "p-1")).status == "done"
    assert (holders(server), names(server)) == ([""] * 4, [])


def test_a_face_of_no_cluster_begins_one_that_takes_alike_ones_along_but_not_what_the_user_took_off(
    server: FakePhotoPrism, desk: Desk, photos: list[str]
) -> None:
    faces = [found(server, photo, looks="ana") for photo in photos]
    server.give(faces[2].partition("#")[2], None)
    list_all(desk, photos)
    desk.apply(CreatePerson("p-1", "Ana"))
    outcome = desk.apply(AssignFace(faces[0], "p-1"))
    assert outcome.along == (faces[1],)
    assert holders(server) == ["Ana", "Ana", ""]


def list_all(desk: Desk, photos: list[str]) -> None:
    """Let the faces of all photos be known, as after a sweep."""
    from plugins.galleries.photoprism.known import KnownPhoto

    known = desk.reader._known
    known.keep_photos((KnownPhoto(photo, faces=1) for photo in photos), known.begin_sweep())
    for photo in photos:
        desk.markers.now(photo)


def test_a_cluster_of_somebody_elses_is_left_alone(server: FakePhotoPrism, desk: Desk, photos: list[str]) -> None:
    ben = server.add_person("Ben")
    cluster = server.add_cluster(ben)
    server.add_face(photos[1], BOX, ben, face=cluster)
    face = found(server, photos[0], face=cluster)
    desk.apply(CreatePerson("p-1", "Ana"))
    before = server.dump()
    outcome = desk.apply(AssignFace(face, "p-1"))
    assert (outcome.status, "'Ben'" in outcome.reason) == ("refused", True)
    assert server.dump() == before


def test_a_face_that_only_we_found_is_drawn_and_taken_back(
    server: FakePhotoPrism, desk: Desk, photos: list[str]
) -> None:
    place = drawn_face(photos[0], PLACE)
    desk.apply(CreatePerson("p-1", "Ana"))
    assert desk.apply(AssignFace(place, "p-1")).status == "done"
    (marker,) = server.state.markers.values()
    assert tuple(round(part, 6) for part in (marker.x, marker.y, marker.w, marker.h)) == BOX
    assert (marker.src, holders(server)) == ("manual", ["Ana"])
    near = drawn_face(photos[0], (0.11, 0.1, 0.3, 0.39))
    assert desk.apply(AssignFace(near, "p-1")).status == "already"
    assert desk.apply(UnassignFace(place, "p-1")).status == "done"
    assert (marker.invalid, holders(server)) == (True, [])
    assert desk.apply(AssignFace(place, "p-1")).status == "done"
    assert (holders(server), len(server.state.markers)) == (["Ana"], 1)


def test_a_face_is_not_drawn_where_the_user_said_that_there_is_none(
    server: FakePhotoPrism, desk: Desk, photos: list[str]
) -> None:
    server.reject(server.add_face(photos[0], BOX))
    desk.apply(CreatePerson("p-1", "Ana"))
    before = server.dump()
    outcome = desk.apply(AssignFace(drawn_face(photos[0], PLACE), "p-1"))
    assert (outcome.status, "there is no face" in outcome.reason) == ("refused", True)
    assert server.dump() == before


def test_a_person_whom_the_user_renamed_is_theirs(server: FakePhotoPrism, desk: Desk, photos: list[str]) -> None:
    face = found(server, photos[0])
    desk.apply(CreatePerson("p-1", "Ana"))
    made = desk.apply(AssignFace(face, "p-1")).gallery_id
    server.rename_person(made, "Anna")
    assert desk.people() == [Person(made, "Anna")]
    for change in (NamePerson("p-1", "Bea", was="Ana"), NamePerson(made, "Bea"), RemovePerson("p-1", "Ana")):
        assert desk.apply(change).status == "refused", change
    desk.apply(UnassignFace(face, "p-1"))
    assert "'Anna'" in desk.apply(RemovePerson("p-1", "Ana")).reason
    assert names(server) == []


def test_the_last_face_of_the_users_own_person_can_be_given_back(
    server: FakePhotoPrism, desk: Desk, photos: list[str]
) -> None:
    ben = server.add_person("Ben")
    face = found(server, photos[0], ben)
    desk.apply(CreatePerson("p-1", "Ana"))
    move = AssignFace(face, "p-1", was=ben, asked=True)
    assert desk.apply(move).status == "done"
    assert names(server) == ["Ana"]
    assert desk.apply(move.inverse()).status == "done"
    assert (holders(server), names(server)) == (["Ben"], ["Ben"])
    assert desk.ours.read().keys() == {"p-1"}


def test_who_is_hidden_excluded_or_private_is_told_to_be_hidden(server: FakePhotoPrism, desk: Desk) -> None:
    for name in ("hidden", "excluded", "private", "favorite"):
        server.add_person(name.title(), **{name: True})
    assert {person.name: person.hidden for person in desk.people()} == {
        "Hidden": True,
        "Excluded": True,
        "Private": True,
        "Favorite": False,
    }


def test_what_is_gone(server: FakePhotoPrism, desk: Desk, photos: list[str]) -> None:
    ana = server.add_person("Ana")
    face, before = found(server, photos[0]), server.dump()
    for change in (
        AssignFace(face, "p-unknown"),
        AssignFace(face, "jzzzzzzzzzzzzzzz"),
        AssignFace(f"{photos[0]}#mzzzzzzzzzzzzzzz", ana),
        AssignFace(f"{NOWHERE}#mzzzzzzzzzzzzzzz", ana),
        AssignFace("face-1", ana),
        UnassignFace(f"{photos[0]}#mzzzzzzzzzzzzzzz", ana),
        UnassignFace(face, "p-unknown"),
        RemovePerson("p-unknown"),
        NamePerson("p-unknown", "Bea"),
    ):
        assert desk.apply(change).status == "gone", change
    assert server.dump() == before


def test_who_is_busy_is_asked_again(server: FakePhotoPrism, desk: Desk, photos: list[str]) -> None:
    face = found(server, photos[0])
    desk.apply(CreatePerson("p-1", "Ana"))
    server.busy_people(2)
    assert desk.apply(AssignFace(face, "p-1")).status == "done"
    assert holders(server) == ["Ana"]


def test_where_people_may_not_be_changed_one_request_says_so_and_nothing_is_decided_by_that(
    server: FakePhotoPrism, desk: Desk, photos: list[str]
) -> None:
    faces = [found(server, photo) for photo in photos]
    desk.apply(CreatePerson("p-1", "Ana"))
    server.wakeup_interval_s = 7_200.0
    assert {desk.apply(AssignFace(face, "p-1")).status for face in faces} == {"gone"}
    assert writes(server).count("PUT /markers/…") == 1


@pytest.mark.parametrize("text", ["{", "[]", '{"p-1": 1}', '{"p-1": {"id": "../../x"}}'])
def test_a_broken_file_of_people_is_named(desk: Desk, tmp_path: Path, text: str) -> None:
    (tmp_path / "people.json").write_text(text)
    with pytest.raises(GalleryRefused, match=r"people\.json"):
        desk.apply(CreatePerson("p-1", "Ana"))


def before_naming(server: FakePhotoPrism, act: Callable[[], object]) -> None:
    """Let something happen once, just before a face is named."""

    def watch(method: str, path: str, _: int) -> None:
        if method == "PUT" and "/markers/" in path:
            server.before_request = None
            act()

    server.before_request = watch


def test_somebody_renamed_while_a_cluster_is_named_is_not_made_twice(
    server: FakePhotoPrism, desk: Desk, photos: list[str]
) -> None:
    """The name that we send is nobody's by then: whom PhotoPrism makes of it gets no face, in the cluster neither."""
    ana = server.add_person("Ana")
    server.add_face(photos[0], BESIDE, ana)
    cluster = server.add_cluster()
    faces = [found(server, photo, face=cluster) for photo in photos]
    before_naming(server, lambda: server.rename_person(ana, "Anna"))
    outcome = desk.apply(AssignFace(faces[0], ana))
    assert (outcome.status, "taken off again" in outcome.reason) == ("refused", True)
    assert (holders(server), names(server)) == (["Anna", "", "", ""], ["Anna"])
