"""A gallery that says when photos may have come is asked then, and each time that it could not be heard before."""

from __future__ import annotations

import logging
import math
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fakes.clock import Clock
from fakes.patience import until
from fakes.photoprism import PASSWORD, FakePhotoPrism

from app.hooks.asking import SELDOM_S, Asker
from app.hooks.debounce import Pace
from app.hooks.dispatcher import Dispatcher
from app.hooks.listener import Listener, Rests, ear_of
from app.hooks.listening_notes import Heard, note, noted
from app.hooks.poller import Poller
from app.prefect_api import PrefectApi
from plugins.galleries.http.patience import Patience
from plugins.settings import Settings
from plugins.store import open_store
from plugins.store.arrivals import Arrivals
from tasks.watermark import keep_watermark

NEVER_S = 3_600.0
SOON = Patience(backoff_s=0.001)
QUICK = Rests(SOON, NEVER_S, look_s=0.01, lasted_s=0.0)
MINUTE = 60.0


@dataclass
class Listening:
    """One library on a fake PhotoPrism that is listened to; no Prefect is there, so what is found stays."""

    server: FakePhotoPrism
    spool: Arrivals
    settings: Settings
    dispatcher: Dispatcher
    asker: Asker
    listener: Listener

    @property
    def asked(self) -> int:
        """Return how often the gallery was asked whether there is something new."""
        return sum("added" in seen.query for seen in self.server.requests)

    @property
    def waits(self) -> int:
        found = self.spool.waiting("family")
        return found.photos if found else 0

    @property
    def known(self) -> Heard:
        return noted(self.settings.data_dir).get("family", Heard())

    def looks(self) -> None:
        """Let the gallery have looked for new photos, and say so."""
        self.server.emit("index.completed", {"path": "/"})


@contextmanager
def listening(
    data: Path, server: FakePhotoPrism, rests: Rests = QUICK, clock: Clock | None = None, **library: Any
) -> Iterator[Listening]:
    """Listen to a library that was curated an hour ago."""
    family = {"gallery": "photoprism", "url": server.url, "api_key": server.token, "retry": {"backoff_s": 0.001}}
    said = {"data_dir": data, "serve": {"poll_minutes": 5}, "libraries": {"family": family | library}}
    settings = Settings.model_validate(said)
    with open_store(settings) as store:
        keep_watermark(store, "family", datetime.now(UTC) - timedelta(hours=1))
    with Arrivals(data / "arrivals.db") as spool:
        never = Pace(math.inf, math.inf)
        api = PrefectApi("http://127.0.0.1:9/api")
        dispatcher = Dispatcher(spool, api, settings.libraries, never, lambda _: False)
        asker = Asker(settings, spool, dispatcher)
        listener = Listener(settings, asker, rests, *([clock] if clock else []))
        listener.start()
        try:
            yield Listening(server, spool, settings, dispatcher, asker, listener)
        finally:
            listener.stop()
            api.close()


@pytest.fixture
def server() -> Iterator[FakePhotoPrism]:
    with FakePhotoPrism() as fake:
        fake.add_photos(3)
        yield fake


def test_it_asks_once_when_it_has_connected_and_nothing_new_is_nothing(server, tmp_path):
    with listening(tmp_path, server) as here:
        until(lambda: here.asked)
        here.looks()
        until(lambda: here.asked == 2)
    assert here.asked == 2


def test_an_upload_is_an_arrival(server, tmp_path):
    with listening(tmp_path, server) as here:
        until(lambda: here.asked)
        server.upload()
        until(lambda: here.waits)
        assert here.waits == 1
        assert here.known.heard_at is not None


def test_photos_that_came_before_it_listened_are_an_arrival(server, tmp_path):
    server.add_photos(1, created=datetime.now(UTC))
    with listening(tmp_path, server) as here:
        until(lambda: here.waits)
    assert here.known.heard_at is None


def test_echoes_of_our_own_writes_ask_nothing_and_an_index_that_found_nothing_starts_nothing(server, tmp_path):
    with listening(tmp_path, server) as here:
        until(lambda: here.asked)
        for event in ("photos.updated", "albums.created", "labels.updated", "subjects.updated", "photos.archived"):
            server.emit(event, {"entities": []})
        here.looks()
        until(lambda: here.asked == 2)
        here.looks()
        until(lambda: here.asked == 3)
        assert here.waits == 0


