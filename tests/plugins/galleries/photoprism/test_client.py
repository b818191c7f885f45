"""Requests to PhotoPrism: what each failure is called, what is repeated, and that no secret shows up anywhere."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import quote

import httpx
import pytest
from fakes.doors import Says, door
from fakes.http.routes import Answer
from fakes.photoprism.server import PASSWORD, FakePhotoPrism

from plugins.galleries import GalleryBug, GalleryError, GalleryRefused, GalleryUnreachable, PhotoGone
from plugins.galleries.http.answers import BadRequest, Forbidden, NoRoute
from plugins.galleries.http.patience import Patience
from plugins.galleries.photoprism.answers import NotThere
from plugins.galleries.photoprism.client import Client, Rows, connect

Open = Callable[..., Client]
KEY = "s3cret-0f4nn4-s3cret-0f4nn4"
QUICK = Patience(attempts=4, backoff_s=0.001)
ALIVE = {"/api/v1/status": Says({"status": "operational"})}
PAGE = Says("<!doctype html><html>hello</html>")
NGINX = Says("<html><title>404 Not Found</title></html>", 404, {"Content-Type": "text/html"})


def client_at(url: str) -> Client:
    return Client(connect(url), KEY, patience=QUICK)


def asked(server: FakePhotoPrism) -> list[str]:
    """Return method and path of the requests."""
    return [f"{seen.method} {seen.path.removeprefix(server.sub_path + '/api/v1')}" for seen in server.requests]


def hash_of(server: FakePhotoPrism, photo: str) -> str:
    return server.state.primary(server.state.photos[photo]).hash


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param("http://nas:2342", "http://nas:2342", id="as it is"),
        pytest.param("http://nas:2342/api/v1/", "http://nas:2342", id="the API's address"),
        pytest.param(" https://x.org/photos/ ", "https://x.org/photos", id="below a path, pasted with blanks"),
        pytest.param("http://nas:2342/library/browse", "http://nas:2342", id="as the browser shows it"),
        pytest.param("http://nas/library/library/albums/a1/x", "http://nas/library", id="and below a path like it"),
        pytest.param("http://nas/library/", "http://nas/library", id="a path that is like it"),
    ],
)
def test_address(given: str, kept: str) -> None:
    client = client_at(given)
    assert client.server == kept
    assert KEY not in repr(client)


@pytest.mark.parametrize(
    ("answer", "error", "says", "n_asked"),
    [
        pytest.param(Says({"error": "Nein", "code": 401}, 401), GalleryRefused, "Apps and Devices", 1, id="wrong key"),
        pytest.param(
            Says("", 401, {"WWW-Authenticate": "Basic realm=nas"}),
            GalleryRefused,
            "a login stands before PhotoPrism",
            1,
            id="a proxy's login",
        ),
        pytest.param(Says({"error": "Nein", "code": 403}, 403), Forbidden, "must have albums", 1, id="scope"),
        pytest.param(Says({"error": "Weg", "code": 404}, 404), NotThere, "GET /albums/x: Weg", 1, id="gone"),
        pytest.param(NGINX, NoRoute, "nothing at", 4, id="a proxy that finds nobody behind it deletes nothing"),
        pytest.param(Says({"error": "Nein", "code": 400}, 400), BadRequest, "400", 1, id="wrong request"),
        pytest.param(Says({"error": "No", "details": "x"}, 501), BadRequest, "501", 1, id="not in this version"),
        pytest.param(Says({"error": "database is locked"}, 500), GalleryUnreachable, "locked", 4, id="locked"),
        pytest.param(Says("", 429), GalleryUnreachable, "429", 4, id="busy"),
        pytest.param(Says("<html>502</html>", 502), GalleryUnreachable, "502", 4, id="proxy without a server"),
        pytest.param(Says('{"a": [1, '), GalleryUnreachable, "broken JSON", 4, id="cut off"),
        pytest.param(PAGE, GalleryRefused, "a web page", 4, id="a web page each time"),
        pytest.param(
            Says("", 302, {"Location": "https://sso.example.org/auth?t=t0ken"}),
            GalleryRefused,
            "https://sso.example.org/auth",
            4,
            id="a login page",
        ),
    ],
)
def test_failures(answer: Says, error: type[GalleryError], says: str, n_asked: int) -> None:
    with door({**ALIVE, "/api/v1/albums/x": answer}, PAGE) as here:
        with pytest.raises(error) as caught:
            client_at(here.address).get("/albums/x")
        assert type(caught.value) is error
        assert says in str(caught.value)
        assert "t0ken" not in str(caught.value)
        assert [path for _, path, _ in here.asked].count("/api/v1/albums/x") == n_asked


@pytest.mark.parametrize(
    "everything",
    [
        pytest.param(NGINX, id="a web server"),
        pytest.param(Says({"error": "Not Found", "message": "Cannot GET"}, 404), id="another gallery"),
    ],
)
def test_something_else_is_no_photoprism(everything: Says) -> None:
    with door({}, everything) as here, pytest.raises(GalleryRefused, match="no PhotoPrism at"):
        client_at(here.address).get("/config")


def test_what_is_gone_while_the_server_is_away_is_not_gone() -> None:
    with door({"/api/v1/albums": Says([])}, Says({"error": "no such service"}, 404)) as here:
        client = client_at(here.address)
        assert client.get("/albums") == []
        with pytest.raises(GalleryUnreachable, match="not there now"):
            client.get("/albums/x")


@pytest.mark.parametrize(
    ("answer", "rows"),
    [
        pytest.param(
            Says([{"UID": "p"}], 200, {"X-Count": "7", "X-Limit": "9", "X-Offset": "2"}),
            Rows([{"UID": "p"}], 7, 9, 2),
            id="as the server counts",
        ),
        pytest.param(Says([1, 2]), Rows([1, 2], 2, 5, 3), id="a proxy has taken the headers out"),
        pytest.param(
            Says([], 200, {"X-Count": "-1", "X-Limit": "many"}), Rows([], 0, 5, 3), id="headers that are no numbers"
        ),
        pytest.param(Says("null"), Rows([], 0, 5, 3), id="null for nothing"),
    ],
)
def test_a_page_of_a_search(answer: Says, rows: Rows) -> None:
    with door({"/api/v1/photos?count=5&offset=3&primary=true": answer}, NGINX) as here:
        assert client_at(here.address).rows("/photos", {"count": 5, "offset": 3, "primary": True}) == rows


def test_a_search_that_finds_no_list() -> None:
    with door({}, Says({"UID": "p"})) as here, pytest.raises(GalleryBug, match="no list"):
        client_at(here.address).rows("/photos", {"count": 1})


def test_what_was_made_and_what_was_there(server: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(server)
    first, second = (client.post("/albums", {"Title": "Rome"}) for _ in range(2))
    assert (first.status, second.status, first.json["UID"]) == (201, 200, second.json["UID"])
    uid = first.json["UID"]
    photos = server.add_photos(2)
    assert client.put(f"/albums/{uid}", {"Notes": "ours"})["Notes"] == "ours"
    assert client.post(f"/albums/{uid}/photos", {"photos": photos}).json["added"]
    client.delete(f"/albums/{uid}/photos", {"photos": photos[:1]})
    assert server.members(uid) == {photos[1]}
    client.delete(f"/albums/{uid}", params={"force": True})
    assert server.requests[-1].query == {"force": "true"}


def test_below_a_path(client_of: Open) -> None:
    with FakePhotoPrism(sub_path="/photos") as server:
        photo, client = server.add_photos(1)[0], client_of(server)
        assert [row["UID"] for row in client.rows("/photos", {"count": 1, "primary": True}).items] == [photo]
        assert client.picture(hash_of(server, photo), "fit_720").startswith(b"\xff\xd8")
        with pytest.raises(GalleryRefused, match="no PhotoPrism at"):
            client_at(server.url.removesuffix("/photos")).config()


@pytest.mark.parametrize("locked", [1, 3])
def test_a_locked_database_is_waited_for(locked: int, newest: FakePhotoPrism, client_of: Open) -> None:
    album, client = newest.add_album("Rome"), client_of(newest)
    newest.locked = locked
    client.put(f"/albums/{album}", {"Notes": "ours"})
    assert (newest.album(album).notes, len(newest.requests)) == ("ours", locked + 1)


def test_a_locked_database_that_stays_so(newest: FakePhotoPrism, client_of: Open) -> None:
    album, newest.locked = newest.add_album("Rome"), 9
    with pytest.raises(GalleryUnreachable, match="500 to PUT"):
        client_of(newest).put(f"/albums/{album}", {"Notes": "ours"})
    assert len(newest.requests) == 4


def test_what_may_not_be_repeated_is_sent_once(newest: FakePhotoPrism, client_of: Open) -> None:
    newest.locked = 1
    with pytest.raises(GalleryUnreachable):
        client_of(newest).post("/albums", {"Title": "Rome"})
    assert (asked(newest), newest.dump()["albums"]) == (["POST /albums"], FakePhotoPrism().dump()["albums"])


def test_what_a_busy_server_has_not_done_is_sent_again(newest: FakePhotoPrism, client_of: Open) -> None:
    newest.busy = 2
    with pytest.raises(PhotoGone):
        client_of(newest).post("/markers", {"FileUID": "f" + "0" * 15, "W": 0.1, "H": 0.1, "Type": "face"})
    assert [seen.status for seen in newest.requests if seen.method == "POST"][:2] == [429, 429]


def test_a_short_disturbance_is_not_noticed(newest: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(newest)
    newest.faults(3, 0.9, in_a_row=3, hold_s=0.0)
    assert [client.get("/session")["user"]["UID"] for _ in range(20)] == [newest.admin.uid] * 20


def test_a_restart_in_the_middle(newest: FakePhotoPrism, client_of: Open) -> None:
    photo, client = newest.add_photos(1)[0], client_of(newest)
    for _ in range(3):
        assert client.rows("/photos", {"count": 1}).count == 1
        assert client.picture(hash_of(newest, photo), "tile_50")
        newest.restart()


def test_writes_go_one_at_a_time_and_reads_do_not(newest: FakePhotoPrism, client_of: Open) -> None:
    albums, client = [newest.add_album(f"Album {n}") for n in range(8)], client_of(newest)
    both, under_way, most = threading.Barrier(2, timeout=30), [0], [0]

    def begin(request: httpx.Request) -> None:
        if request.method == "GET":
            both.wait()  # would break if one waited for the other
        else:
            under_way[0] += 1
            most[0] = max(most[0], under_way[0])

    def end(response: httpx.Response) -> None:
        under_way[0] -= response.request.method != "GET"

    client.__dict__["_http"].event_hooks = {"request": [begin], "response": [end]}
    with ThreadPoolExecutor(8) as threads:
        assert len(list(threads.map(lambda _: client.get("/albums", {"count": 1}), range(8)))) == 8
        assert len(list(threads.map(lambda album: client.put(f"/albums/{album}", {"Notes": "x"}), albums))) == 8
    assert most == [1]


@pytest.mark.parametrize("user", ["", "admin"])
def test_no_text_and_no_log_holds_a_secret(
    user: str, newest: FakePhotoPrism, client_of: Open, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    client, name = client_of(newest, PASSWORD if user else None, user), hash_of(newest, newest.add_photos(1)[0])
    client.picture(name, "tile_50")
    assert client.rows("/photos", {"count": 1}).items
    texts = [repr(client), repr(client.session()), repr(client.config())]
    newest.answer = lambda seen: Answer({"error": f"{seen.path} {seen.headers}"}, 400)  # type: ignore[method-assign]
    errors = [failure_of(lambda: client.get("/labels")), failure_of(lambda: client.picture(name, "tile_50"))]
    texts += [caplog.text, *(f"{error!r} {error}" for error in errors)]
    assert "/t/" in caplog.text
    assert all("<key>" in str(error) for error in errors)
    assert [error.__cause__ for error in errors] == [None, None]
    secrets = (*newest.state.sessions, newest.admin.preview_token, PASSWORD)
    assert not [text for text in texts for secret in secrets if secret in text]


@pytest.mark.parametrize(
    ("to", "said"),
    [
        pytest.param("https://host/api/v1{path}", "https://host/api/v1/t/", id="to itself, with the token in it"),
        pytest.param("https://host/login?back={path}", "https://host/login:", id="to a login, the token behind it"),
        pytest.param("http://[", "another address", id="to what is no address"),
    ],
)
def test_a_redirect_of_a_picture_is_told_without_its_token(
    to: str, said: str, newest: FakePhotoPrism, client_of: Open
) -> None:
    token = newest.admin.preview_token = "a+b/c=="  # noqa: S105 (the fake's own)
    newest.access.known_previews.add(token)
    client, name = client_of(newest), hash_of(newest, newest.add_photos(1)[0])
    client.config()
    newest.answer = lambda seen: Answer(  # type: ignore[method-assign]
        b"", 301, {"Location": to.format(path=f"/t/{name}/{quote(token, safe='')}/fit_720")}
    )
    error = failure_of(lambda: client.picture(name, "fit_720"))
    assert isinstance(error, GalleryRefused)
    assert said in str(error)
    assert not [one for one in (token, quote(token, safe="")) if one in str(error)]


@pytest.mark.parametrize(
    ("path", "said", "why"),
    [
        pytest.param("session", {"access_token": "t0ken", "user": 5}, "not as expected", id="odd, to a login"),
        pytest.param("session", b'{"access_token": "t0ken", "us', "broken JSON", id="cut off, to a login"),
        pytest.param("config", {"previewToken": "t0ken", "public": "perhaps"}, "not as expected", id="odd"),
        pytest.param("config", b'{"previewToken": "t0ken", "pub', "broken JSON", id="cut off"),
    ],
)
def test_an_answer_with_a_token_is_not_shown(
    path: str, said: object, why: str, newest: FakePhotoPrism, client_of: Open
) -> None:
    client = client_of(newest, PASSWORD, "admin")
    if path == "config":
        client.get("/labels", {"count": 1})
    newest.answer = lambda _: Answer(said)  # type: ignore[method-assign]
    error = failure_of(client.config)
    assert f"/{path} " in str(error)
    assert why in str(error)
    assert "t0ken" not in str(error)


def failure_of(ask: Callable[[], object]) -> GalleryError:
    with pytest.raises(GalleryError) as caught:
        ask()
    return caught.value


def test_what_fits_into_no_address_is_told_as_an_odd_answer_is(newest: FakePhotoPrism, client_of: Open) -> None:
    with pytest.raises(GalleryBug, match="cannot be asked for this: GET /photos"):
        client_of(newest).rows("/photos", {"label": "x" * 100_000, "count": 1})
