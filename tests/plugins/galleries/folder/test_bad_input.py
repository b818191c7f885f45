"""A library of bad names, broken files, loops and full disks: a clear message each, and nothing half-written."""

from __future__ import annotations

import os
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest
from lxml import etree
from PIL import Image

from plugins import atomic
from plugins.changes import AddMembers, AddTags, AssignFace, Change, CreateAlbum, CreatePerson, SetCover, WriteNote
from plugins.galleries import GalleryError, GalleryRefused
from plugins.galleries.folder import Plugin

Reopen = Callable[[], Plugin]
NAMES = (
    "two\nlines.jpg",
    "quotes \"'`.jpg",
    "👩‍👩‍👧 ☺️.jpg",
    "é" * 122 + "x.jpg",  # 249 bytes
    "-rf.jpg",
    "<script>alert('1')&amp;.jpg",
    "]]>--><!-- %s {0} $HOME.jpg",
    "C:\\windows\\..\\x.jpg",
    " space .jpg",
    "\x01\x1b[31m\x7f.jpg",
    "\u202egpj.jpg",
    "~2.jpg",
    "# [albumen].jpg",
    "-dash/<b>/two\nlines/x.jpg",
)
RDF = (
    b'<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    b'<rdf:Description rdf:about=""/></rdf:RDF></x:xmpmeta>'
)
BROKEN = {
    "truncated": RDF[:-20],
    "billion laughs": b'<!DOCTYPE x [<!ENTITY a "aaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">]>' + RDF,
    "external entity": b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
    + RDF.replace(b"/></rdf:RDF>", b">&a;</rdf:Description></rdf:RDF>"),
    "parameter entity": b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x">%a;]>' + RDF,
    "huge": RDF + b" " * 16_000_000,
    "wrong encoding": RDF.replace(b'""', '"é"'.encode("latin-1")),
    "unknown encoding": b'<?xml version="1.0" encoding="klingon"?>' + RDF,
    "zeros": RDF + b"\0" * 512,
    "not XML": b"\xff\xd8\xff\xe0JFIF",
    "empty": b"",
    "no XMP": b"<html/>",
}


