"""What comes over the wire: who may say what, what is answered, and that nobody gets more by being clever or long."""

from __future__ import annotations

import itertools
import json
import socket
from collections.abc import Callable

import pytest
from fakes.prefect_api import FakePrefect
from fakes.receiving import Caller, receiving, settings_with
from hypothesis import given, settings
from hypothesis import strategies as st

from app.hooks.bodies import BodyWrong, ids_in
from app.hooks.callers import HEADER, WrongTries, hook_secret, hook_secret_file
from plugins.store.arrivals import Arrivals

NUMBERS = itertools.count()
IMMICH = {
    "type": "AssetV1",
    "trigger": "AssetMetadataExtraction",
    "data": {"asset": {"id": "3f6f4d7e-27b7-4b6e-a7f5-11b2c0d02305", "type": "IMAGE", "exifInfo": {"city": "Lisbon"}}},
}


NEVER = {"quiet_s": 3600, "longest_s": 3600}
"""Nothing is curated: uploads never calm down for so long."""


@pytest.fixture
def alone(tmp_path):
    """Serve a receiver whose secrets or file the test spoils."""
    with receiving(settings_with(tmp_path / "data", "family", **NEVER)) as caller:
        yield caller


@pytest.fixture(scope="module")
def served(tmp_path_factory):
    with receiving(settings_with(tmp_path_factory.mktemp("served") / "data", "family", "größe", **NEVER)) as caller:
        yield caller


@pytest.fixture
def call(served):
    """Lend a receiver to which nothing was said, at an address of the test's own: wrong secrets count by address."""
    spool = served.app.state.dispatcher._arrivals
    spool._file.hand_in(lambda of: of.execute("DELETE FROM arrivals")).result()
    number = next(NUMBERS)
    caller = served.elsewhere(f"127.1.{number // 250}.{number % 250 + 1}")
    yield caller
    caller.http.close()


def kept(call: Caller, library: str = "family") -> int:
    with Arrivals(call.settings.data_dir / "arrivals.db") as spool:
        found = spool.waiting(library)
        return found.photos if found else 0


@pytest.mark.parametrize(
    ("said", "noted", "in_file"),
    [
        pytest.param({"json": IMMICH}, 1, 1, id="Immich's workflow: one photo a call"),
        pytest.param({"json": {"ids": ["a", "b", "a"]}}, 3, 2, id="a list of ids, one of them twice"),
        pytest.param({"json": {"ids": []}}, 0, 1, id="an empty list: look what is new"),
        pytest.param({}, 0, 1, id="nothing: look what is new"),
        pytest.param({"content": b" \r\n"}, 0, 1, id="only white space"),
        pytest.param({"json": {"event": "uploaded", "data": 7}}, 0, 1, id="another program's own JSON"),
        pytest.param({"json": {"data": {"asset": "photo"}}}, 0, 1, id="nearly what Immich sends"),
        pytest.param({"json": {"ids": ["Ferien/Größe ☀.jpg"]}}, 1, 1, id="a path as an id"),
        pytest.param({"content": json.dumps({"ids": ["ä"]}).encode("utf-16")}, 1, 1, id="JSON in another encoding"),
        pytest.param({"json": {"ids": ["a" * 400] * 2_000}}, 2_000, 1, id="long ids, just below the limit"),
    ],
)
def test_what_is_understood_is_kept(call, said, noted, in_file):
    answer = call(**said)
    assert (answer.status_code, answer.json()) == (202, {"noted": noted})
    assert kept(call) == in_file


@pytest.mark.parametrize(
    ("content", "status"),
    [
        pytest.param(b"{", 400, id="half of some JSON"),
        pytest.param(b"hello", 400, id="no JSON"),
        pytest.param(b"\xff\xfe\xfd", 400, id="no text"),
        pytest.param(b"[" * 100_000, 400, id="brackets without an end"),
        pytest.param(b"9" * 10_000, 400, id="a number that nobody can read"),
        pytest.param(b"[]", 400, id="a list"),
        pytest.param(b"null", 400, id="null"),
        pytest.param(b'"a"', 400, id="a text"),
        pytest.param(b'{"ids": "a"}', 400, id="a text for a list"),
        pytest.param(b'{"ids": [1]}', 400, id="a number for an id"),
        pytest.param(b'{"ids": [""]}', 400, id="an empty id"),
        pytest.param(b'{"ids": ["\\ud800"]}', 400, id="half a character"),
        pytest.param(b'{"ids": ["a\\u0000"]}', 400, id="a null byte"),
        pytest.param(b'{"ids": ["a\\nb"]}', 400, id="a line of a log"),
        pytest.param(json.dumps({"ids": ["a" * 401]}).encode(), 400, id="an id that is too long"),
        pytest.param(json.dumps({"ids": ["a"] * 10_001}).encode(), 400, id="too many ids"),
        pytest.param(b'{"data": {"asset": {"id": 5}}}', 400, id="Immich's shape with a number"),
        pytest.param(b"x" * 1_000_001, 413, id="one byte too long"),
        pytest.param(b"x" * 10_000_000, 413, id="10 MB"),
    ],
)
def test_what_is_not_understood_is_refused_and_not_kept(call, content, status):
    answer = call(content=content)
    assert answer.status_code == status
    assert answer.json()["detail"]
    assert kept(call) == 0
    assert call().status_code == 202


