"""The doctor at an Immich: what stands there, whose key it is, and what it may do; each thing with its mend."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from pathlib import Path

import pytest
from fakes.doors import Door, Says, door, make_certificate
from fakes.immich import FakeImmich
from pydantic import SecretStr

from plugins.checks import Check
from plugins.galleries.http.patience import Patience
from plugins.galleries.immich.client import KEY_HEADER
from plugins.galleries.immich.health import checks, switched_off
from plugins.galleries.immich.permissions import ENDPOINTS, EXTRAS, PEOPLE, READING, WRITING, permissions_for
from plugins.settings import LibrarySettings

KEY = "k3yOfAnna"
NO_ROUTE = Says({"message": "Cannot GET"}, 404)
LOGIN = Says("<html>Sign in</html>", 302, {"Location": "https://login.example.org/auth?token=s3cret"})
NOBODY = Says({"message": "Invalid API key"}, 401)
TO_WRITE = set(permissions_for(WRITING)) - set(permissions_for(READING))
Look = Callable[..., dict[str, Check]]


def immich(
    permissions: Collection[str] = ("all",), version: tuple[int, int, int] = (3, 1, 0), **switches: bool
) -> dict[str, Says]:
    """Return the answers of a server at which all is well."""
    on = {"tags": True, "people": True, "ratings": True} | switches
    major, minor, patch = version
    return {
        "/api/server/version": Says({"major": major, "minor": minor, "patch": patch}),
        "/api/server/config": Says({"maintenanceMode": False}),
        "/api/api-keys/me": Says({"name": "albumen", "permissions": sorted(permissions)}),
        "/api/users/me": Says({"id": "a76357ac-6a9c-47c5-a81c-69c97a27f598", "name": "Anna", "email": "anna@x.org"}),
        "/api/users/me/preferences": Says({name: {"enabled": state} for name, state in on.items()}),
    }


def looked(url: str, apply: str = "plan", ca_file: Path | None = None, key: str = KEY) -> dict[str, Check]:
    """Return the checks of a library by name, without the library's own."""
    library = LibrarySettings(
        name="anna", gallery="immich", url=url, api_key=SecretStr(key), ca_file=ca_file, apply=apply
    )
    found = {check.name.removeprefix("anna: "): check for check in checks(library, Patience(2, 0.001))}
    assert key not in repr(found)
    return found


def states(found: Mapping[str, Check]) -> dict[str, str]:
    return {name: check.state for name, check in found.items()}


@pytest.fixture
def look() -> Look:
    """Lend a function that opens a door and looks at it."""

    def at(
        answers: Mapping[str, Says], otherwise: Says = NO_ROUTE, behind: str = "", **library: str
    ) -> dict[str, Check]:
        with door(answers, otherwise) as here:
            return looked(here.address + behind, **library)

    return at


@pytest.mark.parametrize("behind", ["", "/", "/api", "/api/"])
def test_all_is_well(behind: str, look: Look) -> None:
    found = look(immich(), behind=behind, apply="all")
    assert states(found) == dict.fromkeys(("address", "version", "clock", "key", "permissions", "pages"), "ok")
    assert found["version"].finding == "Immich 3.1.0"
    assert found["key"].finding == "“albumen” of Anna <anna@x.org>"
    assert "may do everything" in found["permissions"].finding