def test_what_is_said_while_a_run_is_to_come_is_asked_for_when_it_has_ended(server, tmp_path):
    with listening(tmp_path, server) as here:
        until(lambda: here.asked)
        here.dispatcher.note("family").result()
        server.upload()
        until(lambda: here.known.heard_at)
        assert here.asked == 1
        with here.dispatcher._changed:  # the run ends
            here.spool.ask("key", "family")
            here.spool.settle("key")
            here.dispatcher._rules["family"] = here.dispatcher._restored("family")
        until(lambda: here.waits)
    assert here.asked == 2


def test_a_word_that_is_older_than_the_last_run_asks_nothing(server, tmp_path):
    with listening(tmp_path, server) as here:
        until(lambda: here.asked)
        server.upload()
        until(lambda: here.waits)
        asked, began = here.asked, datetime.now(UTC)
        with open_store(here.settings) as store:
            keep_watermark(store, "family", began)
        assert not here.asker.ask("family", began.timestamp() - 1.0)
        assert here.asked == asked
        assert here.asker.ask("family", began.timestamp() + 1.0)


def test_a_gallery_that_says_much_is_not_asked_as_often(server, tmp_path):
    clock = Clock()
    with listening(tmp_path, server, Rests(SOON, NEVER_S, look_s=1.0), clock) as here:
        until(lambda: here.asked)
        for _ in range(200):
            here.looks()
        until(lambda: here.known.heard_at)
        server.talks.end()  # so all of it has been heard
        until(lambda: here.asked == 2)
        assert server.talks.wait_for(1)
    assert here.asked == 2


def test_a_server_that_is_restarted_is_listened_to_again_and_asked_for_what_came_meanwhile(server, tmp_path):
    with listening(tmp_path, server) as here:
        for _ in range(3):
            assert server.talks.wait_for(1)
            server.restart()
        assert server.talks.wait_for(1)
        server.add_photos(1, created=datetime.now(UTC))  # without a word, as it was said to nobody
        server.restart()
        until(lambda: here.waits)
        assert server.talks.wait_for(1)
        until(lambda: here.listener.hears("family"))


@pytest.fixture
def shut(server) -> Callable[[bool], None]:
    """Lend what lets the server answer nothing at all, or everything."""

    def change(is_shut: bool) -> None:
        server.faults(1, 1.0 if is_shut else 0.0, ["502"])

    return change


def test_a_server_that_is_away_is_named_once_and_tried_until_it_is_there(server, shut, tmp_path, caplog):
    shut(True)
    with caplog.at_level(logging.WARNING, "albumen.hooks"), listening(tmp_path, server) as here:
        until(lambda: here.known.why_not)
        assert not here.listener.hears("family")
        before = len(server.requests)
        until(lambda: len(server.requests) > before + 30)
        shut(False)
        until(lambda: here.asked)
        until(lambda: here.listener.hears("family"))
        assert (here.known.why_not, here.known.connected_at is None) == ("", False)
    said = [record.getMessage() for record in caplog.records if "not listened to" in record.getMessage()]
    assert 1 <= len(said) == len(set(said))


@pytest.mark.parametrize(
    ("rests", "again"),
    [
        pytest.param(Rests(Patience(backoff_s=NEVER_S), 0.001), True, id="after seldom_s"),
        pytest.param(Rests(SOON, NEVER_S), False, id="and not as one that is away"),
    ],
)
def test_a_key_that_is_not_known_is_shown_once_a_time_and_seldom(server, tmp_path, rests, again):
    server.expire(server.token)
    with listening(tmp_path, server, rests) as here:
        until(lambda: here.known.why_not)
        if again:
            until(lambda: server.access.bad_tokens >= 3)
    assert again or server.access.bad_tokens <= 2  # one with what anybody may ask, one that is refused
    assert "does not know the app password" in here.known.why_not
    assert server.token not in here.known.why_not
    assert server.talks.listeners() == 0


def test_a_session_that_was_opened_to_listen_is_closed(server, tmp_path):
    with listening(tmp_path, server, user="admin", api_key=PASSWORD) as here:
        until(lambda: here.asked)
        assert len(server.state.sessions) > 1
    assert server.state.sessions.keys() == {server.token}


