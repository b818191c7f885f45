"""A websocket where PhotoPrism has its own, that says what a test wants, and may fall silent or say nothing at all."""

from __future__ import annotations

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from pathlib import Path
from typing import Any

from websockets.sync.server import Request, Response, ServerConnection, serve

LET_IN = json.dumps({"data": {"config": {"mode": "user", "name": "PhotoPrism"}}, "event": "config.updated"})
Talk = Callable[[ServerConnection], object]


def event(name: str, **data: Any) -> str:
    """Return a message as the server writes it: its fields sorted, so that the name comes last."""
    return json.dumps({"data": data, "event": name})


@dataclass
class Talking:
    """A server that talks: where it is, the paths that were asked for, and what it was sent."""

    address: str
    paths: list[str] = field(default_factory=list)
    heard: list[str] = field(default_factory=list)


@contextmanager
def talking(talk: Talk, status: int = 101, certificate: Path | None = None, let_in: bool = True) -> Iterator[Talking]:
    """Let everybody in who shows something, then talk to them; or answer by another status."""

    def refused(connection: ServerConnection, request: Request) -> Response | None:
        here.paths.append(request.path)
        if status == 101:
            return None
        found = connection.respond(HTTPStatus(status), "<html>no</html>")
        if 300 <= status < 400:
            found.headers["Location"] = "https://login.example.org/?token=s3cret"
        return found

    def handle(connection: ServerConnection) -> None:
        here.heard.append(str(connection.recv()))
        if let_in:
            connection.send(LET_IN)
        talk(connection)

    tls = None
    if certificate:
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(certificate)
    with serve(handle, "127.0.0.1", 0, ssl=tls, process_request=refused, compression=None, close_timeout=0.2) as http:
        here = Talking(f"{'https' if certificate else 'http'}://127.0.0.1:{http.socket.getsockname()[1]}")
        thread = threading.Thread(target=http.serve_forever, daemon=True)
        thread.start()
        yield here
        http.shutdown()
    thread.join(30)


@contextmanager
def mute() -> Iterator[str]:
    """Listen at an address, and never say anything there."""
    with socket.create_server(("127.0.0.1", 0)) as door:
        yield f"http://127.0.0.1:{door.getsockname()[1]}"
