"""The doctor at an Immich: what stands there, whose key it is, and what it may do; each thing with its mend."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import partial

import pytest
from fakes.doctors import NO_ROUTE, immich, look_at, looked, states
from fakes.doors import Says, door
from fakes.immich import FakeImmich

from plugins.galleries.immich.client import KEY_HEADER
from plugins.galleries.immich.health import switched_off
from plugins.galleries.immich.permissions import ENDPOINTS, EXTRAS, PEOPLE, READING, WRITING, permissions_for

NOBODY = Says({"message": "Invalid API key"}, 401)
TO_WRITE = set(permissions_for(WRITING)) - set(permissions_for(READING))
look = partial(look_at, "immich")


@pytest.mark.parametrize("behind", ["", "/", "/api", "/api/"])
def test_all_is_well(behind: str) -> None:
    found = look(immich(), behind=behind, apply="all")
    assert states(found) == dict.fromkeys(("address", "version", "clock", "key", "permissions", "pages"), "ok")
    assert found["version"].finding == "Immich 3.1.0"
    assert found["key"].finding == "“albumen” of Anna <anna@x.org>"
    assert "may do everything" in found["permissions"].finding


@pytest.mark.parametrize(
    ("answers", "said"),
    [
        pytest.param(
            immich() | {"/api/server/config": Says({"maintenanceMode": True})}, "maintenance", id="maintenance"
        ),
        pytest.param(
            {"/api/server/config": Says({"maintenanceMode": True})}, "maintenance", id="maintenance, all gone"
        ),
        pytest.param(immich(version=(1, 135, 3)), "Immich 1.135.3 is too old", id="1.x"),
        pytest.param(immich(version=(2, 5, 2)), "Immich 2.5.2 is too old", id="a version that loses tags"),
    ],
)
def test_an_immich_that_cannot_be_used_is_named_and_gets_no_key(answers: Mapping[str, Says], said: str) -> None:
    with door(answers, NO_ROUTE) as here:
        found = looked("immich", here.address)
    assert states(found) == {"address": "fail"}
    assert said in found["address"].finding
    assert not [headers for _, _, headers in here.asked if KEY_HEADER in headers]


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
def test_permissions(without: set[str], apply: str, found: dict[str, str]) -> None:
    given = look(immich(set(permissions_for((*READING, *WRITING, *PEOPLE, *EXTRAS))) - without), apply=apply)
    assert {name: state for name, state in states(given).items() if name.startswith("permission")} == found


def test_a_missing_permission_says_which_steps_it_blocks() -> None:
    check = look(immich({"album.create"}))["permission asset.read"]
    assert "photos, plan" in check.finding
    assert "API keys" in check.mend


@pytest.mark.parametrize(("shared", "state"), [(False, None), (True, "warn")])
def test_people_that_are_shared_with_others(shared: bool, state: str | None) -> None:
    with FakeImmich("3.3.5") as server:
        if shared:
            server.add_user("Bob").group = server.user.group
        found = looked("immich", server.url, key=server.add_key(permissions_for((*READING, *WRITING, *PEOPLE))))
    assert (found["people"].state if "people" in found else None) == state
    assert not shared or "Bob" in found["people"].finding


def test_a_key_that_the_server_does_not_know() -> None:
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
def test_pages_that_are_switched_off(off: tuple[str, ...], state: str, said: str) -> None:
    check = look(immich(**dict.fromkeys(off, False)))["pages"]
    assert check.state == state
    assert said in check.mend


@pytest.mark.parametrize("preferences", [None, [], {}, {"tags": None}, {"tags": {"enabled": 1}}, {"tags": "off"}])
def test_preferences_of_another_shape_say_nothing(preferences: object) -> None:
    assert switched_off(preferences) == ()


def test_a_newer_version_is_a_warning() -> None:
    found = look(immich(version=(4, 0, 0)))
    assert found["version"].state == "warn"
    assert "4.0.0" in found["version"].finding


@pytest.mark.parametrize("version", ["2.5.3", "2.7.5", "3.1.0", "3.3.5"])
def test_a_new_user_of_a_server(version: str) -> None:
    with FakeImmich(version) as server:
        key = server.add_key(sorted(permissions_for((*READING, *WRITING, *PEOPLE, *EXTRAS))))
        found = looked("immich", server.url, apply="all", key=key)
        assert states(found) == {
            **dict.fromkeys(("address", "version", "clock", "key", "permissions"), "ok"),
            "pages": "warn",
        }
        assert "Tags, Star rating" in found["pages"].mend
        server.maintenance = True
        assert "maintenance" in looked("immich", server.url, key=key)["address"].finding
    paths = ((seen.method, seen.path.removeprefix("/api")) for seen in server.requests)
    asked = {(method, re.sub(r"[0-9a-f-]{36}", "{id}", path)) for method, path in paths}
    assert asked <= {(endpoint.method, endpoint.path) for endpoint in ENDPOINTS}
