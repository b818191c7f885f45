"""Galleries that do not call are asked, seldom and cheaply; what they say becomes an arrival."""

from __future__ import annotations

import logging
import math
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from fakes.clock import Clock
from fakes.immich import FakeImmich

from app.hooks.asking import Asker
from app.hooks.debounce import Pace
from app.hooks.dispatcher import Dispatcher
from app.hooks.listener import Listener
from app.hooks.poller import Poller
from app.prefect_api import PrefectApi
from plugins.settings import Settings
from plugins.store import open_store
from plugins.store.arrivals import Arrivals
from tasks.watermark import keep_watermark

MINUTE, HOUR, DAY = 60.0, 3_600.0, 86_400.0


@dataclass
class Polled:
    """One library on a fake Immich, its spool, and who asks; no Prefect is there, so what is found stays."""

    server: FakeImmich
    spool: Arrivals
    settings: Settings
    clock: Clock
    poller: Poller

    def again(self) -> None:
        """Let another process take over."""
        self.poller = poller_of(self.settings, self.spool, self.clock)

    def asks(self, after_s: float = 0.0) -> int:
        """Return how many searches were made when the poller looks around some time later."""
        self.clock.now += after_s
        before = self.searches()
        self.poller.look_around()
        return self.searches() - before

    def searches(self) -> int:
        return sum(seen.path == "/api/search/metadata" for seen in self.server.requests)

    def taken_in(self, since: datetime) -> None:
        """Let a run have taken in what had come until then."""
        with open_store(self.settings) as store:
            keep_watermark(store, "family", since)

    def waits(self) -> int:
        found = self.spool.waiting("family")
        return found.photos if found else 0

    def settle(self) -> None:
        """Let what waits have been in a run."""
        if self.spool.ask("key", "family"):
            self.spool.settle("key")
        self.again()


def poller_of(settings: Settings, spool: Arrivals, clock: Clock) -> Poller:
    never = Pace(math.inf, math.inf)
    dispatcher = Dispatcher(spool, PrefectApi("http://127.0.0.1:9/api"), settings.libraries, never, lambda _: False)
    asker = Asker(settings, spool, dispatcher)
    return Poller(settings, spool, asker, Listener(settings, asker), clock)


@pytest.fixture
def polled(tmp_path):
    with FakeImmich("3.1.0") as server, Arrivals(tmp_path / "arrivals.db") as spool:
        family = {"gallery": "immich", "url": server.url, "api_key": server.key, "retry": {"backoff_s": 0.001}}
        said = {"data_dir": tmp_path, "serve": {"poll_minutes": 5}, "libraries": {"family": family}}
        settings, clock = Settings.model_validate(said), Clock()
        library = Polled(server, spool, settings, clock, poller_of(settings, spool, clock))
        library.taken_in(datetime.now(UTC) - timedelta(hours=1))
        yield library


def test_a_gallery_is_asked_every_few_minutes_by_one_search_and_nothing_new_is_nothing(polled):
    assert polled.asks() == 1
    assert [polled.asks(after) for after in (MINUTE, 3 * MINUTE, MINUTE)] == [0, 0, 1]
    assert polled.waits() == 0


def test_a_new_photo_is_an_arrival_and_is_not_asked_for_while_it_waits(polled):
    polled.asks()
    polled.server.add_photos(1)
    polled.asks(5 * MINUTE)
    assert polled.waits() == 1
    assert polled.asks(5 * MINUTE) == 0


def test_what_a_run_has_taken_in_is_not_found_again(polled):
    polled.server.add_photos(3, created=datetime.now(UTC) - timedelta(minutes=10))
    polled.asks()
    assert polled.waits() == 1
    polled.settle()
    polled.taken_in(datetime.now(UTC))
    assert polled.asks(5 * MINUTE) == 1
    assert polled.waits() == 0


def test_a_library_that_was_never_curated_is_not_asked(polled):
    with open_store(polled.settings) as store:
        store.steps.forget("family")
    assert polled.asks() == 0


def test_when_it_was_asked_outlives_the_process(polled):
    assert polled.asks() == 1
    polled.again()
    assert polled.asks(MINUTE) == 0
    assert polled.asks(5 * MINUTE) == 1


def test_a_clock_that_was_set_back_puts_nothing_off_for_long(polled):
    polled.spool.polled("family", time.time() + 30 * DAY)
    polled.again()
    assert polled.asks(MINUTE) == 0
    assert polled.asks(5 * MINUTE) == 1


@pytest.mark.parametrize(
    "calls",
    [
        pytest.param(lambda spool: spool.installed("family", there=True), id="it was told to call"),
        pytest.param(lambda spool: spool.note("family", ["a"], heard=True).result(), id="it has called"),
    ],
)
def test_a_gallery_that_calls_is_asked_hourly(polled, calls):
    calls(polled.spool)
    polled.settle()
    assert polled.asks() == 1
    assert polled.asks(50 * MINUTE) == 0
    assert polled.asks(11 * MINUTE) == 1


def test_a_gallery_that_should_have_called_and_did_not_is_asked_often_again(polled, caplog):
    polled.spool.installed("family", there=True)
    polled.asks()
    polled.server.add_photos(1)
    with caplog.at_level(logging.WARNING, "albumen.hooks"):
        polled.asks(HOUR)
    assert "came without a webhook" in caplog.text
    polled.settle()
    polled.asks()
    assert polled.asks(5 * MINUTE) == 1


def test_a_gallery_that_does_not_answer_is_named_once_and_asked_again(polled, caplog):
    polled.server.maintenance = True
    with caplog.at_level(logging.WARNING, "albumen.hooks"):
        for _ in range(3):
            polled.asks(5 * MINUTE)
    assert len([record for record in caplog.records if "cannot be asked" in record.message]) == 1
    assert polled.spool.watched("family").polled_at is None
    polled.server.maintenance = False
    polled.server.add_photos(1)
    polled.asks(5 * MINUTE)
    assert polled.waits() == 1


def test_a_library_that_is_set_up_wrongly_does_not_end_the_asking_of_the_others(polled, tmp_path):
    polled.settings = Settings.model_validate(
        {
            "data_dir": tmp_path,
            "serve": {"poll_minutes": 5},
            "libraries": {
                "a-folder-that-is-away": {"gallery": "folder", "path": str(tmp_path / "away")},
                "family": polled.settings.libraries["family"],
            },
        }
    )
    polled.again()
    assert polled.asks() == 1


def test_never_is_never(polled):
    polled.settings = polled.settings.model_copy(
        update={"serve": polled.settings.serve.model_copy(update={"poll_minutes": 0})}
    )
    polled.again()
    assert polled.asks(DAY) == 0
