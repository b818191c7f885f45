"""Who is let in, and to what: tokens and where they stand, scopes, roles, and the count of failures of an address."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from fakes.photoprism.answers import Refusal
from fakes.photoprism.records import Session, User
from fakes.photoprism.state import State

BAD_TOKENS = 60
"""Tokens that are not good before all from this address are refused; time wins them back, which no test waits for."""
LOGINS = 10
_SIGNED_SINCE = 260728
_FOR_ADMINS = frozenset({"labels", "people", "files"})
_READ = frozenset({"GET", "HEAD"})


@dataclass
class Access:
    """What the server remembers of who came, in memory: a restart loses the media tokens."""

    state: State
    is_public: bool = False
    bad_tokens: int = 0
    bad_logins: int = 0
    known_previews: set[str] = field(default_factory=set)
    """Preview tokens of users that a session has been seen of since the start."""
    downloads: set[str] = field(default_factory=set)

    def restart(self) -> None:
        """Forget what was in memory."""
        self.bad_tokens = self.bad_logins = 0
        self.known_previews.clear()
        self.downloads.clear()

    def session(self, headers: Mapping[str, str]) -> Session | None:
        """Return the session of a request's token; None without one, or with one that is not good."""
        token = token_of(headers)
        return self.session_of(token) if token else None

    def session_of(self, token: str) -> Session | None:
        if self.bad_tokens >= BAD_TOKENS:
            return None
        found = self.state.sessions.get(token)
        if found is None or found.expired:
            self.bad_tokens += 1
            return None
        if found.user:
            self.known_previews.add(found.user.preview_token)
        return found

    def let_in(self, headers: Mapping[str, str], method: str, resource: str) -> Session | None:
        """Return the session of a request that may do what it asks for; None in public mode, where all may."""
        if self.is_public:
            return None
        found = self.session(headers)
        if found is None:
            raise Refusal(401)
        if not may(found, resource, method):
            raise Refusal(403)
        return found

    def preview_token(self, user: User | None) -> str:
        return "public" if self.is_public else user.preview_token if user else ""

    def is_preview_token(self, token: str) -> bool:
        return token in ({"public"} if self.is_public else self.known_previews)

    def download_token(self, user: User | None, version: int) -> str:
        """Return a token for downloads: since 260728 another one each time."""
        if self.is_public or user is None:
            return "public" if self.is_public else ""
        token = self.state.new_text(20) if version >= _SIGNED_SINCE else f"d{user.preview_token}"
        self.downloads.add(token)
        return token

    def is_download_token(self, token: str) -> bool:
        return self.is_public or token in self.downloads


def token_of(headers: Mapping[str, str]) -> str:
    """Return a request's token, from the first of the headers that has one."""
    bearer = headers.get("authorization", "").partition(" ")
    plain = headers.get("x-auth-token") or headers.get("x-session-id")
    return plain or (bearer[2].strip() if bearer[0].lower() == "bearer" else "")


def may(session: Session, resource: str, method: str) -> bool:
    """Say whether scope and role of a session let it do this; one without a user is a client, which may do all."""
    is_read = method in _READ
    if not _is_in_scope(session.scope, resource, "read" if is_read else "write"):
        return False
    if session.user is None or session.user.role == "admin" or resource in {"sessions", "config"}:
        return True
    return is_read and resource not in _FOR_ADMINS


def _is_in_scope(scope: str, resource: str, verb: str) -> bool:
    """Say whether a scope has a resource and does not leave the verb out: "read" alone is every read."""
    words = set(scope.split())
    verbs, names = words & {"read", "write"}, words - {"read", "write"}
    if verbs and verb not in verbs:
        return False
    return "*" in names or resource in names or (bool(verbs) and not names)
