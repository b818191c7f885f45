"""The fake itself: who may do what, requests in, answers out, and what tests ask of it."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fakes.http.routes import Answer, Route
from fakes.http.server import FakeServer, Seen
from fakes.http.wire import Reply
from fakes.immich import albums, assets, extras, images, people, search, tags, workflows  # noqa: F401 (their routes)
from fakes.immich.answers import PUBLIC, Call, Refusal, routes
from fakes.immich.dump import dump
from fakes.immich.jobs import Jobs
from fakes.immich.recognition import Recognition
from fakes.immich.state import Asset, Key, State, User
from fakes.immich.user import UserActions

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


class FakeImmich(FakeServer, UserActions, Recognition):
    """An Immich on a free port of 127.0.0.1.

    Args:
        version: which one it is; may be set anew while it runs, as by an upgrade.
        seed: draws ids, the order of ties and which tags the race loses.
        tls: certificate and key file, for HTTPS.

    `job_delay_s` is how long a sidecar write and re-extraction take, `race` the chance that a tag call which comes in
    between is lost.
    """

    mount = "/api"

    def __init__(self, version: str = "3.1.0", seed: int = 0, tls: tuple[Path, Path] | None = None) -> None:
        super().__init__(tls)
        self.version = version
        self.state = State(seed)
        self.jobs = Jobs(self.state)
        self.maintenance = False
        self.features: set[str] = set()
        self.searched: dict[str, list[Asset]] = {}
        self.has_core_plugin = True
        self.calls_out = False
        """Whether a photo that is put on the server makes it call the webhooks of its user's workflows."""
        self.called: list[int | str] = []
        """What came of each webhook: a status, or what went wrong."""
        self.user = self.add_user("Admin", is_admin=True)
        self.key = self.add_key(PERMISSIONS)

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

    def idle(self) -> None:
        """Let all jobs be done, without the wait."""
        with self.lock:
            self.jobs.run()

    def dump(self) -> dict[str, Any]:
        """Return the whole state without ids, times and ETags, all jobs done."""
        with self.lock:
            self.jobs.run()
            return dump(self.state)

    def answer(self, seen: Seen) -> Answer:
        try:
            return self._answer(seen)
        except Refusal as refusal:
            return Answer(refusal.body(self.version_numbers[0], "fake0000"), refusal.status)

    def entrance(self, key: str | None = None) -> tuple[str, dict[str, str]]:
        return f"{self.url}/api", {"x-api-key": key or self.key}

    def error(self) -> Answer:
        return Answer(Refusal(500, "Internal server error").body(self.version_numbers[0], "fake0000"), 500)

    def encoded(self, reply: Reply, asked: Mapping[str, str]) -> bytes:
        """Return the body as the asker takes it: nothing where it has it already, packed where it wants that."""
        reply.headers |= {"ETag": f'"{len(reply.data):x}-{hashlib.sha1(reply.data).hexdigest()[:27]}"'}  # noqa: S324
        reply.headers |= {"Vary": "Accept-Encoding", "X-Correlation-ID": "fake0000"}
        if reply.status == 200 and asked.get("If-None-Match") == reply.headers["ETag"]:
            reply.status = 304
            return b""
        if len(reply.data) > 1024 and "gzip" in asked.get("Accept-Encoding", ""):
            reply.headers["Content-Encoding"] = "gzip"
            return gzip.compress(reply.data, 1)
        return reply.data

    def _answer(self, seen: Seen) -> Answer:
        if seen.path == "/.well-known/immich":
            return Answer({"api": {"endpoint": "/api"}})
        if not seen.path.startswith("/api"):
            return self._page(seen)
        found = routes.find(seen.method, seen.path.removeprefix("/api"), self.version_numbers)
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

    def _call(self, seen: Seen, known: Route[Call], params: dict[str, str]) -> Call:
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
