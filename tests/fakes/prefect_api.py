"""A stand-in of Prefect's server over real HTTP, for the two things we ask of it: make a flow run, say how it is."""

from __future__ import annotations

import base64
import json
import re
import socket
import threading
import uuid
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self

AUTH = "albumen:a-password-of-the-server"


@dataclass
class MadeRun:
    """A flow run that was asked for; `state` is what its state answers: type and name; `message` says why."""

    id: str
    parameters: dict[str, Any]
    key: str
    deployment: str
    state: tuple[str, str] = ("SCHEDULED", "Scheduled")
    message: str | None = None


@dataclass
class FakePrefect:
    """The server; `up` and `down` as often as a test likes, on the same port. Runs outlive that, as a database does.

    `says` is a status that every request is answered by, `loses` makes the server do what it is asked and not answer.
    """

    deployments: dict[str, str] = field(default_factory=lambda: {"ingest/on-upload": str(uuid.uuid4())})
    runs: dict[str, MadeRun] = field(default_factory=dict)
    begin_at_once: bool = False
    says: int = 0
    loses: bool = False
    asked: list[str] = field(default_factory=list)
    changed: threading.Condition = field(default_factory=threading.Condition)
    port: int = 0
    _http: ThreadingHTTPServer | None = None

    def __post_init__(self) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]

    def __enter__(self) -> Self:
        self.up()
        return self

    def __exit__(self, *exc: object) -> None:
        self.down()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}/api"

    def up(self) -> None:
        self._http = _Server(("127.0.0.1", self.port), type("Handler", (_Handler,), {"fake": self}))
        threading.Thread(target=self._http.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True).start()

    def down(self) -> None:
        if self._http:
            self._http.shutdown()
            self._http.server_close()
            self._http = None

    def list(self) -> list[MadeRun]:
        return list(self.runs.values())

    def become(self, run: MadeRun, kind: str, name: str = "") -> None:
        """Let a run be in another state."""
        with self.changed:
            run.state = (kind, name or kind.title())
            self.changed.notify_all()

    def await_runs(self, n: int) -> list[MadeRun]:
        """Wait until so many runs were made."""
        with self.changed:
            assert self.changed.wait_for(lambda: len(self.runs) >= n, 60), f"{len(self.runs)} of {n} runs were made"
        return self.list()

    def await_asked(self, what: str, times: int = 1) -> None:
        """Wait until a path was asked for so often from now on."""
        with self.changed:
            want = sum(what in one for one in self.asked) + times
            assert self.changed.wait_for(lambda: sum(what in one for one in self.asked) >= want, 60), self.asked

    def answer(self, method: str, path: str, headers: Any, body: Any) -> tuple[int, Any]:
        with self.changed:
            self.asked.append(f"{method} {path}")
            self.changed.notify_all()
            if self.says:
                return self.says, {"detail": "not now"}
            if headers.get("authorization") != f"Basic {base64.b64encode(AUTH.encode()).decode()}":
                return 401, {"exception_message": "Unauthorized"}
            if found := re.fullmatch(r"/api/deployments/name/(.+)", path):
                id_ = self.deployments.get(found[1])
                return (200, {"id": id_, "name": found[1]}) if id_ else (404, {"detail": "Deployment not found"})
            if found := re.fullmatch(r"/api/deployments/([0-9a-f-]{36})/create_flow_run", path):
                return 201, self._seen(self._make(found[1], body))
            if found := re.fullmatch(r"/api/flow_runs/([0-9a-f-]{36})", path):
                run = next((run for run in self.list() if run.id == found[1]), None)
                return (200, self._seen(run)) if run else (404, {"detail": "Flow run not found"})
            return 404, {"detail": "Not Found"}

    def _make(self, deployment: str, body: dict[str, Any]) -> MadeRun:
        key = body.get("idempotency_key") or uuid.uuid4().hex
        if key not in self.runs:
            run = MadeRun(str(uuid.uuid4()), body["parameters"], key, deployment)
            if self.begin_at_once:
                run.state = ("RUNNING", "Running")
            self.runs[key] = run
        return self.runs[key]

    def _seen(self, run: MadeRun) -> dict[str, Any]:
        kind, name = run.state
        return {
            "id": run.id,
            "state": {"type": kind, "name": name, "message": run.message},
            "parameters": run.parameters,
        }


class _Server(ThreadingHTTPServer):
    allow_reuse_address = True
    daemon_threads = True


class _Handler(BaseHTTPRequestHandler):
    fake: FakePrefect

    def do_GET(self) -> None:
        self._answer(None)

    def do_POST(self) -> None:
        self._answer(json.loads(self.rfile.read(int(self.headers["content-length"]))))

    def _answer(self, body: Any) -> None:
        status, said = self.fake.answer(self.command, self.path, self.headers, body)
        if self.fake.loses:
            self.connection.shutdown(socket.SHUT_RDWR)
            return
        data = json.dumps(said).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def log_message(self, *_: object) -> None:
        pass
