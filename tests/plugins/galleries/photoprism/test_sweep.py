"""The photos of a library: what is one and what is not, what must not be missed, and what it costs."""

from __future__ import annotations

import json
import math
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.doors import Says, door
from fakes.photoprism.server import FakePhotoPrism
from fakes.photoprism.shapes import row_text

from plugins.galleries import GalleryBug, GalleryUnreachable
from plugins.galleries.photoprism import Plugin
from plugins.galleries.photoprism.client import Client, connect
from plugins.galleries.photoprism.paging import Pages

Open = Callable[..., Plugin]
SOON = timedelta(hours=1)


def ids(gallery: Plugin, since: datetime | None = None) -> list[str]:
    return [photo.id for photo in gallery.photos(since)]


def looks_at_photos(server: FakePhotoPrism, n: int = 0) -> list[str]:
    """Return the requests for one photo alone after the first `n` requests."""
    return [seen.path for seen in server.requests[n:] if "/photos/p" in seen.path]


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.galleries.photoprism.paging.PAGE", 10)
    monkeypatch.setattr("plugins.galleries.photoprism.paging.LISTED", 10)


def at_page(server: FakePhotoPrism, number: int, act: Callable[[], object]) -> None:
    """Do something just before the given page of the crawl is answered."""
    pages = [0]

    def meanwhile(_: str, path: str, __: int) -> None:
        crawls = path.endswith("/photos") and server.requests[-1].query.keys() == CRAWL
        pages[0] += crawls
        if crawls and pages[0] == number:
            act()

    server.before_request = meanwhile


CRAWL = {"quality", "public", "primary", "order", "count", "offset"}


def test_what_is_no_photo_of_the_library(server: FakePhotoPrism, open_it: Open) -> None:
    plain = server.add_photos(3)
    archived, private, poor, broken = server.add_photos(4)
    server.archive(archived)
    server.make_private(private)
    server.review(poor)
    server.change_photo(broken, quality=-1)
    server.add_photos(1, type="document")
    found = {photo.id: photo.hidden for photo in open_it(server).photos()}
    assert found == dict.fromkeys(plain, False) | {archived: True}


@pytest.mark.parametrize(
    ("settings", "also"),
    [
        pytest.param({}, set(), id="neither"),
        pytest.param({"private": True}, {"private", "private, archived"}, id="private ones"),
        pytest.param({"review": True}, {"poor"}, id="those in review"),
        pytest.param(
            {"private": True, "review": True},
            {"private", "poor", "private and poor", "private, archived"},
            id="both",
        ),
    ],
)
def test_private_photos_and_those_in_review_by_setting(
    newest: FakePhotoPrism, open_it: Open, settings: dict[str, bool], also: set[str]
) -> None:
    plain, private, poor, both, away, broken = newest.add_photos(6)
    newest.make_private(private, both, away)
    newest.review(poor, both)
    newest.archive(away)
    newest.change_photo(broken, quality=-1)
    called = {plain: "plain", private: "private", poor: "poor", both: "private and poor", away: "private, archived"}
    assert {called[photo] for photo in ids(open_it(newest, **settings))} == {"plain"} | also


def test_a_photo_is_its_primary_file(newest: FakePhotoPrism, open_it: Open) -> None:
    kinds = ("image", "raw", "live", "video")
    photos = {kind: newest.add_photos(1, type=kind, duration_ns=2_000_000_000)[0] for kind in kinds}
    newest.add_file(photos["image"], "2024/second.jpg")
    found = {photo.id: photo for photo in open_it(newest).photos()}
    assert {kind: found[uid].kind for kind, uid in photos.items()} == dict.fromkeys(kinds, "image") | {"video": "video"}
    for uid in photos.values():
        assert found[uid].content_key == newest.state.primary(newest.state.photos[uid]).hash
    assert found[photos["video"]].duration_s == 2.0


