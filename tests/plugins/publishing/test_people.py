"""People and faces: what we add, what the user does about it, and that theirs stays."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeAlias

import pytest
from fakes.playing import Library
from fakes.tiny import TinyGallery

from plugins.changes import AssignFace, Change, CreatePerson, NamePerson, Outcome, RemovePerson, UnassignFace
from plugins.drawn import drawn_face
from plugins.galleries import Capabilities
from plugins.publishing.apply import Entry
from plugins.publishing.plan import GuardStopped, check_guard
from plugins.publishing.wanted_people import Move, WantedPeople, WantedPerson
from plugins.records import Person

NEW = "person-1"
ANNA, OURS, BEN = "id1", "id2", "id3"
"""Anna is the user's; ours is made by the first run; Ben by the user, later."""
FACES = tuple(f"p0{n}#0" for n in range(4))
ANNAS = ("p04#0", "p05#0")


def wanted(*faces: str, anna: tuple[str, ...] = (), moves: tuple[Move, ...] = ()) -> WantedPeople:
    """Want somebody new of some faces, and others for Anna."""
    people = ((NEW, faces), (ANNA, anna))
    return WantedPeople(tuple(WantedPerson(key, "", given) for key, given in people if given), moves)


WANTED = wanted(*FACES[:3], anna=FACES[3:])


@pytest.fixture
def library() -> Library:
    """Four photos with a face that is nobody's, two with faces of Anna's."""
    made = Library()
    for n in range(4):
        made.gallery.add_face(f"p0{n}")
    anna = made.gallery.add_person("Anna")
    for n in (4, 5):
        made.gallery.add_face(f"p0{n}", person=anna)
    return made


@pytest.fixture
def curated(library: Library) -> Library:
    library.run(people=WANTED)
    assert library.gallery.faces_of(OURS) == list(FACES[:3])
    assert library.gallery.add_person("Ben") == BEN
    return library


def test_somebody_new_and_a_face_for_anna(library: Library) -> None:
    plan = library.run(people=WANTED)
    gives = [AssignFace(face, NEW) for face in FACES[:3]]
    assert plan.changes == (CreatePerson(NEW), *gives, AssignFace(FACES[3], ANNA))
    assert library.gallery.faces_of(OURS) == list(FACES[:3])
    assert library.gallery.faces_of(ANNA) == ["p03#0", *ANNAS]
    assert library.run(people=WANTED).changes == ()
    assert library.edits() == []


def test_no_opinion_and_no_faces_write_nothing(curated: Library) -> None:
    assert curated.run(people=None).changes == ()
    assert curated.run(people=WantedPeople()).changes == ()
    assert curated.gallery.faces_of(OURS) == list(FACES[:3])


def test_a_gallery_without_people_is_not_asked_about_them(library: Library) -> None:
    library.gallery.capabilities = Capabilities(people=False)
    assert library.run(people=WANTED).changes == ()


@pytest.mark.parametrize(
    ("people", "changes"),
    [
        pytest.param(wanted(*FACES[:2]), (), id="two faces make nobody"),
        pytest.param(wanted(*ANNAS, FACES[0]), (), id="of three, two are Anna's"),
        pytest.param(wanted(*FACES[:2], "p09#7"), (), id="of three, one is not there"),
        pytest.param(WantedPeople((WantedPerson("gone", "", FACES),)), (), id="somebody who is not there"),
        pytest.param(wanted(anna=("p04#0", "nowhere#0")), (), id="hers already, and no face at all"),
    ],
)
def test_what_is_not_planned(library: Library, people: WantedPeople, changes: tuple[object, ...]) -> None:
    assert library.run(people=people).changes == changes


