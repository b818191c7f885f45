"""What the fake PhotoPrism does as the real one was measured, read or documented to: searches, logins, pictures."""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from fakes.asking import Asking
from fakes.photoprism import PASSWORD, FakePhotoPrism
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

NOON = datetime(2024, 5, 3, 12, tzinfo=UTC)
BOX = (0.25, 0.25, 0.5, 0.5)


@pytest.fixture
def server() -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism() as fake:
        yield fake


@pytest.fixture
def ask(server) -> Iterator[Asking]:
    with Asking(server) as found:
        yield found


def names(ask: Asking, **query: Any) -> list[str]:
    """Return the names of the rows that a search finds, in order."""
    status, rows = ask("GET", "/photos", params={"count": 100, "primary": "true"} | query)
    assert status == 200, rows
    return [row["Name"] for row in rows]


class TestSearch:
    """One photo for each thing that a search can ask about; `plain` is nothing special."""

    @pytest.fixture
    def uids(self, server) -> dict[str, str]:
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
            name: server.add_photo(f"{name}.jpg", NOON + timedelta(days=n), **fields)
            for n, (name, fields) in enumerate(kinds.items())
        }
        server.change_file(uids["broken"], error="no picture")
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
    def test_what_is_found(self, uids, ask, query, found):
        assert sorted(names(ask, **query)) == sorted(found)

    def test_private_counts_for_nothing_where_that_is_switched_off(self, server, uids, ask):
        server.features["private"] = False
        assert "private" in names(ask, public="true")

    def test_labels_albums_people_and_favourites_are_found_by_maps(self, server, uids, ask):
        server.label("Beach", uids["plain"], uids["raw"])
        server.block_label("Beach", uids["here"])
        album = server.add_album("Trip", [uids["plain"], uids["film"]])
        server.take_out(album, uids["film"])
        ann = server.add_person("Ann")
        server.add_face(uids["live"], BOX, ann)
        server.reject(server.add_face(uids["raw"], BOX, ann))
        server.favourite(uids["here"])
        assert names(ask, label="beach") == ["raw", "plain"]
        assert names(ask, s=album) == names(ask, album=album) == ["plain"]
        assert names(ask, subject=ann) == names(ask, subject="ann") == names(ask, faces="yes") == ["live"]
        assert names(ask, favorite="true") == ["here"]
        assert names(ask, uid=f"{uids['raw']}|{uids['film']}") == ["film", "raw"]

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
    def test_what_is_a_bad_request(self, ask, query):
        status, body = ask("GET", "/photos", params=query)
        assert (status, body["code"]) == (400, 400)

    def test_a_row_says_neither_labels_nor_albums_nor_faces(self, server, uids, ask):
        server.label("Beach", uids["plain"])
        server.add_face(uids["plain"], BOX)
        row = ask("GET", "/photos", params={"count": 1, "uid": uids["plain"], "merged": "true"})[1][0]
        assert {"Labels", "Albums", "Markers"}.isdisjoint(row)
        assert (row["Faces"], row["Files"][0]["Markers"]) == (1, [])

    def test_tokens_and_counts_are_in_the_headers(self, server, uids, ask):
        headers = ask.client.get("/photos", params={"count": 3, "offset": 5, "primary": "true"}).headers
        assert [headers[f"X-{name}"] for name in ("Count", "Limit", "Offset")] == ["2", "3", "5"]
        assert headers["X-Preview-Token"] == server.admin.preview_token
        assert headers["X-Download-Token"]


class TestFiles:
    """Searches count files: a RAW has two, of which the JPEG beside it is the primary one."""

    @pytest.fixture(autouse=True)
    def raws(self, server) -> list[str]:
        return [server.add_photo(f"{n}.dng", NOON, type="raw") for n in range(3)]

    def test_a_page_without_primary_ends_between_the_files_of_a_photo(self, ask, raws):
        pages = [
            ask.client.get("/photos", params={"count": 3, "offset": offset, "merged": "true"}) for offset in (0, 3)
        ]
        assert [page.headers["X-Count"] for page in pages] == ["3", "3"]
        found = [[(row["UID"], len(row["Files"])) for row in page.json()] for page in pages]
        assert found == [[(raws[2], 2), (raws[1], 1)], [(raws[1], 1), (raws[0], 2)]]

    def test_a_primary_row_is_a_picture_of_the_photo(self, server, ask, raws):
        rows = ask("GET", "/photos", params={"count": 9, "primary": "true"})[1]
        assert [(row["UID"], row["FileRoot"], row["Files"]) for row in rows] == [
            (uid, "sidecar", None) for uid in reversed(raws)
        ]
        whole = ask("GET", f"/photos/{raws[0]}")[1]
        assert [(file["Primary"], file["MediaType"]) for file in whole["Files"]] == [(True, "image"), (False, "raw")]


