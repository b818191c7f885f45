"""What Prefect's server logs, as far as we shorten it."""

from __future__ import annotations

import logging

import pytest

from app.serving.prefect_server import LockedInOneLine


@pytest.mark.parametrize(
    ("error", "lines", "level"),
    [
        pytest.param(OSError("(sqlite3.OperationalError) database is locked\n[SQL: …]"), 1, "WARNING", id="locked"),
        pytest.param(OSError("no space left on device"), 3, "ERROR", id="all else is told in full"),
    ],
)
def test_an_event_that_was_not_taken_in(
    caplog: pytest.LogCaptureFixture, error: OSError, lines: int, level: str
) -> None:
    log = logging.getLogger("test-events")
    log.addFilter(LockedInOneLine())
    try:
        raise error
    except OSError:
        log.exception("Failed in consume_loop")
    record = caplog.records[0]
    said = caplog.handler.format(record)
    assert (record.levelname, len(said.splitlines()) >= lines) == (level, True)
    assert ("Traceback" in said) is (level == "ERROR")
