"""What the user says of people unasked: it is obeyed by the next run, by the ones after it, and by the plan."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes.portraits import Portraits, box, face, install

from app.answers.people import Crowd, call, crowd_of, deny, give, merge
from plugins.changes import AssignFace, Change, CreatePerson, UnassignFace
from plugins.drawn import drawn_face
from plugins.publishing.session import Publishing
from plugins.store.people_pages import Face
from tasks.context import Opened, opened
from tasks.publish import wanted_of

ANNA, BEN = range(2)
STRANGERS = range(8, 24)
Place = tuple[str, int]


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def portraits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portraits:
    made = install(tmp_path, monkeypatch)
    with opened(made.library) as here:
        here.store.models.choose(here.name, "faces", "squares", "1")
    return made


def crowd(portraits: Portraits, rng: np.random.Generator, anna: int = 8, ben: int = 4) -> dict[str, list[Place]]:
    """Take portraits of one person each, and of strangers; return where Anna's and Ben's faces are."""
    taken = {
        who: [(photo, 0) for photo in portraits.add(*([face(number, rng)] for _ in range(n)))]
        for who, number, n in (("anna", ANNA, anna), ("ben", BEN, ben))
    }
    portraits.add(*([face(stranger, rng)] for stranger in STRANGERS))
    return taken


def face_at(here: Opened, place: Place) -> Face:
    keys = {photo.name: photo.content_key for photo in here.store.photos.all(here.name)}
    return keys[place[0]], place[1]


def applied(portraits: Portraits) -> list[Change]:
    """Plan by the answers in the store and write it to the folder; return the changes to people."""
    with opened(portraits.library) as here:
        publishing, run = Publishing(here.store, here.name, here.gallery), here.store.runs.start(here.name, "curate")
        publishing.plan(run, wanted_of(here))
        publishing.apply(run)
        here.store.runs.finish(run, "done", {})
        entries = here.store.journal.of_run(here.name, run)
    assert [entry.outcome.reason for entry in entries if entry.outcome and entry.outcome.status != "done"] == []
    return [entry.change for entry in entries if isinstance(entry.change, AssignFace | UnassignFace | CreatePerson)]


def known_by(how: str, portraits: Portraits, faces: list[Place]) -> str:
    """Let Anna be known in some way, and her faces be found; return her id."""
    if "here" not in how:
        portraits.name(anna=("Anna", faces if how == "the gallery holds all her faces" else faces[:5]))
    portraits.run()
    if how == "named here":
        with opened(portraits.library) as here:
            id_ = portraits.labels()[faces[0]].person
            call(crowd_of(here.store, here.name), id_, "Anna")
        portraits.run()
    return portraits.labels()[faces[0]].person


WAYS = ("the gallery holds all her faces", "most of them are found", "named here", "not named here")


@pytest.mark.parametrize("how", WAYS)
def test_a_face_that_is_not_hers_is_never_hers_again(portraits, rng, how):
    faces = crowd(portraits, rng, anna=40)["anna"]
    her = known_by(how, portraits, faces)
    wrong = faces[7]
    assert portraits.labels()[wrong].person == her
    applied(portraits)
    with opened(portraits.library) as here:
        deny(crowd_of(here.store, here.name), her, [face_at(here, wrong)])
    assert portraits.run()["regrouped"] is True
    assert wrong not in portraits.labels()
    portraits.add([face(ANNA, rng)])
    assert portraits.run()["regrouped"] is False
    assert wrong not in portraits.labels()
    with opened(portraits.library) as here:
        assert "{}#{}".format(*face_at(here, wrong)) not in {asked.subject for asked in portraits.asked("person")}
    (gone,) = [change for change in applied(portraits) if isinstance(change, UnassignFace)]
    assert gone == UnassignFace(drawn_face(wrong[0], box(0)), her, asked=True)
    for _ in range(2):
        portraits.run()
        assert applied(portraits) == []
    assert {portraits.labels()[place].person for place in faces if place != wrong} == {her}


def test_two_people_are_one_when_the_user_says_so(portraits, rng):
    faces = crowd(portraits, rng)
    portraits.name(anna=("Anna", faces["anna"][:4]), ben=("", faces["ben"]))
    portraits.run()
    with opened(portraits.library) as here:
        merge(crowd_of(here.store, here.name), "Anna", "ben")
    portraits.run()
    assert {portraits.labels()[place].person for place in (*faces["anna"][:4], *faces["ben"])} == {"anna"}
    moved = [change for change in applied(portraits) if isinstance(change, AssignFace) and change.was]
    assert {(change.person, change.was, change.asked) for change in moved} == {("anna", "ben", True)}
    assert len(moved) == 4


def test_two_who_were_called_one_by_mistake_are_two_again(portraits, rng):
    faces = crowd(portraits, rng)
    portraits.name(anna=("Anna", faces["anna"]), ben=("", faces["ben"]))
    portraits.run()
    for verdict in ("accepted", "rejected"):
        with opened(portraits.library) as here:
            merge(crowd_of(here.store, here.name), "anna", "ben", verdict)
    portraits.run()
    assert [portraits.labels()[place].person for place in faces["ben"]] == ["ben"] * 4
    assert portraits.asked("merge") == []


@pytest.mark.parametrize(
    ("name", "whose", "made"),
    [
        pytest.param("Ben", "Ben", 0, id="somebody who is there"),
        pytest.param("Cleo", "Cleo", 1, id="somebody new by a name"),
        pytest.param("", "", 1, id="somebody new without one"),
    ],
)
def test_faces_that_are_somebody_elses(portraits, rng, name, whose, made):
    faces = crowd(portraits, rng)
    portraits.name(anna=("Anna", faces["anna"]), ben=("Ben", faces["ben"]))
    portraits.run()
    wrong = faces["anna"][:3]
    with opened(portraits.library) as here:
        give(crowd_of(here.store, here.name), "anna", [face_at(here, place) for place in wrong], name)
    for _ in range(2):
        portraits.run()
        found = portraits.people()
        assert {found[place] for place in faces["anna"][3:]} == {"Anna"}
        (theirs,) = {found[place] for place in wrong}
        assert theirs == (whose or portraits.labels()[wrong[0]].person) != "Anna"
    changes = applied(portraits)
    assert sum(isinstance(change, CreatePerson) for change in changes) == made
    assert [change.was for change in changes if isinstance(change, AssignFace)] == ["anna"] * 3
    assert applied(portraits) == []


def test_the_last_word_on_a_face_holds(portraits, rng):
    faces = crowd(portraits, rng)
    portraits.name(anna=("Anna", faces["anna"]), ben=("Ben", faces["ben"]))
    portraits.run()
    place = faces["anna"][0]

    def say(person: str, name: str) -> str:
        with opened(portraits.library) as here:
            known: Crowd = crowd_of(here.store, here.name)
            give(known, person, [face_at(here, place)], name) if name else deny(known, person, [face_at(here, place)])
        portraits.run()
        return portraits.people().get(place, "nobody")

    said = [say("anna", "Ben"), say("ben", "Anna"), say("anna", "Ben"), say("ben", "Cleo"), say("Cleo", "")]
    assert said == ["Ben", "Anna", "Ben", "Cleo", "nobody"]
