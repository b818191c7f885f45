"""The websocket at /api/v1/ws: it says nothing to anybody but admins, and keeps nothing for those who are away."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from typing import Any

from fakes.http.server import Seen
from fakes.photoprism.access import Access
from websockets.frames import Frame, Opcode
from websockets.http11 import Request
from websockets.server import ServerProtocol

_PING_S = 15.0
_MOST_BYTES = 4096


@dataclass
class Line:
    """One client that is connected; it hears events once it has named the session of an admin."""

    socket: socket.socket
    protocol: ServerProtocol
    hears: bool = False
    lock: threading.Lock = field(default_factory=threading.Lock)

    def flush(self) -> None:
        """Send what the protocol has to send; b"" of it means that the line ends."""
        for data in self.protocol.data_to_send():
            if data:
                self.socket.sendall(data)
            else:
                self.socket.shutdown(socket.SHUT_WR)

    def say(self, event: str, data: dict[str, Any]) -> None:
        with self.lock:
            self.protocol.send_text(json.dumps({"event": event, "data": data}).encode())
            self.flush()


class Talks:
    """All clients that are connected, and what was said to them."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._lines: list[Line] = []
        self._changed = threading.Condition()

    def hold(self, handle: socket.socket, seen: Seen) -> None:
        """Shake hands with a client, and listen to it until the line ends."""
        line = Line(handle, ServerProtocol(max_size=_MOST_BYTES))
        handle.settimeout(_PING_S)
        try:
            _shake_hands(line, seen)
            with self._changed:
                self._lines.append(line)
            while data := _received(line):
                self._hear(line, data)
        except OSError:
            return  # the client hung up, which is the end of any line
        finally:
            with self._changed:
                self._lines = [one for one in self._lines if one is not line]
                self._changed.notify_all()

    def send(self, event: str, data: dict[str, Any]) -> None:
        """Send an event to all who may hear it; a line that is gone by now hears nothing."""
        with self._changed:
            hearing = [line for line in self._lines if line.hears]
        for line in hearing:
            try:
                line.say(event, data)
            except OSError:
                continue

    def listeners(self) -> int:
        """Return how many clients hear events now."""
        with self._changed:
            return sum(line.hears for line in self._lines)

    def wait_for(self, listeners: int, timeout_s: float = 30.0) -> bool:
        """Wait until so many clients hear events; False if that does not come."""
        with self._changed:
            return self._changed.wait_for(lambda: sum(x.hears for x in self._lines) == listeners, timeout_s)

    def end(self) -> None:
        """Hang up on all of them."""
        with self._changed:
            lines = list(self._lines)
        for line in lines:
            try:
                line.socket.shutdown(socket.SHUT_RDWR)
            except OSError:
                continue

    def _hear(self, line: Line, data: bytes) -> None:
        """Take in what a client sent: the token of its session, in JSON; anything else is passed over."""
        with line.lock:
            line.protocol.receive_data(data)
            events = line.protocol.events_received()
            line.flush()
        for event in events:
            if isinstance(event, Frame) and event.opcode is Opcode.TEXT:
                self._let_hear(line, event.data)

    def _let_hear(self, line: Line, text: bytes) -> None:
        try:
            token = str(json.loads(text).get("session", ""))
        except (ValueError, AttributeError):
            return
        found = self._access.session_of(token) if not self._access.is_public else None
        if found is None and not self._access.is_public:
            return
        line.say("config.updated", {"config": {"mode": "user"}})
        with self._changed:
            line.hears = self._access.is_public or bool(found and found.user and found.user.role == "admin")
            self._changed.notify_all()


def _shake_hands(line: Line, seen: Seen) -> None:
    head = f"GET {seen.path} HTTP/1.1\r\n" + "".join(f"{name}: {value}\r\n" for name, value in seen.headers.items())
    line.protocol.receive_data(f"{head}\r\n".encode("latin-1"))
    (request,) = line.protocol.events_received()
    assert isinstance(request, Request)
    line.protocol.send_response(line.protocol.accept(request))
    line.flush()


def _received(line: Line) -> bytes:
    """Return what comes next, b"" at the end of the line; a client that is silent is pinged."""
    while True:
        try:
            return line.socket.recv(4096)
        except TimeoutError:
            with line.lock:
                line.protocol.send_ping(b"")
                line.flush()
