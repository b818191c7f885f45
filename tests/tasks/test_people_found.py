"""People found over several runs: who joins whom, what is asked, how answers hold, and how few new faces are put in."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from fakes.portraits import Portraits, box, face, install

from plugins.drawn import drawn_face
from plugins.publishing.ledger import LedgerFace
from plugins.publishing.wanted_people import Move
from tasks.context import opened
from tasks.seen import wanted_people_of

ANNA, BEN, CARL, DORA = range(4)
STRANGERS = range(8, 24)


@pytest.fixture
def rng() -> np.random.Generator:
    return np.random.default_rng(7)


@pytest.fixture
def portraits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Portraits:
    return install(tmp_path, monkeypatch)


def crowd(portraits: Portraits, rng: np.random.Generator, **counts: int) -> dict[str, list[tuple[str, int]]]:
    """Take portraits of one person each, and of 16 strangers; return where each person's faces are."""
    numbers = {"anna": ANNA, "ben": BEN, "carl": CARL}
    taken = {
        who: [(photo, 0) for photo in portraits.add(*([face(numbers[who], rng)] for _ in range(n)))]
        for who, n in counts.items()
    }
    portraits.add(*([face(stranger, rng)] for stranger in STRANGERS))
    return taken


def test_people_whom_nobody_named_keep_their_keys(portraits, rng):
    faces = crowd(portraits, rng, anna=5, ben=3)
    assert portraits.run()["unnamed"] == 2
    first = portraits.people()
    assert set(first) == {*faces["anna"], *faces["ben"]}  # a stranger alone is nobody
    (portraits.folder / faces["anna"][0][0]).unlink()
    del portraits.photos[faces["anna"][0][0]]
    portraits.add(*([face(BEN, rng)] for _ in range(6)), *([face(CARL, rng)] for _ in range(3)))
    portraits.run()
    second = portraits.people()
    assert {second[place] for place in faces["anna"][1:]} == {first[faces["anna"][0]]}
    assert {second[place] for place in faces["ben"]} == {first[faces["ben"][0]]}
    assert faces["anna"][0] not in second
    assert len(set(second.values())) == 3
    assert set(portraits.known()) == set(second.values())


def test_a_face_joins_a_named_person_only_if_that_is_sure(portraits, rng):
    faces = crowd(portraits, rng, anna=10, ben=6)
    between = np.array([0.75, *[0] * 7, 0.66, *[0] * 15], dtype=np.float32)
    (unsure,) = portraits.add([face(0, rng, 0.02, at=between)])
    portraits.name(anna=("Anna", faces["anna"][:5]))
    figures = portraits.run()
    found = portraits.people()
    assert [found[place] for place in faces["anna"]] == ["Anna"] * 10
    assert (unsure, 0) not in found
    assert (figures["named_by_user"], figures["named"]) == (5, 10)
    labels = portraits.labels()
    assert [labels[place].origin for place in faces["anna"]] == ["user"] * 5 + ["ours"] * 5
    assert all(labels[place].strength >= 0.99 for place in faces["anna"][5:])


def test_two_names_are_two_people_however_alike_they_look(portraits, rng):
    faces = crowd(portraits, rng, anna=8)["anna"]
    portraits.name(anna=("Anna", faces[:4]), ben=("Ben", faces[4:]))
    portraits.run()
    found = portraits.people()
    assert [found[place] for place in faces] == ["Anna"] * 4 + ["Ben"] * 4
    assert portraits.asked("merge") == []


