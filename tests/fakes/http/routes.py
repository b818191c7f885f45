"""Which function of a fake server answers which request."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

C = TypeVar("C")
"""What a handler is called with."""


@dataclass
class Answer:
    """Status, body (JSON, or bytes as they are) and headers."""

    body: Any = None
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    is_empty: bool = False


@dataclass(frozen=True)
class Route(Generic[C]):
    method: str
    pattern: re.Pattern[str]
    permission: str | None
    handler: Callable[[C], Answer]
    since: Any
    """The first version that has it; None for all of them."""
    draws: bool
    """Whether it draws a picture, which takes long and changes nothing."""


class Routes(Generic[C]):
    """The routes of one fake server, in the order in which they were registered."""

    def __init__(self) -> None:
        self.all: list[Route[C]] = []

    def route(
        self, methods: str, path: str, permission: str | None = None, since: Any = None, draws: bool = False
    ) -> Callable[[Callable[[C], Answer]], Callable[[C], Answer]]:
        """Register a handler for methods, "GET HEAD", and a path whose parts in braces become parameters."""
        pattern = re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[^/]+)", path) + "/?")

        def register(handler: Callable[[C], Answer]) -> Callable[[C], Answer]:
            self.all.extend(Route(m, pattern, permission, handler, since, draws) for m in methods.split())
            return handler

        return register

    def find(self, method: str, path: str, version: Any) -> tuple[Route[C], dict[str, str]] | None:
        """Return the route of a path at a version, and the path's parts."""
        for known in self.all:
            is_there = known.method == method and (known.since is None or version >= known.since)
            if is_there and (match := known.pattern.fullmatch(path)):
                return known, match.groupdict()
        return None
