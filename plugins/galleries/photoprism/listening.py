"""PhotoPrism's websocket, on which it says that something was indexed, imported or uploaded; nothing of it is kept.

What was said while nobody listened is lost, and nothing that is said is believed: it is a reason to ask.
"""

from __future__ import annotations

import json
import logging
import ssl
import time
from collections.abc import Collection, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final, Self

from pydantic import BaseModel, ValidationError
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidMessage,
    InvalidStatus,
    InvalidURI,
    WebSocketException,
)
from websockets.sync.client import ClientConnection, connect

from plugins.galleries import GalleryRefused, GalleryUnreachable
from plugins.galleries.http.connecting import trust
from plugins.galleries.http.patience import Patience
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.client import connect as connect_http

if TYPE_CHECKING:
    from plugins.settings import LibrarySettings

NEWS: Final = frozenset({"index.completed", "import.completed", "upload.completed"})
"""After these there may be new photos; all other events are of no use to us, `photos.created` comes far too often."""
LET_IN: Final = frozenset({"config.updated"})
"""What is sent at once to whoever shows a token that is known; to others nothing is ever sent."""
INDEXING: Final = frozenset({"index.indexing", "index.updating"})
"""What is said all the time while originals are indexed."""
MOST_BYTES: Final = 8_000_000
"""The longest message: the settings of a large library, or the photos of one batch edit, have less."""
MOST_FRAMES: Final = 4
"""Frames that are read before they are looked at."""

# Its lines for debugging show what is sent, and that is the token.
_log = logging.getLogger("albumen.websocket")
_log.setLevel(logging.WARNING)


class _Message(BaseModel):
    event: str


@dataclass(frozen=True, slots=True)
class Pulse:
    """How long what may take, in seconds.

    Args:
        open_s: the connection.
        login_s: the server's first word after it was shown the token.
        ping_s: between two pings of ours, and their answer: a server that is gone without a word is found by that.
        close_s: the server's goodbye.
    """

    open_s: float = 10.0
    login_s: float = 20.0
    ping_s: float = 20.0
    close_s: float = 0.5


class Ear:
    """A connection that is let in; a context manager that ends it."""

    product: ClassVar[str] = Client.product

    def __init__(self, socket: ClientConnection, server: str) -> None:
        self._socket = socket
        self._server = server
        self._also = ExitStack()

    @classmethod
    def of(cls, library: LibrarySettings, pulse: Pulse | None = None) -> Ear:
        """Connect to the server of a library, and be let in; a session that is opened for that is closed with it.

        Raises:
            GalleryUnreachable: it does not answer now.
            GalleryRefused: it does not know the key, or something before it lets no websocket through.
            SettingsWrong: the key cannot be read.
        """
        with ExitStack() as opened:
            http, patience = connect_http(library.url, library.ca_file), Patience.of(library.retry)
            client = Client(http, library.key(), library.user, patience)
            opened.callback(client.close)
            ear = listen(client.server, client.token(), trust(library.ca_file), pulse)
            ear._also = opened.pop_all()
            return ear

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
        self._also.close()

    def close(self) -> None:
        """End the connection, from whichever thread: somebody who waits for a word is told that it has ended."""
        self._socket.close()

    def told(self, within_s: float) -> bool:
        """Wait for a word that photos may have come; return False when there was none in this time.

        Raises:
            GalleryUnreachable: the connection has ended, or nobody is at its other end any more.
        """
        return self._heard(NEWS, within_s)

    def is_indexing(self, within_s: float) -> bool:
        """Say whether the server tells within this time that it is indexing.

        Raises:
            GalleryUnreachable: the connection has ended.
        """
        return self._heard(INDEXING, within_s)

    def let_in(self, token: str, within_s: float) -> None:
        """Show the token, which is empty for a server that is open to all.

        Raises:
            GalleryUnreachable: the server says nothing to that. It does not say either that it does not know a token.
        """
        with _translated(self._server):
            self._socket.send(json.dumps({"session": token, "version": "", "css": "", "js": ""}))
        if not self._heard(LET_IN, within_s):
            raise GalleryUnreachable(f"{self._server} says nothing on its websocket to whoever shows it the key")

    def _heard(self, events: Collection[str], within_s: float) -> bool:
        until = time.monotonic() + within_s
        while (left_s := until - time.monotonic()) > 0:
            with _translated(self._server):
                try:
                    message = self._socket.recv(left_s)
                except TimeoutError:
                    return False
            if event_of(message) in events:
                return True
        return False