def likely(portraits: Portraits, rng: np.random.Generator, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """Let one face be likely Anna's, but too unsure to join by itself; return where it is."""
    monkeypatch.setenv("ALBUMEN_PEOPLE__PRECISION", "1")
    faces = crowd(portraits, rng, anna=6)["anna"]
    portraits.name(anna=("Anna", faces[:5]))
    portraits.run()
    return faces[5]


@pytest.mark.parametrize(
    ("verdict", "whose"), [pytest.param("accepted", "Anna", id="yes"), pytest.param("rejected", None, id="no")]
)
def test_whether_this_is_anna_is_asked_once(portraits, rng, monkeypatch, verdict, whose):
    place = likely(portraits, rng, monkeypatch)
    assert place not in portraits.people()
    (asked,) = portraits.asked("person")
    assert (asked.value, asked.score >= 0.8) == ("anna", True)
    assert [(shown.index, shown.box) for shown in asked.evidence.faces] == [(0, pytest.approx(box(0)))]
    assert len(asked.evidence.beside) == 5
    assert asked.evidence.similarity > 0.8
    portraits.answer(asked, verdict)
    monkeypatch.delenv("ALBUMEN_PEOPLE__PRECISION")
    for _ in range(2):
        portraits.run()
        assert portraits.people().get(place) == whose
        assert portraits.asked("person") == []


def two_of_one(portraits: Portraits, rng: np.random.Generator) -> dict[str, list[tuple[str, int]]]:
    """Let the gallery hold Anna as two people, the second without a name, and Ben."""
    faces = crowd(portraits, rng, anna=8, ben=4)
    portraits.name(anna=("Anna", faces["anna"][:4]), more=("", faces["anna"][4:]), ben=("", faces["ben"]))
    portraits.run()
    return faces


def test_a_merge_is_asked_and_made_when_accepted(portraits, rng):
    faces = two_of_one(portraits, rng)["anna"]
    (asked,) = portraits.asked("merge")
    assert (asked.subject, asked.value, asked.evidence.same_photo) == ("anna", "more", 0)
    assert (len(asked.evidence.faces), len(asked.evidence.beside)) == (4, 4)
    assert [label.person for label in map(portraits.labels().get, faces)] == ["anna"] * 4 + ["more"] * 4
    with opened(portraits.library) as here:
        assert wanted_people_of(here).moves == ()
    portraits.answer(asked, "accepted")
    portraits.run()
    assert [portraits.labels()[place].person for place in faces] == ["anna"] * 8
    assert "more" not in portraits.known()
    with opened(portraits.library) as here:
        moves = wanted_people_of(here).moves
    assert set(moves) == {Move(drawn_face(photo, box(n)), "anna", "more") for photo, n in faces[4:]}


def test_a_rejected_merge_keeps_them_apart_for_ever(portraits, rng):
    faces = two_of_one(portraits, rng)["anna"]
    portraits.answer(portraits.asked("merge")[0], "rejected")
    portraits.add([face(ANNA, rng)])
    for _ in range(2):
        portraits.run()
        assert portraits.asked("merge") == []
    assert [portraits.labels()[place].person for place in faces] == ["anna"] * 4 + ["more"] * 4


@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_faces_of_somebody_else_are_asked_to_be_split_off(portraits, rng, verdict):
    faces = crowd(portraits, rng, anna=6, ben=4)
    portraits.name(both=("", [*faces["anna"], *faces["ben"]]))
    portraits.run()
    (asked,) = portraits.asked("split")
    assert (asked.subject, len(asked.evidence.faces)) == ("both", 4)
    portraits.answer(asked, verdict)
    portraits.run()
    found = portraits.labels()
    parted = asked.value if verdict == "accepted" else "both"
    assert {found[place].person for place in faces["ben"]} == {parted}
    assert {found[place].person for place in faces["anna"]} == {"both"}
    assert portraits.asked("split") == []
    with opened(portraits.library) as here:
        assert {move.person for move in wanted_people_of(here).moves} == ({parted} if verdict == "accepted" else set())


@pytest.mark.parametrize("verdict", ["accepted", "rejected"])
def test_a_face_that_is_hardly_hers_is_doubted(portraits, rng, verdict):
    faces = crowd(portraits, rng, anna=8)
    (other,) = portraits.add([face(DORA, rng)])
    portraits.name(anna=("Anna", [*faces["anna"], (other, 0)]))
    portraits.run()
    assert portraits.people()[other, 0] == "Anna"
    (asked,) = portraits.asked("doubt")
    assert (asked.subject, len(asked.evidence.faces)) == ("anna", 1)
    portraits.answer(asked, verdict)
    portraits.run()
    assert portraits.people().get((other, 0)) == ("Anna" if verdict == "rejected" else None)
    assert portraits.asked("doubt") == []
    with opened(portraits.library) as here:
        moves = wanted_people_of(here).moves
    assert moves == ((Move(drawn_face(other, box(0)), "", "anna"),) if verdict == "accepted" else ())


def test_a_name_given_here_is_the_users_word_for_those_faces(portraits, rng):
    faces = crowd(portraits, rng, anna=4)["anna"]
    portraits.run()
    key = portraits.labels()[faces[0]].person
    with opened(portraits.library) as here:
        here.store.suggestions.name_person(here.name, key, "Anna")
    portraits.add([face(ANNA, rng)])
    portraits.run()
    found = portraits.labels()
    assert {found[place].person for place in faces} == {key}
    assert [found[place].origin for place in faces] == ["user"] * 4
    assert portraits.known()[key].name == "Anna"
    with opened(portraits.library) as here:
        (wanted,), names = wanted_people_of(here).people, wanted_people_of(here).names
    assert (wanted.key, wanted.name) == (key, "Anna")
    assert names == {key: "Anna"}
    assert {drawn_face(photo, box(n)) for photo, n in faces} <= set(wanted.faces)


def test_a_few_new_faces_are_only_put_to_the_groups(portraits, rng):
    faces = crowd(portraits, rng, anna=60, ben=34)
    portraits.name(anna=("Anna", faces["anna"][:20]))
    assert portraits.run()["regrouped"] is True
    before = portraits.labels()
    new = portraits.add([face(ANNA, rng)], [face(BEN, rng)])
    figures = portraits.run()
    assert (figures["new"], figures["regrouped"]) == (2, False)
    after = portraits.labels()
    assert {place: after[place].person for place in before} == {place: made.person for place, made in before.items()}
    assert after[new[0], 0].person == "anna"
    assert after[new[1], 0].person == before[faces["ben"][0]].person
    portraits.name(anna=("Anna", faces["anna"][:21]))
    assert portraits.run()["regrouped"] is True  # the user has said more
    portraits.add(*([face(DORA, rng)] for _ in range(4)))
    assert portraits.run()["regrouped"] is True  # more than two in a hundred are new
    portraits.add([face(DORA, rng)], [face(DORA, rng)])
    assert portraits.run()["regrouped"] is False


def test_new_faces_of_nobody_become_somebody_with_old_ones(portraits, rng):
    crowd(portraits, rng, anna=100)
    old = portraits.add([face(DORA, rng)], [face(DORA, rng)])
    portraits.run()
    assert not {(photo, 0) for photo in old} & portraits.labels().keys()
    (new,) = portraits.add([face(DORA, rng)])
    assert portraits.run()["regrouped"] is False
    found = portraits.labels()
    assert len({found[photo, 0].person for photo in (*old, new)}) == 1


def test_faces_of_another_version_are_not_looked_at(portraits, rng):
    crowd(portraits, rng, anna=4)
    portraits.photos = dict.fromkeys(portraits.photos, (face(BEN, rng),))
    portraits.look(version="2")
    figures = portraits.run()
    assert (figures["faces"], figures["unnamed"]) == (20, 1)


@pytest.mark.parametrize(
    "photos",
    [
        pytest.param(0, id="no photo"),
        pytest.param(1, id="one face"),
        pytest.param(2, id="two faces"),
        pytest.param(30, id="thirty times the same face"),
    ],
)
def test_few_faces_and_one_face(portraits, photos):
    portraits.add(*([np.eye(24, dtype=np.float32)[0]] for _ in range(photos)))
    figures = portraits.run()
    assert (figures["faces"], figures["unnamed"], figures["dropped"]) == (photos, int(photos > 2), 0)


def test_what_the_user_took_off_somebody_is_not_given_back(portraits, rng):
    faces = crowd(portraits, rng, anna=8)["anna"]
    portraits.name(anna=("Anna", faces[:5]))
    portraits.run()
    taken_off = faces[7]
    assert portraits.people()[taken_off] == "Anna"
    with opened(portraits.library) as here:
        face_id = drawn_face(taken_off[0], box(0))
        here.store.ledger.save_faces(here.name, {(face_id, "anna"): LedgerFace("removed", box(0))})
    portraits.run()
    assert taken_off not in portraits.people()


def test_the_methods_of_the_settings_find_them_too(portraits, rng, monkeypatch):
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    for name in ("METHOD", "PURIFY"):
        monkeypatch.delenv(f"ALBUMEN_PEOPLE__{name}")
    faces = crowd(portraits, rng, anna=12, ben=8)
    portraits.name(anna=("Anna", faces["anna"][:6]))
    figures = portraits.run()
    found = portraits.people()
    asked = [shown.content_key for one in portraits.asked("person") for shown in one.evidence.faces]
    joined = [place for place in faces["anna"] if found.get(place) == "Anna"]
    assert len(joined) + len(asked) == 12
    assert len(joined) >= 10
    assert len({found[place] for place in faces["ben"]}) == 1
    assert (figures["unnamed"], figures["dropped"]) == (1, 0)
