"""What every gallery promises of people: made once, taken back whole, never against the user, however a run ends."""

from __future__ import annotations

import os
import shutil
import signal
import tomllib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import httpx
import pytest
from fakes.immich import FakeImmich
from fakes.immich_writer import OLD
from fakes.killing import Killer, in_child
from fakes.snaps import LEFT, RIGHT, named_face, write_sidecar
from PIL import Image

from plugins.changes import AssignFace, Change, CreatePerson, NamePerson, RemovePerson, UnassignFace
from plugins.drawn import drawn_face
from plugins.galleries import Gallery
from plugins.galleries.folder import Plugin as Folder
from plugins.galleries.immich import Plugin as Immich
from plugins.galleries.immich.client import Patience, connect

N = 4
SOAK = bool(os.environ.get("ALBUMEN_SOAK"))


@dataclass(frozen=True)
class World:
    """A gallery with a face of nobody in each of four photos, and one beside it in the first that is Ana's.

    `give` is the user who gives a face to somebody by hand, to nobody where that is None; `call` names somebody.
    `watch` has a killer stand before and after all that a change writes.
    """

    open: Callable[[], Gallery]
    loose: tuple[str, ...]
    anas: str
    ana: str
    everything: Callable[[], object]
    give: Callable[[str, str | None], None]
    call: Callable[[str, str], None]
    watch: Callable[[Killer], None] = Killer.watch


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Lend a folder of photos that has been read: copies of it cost no process that reads."""
    place = tmp_path_factory.mktemp("drawn")
    for n in range(N):
        (place / "photos").mkdir(exist_ok=True)
        Image.new("RGB", (64, 48), (n * 40, 80, 120)).save(place / f"photos/{n}.jpg")
    write_sidecar(place / "photos/0.jpg", named_face("Ana", RIGHT))
    with Folder(place / "photos", place / "data", ZoneInfo("UTC")) as gallery:
        assert len(list(gallery.photos())) == N
    return place


@contextmanager
def opened(kind: str, place: Path, drawn: Path) -> Iterator[World]:
    if kind == "folder":
        shutil.copytree(drawn, place)
        yield folder_world(place)
        return
    place.mkdir()
    with FakeImmich() as server:
        yield immich_world(server, place)


@pytest.fixture(params=["folder", "immich"])
def world(request: pytest.FixtureRequest, tmp_path: Path, drawn: Path) -> Iterator[World]:
    with opened(request.param, tmp_path / "world", drawn) as world:
        yield world


def folder_world(tmp_path: Path) -> World:
    root, file = tmp_path / "photos", tmp_path / "photos/.albumen/people.toml"

    def save(people: dict[str, dict[str, object]]) -> None:
        """Write the file as somebody does who has never seen ours."""
        tables = (f'["{key}"]\nname = "{one["name"]}"\nfaces = {one["faces"]}\n' for key, one in people.items())
        file.write_text("\n".join(tables))

    def read() -> dict[str, dict[str, object]]:
        return tomllib.loads(file.read_text()) if file.exists() else {}

    def give(face: str, person: str | None) -> None:
        people = {key: one | {"faces": [f for f in one["faces"] if f != face]} for key, one in read().items()}  # type: ignore[attr-defined]
        if person is not None:
            one = people.setdefault(person, {"name": person.removeprefix("name:"), "faces": []})
            one["faces"] = [*one["faces"], face]  # type: ignore[misc]
        save(people)

    def call(person: str, name: str) -> None:
        save({key: one | ({"name": name} if key == person else {}) for key, one in read().items()})

    return World(
        open=lambda: Folder(root, tmp_path / "data", ZoneInfo("UTC")),
        loose=tuple(drawn_face(f"{n}.jpg", LEFT) for n in range(N)),
        anas="0.jpg#0",
        ana="name:Ana",
        everything=lambda: {key: one | {"faces": sorted(one["faces"])} for key, one in read().items()},  # type: ignore[type-var]
        give=give,
        call=call,
    )


def immich_world(server: FakeImmich, tmp_path: Path) -> World:
    photos, ana = server.add_photos(N, created=OLD), server.add_person("Ana")
    boxes = [(64, 48, 192, 192), (384, 96, 512, 240)]
    loose = tuple(f"{photo}#{server.add_face(photo, boxes[0])}" for photo in photos)
    anas = f"{photos[0]}#{server.add_face(photos[0], boxes[1], ana)}"
    folder = tmp_path / "known"

    def watch(killer: Killer) -> None:
        killer.watch()
        httpx.Client.send = killer.around(httpx.Client.send)  # type: ignore[method-assign]

    return World(
        open=lambda: Immich(connect(server.url, server.key), folder, ZoneInfo("UTC"), Patience(backoff_s=0.001)),
        loose=loose,
        anas=anas,
        ana=ana,
        everything=server.dump,
        give=lambda face, person: server.move_face(face.rpartition("#")[2], person),
        call=server.name_person,
        watch=watch,
    )


def changes(world: World) -> list[Change]:
    """Every kind of change, in an order in which each can be made; Ana is there already, p-1 and p-2 are ours."""
    a, b, c, d = world.loose
    return [
        CreatePerson("p-1"),
        NamePerson("p-1", "Bea"),
        AssignFace(a, "p-1"),
        NamePerson("p-1", "", was="Bea"),
        AssignFace(b, "p-1"),
        CreatePerson("p-2", "Zoë"),
        AssignFace(c, "p-2"),
        AssignFace(d, world.ana),
        AssignFace(b, "p-2", was="p-1"),
        AssignFace(world.anas, "p-1", was=world.ana),
        UnassignFace(c, "p-2"),
        UnassignFace(d, world.ana),
        NamePerson("p-1", 'Béa "B."'),
    ]


def holders(gallery: Gallery) -> dict[str, str]:
    """Return whose each face is that is anybody's, by the gallery's ids."""
    return {
        region.id: region.person
        for _, found in gallery.all_regions(gallery.photos())
        for region in found
        if region.person
    }


def test_each_change_twice_is_each_change_once(world: World) -> None:
    gallery = world.open()
    for change in changes(world):
        assert gallery.apply(change).status == "done", change
        once = world.everything()
        for again in (gallery, world.open()):
            assert again.apply(change).status in {"already", "gone"}, change
        assert world.everything() == once, change


def test_inverses_in_reverse_order_restore_everything(world: World) -> None:
    """Midway a gallery may show somebody by another of their faces than before, which Immich does not tell."""
    gallery, before, whose = world.open(), world.everything(), list[dict[str, str]]()
    for change in changes(world):
        whose.append(holders(world.open()))
        assert gallery.apply(change).status == "done", change
    for change, holds in reversed(list(zip(changes(world), whose, strict=True))):
        assert gallery.apply(change.inverse()).status == "done", change
        assert holders(world.open()) == holds, change
    assert world.everything() == before


def test_what_is_written_is_what_is_read(world: World) -> None:
    gallery = world.open()
    made = {c.key: gallery.apply(c).gallery_id if isinstance(c, CreatePerson) else "" for c in changes(world)[:6:5]}  # type: ignore[union-attr]
    for change in changes(world):
        gallery.apply(change)
    a, b, _, _ = world.loose
    assert holders(world.open()) == {a: made["p-1"], b: made["p-2"], world.anas: made["p-1"]}
    people = {person.id: person.name for person in world.open().people()}
    assert {people[made["p-1"]], people[made["p-2"]]} == {'Béa "B."', "Zoë"}


@pytest.mark.parametrize("edit", ["gives it to Ana", "takes it off"])
def test_a_face_that_the_user_moved_since_is_left_there(world: World, edit: str) -> None:
    gallery, face = world.open(), world.loose[0]
    gallery.apply(CreatePerson("p-1"))
    gallery.apply(CreatePerson("p-2"))
    gallery.apply(AssignFace(face, "p-1"))
    world.give(face, world.ana if edit == "gives it to Ana" else None)
    theirs, whose = world.everything(), holders(world.open())
    assert gallery.apply(AssignFace(face, "p-2", was="p-1")).status == "refused"
    assert gallery.apply(UnassignFace(face, "p-1")).status == "already"
    if edit == "gives it to Ana":
        outcome = gallery.apply(AssignFace(face, "p-1"))
        assert (outcome.status, "'Ana'" in outcome.reason) == ("refused", True)
    assert world.everything() == theirs
    assert holders(world.open()) == whose


def test_a_person_of_ours_whom_the_user_named_is_theirs(world: World) -> None:
    gallery, face = world.open(), world.loose[0]
    made = gallery.apply(CreatePerson("p-1")).gallery_id
    gallery.apply(AssignFace(face, "p-1"))
    world.call(made, "Ben")
    for change in (UnassignFace(face, "p-1"), RemovePerson("p-1")):
        outcome = gallery.apply(change)
    assert (outcome.status, "'Ben'" in outcome.reason) == ("refused", True)
    assert "Ben" in {person.name for person in world.open().people()} or isinstance(gallery, Immich)


def test_the_name_that_the_user_gave_since_stays(world: World) -> None:
    gallery = world.open()
    made = gallery.apply(CreatePerson("p-1")).gallery_id
    gallery.apply(AssignFace(world.loose[0], "p-1"))
    gallery.apply(NamePerson("p-1", "Bea"))
    world.call(made, "Ben")
    for change in (NamePerson("p-1", "", was="Bea"), NamePerson("p-1", "Bea"), NamePerson(world.ana, "Bea")):
        outcome = gallery.apply(change)
        assert (outcome.status, "has named the person" in outcome.reason) in {("refused", True), ("gone", False)}
        assert outcome.status == "refused" or change.key == world.ana
    assert gallery.apply(NamePerson("p-1", "Ben")).status == "already"
    assert gallery.apply(NamePerson("nobody", "Bea")).status == "gone"
    assert {person.name for person in world.open().people()} == {"Ana", "Ben"}


def test_somebody_goes_by_our_key_and_by_the_gallerys_id(world: World) -> None:
    gallery = world.open()
    made = gallery.apply(CreatePerson("p-1")).gallery_id
    gallery.apply(AssignFace(world.loose[0], "p-1"))
    before = world.everything()
    assert gallery.apply(NamePerson(made, "Bea")).status == "done"
    assert gallery.apply(NamePerson("p-1", "", was="Bea")).status == "done"
    assert world.everything() == before


def test_a_person_who_has_faces_is_not_deleted(world: World) -> None:
    gallery = world.open()
    for change in changes(world)[:3]:
        gallery.apply(change)
    before = world.everything()
    assert gallery.apply(RemovePerson("p-1")).status == "refused"
    assert world.everything() == before


def make_all(world: World, file: Path) -> None:
    """Make the changes that are not noted in a file as made, and note them, as the journal does."""
    with world.open() as gallery, file.open("ab", buffering=0) as notes:
        for change in changes(world)[file.stat().st_size :]:
            outcome = gallery.apply(change)
            assert outcome.status in {"done", "already"}, (change, outcome)
            notes.write(b".")


@pytest.mark.parametrize(("kind", "step"), [("folder", 1 if SOAK else 2), ("immich", 1 if SOAK else 11)])
def test_killed_in_the_middle_and_made_again_the_end_is_the_same(
    kind: str, step: int, tmp_path: Path, drawn: Path
) -> None:
    with opened(kind, tmp_path / "undisturbed", drawn) as world:
        killer = Killer(0)

        def counted() -> int:
            world.watch(killer)
            make_all(world, tmp_path / "notes")
            return killer.seen

        status, points = in_child(counted)
        assert (status, points > 10) == (0, True)
        end = world.everything()
    for point in range(1, points + 1, step):
        with opened(kind, tmp_path / f"{point}", drawn) as world:
            notes = tmp_path / f"{point}-notes"

            def dying(world: World = world, point: int = point, notes: Path = notes) -> None:
                world.watch(Killer(point))
                make_all(world, notes)

            assert in_child(dying)[0] == -signal.SIGKILL, point
            make_all(world, notes)
            assert world.everything() == end, point
