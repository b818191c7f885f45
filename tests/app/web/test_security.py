"""What stands before the pages, over real HTTP: names, sessions, forms of other sites, headers, sizes, addresses."""

from __future__ import annotations

import json
import re
import socket
from collections.abc import Iterator, Mapping
from pathlib import Path

import httpx
import pytest
from fakes.reviewing import NOWHERE, Browser, reviewing, served

from app.prefect_api import PrefectApi
from app.review import create_review
from app.web.security import HEADERS, allowed_names, is_known_host, is_local_path
from app.web.sessions import COOKIE
from plugins.own_secrets import SecretUnusable, own_secret, secret_file
from plugins.sections import Serve
from plugins.settings import LibrarySettings, Settings
from plugins.store import StoreBusy, StoreUnusable

HOME = "/libraries/family"
PLAN_2 = "/login?to=%2Flibraries%2Ffamily%2Fplan%3Fpage%3D2"
FORM = {"content-type": "application/x-www-form-urlencoded"}


def made(place: Path) -> Settings:
    (place / "photos").mkdir(exist_ok=True)
    family = LibrarySettings(path=place / "photos")
    return Settings(data_dir=place / "data", libraries={"family": family}, serve=Serve(names=("photos.home",)))


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return made(tmp_path_factory.mktemp("security"))


@pytest.fixture(scope="module")
def browser(settings: Settings) -> Iterator[Browser]:
    with reviewing(settings) as logged_in:
        yield logged_in


@pytest.fixture
def stranger(browser: Browser) -> Iterator[Browser]:
    with Browser(base_url=browser.base_url) as fresh:
        yield fresh


@pytest.mark.parametrize(
    ("method", "path", "status", "to"),
    [
        pytest.param("GET", "/health", 200, None, id="whether it is served is no secret"),
        pytest.param("GET", "/login", 200, None, id="the page that asks for the token"),
        pytest.param("GET", "/static/albumen.css", 200, None, id="our style"),
        pytest.param("GET", "/", 303, "/login", id="the first page"),
        pytest.param("GET", f"{HOME}/plan?page=2", 303, PLAN_2, id="a page"),
        pytest.param("GET", f"{HOME}/picture?photo=x", 303, None, id="a picture"),
        pytest.param("GET", f"{HOME}/reports/x/report.html", 303, None, id="a report"),
        pytest.param("GET", "/libraries/nope/plan", 303, None, id="which libraries there are is a secret too"),
        pytest.param("GET", "/nothing", 303, None, id="and what pages there are"),
        pytest.param("GET", "/health/../", 303, "/login", id="a path that is made shorter by the client"),
        pytest.param("GET", "/static/../review.py", 303, None, id="out of the static files"),
        pytest.param("GET", "/static/%2e%2e/review.py", 404, None, id="out of them in disguise"),
        pytest.param("GET", "/docs", 303, None, id="no list of what can be asked"),
        pytest.param("GET", "/openapi.json", 303, None, id="nor in another form"),
        pytest.param("POST", "/logout", 401, None, id="a form"),
        pytest.param("POST", f"{HOME}/plan/start", 401, None, id="a run is not started"),
        pytest.param("DELETE", "/", 401, None, id="what no page of ours sends"),
    ],
)  # fmt: skip
def test_without_a_login(stranger: Browser, method: str, path: str, status: int, to: str | None) -> None:
    answer = stranger.request(method, path, content=b"" if method == "POST" else None)
    assert answer.status_code == status
    assert to is None or answer.headers["location"] == to
    assert ("to log in" in answer.text, "url=/login" in answer.headers.get("refresh", "")) == ((status == 401),) * 2


@pytest.mark.parametrize(
    "path", ["/", "/login", "/health", f"{HOME}/plan", f"{HOME}/runs", "/nothing", f"{HOME}/picture?photo=x"]
)
def test_every_answer_carries_the_headers(browser: Browser, path: str) -> None:
    answer = browser.get(path)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert "server" not in answer.headers or "uvicorn" in answer.headers["server"]


def test_our_own_files_may_be_kept(browser: Browser) -> None:
    page = browser.get("/").text
    found = re.findall(r'(?:href|src)="(/static/[^"]+)"', page)
    assert len(found) == 3
    for address in found:
        answer = browser.get(address)
        assert (answer.status_code, "immutable" in answer.headers["cache-control"]) == (200, True)
        assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("page", ["/", "/login", f"{HOME}/plan", f"{HOME}/runs", f"{HOME}/plan/left-out", "/nothing"])