@pytest.mark.parametrize(
    ("answers", "otherwise", "said"),
    [
        pytest.param({}, NO_ROUTE, "no Immich", id="another program's JSON"),
        pytest.param({}, Says("<!doctype html><title>nginx</title>"), "a web page", id="a web page everywhere"),
        pytest.param({}, Says({"version": "1"}), "is no Immich", id="JSON of another kind"),
        pytest.param({}, LOGIN, "redirects to https://login.example.org/auth: ", id="a login page before it"),
        pytest.param({}, Says({}, 401), "asks for a password", id="a proxy that wants a password"),
        pytest.param({}, Says("<html>no</html>", 403), "asks for a password", id="a proxy that lets nobody in"),
        pytest.param({}, Says("<html>down</html>", 502), "502", id="a proxy with nothing behind it"),
        pytest.param(
            immich() | {"/api/server/config": Says({"maintenanceMode": True})},
            NO_ROUTE,
            "maintenance",
            id="maintenance",
        ),
        pytest.param(
            {"/api/server/config": Says({"maintenanceMode": True})}, NO_ROUTE, "maintenance", id="maintenance, all gone"
        ),
        pytest.param(immich(version=(1, 135, 3)), NO_ROUTE, "Immich 1.135.3 is too old", id="1.x"),
        pytest.param(immich(version=(2, 5, 2)), NO_ROUTE, "Immich 2.5.2 is too old", id="a version that loses tags"),
    ],
)
def test_what_stands_there_is_named_and_gets_no_key(answers: Mapping[str, Says], otherwise: Says, said: str) -> None:
    with door(answers, otherwise) as here:
        found = looked(here.address)
    assert list(found) == ["address"]
    assert found["address"].state == "fail"
    assert said in found["address"].finding
    assert "s3cret" not in found["address"].finding
    assert not [headers for _, _, headers in here.asked if KEY_HEADER in headers]


def test_nobody_listens() -> None:
    with door({}, NO_ROUTE) as here:
        pass
    assert "does not answer" in looked(here.address)["address"].finding


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[Door, Path]]:
    """Lend a server that signs its own certificate."""
    certificate = make_certificate(tmp_path / "home.pem")
    with door(immich(), NO_ROUTE, certificate) as here:
        yield here, certificate


def test_a_server_that_signs_its_own_certificate(secure: tuple[Door, Path], tmp_path: Path) -> None:
    here, certificate = secure
    found = looked(here.address)["address"]
    assert (found.state, here.asked) == ("fail", [])
    assert "ca_file" in found.finding
    assert set(states(looked(here.address, ca_file=certificate)).values()) == {"ok"}
    (tmp_path / "no.pem").write_text("no certificate", encoding="utf-8")
    for wrong in (tmp_path / "no.pem", tmp_path / "gone.pem"):
        assert wrong.name in looked(here.address, ca_file=wrong)["address"].finding


def test_http_and_https_mixed_up(secure: tuple[Door, Path]) -> None:
    here, _ = secure
    assert "https" in looked(here.address.replace("https:", "http:"))["address"].finding
    with door(immich(), NO_ROUTE) as plain:
        assert "http://" in looked(plain.address.replace("http:", "https:"))["address"].finding


@pytest.mark.parametrize(
    ("without", "apply", "found"),
    [
        pytest.param(set(), "all", {"permissions": "ok"}, id="just what is needed"),
        pytest.param({"asset.view"}, "plan", {"permission asset.view": "fail"}, id="reading"),
        pytest.param({"tag.asset"}, "all", {"permission tag.asset": "fail"}, id="the nightly run tags"),
        pytest.param({"tag.asset"}, "albums", {"permission tag.asset": "warn"}, id="the nightly run does not tag"),
        pytest.param(
            {"face.update", "person.create"},
            "all",
            {"permission person.create": "warn", "permission face.update": "warn"},
            id="people are only read",
        ),
        pytest.param(TO_WRITE, "plan", {"permissions": "ok"}, id="a read-only key that plans"),
        pytest.param(TO_WRITE, "albums", {"permissions": "fail"}, id="a read-only key to write"),
        pytest.param(
            {"album.create", "album.read"},
            "plan",
            {"permission album.read": "fail", "permission album.create": "warn"},
            id="each is named",
        ),
    ],
)
def test_permissions(without: set[str], apply: str, found: dict[str, str], look: Look) -> None:
    given = look(immich(set(permissions_for((*READING, *WRITING, *PEOPLE, *EXTRAS))) - without), apply=apply)
    assert {name: state for name, state in states(given).items() if name.startswith("permission")} == found


