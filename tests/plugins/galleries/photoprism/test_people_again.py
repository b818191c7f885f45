"""Faces that we took off somebody and that come along with another one: ours again, or off at once where they must."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import pytest
from fakes.killing import Killer, in_child
from fakes.photoprism import FakePhotoPrism
from fakes.served import LIBRARY, Done, Served
from fakes.served.photoprism import NEW, PHOTOPRISM, serve, told

from plugins.changes import AssignFace, UnassignFace
from plugins.publishing.session import UNDO_FOR_GOOD
from plugins.publishing.wanted import Wanted
from plugins.publishing.wanted_people import Move, WantedPeople, WantedPerson

KILLS = 10_000 if os.environ.get("ALBUMEN_SOAK") else 6
"""How many runs are killed, at points that are as far from each other."""
BOX = (0.1, 0.1, 0.2, 0.3)
BEN = "person-000000000001"


@dataclass
class Home:
    """A library of faces that look alike, one a photo, and the user's own Ana, one of whose faces they named."""

    server: FakePhotoPrism
    library: Served
    faces: tuple[str, ...]
    ana: str

    def join(self, *faces: str, person: str = "", name: str = "", moves: tuple[Move, ...] = ()) -> Done:
        """Do a run that wants these faces to be somebody's: the user's Ana's if nobody else is named."""
        people = (WantedPerson(person or self.ana, name, faces),) if faces else ()
        done = self.library.run(lambda _: Wanted(people=WantedPeople(people, moves, min_faces=1)))
        assert done.applied.refused == []
        return done

    def anas(self) -> set[str]:
        """Return those of the faces that are Ana's, whoever she is."""
        people = self.server.state.subjects
        holder = {face: self.server.marker(marker_of(face)).subject for face in self.faces}
        return {face for face, person in holder.items() if person and people[person].name == "Ana"}

    def give(self, face: str, person: str | None) -> None:
        self.server.give(marker_of(face), person)

    def look_alike(self, *faces: str) -> None:
        """Let these faces look alike, and the others like nobody."""
        for face in self.faces:
            self.server.marker(marker_of(face)).looks = "ana" if face in faces else ""

    def read_faces(self) -> None:
        """Read all faces, as steps do that look at people."""
        with self.library.opened() as (_, gallery):
            list(gallery.all_regions(gallery.photos()))

    def states(self) -> dict[str, str]:
        """Return what the ledger has of each face with Ana."""
        return {face: state for face, _, state in self.library.memory()["faces"]}

    def written(self, run: str) -> list[object]:
        with self.library.opened() as (store, _):
            entries = store.journal.of_run(LIBRARY, run)
            return [entry.change for entry in entries if entry.outcome and entry.outcome.status == "done"]

    def end(self) -> tuple[Any, Any]:
        return told(self.server), self.library.memory()


def marker_of(face: str) -> str:
    return face.partition("#")[2]


def home_on(server: FakePhotoPrism, place: Path, faces: int) -> Home:
    photos = list(server.state.photos)
    ana = server.add_person("Ana")
    server.add_face(photos[-1], BOX, ana)
    alike = tuple(f"{photo}#{server.add_face(photo, BOX, looks='ana')}" for photo in photos[:faces])
    return Home(server, PHOTOPRISM.library(server, place), alike, ana)


@pytest.fixture(params=["250425", NEW])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    with serve(request.param, 8) as server:
        yield home_on(server, tmp_path, 4)


def requests_of_naming_again(version: str, place: Path, faces: int) -> tuple[int, list[str]]:
    """Name somebody, take that back, and name them again; return how many requests that took, and those that wrote."""
    with serve(version, faces + 1) as server:
        home = home_on(server, place, faces)
        home.library.undo(home.join(*home.faces).run)
        before = len(server.requests)
        home.join(*home.faces)
        assert home.anas() == set(home.faces)
        return len(server.requests) - before, PHOTOPRISM.writes(server, before)


@pytest.mark.parametrize("version", ["250425", NEW])
def test_naming_a_group_again_after_an_undo_takes_as_many_requests_as_it_has_faces(
    version: str, tmp_path: Path
) -> None:
    few, writes = requests_of_naming_again(version, tmp_path / "few", 6)
    many, more_writes = requests_of_naming_again(version, tmp_path / "many", 12)
    assert many <= 2 * few
    assert len(writes) == len(more_writes) == 1, "the others came along"


def test_undone_and_made_again_and_again_it_is_as_it_was(home: Home) -> None:
    before = told(home.server)
    for _ in range(3):
        run = home.join(*home.faces[:3]).run
        assert (home.anas(), home.states()) == (set(home.faces), dict.fromkeys(home.faces, "ours"))
        assert home.library.undo(run).refused == []
        assert (told(home.server), home.states()) == (before, {})


def check_another_face_takes_none_of_these_along(home: Home, person: str, off: dict[str, str]) -> None:
    """Name a face that looks like those that are off; they are taken off at once, also in the journal, and stay so."""
    other = home.faces[2]
    home.look_alike(*home.faces[:3])
    run = home.join(other, person=person).run
    along = sorted(off)
    assert home.anas() == {other}
    assert home.states() == {**off, other: "ours"}
    assert home.written(run)[-5:] == [
        AssignFace(other, person),
        *(AssignFace(face, person) for face in along),
        *(UnassignFace(face, person) for face in along),
    ]
    assert home.join(*home.faces[:3], person=person).plan.changes == ()
    assert home.library.undo(run).refused == []
    assert (home.anas(), home.states()) == (set(), off)


