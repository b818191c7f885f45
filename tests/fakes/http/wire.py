"""HTTP as the servers speak it: keep-alive, upgrades to websockets, and connections that break as a fault wants."""

from __future__ import annotations

import json
import socket
import ssl
import struct
import time
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any

from fakes.http.faults import BAD_GATEWAY, ERROR_PAGE, Fault
from fakes.http.routes import Answer

if TYPE_CHECKING:
    from fakes.http.server import FakeServer

_METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


class Reply:
    """What goes over the wire: status, headers, bytes."""

    def __init__(self, status: int, headers: dict[str, str], data: bytes) -> None:
        self.status, self.headers, self.data = status, headers, data


def in_bytes(answer: Answer) -> Reply:
    """Put an answer into bytes; whatever is not bytes already is written in JSON."""
    if answer.is_empty or isinstance(answer.body, bytes):
        return Reply(answer.status, answer.headers, b"" if answer.is_empty else answer.body)
    data = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
    return Reply(answer.status, {"Content-Type": "application/json; charset=utf-8"} | answer.headers, data)


class Listener(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, fake: FakeServer, tls: tuple[Path, Path] | None) -> None:
        self.fake = fake
        self.open: set[socket.socket] = set()
        super().__init__(("127.0.0.1", 0), Handler)
        if tls:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(*tls)
            self.socket = context.wrap_socket(self.socket, server_side=True, do_handshake_on_connect=False)

    def handle_error(self, request: object, client_address: object) -> None:
        """Say nothing: clients that hang up or do not speak TLS are part of the tests."""

    def close_connections(self) -> None:
        """Hang up on everybody, as a server does that stops."""
        for connection in list(self.open):
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue


class Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: Listener

    def setup(self) -> None:
        self.timeout = self.server.fake.keep_alive_s
        super().setup()
        self.server.open.add(self.connection)

    def finish(self) -> None:
        self.server.open.discard(self.connection)
        super().finish()

    def log_message(self, *_: Any) -> None:
        pass

    def _serve(self) -> None:
        fake = self.server.fake
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        seen = fake.notice(self.command, self.path, headers, body)
        fault = fake.draw_fault(seen)
        if fault is None and headers.get("upgrade", "").lower() == "websocket" and fake.talk(self.connection, seen):
            self.close_connection = True
        elif fault is None:
            self._send(fake.reply(seen))
        else:
            seen.fault = fault.kind
            self._fail(fault, fake.reply(seen) if fault.takes_effect else None)

    def _send(self, reply: Reply, share: float = 1.0) -> None:
        data = reply.data
        if reply.headers.get("Content-Type", "").startswith("application/json"):
            data = self.server.fake.encoded(reply, self.headers)
        length = {} if reply.status in {204, 304} else {"Content-Length": str(len(data))}
        alive = {"Connection": "keep-alive", "Keep-Alive": f"timeout={self.timeout:.0f}"}
        head = {**reply.headers, **length, **alive}
        status = f"HTTP/1.1 {reply.status} {HTTPStatus(reply.status).phrase}\r\n"
        text = status + "".join(f"{name}: {value}\r\n" for name, value in head.items()) + "\r\n"
        payload = b"" if self.command == "HEAD" or reply.status in {204, 304} else data
        self.wfile.write(text.encode("latin-1") + payload[: int(len(payload) * share)])

    def _fail(self, fault: Fault, reply: Reply | None) -> None:
        """Break an answer; `reply` is what would have been said if the request took effect."""
        html = {"Content-Type": "text/html"}
        fixed = {
            "500": in_bytes(self.server.fake.error()),
            "502": Reply(502, html, BAD_GATEWAY),
            "429": Reply(429, html | {"Retry-After": self.server.fake.retry_after}, b"Too many requests"),
            "html": Reply(200, html, ERROR_PAGE),
            "login": Reply(302, html | {"Location": "/login?next=%2F"}, b""),
        }
        if fault.kind in fixed:
            self._send(fixed[fault.kind])
        elif fault.kind == "truncated" and reply is not None:
            self._truncate(fault, reply)
        else:
            self._hang_up(fault)

    def _truncate(self, fault: Fault, reply: Reply) -> None:
        """Send a part of the answer: JSON at times as if that were all, or with the connection closed in between."""
        kept = int(len(reply.data) * fault.share)
        if fault.share < 0.5 and "json" in reply.headers.get("Content-Type", ""):
            reply.data = reply.data[:kept]
            reply.headers.pop("ETag", None)
            self._send(reply)
            return
        self._send(reply, share=fault.share * 0.9)
        self.close_connection = True

    def _hang_up(self, fault: Fault) -> None:
        """Close without an answer: at once with a reset, or after a while."""
        if fault.kind == "timeout":
            time.sleep(self.server.fake.hold_s)
        else:
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.server.open.discard(self.connection)
        self.connection.close()
        self.close_connection = True


for _method in _METHODS:  # the names that `http.server` looks for
    setattr(Handler, f"do_{_method}", Handler._serve)
