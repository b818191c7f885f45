"""Requests and answers inside the fake: what a route gets, what it gives, and how it refuses."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from fakes.immich.server import FakeImmich
    from fakes.immich.state import Key, State, User

_NAMES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error"}


@dataclass
class Answer:
    """Status, body (JSON, or bytes as they are) and headers."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_empty: bool = False


class Refusal(Exception):
    """An error that the server answers with."""

    def __init__(self, status: int, message: str, issues: list[dict[str, Any]] | None = None) -> None:
        super().__init__(message)
        self.status, self.message, self.issues = status, message, issues

    def body(self, major: int, correlation: str) -> dict[str, Any]:
        """Return the body of versions before 3, or of 3 and later."""
        if major >= 3:
            errors = [{k: v for k, v in issue.items() if k != "old"} for issue in self.issues or ()]
            return {"message": self.message} | ({"errors": errors} if errors else {})
        message: Any = [i["old"] for i in self.issues] if self.issues is not None else self.message
        return {
            "message": message,
            "error": _NAMES.get(self.status, "Error"),
            "statusCode": self.status,
            "correlationId": correlation,
        }


@dataclass
class Call:
    """One request that was let in: who asks, and what."""

    server: FakeImmich
    state: State
    key: Key | None
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    body: Any
    headers: dict[str, str]

    @property
    def user(self) -> User:
        assert self.key is not None
        return self.key.user

    @property
    def id(self) -> str:
        return self.params["id"]

    @property
    def version(self) -> tuple[int, int, int]:
        return self.server.version_numbers

    @property
    def is_new(self) -> bool:
        """Whether the server is 3.0 or later."""
        return self.version >= (3, 0, 0)


@dataclass(frozen=True)
class Route:
    method: str
    pattern: re.Pattern[str]
    permission: str | None
    handler: Callable[[Call], Answer]
    since: tuple[int, int, int]
    draws: bool
    """Whether it draws a picture, which takes long."""


ROUTES: list[Route] = []
PUBLIC = "public"


def route(
    methods: str,
    path: str,
    permission: str | None = None,
    since: tuple[int, int, int] = (0, 0, 0),
    draws: bool = False,
) -> Callable[[Callable[[Call], Answer]], Callable[[Call], Answer]]:
    """Register a handler; `permission` None asks for any key, PUBLIC for none at all."""
    pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "/?")

    def register(handler: Callable[[Call], Answer]) -> Callable[[Call], Answer]:
        ROUTES.extend(Route(m, pattern, permission, handler, since, draws) for m in methods.split())
        return handler

    return register


def find(method: str, path: str, version: tuple[int, int, int]) -> tuple[Route, dict[str, str]] | None:
    """Return the route of a path below /api, and the path's parts."""
    for known in ROUTES:
        if known.method == method and version >= known.since and (match := known.pattern.fullmatch(path)):
            return known, match.groupdict()
    return None
