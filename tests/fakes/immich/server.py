"""The fake itself: who may do what, requests in, answers out, and what tests ask of it."""

from __future__ import annotations

import json
import re
import threading
import traceback
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self
from urllib.parse import parse_qsl, unquote, urlsplit

from fakes.immich import albums, assets, extras, images, people, search, tags, workflows  # noqa: F401 (their routes)
from fakes.immich.answers import PUBLIC, Answer, Call, Refusal, Route, find
from fakes.immich.contract import Contract
from fakes.immich.dump import dump
from fakes.immich.faults import KINDS, Fault, Faults
from fakes.immich.jobs import Jobs
from fakes.immich.recognition import Recognition
from fakes.immich.state import Asset, Key, State, User
from fakes.immich.user import UserActions
from fakes.immich.wire import Listener, Reply

PERMISSIONS = [
    "asset.read",
    "asset.view",
    "asset.statistics",
    "album.read",
    "tag.read",
    "person.read",
    "face.read",
    "user.read",
    "album.create",
    "album.update",
    "album.delete",
    "albumAsset.create",
    "albumAsset.delete",
    "tag.create",
    "tag.asset",
    "tag.delete",
    "person.create",
    "person.update",
    "person.delete",
    "face.create",
    "clusterGroup.read",
    "face.update",
    "face.delete",
    "stack.read",
    "memory.read",
    "sharedLink.read",
    "activity.read",
    "userPreference.read",
    "partner.read",
]
_IN_MAINTENANCE = ("/server/config", "/server/version", "/server/ping", "/server/features", "/public/config")
_TOO_LARGE = 10 * 1024 * 1024


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


