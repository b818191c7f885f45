"""The doctor at a PhotoPrism: whose key it is and what it may do, how the server is set up, and what it shows."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest
from fakes.doctors import KEY, SEARCH, look_at, looked, photoprism, states
from fakes.doors import Says
from fakes.photoprism import PASSWORD, FakePhotoPrism
from pydantic import SecretStr

from plugins.galleries.photoprism.health import checks
from plugins.galleries.photoprism.scopes import NEEDS, may, missing, only_reads
from plugins.settings import LibrarySettings

NAMES = [need.name for need in NEEDS]
ALL_WELL = dict.fromkeys(("address", "clock", "version", "key", "scope", "pictures", "websocket"), "ok")
look = partial(look_at, "photoprism")
at = partial(looked, "photoprism")


@pytest.fixture
def server() -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism() as fake:
        fake.add_photos(1)
        yield fake


@pytest.mark.parametrize("version", ["250425", "250707", "251130", "260728", "260919"])
@pytest.mark.parametrize("sub_path", ["", "/photos"], ids=["a host of its own", "below a path"])
def test_all_is_well(version: str, sub_path: str) -> None:
    with FakePhotoPrism(version, sub_path=sub_path) as server:
        server.add_photos(1)
        found = at(server.url, server.token, apply="all")
    assert states(found) == ALL_WELL
    assert found["version"].finding == f"PhotoPrism {version}"
    assert found["key"].finding == "app password of admin, an admin"
    assert server.state.sessions.keys() == {server.token}


def test_a_password_in_place_of_an_app_password_leaves_no_session_behind(server: FakePhotoPrism) -> None:
    found = at(server.url, PASSWORD, user="admin")
    assert states(found) == ALL_WELL
    assert found["key"].finding == "password of admin, an admin"
    assert "app password" in found["key"].mend
    assert server.state.sessions.keys() == {server.token}


def test_a_server_that_is_open_to_all_works_and_is_warned_of() -> None:
    with FakePhotoPrism(public=True) as server:
        found = at(server.url, "")
    assert states(found) == {name: state for name, state in ALL_WELL.items() if name != "scope"} | {"key": "warn"}
    assert "everybody" in found["key"].finding
    assert found["pictures"].finding == "there are no photos yet"


def test_a_key_that_is_not_known_is_shown_once(server: FakePhotoPrism) -> None:
    found = at(server.url, "wrong1-wrong2-wrong3-wrong4")
    assert states(found)["key"] == "fail"
    assert "does not know the app password" in found["key"].finding
    assert "websocket" not in found
    assert server.access.bad_tokens <= 2  # one with what anybody may ask, one that is refused


def test_a_password_that_is_wrong_is_tried_once(server: FakePhotoPrism) -> None:
    found = at(server.url, "not-their-password", user="admin")
    assert states(found)["key"] == "fail"
    assert server.access.bad_logins == 1


def test_no_key_where_one_is_needed(server: FakePhotoPrism) -> None:
    found = at(server.url, "")
    assert states(found)["key"] == "fail"
    assert "make an app password" in found["key"].finding


@pytest.mark.parametrize("role", ["guest", "visitor", "viewer"])
def test_somebody_who_is_no_admin(role: str, server: FakePhotoPrism) -> None:
    check = at(server.url, server.add_token(user=server.add_user("gast", role)))["key"]
    assert check.state == "fail"
    assert f"gast, who is a {role}" in check.finding
    assert "app password of an admin" in check.mend


def test_a_server_that_is_away_is_not_said_to_be_below_a_path() -> None:
    with FakePhotoPrism() as server:
        url = server.url
    assert "is it running" in at(url, "any")["address"].mend


def test_a_token_of_nobody(server: FakePhotoPrism) -> None:
    found = at(server.url, server.add_access_token())
    assert found["key"].state == "fail"
    assert "belongs to no user" in found["key"].finding


@pytest.mark.parametrize(
    ("scope", "apply", "found"),
    [
        pytest.param(" ".join(NAMES), "all", {"scope": "ok"}, id="just what is needed"),
        pytest.param("*", "all", {"scope": "ok"}, id="all"),
        pytest.param("read", "plan", {"scope": "ok"}, id="a key that reads all, and plans"),
        pytest.param("read", "all", {"scope": "fail"}, id="a key that reads all, to write"),
        pytest.param(f"{' '.join(NAMES)} read", "albums", {"scope": "fail"}, id="the same, by names"),
        pytest.param(
            "photos labels people files config sessions", "plan", {"scope albums": "fail"}, id="reading needs it"
        ),
        pytest.param("photos albums labels people config sessions", "all", {"scope files": "warn"}, id="markers"),
        pytest.param(
            "photos labels files config sessions",
            "all",
            {"scope albums": "fail", "scope people": "warn"},
            id="each is named",
        ),
        pytest.param("photos albums labels people files config", "all", {"scope sessions": "warn"}, id="whose it is"),
        pytest.param(
            "photos albums labels people files sessions",
            "all",
            {"scope config": "warn"},
            id="what all may see is enough",
        ),
    ],
)
def test_scopes(scope: str, apply: str, found: dict[str, str], server: FakePhotoPrism) -> None:
    given = states(at(server.url, server.add_token(scope), apply=apply))
    assert {name: state for name, state in given.items() if name.startswith("scope")} == found


def test_a_missing_word_says_which_steps_it_blocks(server: FakePhotoPrism) -> None:
    check = at(server.url, server.add_token("photos labels people files config sessions"))["scope albums"]
    assert "plan, apply albums" in check.finding
    assert "app password" in check.mend


@pytest.mark.parametrize("verb", ["read", "write"])
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize(
    ("scope", "reads", "writes"),
    [
        pytest.param("*", True, True, id="all"),
        pytest.param("read", True, False, id="every read"),
        pytest.param("{}", True, True, id="it"),
        pytest.param("{}:true", True, True, id="it, as an attribute"),
        pytest.param("{} read", True, False, id="it, to read"),
        pytest.param("{} write", False, True, id="it, to write"),
        pytest.param("* read", True, False, id="all, to read"),
        pytest.param("{} read write", False, False, id="each verb shuts the other out"),
        pytest.param("webdav", False, False, id="another"),
    ],
)
def test_what_a_scope_lets_do(scope: str, reads: bool, writes: bool, name: str, verb: str) -> None:
    assert may(scope.format(name), name, verb) == (reads if verb == "read" else writes)


def test_a_session_without_a_scope_is_not_limited() -> None:
    assert (missing(""), only_reads("")) == ((), False)


@pytest.mark.parametrize(
    ("version", "apply", "state", "said"),
    [
        pytest.param("240915-e1280b2fb", "plan", "warn", "too old", id="older, to read"),
        pytest.param("240915-e1280b2fb", "albums", "fail", "too old", id="older, to write"),
        pytest.param("250425-6f4f5ec33", "all", "ok", "250425", id="the oldest that is known"),
        pytest.param("260919-28c46a116-Linux-AMD64", "all", "ok", "260919", id="the newest that is known"),
        pytest.param("270101-000000000", "all", "warn", "newer", id="newer"),
        pytest.param("", "plan", "warn", "does not say", id="none"),
        pytest.param("dev", "all", "fail", "does not say", id="no number, to write"),
    ],
)
def test_versions(version: str, apply: str, state: str, said: str) -> None:
    check = look(photoprism(version), apply=apply)["version"]
    assert (check.state, said in check.finding) == (state, True)


@pytest.mark.parametrize(
    ("expires_in", "days"),
    [
        pytest.param(86_400 * 7, "7 days", id="next week"),
        pytest.param(86_400 * 200, "", id="in months"),
        pytest.param(0, "", id="never, as a nought"),
        pytest.param(-1, "", id="never"),
    ],
)
def test_an_app_password_that_expires_soon(expires_in: int, days: str) -> None:
    found = look(photoprism(session={"expires_in": expires_in}))
    assert ("expiry" in found) == bool(days)
    assert not days or days in found["expiry"].finding


@pytest.mark.parametrize(
    ("off", "library", "found"),
    [
        pytest.param("people", {}, {"features": "warn"}, id="people"),
        pytest.param("labels", {}, {"features": "warn"}, id="labels"),
        pytest.param("albums", {}, {"features": "warn"}, id="albums"),
        pytest.param("batchEdit", {}, {"batch edit": "ok"}, id="many labels at once"),
        pytest.param("review", {}, {"review": "warn"}, id="photos are shown that we leave out"),
        pytest.param("review", {"review": True}, {}, id="and are curated"),
        pytest.param("private", {}, {"private": "warn"}, id="private photos are shown that we leave out"),
        pytest.param("private", {"private": True}, {}, id="and are curated, too"),
    ],
)
def test_what_is_switched_off(
    off: str, library: dict[str, bool], found: dict[str, str], server: FakePhotoPrism
) -> None:
    server.features[off] = False
    assert states(at(server.url, server.token, **library)) == ALL_WELL | found


def test_batch_edit_is_not_missed_where_no_version_has_it() -> None:
    with FakePhotoPrism("250707") as server:
        server.features["batchEdit"] = False
        assert "batch edit" not in at(server.url, server.token)


@pytest.mark.parametrize(
    ("options", "found"),
    [
        pytest.param(Says({"WakeupInterval": 900_000_000_000}), None, id="every 15 minutes"),
        pytest.param(Says({"WakeupInterval": 7_200_000_000_000}), "warn", id="every two hours"),
        pytest.param(Says({"WakeupInterval": None}), None, id="no number"),
        pytest.param(Says({"code": 403, "error": "Forbidden"}, 403), None, id="not told"),
        pytest.param(Says({"code": 404, "error": "Not found"}, 404), None, id="not there"),
    ],
)
def test_a_server_that_seldom_sees_to_its_people(options: Says, found: str | None) -> None:
    given = states(look(photoprism() | {"/api/v1/config/options": options}))
    assert given.get("people") == found


def test_read_only_mode_is_no_hindrance() -> None:
    check = look(photoprism(readonly=True))["mode"]
    assert check.state == "ok"


def test_pictures_that_are_away(server: FakePhotoPrism) -> None:
    for file in server.state.files.values():
        file.missing = True
    check = at(server.url, server.token)["pictures"]
    assert check.state == "warn"
    assert "originals" in check.mend


@pytest.mark.parametrize(
    "row", [None, [], {}, {"UID": 7}, {"UID": "../../etc", "Hash": "x"}, {"UID": "psq4mxdxjdarh6ci", "Hash": "../x"}]
)
def test_a_photo_of_another_shape_ends_the_look_at_pictures(row: object) -> None:
    assert states(look(photoprism() | {SEARCH: Says([row])}))["pictures"] != "ok"


def test_a_proxy_that_lets_no_websocket_through_is_a_warning() -> None:
    check = look(photoprism())["websocket"]
    assert check.state == "warn"
    assert "every few minutes" in check.mend


def test_a_library_that_is_being_indexed(server: FakePhotoPrism) -> None:
    def index() -> None:
        server.talks.wait_for(1)
        server.emit("index.indexing", {"fileName": "2026/11/new.jpg"})

    working = threading.Thread(target=index)
    working.start()
    library = LibrarySettings(name="anna", gallery="photoprism", url=server.url, api_key=SecretStr(server.token))
    found = {check.name: check.state for check in checks(library, listen_s=30)}
    working.join()
    assert found["anna: indexing"] == "warn"


@pytest.mark.parametrize(
    "answers",
    [
        pytest.param({"/api/v1/config": Says([])}, id="settings that are a list"),
        pytest.param({"/api/v1/config": Says({"version": 7, "settings": "none"})}, id="settings of other kinds"),
        pytest.param({"/api/v1/session": Says("null")}, id="nobody"),
        pytest.param({"/api/v1/session": Says({"user": [KEY]})}, id="a user that is a list, and our key"),
        pytest.param({"/api/v1/status": Says(["operational"])}, id="a list for a status"),
    ],
)
def test_answers_of_another_shape_are_told_and_end_it(answers: dict[str, Any]) -> None:
    found = look(photoprism() | answers)
    assert [check.state for check in found.values()][-1] == "fail"