def test_faces_that_only_we_found_are_drawn_once(library: Library) -> None:
    drawn = tuple(drawn_face(f"p0{n}", (0.5, 0.5, 0.75, 0.75)) for n in range(6, 9))
    assert len(library.run(people=wanted(*drawn, drawn_face("gone", (0.5, 0.5, 0.75, 0.75)))).changes) == 4
    assert library.run(people=wanted(*drawn)).changes == ()
    library.gallery.regions = {  # as a server does: the drawn face gets an id of its own, and a box in whole pixels
        f"{r.photo}#drawn": replace(r, id=f"{r.photo}#drawn", box=(0.501, 0.5, 0.75, 0.75))
        for r in library.gallery.regions.values()
        if r.id in drawn
    }
    assert library.run(people=wanted(*drawn)).changes == ()
    assert library.edits() == []


EDITS = [
    pytest.param(
        lambda g: g.call(OURS, "Cleo"),
        [("named", "Cleo", ())],
        lambda g: (g.persons[OURS].name, g.faces_of(OURS)),
        id="named: theirs",
    ),
    pytest.param(
        lambda g: g.persons.update({OURS: replace(g.persons[OURS], hidden=True)}),
        [("hid", "", ())],
        lambda g: g.persons[OURS].hidden,
        id="hidden: theirs",
    ),
    pytest.param(
        lambda g: g.hand(FACES[0], BEN),
        [("moved faces", "", ("p00",))],
        lambda g: g.regions[FACES[0]].person,
        id="moved to Ben: stays his",
    ),
    pytest.param(
        lambda g: g.hand(FACES[0], ""),
        [("took faces off", "", ("p00",))],
        lambda g: g.regions[FACES[0]].person,
        id="taken off: never given back",
    ),
    pytest.param(
        lambda g: g.hand(FACES[3], ""),
        [("took faces off", "Anna", ("p03",))],
        lambda g: g.regions[FACES[3]].person,
        id="taken off Anna: never given back",
    ),
    pytest.param(
        lambda g: g.delete_person(OURS),
        [("deleted the person", "", ())],
        lambda g: (OURS in g.persons, sorted(p.name for p in g.people())),
        id="deleted: not made again",
    ),
    pytest.param(
        lambda g: g.merge(OURS, ANNA),
        [("deleted the person", "", ())],
        lambda g: g.faces_of(ANNA),
        id="merged into Anna: all hers",
    ),
    pytest.param(
        lambda g: [g.hand(face, BEN) for face in FACES[:3]],
        [("moved faces", "", ("p00", "p01", "p02"))],
        lambda g: (g.faces_of(BEN), g.faces_of(OURS)),
        id="merged by moving all faces",
    ),
]
Edit: TypeAlias = Callable[[TinyGallery], object]


@pytest.mark.parametrize(("edit", "seen", "part"), EDITS)
def test_an_edit_is_kept_and_told_once(curated: Library, edit: Edit, seen: list[object], part: Edit) -> None:
    was = part(curated.gallery)
    edit(curated.gallery)
    theirs = part(curated.gallery)
    assert theirs != was
    assert curated.run(people=WANTED).changes == ()
    assert curated.edits() == seen
    assert curated.run(people=wanted(*FACES[:3], "p09#0", anna=FACES[3:])).changes == ()
    assert curated.edits() == [], "an edit that we know is no news"
    assert part(curated.gallery) == theirs


def test_a_face_may_go_to_somebody_else_than_the_user_took_it_off(curated: Library) -> None:
    curated.gallery.hand(FACES[0], "")
    assert curated.run(people=wanted(anna=FACES[:1])).changes == (AssignFace(FACES[0], ANNA),)


def test_people_whose_ids_begin_alike_are_two(library: Library) -> None:
    for person in ("name:Anna_A", "name:Anna_B"):
        library.gallery.persons[person] = Person(person, person)
    library.run(people=WantedPeople((WantedPerson("name:Anna_A", "", FACES[:1]),)))
    library.gallery.hand(FACES[0], "")
    plan = library.run(people=WantedPeople((WantedPerson("name:Anna_B", "", FACES[:1]),)))
    assert plan.changes == (AssignFace(FACES[0], "name:Anna_B"),)