def test_what_was_undone_for_good_stays_off_when_another_face_is_named(home: Home) -> None:
    home.look_alike(*home.faces[:2])
    home.library.undo(home.join(*home.faces[:2]).run, UNDO_FOR_GOOD)
    check_another_face_takes_none_of_these_along(home, home.ana, dict.fromkeys(home.faces[:2], "removed"))


def test_what_was_undone_for_good_stays_off_whom_the_user_calls_so_later(home: Home) -> None:
    """Somebody of ours is deleted with that, and comes back in PhotoPrism when the user names a face so."""
    home.look_alike(*home.faces[:2])
    home.library.undo(home.join(*home.faces[:2], person=BEN, name="Ben").run, UNDO_FOR_GOOD)
    home.server.name_marker(marker_of(home.faces[3]), "Ben")
    ben = home.server.marker(marker_of(home.faces[3])).subject
    home.look_alike(*home.faces[:3])
    home.join(home.faces[2], person=ben)
    assert [home.server.marker(marker_of(face)).subject for face in home.faces] == ["", "", ben, ben]


def test_what_the_user_let_us_take_off_somebody_stays_off_them(home: Home) -> None:
    home.look_alike(*home.faces[:2])
    for face in home.faces[:2]:
        home.give(face, home.ana)
    home.join(moves=tuple(Move(face, "", home.ana) for face in home.faces[:2]))
    check_another_face_takes_none_of_these_along(home, home.ana, dict.fromkeys(home.faces[:2], "left"))


def test_what_the_user_took_off_since_the_undo_is_left_off(home: Home) -> None:
    first, second, *_ = home.faces
    home.library.undo(home.join(*home.faces).run)
    home.give(first, home.ana)
    home.join()
    home.read_faces()
    home.give(first, None)
    home.join(second)
    assert (home.anas(), first in home.states()) == (set(home.faces) - {first}, False)


def test_what_the_user_had_taken_off_before_we_gave_it_to_another_is_left_off(home: Home) -> None:
    first, second, *_ = home.faces
    home.give(first, home.ana)
    home.give(first, None)
    home.look_alike(first)
    home.library.undo(home.join(first, person=BEN, name="Ben").run)
    home.look_alike(*home.faces)
    home.join(second)
    assert home.anas() == set(home.faces) - {first}


def test_without_the_notes_what_we_took_off_is_taken_for_the_users_doing(home: Home) -> None:
    home.library.undo(home.join(*home.faces).run)
    for file in (home.library.data / "notes").rglob("known.db*"):
        file.unlink()
    home.read_faces()
    home.join(*home.faces[:2])
    assert (home.anas(), home.states()) == (set(home.faces[:2]), dict.fromkeys(home.faces[:2], "ours"))


@contextmanager
def undone(version: str, place: Path) -> Iterator[Home]:
    """Lend a home where one face was Ana's and is not for good, and three were and may be again."""
    with serve(version, 5) as server:
        home = home_on(server, place, 4)
        home.look_alike(home.faces[0])
        home.library.undo(home.join(home.faces[0]).run, UNDO_FOR_GOOD)
        home.look_alike(*home.faces[1:])
        home.library.undo(home.join(*home.faces[1:3]).run)
        home.look_alike(*home.faces)
        yield home


@pytest.mark.parametrize("version", ["250425", NEW])
def test_killed_while_faces_come_along_again_the_end_is_the_same(version: str, tmp_path: Path) -> None:
    def named(home: Home, killer: Killer) -> int:
        killer.watch()
        httpx.Client.send = killer.around(httpx.Client.send)  # type: ignore[method-assign]
        home.join(*home.faces[1:3])
        return killer.seen

    with undone(version, tmp_path / "undisturbed") as home:
        status, points = in_child(lambda: named(home, Killer(0)))
        assert (status, points > 20) == (0, True)
        assert home.anas() == set(home.faces[1:])
        end = home.end()
    for point in range(1, points + 1, -(-points // KILLS)):
        with undone(version, tmp_path / f"{point}") as home:
            assert in_child(lambda home=home, point=point: named(home, Killer(point)))[0] == -signal.SIGKILL, point
            home.join(*home.faces[1:3])
            assert home.end() == end, point


@pytest.mark.parametrize("version", ["250425", NEW])
def test_killed_just_after_a_naming_what_the_user_had_taken_off_is_left_off(version: str, tmp_path: Path) -> None:
    """The naming has drawn it in; that it was nobody's before is known by the notes alone."""
    first, second = 0, 1

    def named(home: Home) -> None:
        send = httpx.Client.send

        def last(client: httpx.Client, request: httpx.Request, **more: Any) -> httpx.Response:
            answer = send(client, request, **more)
            if request.method == "PUT":
                os.kill(os.getpid(), signal.SIGKILL)
            return answer

        httpx.Client.send = last  # type: ignore[method-assign]
        home.join(home.faces[second])

    with serve(version, 8) as server:
        home = home_on(server, tmp_path, 4)
        home.look_alike(home.faces[first])
        home.give(home.faces[first], home.ana)
        home.give(home.faces[first], None)
        home.look_alike(*home.faces)
        home.join()
        home.read_faces()
        assert in_child(lambda: named(home))[0] == -signal.SIGKILL
        assert home.faces[first] in home.anas()
        home.join(home.faces[second])
        home.join(*home.faces[second:])
        assert home.anas() == set(home.faces) - {home.faces[first]}