def test_a_page_has_nothing_inline_and_nothing_from_elsewhere(browser: Browser, page: str) -> None:
    html = browser.get(page).text
    assert not re.search(r"\son\w+=|\sstyle=|<style|javascript:|<script(?![^>]*\ssrc=)", html)
    assert not re.findall(r'(?:href|src|action)="(?!/|#)[^"]*"', html)


@pytest.mark.parametrize(
    ("host", "status"),
    [
        pytest.param("localhost", 200, id="this machine"),
        pytest.param("localhost:8484", 200, id="with a port"),
        pytest.param("LOCALHOST.", 200, id="as some write it"),
        pytest.param("127.0.0.1:9", 200, id="an address of this machine"),
        pytest.param("192.168.1.5", 200, id="an address: no DNS leads to it"),
        pytest.param("[::1]:8484", 200, id="of IPv6"),
        pytest.param("photos.home", 200, id="a name of the settings"),
        pytest.param("evil.example", 421, id="a name that somebody else turned to us"),
        pytest.param("localhost.evil.example", 421, id="that begins like ours"),
        pytest.param("evil.example:8484", 421, id="with a port"),
        pytest.param("127.0.0.1.evil.example", 421, id="that begins like an address"),
        pytest.param("photos.home@evil.example", 421, id="ours as a user of it"),
        pytest.param("", 421, id="none"),
        pytest.param("[::1", 421, id="half an address"),
    ],
)
def test_by_which_names_it_may_be_asked(browser: Browser, host: str, status: int) -> None:
    assert browser.get("/login", headers={"host": host}, follow_redirects=True).status_code == status


def test_a_server_for_the_house_is_asked_by_the_names_of_its_machine() -> None:
    name = socket.gethostname().lower()
    everywhere = allowed_names(Serve(host="0.0.0.0"))  # noqa: S104
    assert is_known_host(f"{name}:8484", everywhere)
    assert not is_known_host(f"{name}:8484", allowed_names(Serve())) or name == "localhost"


@pytest.mark.parametrize(
    ("headers", "with_token", "status"),
    [
        pytest.param({}, True, 303, id="ours"),
        pytest.param({}, False, 403, id="without the token of the session"),
        pytest.param({"origin": "https://evil.example"}, True, 403, id="of another site"),
        pytest.param({"origin": "null"}, True, 403, id="of nobody knows where"),
        pytest.param({"sec-fetch-site": "cross-site"}, True, 403, id="of another site, as the browser says"),
        pytest.param({"sec-fetch-site": "same-site"}, True, 403, id="of another port of this machine"),
        pytest.param({"sec-fetch-site": "same-origin"}, True, 303, id="ours, as the browser says"),
    ],
)
def test_forms_of_others_are_refused(
    browser: Browser, headers: Mapping[str, str], with_token: bool, status: int
) -> None:
    data = {"key": "x", **({"csrf": browser.csrf()} if with_token else {})}
    assert browser.post(f"{HOME}/plan/allow", data=data, headers=headers).status_code == status


@pytest.mark.parametrize(
    ("given", "status"),
    [
        pytest.param({"data": {"key": "x", "csrf": "0" * 64}}, 403, id="a wrong token"),
        pytest.param({"data": {"key": "x", "csrf": ""}}, 403, id="an empty one"),
        pytest.param({"data": {"key": "x", "csrf": "ü"}}, 403, id="one that is no ASCII"),
        pytest.param({"data": {"key": "x"}, "headers": {"x-csrf": "no"}}, 403, id="a wrong one in the header"),
        pytest.param({"files": {"csrf": b"x", "key": b"x"}}, 403, id="a file in its place"),
        pytest.param({"json": {"key": "x"}}, 403, id="another kind of body"),
        pytest.param({"content": b"--x", "headers": {"content-type": "multipart/form-data"}}, 400, id="no form at all"),
        pytest.param({"content": b"csrf=" + b"%" * 99, "headers": FORM}, 403, id="nonsense"),
    ],
)  # fmt: skip
def test_tokens_that_are_none(browser: Browser, given: dict[str, object], status: int) -> None:
    answer = browser.post(f"{HOME}/plan/allow", **given)  # type: ignore[arg-type]
    assert answer.status_code == status


def test_the_token_may_come_in_the_header(browser: Browser) -> None:
    answer = browser.post(f"{HOME}/plan/allow", data={"key": "x"}, headers={"x-csrf": browser.csrf()})
    assert answer.status_code == 303


def test_the_token_of_another_session_is_none(browser: Browser, stranger: Browser, settings: Settings) -> None:
    assert stranger.log_in(settings).status_code == 303
    data = {"key": "x", "csrf": browser.csrf()}
    assert stranger.post(f"{HOME}/plan/allow", data=data).status_code == 403


