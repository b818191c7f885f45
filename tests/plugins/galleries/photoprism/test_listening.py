"""What is heard on the websocket, and every way in which a connection can be refused, go wrong or fall silent."""

from __future__ import annotations

import json
import logging
import socket
import ssl
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from fakes.doors import make_certificate
from fakes.telling import event, mute, talking
from websockets.sync.server import ServerConnection

from plugins.galleries import GalleryError, GalleryRefused, GalleryUnreachable
from plugins.galleries.photoprism.listening import MOST_BYTES, Pulse, event_of, listen

TOKEN = "bx4qmt-pgbbwn-vzhh3k-dr37yj"  # noqa: S105 (of no server)
LONG_S = 30.0
"""Longer than anything here takes: what is waited for so long comes, or the test fails."""
NEWS = event("upload.completed", uid="u", path="/upload")


def says(*messages: str | bytes) -> Callable[[ServerConnection], None]:
    """Return what says this, and waits until the other end hangs up."""

    def talk(connection: ServerConnection) -> None:
        for message in messages:
            connection.send(message)
        listens(connection)

    return talk


def listens(connection: ServerConnection) -> None:
    """Read what comes until there is no more."""
    for _ in connection:
        pass


@pytest.mark.parametrize("behind", ["", "/photos"], ids=["a host of its own", "below a path"])
def test_it_is_let_in_by_the_token_that_it_shows(behind):
    with talking(listens) as server:
        listen(server.address + behind, TOKEN).close()
    assert server.paths == [f"{behind}/api/v1/ws"]
    assert [json.loads(said)["session"] for said in server.heard] == [TOKEN]


@pytest.mark.parametrize(
    ("said", "news"),
    [
        pytest.param("upload.completed", True, id="somebody has uploaded"),
        pytest.param("import.completed", True, id="a folder was imported"),
        pytest.param("index.completed", True, id="the originals were indexed"),
        pytest.param("index.indexing", False, id="indexing goes on"),
        pytest.param("photos.created", False, id="one photo of many"),
        pytest.param("photos.updated", False, id="an echo of what we have written"),
        pytest.param("config.updated", False, id="settings"),
        pytest.param("upload.completed.really", False, id="a name that begins so"),
    ],
)
def test_which_events_are_news(said, news):
    with talking(says(event(said), event("session.ended"))) as server, listen(server.address, TOKEN) as ear:
        assert ear.told(LONG_S if news else 0.05) == news


DEEP = '{"event":' * 100_000


@pytest.mark.parametrize(
    "message",
    [
        pytest.param("", id="nothing"),
        pytest.param("hello", id="no JSON"),
        pytest.param("[]", id="a list"),
        pytest.param("null", id="null"),
        pytest.param('{"event": 7}', id="a number for a name"),
        pytest.param('{"event": ["index.completed"]}', id="a list for a name"),
        pytest.param('{"event": {"event": "index.completed"}}', id="a name inside of a name"),
        pytest.param('{"data": {"event": "index.completed"}}', id="a name where data are"),
        pytest.param(DEEP, id="brackets without an end"),
        pytest.param('{"event": "' + "x" * 1_000_000 + '"}', id="a long name"),
        pytest.param('{"event": "\\ud800"}', id="half a character"),
        pytest.param(b"\xff\x00\xfe", id="bytes that are no text"),
        pytest.param('{"data": ' + "9" * 100_000 + ', "event": 1}', id="a number that nobody can read"),
    ],
)
def test_what_makes_no_sense_is_passed_over(message):
    assert event_of(message) not in {"index.completed", "upload.completed"}
    with talking(says(message, NEWS)) as server, listen(server.address, TOKEN) as ear:
        assert ear.told(LONG_S)


def breaks_off(connection: ServerConnection) -> None:
    connection.socket.shutdown(socket.SHUT_RDWR)


def sends_no_text(connection: ServerConnection) -> None:
    connection.socket.sendall(b"\x81\x02\xff\xfe")


def sends_no_frame(connection: ServerConnection) -> None:
    connection.socket.sendall(b"\xff" * 100)