def test_a_missing_permission_says_which_steps_it_blocks(look: Look) -> None:
    check = look(immich({"album.create"}))["permission asset.read"]
    assert "photos, plan" in check.finding
    assert "API keys" in check.mend


@pytest.mark.parametrize(("shared", "state"), [(False, None), (True, "warn")])
def test_people_that_are_shared_with_others(shared: bool, state: str | None) -> None:
    with FakeImmich("3.3.5") as server:
        if shared:
            server.add_user("Bob").group = server.user.group
        found = looked(server.url, key=server.add_key(permissions_for((*READING, *WRITING, *PEOPLE))))
    assert (found["people"].state if "people" in found else None) == state
    assert not shared or "Bob" in found["people"].finding


def test_a_key_that_the_server_does_not_know(look: Look) -> None:
    found = look(immich() | {"/api/api-keys/me": NOBODY})
    assert states(found)["key"] == "fail"
    assert "Invalid API key" in found["key"].finding


@pytest.mark.parametrize(
    ("off", "state", "said"),
    [
        pytest.param(("tags",), "warn", "Features → Tags", id="tags, as Immich has them at first"),
        pytest.param(("people", "ratings"), "warn", "People, Star rating", id="people"),
        pytest.param(("ratings",), "ok", "Star rating", id="ratings are only read"),
    ],
)
def test_pages_that_are_switched_off(off: tuple[str, ...], state: str, said: str, look: Look) -> None:
    check = look(immich(**dict.fromkeys(off, False)))["pages"]
    assert check.state == state
    assert said in check.mend


@pytest.mark.parametrize("preferences", [None, [], {}, {"tags": None}, {"tags": {"enabled": 1}}, {"tags": "off"}])
def test_preferences_of_another_shape_say_nothing(preferences: object) -> None:
    assert switched_off(preferences) == ()


@pytest.mark.parametrize(
    ("date", "state", "said"),
    [
        pytest.param("Tue, 01 Jan 2030 00:00:00 GMT", "warn", "ahead of ours", id="ahead"),
        pytest.param("Thu, 01 Jan 2015 00:00:00 GMT", "warn", "behind ours", id="behind"),
        pytest.param("yesterday", "ok", "does not tell", id="no date"),
    ],
)
def test_clocks_that_differ(date: str, state: str, said: str, look: Look) -> None:
    version = immich()["/api/server/version"]
    clock = look(immich() | {"/api/server/version": Says(version.body, 200, {"Date": date})})["clock"]
    assert (clock.state, said in clock.finding) == (state, True)


def test_a_newer_version_is_a_warning(look: Look) -> None:
    found = look(immich(version=(4, 0, 0)))
    assert found["version"].state == "warn"
    assert "4.0.0" in found["version"].finding


def test_a_key_that_cannot_be_read(tmp_path: Path) -> None:
    library = LibrarySettings(name="anna", gallery="immich", url="http://x", api_key_file=tmp_path / "gone")
    (check,) = checks(library)
    assert (check.name, check.state) == ("anna: key", "fail")


@pytest.mark.parametrize("version", ["2.5.3", "2.7.5", "3.1.0", "3.3.5"])
def test_a_new_user_of_a_server(version: str) -> None:
    with FakeImmich(version) as server:
        key = server.add_key(sorted(permissions_for((*READING, *WRITING, *PEOPLE, *EXTRAS))))
        found = looked(server.url, apply="all", key=key)
        assert states(found) == {
            **dict.fromkeys(("address", "version", "clock", "key", "permissions"), "ok"),
            "pages": "warn",
        }
        assert "Tags, Star rating" in found["pages"].mend
        server.maintenance = True
        assert "maintenance" in looked(server.url, key=key)["address"].finding
    paths = ((seen.method, seen.path.removeprefix("/api")) for seen in server.requests)
    asked = {(method, re.sub(r"[0-9a-f-]{36}", "{id}", path)) for method, path in paths}
    assert asked <= {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
