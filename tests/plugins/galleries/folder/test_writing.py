"""The folder gallery's writes: the user's decisions stand, faults leave no half of anything."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from plugins import atomic
from plugins.changes import (
    AddMembers,
    AddTags,
    AssignFace,
    Change,
    CreateAlbum,
    CreatePerson,
    DeleteAlbum,
    RemoveMembers,
    RemovePerson,
    RemoveTags,
    RenameAlbum,
    SetCover,
    UnassignFace,
    WriteNote,
)
from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.galleries.folder import Plugin
from plugins.galleries.folder.people import PeopleFile
from plugins.galleries.folder.sidecar import read_sidecar

Reopen = Callable[[], Plugin]


@pytest.fixture
def album(gallery: Plugin) -> Path:
    gallery.apply(CreateAlbum("ev", "event", "Lisbon"))
    gallery.apply(AddMembers("ev", ("a.jpg", "b.jpg")))
    return gallery.state / "albums/ev.toml"


def files(root: Path) -> dict[str, bytes]:
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    ("edit", "change", "reason"),
    [
        pytest.param(
            ("photos = [", 'cover = "b.jpg"\nphotos = ['), SetCover("ev", "a.jpg", None), "b.jpg", id="the user's cover"
        ),
        pytest.param(
            ("photos = [", 'cover = "x.jpg"\nphotos = ['), SetCover("ev", "a.jpg", None), "x.jpg", id="misspelt cover"
        ),
        pytest.param(("", ""), SetCover("ev", "c.jpg", None), "not a photo of the album", id="cover from elsewhere"),
        pytest.param(('"Lisbon"', '"Porto"'), RenameAlbum("ev", "Faro", "Lisbon"), "Porto", id="renamed by the user"),
        pytest.param(("", ""), DeleteAlbum("ev", "event", "Lisbon"), "2 photos", id="photos in it"),
        pytest.param(
            ('    "a.jpg",\n    "b.jpg",', '"typo.jpg"'),
            DeleteAlbum("ev", "event", "Lisbon"),
            "typo.jpg",
            id="a path of the user's in it",
        ),
        pytest.param(
            ('photos = [\n    "a.jpg",\n    "b.jpg",\n]', 'weather = "fine"'),
            DeleteAlbum("ev", "event", "Lisbon"),
            "fields of their own",
            id="a field of the user's in it",
        ),
    ],
)
def test_users_album_edits_stand(
    gallery: Plugin, album: Path, edit: tuple[str, str], change: Change, reason: str
) -> None:
    album.write_text(album.read_text().replace(*edit, 1))
    before = album.read_bytes()
    outcome = gallery.apply(change)
    assert (outcome.status, reason in outcome.reason) == ("refused", True), outcome
    assert album.read_bytes() == before


def test_deleted_photo_does_not_keep_its_album(root: Path, album: Path, reopen: Reopen) -> None:
    reopen().apply(SetCover("ev", "b.jpg", None))
    (root / "b.jpg").unlink()
    gallery = reopen()
    assert [a.cover for a in gallery.albums()] == [None]
    assert gallery.apply(SetCover("ev", "a.jpg", None)).status == "done"
    assert '"b.jpg"' in album.read_text()  # it may come back
    assert gallery.apply(RemoveMembers("ev", ("a.jpg",))).status == "done"
    assert gallery.apply(DeleteAlbum("ev", "event", "Lisbon")).status == "done"
    assert not album.exists()


def test_removing_a_gone_photo_takes_its_line(root: Path, album: Path, reopen: Reopen) -> None:
    (root / "b.jpg").unlink()
    assert reopen().apply(RemoveMembers("ev", ("b.jpg",))).status == "done"
    assert "b.jpg" not in album.read_text()


def test_cover_goes_with_its_photo(gallery: Plugin, album: Path) -> None:
    gallery.apply(SetCover("ev", "b.jpg", None))
    gallery.apply(RemoveMembers("ev", ("b.jpg",)))
    assert "cover =" not in album.read_text()


def test_broken_sidecar_is_skipped_with_its_reason(gallery: Plugin, root: Path) -> None:
    (root / "a.jpg.xmp").write_bytes(b"<x:xmp")
    outcome = gallery.apply(AddTags(("beach",), ("a.jpg", "b.jpg")))
    assert (outcome.status, outcome.skipped) == ("done", ("a.jpg",))
    assert "a.jpg: it is not well-formed XML" in outcome.reason
    assert (root / "a.jpg.xmp").read_bytes() == b"<x:xmp"
    alone = gallery.apply(AddTags(("sea",), ("a.jpg",)))
    assert (alone.status, alone.skipped) == ("refused", ("a.jpg",))
    assert gallery.tagged("beach") == ["b.jpg"]


def test_tag_that_xml_cannot_hold_is_refused(gallery: Plugin, root: Path) -> None:
    before = files(root)
    outcome = gallery.apply(AddTags(("a\x00b",), ("a.jpg",)))
    assert (outcome.status, "U+0000" in outcome.reason) == ("refused", True)
    assert [name for name in files(root).keys() - before.keys() if not name.startswith(".albumen/")] == []


def test_users_tags_and_notes_stay(gallery: Plugin, root: Path) -> None:
    sidecar = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description rdf:about=""><dc:subject><rdf:Bag><rdf:li>sea'
        "</rdf:li></rdf:Bag></dc:subject><dc:description><rdf:Alt><rdf:li>Mine</rdf:li></rdf:Alt></dc:description>"
        "</rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    (root / "a.jpg.xmp").write_text(sidecar)
    assert gallery.apply(AddTags(("sea",), ("a.jpg",))).status == "already"
    assert gallery.apply(RemoveTags(("sea",), ("a.jpg",))).status == "already"
    assert gallery.apply(WriteNote("a.jpg", "Ours")).status == "refused"
    assert (root / "a.jpg.xmp").read_text() == sidecar


@pytest.mark.parametrize(
    "name",
    [
        pytest.param("-rf\n\"<script>'&\t.jpg", id="newline, quotes and markup"),
        pytest.param("é" * 123 + ".jpg", id="250 bytes"),
        pytest.param("👩‍👩‍👧 \\x41.jpg", id="emoji and a backslash"),
        pytest.param("#[albumen]'''.jpg", id="TOML"),
        pytest.param("\x01\x1b\x7f.jpg", id="control characters"),
    ],
)
def test_any_name(root: Path, reopen: Reopen, name: str) -> None:
    Image.new("RGB", (16, 12), (9, 9, 9)).save(root / name, "JPEG")
    gallery = reopen()
    for change in (
        CreateAlbum("ev", "event", name),
        AddMembers("ev", (name,)),
        SetCover("ev", name, None),
        AddTags(("beach",), (name,)),
    ):
        assert gallery.apply(change).status == "done", change
    again = reopen()
    assert [(a.title, a.cover) for a in again.albums()] == [(name, name)]
    assert (again.members("ev"), again.tagged("beach")) == ([name], [name])
    assert read_sidecar(root / f"{name}.xmp").our_tags == ("beach",)


def test_name_without_room_for_a_sidecar_is_skipped(root: Path, reopen: Reopen) -> None:
    name = "n" * 249 + ".jpg"
    Image.new("RGB", (16, 12), (9, 9, 9)).save(root / name, "JPEG")
    outcome = reopen().apply(AddTags(("beach",), (name, "a.jpg")))
    assert (outcome.status, outcome.skipped) == ("done", (name,))
    assert "too long" in outcome.reason


@pytest.mark.parametrize(
    ("number", "error", "text"),
    [
        pytest.param(28, GalleryRefused, "disk is full", id="ENOSPC"),
        pytest.param(5, GalleryUnreachable, "tried again", id="EIO"),
    ],
)
@pytest.mark.parametrize(
    "change",
    [
        pytest.param(RenameAlbum("ev", "Porto", "Lisbon"), id="album"),
        pytest.param(AddTags(("beach",), ("a.jpg", "b.jpg")), id="tags"),
        pytest.param(CreatePerson("p", "Ana"), id="person"),
    ],
)
def test_fault_leaves_everything_as_it_was(
    gallery: Plugin,
    album: Path,
    root: Path,
    monkeypatch: pytest.MonkeyPatch,
    change: Change,
    number: int,
    error: type[Exception],
    text: str,
) -> None:
    def fail(handle: int) -> None:
        raise OSError(number, "fault")

    before = files(root)
    monkeypatch.setattr(atomic.os, "fsync", fail)
    with pytest.raises(error, match=text):
        gallery.apply(change)
    monkeypatch.undo()
    assert files(root) == before
    assert gallery.apply(change).status == "done"


def test_album_too_large_for_the_disk_stays_as_it_was(root: Path, album: Path, tmp_path: Path) -> None:
    before = files(root)
    child = (
        "import resource, sys; from pathlib import Path; from plugins.galleries.folder import Plugin\n"
        "from plugins.changes import DescribeAlbum\n"
        "gallery = Plugin(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "list(gallery.photos()); resource.setrlimit(resource.RLIMIT_FSIZE, (8192, 8192))\n"
        "gallery.apply(DescribeAlbum('ev', 'x' * 100_000, was=''))\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", child, str(root), str(tmp_path / "data")], capture_output=True, text=True, check=False
    )
    assert "GalleryRefused" in done.stderr.splitlines()[-1]
    assert "raise the limit" in done.stderr
    assert files(root) == before


def people(gallery: Plugin) -> dict[str, str]:
    return {person.id: person.name for person in gallery.people()}


def test_users_people_edits_stand(gallery: Plugin) -> None:
    file = gallery.state / "people.toml"
    for change in (CreatePerson("p-1"), CreatePerson("p-2", "Ana"), AssignFace("f-1", "p-1")):
        gallery.apply(change)
    file.write_text(file.read_text().replace('name = ""', 'name = "Rui" # my brother\nborn = 1990'))
    assert people(gallery) == {"p-1": "Rui", "p-2": "Ana"}
    assert gallery.apply(RemovePerson("p-1")).status == "refused"  # a face
    assert gallery.apply(AssignFace("f-1", "p-2", was=None)).status == "refused"  # it is Rui's
    assert gallery.apply(AssignFace("f-2", "p-2", was="p-1")).status == "refused"  # nobody's by now
    assert gallery.apply(UnassignFace("f-1", "p-1")).status == "done"
    assert gallery.apply(RemovePerson("p-1")).status == "refused"  # a name of the user's
    assert "# my brother\nborn = 1990" in file.read_text()
    assert gallery.apply(RemovePerson("p-2", "Ana")).status == "done"
    assert people(gallery) == {"p-1": "Rui"}


@pytest.mark.parametrize(
    ("text", "where"),
    [
        pytest.param("[p\n", "line 1", id="not TOML"),
        pytest.param("p = 1\n", "must be a table", id="no table"),
        pytest.param("[p]\nname = 1\n", "must be text", id="a name that is no text"),
        pytest.param("[p]\nfaces = [1]\n", "list of texts", id="faces that are no texts"),
    ],
)
def test_broken_people_stop_and_stay(gallery: Plugin, text: str, where: str) -> None:
    gallery.apply(CreatePerson("p"))
    file = gallery.state / "people.toml"
    file.write_text(text)
    with pytest.raises(GalleryRefused, match=where):
        gallery.apply(CreatePerson("q"))
    assert file.read_text() == text


def test_what_the_user_writes_about_people_meanwhile_comes_first(gallery: Plugin) -> None:
    class Edited(PeopleFile):
        """A file that the user saves between our reading and our writing."""

        def _text(self) -> str:
            text = super()._text()
            self.path.write_text('[p-1]\nname = "Rui"\n\n[grandma]\nname = "Eva"\n')
            return text

    gallery.apply(CreatePerson("p-1"))
    file = Edited(gallery.state / "people.toml")
    with pytest.raises(GalleryUnreachable, match="just now"):
        file.apply(AssignFace("f-1", "p-1"))
    assert people(gallery) == {"p-1": "Rui", "grandma": "Eva"}
    assert gallery.apply(AssignFace("f-1", "p-1")).status == "done"
    assert people(gallery) == {"p-1": "Rui", "grandma": "Eva"}


def test_every_change_of_a_run_sees_the_file_as_the_user_left_it(gallery: Plugin, album: Path) -> None:
    """Between two changes the user renames, reorders, takes a photo out and puts one in."""
    album.write_text(album.read_text().replace('"Lisbon"', '"Lisboa"').replace('    "a.jpg",\n', '    "c.jpg",\n'))
    assert gallery.apply(AddMembers("ev", ("trip/d.jpg",))).status == "done"
    assert (gallery.albums()[0].title, gallery.members("ev")) == ("Lisboa", ["c.jpg", "b.jpg", "trip/d.jpg"])
    assert gallery.apply(SetCover("ev", "c.jpg", None)).status == "done"
    album.write_text(album.read_text().replace("[albumen]", "[mine]"))
    assert gallery.apply(RemoveMembers("ev", ("b.jpg",))).status == "gone"
    album.unlink()
    assert gallery.apply(RenameAlbum("ev", "Porto", "Lisboa")).status == "gone"
    assert gallery.albums() == []


@pytest.mark.parametrize(
    ("listed", "word", "tag"),
    [
        pytest.param("Animals|Dog", "Dog", "Animals/Dog", id="a word"),
        pytest.param("Music|AC/DC", "AC/DC", "Music/AC|DC", id="a word with a slash"),
    ],
)
def test_a_tag_with_levels_is_one_tag_in_all_sources(
    reopen: Reopen, root: Path, listed: str, word: str, tag: str
) -> None:
    """The picture itself says `Animals|Dog`, a keyword in it and a flat sidecar only repeat the leaf."""
    (root / "a.jpg.xmp").write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/"><rdf:Description rdf:about=""><dc:subject><rdf:Bag>'
        f"<rdf:li>{word}</rdf:li></rdf:Bag></dc:subject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    packet = (
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns:lr="http://ns.adobe.com/lightroom/1.0/"><rdf:Description rdf:about=""><lr:hierarchicalSubject><rdf:Bag>'
        f"<rdf:li>{listed}</rdf:li></rdf:Bag></lr:hierarchicalSubject></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    Image.new("RGB", (16, 12)).save(root / "a.jpg", "JPEG", xmp=packet.encode())
    gallery = reopen()
    assert next(photo.tags for photo in gallery.photos() if photo.id == "a.jpg") == (tag,)
    assert gallery.tagged(tag) == ["a.jpg"]
    assert gallery.tagged(word) == ["a.jpg"], "the word is there: it is not to be put on once more"
    assert gallery.apply(AddTags((word, tag), ("a.jpg",))).status == "already"
    assert gallery.apply(AddTags((word, tag), ("b.jpg",))).status == "done"
    assert [gallery.tagged(one) for one in (word, tag)] == [["a.jpg", "b.jpg"]] * 2
    assert gallery.apply(RemoveTags((word,), ("b.jpg",))).status == "done"
    assert [gallery.tagged(one) for one in (word, tag)] == [["a.jpg"], ["a.jpg", "b.jpg"]]
