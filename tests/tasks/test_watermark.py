"""The watermark: from when on a gallery is asked what is new, whatever the clock and earlier runs have done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from plugins.settings import Settings
from plugins.store import Store, open_store
from plugins.store.tables import runs as runs_table
from tasks.watermark import WHOLE, Watermark, keep_watermark, news_since, watermark

LIBRARY = "family"
NOW = datetime.now(UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def store(tmp_path: Path):
    with open_store(Settings(data_dir=tmp_path)) as opened:
        yield opened


def whole_run(store: Store, at: datetime) -> None:
    run = store.runs.start(LIBRARY, "curate")
    store.runs.finish(run, "done", {"steps": [{"step": step} for step in WHOLE]})
    with store.transaction() as connection:
        connection.execute(runs_table.update().where(runs_table.c.id == run).values(started_at=at))


@pytest.mark.parametrize(
    ("wholes", "noted", "found"),
    [
        pytest.param([], None, Watermark(), id="never curated"),
        pytest.param([-2], None, Watermark(NOW - 2 * HOUR), id="curated as a whole"),
        pytest.param([-2], -1, Watermark(NOW - HOUR, ("p1",)), id="new photos were taken in since"),
        pytest.param([-1], -2, Watermark(NOW - HOUR), id="a whole run since leaves nothing to be done"),
        pytest.param(
            [-2], 9, Watermark(NOW - 2 * HOUR, ("p1",)), id="the clock was ahead: from the whole run before on"
        ),
        pytest.param([-2, 9], None, Watermark(NOW - 2 * HOUR, trusted=False), id="a whole run by such a clock"),
        pytest.param([9], 9, Watermark(), id="all by a clock that was ahead: as a whole again"),
    ],
)
def test_from_when_on_it_is_asked(store, wholes, noted, found):
    for hours in wholes:
        whole_run(store, NOW + hours * HOUR)
    if noted is not None:
        keep_watermark(store, LIBRARY, NOW + noted * HOUR, ["p1"])
    assert watermark(store, LIBRARY) == found
    since = news_since(store, LIBRARY)
    assert since is None or since < NOW
