"""The folder as a gallery: where its state is, whose tags are whose, and photos that move."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

import plugins
from plugins.atomic import _HOST
from plugins.changes import (
    AddMembers,
    AddTags,
    AssignFace,
    CreateAlbum,
    CreatePerson,
    RemoveTags,
    SetCover,
    UnassignFace,
)
from plugins.drawn import drawn_face
from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.galleries.folder import Plugin
from plugins.galleries.folder.sidecar import read_sidecar
from plugins.records import Region
from plugins.settings import LibrarySettings

Reopen = Callable[[], Plugin]
XMP = (
    '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" rdf:about="">'
    "<dc:subject><rdf:Bag><rdf:li>{}</rdf:li></rdf:Bag></dc:subject>{}</rdf:Description></rdf:RDF></x:xmpmeta>"
)
FACE = (
    '<mwg-rs:Regions xmlns:mwg-rs="http://www.metadataworkinggroup.com/schemas/regions/" '
    'xmlns:stArea="http://ns.adobe.com/xmp/sType/Area#" rdf:parseType="Resource"><mwg-rs:RegionList><rdf:Bag><rdf:li>'
    '<rdf:Description mwg-rs:Name="Ana" mwg-rs:Type="Face"><mwg-rs:Area stArea:x="0.5" stArea:y="0.5" stArea:w="0.2" '
    'stArea:h="0.2"/></rdf:Description></rdf:li></rdf:Bag></mwg-rs:RegionList></mwg-rs:Regions>'
)


def test_it_is_found_by_name() -> None:
    assert plugins.load("galleries", "folder") is Plugin
    assert Plugin.capabilities.people


def test_it_is_made_from_the_settings_of_a_library(root: Path, tmp_path: Path) -> None:
    library = LibrarySettings(path=root, time_zone="Asia/Tokyo")
    with Plugin.of(library, tmp_path / "data") as gallery:
        assert len(list(gallery.photos())) == 4
    with pytest.raises(GalleryRefused, match="set its path"):
        Plugin.of(LibrarySettings(gallery="other"), tmp_path / "data")


def test_looking_changes_no_album_and_no_photo(gallery: Plugin, root: Path) -> None:
    list(gallery.photos())
    assert (gallery.account().server, gallery.albums(), gallery.tags(), gallery.people()) == ("folder", [], [], [])
    assert {p.name for p in root.rglob("*") if p.is_file()} == {"a.jpg", "b.jpg", "c.jpg", "d.jpg", "index.json"}


def test_missing_folder_is_refused(tmp_path: Path) -> None:
    for ask in (Plugin.account, Plugin.albums, lambda gallery: list(gallery.photos())):
        with pytest.raises(GalleryRefused, match="no folder"):
            ask(Plugin(tmp_path / "nowhere", tmp_path / "data"))


def test_unmounted_disk_does_not_look_like_deleted_albums(root: Path, reopen: Reopen) -> None:
    reopen().apply(CreateAlbum("ev", "event", "Lisbon"))
    shutil.rmtree(root)
    root.mkdir()
    gallery = reopen()
    for ask in (gallery.albums, gallery.account, lambda: list(gallery.photos())):
        with pytest.raises(GalleryUnreachable, match="mounted"):
            ask()
    with pytest.raises(GalleryUnreachable, match="state-is-in-the-folder"):
        gallery.apply(CreateAlbum("ev", "event", "Lisbon"))
    assert list(root.iterdir()) == []


def test_read_only_folder_keeps_everything_in_the_data_folder(unprivileged: Path) -> None:
    root, data = unprivileged / "photos", unprivileged / "data"
    (root / "trip").mkdir(parents=True)
    for name in ("a.jpg", "trip/b.jpg"):
        Image.new("RGB", (16, 12), (len(name), 9, 9)).save(root / name)
    (root / "trip").chmod(0o555)
    root.chmod(0o555)
    gallery = Plugin(root, data)
    assert gallery.state.is_relative_to(data)
    for change in (
        CreateAlbum("ev", "event", "Lisbon"),
        AddMembers("ev", ("a.jpg", "trip/b.jpg")),
        AddTags(("beach",), ("trip/b.jpg",)),
    ):
        assert gallery.apply(change).status == "done", change
    assert sorted(p.name for p in root.rglob("*")) == ["a.jpg", "b.jpg", "trip"]
    assert (gallery.state / "sidecars/trip/b.jpg.xmp").is_file()
    root.chmod(0o755)  # state that moved would look like deleted albums
    (root / "trip").chmod(0o755)
    again = Plugin(root, data)
    assert (again.members("ev"), again.tagged("beach")) == (["a.jpg", "trip/b.jpg"], ["trip/b.jpg"])
    assert again.apply(RemoveTags(("beach",), ("trip/b.jpg",))).status == "done"
    assert again.tagged("beach") == []


def test_folder_that_became_read_only_is_read_and_refused(unprivileged: Path) -> None:
    root, data = unprivileged / "photos", unprivileged / "data"
    root.mkdir()
    Image.new("RGB", (16, 12)).save(root / "a.jpg")
    Plugin(root, data).apply(CreateAlbum("ev", "event", "Lisbon"))
    for folder in (root, root / ".albumen", root / ".albumen/albums"):
        folder.chmod(0o555)
    gallery = Plugin(root, data)
    assert [album.title for album in gallery.albums()] == ["Lisbon"]
    with pytest.raises(GalleryRefused, match="permission"):
        gallery.apply(AddMembers("ev", ("a.jpg",)))
    assert gallery.apply(AddTags(("beach",), ("a.jpg",))).status == "refused"
    assert gallery.members("ev") == []


def test_ours_and_the_users_tags_are_told_apart(gallery: Plugin, root: Path) -> None:
    (root / "a.jpg.xmp").write_text(XMP.format("sea", ""))
    (root / "b.xmp").write_text(XMP.format("sun", ""))
    for tag in ("beach", "sun"):
        assert gallery.apply(AddTags((tag,), ("a.jpg", "b.jpg"))).status == "done"
    assert gallery.apply(AddTags(("sun",), ("b.jpg",))).status == "already"
    assert read_sidecar(root / "b.jpg.xmp").our_tags == ("beach",)
    assert {p.id: p.tags for p in gallery.photos() if p.tags} == {"a.jpg": ("sea",), "b.jpg": ("sun",)}
    assert gallery.photo_tags() == {
        "a.jpg": frozenset(("sea", "beach", "sun")),
        "b.jpg": frozenset(("sun", "beach")),
    }
    assert gallery.tags() == ["beach", "sea", "sun"]
    assert gallery.tagged("beach") == ["a.jpg", "b.jpg"]
    assert (root / "b.xmp").read_text() == XMP.format("sun", "")


def test_tag_that_the_user_took_off_is_off(gallery: Plugin, root: Path) -> None:
    gallery.apply(AddTags(("beach",), ("a.jpg", "b.jpg")))
    path = root / "a.jpg.xmp"
    path.write_text(path.read_text().replace("<rdf:li>beach</rdf:li>", "", 1))  # as programmes do that leave ours alone
    list(gallery.photos())
    assert gallery.tagged("beach") == ["b.jpg"]


def test_broken_sidecar_of_ours_does_not_look_like_a_decision(gallery: Plugin, root: Path) -> None:
    (root / "b.jpg.xmp").write_text("<broken")  # never ours: it is reported, and that is all
    gallery.apply(AddTags(("beach",), ("a.jpg",)))
    (root / "a.jpg.xmp").write_bytes((root / "a.jpg.xmp").read_bytes()[:-40])
    list(gallery.photos())
    with pytest.raises(GalleryRefused, match="cannot be read"):
        gallery.tagged("beach")
    (root / "a.jpg.xmp").unlink()
    assert gallery.tagged("beach") == []
    assert any("b.jpg" in problem.path for problem in gallery.problems)


def test_moved_photo_keeps_album_and_tags(root: Path, reopen: Reopen) -> None:
    gallery = reopen()
    for change in (
        CreateAlbum("ev", "event", "Lisbon"),
        AddMembers("ev", ("a.jpg", "b.jpg")),
        SetCover("ev", "b.jpg", None),
        AddTags(("beach",), ("a.jpg", "b.jpg")),
    ):
        gallery.apply(change)
    (root / "a.jpg").rename(root / "trip/a.jpg")  # the sidecar stays behind
    (root / "b.jpg").rename(root / "trip/b.jpg")
    (root / "b.jpg.xmp").rename(root / "trip/b.jpg.xmp")
    before = (gallery.state / "albums/ev.toml").read_bytes()
    again = reopen()
    assert {p.id: p.name for p in again.photos() if p.name != p.id} == {"a.jpg": "trip/a.jpg", "b.jpg": "trip/b.jpg"}
    assert (again.members("ev"), again.tagged("beach")) == (["a.jpg", "b.jpg"], ["a.jpg", "b.jpg"])
    assert [album.cover for album in again.albums()] == ["b.jpg"]
    assert (gallery.state / "albums/ev.toml").read_bytes() == before  # looking writes nothing
    again.apply(RemoveTags(("beach",), ("a.jpg", "b.jpg")))
    assert 'cover = "trip/b.jpg"' in (gallery.state / "albums/ev.toml").read_text()
    assert list(root.rglob("*.xmp")) == []


def test_lines_without_a_photo_stay_and_are_reported(gallery: Plugin) -> None:
    gallery.apply(CreateAlbum("ev", "event", "Lisbon"))
    path = gallery.state / "albums/ev.toml"
    path.write_text(path.read_text().replace("photos = [", 'cover = "nope.jpg"\nphotos = [\n "a.jpg", "typo.jpg",'))
    assert gallery.members("ev") == ["a.jpg"]
    assert [(p.path, p.reason.split("'")[1]) for p in gallery.problems] == [
        (".albumen/albums/ev.toml", "typo.jpg"),
        (".albumen/albums/ev.toml", "nope.jpg"),
    ]
    gallery.apply(AddMembers("ev", ("b.jpg",)))
    assert '"typo.jpg"' in path.read_text()


def test_faces_and_people(gallery: Plugin, root: Path) -> None:
    (root / "a.jpg.xmp").write_text(XMP.format("sea", FACE))
    (photo,) = [photo for photo in gallery.photos() if photo.id == "a.jpg"]
    (face,) = gallery.regions(photo)
    assert (face.photo, face.name) == ("a.jpg", "Ana")
    assert [(p.id, p.name) for p in gallery.people()] == [("name:Ana", "Ana")]
    gallery.apply(CreatePerson("p-1", "Ana Maria"))
    gallery.apply(AssignFace(face.id, "p-1", was="name:Ana"))
    assert gallery.regions(photo) == [Region("a.jpg", face.box, "Ana Maria", face.id, "p-1")]


def test_faces_that_only_we_found_are_shown_with_whose_they_are(gallery: Plugin) -> None:
    photos = {photo.id: photo for photo in gallery.photos()}
    drawn = drawn_face("a.jpg", (0.1, 0.2, 0.3, 0.4))
    gallery.apply(CreatePerson("p-1"))
    gallery.apply(AssignFace(drawn, "p-1"))
    assert gallery.regions(photos["a.jpg"]) == [Region("a.jpg", (0.1, 0.2, 0.3, 0.4), "", drawn, "p-1")]
    assert gallery.regions(photos["b.jpg"]) == []


def test_somebody_of_the_metadata_gets_a_table_with_the_first_face_of_ours(gallery: Plugin, root: Path) -> None:
    (root / "a.jpg.xmp").write_text(XMP.format("sea", FACE))
    photos = {photo.id: photo for photo in gallery.photos()}
    drawn = drawn_face("b.jpg", (0.1, 0.2, 0.3, 0.4))
    change = AssignFace(drawn, "name:Ana")
    assert [gallery.apply(change).status for _ in range(2)] == ["done", "already"]
    assert {r.person for photo in photos.values() for r in gallery.regions(photo)} == {"name:Ana"}
    assert [(p.id, p.name) for p in gallery.people()] == [("name:Ana", "Ana")]
    assert gallery.apply(change.inverse()).status == "done"
    assert not (gallery.state / "people.toml").exists()


def test_a_face_of_the_metadata_goes_to_somebody_else_and_back(gallery: Plugin, root: Path) -> None:
    (root / "a.jpg.xmp").write_text(XMP.format("sea", FACE))
    (photo,) = [photo for photo in gallery.photos() if photo.id == "a.jpg"]
    (face,) = gallery.regions(photo)
    gallery.apply(CreatePerson("p-1"))
    change = AssignFace(face.id, "p-1", was=face.person)
    assert gallery.apply(change).status == "done"
    assert [region.person for region in gallery.regions(photo)] == ["p-1"]
    assert gallery.apply(change.inverse()).status == "done"
    assert [region.person for region in gallery.regions(photo)] == ["name:Ana"]


def test_what_another_program_says_of_a_face_is_not_overruled(gallery: Plugin, root: Path) -> None:
    gallery.apply(CreatePerson("p-1"))
    (root / "a.jpg.xmp").write_text(XMP.format("sea", FACE))
    (photo,) = [photo for photo in gallery.photos() if photo.id == "a.jpg"]
    (face,) = gallery.regions(photo)
    before = (gallery.state / "people.toml").read_bytes()
    for change, reason in (
        (AssignFace(face.id, "p-1"), "'Ana'"),
        (AssignFace(drawn_face("a.jpg", (0.41, 0.4, 0.6, 0.6)), "p-1"), "'Ana'"),
        (UnassignFace(face.id, "name:Ana", asked=True), "metadata"),
    ):
        outcome = gallery.apply(change)
        assert (outcome.status, reason in outcome.reason) == ("refused", True), change
    assert (gallery.state / "people.toml").read_bytes() == before


def test_covers_are_signals(gallery: Plugin) -> None:
    (gallery.state / "albums").mkdir(parents=True)
    (gallery.state / "albums/Best of.toml").write_text("cover = 'c.jpg'\nphotos = ['c.jpg']\n")
    assert gallery.signals().covers == (("Best of", "c.jpg"),)


def test_leftovers_of_a_killed_run_go(gallery: Plugin, root: Path) -> None:
    left = [folder / f".albumen-{_HOST}-{2**22 + 1}-0123abcd.tmp" for folder in (root, root / "trip")]
    for path in left:
        path.write_bytes(b"half")
    gallery.apply(CreateAlbum("ev", "event", "Lisbon"))
    assert not any(path.exists() for path in left)


def test_the_state_explains_itself(gallery: Plugin) -> None:
    gallery.apply(CreateAlbum("ev", "event", "Lisbon"))
    readme = (gallery.state / "README.txt").read_text()
    assert all(word in readme for word in ("title", "photos", "cover", "[albumen]", "people.toml", "sidecars/"))
    os.unlink(gallery.state / "README.txt")  # noqa: PTH108
    Plugin(gallery.root, gallery.state.parent.parent / "data").apply(CreateAlbum("ev", "event", "Lisbon"))
    assert (gallery.state / "README.txt").exists()