def listen(server: str, token: str, tls: ssl.SSLContext | None = None, pulse: Pulse | None = None) -> Ear:
    """Connect to a server's websocket, and be let in.

    Args:
        server: its address, http or https, with the path below which PhotoPrism is.
        token: an app password, or that of a session; empty for a server that is open to all.
        tls: whose certificates are trusted, for https.
        pulse: how long what may take.

    Raises:
        GalleryUnreachable: it does not answer now.
        GalleryRefused: something stands before it that lets no websocket through.
    """
    pulse = pulse or Pulse()
    secure = server.startswith("https:")
    with _translated(server):
        socket = connect(
            f"{'wss' if secure else 'ws'}:{server.partition(':')[2]}/api/v1/ws",
            ssl=tls if secure else None,
            compression=None,  # PhotoPrism has none, and what is not packed cannot grow when it is unpacked
            open_timeout=pulse.open_s,
            ping_interval=pulse.ping_s,
            ping_timeout=pulse.ping_s,
            close_timeout=pulse.close_s,
            max_size=MOST_BYTES,
            max_queue=MOST_FRAMES,
            logger=_log,
        )
    ear = Ear(socket, server)
    try:
        ear.let_in(token, pulse.login_s)
    except BaseException:
        ear.close()
        raise
    return ear


def event_of(message: str | bytes) -> str:
    """Return the name of the event that a message tells of; empty where it is no such message."""
    try:
        return _Message.model_validate_json(message).event
    except ValidationError:
        return ""


@contextmanager
def _translated(server: str) -> Iterator[None]:
    try:
        yield
    except InvalidStatus as error:
        raise _refusal(error.response.status_code, server) from None
    except ssl.SSLCertVerificationError as error:
        text = f"the certificate of {server} is not trusted ({error.verify_message}): name its file as ca_file"
        raise GalleryRefused(text) from None
    except (InvalidURI, InvalidHandshake) as error:
        if isinstance(error, InvalidMessage):  # it broke off, as when it is being started
            raise GalleryUnreachable(_away(server, error)) from None
        raise GalleryRefused(f"what answers at {server} is no websocket of PhotoPrism's ({error})") from None
    except (OSError, EOFError, WebSocketException) as error:
        raise GalleryUnreachable(_away(server, error)) from None


def _refusal(status: int, server: str) -> GalleryRefused | GalleryUnreachable:
    """Return what an answer means that should have been a websocket."""
    if status in {408, 425, 429} or status >= 500:
        return GalleryUnreachable(f"{server} answers its websocket by {status}")
    if status in {401, 403}:
        return GalleryRefused(f"something before {server} asks for a password ({status}): let /api/v1/ws through")
    return GalleryRefused(
        f"{server} answers its websocket by {status}: a proxy before it must let websockets through (Upgrade)"
    )


def _away(server: str, error: Exception) -> str:
    return f"the websocket of {server} has ended ({type(error).__name__}: {_why(error)})"


def _why(error: Exception) -> str:
    """Say why a connection has ended; not in the server's own words, which may repeat what it was shown."""
    if not isinstance(error, ConnectionClosed):
        return str(error) or "no reason given"
    if error.sent and not error.rcvd_then_sent:
        return error.sent.reason or "by us"
    return f"by the server, code {error.rcvd.code}" if error.rcvd else "without a word"
