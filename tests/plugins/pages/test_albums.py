"""Album pages: valid whatever things are called, offline, without scripts, and readable by everybody."""

import base64
import hashlib
import os
from dataclasses import replace
from datetime import datetime, timedelta
from html.parser import HTMLParser

import lxml.html
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plugins.pages.albums import render_album, render_index
from plugins.pages.views import AlbumView, PhotoView, PileView, SectionView

START = datetime(2024, 5, 3, 17, 20)
HOSTILE = [
    pytest.param("<script>alert(1)</script>", id="script"),
    pytest.param('"><img src=x onerror=alert(1)>', id="attribute ends"),
    pytest.param("' onmouseover='alert(1)", id="single quotes"),
    pytest.param("{{ 7 * 7 }}{% raw %}", id="template syntax"),
    pytest.param("</title></style></ul><!--", id="tags that close ours"),
    pytest.param("two\nlines\x00\x1b[31m", id="newline and control characters"),
    pytest.param("-rf 🏖️ " + "é" * 120, id="dash, emoji, 250 bytes"),
    pytest.param(os.fsdecode(b"\xff\xfe\xe9"), id="bytes that are no UTF-8"),
]


def photo(name: str = "a.jpg", minutes: float = 0, **more: object) -> PhotoView:
    view = PhotoView(name, f"../photos/{name}", "thumbs/a.jpg", START + timedelta(minutes=minutes), width=4, height=3)
    return replace(view, **more)


def album(*sections: SectionView, **more: object) -> AlbumView:
    photos = [p for s in sections for p in s.photos]
    view = AlbumView("k", "Lisbon, 3–5 May 2024", photos[0].taken_local, photos[-1].taken_local, sections)
    return replace(view, **more)