def test_a_body_without_a_length_is_not_read_for_ever(call):
    part = b"186a0\r\n" + b"x" * 100_000 + b"\r\n"
    with socket.create_connection(call.socket) as raw:
        raw.sendall(head(call, "Transfer-Encoding: chunked") + 11 * part)
        assert b" 413 " in answer_of(raw)
    assert kept(call) == 0


def head(call: Caller, *more: str, shows: str = "") -> bytes:
    shows = shows or hook_secret(call.settings.data_dir, "family")
    lines = ["POST /hooks/family HTTP/1.1", "Host: here", f"{HEADER}: {shows}", *more, "", ""]
    return "\r\n".join(lines).encode("latin-1")


def answer_of(raw: socket.socket) -> bytes:
    raw.settimeout(30)
    try:
        return raw.recv(4_096)
    except ConnectionError:
        return b""


def test_somebody_without_the_secret_is_answered_before_the_body_came(call):
    with socket.create_connection(call.socket) as raw:
        raw.sendall(head(call, "Content-Length: 900000", shows="wrong"))
        assert answer_of(raw).startswith(b"HTTP/1.1 401 ")


def test_a_caller_who_hangs_up_in_the_middle_leaves_nothing(call):
    with socket.create_connection(call.socket) as raw:
        raw.sendall(head(call, "Content-Length: 100") + b'{"ids": ["a"')
    assert call(json={"ids": ["b"]}).status_code == 202
    assert kept(call) == 1


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param(lambda secret: {HEADER: secret}, id="our header"),
        pytest.param(lambda secret: {HEADER.lower(): secret}, id="in small letters"),
        pytest.param(lambda secret: {"Authorization": f"Bearer {secret}"}, id="a bearer token"),
        pytest.param(lambda secret: {"authorization": f"bearer {secret}"}, id="the same in small letters"),
    ],
)
def test_ways_to_show_the_secret(call, headers: Callable[[str], dict[str, str]]):
    assert call(headers=headers(hook_secret(call.settings.data_dir, "family"))).status_code == 202


@pytest.mark.parametrize(
    ("library", "headers"),
    [
        pytest.param("family", lambda secret: {}, id="none"),
        pytest.param("family", lambda secret: {HEADER: ""}, id="an empty one"),
        pytest.param("family", lambda secret: {HEADER: secret[:-1]}, id="one letter less"),
        pytest.param("family", lambda secret: {HEADER: secret + "x"}, id="one letter more"),
        pytest.param("family", lambda secret: {HEADER: "größe".encode("latin-1")}, id="other letters"),
        pytest.param("family", lambda secret: {"Authorization": f"Basic {secret}"}, id="another kind"),
        pytest.param("family", lambda secret: {"Authorization": "Bearer"}, id="half a header"),
        pytest.param("family", lambda secret: {HEADER: "x", "Authorization": f"Bearer {secret}"}, id="ours counts"),
        pytest.param("größe", lambda secret: {HEADER: secret}, id="another library's"),
        pytest.param("nobody", lambda secret: {HEADER: secret}, id="a library that there is not"),
        pytest.param("folder:%2Fetc", lambda secret: {HEADER: secret}, id="a folder by its path"),
        pytest.param("..%2F..%2Fetc", lambda secret: {HEADER: secret}, id="a way out"),
    ],
)
def test_whoever_does_not_know_the_secret_learns_nothing(call, library, headers):
    answer = call(library, headers(hook_secret(call.settings.data_dir, "family")), json={"ids": ["a"]})
    if "%2F" not in library:  # a path in place of a name is no route at all
        assert (answer.status_code, answer.content) == (401, b"")
    assert answer.status_code in {401, 404}
    assert "family" not in str(answer.headers) + answer.text
    assert kept(call) == 0


