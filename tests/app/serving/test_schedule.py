"""The nightly run over changes of the clock: one each night, also where its hour is skipped or comes twice."""

from __future__ import annotations

import asyncio
import itertools
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from prefect.server.schemas.schedules import CronSchedule

from flows.deployments import DEPLOYMENTS
from plugins.sections import Serve

NIGHTS = 12
EVENING = timedelta(hours=3)
"""A night begins so long before its day: where midnight itself is skipped, its run is an hour early."""


def nightly(serve: Serve, since: datetime, n: int) -> list[datetime]:
    """Return when Prefect's server would start the nightly run, by its own schedule of what we deploy."""
    made = next(d for d in DEPLOYMENTS if d.name == "nightly").when(serve)
    assert made is not None
    assert made.cron is not None
    schedule = CronSchedule(cron=made.cron, timezone=made.timezone, day_or=made.day_or)
    return asyncio.run(schedule.get_dates(n, start=since))


@pytest.mark.parametrize(
    ("zone", "cron", "change"),
    [
        pytest.param("Europe/Lisbon", "30 2 * * *", datetime(2027, 3, 28), id="the clock goes forward before 02:30"),
        pytest.param("Europe/Berlin", "30 2 * * *", datetime(2027, 3, 28), id="02:30 is skipped"),
        pytest.param("Europe/Berlin", "30 2 * * *", datetime(2027, 10, 31), id="02:30 comes twice"),
        pytest.param("Europe/Lisbon", "30 1 * * *", datetime(2027, 10, 31), id="01:30 comes twice"),
        pytest.param("America/New_York", "30 2 * * *", datetime(2027, 3, 14), id="skipped in another zone"),
        pytest.param("America/New_York", "30 1 * * *", datetime(2027, 11, 7), id="twice in another zone"),
        pytest.param("Australia/Lord_Howe", "45 1 * * *", datetime(2027, 4, 4), id="half an hour comes twice"),
        pytest.param("America/Santiago", "30 0 * * *", datetime(2027, 9, 5), id="the day begins at one"),
    ],
)
def test_each_night_has_one_run(zone, cron, change):
    serve = Serve(nightly=cron, time_zone=zone)
    since = change.replace(tzinfo=UTC) - timedelta(days=NIGHTS // 2)
    runs = nightly(serve, since, NIGHTS)
    days = Counter((run + EVENING).date() for run in runs)
    assert set(days.values()) == {1}, runs
    assert sorted(days) == [min(days) + timedelta(days=n) for n in range(NIGHTS)]
    gaps = [b - a for a, b in itertools.pairwise(runs)]
    assert all(timedelta(hours=22.5) <= gap <= timedelta(hours=25.5) for gap in gaps)


def test_a_clock_that_jumps_neither_repeats_nor_forgets_a_night():
    """What is due is computed from the wall clock each time: the same nights, from wherever it is asked."""
    serve = Serve(nightly="30 2 * * *", time_zone="Europe/Lisbon")
    noon = datetime(2027, 6, 1, 12, tzinfo=UTC)
    known = nightly(serve, noon, 30)
    for jump in (timedelta(hours=-30), timedelta(minutes=-5), timedelta(hours=3), timedelta(days=9)):
        after = nightly(serve, noon + jump, 5)
        assert [run for run in after if run >= known[0]] == [run for run in known if run in after]
