"""Album files: what the user writes in them stays, what is broken stops the run, and paths follow moved photos."""

from __future__ import annotations

import os
import tomllib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.galleries.folder.catalogue import AlbumFile, Catalogue
from plugins.galleries.folder.paths import PathBook
from plugins.records import Marker, Photo

MARKED = '[albumen]\nkind = "event"\nkey = "ev-1"\nv = 1\n'
USERS = """\
# Our best holiday
title = "Lisbon" # the capital
weather = "fine"   # a field of my own
photos = [
  "a.jpg", # the tram
  # on the second day
  "b.jpg",
  'c.jpg'
]

[albumen]
kind = "event"
key = "ev-1"
v = 1

[mine]
cost = 3
"""


@pytest.fixture
def catalogue(tmp_path: Path) -> Catalogue:
    (tmp_path / "albums").mkdir()
    return Catalogue(tmp_path / "albums")


def put(catalogue: Catalogue, text: str | bytes, name: str = "ev-1") -> None:
    catalogue.path(name).write_bytes(text if isinstance(text, bytes) else text.encode())


def test_no_folder_no_albums(tmp_path: Path) -> None:
    assert list(Catalogue(tmp_path / "none").albums()) == []


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(".hidden.toml", id="hidden"),
        pytest.param("notes.txt", id="no TOML"),
        pytest.param(".albumen-0-1-a.tmp", id="temporary"),
    ],
)
def test_other_files_are_no_albums(catalogue: Catalogue, name: str) -> None:
    (catalogue.folder / name).write_text("=")
    assert list(catalogue.albums()) == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        pytest.param("title = 'a'\nphotos = [\n'a.jpg'\n'b.jpg'\n]\n", "line 4", id="a comma is missing"),
        pytest.param("title = Lisbon\n", "line 1", id="quotes are missing"),
        pytest.param("title = 'a'\ntitle = 'b'\n", "line 2", id="twice the same"),
        pytest.param(b"title = 'a'\n# caf\xe9\n", "line 2", id="not UTF-8"),
        pytest.param("title = 5\n", "title", id="a title that is no text"),
        pytest.param("photos = 'a.jpg'\n", "photos", id="photos that are no list"),
        pytest.param("photos = ['a.jpg', 3]\n", "photos", id="a photo that is no text"),
        pytest.param(MARKED.replace("v = 1", "v = 2"), "newer", id="from the future"),
        pytest.param("a = " + "[" * 5_000, "cannot be read", id="absurdly deep"),
    ],
)
def test_broken_file_stops_and_stays(catalogue: Catalogue, text: str | bytes, where: str) -> None:
    """A broken album of ours must not look deleted."""
    put(catalogue, text, "ev-2")
    before = catalogue.path("ev-2").read_bytes()
    for ask in (lambda: list(catalogue.albums()), lambda: catalogue.find("ev-2"), lambda: catalogue.find("ev-1")):
        with pytest.raises(GalleryRefused, match=where) as refused:
            ask()
        assert "ev-2.toml" in str(refused.value)
    assert catalogue.path("ev-2").read_bytes() == before


@pytest.mark.parametrize(
    ("change", "line"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"title": "Porto"}, ('"Lisbon" #', '"Porto" #'), id="title"),
        pytest.param({"photos": ("a.jpg", "b.jpg", "c.jpg", "d")}, ("'c.jpg'\n", "'c.jpg',\n    \"d\",\n"), id="add"),
        pytest.param({"photos": ("a.jpg", "c.jpg")}, ('  "b.jpg",\n', ""), id="remove"),
        pytest.param({"photos": ("a.jpg", "z.jpg", "c.jpg")}, ('"b.jpg"', '"z.jpg"'), id="moved"),
        pytest.param({"cover": "b.jpg"}, ("capital\n", 'capital\ncover = "b.jpg"\n'), id="cover"),
    ],
)  # fmt: skip
def test_only_what_changes_changes(
    catalogue: Catalogue, change: dict[str, object], line: tuple[str, str] | None
) -> None:
    put(catalogue, USERS)
    old = catalogue.read("ev-1")
    catalogue.save(old, replace(old, **change))
    after = catalogue.path("ev-1").read_text()
    wanted = USERS.replace(*line) if line else USERS
    assert "".join(after.split()).replace(",]", "]") == "".join(wanted.split()).replace(",]", "]")
    assert catalogue.read("ev-1") == replace(old, **change)


COMMENT = "# These lines say that Albumen keeps this album"
NOTE = f"{COMMENT} up to date.\n"