def test_a_face_that_the_user_gives_back_is_theirs(curated: Library) -> None:
    curated.gallery.hand(FACES[0], "")
    curated.run(people=WANTED)
    curated.gallery.hand(FACES[0], OURS)
    curated.run(people=WANTED)
    assert curated.edits() == [("gave faces back", "", ("p00",))]
    curated.undo(done=[AssignFace(FACES[0], NEW)])
    assert curated.gallery.regions[FACES[0]].person == OURS


def test_the_faces_of_somebody_who_was_deleted_make_nobody_else(curated: Library) -> None:
    curated.gallery.delete_person(OURS)
    curated.gallery.add_face("p10")
    for key in ("person-2", NEW):
        again = WantedPeople((WantedPerson(key, "", (*FACES[:3], "p10#0")),))
        assert curated.run(people=again).changes == ()
    anna = curated.run(people=wanted(anna=FACES[:3]))
    assert len(anna.changes) == 3, "they may still be somebody's who has a name"


def test_faces_that_are_looked_for_anew_are_given_again(curated: Library) -> None:
    """The gallery names them anew and drops our person with the last old face: that was not the user."""
    curated.gallery.hand(FACES[0], "")
    curated.run(people=WANTED)  # our memory of the places, and that the first face was taken off
    curated.gallery.look_for_faces_anew()
    anna = curated.gallery.add_person("Anna")
    new = [f"p0{n}#0~1" for n in range(4)]
    plan = curated.run(
        people=WantedPeople((WantedPerson(NEW, "", tuple(new[:3])), WantedPerson(anna, "", (new[3],))), min_faces=2)
    )
    assert plan.changes == (
        CreatePerson(f"{NEW}_2"),
        *(AssignFace(f, f"{NEW}_2") for f in new[1:3]),
        AssignFace(new[3], anna),
    )
    assert curated.edits() == []
    assert curated.run(people=WantedPeople((WantedPerson(NEW, "", tuple(new[:3])),))).changes == ()


def test_a_photo_that_left_says_nothing_about_its_faces(curated: Library) -> None:
    shot = curated.gallery.shots.pop("p00")
    assert curated.run(people=WANTED).changes == ()
    assert curated.edits() == []
    curated.gallery.shots["p00"] = shot
    assert curated.run(people=WANTED).changes == ()
    assert curated.edits() == []


MOVES = (Move(ANNAS[0], NEW, ANNA), Move(FACES[0], ANNA, NEW), Move(FACES[1], "", NEW))


def test_moves_are_made_once(curated: Library) -> None:
    plan = curated.run(people=replace(WANTED, moves=MOVES))
    assert plan.changes == (
        AssignFace(ANNAS[0], NEW, was=ANNA, asked=True),
        AssignFace(FACES[0], ANNA, was=NEW, asked=True),
        UnassignFace(FACES[1], NEW, asked=True),
    )
    assert curated.run(people=replace(WANTED, moves=MOVES)).changes == ()
    assert curated.edits() == []
    curated.gallery.hand(ANNAS[0], ANNA)
    curated.gallery.hand(FACES[0], OURS)
    curated.gallery.hand(FACES[1], OURS)
    assert curated.run(people=replace(WANTED, moves=MOVES)).changes == ()
    assert {edit for edit, _, _ in curated.edits()} == {"moved faces", "gave faces back"}
    assert curated.run(people=replace(WANTED, moves=MOVES)).changes == ()


def test_a_move_of_what_is_somebody_elses_by_now_is_not_made(curated: Library) -> None:
    curated.gallery.hand(ANNAS[0], BEN)
    assert curated.run(people=wanted(moves=MOVES[:1])).changes == ()


def test_a_split_makes_somebody_and_a_merge_removes_ours(curated: Library) -> None:
    split = tuple(Move(face, "person-2", NEW) for face in FACES[:1])
    called = WantedPeople((WantedPerson("person-2", "Cleo", ()),), split)
    assert curated.run(people=called).changes == (
        CreatePerson("person-2", "Cleo"),
        AssignFace(FACES[0], "person-2", was=NEW, asked=True),
    )
    merge = tuple(Move(face, ANNA, NEW) for face in FACES[1:3])
    assert curated.run(people=wanted(moves=merge)).changes[-1] == RemovePerson(NEW)
    assert OURS not in curated.gallery.persons
    assert curated.run(people=wanted(moves=(*merge, *split))).changes == ()
    assert curated.edits() == []


