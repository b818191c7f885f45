"""What the first page says of the next night."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from app.web.home import next_nightly
from plugins.sections import Serve


@pytest.mark.parametrize(
    ("cron", "zone", "now", "expected"),
    [
        pytest.param("", "UTC", "2026-03-01T00:00:00+00:00", None, id="never"),
        pytest.param("30 2 * * *", "UTC", "2026-03-01T02:29:00+00:00", "2026-03-01T02:30:00+00:00", id="tonight"),
        pytest.param("30 2 * * *", "UTC", "2026-03-01T02:31:00+00:00", "2026-03-02T02:30:00+00:00", id="tomorrow"),
        pytest.param(
            "30 2 * * *", "Europe/Lisbon", "2026-07-01T00:00:00+00:00", "2026-07-01T01:30:00+00:00", id="in summer"
        ),
        pytest.param(
            "30 2 * * *", "Europe/Berlin", "2026-03-29T00:30:00+00:00", "2026-03-29T01:00:00+00:00", id="no such time"
        ),
    ],
)
def test_when_the_next_nightly_run_is(cron: str, zone: str, now: str, expected: str | None) -> None:
    found = next_nightly(Serve(nightly=cron, time_zone=zone), datetime.fromisoformat(now))
    assert (found and found.astimezone(UTC).isoformat()) == expected