class TestOrder:
    @pytest.fixture(autouse=True)
    def photos(self, server) -> list[str]:
        """Photos whose times, uploads and updates are all in another order."""
        uids = [server.add_photo(f"{n}.jpg", NOON + timedelta(days=n * 2 % 3)) for n in range(3)]
        server.edit(uids[0], title="b")
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
    def test_orders(self, ask, query, found):
        assert "".join(names(ask, **query)) == found

    def test_uploads_during_a_crawl_move_the_rows_down(self, server, ask):
        server.indexing = 1
        first = names(ask, count=2)
        second = names(ask, count=2, offset=2)
        assert first[1:] + second == ["2", "1", "0"]
        server.indexing = 1
        assert names(ask, count=2, offset=2) == ["2", "1"]


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
    def test_updated(self, server, ask, act, is_update):
        photo = server.add_photo("a.jpg", NOON)
        since = (datetime.now(UTC) - timedelta(hours=1)).isoformat().replace("+00:00", "Z")
        assert names(ask, updated=since) == []
        act(server, photo)
        assert names(ask, updated=since) == (["a"] if is_update else [])

    def test_an_upload_is_found_from_its_second_on(self, server, ask):
        came = datetime(2026, 1, 31, 10, 0, 0, 700_000, tzinfo=UTC)
        server.add_photo("a.jpg", NOON, created=came)
        assert names(ask, added="2026-01-31T10:00:00.9Z") == ["a"]
        assert names(ask, added="2026-01-31T11:00:00+01:00") == ["a"]
        assert names(ask, added="2026-01-31T10:00:01Z") == []


def test_wall_time_has_a_false_z(server, ask):
    server.add_photo("a.jpg", NOON, local=datetime(2024, 5, 3, 14), time_zone="Europe/Berlin")
    row = ask("GET", "/photos", params={"count": 1})[1][0]
    assert (row["TakenAt"], row["TakenAtLocal"]) == ("2024-05-03T12:00:00Z", "2024-05-03T14:00:00Z")


def test_a_whole_photo_has_labels_albums_and_faces_with_names(server, ask):
    photo = server.add_photo("a.jpg", NOON)
    server.classify("Sky", photo)
    server.block_label("Sky", photo)
    server.label("Beach", photo)
    server.add_album("Trip", [photo])
    server.add_face(photo, BOX, server.add_person("Ann"))
    whole = ask("GET", f"/photos/{photo}")[1]
    labels = [(row["Label"]["Name"], row["LabelSrc"], row["Uncertainty"]) for row in whole["Labels"]]
    assert labels == [("Beach", "manual", 0), ("Sky", "manual", 100)]
    assert [album["Title"] for album in whole["Albums"]] == ["Trip"]
    (marker,) = whole["Files"][0]["Markers"]
    assert (marker["Name"], marker["X"], marker["Thumb"]) == ("Ann", 0.25, f"{whole['Files'][0]['Hash']}-0fa0fa1f41f4")
    assert ask("GET", f"/files/{whole['Files'][0]['Hash']}")[1]["Markers"] == [marker]