@pytest.mark.parametrize(
    ("path", "size", "logged_in", "status"),
    [
        pytest.param(f"{HOME}/plan/allow", 1_100_000, True, 413, id="a form of more than a megabyte"),
        pytest.param("/login", 1_100_000, False, 413, id="a login of more than a megabyte"),
        pytest.param(f"{HOME}/try", 61_000_000, True, 413, id="more than any picture has"),
        pytest.param(f"{HOME}/try", 61_000_000, False, 401, id="a picture of a stranger"),
    ],
)
def test_bodies_that_are_too_large_are_not_read(
    browser: Browser, stranger: Browser, path: str, size: int, logged_in: bool, status: int
) -> None:
    """The answer comes though the body was never sent."""
    asking = browser if logged_in else stranger
    cookies = "; ".join(f"{name}={value}" for name, value in asking.cookies.items())
    head = f"POST {path} HTTP/1.1\r\nHost: localhost\r\nCookie: {cookies}\r\nContent-Length: {size}\r\n\r\n"
    with socket.create_connection((browser.base_url.host, browser.base_url.port), 20) as line:
        line.sendall(head.encode())
        assert line.recv(100).split()[1] == str(status).encode()


def test_a_body_of_unknown_length_is_refused(browser: Browser) -> None:
    answer = browser.post(f"{HOME}/plan/allow", content=iter([b"key=x"]))
    assert answer.status_code == 411


@pytest.mark.parametrize(
    ("to", "safe"),
    [
        pytest.param("/", True, id="the first page"),
        pytest.param("/libraries/family/plan?page=2", True, id="a page of ours"),
        pytest.param("https://evil.example", False, id="another site"),
        pytest.param("//evil.example", False, id="in short"),
        pytest.param("/\\evil.example", False, id="as browsers understand it too"),
        pytest.param("/\t/evil.example", False, id="with what browsers leave out"),
        pytest.param("/\nx", False, id="with a line's end"),
        pytest.param("javascript:alert(1)", False, id="a script"),
        pytest.param("evil", False, id="no path"),
        pytest.param("", False, id="nothing"),
    ],
)
def test_where_a_login_may_lead(stranger: Browser, settings: Settings, to: str, safe: bool) -> None:
    assert is_local_path(to) is safe
    token = own_secret(settings.data_dir, "review")
    answer = stranger.post("/login", data={"token": token, "to": to})
    assert answer.headers["location"] == (to if safe else "/")


def cookie_of(answer: httpx.Response) -> str:
    return answer.headers["set-cookie"]


def test_the_cookie_is_for_our_pages_alone(stranger: Browser, settings: Settings) -> None:
    said = cookie_of(stranger.log_in(settings)).lower()
    assert {"httponly", "samesite=strict", "path=/", "max-age=2592000"} <= {part.strip() for part in said.split(";")}
    assert own_secret(settings.data_dir, "review").lower() not in said


@pytest.mark.parametrize(
    "cookie",
    [
        pytest.param("x", id="nonsense"),
        pytest.param("", id="empty"),
        pytest.param("eyJpZCI6IngiLCJvZiI6IngifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", id="signed by somebody else"),
        pytest.param("a" * 5000, id="a long one"),
        pytest.param('"\\101"', id="escaped"),
    ],
)
def test_cookies_that_are_not_ours(stranger: Browser, cookie: str) -> None:
    assert stranger.get("/", headers={"cookie": f"{COOKIE}={cookie}"}).status_code == 303


def test_a_cookie_that_was_touched_counts_no_more(browser: Browser, stranger: Browser) -> None:
    cookie = browser.cookies[COOKIE]
    body, rest = cookie.split(".", 1)
    for touched in (cookie[:-2] + ("aa" if cookie[-2:] != "aa" else "bb"), f"{body}A.{rest}"):
        assert stranger.get("/", headers={"cookie": f"{COOKIE}={touched}"}).status_code == 303


def test_logging_out_ends_the_session_wherever_its_cookie_is(settings: Settings, stranger: Browser) -> None:
    stranger.log_in(settings)
    stolen = {"cookie": f"{COOKIE}={stranger.cookies[COOKIE]}"}
    assert stranger.get("/", headers=stolen).status_code == 200
    assert stranger.submit("/logout").headers["location"] == "/login"
    assert stranger.get("/", headers=stolen).status_code == 303
    with reviewing(settings) as restarted:
        assert httpx.get(f"{restarted.base_url}", headers=stolen).status_code == 303


def test_another_token_ends_all_sessions(tmp_path: Path) -> None:
    settings = made(tmp_path)
    with reviewing(settings) as browser:
        assert browser.get("/").status_code == 200
        secret_file(settings.data_dir, "review").unlink()
        assert browser.get("/").status_code == 303
        assert browser.log_in(settings).headers["location"] == "/"