def test_undo_restores(library: Library) -> None:
    looks, dones = [library.gallery.look()], []
    merge = tuple(Move(face, ANNA, NEW) for face in FACES[:3])
    for people in (WANTED, wanted(moves=MOVES), wanted(moves=MOVES[2:]), wanted(moves=merge)):
        library.run(people=people)
        dones.append(library.journal.done)
        looks.append(library.gallery.look())
    for done, before in zip(reversed(dones), reversed(looks[:-1]), strict=True):
        assert library.undo(done=done) == []
        assert library.gallery.look() == before
    assert library.ledger.people == {}


def test_undo_keeps_what_the_user_has_built_on(curated: Library) -> None:
    done = curated.journal.done
    curated.gallery.call(OURS, "Cleo")
    (kept,) = curated.undo(done=done)
    assert (getattr(kept, "name", ""), curated.gallery.faces_of(OURS)) == ("Cleo", list(FACES[:3]))
    assert curated.gallery.faces_of(ANNA) == list(ANNAS), "the face that we gave to Anna was taken back"


@pytest.mark.parametrize(
    "build_on",
    [
        pytest.param(lambda made: made.gallery.hand(FACES[0], ""), id="a face taken off"),
        pytest.param(lambda made: made.gallery.hand(FACES[0], ANNA), id="a face moved"),
        pytest.param(lambda made: made.run(people=wanted(moves=(Move(ANNAS[0], NEW, ANNA),))), id="a face let in"),
    ],
)
def test_undo_keeps_people_whose_faces_the_user_has_touched(
    curated: Library, build_on: Callable[[Library], object]
) -> None:
    done = curated.journal.done
    build_on(curated)
    before = curated.gallery.faces_of(OURS)
    assert [getattr(one, "key", "") for one in curated.undo(done=done)] == [NEW]
    assert curated.gallery.faces_of(OURS) == before


def test_undo_for_good_is_a_decision(curated: Library) -> None:
    curated.undo(for_good=True)
    assert OURS not in curated.gallery.persons
    assert curated.run(people=WANTED).changes == ()


def test_without_for_good_the_next_run_makes_them_again(curated: Library) -> None:
    curated.undo()
    assert len(curated.run(people=WANTED).changes) == 5


def test_the_guard_counts_faces(curated: Library) -> None:
    plan = curated.plan(people=wanted(moves=tuple(Move(face, "", NEW) for face in FACES[:3])))
    with pytest.raises(GuardStopped, match="4 of the 5 albums, members, tags, people and faces"):
        check_guard(plan.changes, curated.ledger, share=0.2, count=3)
    check_guard(plan.changes, curated.ledger, share=0.2, count=4)


def test_somebody_whom_the_gallery_had_to_make_again_is_still_ours(curated: Library) -> None:
    """Immich clears people without faces away at night; the first face of ours makes them again, under another id."""
    faces = tuple(curated.gallery.add_face(f"p0{n}") for n in (6, 7, 8))
    wanted_too = WantedPeople((WantedPerson("person-2", "", faces),))
    made, *gives = curated.plan(people=wanted_too).changes
    curated.write([made])
    first = curated.gallery.keys["person-2"]
    curated.gallery.persons["again"] = replace(curated.gallery.persons.pop(first), id="again")
    curated.gallery.keys["person-2"] = "again"
    curated.write(gives)
    assert curated.ledger.people["person-2"].gallery_id == "again"
    assert curated.run(people=wanted_too).changes == ()
    assert curated.edits() == []


