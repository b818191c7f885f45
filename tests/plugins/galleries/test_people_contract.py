"""What every gallery promises of people: made once, taken back whole, never against the user, however a run ends."""

from __future__ import annotations

import os
import signal
from dataclasses import replace
from pathlib import Path

import pytest
from fakes.killing import Killer, in_child
from fakes.worlds import N, World
from fakes.worlds.kinds import KINDS, world_of

from plugins.changes import AssignFace, Change, CreatePerson, NamePerson, RemovePerson, UnassignFace
from plugins.drawn import drawn_face
from plugins.galleries import Gallery
from plugins.records import Region

KILLS = 10_000 if os.environ.get("ALBUMEN_SOAK") else 10
"""How many runs are killed, at points that are as far from each other."""


def changes(world: World) -> list[Change]:
    """Every kind of change, in an order in which each can be made; Ana is there already, p-1 and p-2 are ours.

    Where nobody can be held without a name, those who would have none get one at once, and nobody is named later.
    """
    a, b, c, d = world.loose
    asked: list[Change] = [
        CreatePerson("p-1"),
        NamePerson("p-1", "Bea"),
        AssignFace(a, "p-1"),
        NamePerson("p-1", "", was="Bea"),
        AssignFace(b, "p-1"),
        CreatePerson("p-2", "Zoë"),
        AssignFace(c, "p-2"),
        AssignFace(d, world.ana),
        AssignFace(b, "p-2", was="p-1", asked=True),
        AssignFace(world.anas, "p-1", was=world.ana, asked=True),
        UnassignFace(c, "p-2"),
        UnassignFace(d, world.ana),
        NamePerson("p-1", 'Béa "B."'),
    ]
    if can_be_unnamed(world):
        return asked
    named = [replace(c, name=c.name or "Béa") if isinstance(c, CreatePerson) else c for c in asked]
    return [change for change in named if not isinstance(change, NamePerson)]


def can_be_unnamed(world: World) -> bool:
    with world.open() as gallery:
        return gallery.capabilities.unnamed_people


def holders(gallery: Gallery) -> dict[str, str]:
    """Return whose each face is that is anybody's, by the gallery's ids."""
    return {
        region.id: region.person
        for _, found in gallery.all_regions(gallery.photos())
        for region in found
        if region.person
    }


def ids_of(gallery: Gallery) -> dict[str, str]:
    """Return the gallery's ids of the people of ours, by our keys: asked for again, each says who it is."""
    return {key: gallery.apply(CreatePerson(key)).gallery_id for key in ("p-1", "p-2")}


def ours(world: World, gallery: Gallery, key: str = "p-1", name: str = "", n: int = 1) -> str:
    """Make a person who has so many of the loose faces; return the gallery's id of them."""
    made = gallery.apply(CreatePerson(key, name or ("" if can_be_unnamed(world) else "Bea")))
    given = [gallery.apply(AssignFace(face, key)) for face in world.loose[:n]]
    return next((outcome.gallery_id for outcome in reversed([made, *given]) if outcome.gallery_id), "")


def test_each_change_twice_is_each_change_once(world: World, gallery: Gallery) -> None:
    for change in changes(world):
        assert gallery.apply(change).status == "done", change
        once = world.everything()
        with world.open() as another:
            for again in (gallery, another):
                assert again.apply(change).status in {"already", "gone"}, change
        assert world.everything() == once, change


def test_inverses_in_reverse_order_restore_everything(world: World, gallery: Gallery) -> None:
    """Midway a gallery may show somebody by another of their faces than before, which Immich does not tell."""
    before, whose = world.everything(), list[dict[str, str]]()
    for change in changes(world):
        whose.append(holders(world.open()))
        assert gallery.apply(change).status == "done", change
    for change, holds in reversed(list(zip(changes(world), whose, strict=True))):
        assert gallery.apply(change.inverse()).status == "done", change
        assert holders(world.open()) == holds, change
    assert world.everything() == before


def test_what_is_written_is_what_is_read(world: World, gallery: Gallery) -> None:
    for change in changes(world):
        gallery.apply(change)
    one, two = ids_of(gallery).values()
    a, b, _, _ = world.loose
    assert holders(world.open()) == {a: one, b: two, world.anas: one}
    people = {person.id: person.name for person in world.open().people()}
    assert (people[one], people[two]) == ('Béa "B."' if can_be_unnamed(world) else "Béa", "Zoë")


@pytest.mark.parametrize("edit", ["gives it to Ana", "takes it off"])
def test_a_face_that_the_user_moved_since_is_left_there(world: World, gallery: Gallery, edit: str) -> None:
    face = world.loose[0]
    ours(world, gallery)
    gallery.apply(CreatePerson("p-2", "Zoë"))
    world.give(face, world.ana if edit == "gives it to Ana" else None)
    theirs, whose = world.everything(), holders(world.open())
    assert gallery.apply(AssignFace(face, "p-2", was="p-1")).status == "refused"
    assert gallery.apply(UnassignFace(face, "p-1")).status == "already"
    if edit == "gives it to Ana":
        outcome = gallery.apply(AssignFace(face, "p-1"))
        assert (outcome.status, "'Ana'" in outcome.reason) == ("refused", True)
    assert world.everything() == theirs
    assert holders(world.open()) == whose


