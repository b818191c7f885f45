"""Ask a fake PhotoPrism as its admin does, and get status and body."""

from __future__ import annotations

from typing import Any, Self

import httpx
from fakes.photoprism import FakePhotoPrism


class AskingPrism:
    """Ask the server as its admin, and return status and body."""

    def __init__(self, server: FakePhotoPrism) -> None:
        headers = {"Authorization": f"Bearer {server.token}"}
        self.client = httpx.Client(base_url=f"{server.url}/api/v1", headers=headers, timeout=30)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.client.close()

    def __call__(self, method: str, path: str, body: Any = None, **params: Any) -> tuple[int, Any]:
        answer = self.client.request(method, path, json=body, params=params)
        return answer.status_code, answer.json()

    def get(self, path: str, **params: Any) -> Any:
        status, body = self("GET", path, **params)
        assert status == 200, body
        return body

    def uids(self, **params: Any) -> set[str]:
        """Return the photos that a search finds."""
        return {row["UID"] for row in self.get("/photos", count=1000, primary="true", **params)}

    def hash_of(self, photo: str) -> str:
        return str(self.get(f"/photos/{photo}")["Files"][0]["Hash"])

    def make(self, title: str) -> str:
        """Make an album; return its UID."""
        status, album = self("POST", "/albums", {"Title": title})
        assert status == 201
        return str(album["UID"])

    def row(self, photo: str, name: str) -> dict[str, Any] | None:
        """Return a photo's row of a label."""
        rows = self.get(f"/photos/{photo}")["Labels"]
        return next((row for row in rows if row["Label"]["Name"] == name), None)