@pytest.mark.usefixtures("small_pages")
def test_all_pages_each_photo_once(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(41)
    newest.archive(*photos[:12])
    gallery = open_it(newest)
    assert sorted(ids(gallery)) == sorted(photos)
    assert not gallery.problems


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("page", [1, 2, 3, 5])
@pytest.mark.parametrize("gone", [1, 3, 15])
def test_nothing_is_missed_when_photos_go_meanwhile(
    newest: FakePhotoPrism, open_it: Open, page: int, gone: int
) -> None:
    photos = newest.add_photos(45)
    newest_first = photos[::-1]
    at_page(newest, page, lambda: newest.delete_photo(*newest_first[:gone]))
    found = ids(open_it(newest))
    assert len(found) == len(set(found))
    assert set(found) >= set(newest_first[gone:])


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("page", [1, 2, 4])
def test_what_comes_in_meanwhile_is_found_and_nothing_twice(newest: FakePhotoPrism, open_it: Open, page: int) -> None:
    photos, fresh = newest.add_photos(45), list[str]()
    at_page(newest, page, lambda: fresh.extend(newest.upload(7)))
    found = ids(open_it(newest))
    assert len(fresh) == 7
    assert sorted(found) == sorted(photos + fresh)


@pytest.mark.usefixtures("small_pages")
def test_a_library_that_is_being_indexed(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(35)
    newest.indexing = 10
    found = ids(open_it(newest))
    assert len(found) == len(set(found))
    assert set(found) >= set(photos)
    assert len(newest.state.photos) > len(photos)


@pytest.mark.usefixtures("small_pages")
@pytest.mark.parametrize("way", ["archived", "restored", "approved"])
def test_what_moves_meanwhile_is_found_once(newest: FakePhotoPrism, open_it: Open, way: str) -> None:
    photos = newest.add_photos(45)
    moved = photos[-1] if way == "archived" else photos[20]
    gallery = open_it(newest)
    if way == "restored":
        newest.archive(moved)
        assert moved in ids(gallery)
        at_page(newest, 5, lambda: newest.restore(moved))
    elif way == "archived":
        at_page(newest, 1, lambda: newest.archive(moved))
    else:
        newest.review(moved)
        at_page(newest, 5, lambda: newest.approve(moved))
    assert sorted(ids(gallery)) == sorted(photos)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        pytest.param({"TakenAt": "yesterday"}, "Invalid isoformat", id="no time"),
        pytest.param({"TakenAtLocal": "0001-01-01T00:00:00Z"}, "no date", id="no date"),
        pytest.param({"Hash": "../../x"}, "Hash", id="a path for a hash"),
        pytest.param({"UID": "nobody"}, "UID", id="no id"),
        pytest.param({"UID": None}, "UID", id="without an id"),
        pytest.param({"UID": "../albums"}, "UID", id="a path for an id"),
        pytest.param({"UID": "p\n" * 50_000}, "UID", id="an id that fits into no address"),
        pytest.param({"UID": "\ud800"}, "UID", id="half a character for an id"),
        pytest.param({"Lat": [], "Lng": {}}, "Lat", id="lists for numbers"),
        pytest.param({"Faces": 10**30}, "Faces", id="a number for no database"),
        pytest.param({"Width": -(10**30)}, "Width", id="a size for no database"),
    ],
)
@pytest.mark.parametrize("changed", [False, True], ids=["in the sweep", "among changes"])
def test_a_broken_row_is_named_and_holds_nothing_up(
    newest: FakePhotoPrism, open_it: Open, wrong: dict[str, Any], says: str, changed: bool
) -> None:
    since = datetime.now(UTC) - timedelta(seconds=2)
    good, odd = newest.upload(2)
    newest.label("Beach", good, odd)
    shown_as(newest, odd, wrong | {"FileName": "odd.jpg"})
    gallery = open_it(newest)
    assert ids(gallery, since if changed else None) == [good]
    assert [problem.path for problem in gallery.problems] == ["odd.jpg"]
    assert says in gallery.problems[0].reason


@pytest.mark.parametrize("row", ["nonsense", None, 7, [], {}])
def test_what_is_no_row_at_all_is_a_problem_too(newest: FakePhotoPrism, open_it: Open, row: object) -> None:
    good, odd = newest.add_photos(2)
    newest.label("Beach", good, odd)
    newest.state.photos[odd].shown[f"{newest.state.photos[odd].files[0]} 0"] = json.dumps(row)
    gallery = open_it(newest)
    assert ids(gallery) == [good]
    assert {problem.path for problem in gallery.problems} == {"a photo without a name"}


def shown_as(server: FakePhotoPrism, photo: str, wrong: dict[str, Any]) -> None:
    """Let searches show something else of a photo, until it changes."""
    found = server.state.photos[photo]
    row = json.loads(row_text(server.state, found, server.state.primary(found)))
    found.shown[f"{found.files[0]} 0"] = json.dumps(row | wrong)


@pytest.mark.parametrize(
    "rows",
    [
        pytest.param([{"UID": f"psg1xw2q5p7u3k{n:02}", "Hash": "a" * 40} for n in range(10)], id="the same photos"),
        pytest.param([{"Hash": "a" * 40}] * 10, id="rows that nobody can tell from each other"),
    ],
)
def test_a_server_that_shows_the_same_page_for_ever_is_no_endless_run(rows: list[dict[str, str]]) -> None:
    with door({}, Says(rows)) as here:
        pages = Pages(Client(connect(here.address)))
        with pytest.raises(GalleryBug, match="the same photos on page after page"):
            list(pages.walk({}, 10))
        assert len(here.asked) <= 80


def test_a_list_without_an_end_is_no_endless_run() -> None:
    with door({}, Says([{}] * 10, headers={"X-Limit": "10"})) as here:
        with pytest.raises(GalleryBug, match="no end of GET /labels"):
            Pages(Client(connect(here.address))).all("/labels", {})
        assert len(here.asked) <= 200


def test_half_a_character_in_a_name_can_be_kept(newest: FakePhotoPrism, open_it: Open) -> None:
    photo = newest.add_photos(1)[0]
    shown_as(newest, photo, {"FileName": "2024/\ud83d \U0001f600.jpg", "PlaceCity": "\udc00", "PlaceSrc": "meta"})
    found = next(open_it(newest).photos())
    assert (found.name, found.words.city) == ("2024/\ufffd \U0001f600.jpg", "\ufffd")