def test_a_person_of_ours_whom_the_user_named_is_theirs(world: World, gallery: Gallery) -> None:
    world.call(ours(world, gallery), "Ben")
    gallery.apply(UnassignFace(world.loose[0], "p-1"))
    before = world.everything()
    outcome = gallery.apply(RemovePerson("p-1"))
    assert (outcome.status, "'Ben'" in outcome.reason) == ("refused", True)
    assert world.everything() == before


def test_the_name_that_the_user_gave_since_stays(world: World, gallery: Gallery) -> None:
    made = ours(world, gallery)
    gallery.apply(NamePerson("p-1", "Bea"))
    world.call(made, "Ben")
    for change in (NamePerson("p-1", "", was="Bea"), NamePerson("p-1", "Bea"), NamePerson(world.ana, "Bea")):
        outcome = gallery.apply(change)
        assert (outcome.status, "has named the person" in outcome.reason) in {("refused", True), ("gone", False)}
        assert outcome.status == "refused" or change.key == world.ana
    assert gallery.apply(NamePerson("p-1", "Ben")).status == "already"
    assert gallery.apply(NamePerson("nobody", "Bea")).status == "gone"
    assert {person.name for person in world.open().people()} == {"Ana", "Ben"}


def test_somebody_goes_by_our_key_and_by_the_gallerys_id(world: World, gallery: Gallery) -> None:
    if not can_be_unnamed(world):
        pytest.skip("everybody has a name there, and names are the user's")
    made = ours(world, gallery)
    before = world.everything()
    assert gallery.apply(NamePerson(made, "Bea")).status == "done"
    assert gallery.apply(NamePerson("p-1", "", was="Bea")).status == "done"
    assert world.everything() == before


def test_a_person_who_has_faces_is_not_deleted(world: World, gallery: Gallery) -> None:
    ours(world, gallery)
    before = world.everything()
    assert gallery.apply(RemovePerson("p-1")).status == "refused"
    assert world.everything() == before


def test_a_face_that_only_we_found_is_shown_by_the_gallery_that_finds_none(world: World, gallery: Gallery) -> None:
    if gallery.capabilities.finds_faces:
        pytest.skip("it finds faces itself, and ours are drawn into it only when the user wants that")
    photo = list(gallery.photos())[N - 1]
    face = drawn_face(photo.id, (0.25, 0.25, 0.5, 0.5))
    for change in (CreatePerson("p-1", "Bea"), AssignFace(face, "p-1")):
        gallery.apply(change)
    assert list(gallery.regions(photo)) == [Region(photo.id, (0.25, 0.25, 0.5, 0.5), "Bea", face, "p-1")]
    gallery.apply(UnassignFace(face, "p-1"))
    assert list(gallery.regions(photo)) == []


def test_changes_to_nobody_are_gone(world: World, gallery: Gallery) -> None:
    face, before = world.loose[0], world.everything()
    for change in (RemovePerson("p-9"), AssignFace(face, "p-9"), UnassignFace(face, "p-9"), NamePerson("p-9", "Bea")):
        assert gallery.apply(change).status == "gone", change
    assert world.everything() == before


def make_all(world: World, file: Path) -> None:
    """Make the changes that are not noted in a file as made, and note them, as the journal does."""
    with world.open() as gallery, file.open("ab", buffering=0) as notes:
        for change in changes(world)[file.stat().st_size :]:
            outcome = gallery.apply(change)
            assert outcome.status != "refused", (change, outcome)
            notes.write(b".")


@pytest.mark.parametrize("kind", KINDS)
def test_killed_in_the_middle_and_made_again_the_end_is_the_same(kind: str, tmp_path: Path, common: Path) -> None:
    with world_of(kind, tmp_path / "undisturbed", common) as world:
        killer = Killer(0)

        def counted() -> int:
            world.watch(killer)
            make_all(world, tmp_path / "notes")
            return killer.seen

        status, points = in_child(counted)
        assert (status, points > 10) == (0, True)
        end = world.everything()
    for point in range(1, points + 1, -(-points // KILLS)):
        with world_of(kind, tmp_path / f"{point}", common) as world:
            notes = tmp_path / f"{point}-notes"

            def dying(world: World = world, point: int = point, notes: Path = notes) -> None:
                world.watch(Killer(point))
                make_all(world, notes)

            assert in_child(dying)[0] == -signal.SIGKILL, point
            make_all(world, notes)
            assert world.everything() == end, point
