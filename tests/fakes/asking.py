"""Ask a fake server as a user's key does, and get status and body."""

from __future__ import annotations

from typing import Any, Self

import httpx
from fakes.http.server import FakeServer


class Asking:
    """Ask a server as its user, and return status and body."""

    def __init__(self, server: FakeServer, key: str | None = None) -> None:
        address, headers = server.entrance(key)
        self.client = httpx.Client(base_url=address, headers=headers, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.client.close()

    def __call__(self, method: str, path: str, body: Any = None, **more: Any) -> tuple[int, Any]:
        answer = self.client.request(method, path, json=body, **more)
        is_json = answer.headers.get("content-type", "").startswith("application/json")
        return answer.status_code, answer.json() if is_json and answer.content else answer.content
