"""How one comes into the fake PhotoPrism, and what is had besides searches: logins, pictures, events, addresses."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
from fakes.asking_photoprism import AskingPrism
from fakes.photoprism import PASSWORD, FakePhotoPrism
from PIL import Image
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import ClientConnection, connect

NOON = datetime(2024, 5, 3, 12, tzinfo=UTC)
BOX = (0.25, 0.25, 0.5, 0.5)


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
    def test_headers(self, prism, headers, status):
        sent = {name: value.format(good=prism.token) for name, value in headers.items()}
        assert httpx.get(f"{prism.url}/api/v1/photos?count=1", headers=sent).status_code == status

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
    def test_scopes(self, prism, scope, statuses):
        requests = [("GET", "/photos?count=1"), ("GET", "/labels?count=1"), ("DELETE", "/albums/a123456789012345")]
        with AskingPrism(prism, prism.add_token(scope)) as ask_prism:
            assert tuple(ask_prism(*request)[0] for request in requests) == statuses

    def test_a_guest_is_told_so_late(self, prism):
        with AskingPrism(prism, prism.add_token("*", prism.add_user("bob", role="guest"))) as ask_prism:
            assert ask_prism("GET", "/session")[1]["user"]["Role"] == "guest"
            assert [ask_prism("GET", f"/{what}?count=1")[0] for what in ("photos", "labels", "subjects")] == [
                400,
                403,
                403,
            ]

    def test_a_token_of_nobody_cannot_search(self, prism):
        with AskingPrism(prism, prism.add_access_token()) as ask_prism:
            assert (ask_prism("GET", "/photos?count=1")[0], ask_prism("GET", "/labels?count=1")[0]) == (400, 200)

    def test_too_many_bad_tokens_lock_out_the_good_ones(self, prism, ask_prism):
        for n in range(60):
            assert ask_prism("GET", "/photos?count=1", headers={"Authorization": f"Bearer bad-{n}"})[0] == 401
        assert ask_prism("GET", "/photos?count=1")[0] == 401

    def test_an_expired_token_is_refused(self, prism, ask_prism):
        prism.expire(prism.token)
        assert ask_prism("GET", "/session")[0] == 401
        assert ask_prism("GET", "/config")[1]["mode"] == "public"

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
    def test_a_session(self, prism, login, status):
        prism.add_user("ann", password="sesame", passcode="123456")  # noqa: S106
        body = {name: value.format(app=prism.token) for name, value in login.items()}
        answer = httpx.post(f"{prism.url}/api/v1/session", json=body)
        assert answer.status_code == status
        if status == 200:
            with AskingPrism(prism, answer.json()["access_token"]) as ask_prism:
                assert ask_prism("GET", "/session")[1]["user"]["Name"] == login["username"]
                assert ask_prism("DELETE", "/session")[0] == 200
                assert ask_prism("GET", "/session")[0] == 401

    def test_a_missing_second_factor_has_a_code_of_its_own(self, prism):
        prism.add_user("ann", password="sesame", passcode="123456")  # noqa: S106
        answer = httpx.post(f"{prism.url}/api/v1/session", json={"username": "ann", "password": "sesame"})
        assert (answer.status_code, answer.json()["code"]) == (401, 32)

    def test_guesses_are_counted(self, prism):
        login = {"username": "admin", "password": "guess"}
        found = [httpx.post(f"{prism.url}/api/v1/session", json=login).status_code for _ in range(12)]
        assert found == [401] * 10 + [429] * 2

    def test_everybody_is_the_admin_in_public_mode(self):
        with FakePhotoPrism(public=True) as fake:
            photo = fake.add_photo("a.jpg", NOON)
            config = httpx.get(f"{fake.url}/api/v1/config").json()
            assert (config["public"], config["previewToken"]) == (True, "public")
            assert httpx.get(f"{fake.url}/api/v1/photos/{photo}").status_code == 200


def thumbnail(prism: FakePhotoPrism, thumb: str, size: str, token: str | None = None) -> tuple[int, str, Any]:
    """Return status, kind and size in pixels of a preview."""
    path = f"{thumb}/{token or prism.admin.preview_token}/{size}"
    answer = httpx.get(f"{prism.url}/api/v1/t/{path}")
    kind = answer.headers["Content-Type"].removeprefix("image/")
    return answer.status_code, kind, Image.open(io.BytesIO(answer.content)).size if kind == "jpeg" else None


class TestPictures:
    @pytest.fixture
    def thumb(self, prism, ask_prism) -> str:
        photo = prism.add_photo("a.jpg", NOON, size=(3000, 2000))
        ask_prism("GET", "/photos?count=1")
        return prism.state.primary(prism.state.photos[photo]).hash

    @pytest.mark.parametrize(
        ("size", "found"),
        [
            pytest.param("fit_720", (720, 480), id="fits into a box"),
            pytest.param("tile_224", (224, 224), id="a square of the middle"),
            pytest.param("fit_4096", (1920, 1280), id="no larger one is there, and nobody says so"),
        ],
    )
    def test_sizes(self, prism, thumb, size, found):
        assert thumbnail(prism, thumb, size) == (200, "jpeg", found)

    def test_what_is_not_there_is_a_drawing(self, prism, thumb):
        assert thumbnail(prism, "0" * 40, "fit_720") == (200, "svg+xml", None)
        assert thumbnail(prism, thumb, "fit_721") == (200, "svg+xml", None)
        prism.change_file(next(iter(prism.state.photos)), missing=True)
        assert thumbnail(prism, thumb, "fit_720") == (200, "svg+xml", None)

    def test_a_face_is_cut_out(self, prism, thumb):
        photo = next(iter(prism.state.photos))
        marker = prism.marker(prism.add_face(photo, BOX))
        assert thumbnail(prism, marker.thumb, "tile_160") == (200, "jpeg", (160, 160))
        assert thumbnail(prism, marker.thumb, "fit_720") == (200, "svg+xml", None)

    def test_a_token_is_good_again_once_its_session_was_seen(self, prism, thumb, ask_prism):
        assert thumbnail(prism, thumb, "fit_720", "wrong")[:2] == (403, "svg+xml")
        prism.restart()
        assert thumbnail(prism, thumb, "fit_720")[:2] == (403, "svg+xml")
        assert ask_prism("GET", "/photos?count=1")[0] == 200
        assert thumbnail(prism, thumb, "fit_720")[:2] == (200, "jpeg")

    def test_a_rotated_token_is_in_the_next_answer(self, prism, thumb, ask_prism):
        old = prism.admin.preview_token
        prism.rotate_preview_token()
        new = ask_prism.client.get("/photos?count=1").headers["X-Preview-Token"]
        assert [thumbnail(prism, thumb, "fit_720", token)[0] for token in (old, new)] == [403, 200]

    def test_a_video_is_had_by_any_hash_of_its_photo(self, prism, ask_prism, tmp_path):
        film = tmp_path / "film.mp4"
        film.write_bytes(b"film" * 100)
        photo = prism.state.photos[prism.add_photo("film.mp4", NOON, type="video", video=film)]
        still = prism.state.photos[prism.add_photo("still.jpg", NOON)]
        ask_prism("GET", "/photos?count=1")
        address = f"{prism.url}/api/v1/videos/{{}}/{prism.admin.preview_token}/avc"
        for file in photo.files:
            assert httpx.get(address.format(prism.state.files[file].hash)).content == film.read_bytes()
        part = httpx.get(address.format(prism.state.primary(photo).hash), headers={"Range": "bytes=4-7"})
        assert (part.status_code, part.content) == (206, b"film")
        assert httpx.get(address.format(prism.state.primary(still).hash)).headers["Content-Type"] == "image/svg+xml"

    @pytest.mark.parametrize(
        ("version", "is_new"), [pytest.param("250707", False, id="old: one"), pytest.param("260919", True, id="signed")]
    )
    def test_tokens_for_downloads_change_each_time(self, prism, ask_prism, thumb, version, is_new):
        prism.version = version
        first, second = (ask_prism("GET", "/config")[1]["downloadToken"] for _ in range(2))
        assert (first != second) is is_new
        assert httpx.get(f"{prism.url}/api/v1/dl/{thumb}?t={first}").status_code == 200
        assert httpx.get(f"{prism.url}/api/v1/dl/{thumb}?t=guess").status_code == 403
        assert ask_prism.client.get(f"/dl/{thumb}").status_code == (200 if is_new else 403)


class TestEvents:
    def listen(self, prism: FakePhotoPrism, token: str = "") -> ClientConnection:
        line = connect(f"{prism.url.replace('http', 'ws')}/api/v1/ws")
        line.send(json.dumps({"session": token or prism.token, "version": "", "css": "", "js": ""}))
        return line

    def test_who_is_let_in_hears_uploads(self, prism):
        with self.listen(prism) as line:
            assert json.loads(line.recv(timeout=30))["event"] == "config.updated"
            assert prism.talks.wait_for(listeners=1)
            (photo,) = prism.upload()
            heard = [json.loads(line.recv(timeout=30)) for _ in range(3)]
        assert [one["event"] for one in heard] == ["upload.completed", "photos.created", "index.completed"]
        assert heard[1]["data"] == {"entities": [{"UID": photo}]}

    def test_nobody_else_hears_anything(self, prism):
        guest = prism.add_token("*", prism.add_user("bob", role="guest"))
        with self.listen(prism, "bad"), self.listen(prism, guest) as line, self.listen(prism) as admin:
            assert json.loads(line.recv(timeout=30))["event"] == "config.updated"
            assert json.loads(admin.recv(timeout=30))["event"] == "config.updated"
            assert prism.talks.wait_for(listeners=1)
            prism.emit("index.completed")
            assert json.loads(admin.recv(timeout=30)) == {"event": "index.completed", "data": {}}
            assert prism.talks.listeners() == 1

    def test_a_restart_ends_the_line(self, prism):
        with self.listen(prism) as line:
            assert prism.talks.wait_for(listeners=1)
            prism.restart()
            with pytest.raises(ConnectionClosed):
                [line.recv(timeout=30) for _ in range(2)]
        with self.listen(prism):
            assert prism.talks.wait_for(listeners=1)

    def test_indexing_ends_with_an_event(self, prism, ask_prism):
        prism.indexing = 2
        with self.listen(prism) as line:
            assert prism.talks.wait_for(listeners=1)
            pages = [ask_prism("GET", "/photos?count=9")[1] for _ in range(3)]
            assert [len(page) for page in pages] == [1, 2, 2]
            heard = [json.loads(line.recv(timeout=30))["event"] for _ in range(4)]
        assert heard == ["config.updated", "index.indexing", "index.indexing", "index.completed"]


def test_a_server_below_a_path_is_nowhere_else(ask_prism):
    with FakePhotoPrism(sub_path="/photos") as fake, AskingPrism(fake) as below:
        assert below("GET", "/status") == (200, {"status": "operational"})
        elsewhere = httpx.get(f"{fake.url.removesuffix('/photos')}/api/v1/status")
        assert (elsewhere.status_code, elsewhere.headers["Content-Type"]) == (404, "text/html; charset=utf-8")
        with connect(f"{fake.url.replace('http', 'ws')}/api/v1/ws") as line:
            line.send(json.dumps({"session": fake.token}))
            assert json.loads(line.recv(timeout=30))["event"] == "config.updated"


@pytest.mark.parametrize(
    ("version", "has_batch"), [pytest.param("250707", False, id="old"), pytest.param("260919", True, id="new")]
)
def test_the_configuration_names_version_and_features(prism, ask_prism, version, has_batch):
    prism.version = version
    config = ask_prism("GET", "/config")[1]
    assert config["version"].startswith(f"{version}-")
    assert ("batchEdit" in config["settings"]["features"]) is has_batch
