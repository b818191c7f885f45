"""Album pages of a real folder: as the albums are now, made once, and nothing of the user's touched."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from urllib.parse import unquote

import lxml.html
import pytest
from fakes.small_folder import album, draw, refresh, write

from plugins.changes import AddMembers, CreateAlbum, DeleteAlbum, RemoveMembers, RenameAlbum, SetCover
from plugins.galleries.folder import Plugin
from plugins.publishing.ledger import LedgerAlbum
from plugins.records import Event, Photo, Pile, Preview
from plugins.store import ChosenCover, Ranked
from tasks.context import opened
from tasks.pages import PageFolder, _render, _try_one

NAMES = ("a.jpg", "b #1%?.jpg", "sub/c.jpg", "d.jpg")


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    draw(tmp_path / "photos", NAMES)
    refresh(f"folder:{tmp_path / 'photos'}")
    return tmp_path / "photos"


@pytest.fixture
def library(root: Path) -> str:
    return f"folder:{root}"


def files(folder: Path) -> dict[str, tuple[int, int]]:
    found = (path for path in folder.rglob("*") if path.is_file())
    return {str(p.relative_to(folder)): (p.stat().st_ino, p.stat().st_mtime_ns) for p in found}


def page(pages: Path, name: str) -> lxml.html.HtmlElement:
    return lxml.html.document_fromstring((pages / name).read_text(encoding="utf-8").removeprefix("<!doctype html>\n"))


def test_without_albums_nothing_is_written(root: Path, library: str) -> None:
    before = files(root)
    assert _render.fn(library) == {"albums": 0, "index": ""}
    assert files(root) == before


def test_originals_stay_as_they_are(root: Path, library: str) -> None:
    sums = {name: hashlib.sha256((root / name).read_bytes()).digest() for name in NAMES}
    write(library, *album("event-1", "Lisbon", NAMES))
    _render.fn(library)
    assert {name: hashlib.sha256((root / name).read_bytes()).digest() for name in NAMES} == sums


def test_a_second_run_makes_and_writes_nothing(root: Path, library: str) -> None:
    write(library, *album("event-1", "Lisbon", NAMES), *album("event-2", "Sintra", NAMES[:1]))
    first = _render.fn(library)
    assert (first["albums"], first["written"], first["thumbs"]) == (2, 3, 4 + 2)  # a card and a cover of a.jpg, shared
    before = files(root / ".albumen" / "pages")
    second = _render.fn(library)
    assert (second["written"], second["unchanged"], second["thumbs"], second["removed"]) == (0, 3, 0, 0)
    assert files(root / ".albumen" / "pages") == before


@pytest.mark.parametrize(
    ("chosen_by_user", "said"),
    [
        pytest.param(False, ["Cover: match with your favourites: 0.83, like d.jpg"], id="our choice"),
        pytest.param(True, [], id="the user's own"),
    ],
)
def test_a_page_says_why_its_cover_was_chosen(
    chosen_by_user: bool, said: list[str], root: Path, library: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ALBUMEN_ALBUMS__MIN_PHOTOS", "1")
    with opened(library) as here:
        of = {photo.name: photo.id for photo in here.store.photos.all(here.name)}
        cover, liked = of["a.jpg"], of["d.jpg"]
        here.store.events.save(here.name, [Event("e1", tuple(of[name] for name in NAMES[:3]), "Lisbon", away=True)])
        here.store.covers.save(here.name, {"e1": ChosenCover(cover, (Ranked(cover, 0.9, 0.83),), (liked,))})
        known = LedgerAlbum("event-1", "event", cover=cover, user_cover=chosen_by_user)
        here.store.ledger.save_albums(here.name, [known])
    write(library, *album("event-1", "Lisbon", NAMES[:3]), SetCover("event-1", cover, None))
    _render.fn(library)
    (made,) = (root / ".albumen" / "pages").glob("event-1*.html")
    assert page(made.parent, made.name).xpath("//p[@class='why']/text()") == said


def test_every_link_leads_to_a_file(root: Path, library: str) -> None:
    write(library, *album("event-1", "Lisbon", NAMES))
    pages = Path(_render.fn(library)["index"]).parent
    assert pages == root / ".albumen" / "pages"
    links = {
        link for name in ("index.html", "event-1.html") for link in page(pages, name).xpath("//a/@href | //img/@src")
    }
    assert all((pages / unquote(link)).is_file() for link in links)
    shown = {os.path.realpath(pages / unquote(link)) for link in links}
    assert {str(root / name) for name in NAMES} <= shown


def test_the_user_s_rename_removal_and_cover_show(root: Path, library: str) -> None:
    write(library, *album("event-1", "Lisbon", NAMES))
    before = _render.fn(library)
    write(library, RenameAlbum("event-1", "Our honeymoon", "Lisbon"), RemoveMembers("event-1", ("a.jpg",)))
    write(library, SetCover("event-1", "d.jpg", None))
    after = _render.fn(library)
    tree = page(root / ".albumen" / "pages", "event-1.html")
    assert tree.xpath("//h1/text()") == ["Our honeymoon"]
    assert tree.xpath("//ul[@class='grid']//a/@title") == [*NAMES[1:3], "d.jpg"]
    assert [li.xpath(".//a/@title") for li in tree.xpath("//li[.//*[@class='badge']]")] == [["d.jpg"]]
    assert (before["thumbs"], after["thumbs"], after["removed"]) == (6, 2, 3)  # a.jpg leaves in three sizes


def test_events_are_sections_with_their_places_and_people(root: Path, library: str) -> None:
    with opened(library) as here:
        events = [
            Event(
                "e1", NAMES[:2], "Alfama", "Lisbon, Portugal", piles=(Pile(("Anna",), NAMES[:1]), Pile((), NAMES[1:2]))
            ),
            Event("e2", NAMES[2:3], "Sintra", "Sintra, Portugal"),
        ]
        here.store.events.save(here.name, events)
    write(library, *album("trip-1", "Portugal", NAMES, kind="trip"))
    _render.fn(library)
    tree = page(root / ".albumen" / "pages", "trip-1.html")
    assert [h.text.strip() for h in tree.xpath("//h3")] == ["Alfama", "Sintra", "Also in this album"]
    assert [h.text.strip() for h in tree.xpath("//h4")] == ["Anna", "No faces"]
    text = tree.text_content()
    assert "With Anna" in text
    assert "Place names: GeoNames, CC BY 4.0" in text


def test_the_user_s_own_album_has_a_page(root: Path, library: str) -> None:
    write(library, *album("event-1", "Lisbon", NAMES))
    text = 'title = "<b>Best</b>"\nphotos = ["d.jpg", "no such.jpg"]\n'
    (root / ".albumen" / "albums" / "best.toml").write_text(text, encoding="utf-8")
    assert _render.fn(library)["albums"] == 2
    index = page(root / ".albumen" / "pages", "index.html")
    assert sorted(index.xpath("//strong/text()")) == ["<b>Best</b>", "Lisbon"]


def test_a_picture_that_cannot_be_read_has_no_thumbnail_and_is_not_tried_again(root: Path, library: str) -> None:
    whole = (root / "a.jpg").read_bytes()
    (root / "a.jpg").write_bytes(whole[:-400])
    refresh(library)
    write(library, *album("event-1", "Lisbon", NAMES))
    first, second = _render.fn(library), _render.fn(library)
    assert (first["thumbs"], first["unreadable"]) == (3 + 2, 1)
    assert (second["thumbs"], second["unreadable"], second["written"]) == (0, 1, 0)
    assert page(root / ".albumen" / "pages", "event-1.html").xpath("count(//li/a/span[@class='blank'])") == 1
    with opened(library) as here:
        assert [problem.name for problem in here.store.problems.all(here.name)] == ["a.jpg"]
    (root / "a.jpg").write_bytes(whole)
    refresh(library)
    third = _render.fn(library)
    assert (third["unreadable"], third["thumbs"]) == (0, 3)  # it is the cover now


class Unplugged(Plugin):
    """A folder whose files go just before they are opened."""

    def preview(self, photo: Photo, min_px: int) -> Preview:
        found = super().preview(photo, min_px)
        assert isinstance(found.source, Path)
        found.source.unlink()
        return found


def test_a_picture_that_cannot_be_reached_is_tried_again(root: Path, tmp_path: Path) -> None:
    gallery = Unplugged(root, tmp_path / "data")
    photo = next(iter(gallery.photos()))
    said = _try_one(gallery, PageFolder(tmp_path), photo, {"x.jpg": 320})
    assert said == ("it cannot be opened: No such file or directory", False)
    assert not (tmp_path / "x.jpg").exists()


def test_what_no_album_uses_goes_and_what_is_not_ours_stays(root: Path, library: str) -> None:
    write(library, *album("event-1", "Lisbon", NAMES), *album("event-2", "Sintra", NAMES[:1]))
    _render.fn(library)
    pages = root / ".albumen" / "pages"
    foreign = (pages / "notes.html", pages / "thumbs" / "mine.jpg")
    for path in foreign:
        path.write_text("mine", encoding="utf-8")
    write(library, RemoveMembers("event-1", NAMES), DeleteAlbum("event-1", "event", "Lisbon"))
    assert _render.fn(library)["removed"] == 1 + 3
    assert all(path.read_text(encoding="utf-8") == "mine" for path in foreign)
    assert sorted(p.name for p in pages.glob("*.html")) == ["event-2.html", "index.html", "notes.html"]
    write(library, RemoveMembers("event-2", NAMES), DeleteAlbum("event-2", "event", "Sintra"))
    _render.fn(library)
    assert "There are no albums yet" in page(pages, "index.html").text_content()
    assert sorted(p.name for p in (pages / "thumbs").iterdir()) == ["mine.jpg"]


def test_a_folder_whose_state_is_elsewhere(root: Path, library: str, tmp_path: Path) -> None:
    digest = hashlib.sha256(os.fsencode(root.resolve())).hexdigest()[:16]
    state = tmp_path / "data" / "folders" / digest
    state.mkdir(parents=True)
    shutil.rmtree(root / ".albumen")  # an index alone, no album yet
    write(library, CreateAlbum("event-1", "event", "Lisbon"), AddMembers("event-1", NAMES))
    before = files(root)
    index = Path(_render.fn(library)["index"])
    assert index == state / "pages" / "index.html"
    assert files(root) == before
    links = page(index.parent, "event-1.html").xpath("//ul[@class='grid']//a/@href")
    assert {os.path.realpath(index.parent / unquote(link)) for link in links} == {str(root / name) for name in NAMES}


def test_pages_that_cannot_be_written_are_skipped_with_the_mend(root: Path, library: str) -> None:
    write(library, *album("event-1", "Lisbon", NAMES))
    (root / ".albumen" / "pages").write_text("in the way", encoding="utf-8")
    assert "could not be written" in _render.fn(library)["mend"]