class TestLogin:
    @pytest.mark.parametrize(
        ("headers", "status"),
        [
            pytest.param({}, 401, id="nothing"),
            pytest.param({"Authorization": "Bearer {good}"}, 200, id="a bearer"),
            pytest.param(
                {"X-Auth-Token": "{good}", "Authorization": "Bearer bad"}, 200, id="its own header comes first"
            ),
            pytest.param({"X-Session-ID": "bad", "Authorization": "Bearer {good}"}, 401, id="the old header is second"),
            pytest.param({"Authorization": "Basic {good}"}, 401, id="not a bearer"),
        ],
    )
    def test_headers(self, server, headers, status):
        sent = {name: value.format(good=server.token) for name, value in headers.items()}
        assert httpx.get(f"{server.url}/api/v1/photos?count=1", headers=sent).status_code == status

    @pytest.mark.parametrize(
        ("scope", "statuses"),
        [
            pytest.param("*", (200, 200, 404), id="all"),
            pytest.param("photos albums", (200, 403, 404), id="two resources"),
            pytest.param("read", (200, 200, 403), id="every read"),
            pytest.param("photos read", (200, 403, 403), id="reads of one"),
            pytest.param("labels", (403, 200, 403), id="another one"),
        ],
    )
    def test_scopes(self, server, scope, statuses):
        requests = [("GET", "/photos?count=1"), ("GET", "/labels?count=1"), ("DELETE", "/albums/a123456789012345")]
        with Asking(server, server.add_token(scope)) as ask:
            assert tuple(ask(*request)[0] for request in requests) == statuses

    def test_a_guest_is_told_so_late(self, server):
        with Asking(server, server.add_token("*", server.add_user("bob", role="guest"))) as ask:
            assert ask("GET", "/session")[1]["user"]["Role"] == "guest"
            assert [ask("GET", f"/{what}?count=1")[0] for what in ("photos", "labels", "subjects")] == [400, 403, 403]

    def test_a_token_of_nobody_cannot_search(self, server):
        with Asking(server, server.add_access_token()) as ask:
            assert (ask("GET", "/photos?count=1")[0], ask("GET", "/labels?count=1")[0]) == (400, 200)

    def test_too_many_bad_tokens_lock_out_the_good_ones(self, server, ask):
        for n in range(60):
            assert ask("GET", "/photos?count=1", headers={"Authorization": f"Bearer bad-{n}"})[0] == 401
        assert ask("GET", "/photos?count=1")[0] == 401

    def test_an_expired_token_is_refused(self, server, ask):
        server.expire(server.token)
        assert ask("GET", "/session")[0] == 401
        assert ask("GET", "/config")[1]["mode"] == "public"

    @pytest.mark.parametrize(
        ("login", "status"),
        [
            pytest.param({"username": "admin", "password": PASSWORD}, 200, id="the password"),
            pytest.param({"username": "admin", "password": "{app}"}, 200, id="an app password in its place"),
            pytest.param({"username": "admin", "password": "guess"}, 401, id="a wrong one"),
            pytest.param({"username": "ann", "password": "sesame"}, 401, id="without the second factor"),
            pytest.param({"username": "ann", "password": "sesame", "code": "123456"}, 200, id="with it"),
        ],
    )
    def test_a_session(self, server, login, status):
        server.add_user("ann", password="sesame", passcode="123456")  # noqa: S106
        body = {name: value.format(app=server.token) for name, value in login.items()}
        answer = httpx.post(f"{server.url}/api/v1/session", json=body)
        assert answer.status_code == status
        if status == 200:
            with Asking(server, answer.json()["access_token"]) as ask:
                assert ask("GET", "/session")[1]["user"]["Name"] == login["username"]
                assert ask("DELETE", "/session")[0] == 200
                assert ask("GET", "/session")[0] == 401

    def test_a_missing_second_factor_has_a_code_of_its_own(self, server):
        server.add_user("ann", password="sesame", passcode="123456")  # noqa: S106
        answer = httpx.post(f"{server.url}/api/v1/session", json={"username": "ann", "password": "sesame"})
        assert (answer.status_code, answer.json()["code"]) == (401, 32)

    def test_guesses_are_counted(self, server):
        login = {"username": "admin", "password": "guess"}
        found = [httpx.post(f"{server.url}/api/v1/session", json=login).status_code for _ in range(12)]
        assert found == [401] * 10 + [429] * 2

    def test_everybody_is_the_admin_in_public_mode(self):
        with FakePhotoPrism(public=True) as fake:
            photo = fake.add_photo("a.jpg", NOON)
            config = httpx.get(f"{fake.url}/api/v1/config").json()
            assert (config["public"], config["previewToken"]) == (True, "public")
            assert httpx.get(f"{fake.url}/api/v1/photos/{photo}").status_code == 200


def thumbnail(server: FakePhotoPrism, thumb: str, size: str, token: str | None = None) -> tuple[int, str, Any]:
    """Return status, kind and size in pixels of a preview."""
    path = f"{thumb}/{token or server.admin.preview_token}/{size}"
    answer = httpx.get(f"{server.url}/api/v1/t/{path}")
    kind = answer.headers["Content-Type"].removeprefix("image/")
    return answer.status_code, kind, Image.open(io.BytesIO(answer.content)).size if kind == "jpeg" else None