def test_a_run_killed_before_the_last_removal_is_finished_by_the_next(curated: Library) -> None:
    merge = wanted(moves=tuple(Move(face, ANNA, NEW) for face in FACES[:3]))
    curated.write(curated.plan(people=merge).changes[:-1])
    assert curated.run(people=merge).changes == (RemovePerson(NEW),)


def test_what_a_killed_run_has_begun_is_done_to_the_end_and_counts_as_done(library: Library) -> None:
    first, second, *_ = library.plan(people=WANTED).changes
    library.journal.go_on([], [Entry(-2, first)], library.journal.ledger())
    library.gallery.apply(first)  # and killed before it could be noted
    library.run()
    library.journal.go_on([], [Entry(-1, second)], library.journal.ledger())  # and killed before the gallery was asked
    library.plan()
    assert library.journal.done == [second]
    assert library.gallery.faces_of(OURS) == [FACES[0]]
    assert library.ledger.people[NEW].gallery_id == OURS


def asked(name: str = "Cleo", of: str = NEW) -> WantedPeople:
    return replace(WANTED, names={of: name})


@pytest.mark.parametrize(
    ("of", "id_"), [pytest.param(NEW, OURS, id="of ours"), pytest.param("id4", "id4", id="the gallery's")]
)
def test_a_name_that_the_user_asked_for_is_given_once_and_taken_back(curated: Library, of: str, id_: str) -> None:
    curated.gallery.add_person()
    before = curated.gallery.look()
    assert curated.run(people=asked(of=of)).changes == (NamePerson(of, "Cleo"),)
    assert curated.gallery.persons[id_].name == "Cleo"
    done = curated.journal.done
    assert curated.run(people=asked(of=of)).changes == ()
    assert curated.edits() == [], "what we have named is no edit of the user's"
    curated.undo(done=done)
    assert curated.gallery.look() == before
    assert curated.run(people=asked(of=of)).changes == (NamePerson(of, "Cleo"),)
    curated.gallery.call(id_, "")
    assert curated.run(people=asked(of=of)).changes == (), "the user has taken it away"
    assert curated.undo(done=done) == []
    assert curated.run(people=asked("Dora", of)).changes == (NamePerson(of, "Dora"),), "another is another wish"


def test_somebody_of_ours_whom_we_named_stays_ours_until_the_user_names_them(curated: Library) -> None:
    curated.run(people=asked())
    assert curated.ledger.people[NEW].state == "live"
    done = curated.journal.done
    curated.gallery.call(OURS, "Dora")
    assert curated.run(people=asked()).changes == ()
    assert curated.edits() == [("named", "Dora", ())]
    curated.undo(done=done)
    assert curated.gallery.persons[OURS].name == "Dora"
    assert (curated.ledger.people[NEW].state, curated.ledger.people[NEW].name) == ("theirs", "Dora")


@pytest.mark.parametrize(
    ("edit", "of"),
    [
        pytest.param(lambda g: None, ANNA, id="has a name"),
        pytest.param(lambda g: None, "nobody", id="is not there"),
        pytest.param(lambda g: None, "group-1", id="is a group of photos"),
        pytest.param(lambda g: g.delete_person(OURS), NEW, id="deleted"),
        pytest.param(lambda g: g.call(OURS, "Dora"), NEW, id="named since"),
        pytest.param(lambda g: g.persons.update({OURS: replace(g.persons[OURS], hidden=True)}), NEW, id="hidden"),
    ],
)
def test_who_is_not_given_a_name(curated: Library, edit: Edit, of: str) -> None:
    edit(curated.gallery)
    assert curated.run(people=asked(of=of)).changes == ()


def test_a_name_alone_is_reason_to_look(library: Library) -> None:
    somebody = library.gallery.add_person()
    only = WantedPeople(names={somebody: "Cleo"})
    assert library.run(people=only).changes == (NamePerson(somebody, "Cleo"),)
    library.gallery.capabilities = Capabilities(people=False)
    library.gallery.call(somebody, "")
    assert library.run(people=WantedPeople(names={somebody: "Dora"})).changes == ()