def test_a_session_lives_on_when_the_server_begins_anew(tmp_path: Path) -> None:
    settings = made(tmp_path)
    with reviewing(settings) as browser:
        cookie = {"cookie": f"{COOKIE}={browser.cookies[COOKIE]}"}
    with reviewing(settings) as restarted:
        assert httpx.get(f"{restarted.base_url}", headers=cookie).status_code == 200


def test_a_session_ends_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = made(tmp_path)
    with reviewing(settings) as browser:
        monkeypatch.setattr("app.web.sessions.SESSION_S", -1)
        assert browser.get("/").status_code == 303


def test_too_many_wrong_tokens_have_to_wait(tmp_path: Path) -> None:
    settings = made(tmp_path)
    with reviewing(settings) as browser, Browser(base_url=browser.base_url) as guesser:
        answers = [guesser.post("/login", data={"token": f"guess {n}"}) for n in range(6)]
        assert [answer.status_code for answer in answers] == [401] * 5 + [429]
        assert guesser.log_in(settings).status_code == 429  # the right one too, or guessing would go on
        assert COOKIE not in guesser.cookies
        assert browser.get("/").status_code == 200  # who is logged in stays so


@pytest.mark.parametrize(
    "token",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 100_000, id="a long one"),
        pytest.param("ü\u202e\x00", id="no ASCII"),
    ],
)
def test_wrong_tokens(tmp_path: Path, token: str) -> None:
    settings = made(tmp_path)
    with reviewing(settings) as browser, Browser(base_url=browser.base_url) as guesser:
        answer = guesser.post("/login", data={"token": token})
        assert answer.status_code == 401
        assert "set-cookie" not in answer.headers
        assert len(token) < 2 or token not in answer.text


def test_the_token_with_a_space_behind_it_is_the_token(tmp_path: Path) -> None:
    settings = made(tmp_path)
    with reviewing(settings) as browser, Browser(base_url=browser.base_url) as other:
        token = own_secret(settings.data_dir, "review")
        assert other.post("/login", data={"token": f" {token}\n"}).status_code == 303


def test_no_secret_is_in_any_page(browser: Browser, settings: Settings) -> None:
    secrets = [own_secret(settings.data_dir, name) for name in ("review", "session")]
    for page in ("/", f"{HOME}/plan", f"{HOME}/runs", "/nothing"):
        text = browser.get(page).text
        assert not [secret for secret in secrets if secret in text]


def test_what_ended_is_kept_for_this_user_alone(tmp_path: Path) -> None:
    settings = made(tmp_path)
    with reviewing(settings) as browser:
        browser.submit("/logout")
    file = settings.data_dir / "review" / "ended.json"
    assert len(json.loads(file.read_text(encoding="utf-8"))) == 1
    assert file.parent.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("language", ["en", "xx"])
def test_pages_say_their_language(browser: Browser, language: str) -> None:
    assert '<html lang="en">' in browser.get("/", headers={"accept-language": language}).text


@pytest.mark.parametrize(
    ("error", "status", "said"),
    [
        pytest.param(RuntimeError("a secret detail"), 500, "Something went wrong", id="a mistake of ours"),
        pytest.param(StoreBusy("/secret/albumen.db is busy"), 503, "The database is busy", id="a run is writing"),
        pytest.param(StoreUnusable("/secret/albumen.db is damaged"), 500, "Something went wrong", id="no store"),
        pytest.param(SecretUnusable("/secret/review cannot be read"), 500, "Something went wrong", id="no secret"),
    ],
)
def test_an_error_is_a_page_without_details(
    settings: Settings, error: Exception, status: int, said: str, caplog: pytest.LogCaptureFixture
) -> None:
    made = create_review(settings, PrefectApi(NOWHERE))

    @made.get("/login/breaks")
    def breaks() -> None:
        raise error

    with served(made) as address, Browser(base_url=address) as browser:
        browser.log_in(settings)
        answer = browser.get("/login/breaks")
    assert (answer.status_code, said in answer.text, "secret" in answer.text) == (status, True, False)
    assert {name: answer.headers[name] for name in HEADERS} == HEADERS
    assert str(error) in caplog.text


def test_a_secret_that_cannot_be_read_lets_nobody_in(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = made(tmp_path)
    with reviewing(settings) as browser:
        secret_file(settings.data_dir, "session").write_text("short", encoding="ascii")
        answer = browser.get("/")
    assert (answer.status_code, str(tmp_path) in answer.text) == (500, False)
    assert str(secret_file(settings.data_dir, "session")) in caplog.text