class TestPictures:
    @pytest.fixture
    def thumb(self, server, ask) -> str:
        photo = server.add_photo("a.jpg", NOON, size=(3000, 2000))
        ask("GET", "/photos?count=1")
        return server.state.primary(server.state.photos[photo]).hash

    @pytest.mark.parametrize(
        ("size", "found"),
        [
            pytest.param("fit_720", (720, 480), id="fits into a box"),
            pytest.param("tile_224", (224, 224), id="a square of the middle"),
            pytest.param("fit_4096", (1920, 1280), id="no larger one is there, and nobody says so"),
        ],
    )
    def test_sizes(self, server, thumb, size, found):
        assert thumbnail(server, thumb, size) == (200, "jpeg", found)

    def test_what_is_not_there_is_a_drawing(self, server, thumb):
        assert thumbnail(server, "0" * 40, "fit_720") == (200, "svg+xml", None)
        assert thumbnail(server, thumb, "fit_721") == (200, "svg+xml", None)
        server.change_file(next(iter(server.state.photos)), missing=True)
        assert thumbnail(server, thumb, "fit_720") == (200, "svg+xml", None)

    def test_a_face_is_cut_out(self, server, thumb):
        photo = next(iter(server.state.photos))
        marker = server.marker(server.add_face(photo, BOX))
        assert thumbnail(server, marker.thumb, "tile_160") == (200, "jpeg", (160, 160))
        assert thumbnail(server, marker.thumb, "fit_720") == (200, "svg+xml", None)

    def test_a_token_is_good_again_once_its_session_was_seen(self, server, thumb, ask):
        assert thumbnail(server, thumb, "fit_720", "wrong")[:2] == (403, "svg+xml")
        server.restart()
        assert thumbnail(server, thumb, "fit_720")[:2] == (403, "svg+xml")
        assert ask("GET", "/photos?count=1")[0] == 200
        assert thumbnail(server, thumb, "fit_720")[:2] == (200, "jpeg")

    def test_a_rotated_token_is_in_the_next_answer(self, server, thumb, ask):
        old = server.admin.preview_token
        server.rotate_preview_token()
        new = ask.client.get("/photos?count=1").headers["X-Preview-Token"]
        assert [thumbnail(server, thumb, "fit_720", token)[0] for token in (old, new)] == [403, 200]

    def test_a_video_is_had_by_any_hash_of_its_photo(self, server, ask, tmp_path):
        film = tmp_path / "film.mp4"
        film.write_bytes(b"film" * 100)
        photo = server.state.photos[server.add_photo("film.mp4", NOON, type="video", video=film)]
        still = server.state.photos[server.add_photo("still.jpg", NOON)]
        ask("GET", "/photos?count=1")
        address = f"{server.url}/api/v1/videos/{{}}/{server.admin.preview_token}/avc"
        for file in photo.files:
            assert httpx.get(address.format(server.state.files[file].hash)).content == film.read_bytes()
        part = httpx.get(address.format(server.state.primary(photo).hash), headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"film")
        assert httpx.get(address.format(server.state.primary(still).hash)).headers["Content-Type"] == "image/svg+xml"

    @pytest.mark.parametrize(
        ("version", "is_new"), [pytest.param("250707", False, id="old: one"), pytest.param("260919", True, id="signed")]
    )
    def test_tokens_for_downloads_change_each_time(self, server, ask, thumb, version, is_new):
        server.version = version
        first, second = (ask("GET", "/config")[1]["downloadToken"] for _ in range(2))
        assert (first != second) is is_new
        assert httpx.get(f"{server.url}/api/v1/dl/{thumb}?t={first}").status_code == 200
        assert httpx.get(f"{server.url}/api/v1/dl/{thumb}?t=guess").status_code == 403
        assert ask.client.get(f"/dl/{thumb}").status_code == (200 if is_new else 403)


