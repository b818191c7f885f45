"""Ask a fake PhotoPrism as its admin does, and get status and body."""

from __future__ import annotations

from typing import Any

from fakes.asking import Asking


class AskingPrism(Asking):
    """Ask the server as its admin, or with another token, and return status and body; `params` are the query."""

    def __call__(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, **params: Any
    ) -> tuple[int, Any]:
        return super().__call__(method, path, body, params=params or None, headers=headers)

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