def test_a_library_that_there_is_not_is_answered_like_a_wrong_secret(call):
    wrong = [call(library, {HEADER: "wrong"}) for library in ("family", "nobody")]
    first, second = ({k: v for k, v in one.headers.items() if k != "date"} for one in wrong)
    assert (first, wrong[0].status_code) == (second, wrong[1].status_code)


def test_who_guesses_has_to_wait_and_who_knows_has_not(call):
    answers = [call(headers={HEADER: f"guess {n}"}) for n in range(12)]
    assert [answer.status_code for answer in answers] == [401] * 10 + [429] * 2
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    assert {call().status_code for _ in range(50)} == {202}


def test_the_guesses_of_one_caller_do_not_count_for_another():
    tries = WrongTries(a_minute=2)
    assert [tries.another("192.0.2.1") > 0 for _ in range(3)] == [False, False, True]
    assert tries.another("192.0.2.2") == 0
    many = [tries.another(f"2001:db8:0:1::{n}") > 0 for n in range(1, 4)]
    assert many == [False, False, True], "a caller has all of the second half of an IPv6 address"
    assert tries.another("2001:db8:0:2::1") == 0


def test_a_new_secret_holds_at_once_and_the_old_one_no_more(alone):
    old = {HEADER: hook_secret(alone.settings.data_dir, "family")}
    hook_secret_file(alone.settings.data_dir, "family").unlink()
    assert alone(headers=old).status_code == 401
    assert alone().status_code == 202
    hook_secret_file(alone.settings.data_dir, "family").write_text("another secret of enough letters\n")
    assert alone(headers={HEADER: "another secret of enough letters"}).status_code == 202


def test_a_secret_that_cannot_be_used_lets_nobody_in(alone):
    hook_secret_file(alone.settings.data_dir, "family").write_text("short")
    assert alone(headers={HEADER: "short"}).status_code == 503


def test_replays_change_nothing(call):
    assert {call(json=IMMICH).status_code for _ in range(20)} == {202}
    assert kept(call) == 1


def test_a_library_with_a_name_of_other_letters_has_a_webhook_too(call):
    assert call("größe", json={"ids": ["a"]}).status_code == 202
    assert kept(call, "größe") == 1


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        pytest.param("GET", "/health", 200, id="health"),
        pytest.param("GET", "/hooks/family", 405, id="webhooks are posted"),
        pytest.param("POST", "/hooks/family/", 404, id="no second way to it"),
        pytest.param("POST", "/hooks/", 404, id="no library"),
        pytest.param("GET", "/", 404, id="no page"),
        pytest.param("GET", "/docs", 404, id="no description"),
        pytest.param("GET", "/redoc", 404, id="nor another"),
        pytest.param("GET", "/openapi.json", 404, id="nor for programs"),
    ],
)
def test_there_is_nothing_else(call, method, path, status):
    assert call.http.request(method, path).status_code == status


def test_health_tells_nothing_of_libraries(call):
    assert call.http.get("/health").json() == {"status": "ok"}


def test_an_arrival_is_kept_for_the_next_process_and_is_run_by_it(tmp_path):
    slow = settings_with(tmp_path / "data", "family", **NEVER)
    with receiving(slow) as call:
        assert call(json=IMMICH).status_code == 202
    with FakePrefect() as prefect, receiving(settings_with(tmp_path / "data", "family"), prefect.url):
        (run,) = prefect.await_runs(1)
    assert run.parameters == {"library": "family"}


def test_a_disk_that_takes_nothing_is_told_and_health_goes_on(alone):
    spool = alone.app.state.dispatcher._arrivals
    spool._file.hand_in(lambda to: to.execute("ALTER TABLE arrivals RENAME TO gone")).result()
    answer = alone()
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    spool._file.hand_in(lambda to: to.execute("ALTER TABLE gone RENAME TO arrivals")).result()
    assert alone().status_code == 202


def test_a_library_that_there_is_not_gets_no_secret(call):
    call("nobody", {HEADER: "wrong"})
    assert not list((call.settings.data_dir / "secrets").glob("*nobody*"))


@settings(deadline=None)
@given(st.binary(max_size=300) | st.recursive(st.none() | st.text() | st.integers(), st.lists).map(json.dumps))
def test_no_body_does_anything_but_be_read_or_refused(body):
    body = body if isinstance(body, bytes) else body.encode("utf-8", "surrogatepass")
    try:
        found = ids_in(body)
    except BodyWrong:
        found = ()
    assert all(isinstance(one, str) and 0 < len(one) <= 400 for one in found)