class TestEvents:
    def listen(self, server: FakePhotoPrism, token: str = "") -> ClientConnection:
        line = connect(f"{server.url.replace('http', 'ws')}/api/v1/ws")
        line.send(json.dumps({"session": token or server.token, "version": "", "css": "", "js": ""}))
        return line

    def test_who_is_let_in_hears_uploads(self, server):
        with self.listen(server) as line:
            assert json.loads(line.recv(timeout=30))["event"] == "config.updated"
            assert server.talks.wait_for(listeners=1)
            (photo,) = server.upload()
            heard = [json.loads(line.recv(timeout=30)) for _ in range(3)]
        assert [one["event"] for one in heard] == ["upload.completed", "photos.created", "index.completed"]
        assert heard[1]["data"] == {"entities": [{"UID": photo}]}

    def test_nobody_else_hears_anything(self, server):
        guest = server.add_token("*", server.add_user("bob", role="guest"))
        with self.listen(server, "bad"), self.listen(server, guest) as line, self.listen(server) as admin:
            assert json.loads(line.recv(timeout=30))["event"] == "config.updated"
            assert json.loads(admin.recv(timeout=30))["event"] == "config.updated"
            assert server.talks.wait_for(listeners=1)
            server.emit("index.completed")
            assert json.loads(admin.recv(timeout=30)) == {"event": "index.completed", "data": {}}
            assert server.talks.listeners() == 1

    def test_a_restart_ends_the_line(self, server):
        with self.listen(server) as line:
            assert server.talks.wait_for(listeners=1)
            server.restart()
            with pytest.raises(ConnectionClosed):
                [line.recv(timeout=30) for _ in range(2)]
        with self.listen(server):
            assert server.talks.wait_for(listeners=1)

    def test_indexing_ends_with_an_event(self, server, ask):
        server.indexing = 2
        with self.listen(server) as line:
            assert server.talks.wait_for(listeners=1)
            assert [len(names(ask)) for _ in range(3)] == [1, 2, 2]
            heard = [json.loads(line.recv(timeout=30))["event"] for _ in range(4)]
        assert heard == ["config.updated", "index.indexing", "index.indexing", "index.completed"]


def test_a_server_below_a_path_is_nowhere_else(ask):
    with FakePhotoPrism(sub_path="/photos") as fake, Asking(fake) as below:
        assert below("GET", "/status") == (200, {"status": "operational"})
        elsewhere = httpx.get(f"{fake.url.removesuffix('/photos')}/api/v1/status")
        assert (elsewhere.status_code, elsewhere.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        with connect(f"{fake.url.replace('http', 'ws')}/api/v1/ws") as line:
            line.send(json.dumps({"session": fake.token}))
            assert json.loads(line.recv(timeout=30))["event"] == "config.updated"


def test_a_locked_database_refuses_writes_and_does_nothing(server, ask):
    server.locked = 2
    found = [ask("POST", "/albums", {"Title": "Trip"})[0] for _ in range(3)]
    assert (found, len(server.state.albums)) == ([500, 500, 201], 1)


def test_a_body_that_is_not_said_to_be_json_is_a_bad_request(server, ask):
    assert ask.client.post("/albums", content=b'{"Title":"Trip"}').status_code == 400


@pytest.mark.parametrize(
    ("version", "has_batch"), [pytest.param("250707", False, id="old"), pytest.param("260919", True, id="new")]
)
def test_the_configuration_names_version_and_features(server, ask, version, has_batch):
    server.version = version
    config = ask("GET", "/config")[1]
    assert config["version"].startswith(f"{version}-")
    assert ("batchEdit" in config["settings"]["features"]) is has_batch


def test_the_dump_is_the_same_after_a_change_is_taken_back(server):
    photos = server.add_photos(3, title="Trip", title_src="manual")
    before = server.dump()
    server.label("Beach", *photos)
    album = server.add_album("Trip", photos)
    assert server.dump() != before
    server.unlabel("Beach", *photos)
    server.delete_album(album)
    after = server.dump()
    assert after | {"labels": []} == before


def test_a_library_is_served_with_its_times_and_its_users_doings(server, ask, tmp_path):
    from fakes.small_folder import draw

    draw(tmp_path, ["a.jpg", "b.jpg"])
    (tmp_path / "user_state.json").write_text(
        '{"tags": {"a.jpg": ["dog"]}, "favourites": ["b.jpg"], "named_faces": {"Ann": [{"photo": "a.jpg",'
        ' "box": [10, 10, 50, 50]}]}, "albums": [{"name": "Trip", "photos": ["a.jpg", "b.jpg"], "cover": "a.jpg"}]}'
    )
    a, b = server.add_library(tmp_path, with_user=True)
    assert (names(ask, label="dog"), names(ask, favorite="yes"), names(ask, subject="ann")) == (["a"], ["b"], ["a"])
    shown = ask("GET", f"/photos/{a}")[1]
    assert shown["TakenAtLocal"] == "2024-05-03T10:00:00Z"
    assert server.album("Trip").thumb == shown["Files"][0]["Hash"]
    assert thumbnail(server, shown["Files"][0]["Hash"], "fit_720")[1] == "jpeg"
    assert server.members("Trip") == {a, b}


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
def test_requests_are_held_against_the_document(server, ask, shared, method, path, body, complaint):
    server.validate_with(shared.parent / "contracts/photoprism-251125-swagger.json")
    ask(method, path, body)
    assert len(server.violations) == (1 if complaint else 0), server.violations
    assert all(complaint in violation for violation in server.violations)
