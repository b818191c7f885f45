"""Galleries that hold nobody without a name, and those that give faces along: what is made, waits and is taken back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes.playing import Library
from fakes.tiny import TinyGallery, photo

from plugins.changes import AssignFace, CreatePerson, UnassignFace
from plugins.publishing.session import UNDO, Publishing
from plugins.publishing.wanted import Wanted
from plugins.publishing.wanted_people import Move, WantedPeople, WantedPerson
from plugins.settings import Settings
from plugins.store import open_store

NEW, OTHER = "person-1", "person-2"
ANNA = "id1"
FACES = tuple(f"p0{n}#0" for n in range(4))
ANNAS = ("p04#0", "p05#0")


def play(gallery: TinyGallery) -> TinyGallery:
    """Add four faces of nobody's and two of Anna's to a gallery that holds people by their names."""
    gallery.capabilities = replace(gallery.capabilities, unnamed_people=False)
    for n in range(4):
        gallery.add_face(f"p0{n}")
    anna = gallery.add_person("Anna")
    for n in (4, 5):
        gallery.add_face(f"p0{n}", person=anna)
    return gallery


@pytest.fixture
def library() -> Library:
    made = Library()
    play(made.gallery)
    return made


def wanted(*faces: str, name: str = "", moves: tuple[Move, ...] = ()) -> WantedPeople:
    people = (WantedPerson(NEW, name, faces),) if faces else ()
    return WantedPeople(people, moves, names={NEW: name} if name else {})


def test_a_group_without_a_name_waits_for_it(library: Library) -> None:
    plan = library.run(people=wanted(*FACES))
    assert (plan.changes, plan.nameless) == ((), {NEW})
    assert len(library.gallery.persons) == 1


def test_once_the_user_has_named_a_group_it_is_made_with_its_faces(library: Library) -> None:
    library.run(people=wanted(*FACES))
    plan = library.run(people=wanted(*FACES, name="Cleo"))
    assert plan.changes == (CreatePerson(NEW, "Cleo"), *(AssignFace(face, NEW) for face in FACES))
    assert plan.nameless == frozenset()
    again = library.run(people=wanted(*FACES, name="Cleo"))
    assert (again.changes, again.nameless) == ((), frozenset())
    assert library.edits() == []


def test_whoever_is_known_needs_no_new_name(library: Library) -> None:
    joins = WantedPeople((WantedPerson(ANNA, "", FACES[:1]),))
    assert library.run(people=joins).changes == (AssignFace(FACES[0], ANNA),)


def test_too_few_faces_wait_for_no_name(library: Library) -> None:
    assert library.run(people=wanted(*FACES[:2])).nameless == frozenset()


def test_no_people_are_planned_where_the_gallery_takes_none(library: Library) -> None:
    library.gallery.capabilities = replace(library.gallery.capabilities, people=False)
    plan = library.run(people=wanted(*FACES))
    assert (plan.changes, plan.nameless) == ((), frozenset())


def test_faces_that_are_somebody_elses_are_nobodys_until_that_one_has_a_name(library: Library) -> None:
    moves = tuple(Move(face, OTHER, ANNA) for face in ANNAS)
    plan = library.run(people=wanted(moves=moves))
    assert plan.changes == tuple(UnassignFace(face, ANNA, asked=True) for face in ANNAS)
    assert plan.nameless == {OTHER}
    assert library.run(people=wanted(moves=moves)).changes == ()
    named = WantedPeople((WantedPerson(OTHER, "Dora", ANNAS),), moves, min_faces=2, names={OTHER: "Dora"})
    assert library.run(people=named).changes == (
        CreatePerson(OTHER, "Dora"),
        *(AssignFace(face, OTHER) for face in ANNAS),
    )


def test_a_split_to_somebody_with_a_name_is_made_at_once(library: Library) -> None:
    moves = tuple(Move(face, OTHER, ANNA) for face in ANNAS)
    named = WantedPeople(moves=moves, names={OTHER: "Dora"})
    assert library.run(people=named).changes[0] == CreatePerson(OTHER, "Dora")


def test_faces_that_the_gallery_gave_along_are_ours_and_taken_back_with_the_rest(library: Library) -> None:
    library.gallery.alike = [set(FACES)]
    before = library.gallery.look()
    library.run(people=wanted(*FACES[:3], name="Cleo"))
    made = library.gallery.keys[NEW]
    assert library.gallery.faces_of(made) == list(FACES)
    assert {kept.state for kept in library.ledger.faces.values()} == {"ours"}
    assert library.run(people=wanted(*FACES, name="Cleo")).changes == ()
    assert library.edits() == []
    library.undo(done=[CreatePerson(NEW, "Cleo"), *(AssignFace(face, NEW) for face in FACES)])
    assert library.gallery.look() == before


def test_what_was_given_along_is_in_the_journal_and_an_undo_takes_it_back(tmp_path: Path) -> None:
    gallery = play(TinyGallery(shots={f"p{n:02}": photo(n) for n in range(8)}))
    gallery.alike = [set(FACES)]
    before = gallery.look()
    with open_store(Settings(data_dir=tmp_path)) as store:
        store.photos.replace("family", gallery.photos())
        run, undo = store.runs.start("family", "curate"), store.runs.start("family", UNDO)
        publishing = Publishing(store, "family", gallery)  # type: ignore[arg-type]
        publishing.plan(run, Wanted(people=wanted(*FACES[:3], name="Cleo")))
        publishing.apply(run)
        written = [e.change for e in store.journal.of_run("family", run) if e.outcome and e.outcome.status == "done"]
        assert written == [CreatePerson(NEW, "Cleo"), *(AssignFace(face, NEW) for face in FACES)]
        publishing.plan_undo(undo, run)
        publishing.apply(undo)
    assert gallery.look() == before