def draw(path: Path | bytes, shade: int = 0) -> None:
    with open(path, "wb") as file:  # noqa: PTH123 names that are no text
        Image.new("RGB", (16, 12), (shade % 256, shade // 256, 120)).save(file, "JPEG")


def everything(photos: tuple[str, ...]) -> Iterator[Change]:
    yield CreateAlbum("ev", "event", photos[0], photos[-1])
    yield AddMembers("ev", photos)
    yield AddTags(("beach",), photos)
    for photo in photos:
        yield SetCover("ev", photo, None)
        yield SetCover("ev", None, photo)
        yield WriteNote(photo, photo.replace("\x01", "").replace("\x1b", ""))
    yield CreatePerson("p-1", photos[0])
    yield AssignFace(f"{photos[0]}#0", "p-1")


def snapshot(root: Path) -> Mapping[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_a_library_of_bad_names(tmp_path: Path) -> None:
    root = tmp_path / "photos \n<i>'\"👧"
    for number, name in enumerate(NAMES):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        draw(root / name, number)
    gallery = Plugin(root, tmp_path / "data")
    assert {photo.name for photo in gallery.photos()} == set(NAMES)
    for change in everything(NAMES):
        assert gallery.apply(change).status == "done", change
    again = Plugin(root, tmp_path / "data")
    assert ({photo.id for photo in again.photos()}, again.members("ev")) == (set(NAMES), list(NAMES))
    assert (set(again.tagged("beach")), again.problems) == (set(NAMES), ())
    assert [person.name for person in again.people()] == [NAMES[0]]
    for path in (*again.state.rglob("*.toml"), *root.rglob("*.xmp")):
        tomllib.loads(path.read_text()) if path.suffix == ".toml" else etree.parse(path)


@pytest.mark.parametrize("where", ["file", "folder", "root"])
def test_names_that_are_no_text(where: str, tmp_path: Path) -> None:
    root = tmp_path / (os.fsdecode(b"r\xfcoot") if where == "root" else "root")
    root.mkdir()
    draw(root / "a.jpg")
    odd = os.fsencode(root) + (b"/caf\xe9.jpg" if where == "file" else b"/caf\xe9")
    if where == "folder":
        os.mkdir(odd)  # noqa: PTH102
        draw(odd + b"/b.jpg", 1)
    elif where == "file":
        draw(odd, 1)
    gallery = Plugin(root, tmp_path / "data")
    for change in everything(("a.jpg",)):
        assert gallery.apply(change).status == "done", change
    assert [photo.name for photo in gallery.photos()] == ["a.jpg"]
    reported = [problem.path.encode().decode() for problem in gallery.problems]
    assert reported == ([] if where == "root" else ["caf\ufffd" + (".jpg" if where == "file" else "")])


def test_broken_sidecars_are_reported_and_stay(root: Path, reopen: Reopen) -> None:
    for number, (name, data) in enumerate(BROKEN.items()):
        draw(root / f"{name}.jpg", 500 + number)
        (root / f"{name}.jpg.xmp").write_bytes(data)
    before = snapshot(root)
    photos = tuple(f"{name}.jpg" for name in BROKEN)
    outcome = reopen().apply(AddTags(("beach",), (*photos, "a.jpg")))
    assert (outcome.status, outcome.skipped) == ("done", photos)
    gallery = reopen()
    list(gallery.photos())
    assert {problem.path for problem in gallery.problems} == set(photos)
    assert gallery.tagged("beach") == ["a.jpg"]
    assert {path: data for path, data in snapshot(root).items() if path in before} == before


def test_links_of_all_kinds(root: Path, tmp_path: Path, reopen: Reopen) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.xmp").write_bytes(RDF)
    draw(outside / "z.jpg", 99)
    for link, target in {
        "loop.jpg": "loop.jpg",
        "round.jpg": "about.jpg",
        "about.jpg": "round.jpg",
        "self": ".",
        "trip/up": "..",
        "out.jpg": str(outside / "z.jpg"),
        "out": str(outside),
        "a.jpg.xmp": str(outside / "a.xmp"),
        "b.jpg.xmp": "/nowhere/b.xmp",
        "c.jpg.xmp": "c.jpg.xmp",
    }.items():
        (root / link).symlink_to(target)
    gallery = reopen()
    assert [photo.name for photo in gallery.photos()] == ["a.jpg", "b.jpg", "c.jpg", "trip/d.jpg"]
    reported = {problem.path for problem in gallery.problems}
    assert reported == {"loop.jpg", "round.jpg", "about.jpg", "out", "out.jpg", "c.jpg"}
    outcome = gallery.apply(AddTags(("beach",), ("a.jpg", "b.jpg", "c.jpg", "trip/d.jpg")))
    assert (outcome.status, outcome.skipped) == ("done", ("a.jpg", "b.jpg", "c.jpg"))
    assert (outside / "a.xmp").read_bytes() == RDF
    assert all((root / f"{name}.jpg.xmp").is_symlink() for name in "abc")


@pytest.mark.timeout(30)
@pytest.mark.parametrize("what", ["folder", "pipe", "loop"])
@pytest.mark.parametrize("name", ["people.toml", "index.json", "moved.json", "albums", "README.txt", "sidecars"])
def test_what_is_no_file_where_our_state_should_be(root: Path, reopen: Reopen, what: str, name: str) -> None:
    """Nothing waits for a pipe, and what cannot be done says so."""
    state = root / ".albumen"
    state.mkdir()
    if what == "folder" and name not in {"albums", "sidecars"}:
        (state / name).mkdir()
    elif what == "pipe":
        os.mkfifo(state / name)
    elif what == "loop":
        (state / name).symlink_to(name)
    gallery = reopen()
    assert len(list(gallery.photos())) == 4
    for change in (CreateAlbum("ev", "event", "t"), AddTags(("x",), ("a.jpg",)), CreatePerson("p")):
        try:
            outcome = gallery.apply(change)
        except GalleryRefused as error:
            said = str(error)
        else:
            said = outcome.status
        assert said == "done" or str(state / name) in said


@pytest.mark.parametrize("text", [
    pytest.param(f"a = {'1' * 5_000}\n", id="a number of 5,000 digits"),
    pytest.param("title = 'a\0b'\n", id="a zero"),
    pytest.param("a = 2024-02-31\n", id="no such day"),
    pytest.param("title = 'a'\rphotos = []\n", id="old Mac lines"),
])  # fmt: skip
@pytest.mark.parametrize("name", ["albums/ev.toml", "people.toml"])
def test_toml_that_nobody_can_read_names_its_file(root: Path, reopen: Reopen, name: str, text: str) -> None:
    path = root / ".albumen" / name
    path.parent.mkdir(parents=True)
    path.write_bytes(text.encode())
    gallery = reopen()
    change = CreatePerson("p") if name == "people.toml" else CreateAlbum("ev-2", "event", "t")
    asked = [lambda: gallery.apply(change), gallery.people if name == "people.toml" else gallery.albums]
    for ask in asked:
        with pytest.raises(GalleryRefused, match=f"{name}.*nothing is changed"):
            ask()
    assert path.read_bytes() == text.encode()


def test_depth_that_can_be_read_but_not_edited_is_refused(root: Path, reopen: Reopen) -> None:
    reopen().apply(CreateAlbum("ev", "event", "t"))
    path = root / ".albumen/albums/ev.toml"
    path.write_text(f"deep = {'[' * 300}{']' * 300}\n{path.read_text()}")
    before = path.read_bytes()
    with pytest.raises(GalleryRefused, match="nested"):
        reopen().apply(AddMembers("ev", ("a.jpg",)))
    assert path.read_bytes() == before


@pytest.mark.parametrize("what", ["file", "folder", "sidecar", "album", "people", "index"])
def test_what_may_not_be_read(unprivileged: Path, what: str) -> None:
    root, data = unprivileged / "photos", unprivileged / "data"
    (root / "trip").mkdir(parents=True)
    for number, name in enumerate(("a.jpg", "b.jpg", "trip/c.jpg")):
        draw(root / name, number)
    (root / "b.jpg.xmp").write_bytes(RDF)
    gallery = Plugin(root, data)
    for change in (CreateAlbum("ev", "event", "t"), AddMembers("ev", ("a.jpg",)), CreatePerson("p")):
        assert gallery.apply(change).status == "done"
    shut = {"file": "b.jpg", "folder": "trip", "sidecar": "b.jpg.xmp", "album": ".albumen/albums/ev.toml",
            "people": ".albumen/people.toml", "index": ".albumen/index.json"}[what]  # fmt: skip
    (root / shut).chmod(0)
    if what in {"file", "sidecar"}:
        os.utime(root / shut)  # it is not read again otherwise
    gallery = Plugin(root, data)
    seen = {photo.name for photo in gallery.photos()}
    assert seen == {"a.jpg", "b.jpg", "trip/c.jpg"} - {"file": {"b.jpg"}, "folder": {"trip/c.jpg"}}.get(what, set())
    if what in {"file", "folder"}:
        assert [(p.path, "ermission" in p.reason) for p in gallery.problems] == [(shut, True)]
    elif what == "sidecar":
        assert [(p.path, "ermission" in p.reason) for p in gallery.problems] == [("b.jpg", True)]
        assert gallery.apply(AddTags(("beach",), ("a.jpg", "b.jpg"))).skipped == ("b.jpg",)
    elif what in {"album", "people"}:
        with pytest.raises(GalleryRefused, match="permission"):
            gallery.albums() if what == "album" else gallery.people()
        with pytest.raises(GalleryRefused, match="permission"):
            gallery.apply(AddMembers("ev", ("b.jpg",)) if what == "album" else CreatePerson("q"))


LIMITED = (
    "import resource, sys; from pathlib import Path; from plugins.changes import *\n"
    "from plugins.galleries.folder import Plugin; from plugins.galleries import GalleryRefused\n"
    "gallery = Plugin(Path(sys.argv[1]), Path(sys.argv[2]))\n"
    "if sys.argv[3] != 'index': list(gallery.photos()); gallery.apply(CreateAlbum('other', 'event', 't'))\n"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (700, 700))\n"
    "change = {'sidecar': WriteNote('a.jpg', 'x' * 9_000), 'people': CreatePerson('p', 'x' * 9_000),\n"
    "          'album': CreateAlbum('ev', 'event', 't', 'x' * 9_000)}.get(sys.argv[3])\n"
    "if change is None: list(gallery.photos()); print([p.reason for p in gallery.problems])\n"
    "else:\n"
    "    try: print(gallery.apply(change))\n"
    "    except GalleryRefused as error: print(error)\n"
)


@pytest.mark.parametrize("what", ["album", "sidecar", "people", "index"])
def test_a_file_that_may_not_grow_stays_as_it_was(root: Path, reopen: Reopen, tmp_path: Path, what: str) -> None:
    list(reopen().photos())
    reopen().apply(CreateAlbum("other", "event", "t"))
    if what == "index":
        draw(root / "new.jpg", 1_000)
    before = snapshot(root)
    done = subprocess.run(
        [sys.executable, "-c", LIMITED, str(root), str(tmp_path / "data"), what],
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert ("cannot be stored" if what == "index" else "raise the limit") in done.stdout
    assert snapshot(root) == before


@pytest.mark.parametrize("failing", range(1, 22, 2))  # every second one is of a folder, and may fail
def test_a_disk_that_fills_up_at_any_write(
    root: Path, reopen: Reopen, monkeypatch: pytest.MonkeyPatch, failing: int
) -> None:
    """The n-th write fails: every file is whole then, and the same again ends as if undisturbed."""
    photos = ("a.jpg", "b.jpg")
    of_album = (CreateAlbum("ev", "event", "t"), AddMembers("ev", photos), SetCover("ev", "a.jpg", None))
    changes = (*of_album, AddTags(("beach",), photos), WriteNote("a.jpg", "n"), CreatePerson("p"), AssignFace("f", "p"))
    real, count = os.fsync, 0

    def fail(handle: int) -> None:
        nonlocal count
        count += 1
        if count == failing:
            raise OSError(28, "No space left on device")
        real(handle)

    monkeypatch.setattr(atomic.os, "fsync", fail)
    said = ""
    try:
        gallery = reopen()
        list(gallery.photos())
        said = "".join(problem.reason for problem in gallery.problems)
        for change in changes:
            gallery.apply(change)
    except GalleryError as error:
        said = str(error)
    assert count >= failing
    assert "disk is full" in said or "No space left" in said
    monkeypatch.undo()
    assert list(root.rglob("*.tmp")) == []
    for path in root.rglob("*.toml"):
        tomllib.loads(path.read_text())
    for path in root.rglob("*.xmp"):
        etree.parse(path)
    gallery = reopen()
    for change in changes:
        assert gallery.apply(change).status in {"done", "already"}, change
    again = reopen()
    assert (again.members("ev"), again.tagged("beach"), again.albums()[0].cover) == (
        list(photos),
        list(photos),
        "a.jpg",
    )
    assert [person.id for person in again.people()] == ["p"]
