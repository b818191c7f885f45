"""What every fake server is: it listens, writes requests down, lets some fail, and answers the others."""

from __future__ import annotations

import json
import socket
import threading
import traceback
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from fakes.http.contract import Contract
from fakes.http.faults import KINDS, Fault, Faults
from fakes.http.routes import Answer
from fakes.http.wire import Listener, Reply, in_bytes


@dataclass
class Seen:
    """A request as it came, and what became of it."""

    number: int
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any
    raw: bytes
    status: int = 0
    fault: str = ""


class FakeServer:
    """A server on a free port of 127.0.0.1; a kind of server says what it answers.

    `before_request` is called with method, path and number (from 1) before each request is served. `mount` is what the
    paths of its documents do not begin with, `undocumented` what they lack.
    """

    mount = ""
    undocumented: Mapping[str, Collection[str]] = MappingProxyType({})

    def __init__(self, tls: tuple[Path, Path] | None = None) -> None:
        self.lock = threading.RLock()
        self.requests: list[Seen] = []
        self.before_request: Callable[[str, str, int], object] | None = None
        self.keep_alive_s = 5.0
        self.contracts: list[Contract] = []
        self.violations: list[str] = []
        self.crashes: list[str] = []
        """Errors of the fake itself; leaving it raises them."""
        self._faults: Faults | None = None
        self._tls = tls
        self._listener: Listener | None = None

    def answer(self, seen: Seen) -> Answer:
        """Answer a request, refusals included; what is raised is an error of the fake."""
        raise NotImplementedError

    def entrance(self, key: str | None = None) -> tuple[str, dict[str, str]]:
        """Return the address of the API, and the headers that let a key in, the user's own if none is given."""
        raise NotImplementedError

    def error(self) -> Answer:
        """Return what this kind of server says when it failed."""
        raise NotImplementedError

    def encoded(self, reply: Reply, asked: Mapping[str, str]) -> bytes:
        """Return the bytes of an answer in JSON, as a request with these headers gets them; may change the reply."""
        return reply.data

    def talk(self, line: socket.socket, seen: Seen) -> bool:
        """Go over to the websocket protocol on a connection, until it ends; False where there is none."""
        return False

    def __enter__(self) -> Self:
        self._listener = Listener(self, self._tls)
        threading.Thread(target=self._listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return self

    def __exit__(self, *exc: object) -> None:
        assert self._listener
        self._listener.shutdown()
        self._listener.server_close()
        self._listener.close_connections()
        assert not self.crashes, "the fake is broken:\n" + "\n".join(self.crashes)

    @property
    def url(self) -> str:
        assert self._listener, "the server is not running: use it in a with statement"
        return f"http{'s' if self._tls else ''}://127.0.0.1:{self._listener.server_port}"

    @property
    def retry_after(self) -> str:
        return self._faults.retry_after if self._faults else "0"

    @property
    def hold_s(self) -> float:
        return self._faults.hold_s if self._faults else 0.0

    def faults(self, seed: int, rate: float = 0.1, kinds: Iterable[str] = KINDS, **more: Any) -> None:
        """Let a share of the requests fail from now on; rate 0 ends it. `more` are further fields of `Faults`."""
        self._faults = Faults(seed, rate, tuple(kinds), **more) if rate else None

    def validate_with(self, *documents: Path) -> None:
        """Hold every request from now on against OpenAPI documents; what does not fit goes to `violations`."""
        self.contracts = [Contract(path, self.undocumented) for path in documents]

    def hang_up(self) -> None:
        """Close every connection, as a server does that stops."""
        assert self._listener
        self._listener.close_connections()

    def notice(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Seen:
        """Write down a request before anything is done with it."""
        parts = urlsplit(target)
        with self.lock:
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            number = len(self.requests) + 1
            seen = Seen(number, method, parts.path, query, headers, _loosely(body), body)
            self.requests.append(seen)
            for contract in self.contracts:
                documented = seen.path.removeprefix(self.mount)
                self.violations += contract.complaints(seen.method, documented, seen.query, seen.body)
        if self.before_request:
            self.before_request(method, parts.path, number)
        return seen

    def draw_fault(self, seen: Seen) -> Fault | None:
        with self.lock:
            request = f"{seen.method} {seen.path} {seen.query} {seen.raw!r}"
            return self._faults.draw(request) if self._faults else None

    def reply(self, seen: Seen) -> Reply:
        """Serve a request and put its answer into bytes."""
        try:
            answer = self.answer(seen)
        except Exception:
            self.crashes.append(f"{seen.method} {seen.path} {seen.body}\n{traceback.format_exc()}")
            answer = self.error()
        seen.status = answer.status
        return in_bytes(answer)


def _loosely(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body
