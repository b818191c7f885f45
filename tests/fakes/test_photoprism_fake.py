"""What the fake PhotoPrism's searches and photos are, as the real one was measured, read or documented to be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from fakes.asking_photoprism import AskingPrism

NOON = datetime(2024, 5, 3, 12, tzinfo=UTC)
BOX = (0.25, 0.25, 0.5, 0.5)


def names(ask_prism: AskingPrism, **query: Any) -> list[str]:
    """Return the names of the rows that a search finds, in order."""
    status, rows = ask_prism("GET", "/photos", **{"count": 100, "primary": "true"} | query)
    assert status == 200, rows
    return [row["Name"] for row in rows]


class TestSearch:
    """One photo for each thing that a search can ask about; `plain` is nothing special."""

    @pytest.fixture
    def uids(self, prism) -> dict[str, str]:
        kinds: dict[str, dict[str, Any]] = {
            "plain": {},
            "private": {"private": True},
            "review": {"quality": 1},
            "archived": {"deleted": NOON},
            "broken": {"quality": -1},
            "here": {"lat": 48.1, "lng": 11.5, "country": "de", "city": "Munich"},
            "raw": {"type": "raw"},
            "film": {"type": "video", "duration_ns": 5_000_000_000},
            "live": {"type": "live"},
        }
        uids = {
            name: prism.add_photo(f"{name}.jpg", NOON + timedelta(days=n), **fields)
            for n, (name, fields) in enumerate(kinds.items())
        }
        prism.change_file(uids["broken"], error="no picture")
        return uids

    SHOWN = ("plain", "private", "review", "here", "raw", "film", "live")

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            pytest.param({}, SHOWN, id="private ones and those in review are found unless one asks for less"),
            pytest.param(
                {"quality": 3, "public": "true"}, ("plain", "here", "raw", "film", "live"), id="as in the pages"
            ),
            pytest.param({"private": "true", "quality": 3}, ("private",), id="private ones of any quality"),
            pytest.param({"review": "true"}, ("review",), id="in review"),
            pytest.param({"archived": "true"}, ("archived",), id="archived"),
            pytest.param({"hidden": "true"}, ("broken",), id="broken"),
            pytest.param({"type": "raw|video"}, ("raw", "film"), id="of two types"),
            pytest.param({"photo": "true"}, ("plain", "private", "review", "here", "raw", "live"), id="no videos"),
            pytest.param({"geo": "yes"}, ("here",), id="with a place"),
            pytest.param({"country": "de"}, ("here",), id="of a country"),
            pytest.param({"q": "type:raw quality:3"}, ("raw",), id="what q says counts as well"),
            pytest.param({"taken": "2024-05-03"}, ("plain",), id="of a day"),
            pytest.param({"after": "2024-05-10", "quality": 3}, ("film", "live"), id="after a day"),
            pytest.param({"label": "nothing-at-all"}, (), id="a label that is not there finds nothing"),
        ],
    )
    def test_what_is_found(self, uids, ask_prism, query, found):
        assert sorted(names(ask_prism, **query)) == sorted(found)

    def test_private_counts_for_nothing_where_that_is_switched_off(self, prism, uids, ask_prism):
        prism.features["private"] = False
        assert "private" in names(ask_prism, public="true")

    def test_labels_albums_people_and_favourites_are_found_by_maps(self, prism, uids, ask_prism):
        prism.label("Beach", uids["plain"], uids["raw"])
        prism.block_label("Beach", uids["here"])
        album = prism.add_album("Trip", [uids["plain"], uids["film"]])
        prism.take_out(album, uids["film"])
        ann = prism.add_person("Ann")
        prism.add_face(uids["live"], BOX, ann)
        prism.reject(prism.add_face(uids["raw"], BOX, ann))
        prism.favourite(uids["here"])
        assert names(ask_prism, label="beach") == ["raw", "plain"]
        assert names(ask_prism, s=album) == names(ask_prism, album=album) == ["plain"]
        assert (
            names(ask_prism, subject=ann)
            == names(ask_prism, subject="ann")
            == names(ask_prism, faces="yes")
            == ["live"]
        )
        assert names(ask_prism, favorite="true") == ["here"]
        assert names(ask_prism, uid=f"{uids['raw']}|{uids['film']}") == ["film", "raw"]

    @pytest.mark.parametrize(
        "query",
        [
            pytest.param({}, id="no count"),
            pytest.param({"count": 0}, id="a count of nothing"),
            pytest.param({"count": "many"}, id="a count that is none"),
            pytest.param({"count": 1, "order": "best"}, id="an order that is unknown"),
            pytest.param({"count": 1, "s": "a123456789012345"}, id="an album that is not there"),
            pytest.param({"count": 1, "primary": "yes"}, id="a flag that is none"),
            pytest.param({"count": 1, "added": "yesterday"}, id="a time that is none"),
        ],
    )
    def test_what_is_a_bad_request(self, ask_prism, query):
        status, body = ask_prism("GET", "/photos", **query)
        assert (status, body["code"]) == (400, 400)

    def test_a_row_says_neither_labels_nor_albums_nor_faces(self, prism, uids, ask_prism):
        prism.label("Beach", uids["plain"])
        prism.add_face(uids["plain"], BOX)
        row = ask_prism("GET", "/photos", count=1, uid=uids["plain"], merged="true")[1][0]
        assert {"Labels", "Albums", "Markers"}.isdisjoint(row)
        assert (row["Faces"], row["Files"][0]["Markers"]) == (1, [])

    def test_tokens_and_counts_are_in_the_headers(self, prism, uids, ask_prism):
        headers = ask_prism.client.get("/photos", params={"count": 3, "offset": 5, "primary": "true"}).headers
        assert [headers[f"X-{name}"] for name in ("Count", "Limit", "Offset")] == ["2", "3", "5"]
        assert headers["X-Preview-Token"] == prism.admin.preview_token
        assert headers["X-Download-Token"]


class TestFiles:
    """Searches count files: a RAW has two, of which the JPEG beside it is the primary one."""

    @pytest.fixture(autouse=True)
    def raws(self, prism) -> list[str]:
        return [prism.add_photo(f"{n}.dng", NOON, type="raw") for n in range(3)]

    def test_a_page_without_primary_ends_between_the_files_of_a_photo(self, ask_prism, raws):
        pages = [
            ask_prism.client.get("/photos", params={"count": 3, "offset": offset, "merged": "true"})
            for offset in (0, 3)
        ]
        assert [page.headers["X-Count"] for page in pages] == ["3", "3"]
        found = [[(row["UID"], len(row["Files"])) for row in page.json()] for page in pages]
        assert found == [[(raws[2], 2), (raws[1], 1)], [(raws[1], 1), (raws[0], 2)]]

    def test_a_primary_row_is_a_picture_of_the_photo(self, prism, ask_prism, raws):
        rows = ask_prism("GET", "/photos", count=9, primary="true")[1]
        assert [(row["UID"], row["FileRoot"], row["Files"]) for row in rows] == [
            (uid, "sidecar", None) for uid in reversed(raws)
        ]
        whole = ask_prism("GET", f"/photos/{raws[0]}")[1]
        assert [(file["Primary"], file["MediaType"]) for file in whole["Files"]] == [(True, "image"), (False, "raw")]


class TestOrder:
    @pytest.fixture(autouse=True)
    def photos(self, prism) -> list[str]:
        """Photos whose times, uploads and updates are all in another order."""
        uids = [prism.add_photo(f"{n}.jpg", NOON + timedelta(days=n * 2 % 3)) for n in range(3)]
        prism.edit(uids[0], title="b")
        return uids

    @pytest.mark.parametrize(
        ("query", "found"),
        [
            pytest.param({}, "210", id="the newest upload first"),
            pytest.param({"order": "added", "reverse": "true"}, "210", id="which cannot be turned round"),
            pytest.param({"order": "imported"}, "210", id="its other name"),
            pytest.param({"order": "newest"}, "120", id="newest"),
            pytest.param({"order": "newest", "reverse": "true"}, "120", id="newest cannot be turned either"),
            pytest.param({"order": "oldest"}, "021", id="oldest"),
            pytest.param({"order": "oldest", "reverse": "true"}, "120", id="oldest can be turned"),
            pytest.param({"order": "updated"}, "0", id="only those that were updated since they came"),
            pytest.param({"order": "edited"}, "0", id="only those that were edited"),
            pytest.param({"order": "name"}, "012", id="by name"),
        ],
    )
    def test_orders(self, ask_prism, query, found):
        assert "".join(names(ask_prism, **query)) == found

    def test_uploads_during_a_crawl_move_the_rows_down(self, prism, ask_prism):
        prism.indexing = 1
        first = names(ask_prism, count=2)
        second = names(ask_prism, count=2, offset=2)
        assert first[1:] + second == ["2", "1", "0"]
        prism.indexing = 1
        assert names(ask_prism, count=2, offset=2) == ["2", "1"]


class TestWhatAnUpdateIs:
    """Times are kept in whole seconds, and most of what users do is no update of a photo."""

    @pytest.mark.parametrize(
        ("act", "is_update"),
        [
            pytest.param(lambda s, p: s.edit(p, title="new"), True, id="an edit"),
            pytest.param(lambda s, p: s.favourite(p), False, id="a favourite"),
            pytest.param(lambda s, p: s.make_private(p), False, id="private"),
            pytest.param(lambda s, p: s.add_album("a", [p]), False, id="an album"),
            pytest.param(lambda s, p: s.add_face(p, BOX), False, id="a face"),
        ],
    )
    def test_updated(self, prism, ask_prism, act, is_update):
        photo = prism.add_photo("a.jpg", NOON)
        since = (datetime.now(UTC) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
        assert names(ask_prism, updated=since) == []
        act(prism, photo)
        assert names(ask_prism, updated=since) == (["a"] if is_update else [])

    def test_an_upload_is_found_from_its_second_on(self, prism, ask_prism):
        came = datetime(2026, 1, 31, 10, 0, 0, 700_000, tzinfo=UTC)
        prism.add_photo("a.jpg", NOON, created=came)
        assert names(ask_prism, added="2026-01-31T10:00:00.9Z") == ["a"]
        assert names(ask_prism, added="2026-01-31T11:00:00+01:00") == ["a"]
        assert names(ask_prism, added="2026-01-31T10:00:01Z") == []


def test_wall_time_has_a_false_z(prism, ask_prism):
    prism.add_photo("a.jpg", NOON, local=datetime(2024, 5, 3, 14), time_zone="Europe/Berlin")
    row = ask_prism("GET", "/photos", count=1)[1][0]
    assert (row["TakenAt"], row["TakenAtLocal"]) == ("2024-05-03T12:00:00Z", "2024-05-03T14:00:00Z")


def test_a_whole_photo_has_labels_albums_and_faces_with_names(prism, ask_prism):
    photo = prism.add_photo("a.jpg", NOON)
    prism.classify("Sky", photo)
    prism.block_label("Sky", photo)
    prism.label("Beach", photo)
    prism.add_album("Trip", [photo])
    prism.add_face(photo, BOX, prism.add_person("Ann"))
    whole = ask_prism("GET", f"/photos/{photo}")[1]
    labels = [(row["Label"]["Name"], row["LabelSrc"], row["Uncertainty"]) for row in whole["Labels"]]
    assert labels == [("Beach", "manual", 0), ("Sky", "manual", 100)]
    assert [album["Title"] for album in whole["Albums"]] == ["Trip"]
    (marker,) = whole["Files"][0]["Markers"]
    assert (marker["Name"], marker["X"], marker["Thumb"]) == ("Ann", 0.25, f"{whole['Files'][0]['Hash']}-0fa0fa1f41f4")
    assert ask_prism("GET", f"/files/{whole['Files'][0]['Hash']}")[1]["Markers"] == [marker]


def test_a_locked_database_refuses_writes_and_does_nothing(prism, ask_prism):
    prism.locked = 2
    found = [ask_prism("POST", "/albums", {"Title": "Trip"})[0] for _ in range(3)]
    assert (found, len(prism.state.albums)) == ([500, 500, 201], 1)


@pytest.mark.parametrize(
    ("kind", "status", "code"),
    [pytest.param("500", 500, 500, id="its own error"), pytest.param("502", 502, None, id="a proxy's page")],
)
def test_a_fault_looks_like_the_servers_own(prism, ask_prism, kind, status, code):
    prism.faults(1, rate=1, kinds=[kind])
    answer = ask_prism.client.get("/photos?count=1")
    is_json = answer.headers["Content-Type"].startswith("application/json")
    assert (answer.status_code, answer.json()["code"] if is_json else None) == (status, code)


def test_a_body_that_is_not_said_to_be_json_is_a_bad_request(prism, ask_prism):
    assert ask_prism.client.post("/albums", content=b'{"Title":"Trip"}').status_code == 400


def test_the_dump_is_the_same_after_a_change_is_taken_back(prism):
    photos = prism.add_photos(3, title="Trip", title_src="manual")
    before = prism.dump()
    prism.label("Beach", *photos)
    album = prism.add_album("Trip", photos)
    assert prism.dump() != before
    prism.unlabel("Beach", *photos)
    prism.delete_album(album)
    after = prism.dump()
    assert after | {"labels": []} == before


def test_a_library_is_served_with_its_times_and_its_users_doings(prism, ask_prism, tmp_path):
    from fakes.small_folder import draw

    draw(tmp_path, ["a.jpg", "b.jpg"])
    (tmp_path / "user_state.json").write_text(
        '{"tags": {"a.jpg": ["dog"]}, "favourites": ["b.jpg"], "named_faces": {"Ann": [{"photo": "a.jpg",'
        ' "box": [10, 10, 50, 50]}]}, "albums": [{"name": "Trip", "photos": ["a.jpg", "b.jpg"], "cover": "a.jpg"}]}'
    )
    a, b = prism.add_library(tmp_path, with_user=True)
    assert (names(ask_prism, label="dog"), names(ask_prism, favorite="yes"), names(ask_prism, subject="ann")) == (
        ["a"],
        ["b"],
        ["a"],
    )
    shown = ask_prism("GET", f"/photos/{a}")[1]
    assert shown["TakenAtLocal"] == "2024-05-03T10:00:00Z"
    assert prism.album("Trip").thumb == shown["Files"][0]["Hash"]
    assert prism.members("Trip") == {a, b}


@pytest.mark.parametrize(
    ("method", "path", "body", "complaint"),
    [
        pytest.param("GET", "/photos?count=1&order=added&primary=true&quality=3", None, "", id="good"),
        pytest.param("POST", "/albums", {"Title": "Trip"}, "", id="good too"),
        pytest.param("DELETE", "/albums/a123456789012345/photos", {"photos": ["p1"]}, "", id="a body where asked"),
        pytest.param("POST", "/markers", {"FileUID": "f1"}, "", id="a gap of the document"),
        pytest.param("GET", "/photos?order=added", None, "'count' is missing", id="the query is missing"),
        pytest.param("GET", "/photos?count=1&primry=true", None, "'primry' is unknown", id="a typing error"),
        pytest.param("POST", "/albums", {"title": "Trip"}, ".title is unknown", id="lower case"),
        pytest.param("POST", "/albums", {"Title": 3}, ".Title", id="a number for a text"),
        pytest.param("POST", "/albums", None, "is missing", id="no body"),
        pytest.param("GET", "/albumz", None, "not in the document", id="an unknown path"),
    ],
)
def test_requests_are_held_against_the_document(prism, ask_prism, shared, method, path, body, complaint):
    prism.validate_with(shared.parent / "contracts/photoprism-251125-swagger.json")
    ask_prism(method, path, body)
    assert len(prism.violations) == (1 if complaint else 0), prism.violations
    assert all(complaint in violation for violation in prism.violations)