def test_a_name_that_was_taken_off_is_not_given_to_who_is_made_again(curated: Library) -> None:
    curated.run(people=asked())
    curated.gallery.call(OURS, "")
    curated.run(people=asked())
    curated.gallery.look_for_faces_anew()
    again = WantedPeople((WantedPerson(NEW, "Cleo", tuple(f"p0{n}#0~1" for n in range(3))),), names={NEW: "Cleo"})
    assert curated.run(people=again).changes[0] == CreatePerson(f"{NEW}_2")
    assert curated.run(people=again).changes == ()


def test_who_has_lost_all_faces_is_removed_and_not_named(curated: Library) -> None:
    merge = tuple(Move(face, ANNA, NEW) for face in FACES[:3])
    plan = curated.run(people=WantedPeople(moves=merge, names={NEW: "Cleo"}))
    assert plan.changes[3:] == (RemovePerson(NEW),)


def test_who_was_named_at_the_users_wish_is_removed_with_the_name(curated: Library) -> None:
    curated.run(people=asked())
    before, merge = curated.gallery.look(), tuple(Move(face, ANNA, NEW) for face in FACES[:3])
    assert curated.run(people=wanted(moves=merge)).changes[-1] == RemovePerson(NEW, "Cleo")
    assert OURS not in curated.gallery.persons
    assert NEW not in curated.ledger.people
    curated.undo()
    assert curated.gallery.look() == before


def test_undo_of_the_making_keeps_who_was_named_since(curated: Library) -> None:
    made = curated.journal.done
    curated.run(people=asked())
    assert [getattr(one, "name", "") for one in curated.undo(done=made)] == ["Cleo"]
    assert curated.gallery.faces_of(OURS) == list(FACES[:3])


def test_a_name_taken_back_for_good_is_a_decision_and_an_undo_can_be_undone(curated: Library) -> None:
    curated.run(people=asked())
    named = curated.journal.done
    curated.journal.done = []
    curated.undo(done=named)
    back = curated.journal.done
    assert back == [NamePerson(NEW, "", was="Cleo")]
    curated.undo(done=back)
    assert curated.gallery.persons[OURS].name == "Cleo"
    curated.undo(done=named, for_good=True)
    assert curated.gallery.persons[OURS].name == ""
    assert curated.run(people=asked()).changes == ()
    curated.undo(done=back)
    assert curated.gallery.persons[OURS].name == ""


@pytest.mark.parametrize("written", [True, False], ids=["killed after the call", "killed before it"])
def test_a_killed_naming_is_finished_and_is_ours(curated: Library, written: bool) -> None:
    (change,) = curated.plan(people=asked()).changes
    curated.journal.done = []
    curated.journal.go_on([], [Entry(-1, change)], curated.journal.ledger())
    if written:
        curated.gallery.apply(change)
    assert curated.run(people=asked()).changes == ()
    assert curated.gallery.persons[OURS].name == "Cleo"
    assert curated.edits() == []
    assert curated.ledger.people[NEW].state == "live"


def test_a_name_that_the_gallery_refuses_is_not_asked_for_again(curated: Library) -> None:
    (change,) = curated.plan(people=asked()).changes
    curated.gallery.call(OURS, "Dora")
    assert [reason for _, reason in curated.write([change]).refused] == ["the user has named the person"]
    curated.gallery.call(OURS, "")
    assert curated.run(people=asked()).changes == ()


@pytest.mark.parametrize("people", [WANTED, wanted(anna=FACES, moves=(Move(ANNAS[0], "", ANNA),))])
def test_what_the_gallery_refuses_is_not_asked_for_again(library: Library, people: WantedPeople) -> None:
    apply = library.gallery.apply

    def strict(change: Change) -> Outcome:
        made = isinstance(change, CreatePerson)
        return apply(change) if made else Outcome("refused", "the user has said whose it is")

    library.gallery.apply = strict  # type: ignore[method-assign]
    assert len(library.run(people=people).changes) == 5
    assert library.run(people=people).changes == ()
    assert library.edits() == []
