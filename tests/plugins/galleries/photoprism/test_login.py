"""Who asks a PhotoPrism: app passwords, sessions that expire, nobody; and what each may not do."""

from __future__ import annotations

import html
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fakes.http.routes import Answer
from fakes.http.server import Seen
from fakes.photoprism.access import LOGINS
from fakes.photoprism.server import PASSWORD, FakePhotoPrism

from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.http.answers import BadRequest, Forbidden
from plugins.galleries.photoprism.client import Client, connect

Open = Callable[..., Client]
ONE = {"count": 1}


def asked(server: FakePhotoPrism, n: int = 0) -> list[str]:
    """Return method and path of the requests after the first `n`, and what came of them."""
    return [f"{seen.method} {seen.path.removeprefix('/api/v1')} {seen.status}" for seen in server.requests[n:]]


def logins(server: FakePhotoPrism) -> list[str]:
    """Return the tokens of the sessions that are open, without app passwords."""
    return [token for token, session in server.state.sessions.items() if session.kind == "login"]


def test_an_app_password_is_sent_with_each_request(newest: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(newest)
    client.get("/photos", ONE)
    client.get("/labels", ONE)
    assert {seen.headers["authorization"] for seen in newest.requests} == {f"Bearer {newest.token}"}
    client.close()
    assert newest.token in newest.state.sessions
    assert len(newest.requests) == 2


def test_a_session_is_opened_when_it_is_needed_and_closed(server: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(server, PASSWORD, "admin")
    assert server.requests == []
    for _ in range(2):
        client.get("/photos", ONE)
    (token,) = logins(server)
    client.close()
    assert asked(server) == ["POST /session 200", "GET /photos 200", "GET /photos 200", "DELETE /session 200"]
    assert logins(server) == []
    assert {seen.headers["authorization"] for seen in server.requests[1:]} == {f"Bearer {token}"}


def test_an_app_password_in_place_of_the_users(newest: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(newest, newest.token, "admin")
    client.get("/photos", ONE)
    client.close()
    assert newest.token in newest.state.sessions


def test_a_session_that_cannot_be_closed_ends_by_itself(newest: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(newest, PASSWORD, "admin")
    client.get("/photos", ONE)
    newest.faults(1, 1.0, ["500"], in_a_row=9)
    client.close()
    assert len(newest.requests) == 3


@pytest.mark.parametrize(
    ("method", "path", "said"),
    [
        pytest.param("GET", "/photos?count=1", None, id="reading"),
        pytest.param("POST", "/albums", {"Title": "Rome"}, id="what may not be repeated"),
    ],
)
def test_a_session_that_expires_is_opened_anew(
    method: str, path: str, said: object, newest: FakePhotoPrism, client_of: Open
) -> None:
    client = client_of(newest, PASSWORD, "admin")
    for n in (1, 2):
        client.get("/photos", ONE)
        newest.expire(logins(newest)[-1])
        client.get(path) if method == "GET" else client.post(path, said)
        assert [line for line in asked(newest) if "/session" in line] == ["POST /session 200"] * (n + 1)
    assert len([album for album in newest.state.albums.values() if album.title == "Rome"]) == (method == "POST")


def test_one_thread_opens_the_session_for_all(newest: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(newest, PASSWORD, "admin")
    for n in (1, 2):
        with ThreadPoolExecutor(8) as threads:
            assert len(list(threads.map(lambda _: client.get("/photos", ONE), range(24)))) == 24
        assert asked(newest).count("POST /session 200") == n
        newest.expire(logins(newest)[-1])


@pytest.mark.parametrize(
    ("before", "sent"),
    [
        pytest.param([], ["POST /session 200", "GET /photos 401"], id="it never held"),
        pytest.param(
            ["/config"],
            ["POST /session 200", "GET /config 200", "GET /photos 401"],
            id="what everybody is told does not say that it held",
        ),
        pytest.param(
            ["/photos"],
            ["POST /session 200", "GET /photos 200", "GET /photos 401", "POST /session 200", "GET /photos 401"],
            id="it held, and the next one does not",
        ),
    ],
)
def test_a_session_that_does_not_hold_is_not_opened_for_ever(
    before: list[str], sent: list[str], newest: FakePhotoPrism, client_of: Open
) -> None:
    client = client_of(newest, PASSWORD, "admin")
    for path in before:
        client.get(path, ONE)

    def expire(*_: object) -> None:
        for token in logins(newest):
            newest.expire(token)

    newest.before_request = expire
    for _ in range(2):
        with pytest.raises(GalleryRefused, match="does not let 'admin' in"):
            client.get("/photos", ONE)
    assert asked(newest) == sent


def test_a_session_is_told_from_nobody(newest: FakePhotoPrism, client_of: Open) -> None:
    """The server answers `GET /config` to whoever asks, and as to a stranger when the session has expired."""
    client = client_of(newest, PASSWORD, "admin")
    client.get("/photos", ONE)
    newest.expire(logins(newest)[0])
    assert (client.config().mode, client.config().previewToken) == ("user", newest.admin.preview_token)


def test_what_is_asked_once(server: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(server)
    for _ in range(2):
        session = client.session()
        assert client.config().version.startswith(server.version)
    assert session is not None
    assert (session.user.UID, session.user.Role, session.scope) == (server.admin.uid, "admin", "*")
    assert asked(server) == ["GET /config 200", "GET /session 200"]


@pytest.mark.parametrize(
    ("key", "user", "says"),
    [
        pytest.param("wrong0-wrong0-wrong0-wrong0", "", "does not know the app password", id="an app password"),
        pytest.param("pa55 wort", "admin", "does not let 'admin' in", id="a password"),
        pytest.param(PASSWORD, "nobody", "does not let 'nobody' in", id="a user"),
        pytest.param("pass word", "both", "two factors", id="a second factor is wanted"),
        pytest.param("", "", "wants to know who asks", id="nothing, where the server asks who it is"),
    ],
)
def test_who_is_refused_once_asks_no_more(
    key: str, user: str, says: str, newest: FakePhotoPrism, client_of: Open
) -> None:
    newest.add_user("both", password="pass word", passcode="123456")  # noqa: S106 (the fake's own)
    client = client_of(newest, key, user)
    for ask in (lambda: client.get("/photos", ONE), lambda: client.put("/albums/a", {}), client.session):
        with pytest.raises(GalleryRefused, match=says) as told:
            ask()
        assert not key or key not in f"{told.value!r}"
    client.close()
    assert [line for line in asked(newest) if not line.endswith(" 401")] == []
    assert len(newest.requests) == 1


def test_an_app_password_that_is_revoked_in_the_middle(newest: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(newest)
    client.get("/photos", ONE)
    newest.expire(newest.token)
    with ThreadPoolExecutor(8) as threads:
        errors = list(threads.map(lambda _: error_of(client), range(64)))
    assert {type(error) for error in errors} == {GalleryRefused}
    assert len(newest.requests) <= 1 + 8, "those that were under way, and none after them"
    assert newest.access.bad_tokens <= 8


def error_of(client: Client) -> Exception | None:
    try:
        client.get("/photos", ONE)
    except GalleryRefused as error:
        return error
    return None


def test_too_many_logins(newest: FakePhotoPrism, client_of: Open) -> None:
    newest.access.bad_logins = LOGINS
    with pytest.raises(GalleryUnreachable, match="429 to POST /session"):
        client_of(newest, PASSWORD, "admin").get("/photos", ONE)
    newest.access.bad_logins = 0
    assert client_of(newest, PASSWORD, "admin").get("/photos", ONE) == []


@pytest.mark.parametrize(
    ("key", "user"),
    [
        pytest.param("", "", id="nobody"),
        pytest.param("left0v-er0000-000000-000000", "", id="an app password of before"),
        pytest.param("anything", "anna", id="a user of before"),
    ],
)
def test_a_server_that_asks_nobody_who_they_are(key: str, user: str, client_of: Open) -> None:
    with FakePhotoPrism(public=True) as server:
        photo, client = server.add_photos(1)[0], client_of(server, key, user)
        assert [row["UID"] for row in client.rows("/photos", {"count": 1, "primary": True}).items] == [photo]
        assert (client.session(), client.config().public, client.token()) == (None, True, "")
        assert client.post("/albums", {"Title": "Rome"}).status == 201
        assert client.picture(server.state.primary(server.state.photos[photo]).hash, "tile_50")
        assert server.requests[-1].path.split("/")[-2] == "public"
        client.close()
        assert "DELETE /session 200" not in asked(server)


@pytest.mark.parametrize(
    ("scope", "path", "lacking"),
    [
        pytest.param("albums", "/photos", "photos", id="searches"),
        pytest.param("photos", "/albums", "albums", id="albums"),
        pytest.param("photos", "/labels", "labels", id="labels"),
        pytest.param("photos", "/subjects", "people", id="people"),
        pytest.param("photos", "/faces", "people", id="faces"),
        pytest.param("photos", "/session", "sessions", id="who asks"),
    ],
)
def test_a_scope_that_is_too_small(
    scope: str, path: str, lacking: str, newest: FakePhotoPrism, client_of: Open
) -> None:
    with pytest.raises(Forbidden, match=f"scope must have {lacking}") as told:
        client_of(newest, newest.add_token(scope)).get(path, ONE)
    assert told.value.permission == lacking
    assert len(newest.requests) == 1


def test_a_scope_without_config_is_found_and_not_asked_for_again(newest: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(newest, newest.add_token("photos"))
    for _ in range(2):
        assert client.config().mode == "public"
    assert asked(newest) == ["GET /config 200", "GET /photos 200", "GET /config 200"]


def test_a_key_that_only_reads(newest: FakePhotoPrism, client_of: Open) -> None:
    client = client_of(newest, newest.add_token("read"))
    assert client.get("/albums", ONE) == []
    with pytest.raises(Forbidden, match="scope must have albums"):
        client.post("/albums", {"Title": "Rome"})
    assert len(newest.requests) == 2


def test_a_guest_may_not_search(newest: FakePhotoPrism, client_of: Open) -> None:
    newest.add_user("guest", "guest", "guest word")
    client = client_of(newest, "guest word", "guest")
    with pytest.raises(Forbidden, match="it must be an admin's"):
        client.get("/photos", ONE)
    with pytest.raises(Forbidden, match="its user must be an admin"):
        client.get("/labels", ONE)


@pytest.mark.parametrize("scope", ["*", "photos sessions config"])
def test_a_token_of_nobody_finds_nothing(scope: str, newest: FakePhotoPrism, client_of: Open) -> None:
    with pytest.raises(Forbidden, match="name the user whose app password it is"):
        client_of(newest, newest.add_access_token(scope)).get("/photos", ONE)


def test_a_search_that_is_wrong_is_no_matter_of_rights(newest: FakePhotoPrism, client_of: Open) -> None:
    with pytest.raises(BadRequest, match="400 to GET /photos"):
        client_of(newest).get("/photos", {"order": "added"})


@pytest.mark.parametrize("key", ["with blank", "new\nline", "schlüssel"])
def test_an_app_password_that_is_none(key: str) -> None:
    with pytest.raises(GalleryRefused, match="copy it again") as told:
        Client(connect("http://127.0.0.1:1"), key)
    assert key not in str(told.value)


def test_a_password_may_have_any_letters(newest: FakePhotoPrism, client_of: Open) -> None:
    newest.add_user("anna", password="süßes Päss wörd")  # noqa: S106 (the fake's own)
    assert client_of(newest, "süßes Päss wörd", "anna").get("/photos", ONE) == []


class Echo(FakePhotoPrism):
    """A server, or a proxy before it, that shows in each refusal what it was asked, in its own way of writing."""

    def answer(self, seen: Seen) -> Answer:
        said = seen.raw.decode()
        return Answer({"error": said, "details": f"{html.escape(said)} {json.dumps(seen.body)}"}, 400)


@pytest.mark.parametrize("password", ['ho"rse', "pä\\ss", "a<b>&c'd", "läßt €uch"])
def test_a_password_that_is_echoed_is_not_shown(password: str, client_of: Open) -> None:
    with Echo() as server, pytest.raises(GalleryError) as raised:
        client_of(server, password, "admin").get("/photos", ONE)
    shown = f"{raised.value!r}"
    spellings = {password, json.dumps(password)[1:-1], json.dumps(password, ensure_ascii=False)[1:-1]}
    spellings |= {html.escape(spelled) for spelled in spellings}
    assert not [one for one in spellings if one in shown or one in str(raised.value)]