def test_a_server_that_is_open_to_all_is_listened_to_without_a_key(tmp_path):
    with FakePhotoPrism(public=True) as server, listening(tmp_path, server, api_key=None) as here:
        until(lambda: here.asked)
        server.upload()
        until(lambda: here.waits)


def test_what_a_killed_process_has_noted_does_not_stand(server, shut, tmp_path):
    note(tmp_path, {"family": Heard(connected_at=1.0, heard_at=2.0), "gone": Heard(connected_at=1.0)})
    shut(True)
    with listening(tmp_path, server) as here:
        until(lambda: here.known.why_not)
        assert (here.known.connected_at, here.known.heard_at) == (None, 2.0)
        assert noted(tmp_path).keys() == {"family"}


def test_it_is_not_connected_after_the_end(server, tmp_path):
    with listening(tmp_path, server) as here:
        until(lambda: here.known.connected_at)
    assert here.known == Heard()
    assert not here.listener.hears("family")


def test_a_disk_on_which_nothing_can_be_noted_does_not_end_the_listening(server, tmp_path, caplog):
    (tmp_path / "listening.json").mkdir()
    with caplog.at_level(logging.WARNING, "albumen.hooks"), listening(tmp_path, server) as here:
        server.upload()
        until(lambda: here.waits)
    assert caplog.text.count("cannot be noted") == 1


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'{"family": {"heard_at": "never"}}', b"\xff"])
def test_notes_that_cannot_be_read_are_none(tmp_path, content):
    (tmp_path / "listening.json").write_bytes(content)
    assert noted(tmp_path) == {}


@pytest.mark.parametrize(
    ("library", "heard"),
    [
        pytest.param({"gallery": "photoprism", "url": "http://x"}, True, id="PhotoPrism"),
        pytest.param({"gallery": "immich", "url": "http://x", "api_key": "k"}, False, id="Immich calls us"),
        pytest.param({"gallery": "folder", "path": "/srv"}, False, id="a folder says nothing"),
        pytest.param({"gallery": "of-tomorrow"}, False, id="a gallery that is not there"),
    ],
)
def test_which_galleries_are_listened_to(library, heard):
    settings = Settings.model_validate({"libraries": {"family": library}})
    assert (ear_of(settings.library("family")) is not None) == heard


def test_where_none_can_be_heard_nothing_is_begun_or_noted(tmp_path):
    said = {"data_dir": tmp_path, "libraries": {"films": {"gallery": "folder", "path": str(tmp_path)}}}
    before = threading.active_count()
    listener = Listener(Settings.model_validate(said), asker=None)  # type: ignore[arg-type]  (nobody is asked)
    listener.start()
    assert threading.active_count() == before
    listener.stop()
    assert list(tmp_path.iterdir()) == []


@contextmanager
def polled(here: Listening) -> Iterator[Callable[[float], int]]:
    """Lend what lets the poller look around some time later, and says how often it has asked then."""
    clock = Clock()
    poller = Poller(here.settings, here.spool, here.asker, here.listener, clock)

    def look(after_s: float) -> int:
        clock.now += after_s
        before = here.asked
        poller.look_around()
        return here.asked - before

    yield look


def test_a_library_that_is_listened_to_is_polled_hourly_and_often_while_it_is_not(server, shut, tmp_path):
    with listening(tmp_path, server) as here:
        until(lambda: here.asked)
        with polled(here) as look:
            assert [look(SELDOM_S), look(50 * MINUTE), look(11 * MINUTE)] == [1, 0, 1]
            here.listener.stop()
            assert [look(6 * MINUTE), look(MINUTE), look(5 * MINUTE)] == [1, 0, 1]


def test_a_library_that_did_not_say_what_is_new_is_polled_often_until_it_says_something(server, tmp_path):
    with listening(tmp_path, server) as here:
        until(lambda: here.asked)
        until(lambda: here.listener.hears("family"))
        with polled(here) as look:
            server.add_photos(1, created=datetime.now(UTC))  # without a word
            assert look(SELDOM_S) == 1
            assert here.waits == 1
            assert not here.listener.hears("family")
            here.looks()
            until(lambda: here.listener.hears("family"))