class Balanced(HTMLParser):
    """Fails at the first end tag that does not close the innermost open element."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len({name for name, _ in attrs}) == len(attrs)
        if tag not in {"meta", "img", "br"}:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag


def parsed(page: bytes) -> lxml.html.HtmlElement:
    """Return a page as a tree, after checks that hold for every page of ours."""
    text = page.decode()
    checker = Balanced()
    checker.feed(text)
    assert checker.open == []
    assert "\x00" not in text
    tree = lxml.html.document_fromstring(text.removeprefix("<!doctype html>\n"))
    assert tree.xpath("//script | //iframe | //object | //form | //link") == []
    assert tree.xpath("//@*[starts-with(name(), 'on') or name() = 'style' or name() = 'srcset']") == []
    for link in tree.xpath("//@href | //@src"):
        assert ":" not in link, "only paths lead out of a page"
        assert not link.startswith("/")
    assert len(tree.xpath("//h1")) == 1
    assert all(img.get("alt") is not None for img in tree.xpath("//img"))
    ids = tree.xpath("//@id")
    assert len(set(ids)) == len(ids)
    assert {link[1:] for link in tree.xpath("//@href") if link.startswith("#")} <= set(ids)
    return tree


def hostile_album(name: str) -> AlbumView:
    view = photo(name, tags=(name,), alt=name, place_origin="track")
    section = SectionView((view, photo("b.jpg", 5)), title=name, place=name, piles=(PileView(name, (view,)),))
    more = {"place": name, "people": (name, name), "description": name, "cover_alt": name, "cover": "thumbs/c.jpg"}
    return album(section, title=name, key=name, **more)


@pytest.mark.parametrize("name", HOSTILE)
def test_names_are_text_and_nothing_else(name: str) -> None:
    plain = parsed(render_album(hostile_album("name")))
    tree = parsed(render_album(hostile_album(name)))
    assert [e.tag for e in tree.iter()] == [e.tag for e in plain.iter()]
    parsed(render_index([hostile_album(name)], library=name))


@settings(max_examples=40, deadline=None)
@given(st.text(min_size=1))
def test_any_text_is_text(name: str) -> None:
    assert len(list(parsed(render_album(hostile_album(name))).iter())) == len(
        list(parsed(render_album(hostile_album("name"))).iter())
    )


def test_the_same_album_gives_the_same_bytes() -> None:
    view = album(SectionView((photo(),)))
    assert render_album(view) == render_album(view)


def test_the_policy_forbids_all_but_our_own_style() -> None:
    tree = parsed(render_album(album(SectionView((photo(),)))))
    policy = tree.xpath("string(//meta[@http-equiv='Content-Security-Policy']/@content)")
    digest = base64.b64encode(hashlib.sha256(tree.xpath("string(//style)").encode()).digest()).decode()
    assert f"style-src 'sha256-{digest}'" in policy
    assert policy.startswith("default-src 'none';")
    assert "script-src" not in policy
    assert "unsafe" not in policy
    assert "url(" not in tree.xpath("string(//style)")
    assert "@import" not in tree.xpath("string(//style)")


def test_a_trip_is_shown_by_day_with_its_events_and_their_piles() -> None:
    first, second, third = photo("1.jpg"), photo("2.jpg", 60), photo("3.jpg", 24 * 60)
    piles = (PileView("Anna", (first,)), PileView("no faces", (second,)))
    trip = album(
        SectionView((first, second), title="Alfama", piles=piles),
        SectionView((third,), title="Sintra", place="Sintra"),
        title="Lisbon, 3–4 May 2024",
        people=("Anna", "Ben"),
        place="Lisbon, Portugal",
    )
    tree = parsed(render_album(trip))
    assert [h.text_content() for h in tree.xpath("//h2")] == ["Friday 3 May 2024", "Saturday 4 May 2024"]
    assert [h.text for h in tree.xpath("//h3")] == ["Alfama ", "Sintra "]
    assert [h.text for h in tree.xpath("//h4")] == ["Anna ", "No faces "]
    assert tree.xpath("//ul[@class='grid']//a/@href") == [f"../photos/{n}.jpg" for n in (1, 2, 3)]
    header = " ".join(tree.xpath("//header")[0].text_content().split())
    assert "2 days" in header
    assert "Lisbon, Portugal" in header
    assert "3 photos" in header
    assert "With Anna and Ben" in header


def test_each_photo_is_once_in_the_grid_when_an_event_runs_past_midnight() -> None:
    photos = tuple(photo(f"{i}.jpg", 60 * i) for i in range(12))
    view = album(SectionView(photos, piles=(PileView("Anna", photos[:2]), PileView("Ben", photos[2:]))))
    tree = parsed(render_album(view))
    assert len(tree.xpath("//ul[@class='grid']/li")) == 12
    assert len(tree.xpath("//h2")) == 2
    assert len(tree.xpath("//ul[@class='strip']")) == 2


@pytest.mark.parametrize(
    ("piles", "n_strips"),
    [
        pytest.param((), 0, id="none"),
        pytest.param((PileView("no faces", (photo("1.jpg"), photo("2.jpg"))),), 0, id="one pile of all says nothing"),
        pytest.param((PileView("Anna", (photo("1.jpg"),)),), 1, id="a pile of some"),
    ],
)
def test_piles_are_shown_where_they_tell_something(piles: tuple[PileView, ...], n_strips: int) -> None:
    tree = parsed(render_album(album(SectionView((photo("1.jpg"), photo("2.jpg")), piles=piles))))
    assert len(tree.xpath("//ul[@class='strip']")) == n_strips


def test_a_photo_says_what_is_special_about_it() -> None:
    film = photo(kind="video", duration_s=83.0, tags=("Seaside",), place_origin="neighbour", is_cover=True)
    shown = parsed(render_album(album(SectionView((film,))))).xpath("//ul[@class='grid']/li")[0]
    text = " ".join(shown.text_content().split())
    assert text == "cover▶ 1 min 23 s17:20 Seaside place from a neighbour"
    assert shown.xpath(".//img/@alt") == ["Video, Friday 3 May 2024, 17:20"]


def test_a_photo_without_an_original_has_no_link() -> None:
    tree = parsed(render_album(album(SectionView((photo(original=""),)))))
    assert tree.xpath("//ul[@class='grid']//a") == []
    assert len(tree.xpath("//ul[@class='grid']//img")) == 1


@pytest.mark.parametrize(
    ("size", "shape"),
    [((4, 3), "r13"), ((3, 4), "r8"), ((0, 0), "r13"), ((1, 900), "r4"), ((900, 1), "r30")],
)
def test_the_shape_of_a_picture_is_a_class_that_exists(size: tuple[int, int], shape: str) -> None:
    page = render_album(album(SectionView((photo(width=size[0], height=size[1]),))))
    assert parsed(page).xpath("//ul[@class='grid']/li/@class") == [f"shot {shape}"]
    assert f".{shape}{{--r:".encode() in page


def test_the_index_has_years_newest_first_and_counts_a_photo_once() -> None:
    old = album(SectionView((photo("x.jpg", -60 * 24 * 365),)), key="old", title="Old")
    first, second = (album(SectionView((photo("y.jpg", m),)), key=f"n{m}", title=f"New {m}") for m in (0, 90))
    tree = parsed(render_index([old, first, second], library="Family"))
    assert [h.text for h in tree.xpath("//h2")] == ["2024", "2023"]
    assert tree.xpath("//li[@class='card']/a/@href") == ["n90.html", "n0.html", "old.html"]
    assert "3 albums2 photos" in tree.xpath("//header")[0].text_content()
    assert tree.xpath("string(//h1)") == "Albums of Family"


def test_an_index_without_albums_says_so() -> None:
    assert "no albums yet" in parsed(render_index([])).text_content()
