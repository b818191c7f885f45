"""Requests and answers inside the fake: what a route gets, what it gives, and how it refuses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from fakes.http.routes import Answer, Routes

if TYPE_CHECKING:
    from fakes.photoprism.server import FakePhotoPrism
    from fakes.photoprism.state import Session, State, User

__all__ = ["PUBLIC", "Answer", "Call", "Refusal", "acknowledged", "route", "routes"]

_TEXTS = {
    400: "Unable to do that",
    401: "Please log in to your account",
    403: "Permission denied",
    404: "Not found",
    429: "Busy, please try again later",
    500: "Changes could not be saved",
}
PUBLIC = "public"
"""The permission of a route that asks for no session."""


class Refusal(Exception):
    """An error that the server answers with; its text is localised, so that only the status says anything."""

    def __init__(self, status: int, message: str = "", **more: Any) -> None:
        super().__init__(message or _TEXTS.get(status, "Error"))
        self.status, self.more = status, more

    def body(self) -> dict[str, Any]:
        return {"code": self.status, "error": str(self)} | self.more


@dataclass
class Call:
    """One request that was let in: who asks, and what; `session` is None in public mode and on public routes."""

    server: FakePhotoPrism
    state: State
    session: Session | None
    method: str
    path: str
    params: dict[str, str]
    query: dict[str, str]
    body: Any
    headers: dict[str, str]

    @property
    def user(self) -> User:
        """Who asks: in public mode the admin."""
        user = self.session.user if self.session else self.server.admin
        if user is None:
            raise Refusal(400)
        return user

    @property
    def uid(self) -> str:
        return self.params["uid"]

    @property
    def version(self) -> int:
        return int(self.server.version[:6])

    def form(self) -> dict[str, Any]:
        """Return the body as an object; whatever else it is cannot be bound to a form."""
        if not isinstance(self.body, dict):
            raise Refusal(400)
        return self.body

    def whole(self, name: str, default: int | None = None) -> int:
        """Return a query parameter that is a whole number; one that is needed and missing is a bad request."""
        text = self.query.get(name, "")
        if text.lstrip("-").isdigit():
            return int(text)
        if default is None or text:
            raise Refusal(400)
        return default

    def says(self, name: str) -> bool:
        """Say whether a query parameter is true, as the server's forms take it."""
        return self.query.get(name, "").lower() in {"true", "1", "t"}


def acknowledged(message: str, **more: Any) -> Answer:
    """Answer that something was done, in the server's usual words."""
    return Answer({"code": 200, "message": message} | more)


routes: Routes[Call] = Routes()
route = routes.route
"""Register a handler: methods, path below /api/v1, resource ("photos", "files", "people", …, PUBLIC for none)."""
