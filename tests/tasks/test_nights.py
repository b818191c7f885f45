"""Nights: two days without one that ended well are told, and nothing else is."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugins.sections import Serve
from plugins.settings import Settings
from plugins.store import Store, open_store
from tasks.nights import missed_nights, night_begins, night_went_well

MONDAY = datetime(2026, 3, 2, 2, 30, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(data_dir=tmp_path)


@pytest.fixture
def store(settings: Settings) -> Iterator[Store]:
    with open_store(settings) as opened:
        yield opened


@pytest.mark.parametrize(
    ("nights", "hours", "missed"),
    [
        pytest.param([], 1_000, False, id="no service was ever there"),
        pytest.param([(0, True)], 47, False, id="one was left out"),
        pytest.param([(0, True)], 49, True, id="none for two days"),
        pytest.param([(0, True), (24, False), (48, False)], 49, True, id="they begin and fail"),
        pytest.param([(0, False)], 49, True, id="none has ever ended well"),
        pytest.param([(0, False), (24, True)], 49, False, id="the second one went well"),
        pytest.param([(0, True)], -100, False, id="the clock was set back"),
    ],
)
def test_what_is_missed(settings, store, nights, hours, missed):
    for at, well in nights:
        night_begins(store, "family", MONDAY + timedelta(hours=at))
        if well:
            night_went_well(store, "family", MONDAY + timedelta(hours=at))
    said = missed_nights(settings, store, "family", MONDAY + timedelta(hours=hours))
    assert bool(said) == missed
    assert not missed or "No nightly run of family has ended well since 2026-03-02 02:30 UTC" in said
    assert missed_nights(settings, store, "other", MONDAY + timedelta(hours=hours)) == ""


@pytest.mark.parametrize(
    ("days", "missed"),
    [pytest.param(6, False, id="the next one is not due yet"), pytest.param(15, True, id="two were due")],
)
def test_where_one_a_week_is_wanted_two_days_are_not_too_long(settings, store, days, missed):
    weekly = settings.model_copy(update={"serve": Serve(nightly="0 2 * * 1")})
    night_went_well(store, "family", MONDAY)
    assert bool(missed_nights(weekly, store, "family", MONDAY + timedelta(days=days))) == missed


def test_nothing_is_missed_where_none_is_wanted(settings, store):
    night_begins(store, "family", MONDAY)
    without = settings.model_copy(update={"serve": Serve(nightly="")})
    assert missed_nights(without, store, "family", MONDAY + timedelta(days=9)) == ""
