"""Photos that move, vanish and come back between runs keep their id, their albums, their covers and their tags."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PIL import Image

from plugins.changes import AddMembers, AddTags, CreateAlbum, RemoveMembers, RemoveTags, RenameAlbum, SetCover
from plugins.galleries.folder import Plugin
from plugins.galleries.folder.sidecar import read_sidecar
from plugins.publishing.session import Publishing
from plugins.publishing.wanted import Wanted, WantedAlbum
from plugins.settings import Settings
from plugins.store import Store, open_store

Reopen = Callable[[], Plugin]
LIBRARY = "folder:test"
ALL = ("a.jpg", "b.jpg", "c.jpg", "trip/d.jpg")
WANTED = Wanted(
    (WantedAlbum("ev", "event", "Lisbon", "At the sea", ALL, "b.jpg"),), frozenset((photo, "beach") for photo in ALL)
)


def move(root: Path, old: str, new: str, sidecar: bool) -> None:
    (root / new).parent.mkdir(exist_ok=True)
    (root / old).rename(root / new)
    if sidecar:
        (root / f"{old}.xmp").rename(root / f"{new}.xmp")


@pytest.fixture
def album(reopen: Reopen) -> None:
    gallery = reopen()
    for change in (
        CreateAlbum("ev", "event", "Lisbon"),
        AddMembers("ev", ("a.jpg", "b.jpg", "c.jpg")),
        SetCover("ev", "b.jpg", None),
        AddTags(("beach",), ("a.jpg", "b.jpg", "c.jpg")),
    ):
        assert gallery.apply(change).status == "done"


@pytest.mark.usefixtures("album")
@pytest.mark.parametrize("back", ["b.jpg", "elsewhere/new name.jpg"])
@pytest.mark.parametrize("sidecar", [pytest.param(True, id="with its sidecar"), pytest.param(False, id="alone")])
def test_a_photo_that_was_away(root: Path, tmp_path: Path, reopen: Reopen, back: str, sidecar: bool) -> None:
    """While it is away the album is renamed and loses another photo; it comes back here or elsewhere."""
    shutil.move(root / "b.jpg", tmp_path / "b.jpg")
    if sidecar:
        shutil.move(root / "b.jpg.xmp", tmp_path / "b.jpg.xmp")
    away = reopen()
    assert (away.members("ev"), [a.cover for a in away.albums()]) == (["a.jpg", "c.jpg"], [None])
    assert away.apply(AddMembers("ev", ("b.jpg",))).reason == "b.jpg: the photo is gone"
    assert away.apply(RenameAlbum("ev", "Porto", "Lisbon")).status == "done"
    assert away.apply(RemoveMembers("ev", ("a.jpg",))).status == "done"
    (root / back).parent.mkdir(exist_ok=True)
    shutil.move(tmp_path / "b.jpg", root / back)
    if sidecar:
        shutil.move(tmp_path / "b.jpg.xmp", root / f"{back}.xmp")
    again = reopen()
    assert {photo.id: photo.name for photo in again.photos()}["b.jpg"] == back
    assert (again.members("ev"), again.tagged("beach")) == (["b.jpg", "c.jpg"], ["a.jpg", "b.jpg", "c.jpg"])
    assert [a.cover for a in again.albums()] == ["b.jpg"]
    assert again.apply(RemoveTags(("beach",), ("a.jpg", "b.jpg", "c.jpg"))).status == "done"
    assert list(root.rglob("*.xmp")) == []


@pytest.mark.usefixtures("album")
def test_another_photo_in_the_old_place_inherits_nothing(root: Path, reopen: Reopen) -> None:
    move(root, "a.jpg", "old/a.jpg", sidecar=True)
    Image.new("RGB", (16, 12), (1, 2, 3)).save(root / "a.jpg")  # the camera counts from 1 again
    gallery = reopen()
    assert {p.name: p.id for p in gallery.photos()}["a.jpg"] == "a.jpg~2"
    assert gallery.members("ev") == ["a.jpg", "b.jpg", "c.jpg"]
    assert gallery.apply(AddMembers("ev", ("a.jpg~2",))).status == "done"
    assert gallery.apply(AddTags(("fog",), ("a.jpg~2",))).status == "done"
    assert reopen().members("ev") == ["a.jpg", "b.jpg", "c.jpg", "a.jpg~2"]
    text = (gallery.state / "albums/ev.toml").read_text()
    assert text.index('"old/a.jpg"') < text.index('"a.jpg"')
    assert (read_sidecar(root / "a.jpg.xmp").our_tags, read_sidecar(root / "old/a.jpg.xmp").our_tags) == (
        ("fog",),
        ("beach",),
    )


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    with open_store(Settings(data_dir=tmp_path / "store")) as store:
        yield store


def publish(store: Store, gallery: Plugin, wanted: Wanted = WANTED) -> int:
    """Do what a run does from the photos to the last write; return how many changes were planned."""
    store.photos.replace(LIBRARY, gallery.photos())
    run = store.runs.start(LIBRARY, "curate")
    publishing = Publishing(store, LIBRARY, gallery)
    plan = publishing.plan(run, wanted)
    assert publishing.apply(run).refused == []
    store.runs.finish(run, "done", {})
    return len(plan.changes)


def test_a_run_after_a_move_plans_nothing(root: Path, reopen: Reopen, store: Store) -> None:
    assert publish(store, reopen()) > 0
    assert publish(store, reopen()) == 0
    move(root, "a.jpg", "2024/a.jpg", sidecar=True)
    move(root, "b.jpg", "2024/Straße 👩‍👧.jpg", sidecar=False)
    (root / "trip").rename(root / "journey")
    assert publish(store, reopen()) == 0
    gallery = reopen()
    assert {photo.id: photo.name for photo in gallery.photos()} == {
        "a.jpg": "2024/a.jpg",
        "b.jpg": "2024/Straße 👩‍👧.jpg",
        "c.jpg": "c.jpg",
        "trip/d.jpg": "journey/d.jpg",
    }
    (album,) = gallery.albums()
    assert (gallery.members(album.id), album.cover, gallery.tagged("beach")) == (list(ALL), "b.jpg", sorted(ALL))


def test_a_tag_that_the_user_puts_too_becomes_theirs(root: Path, reopen: Reopen, store: Store) -> None:
    """Lightroom keeps its tags in photo.xmp and does not know photo.jpg.xmp, where ours are."""
    publish(store, reopen())
    (root / "a.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:subject><rdf:Bag>'
        "<rdf:li>beach</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    assert {photo.id: photo.tags for photo in reopen().photos() if photo.tags} == {"a.jpg": ("beach",)}
    publish(store, reopen())
    states = Publishing(store, LIBRARY, reopen()).ledger.tags
    assert {photo: state for (photo, _), state in states.items()} == {
        photo: "user" if photo == "a.jpg" else "ours" for photo in ALL
    }
    publish(store, reopen(), Wanted(WANTED.albums, frozenset()))
    assert reopen().tagged("beach") == ["a.jpg"]