@pytest.mark.parametrize(
    "talk",
    [
        pytest.param(lambda _: None, id="it says goodbye"),
        pytest.param(breaks_off, id="it breaks off"),
        pytest.param(says("x" * (MOST_BYTES + 1)), id="a message that is too long"),
        pytest.param(sends_no_text, id="a text that is none"),
        pytest.param(sends_no_frame, id="something else than a websocket"),
    ],
)
def test_a_connection_that_ends_is_told(talk):
    with talking(talk) as server, listen(server.address, TOKEN) as ear:
        with pytest.raises(GalleryUnreachable, match="has ended"):
            ear.told(LONG_S)
        with pytest.raises(GalleryUnreachable):
            ear.told(LONG_S)


def test_a_server_that_is_gone_without_a_word_is_found_by_our_pings():
    gone = threading.Event()

    def freeze(connection: ServerConnection) -> None:
        connection.recv_flow_control.acquire()  # nothing is read any more, so no ping is answered
        gone.wait(LONG_S)
        connection.recv_flow_control.release()

    with talking(freeze) as server, listen(server.address, TOKEN, pulse=Pulse(ping_s=0.05)) as ear:
        with pytest.raises(GalleryUnreachable, match="has ended"):
            ear.told(LONG_S)
        gone.set()


@pytest.mark.parametrize(
    ("status", "error", "said"),
    [
        pytest.param(401, GalleryRefused, "asks for a password", id="a proxy that wants a password"),
        pytest.param(403, GalleryRefused, "asks for a password", id="a proxy that lets nobody in"),
        pytest.param(302, GalleryRefused, "let websockets through", id="a login page before it"),
        pytest.param(200, GalleryRefused, "let websockets through", id="a web page everywhere"),
        pytest.param(400, GalleryRefused, "let websockets through", id="a proxy that takes Upgrade away"),
        pytest.param(404, GalleryRefused, "let websockets through", id="a proxy that knows no such path"),
        pytest.param(429, GalleryUnreachable, "429", id="too many"),
        pytest.param(502, GalleryUnreachable, "502", id="a proxy with nothing behind it"),
        pytest.param(503, GalleryUnreachable, "503", id="it is being started"),
    ],
)
def test_what_answers_instead_of_a_websocket_is_named(status, error, said):
    with talking(listens, status) as server, pytest.raises(error, match=said) as raised:
        listen(server.address, TOKEN)
    assert server.heard == []
    assert "s3cret" not in str(raised.value)


def test_nobody_listens_there():
    with mute() as address:
        pass
    with pytest.raises(GalleryUnreachable, match="has ended"):
        listen(address, TOKEN)


def test_somebody_takes_the_connection_and_says_nothing():
    with mute() as address, pytest.raises(GalleryUnreachable, match="has ended"):
        listen(address, TOKEN, pulse=Pulse(open_s=0.05))


def test_whoever_is_not_let_in_hears_nothing_for_ever():
    with talking(says(NEWS), let_in=False) as server, pytest.raises(GalleryUnreachable, match="says nothing"):
        listen(server.address, TOKEN, pulse=Pulse(login_s=0.05))


def test_a_server_that_signs_its_own_certificate(tmp_path: Path):
    certificate = make_certificate(tmp_path / "home.pem")
    with talking(says(NEWS), certificate=certificate) as server:
        with pytest.raises(GalleryRefused, match="ca_file"):
            listen(server.address, TOKEN)
        assert server.heard == []
        with listen(server.address, TOKEN, ssl.create_default_context(cafile=certificate)) as ear:
            assert ear.told(LONG_S)


def test_somebody_who_waits_for_a_word_is_told_when_another_thread_hangs_up():
    with talking(listens) as server, listen(server.address, TOKEN) as ear:
        errors: list[GalleryError] = []

        def wait() -> None:
            with pytest.raises(GalleryUnreachable) as raised:
                ear.told(LONG_S)
            errors.append(raised.value)

        waiting = threading.Thread(target=wait)
        waiting.start()
        ear.close()
        waiting.join(LONG_S)
    assert len(errors) == 1


def test_the_token_is_in_no_log_and_in_no_error(caplog):
    def repeats(connection: ServerConnection) -> None:
        connection.close(1008, f"no such session: {TOKEN}")

    caplog.set_level(logging.DEBUG)
    with (
        talking(repeats) as server,
        listen(server.address, TOKEN) as ear,
        pytest.raises(GalleryUnreachable) as raised,
    ):
        ear.told(LONG_S)
    assert TOKEN not in str(raised.value)
    assert TOKEN not in "".join(record.getMessage() for record in caplog.records if record.name != "websockets.server")