@pytest.mark.parametrize(
    ("edit", "order"),
    [
        pytest.param(("", ""), ["title", "description", "cover", "photos"], id="as it was made"),
        pytest.param(('description = ""\n', ""), ["title", "cover", "photos"], id="without a description"),
        pytest.param(('"Lisbon"\ndescription = ""', '"Lisbon" # mine'), ["title", "cover", "photos"], id="commented"),
        pytest.param(('title = "Lisbon"\ndescription = ""\n', ""), ["cover", "photos"], id="only photos"),
        pytest.param(('description = ""', 'description = """\n[x]\nphotos = []\n"""'),
                     ["title", "description", "cover", "photos"], id="a description in lines"),
        pytest.param(("\ntitle", "\n\n  title"), ["title", "description", "cover", "photos"], id="indented"),
    ],
)  # fmt: skip
def test_cover_stands_with_the_others_however_often_it_is_set(
    catalogue: Catalogue, edit: tuple[str, str], order: list[str]
) -> None:
    catalogue.create(AlbumFile("ev-1", "Lisbon", photos=("a", "b"), marker=Marker("event", "ev-1")))
    put(catalogue, catalogue.path("ev-1").read_text().replace(*edit, 1))
    before = catalogue.path("ev-1").read_text()
    for cover in ("a", None, "b", "a"):
        old = catalogue.read("ev-1")
        catalogue.save(old, replace(old, cover=cover))
        text = catalogue.path("ev-1").read_text()
        assert catalogue.read("ev-1").cover == cover
        assert text.splitlines()[text.splitlines().index("[albumen]") - 1].startswith(COMMENT)
        assert list(tomllib.loads(text)) == [name for name in order if cover or name != "cover"] + ["albumen"]
        assert cover or text == before


def test_fields_that_the_user_deleted_come_back_above_the_marker(catalogue: Catalogue) -> None:
    put(catalogue, f"# mine\n\n{NOTE}{MARKED}")
    old = catalogue.read("ev-1")
    catalogue.save(old, replace(old, photos=("a",), cover="a", description="d", title="t"))
    text = catalogue.path("ev-1").read_text()
    assert text.endswith(f"# mine\n\n{NOTE}{MARKED}")
    assert list(tomllib.loads(text)) == ["title", "description", "cover", "photos", "albumen"]


def test_an_edit_is_seen_at_once(catalogue: Catalogue) -> None:
    """The same length at the same moment: file systems tell time in ticks of up to two seconds."""
    put(catalogue, USERS)
    path = catalogue.path("ev-1")
    before = path.stat()
    assert catalogue.read("ev-1").title == "Lisbon"
    path.write_text(USERS.replace("Lisbon", "Madrid"))
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert catalogue.read("ev-1").title == "Madrid"


@pytest.mark.parametrize("edit", [pytest.param(("Lisbon", "Porto"), id="title"), pytest.param((MARKED, ""), id="ours"),
                                  pytest.param(('"a.jpg", # the tram', ""), id="photo taken out")])  # fmt: skip
def test_what_the_user_changes_meanwhile_comes_first(catalogue: Catalogue, edit: tuple[str, str]) -> None:
    put(catalogue, USERS)
    old = catalogue.read("ev-1")
    put(catalogue, USERS.replace(*edit))
    with pytest.raises(GalleryUnreachable, match="just now"):
        catalogue.save(old, replace(old, description="ours"))
    assert catalogue.path("ev-1").read_text() == USERS.replace(*edit)


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("<script>\"'&\\", id="markup and quotes"),
        pytest.param("two\nlines\r\n\ttab", id="newlines"),
        pytest.param("\x00\x1b\x7f\u2028\ufeff", id="control characters"),
        pytest.param('"""\n[albumen]\nkey = "x"\n', id="TOML in it"),
        pytest.param("👩‍👩‍👧 # café", id="emoji and a hash"),
        pytest.param("x" * 100_000, id="long"),
    ],
)
def test_any_text_comes_back(catalogue: Catalogue, text: str) -> None:
    file = AlbumFile("ev-1", text, text, text, ("a", text), Marker("event", "ev-1"))
    catalogue.create(file)
    assert catalogue.read("ev-1") == file


@pytest.mark.parametrize(
    "key", [pytest.param(k, id=repr(k)) for k in ("", "../x", "a/b", "A", "a.b", "a\n", "é", "x" * 121, ".", "con\0")]
)
def test_only_keys_name_files(catalogue: Catalogue, key: str) -> None:
    with pytest.raises(GalleryRefused, match="keys are"):
        catalogue.create(AlbumFile(key, "t", marker=Marker("event", key)))
    assert catalogue.find(key) is None
    assert list(catalogue.folder.iterdir()) == []


def test_many_photos(catalogue: Catalogue) -> None:
    file = AlbumFile("ev-1", "t", photos=("a # b.jpg",), marker=Marker("event", "ev-1"))
    catalogue.create(file)
    more = replace(file, photos=tuple(f"2024/IMG_{n}.jpg" for n in range(3_000)))
    catalogue.save(file, more)
    catalogue.save(more, file)
    assert catalogue.read("ev-1") == file


