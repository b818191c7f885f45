"""Requests and answers inside the fake: what a route gets, what it gives, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes.http.routes import Answer, Routes

if TYPE_CHECKING:
    from fakes.immich.server import FakeImmich
    from fakes.immich.state import Key, State, User

__all__ = ["PUBLIC", "Answer", "Call", "Refusal", "route", "routes"]

_NAMES = {400: "Bad Request", 401: "Unauthorized", 403: "Forbidden", 404: "Not Found", 500: "Internal Server Error"}


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


PUBLIC = "public"
"""The permission of a route that asks for no key; without a permission, a route asks for any key."""
routes: Routes[Call] = Routes()
route = routes.route
"""Register a handler: methods, path below /api, permission, first version."""
