"""Albums as the pages show them: as the gallery holds them now, by event, people by pile."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from plugins.pages.building import REST, Material, album_views, library_slug, page_key, wanted_thumbs
from plugins.pages.views import AlbumView
from plugins.publishing.now import AlbumNow
from plugins.records import Album, Event, Marker, Photo, Pile

START = datetime(2024, 5, 3, 10, tzinfo=UTC)


def photo(n: int, name: str = "") -> Photo:
    taken = START + timedelta(hours=n)
    return Photo(f"p{n}", name or f"p{n}.jpg", taken, taken.replace(tzinfo=None), f"key{n}")


PHOTOS = {f"p{n}": photo(n) for n in range(8)}
LISBON = Event(
    "e1",
    ("p0", "p1", "p2"),
    title="Lisbon with Anna, Friday 3 May 2024",
    place="Lisbon, Portugal",
    piles=(
        Pile(("Anna",), ("p0", "p1")),
        Pile(("Anna", "Ben"), ("p1",)),
        Pile(("person 1",), ("p2",)),
        Pile(("person 2",), ("p0", "p2")),
        Pile((), ("p2",)),
    ),
)
SINTRA = Event("e2", ("p3", "p4"), title="Friday 3 May 2024", place="Sintra, Portugal")
MATERIAL = Material(PHOTOS, (LISBON, SINTRA))


def now(*members: str, kind: str = "trip", cover: str | None = None) -> AlbumNow:
    return AlbumNow(Album("a1", "Title", "Words", cover, Marker(kind, "k1") if kind else None), members)


def view(album: AlbumNow, material: Material = MATERIAL) -> AlbumView:
    (made,) = album_views([album], material)
    return made


def sections(made: AlbumView) -> list[tuple[str, str, list[str]]]:
    return [(s.title, s.place, [p.name.removesuffix(".jpg") for p in s.photos]) for s in made.sections]


@pytest.mark.parametrize(
    ("album", "expected"),
    [
        pytest.param(now("p1", "p0", kind=""), [("", "", ["p0", "p1"])], id="the user's own album is one, by time"),
        pytest.param(now("p0", "p3", "p7", kind=""), [("", "", ["p0", "p3", "p7"])], id="the user's, over events"),
        pytest.param(now("p0", "p3", kind="pile"), [("", "", ["p0", "p3"])], id="an album of a pile is one"),
        pytest.param(now("p2", "p0", "p1", kind="event"), [("", "", ["p0", "p1", "p2"])], id="one event, no heading"),
        pytest.param(now("p7", "p6", kind="event"), [("", "", ["p6", "p7"])], id="events that have changed since"),
        pytest.param(
            now("p4", "p0", "p3", "p1"),
            [("Lisbon with Anna", "", ["p0", "p1"]), ("", "Sintra, Portugal", ["p3", "p4"])],
            id="a trip by event, the day left to the heading above",
        ),
        pytest.param(
            now("p0", "p6", "p1", kind="event"),
            [("Lisbon with Anna", "", ["p0", "p1"]), (REST, "", ["p6"])],
            id="a photo that the user has added comes last",
        ),
        pytest.param(now("p0", "gone", "p0"), [("", "", ["p0"])], id="gone and double members"),
    ],
)
def test_sections(album: AlbumNow, expected: list[tuple[str, str, list[str]]]) -> None:
    assert sections(view(album)) == expected


def test_an_album_without_a_known_photo_has_no_page() -> None:
    assert album_views([now(), now("gone")], MATERIAL) == ()
    assert wanted_thumbs([now("gone")], MATERIAL) == {}


@pytest.mark.parametrize(
    ("members", "piles"),
    [
        pytest.param(
            ("p0", "p1", "p2"),
            [("Anna", 2), ("Anna and Ben", 1), ("person 2", 2), ("no faces", 1)],
            id="one photo of somebody unnamed tells nothing",
        ),
        pytest.param(("p0", "p2"), [("Anna", 1), ("person 2", 2), ("no faces", 1)], id="members only"),
        pytest.param(("p1",), [("Anna", 1), ("Anna and Ben", 1)], id="what the user took out is in no pile"),
    ],
)
def test_piles(members: tuple[str, ...], piles: list[tuple[str, int]]) -> None:
    (section,) = view(now(*members, kind="event")).sections
    assert [(pile.title, len(pile.photos)) for pile in section.piles] == piles
    (bare,) = view(now(*members, kind="event"), Material(PHOTOS, (LISBON,), piles=False)).sections
    assert bare.piles == ()


def test_the_head_of_an_album() -> None:
    made = view(now("p4", "p0", "p1", "p2", cover="p2"))
    assert (made.key, made.title, made.description) == ("k1", "Title", "Words")
    assert (made.start, made.end) == (datetime(2024, 5, 3, 10), datetime(2024, 5, 3, 14))
    assert made.people == ("Anna", "Ben")
    assert made.place == "Lisbon and Sintra, Portugal"
    assert [p.name for p in made.photos if p.is_cover] == ["p2.jpg"]


@pytest.mark.parametrize(
    ("album", "said"),
    [
        pytest.param(now("p0", "p1", cover="p1"), "match", id="the cover that we chose"),
        pytest.param(now("p0", "p1", cover="p0"), "", id="another cover"),
        pytest.param(now("p0", "p1"), "", id="no cover"),
        pytest.param(now("p0", "p1", kind="", cover="p1"), "", id="the user's own album"),
    ],
)
def test_why_a_photo_is_the_cover(album: AlbumNow, said: str) -> None:
    assert view(album, replace(MATERIAL, cover_reasons={"p1": "match"})).cover_reason == said


@pytest.mark.parametrize(
    ("places", "line"),
    [
        pytest.param(["", ""], "", id="nobody knows"),
        pytest.param(["Lisbon and Sintra, Portugal", ""], "Lisbon and Sintra, Portugal", id="one event says it"),
        pytest.param(
            ["Lisbon, Portugal", "Sintra and Lisbon, Portugal"], "Lisbon and Sintra, Portugal", id="once each"
        ),
        pytest.param(
            ["Elvas, Portugal", "Badajoz, Spain"], "Elvas and Badajoz, Portugal and Spain", id="two countries"
        ),
        pytest.param(["Portugal", "Monaco"], "Portugal and Monaco", id="countries alone"),
        pytest.param(["A, X", "B, X", "C, X", "D, X"], "A, B and C, X", id="the first few"),
    ],
)
def test_the_place_line(places: list[str], line: str) -> None:
    events = tuple(Event(f"e{n}", (f"p{n}",), place=place) for n, place in enumerate(places))
    assert view(now(*(f"p{n}" for n in range(len(places)))), Material(PHOTOS, events)).place == line


@pytest.mark.parametrize(
    ("cover", "unreadable", "shown"),
    [
        pytest.param("p2", (), "p2", id="the user's choice"),
        pytest.param(None, (), "p0", id="else the first"),
        pytest.param("gone", (), "p0", id="a choice that has left"),
        pytest.param("p0", ("key0",), "p1", id="a picture that cannot be read"),
        pytest.param("p0", ("key0", "key1", "key2"), None, id="none can be read"),
    ],
)
def test_the_cover(cover: str | None, unreadable: tuple[str, ...], shown: str | None) -> None:
    material = Material(PHOTOS, without_thumb=unreadable)
    album = now("p0", "p1", "p2", cover=cover)
    made, wanted = view(album, material), wanted_thumbs([album], material)
    assert (wanted[made.cover][0].id if made.cover else None) == shown
    assert (wanted[made.card][0].id if made.card else None) == shown
    assert {p.thumb for p in made.photos if p.thumb} == {path for path in wanted if path.endswith("-320.jpg")}
    assert sum(not p.thumb for p in made.photos) == len(unreadable)


def test_the_user_s_albums_cannot_take_the_page_of_ours() -> None:
    theirs = AlbumNow(Album("k1", "Mine"), ("p0",))
    assert page_key(now("p0")) == "k1"
    assert page_key(theirs) != "k1"


@pytest.mark.parametrize(
    ("library", "slug"),
    [
        pytest.param("family", "family", id="plain"),
        pytest.param("my-library-2", "my-library-2", id="plain, with dashes"),
    ],
)
def test_plain_names_stay(library: str, slug: str) -> None:
    assert library_slug(library) == slug


def test_every_library_has_a_slug_of_its_own() -> None:
    names = [
        "a-b",
        "a_b",
        "a--b",
        "-a-b",
        "folder:/a/b",
        "folder:/a b",
        "größe",
        "",
        "日本",
        "x" * 300,
        "x" * 299,
        "\udc80",
    ]
    slugs = [library_slug(name) for name in names]
    assert len(set(slugs)) == len(names)
    for slug in slugs:
        assert slug.strip("abcdefghijklmnopqrstuvwxyz0123456789-") == ""
        assert 0 < len(slug) <= 50