@pytest.mark.parametrize(
    ("files", "ours"),
    [
        pytest.param({"mine": "title = 'x'\n"}, None, id="an album of the user's"),
        pytest.param({"ev-1": "title = 'x'\n"}, None, id="the marker is gone"),
        pytest.param({"ev-1": "[albumen]\nkind = 'event'\n"}, None, id="the marker has no key"),
        pytest.param({"ev-1": "albumen = 'mine'\n"}, None, id="a field that is no marker"),
        pytest.param({"ev-1": MARKED}, "ev-1", id="ours"),
        pytest.param({"Best of Lisbon": MARKED}, "Best of Lisbon", id="ours, renamed"),
        pytest.param({"a copy": MARKED, "ev-1": MARKED}, "ev-1", id="ours, and a copy of the user's"),
        pytest.param({"b": MARKED, "a": MARKED}, "a", id="two copies, neither by its name"),
        pytest.param({"ev-1": MARKED.replace("ev-1", "ev-2"), "x": MARKED}, "x", id="two that changed names"),
    ],
)
def test_which_album_is_ours(catalogue: Catalogue, files: dict[str, str], ours: str | None) -> None:
    for name, text in files.items():
        put(catalogue, text, name)
    found = catalogue.find("ev-1")
    assert (found and found.id) == ours
    marked = [file.id for file in catalogue.albums() if file.marker == Marker("event", "ev-1")]
    assert marked == ([ours] if ours else [])
    assert sorted(file.id for file in catalogue.albums()) == sorted(files)


def test_windows_text_is_read_and_kept(catalogue: Catalogue) -> None:
    put(catalogue, b"\xef\xbb\xbf" + USERS.replace("\n", "\r\n").encode())
    old = catalogue.read("ev-1")
    assert old.photos == ("a.jpg", "b.jpg", "c.jpg")
    catalogue.save(old, replace(old, title="Porto"))
    assert b'title = "Porto" # the capital\r\n' in catalogue.path("ev-1").read_bytes()


def photo(id_: str, name: str = "") -> Photo:
    day = datetime(2024, 5, 3, tzinfo=UTC)
    return Photo(id_, name or id_, day, day.replace(tzinfo=None), "0" * 64)


def test_lines_follow_moved_photos(catalogue: Catalogue, tmp_path: Path) -> None:
    """A photo moves twice, and another takes its first place."""
    moved = tmp_path / "moved.json"
    put(catalogue, USERS.replace("'c.jpg'", "'typo.jpg'"))
    first = PathBook(moved, [photo("a.jpg", "2024/a.jpg"), photo("b.jpg"), photo("a.jpg~2", "a.jpg")])
    assert (first.id_of("a.jpg"), first.id_of("2024/a.jpg")) == ("a.jpg", "a.jpg")
    assert first.id_of("typo.jpg") is None
    first.mend(catalogue)
    assert catalogue.read("ev-1").photos == ("2024/a.jpg", "b.jpg", "typo.jpg")
    assert "# the tram" in catalogue.path("ev-1").read_text()
    second = PathBook(moved, [photo("a.jpg", "best/a.jpg"), photo("b.jpg"), photo("a.jpg~2", "a.jpg")])
    assert (second.id_of("2024/a.jpg"), second.id_of("a.jpg")) == ("a.jpg", "a.jpg~2")
    second.mend(catalogue)
    assert catalogue.read("ev-1").photos == ("best/a.jpg", "b.jpg", "typo.jpg")
    back = PathBook(moved, [photo("a.jpg"), photo("b.jpg")])
    back.mend(catalogue)
    assert catalogue.read("ev-1").photos == ("a.jpg", "b.jpg", "typo.jpg")


@pytest.mark.parametrize(
    ("text", "id_"),
    [
        pytest.param("b\u00fccher/a.jpg", "bu\u0308cher/a.jpg", id="typed on Linux, stored by a Mac"),
        pytest.param("./b.jpg", "b.jpg", id="from here"),
        pytest.param("trip//c.jpg", "trip/c.jpg", id="a slash too many"),
        pytest.param("B.jpg", None, id="another case is another file"),
        pytest.param("trip/../b.jpg", None, id="up and down"),
        pytest.param("", None, id="nothing"),
        pytest.param("\u00e9.jpg", "\u00e9.jpg", id="twins: its own before"),
        pytest.param("e\u0301.jpg", "e\u0301.jpg", id="twins: the other's"),
    ],
)
def test_a_path_as_people_type_it(tmp_path: Path, text: str, id_: str | None) -> None:
    there = ("bu\u0308cher/a.jpg", "b.jpg", "trip/c.jpg", "\u00e9.jpg", "e\u0301.jpg")
    assert PathBook(tmp_path / "moved.json", [photo(path) for path in there]).id_of(text) == id_


def test_gone_is_not_a_slip_of_the_pen(tmp_path: Path) -> None:
    book = PathBook(tmp_path / "moved.json", [photo("a.jpg")], lambda: frozenset(("a.jpg", "b.jpg")))
    assert [book.is_gone(text) for text in ("a.jpg", "b.jpg", "c.jpg")] == [False, True, False]


def test_broken_memory_of_moves_is_no_memory(tmp_path: Path) -> None:
    (tmp_path / "moved.json").write_text("[1")
    assert PathBook(tmp_path / "moved.json", [photo("a.jpg", "b.jpg")]).id_of("b.jpg") == "a.jpg"
