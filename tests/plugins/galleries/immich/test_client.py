"""Requests to Immich: what each failure is called, what is repeated, and that the key shows up nowhere."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest
from fakes.doors import Says, door, make_certificate
from fakes.immich import FakeImmich

from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable, PhotoGone
from plugins.galleries.http.answers import BadRequest, Forbidden, NoRoute
from plugins.galleries.http.connecting import IDLE_S, server_of
from plugins.galleries.http.patience import Patience
from plugins.galleries.immich.client import Client, connect

KEY = "s3cretOfAnna"
QUICK = Patience(attempts=4, backoff_s=0.001)
PING = {"/api/server/ping": Says({"res": "pong"}), "/api/server/config": Says({"maintenanceMode": False})}
LOGIN = Says("", 302, {"Location": "https://login.example.org/auth?token=t0ken"})
PAGE = Says("<!doctype html><html>hello</html>")


def client_of(url: str, key: str = KEY, ca_file: Path | None = None) -> Client:
    return Client(connect(url, key, ca_file), QUICK)


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("http://nas:2283", "http://nas:2283", id="as it is"),
        pytest.param("http://nas:2283/", "http://nas:2283", id="a slash behind it"),
        pytest.param("http://nas:2283/api", "http://nas:2283", id="the API's address"),
        pytest.param(" https://x.org/photos/api/ ", "https://x.org/photos", id="below a path, pasted with blanks"),
    ],
)
def test_address(given: str, kept: str) -> None:
    assert server_of(given, "/api") == kept


@pytest.mark.parametrize(
    ("answer", "error", "says", "asked"),
    [
        pytest.param(Says({"message": "Invalid API key"}, 401), GalleryRefused, "make a new one", 1, id="wrong key"),
        pytest.param(
            Says({"message": "Missing required permission: tag.asset"}, 403), Forbidden, "tag.asset", 1, id="permission"
        ),
        pytest.param(
            Says({"message": "Not found or no asset.read access"}, 400),
            PhotoGone,
            "no asset.read",
            1,
            id="gone, by 400",
        ),
        pytest.param(
            Says({"message": "Validation failed", "errors": [{"path": ["size"], "message": "Too big"}]}, 400),
            BadRequest,
            "Too big",
            1,
            id="an issue of 3.x",
        ),
        pytest.param(
            Says({"message": ["size must not be more"], "statusCode": 400}, 400),
            BadRequest,
            "size must not",
            1,
            id="a list of 2.x",
        ),
        pytest.param(
            Says({"message": "Cannot GET"}, 404), NoRoute, "maintenance", 1, id="a missing route is no deletion"
        ),
        pytest.param(Says({"message": "oh"}, 500), GalleryUnreachable, "500", 4, id="500"),
        pytest.param(Says("<html>502</html>", 502), GalleryUnreachable, "502", 4, id="proxy without a server"),
        pytest.param(Says("", 429, {"Retry-After": "900"}), GalleryUnreachable, "429", 4, id="too many, wait bounded"),
        pytest.param(Says('{"a": [1, '), GalleryUnreachable, "broken JSON", 4, id="truncated"),
        pytest.param(Says(""), GalleryUnreachable, "broken JSON", 4, id="nothing at all"),
        pytest.param(PAGE, GalleryRefused, "a web page", 4, id="a web page each time"),
        pytest.param(LOGIN, GalleryRefused, "https://login.example.org/auth", 4, id="a login page"),
    ],
)
def test_failures(answer: Says, error: type[GalleryError], says: str, asked: int) -> None:
    with door({**PING, "/api/x": answer}, PAGE) as here:
        with pytest.raises(error) as caught:
            client_of(here.address).get("/x")
        assert type(caught.value) is error
        assert says in str(caught.value)
        assert "t0ken" not in str(caught.value)
        assert len([path for _, path, _ in here.asked if path == "/api/x"]) == asked


def test_another_web_server_is_no_immich() -> None:
    with door({}, Says("Not Found", 404)) as here, pytest.raises(GalleryRefused, match="no Immich at"):
        client_of(here.address).get("/users/me")


def test_maintenance_is_named_and_no_deletion() -> None:
    with FakeImmich() as server:
        server.maintenance = True
        with pytest.raises(GalleryUnreachable, match="maintenance mode"):
            client_of(server.url, server.key).get("/tags")


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        pytest.param(LOGIN, GalleryUnreachable, id="a redirect that the next request does not see"),
        pytest.param(PAGE, GalleryUnreachable, id="a web page that the next request does not see"),
        pytest.param(Says({"message": "Missing required permission: x.y"}, 403), Forbidden, id="a refusal is one"),
    ],
)
def test_what_may_not_be_repeated_is_sent_once(answer: Says, error: type[GalleryError]) -> None:
    with FakeImmich() as server:
        server.faults(1, 1.0, ["login" if answer is LOGIN else "html"], in_a_row=1)
        if answer.status == 403:
            server.faults(1, 0)
            server.key = server.add_key(["asset.read"])
        with pytest.raises(error):
            client_of(server.url, server.key).post("/albums", {"albumName": "Rome"})
        assert len([seen for seen in server.requests if seen.method == "POST"]) == 1


def test_a_short_disturbance_is_not_noticed() -> None:
    with FakeImmich() as server:
        server.faults(3, 0.9, in_a_row=3, hold_s=0.0)
        client = client_of(server.url, server.key)
        assert [client.get("/users/me")["id"] for _ in range(30)] == [server.user.id] * 30


def test_connections_are_given_up_before_the_server_does() -> None:
    assert IDLE_S < 5


@pytest.mark.parametrize("key", ["", "with blank", "new\nline", "schlüssel"])
def test_a_key_that_is_none(key: str) -> None:
    with pytest.raises(GalleryRefused, match="copy it again") as caught:
        connect("http://127.0.0.1:1", key)
    assert not key or key not in str(caught.value)


@pytest.mark.parametrize("url", ["nas:2283", "http://nas:port", "ftp://nas"])
def test_no_address(url: str) -> None:
    with pytest.raises(GalleryRefused, match="no address"):
        client_of(url).get("/x")


def test_nobody_there() -> None:
    with pytest.raises(GalleryUnreachable, match="does not answer"):
        client_of("http://127.0.0.1:9").get("/x")


def test_https(tmp_path: Path) -> None:
    certificate = make_certificate(tmp_path / "own.pem")
    with door({"/api/x": Says({"a": 1})}, PAGE, certificate) as here:
        assert client_of(here.address, ca_file=certificate).get("/x") == {"a": 1}
        with pytest.raises(GalleryRefused, match="ca_file"):
            client_of(here.address).get("/x")
        with pytest.raises(GalleryError, match=r"https://|does not answer"):
            client_of(here.address.replace("https", "http")).get("/x")
    with door({}, PAGE) as plain, pytest.raises(GalleryRefused, match="write http://"):
        client_of(plain.address.replace("http", "https")).get("/x")


@pytest.mark.parametrize("content", [None, b"no certificate"])
def test_a_broken_certificate_file(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(GalleryRefused, match=r"ca\.pem cannot be read"):
        connect("https://x.org", KEY, file)


def test_the_key_is_in_no_text() -> None:
    with door(
        {"/api/x": Says(f'{{"message": "bad key {KEY}"}}', 400), "/api/y": Says(f"{KEY} oops", 500)}, PAGE
    ) as here:
        client = client_of(here.address)
        for path in ("/x", "/y"):
            with pytest.raises(GalleryError) as caught:
                client.get(path)
            error: BaseException | None = caught.value
            assert error is not None
            assert error.__cause__ is None
            assert KEY not in f"{error!r} {error} {client!r} {client.__dict__['_patience']!r}"
        assert isinstance(client.__dict__["_http"], httpx.Client)
        assert KEY not in repr(client.__dict__["_http"])
