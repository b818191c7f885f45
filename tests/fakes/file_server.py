"""A server on this machine that gives one file over real HTTP, and can do whatever servers do wrong with it."""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


@dataclass
class FileServer:
    """What is given, and how; `asked` holds the headers of each request.

    `cut_at` and `pause_at` are bytes of an answer after which the connection is closed, or nothing is sent until
    `go_on` is set; each of them holds once. `statuses` are given first, one a request.
    """

    data: bytes
    etag: str = '"one"'
    modified: str = ""
    content_type: str = "application/octet-stream"
    encoding: str = ""
    ranges: bool = True
    if_range: bool = True
    says_length: bool = True
    wrong_range: bool = False
    cut_at: int | None = None
    pause_at: int | None = None
    redirect_to: str = ""
    statuses: list[int] = field(default_factory=list)
    asked: list[dict[str, str]] = field(default_factory=list)
    go_on: threading.Event = field(default_factory=threading.Event)
    paused: threading.Event = field(default_factory=threading.Event)
    address: str = ""

    @property
    def url(self) -> str:
        return f"{self.address}/file"

    def first_bytes(self) -> list[int]:
        """Return the byte from which on each request asked."""
        return [int(asked.get("range", "bytes=0-")[6:-1]) for asked in self.asked]


@contextmanager
def serving(server: FileServer) -> Iterator[FileServer]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            server.asked.append({name.lower(): value for name, value in self.headers.items()})
            _answer(self, server)

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.address = f"http://127.0.0.1:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield server
    finally:
        server.go_on.set()
        http.shutdown()
        http.server_close()
        thread.join()


def _answer(request: BaseHTTPRequestHandler, server: FileServer) -> None:
    status = server.statuses.pop(0) if server.statuses else 200
    if status != 200 or (server.redirect_to and request.path == "/file"):
        request.send_response(status if status != 200 else 302)
        request.send_header("Location", server.redirect_to or "/elsewhere")
        request.send_header("Content-Length", "0")
        request.end_headers()
        return
    first = _first(request, server)
    if first > len(server.data):
        request.send_error(416)
        return
    body = server.data[first:]
    request.send_response(206 if first else 200)
    headers = {"ETag": server.etag, "Last-Modified": server.modified, "Content-Type": server.content_type}
    headers["Content-Encoding"] = server.encoding
    headers["Content-Length"] = str(len(body)) if server.says_length else ""
    if first:
        said = first + 7 if server.wrong_range else first
        headers["Content-Range"] = f"bytes {said}-{len(server.data) - 1}/{len(server.data)}"
    for name, value in headers.items():
        if value:
            request.send_header(name, value)
    request.end_headers()
    _send(request, server, body)


def _first(request: BaseHTTPRequestHandler, server: FileServer) -> int:
    asked = re.fullmatch(r"bytes=(\d+)-", request.headers.get("Range", ""))
    same = request.headers.get("If-Range") in {server.etag, server.modified} or not server.if_range
    return int(asked[1]) if asked and server.ranges and same else 0


def _send(request: BaseHTTPRequestHandler, server: FileServer, body: bytes) -> None:
    stops = [stop for stop in (server.cut_at, server.pause_at) if stop is not None]
    until = min(stops, default=len(body))
    cut, server.cut_at = server.cut_at, None
    pause, server.pause_at = server.pause_at, None
    try:
        request.wfile.write(body[:until])
        if pause is not None:
            server.paused.set()
            server.go_on.wait(30)
        if cut is None:
            request.wfile.write(body[until:])
        else:
            time.sleep(0.01)  # what was sent is read before the connection is gone
    except OSError:
        pass  # the client has gone
    request.close_connection = True
