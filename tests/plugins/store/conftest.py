"""A store on a real SQLite file and on a real Postgres, and photos to put in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from plugins.records import Photo
from plugins.settings import Settings
from plugins.store import Store, open_store

START = datetime(2024, 5, 1, 12, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path / "data")


@pytest.fixture(params=["sqlite", "postgres"])
def store(request: pytest.FixtureRequest, settings: Settings) -> Iterator[Store]:
    """Lend an empty store: each test that asks for it runs on both kinds of database."""
    if request.param == "postgres":
        url = SecretStr(request.getfixturevalue("postgres").emptied())
        settings = settings.model_copy(update={"database_url": url})
    with open_store(settings) as opened:
        yield opened


@pytest.fixture
def photo() -> Callable[..., Photo]:
    """Make photo number `n`, taken n minutes after the start, with any field set otherwise."""

    def make(n: int, **fields: Any) -> Photo:
        taken_at = START + timedelta(minutes=n)
        plain = {"id": f"p{n}", "name": f"{n}.jpg", "content_key": f"k{n}"}
        return Photo(**{**plain, "taken_at": taken_at, "taken_local": taken_at.replace(tzinfo=None), **fields})

    return make