def test_an_unchanged_second_run_is_a_few_searches(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(60)
    for n in range(5):
        newest.label(f"Word {n}", *photos[n : n + 6])
        newest.classify(f"Thing {n}", *photos[n : n + 9])
    people = [newest.add_person(name) for name in ("Ana", "Ben", "Cai")]
    for n in range(9):
        newest.add_face(photos[n], (0.1, 0.1, 0.2, 0.2), people[n % 3])
    with open_it(newest) as first:
        before = [(photo.id, photo.tags) for photo in first.photos()]
        list(first.all_regions(first.photos()))
    n = len(newest.requests)
    with open_it(newest) as second:
        again = list(second.photos())
        list(second.all_regions(again))
    assert [(photo.id, photo.tags) for photo in again] == before
    assert not looks_at_photos(newest, n)
    assert {seen.method for seen in newest.requests[n:]} == {"GET"}
    assert len(newest.requests) - n <= 1 + 10 + len(people) + 20


def test_the_first_run_asks_for_photos_with_faces_alone(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(60)
    ana = newest.add_person("Ana")
    newest.label("Beach", *photos[:30])
    for photo in photos[:7]:
        newest.add_face(photo, (0.1, 0.1, 0.2, 0.2), ana)
    newest.add_face(photos[7], (0.4, 0.1, 0.2, 0.2))
    gallery = open_it(newest)
    list(gallery.all_regions(list(gallery.photos())))
    assert {path.rpartition("/")[2] for path in looks_at_photos(newest)} == set(photos[:8])


def test_faces_are_asked_for_again_where_somebody_else_is(newest: FakePhotoPrism, open_it: Open) -> None:
    photos = newest.add_photos(4)
    ana, ben = newest.add_person("Ana"), newest.add_person("Ben")
    faces = [newest.add_face(photo, (0.1, 0.1, 0.2, 0.2), ana) for photo in photos]
    gallery = open_it(newest)
    list(gallery.all_regions(list(gallery.photos())))
    newest.give(faces[2], ben)
    newest.add_face(photos[3], (0.6, 0.1, 0.2, 0.2))
    n = len(newest.requests)
    found = dict(gallery.all_regions(list(gallery.photos())))
    named = {photo.id: sorted(region.name for region in regions) for photo, regions in found.items()}
    assert named == dict(zip(photos, [["Ana"], ["Ana"], ["Ben"], ["", "Ana"]], strict=True))
    assert {path.rpartition("/")[2] for path in looks_at_photos(newest, n)} == set(photos[2:])


def test_known_photos_are_kept_when_a_run_is_cut_off(newest: FakePhotoPrism, open_it: Open) -> None:
    newest.add_photos(30)
    gallery = open_it(newest)
    list(gallery.photos())
    some = iter(gallery.photos())
    next(some)
    some.close()  # type: ignore[attr-defined]  # a generator's
    n = len(newest.requests)
    assert len(ids(gallery)) == 30
    assert not looks_at_photos(newest, n)


def test_notes_that_are_broken_are_made_anew(newest: FakePhotoPrism, open_it: Open, tmp_path: Any) -> None:
    photos = newest.add_photos(5)
    with open_it(newest) as gallery:
        list(gallery.photos())
    files = list(tmp_path.rglob("known.db"))
    assert len(files) == 1
    files[0].write_bytes(b"no database at all, and long enough to be taken for one" * 100)
    assert sorted(ids(open_it(newest))) == sorted(photos)


def test_a_server_that_goes_away_in_the_middle_is_a_matter_of_later(newest: FakePhotoPrism, open_it: Open) -> None:
    newest.add_photos(5)
    gallery = open_it(newest)
    newest.faults(seed=1, rate=1.0, kinds=("error",))
    with pytest.raises(GalleryUnreachable):
        ids(gallery)
    newest.faults(seed=1, rate=0)
    assert len(ids(gallery)) == 5


def filled(server: FakePhotoPrism, n: int) -> None:
    photos = server.add_photos(n)
    for word in range(6):
        server.label(f"Word {word}", *photos[word :: n // 20])
    server.archive(*photos[:: n // 5])


def test_requests_of_a_first_run(newest: FakePhotoPrism, open_it: Open) -> None:
    n = 6_000
    filled(newest, n)
    assert len(ids(open_it(newest))) == n
    assert len(newest.requests) <= math.ceil(n / 500) + 20


@pytest.mark.soak
def test_a_large_library_stays_small_in_memory(newest: FakePhotoPrism, open_it: Open) -> None:
    n = 100_000
    filled(newest, n)
    gallery = open_it(newest)
    tracemalloc.start()
    try:
        assert sum(1 for _ in gallery.photos()) == n
        assert tracemalloc.get_traced_memory()[1] < 500_000_000
    finally:
        tracemalloc.stop()
    first = len(newest.requests)
    assert first <= n / 500
    assert sum(1 for _ in gallery.photos()) == n
    assert len(newest.requests) - first <= math.ceil(n / 5_000) + 6 + 20
    assert not looks_at_photos(newest, first)