class FakeImmich(UserActions, Recognition):
    """An Immich on a free port of 127.0.0.1.

    Args:
        version: which one it is; may be set anew while it runs, as by an upgrade.
        seed: draws ids, the order of ties and which tags the race loses.
        tls: certificate and key file, for HTTPS.

    `job_delay_s` is how long a sidecar write and re-extraction take, `race` the chance that a tag call which comes in
    between is lost. `before_request` is called with method, path and number (from 1) before each request is served.
    """

    def __init__(self, version: str = "3.1.0", seed: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        self.version = version
        self.state = State(seed)
        self.jobs = Jobs(self.state)
        self.lock = threading.RLock()
        self.requests: list[Seen] = []
        self.before_request: Callable[[str, str, int], object] | None = None
        self.maintenance = False
        self.keep_alive_s = 5.0
        self.features: set[str] = set()
        self.searched: dict[str, list[Asset]] = {}
        self.has_core_plugin = True
        self.calls_out = False
        """Whether a photo that is put on the server makes it call the webhooks of its user's workflows."""
        self.called: list[int | str] = []
        """What came of each webhook: a status, or what went wrong."""
        self.contracts: list[Contract] = []
        self.violations: list[str] = []
        self.crashes: list[str] = []
        """Errors of the fake itself; leaving it raises them."""
        self._faults: Faults | None = None
        self._tls = tls
        self._listener: Listener | None = None
        self.user = self.add_user("Admin", is_admin=True)
        self.key = self.add_key(PERMISSIONS)

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
    def version_numbers(self) -> tuple[int, int, int]:
        major, minor, patch = (int(part) for part in self.version.split("."))
        return major, minor, patch

    @property
    def job_delay_s(self) -> float:
        return self.jobs.delay_s

    @job_delay_s.setter
    def job_delay_s(self, seconds: float) -> None:
        self.jobs.delay_s = seconds

    @property
    def race(self) -> float:
        return self.jobs.race

    @race.setter
    def race(self, chance: float) -> None:
        self.jobs.race = chance

    @property
    def retry_after(self) -> str:
        return self._faults.retry_after if self._faults else "0"

    @property
    def hold_s(self) -> float:
        return self._faults.hold_s if self._faults else 0.0

    def faults(self, seed: int, rate: float = 0.1, kinds: Iterable[str] = KINDS, **more: Any) -> None:
        """Let a share of the requests fail from now on; rate 0 ends it. `more` are further fields of `Faults`."""
        self._faults = Faults(seed, rate, tuple(kinds), **more) if rate else None

    def idle(self) -> None:
        """Let all jobs be done, without the wait."""
        with self.lock:
            self.jobs.run()

    def dump(self) -> dict[str, Any]:
        """Return the whole state without ids, times and ETags, all jobs done."""
        with self.lock:
            self.jobs.run()
            return dump(self.state)

    def validate_with(self, *openapi: Path) -> None:
        """Hold every request from now on against OpenAPI documents; what does not fit goes to `violations`."""
        self.contracts = [Contract(path) for path in openapi]

    def notice(self, method: str, target: str, headers: dict[str, str], body: bytes) -> Seen:
        """Write down a request before anything is done with it."""
        parts = urlsplit(target)
        with self.lock:
            query = dict(parse_qsl(parts.query, keep_blank_values=True))
            number = len(self.requests) + 1
            seen = Seen(number, method, parts.path, query, headers, _loosely(body), body)
            self.requests.append(seen)
            for contract in self.contracts:
                self.violations += contract.complaints(seen.method, seen.path, seen.query, seen.body)
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
            answer = self._answer(seen)
        except Refusal as refusal:
            answer = Answer(refusal.body(self.version_numbers[0], "fake0000"), refusal.status)
        except Exception:
            self.crashes.append(f"{seen.method} {seen.path} {seen.body}\n{traceback.format_exc()}")
            answer = Answer(Refusal(500, "Internal server error").body(self.version_numbers[0], "fake0000"), 500)
        seen.status = answer.status
        if answer.is_empty or isinstance(answer.body, bytes):
            return Reply(answer.status, answer.headers, b"" if answer.is_empty else answer.body)
        data = json.dumps(answer.body, ensure_ascii=False, separators=(",", ":")).encode()
        return Reply(answer.status, {"Content-Type": "application/json; charset=utf-8"} | answer.headers, data)

    def _answer(self, seen: Seen) -> Answer:
        if seen.path == "/.well-known/immich":
            return Answer({"api": {"endpoint": "/api"}})
        if not seen.path.startswith("/api"):
            return self._page(seen)
        found = find(seen.method, seen.path.removeprefix("/api"), self.version_numbers)
        if found is None or (self.maintenance and not seen.path.startswith(tuple(f"/api{p}" for p in _IN_MAINTENANCE))):
            raise Refusal(404, f"Cannot {seen.method} {seen.path}")
        if bad := re.search(r"%(?![0-9A-Fa-f]{2}).{0,2}", seen.path):
            raise Refusal(400, f"Failed to decode param '{bad[0]}'")
        known, params = found
        with self.lock:
            self.jobs.run(self.state.now())
            call = self._call(seen, known, params)
            if not known.draws:
                self._note_write(seen)
                return known.handler(call)
        return known.handler(call)  # a picture takes long to draw, and changes nothing

    def _page(self, seen: Seen) -> Answer:
        """Answer outside of /api, where the web pages are."""
        if "json" in seen.headers.get("accept", ""):
            message = f"The route {seen.path} was requested as application/json, but only returns text/html"
            raise Refusal(406, message)
        return Answer(b"<!doctype html><html><title>Immich</title></html>", headers={"Content-Type": "text/html"})

    def _note_write(self, seen: Seen) -> None:
        if seen.method not in {"GET", "HEAD"} and not seen.path.startswith("/api/search"):
            self.state.revision += 1

    def _call(self, seen: Seen, known: Route, params: dict[str, str]) -> Call:
        key = None if known.permission == PUBLIC else self._let_in(seen, known.permission)
        body = _json(seen) if seen.method not in {"GET", "HEAD"} else None
        plain = {name: unquote(value) for name, value in params.items()}
        return Call(self, self.state, key, seen.method, seen.path, plain, seen.query, body, seen.headers)

    def _let_in(self, seen: Seen, permission: str | None) -> Key:
        if "authorization" in seen.headers:
            raise Refusal(401, "Invalid user token")
        secret = seen.headers.get("x-api-key") or seen.query.get("apiKey")
        if not secret:
            raise Refusal(401, "Authentication required")
        key = self.state.keys.get(secret)
        if key is None:
            raise Refusal(401, "Invalid API key")
        if permission and not key.may(permission):
            raise Refusal(403, f"Missing required permission: {permission}")
        return key

    def add_user(self, name: str, is_admin: bool = False) -> User:
        email = f"{name.lower()}@immich.local"
        color = "green" if is_admin else "pink"
        user = User(self.state.new_id(), name, email, self.state.now(), is_admin, color)
        self.state.users[user.id] = user
        return user

    def add_key(self, permissions: Iterable[str], user: User | None = None, name: str = "Albumen") -> str:
        """Make a key with these permissions, and return its secret."""
        secret = (self.state.new_id() + self.state.new_id()).replace("-", "")[:43]
        made = Key(self.state.new_id(), secret, user or self.user, tuple(permissions), self.state.now(), name)
        self.state.keys[secret] = made
        return secret

    def revoke(self, secret: str) -> None:
        with self.lock:
            del self.state.keys[secret]


def _json(seen: Seen) -> Any:
    """Return the body as the server understands it: nothing unless it is said to be JSON."""
    if len(seen.raw) > _TOO_LARGE:
        raise Refusal(500, "Internal server error")
    if "json" not in seen.headers.get("content-type", "") or not seen.raw:
        return None
    try:
        return json.loads(seen.raw.decode("utf-8-sig"))
    except ValueError as problem:
        raise Refusal(400, str(problem)) from problem


def _loosely(body: bytes) -> Any:
    try:
        return json.loads(body) if body else None
    except ValueError:
        return body
