"""Which permissions a key needs, and which steps stop without one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, get_args

import pytest

from plugins.galleries.immich.permissions import (
    CALLING,
    DRAWING,
    ENDPOINTS,
    EXTRAS,
    PEOPLE,
    READING,
    UNASKED,
    WRITING,
    Missing,
    Step,
    missing,
    permissions_for,
    steps_of,
)
from plugins.galleries.immich.versions import Version

EVERYTHING = (*READING, *WRITING, *PEOPLE, *DRAWING, *EXTRAS, *UNASKED, *CALLING)
NEVER = {"all", "asset.delete", "asset.upload", "asset.download", "person.merge"}
"""What a curator of albums has no business to be able to do."""


@pytest.mark.parametrize(
    ("lacking", "steps", "found"),
    [
        pytest.param((), EVERYTHING, (), id="a full key lacks nothing"),
        pytest.param(
            ("tag.asset",), EVERYTHING, (Missing("tag.asset", ("apply tags",)),), id="one of two that tags need"
        ),
        pytest.param(
            ("asset.read",),
            READING,
            (Missing("asset.read", ("photos", "plan")),),
            id="only the steps that were asked for are named",
        ),
        pytest.param(("tag.asset", "album.create"), READING, (), id="a read-only key reads and plans"),
        pytest.param(
            ("tag.asset", "asset.view"),
            EVERYTHING,
            (Missing("asset.view", ("features",)), Missing("tag.asset", ("apply tags",))),
            id="reading comes first",
        ),
    ],
)
def test_missing(lacking: tuple[str, ...], steps: tuple[Step, ...], found: tuple[Missing, ...]) -> None:
    assert missing(set(permissions_for(EVERYTHING)) - set(lacking), steps) == found


def test_the_permission_for_all_is_enough() -> None:
    assert missing(["all"], EVERYTHING) == ()


def test_a_key_that_may_nothing_blocks_every_step() -> None:
    blocked = {step for one in missing((), EVERYTHING) for step in one.steps}
    assert blocked == set(EVERYTHING) == set(get_args(Step))


def test_no_more_is_asked_for_than_is_used() -> None:
    assert NEVER.isdisjoint(permissions_for(EVERYTHING))
    assert {permission.rpartition(".")[2] for permission in permissions_for(READING)} == {"read", "view", "statistics"}
    assert steps_of("asset.delete") == ()


@pytest.mark.parametrize("version", ["2.7.5", "3.1.0"])
def test_the_servers_say_the_same(version: str, shared: Path) -> None:
    file = shared.parent / f"contracts/immich-{version}-openapi.json"
    paths: dict[str, dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))["paths"]
    there = [e for e in ENDPOINTS if f"{e.since}" <= version]
    said = {e: paths[e.path][e.method.lower()].get("x-immich-permission", "") for e in there}
    assert said == {e: e.permission for e in there}
    later = {e.permission for e in ENDPOINTS if e not in there}
    assert later == {"clusterGroup.read"} | (set(permissions_for(CALLING)) if version == "2.7.5" else set())


def test_what_a_version_does_not_know_is_not_missed() -> None:
    new, old = Version(3, 2, 0), Version(3, 1, 0)
    key = set(permissions_for(PEOPLE, old))
    assert missing(key, PEOPLE, old) == ()
    assert [one.permission for one in missing(key, PEOPLE, new)] == ["clusterGroup.read"]
