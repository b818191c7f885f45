"""docs/immich.md and README say of Immich what the code does: each call, each permission, and settings that load."""

from __future__ import annotations

import re
from pathlib import Path

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
    Step,
    permissions_for,
)
from plugins.galleries.immich.versions import OLDEST, UNKNOWN
from plugins.settings import load_settings

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "immich.md").read_text(encoding="utf-8")
README = (
    (ROOT / "README.md").read_text(encoding="utf-8").split("\n## Immich in five minutes\n", 1)[1].split("\n## ", 1)[0]
)


def new_in(*parts: tuple[Step, ...]) -> list[set[str]]:
    """Return the permissions that each part needs beside those of the parts before it."""
    found: list[set[str]] = []
    for part in parts:
        found.append(set(permissions_for(part)).difference(*found))
    return found


def permissions_in(page: str) -> list[set[str]]:
    """Return the permissions in a page's blocks, line by line."""
    return [set(line.split()) for line in re.findall(r"(?m)^ {4,7}((?:\w+\.\w+ ?)+)$", page)]


def test_the_table_of_calls_is_that_of_the_code() -> None:
    rows = re.findall(r"(?m)^\| `([A-Z]+) (/[^`]*)` \| (?:`([\w.]+)`|–) \|", PAGE)
    assert rows == [(endpoint.method, endpoint.path, endpoint.permission) for endpoint in ENDPOINTS]


def test_the_page_lists_the_permissions_of_each_part() -> None:
    assert permissions_in(PAGE) == new_in(READING, WRITING, PEOPLE, DRAWING, EXTRAS, UNASKED, CALLING)


def test_the_readme_lists_the_permissions_that_a_key_needs() -> None:
    assert permissions_in(README) == new_in(READING, WRITING, PEOPLE, EXTRAS)


@pytest.mark.parametrize("page", [pytest.param(PAGE, id="page"), pytest.param(README, id="readme")])
def test_the_oldest_version_is_named(page: str) -> None:
    assert str(OLDEST) in page


def test_the_first_unknown_version_is_named() -> None:
    assert f"| {UNKNOWN.major}.{UNKNOWN.minor} and later |" in PAGE


def test_the_settings_of_the_readme_load(tmp_path: Path) -> None:
    (text,) = re.findall(r"```toml\n(.*?)```", README, re.DOTALL)
    (tmp_path / "albumen.toml").write_text(re.sub(r"(?m)^ {3}", "", text), encoding="utf-8")
    (tmp_path / "immich.key").write_text("secret\n", encoding="utf-8")
    library = load_settings(tmp_path / "albumen.toml").library("anna")
    assert (library.gallery, library.key(), library.url) == ("immich", "secret", "https://photos.example.org")
