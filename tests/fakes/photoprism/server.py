"""The fake itself: requests in, answers out, and what tests ask of it."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from fakes.http.routes import Answer
from fakes.http.server import FakeServer, Seen
from fakes.photoprism import media, photos, search, sessions  # noqa: F401 (their routes)
from fakes.photoprism.access import Access
from fakes.photoprism.answers import PUBLIC, Call, Refusal, routes
from fakes.photoprism.dump import dump
from fakes.photoprism.records import Session, User
from fakes.photoprism.state import State
from fakes.photoprism.talking import Talks
from fakes.photoprism.undocumented import UNDOCUMENTED
from fakes.photoprism.uploads import Uploads
from fakes.photoprism.user import UserActions

FEATURES = ("albums", "archive", "batchEdit", "favorites", "labels", "people", "places", "private", "review", "videos")
_BUSY = ("/markers", "/subjects", "/batch/photos/edit")
"""What one mutex for all of the server lets only one request at a time do."""
PASSWORD = "correct horse"  # noqa: S105 (the fake's own)


class FakePhotoPrism(Uploads, UserActions, FakeServer):
    """A PhotoPrism on a free port of 127.0.0.1.

    Args:
        version: which one it is, as in "260919"; may be set anew while it runs, as by an upgrade.
        seed: draws UIDs, hashes and tokens.
        public: whether everybody is the admin.
        sub_path: where it is below the address, as in "/photos".
        tls: certificate and key file, for HTTPS.

    `token` is an app password of the admin, whose name is `admin` and whose password is `PASSWORD`. `locked` is how
    many of the next writes the database refuses, `busy` how many of the next writes of people or batches come while
    another is under way, `indexing` how many photos come in while searches are answered, one before each. `features`
    are the settings that switch things off. `thumb_size` is the largest size of a preview that is there.
    """

    undocumented = UNDOCUMENTED

    def __init__(
        self,
        version: str = "260919",
        seed: int = 0,
        public: bool = False,
        sub_path: str = "",
        tls: tuple[Path, Path] | None = None,
    ) -> None:
        super().__init__(tls)
        self.version = version
        self.mount = self.sub_path = sub_path
        self.state = State(seed)
        self.access = Access(self.state, public)
        self.talks = Talks(self.access)
        self.features = dict.fromkeys(FEATURES, True)
        self.locked = 0
        self.busy = 0
        self.indexing = 0
        self.thumb_size = 1920
        self.searched: dict[str, list[Any]] = {}
        self.admin = self.add_user("admin", password=PASSWORD)
        self.token = self.add_token()

    @property
    def public(self) -> bool:
        return self.access.is_public

    @property
    def url(self) -> str:
        return super().url + self.sub_path

    def __exit__(self, *exc: object) -> None:
        self.talks.end()
        super().__exit__(*exc)

    def add_user(self, name: str, role: str = "admin", password: str = "", passcode: str = "") -> User:
        """Add an account; with a passcode its logins need that second factor."""
        made = User(self.state.new_uid("u"), name, role, password, passcode, self.state.new_text(8))
        self.state.users[made.uid] = made
        return made

    def add_token(self, scope: str = "*", user: User | None = None) -> str:
        """Make an app password of a user, the admin if none is given, and return it."""
        token = "-".join(self.state.new_text(6) for _ in range(4))
        self.state.sessions[token] = Session(token, user or self.admin, scope)
        return token

    def add_access_token(self, scope: str = "*") -> str:
        """Make an access token that belongs to no user, and return it."""
        token = self.state.new_text(48, "0123456789abcdef")
        self.state.sessions[token] = Session(token, None, scope, "client")
        return token

    def expire(self, token: str) -> None:
        with self.lock:
            self.state.sessions[token].expired = True

    def rotate_preview_token(self, user: User | None = None) -> str:
        """Give a user another preview token, as with another password, and return it."""
        with self.lock:
            who = user or self.admin
            self.access.known_previews.discard(who.preview_token)
            who.preview_token = self.state.new_text(8)
            return who.preview_token

    def restart(self) -> None:
        """Lose what is in memory: previews need an authenticated request again, and listeners have to come back."""
        with self.lock:
            self.access.restart()
        self.talks.end()
        self.hang_up()

    def emit(self, event: str, data: dict[str, Any] | None = None) -> None:
        """Send an event to all who listen and may hear it."""
        self.talks.send(event, data or {})

    def dump(self) -> dict[str, Any]:
        """Return the whole state without ids, times and tokens."""
        with self.lock:
            return dump(self.state)

    def media_headers(self, call: Call) -> dict[str, str]:
        """Return the tokens that every list comes with."""
        user = call.session.user if call.session else self.admin
        token = self.access.download_token(user, call.version)
        return {"X-Preview-Token": self.access.preview_token(user), "X-Download-Token": token}

    def talk(self, line: socket.socket, seen: Seen) -> bool:
        is_there = seen.path == f"{self.sub_path}/api/v1/ws"
        if is_there:
            seen.status = 101
            self.talks.hold(line, seen)
        return is_there

    def answer(self, seen: Seen) -> Answer:
        try:
            return self._answer(seen)
        except Refusal as refusal:
            return Answer(refusal.body(), refusal.status)

    def entrance(self, key: str | None = None) -> tuple[str, dict[str, str]]:
        return f"{self.url}/api/v1", {"Authorization": f"Bearer {key or self.token}"}

    def error(self) -> Answer:
        return Answer(Refusal(500).body(), 500)

    def _answer(self, seen: Seen) -> Answer:
        api = f"{self.sub_path}/api/v1"
        if not seen.path.startswith(f"{api}/"):
            return self._page(seen)
        path = seen.path.removeprefix(api)
        found = routes.find(seen.method, path, int(self.version[:6]))
        if found is None:
            raise Refusal(404)
        known, params = found
        with self.lock:
            resource = known.permission or PUBLIC
            is_open = resource == PUBLIC
            session = None if is_open else self.access.let_in(seen.headers, seen.method, resource)
            self._stumble(seen.method, path)
            plain = {name: unquote(value) for name, value in params.items()}
            call = Call(self, self.state, session, seen.method, path, plain, seen.query, _json(seen), seen.headers)
            if not known.draws:
                return known.handler(call)
        return known.handler(call)  # a picture takes long to draw, and changes nothing

    def _stumble(self, method: str, path: str) -> None:
        """Refuse a write that the database or another write is in the way of."""
        if method in {"GET", "HEAD"}:
            return
        if self.locked:
            self.locked -= 1
            raise Refusal(500, details="database is locked")
        if self.busy and path.startswith(_BUSY):
            self.busy -= 1
            raise Refusal(429)

    def _page(self, seen: Seen) -> Answer:
        """Answer outside of the API, where the web pages are, or outside of the path that the server is below."""
        is_home = seen.path in {f"{self.sub_path}/", f"{self.sub_path}/library/login"}
        text = b"<!doctype html><html><title>PhotoPrism</title></html>" if is_home else b"404 page not found"
        return Answer(text, 200 if is_home else 404, {"Content-Type": "text/html; charset=utf-8"})


def _json(seen: Seen) -> Any:
    """Return the body as the server understands it: one that is no JSON, or not said to be, cannot be bound."""
    if seen.method in {"GET", "HEAD"} or not seen.raw:
        return None
    if "json" not in seen.headers.get("content-type", "") or isinstance(seen.body, bytes):
        raise Refusal(400)
    return seen.body
