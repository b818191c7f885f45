"""Names given back: to the face at the same place of the same content, and never over a name that was given since."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from fakes.tiny import photo

from plugins.changes import AssignFace, Change, CreatePerson
from plugins.people.names_file import SavedFace
from plugins.people.restoring import Restoring, restoring
from plugins.records import Box, Person, Photo, Region

BOX: Box = (0.1, 0.2, 0.3, 0.4)
BESIDE: Box = (0.6, 0.2, 0.8, 0.4)
HALF: Box = (0.1, 0.2, 0.3, 0.3)
ANNA = SavedFace("key0", BOX, "Anna", "before.jpg")
LIFE = Person("anna", "Anna")


def face(person: str = "", name: str = "", box: Box | None = BOX, id_: str = "f1", of: str = "p00") -> Region:
    return Region(of, box, name, id_, person)


def given(
    *saved: SavedFace,
    regions: tuple[Region, ...] = (),
    people: tuple[Person, ...] = (),
    photos: tuple[Photo, ...] = (photo(0),),
    draws: bool = False,
    salt: str = "run",
) -> Restoring:
    def of(asked: Iterable[Photo]) -> Iterator[tuple[Photo, tuple[Region, ...]]]:
        for one in asked:
            yield one, tuple(region for region in regions if region.photo == one.id)

    return restoring(saved, photos, of, people, draws=draws, salt=salt)


def words(*changes: Change) -> list[str]:
    """Return changes in short, a person who is made by the name."""
    names = {change.key: change.name for change in changes if isinstance(change, CreatePerson)}
    return [
        f"{c.face} -> {names.get(c.person, c.person)}" + (f" ({'asked, ' * c.asked}was {c.was})" if c.was else "")
        if isinstance(c, AssignFace)
        else f"create {c.name}"  # type: ignore[union-attr]
        for c in changes
    ]


@pytest.mark.parametrize(
    ("region", "people", "changes", "missed"),
    [
        pytest.param(face(), (LIFE,), ["f1 -> anna"], [], id="nobody holds it: it goes to who has the name"),
        pytest.param(face(), (), ["create Anna", "f1 -> Anna"], [], id="nobody has the name any more"),
        pytest.param(
            face("p17"),
            (LIFE, Person("p17")),
            ["f1 -> anna (asked, was p17)"],
            [],
            id="held by an unnamed person",
        ),
        pytest.param(face("anna", "Anna"), (LIFE,), [], [], id="it has its name"),
        pytest.param(
            face("ben", "Ben"), (LIFE, Person("ben", "Ben")), [], ["the face is Ben's by now"], id="renamed since"
        ),
        pytest.param(
            face("ben"),
            (LIFE, Person("ben", "Ben", hidden=True)),
            [],
            ["the face is somebody else's by now"],
            id="the name of a hidden person is not told",
        ),
        pytest.param(face("anna"), (replace(LIFE, hidden=True),), [], [], id="the user has hidden Anna"),
        pytest.param(face(box=BESIDE), (LIFE,), [], ["the gallery shows no face there"], id="a face elsewhere"),
        pytest.param(face(box=HALF), (LIFE,), [], ["the gallery shows no face there"], id="half the box is too little"),
        pytest.param(face(box=(0.1, 0.2, 0.3, 0.31)), (LIFE,), ["f1 -> anna"], [], id="more than half is enough"),
        pytest.param(face(box=None), (LIFE,), [], ["the gallery shows no face there"], id="a face without a place"),
        pytest.param(face(id_=""), (LIFE,), [], ["the gallery has no id for the face"], id="a face without an id"),
    ],
)
def test_one_name(region: Region, people: tuple[Person, ...], changes: list[str], missed: list[str]) -> None:
    found = given(ANNA, regions=(region,), people=people)
    assert words(*found.changes) == changes
    assert [(m.name, m.photo, m.reason) for m in found.missed] == [("Anna", "p00.jpg", reason) for reason in missed]
    assert found.already == (not changes and not missed)
    assert len(found.whose) == (not missed)


def test_of_two_faces_each_gets_its_own_name() -> None:
    near: Box = (0.14, 0.2, 0.34, 0.4)
    saved = (replace(ANNA, box=near), replace(ANNA, name="Ben"))
    found = given(*saved, regions=(face(), face(box=near, id_="f2")))
    assert words(*found.changes) == ["create Anna", "create Ben", "f2 -> Anna", "f1 -> Ben"]


def test_two_names_for_one_face_are_one_too_many() -> None:
    found = given(ANNA, replace(ANNA, name="Ben"), draws=True)
    assert words(*found.changes) == ["create Anna", "p00@0.100000,0.200000,0.300000,0.400000 -> Anna"]
    assert [(m.name, m.reason) for m in found.missed] == [("Ben", "the backup has another name for the same face")]


def test_a_gallery_that_finds_no_faces_takes_the_saved_box() -> None:
    found = given(ANNA, regions=(face(box=BESIDE),), people=(LIFE,), draws=True)
    assert words(*found.changes) == ["p00@0.100000,0.200000,0.300000,0.400000 -> anna"]
    assert [(w.content_key, w.box, w.person) for w in found.whose] == [("key0", BOX, "anna")]


def test_the_same_content_twice_is_named_twice_and_content_that_is_gone_is_told() -> None:
    twice = (photo(0), photo(1, content_key="key0"))
    lost = replace(ANNA, content_key="edited")
    unnamed = replace(lost, photo="")
    found = given(ANNA, lost, unnamed, regions=(face(), face(of="p01", id_="g1")), people=(LIFE,), photos=twice)
    assert words(*found.changes) == ["f1 -> anna", "g1 -> anna"]
    assert [(m.name, m.photo) for m in found.missed] == [("Anna", "before.jpg"), ("Anna", "edited")]


def test_of_two_people_of_one_name_it_is_the_one_with_more_of_these_faces() -> None:
    second = Person("z-anna", "Anna")
    found = given(
        ANNA,
        replace(ANNA, box=BESIDE),
        regions=(face(), face("z-anna", "Anna", BESIDE, "f2")),
        people=(LIFE, second),
    )
    assert words(*found.changes) == ["f1 -> z-anna"]


def test_new_people_have_new_keys_each_time() -> None:
    """A person of the first time may have been deleted by the user; nothing is made under that key again."""
    (first, *_), (again, *_) = (given(ANNA, draws=True, salt=run).changes for run in ("run 1", "run 2"))
    assert isinstance(first, CreatePerson)
    assert isinstance(again, CreatePerson)
    assert first.key != again.key
    assert first.key.startswith("person-")


def test_nothing_saved_is_nothing_done() -> None:
    assert given(regions=(face(),)) == Restoring((), (), 0, ())
