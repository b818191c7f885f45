"""Recorded exchanges with a real server, replayed against the fake: ids mapped, shapes and values compared."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
from fakes.immich import FakeImmich

UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)")
_FOLDERS = re.compile(r"/[0-9a-f]{2}/[0-9a-f]{2}/")
_WHEN_SERVED = {"createdAt", "updatedAt", "profileChangedAt", "lastModifiedAssetTimestamp"}
"""Times at which the server was asked, which no other run has."""
_FIELDS = {
    "thumbhash": "thumbhash",
    "originalPath": "path",
    "originalMimeType": "mime",
    "type": "type",
    "checksum": "checksum",
    "width": "width",
    "height": "height",
    "duration": "duration_ms",
    "libraryId": "library",
    "isOffline": "offline",
    "isEdited": "edited",
    "duplicateId": "duplicate",
    "livePhotoVideoId": "live_video",
}


@dataclass(frozen=True)
class Exchange:
    n: int
    case: str
    method: str
    url: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any
    kind: str
    """Content type of the answer, without its parameters."""


def read_exchanges(path: Path) -> list[Exchange]:
    """Return the exchanges; summaries of several calls are none."""
    found = []
    for entry in json.loads(path.read_text(encoding="utf-8")):
        if "url" in entry:
            kind = entry.get("response_headers", {}).get("content-type", "").partition(";")[0]
            parts = [entry[name] for name in ("n", "case", "method", "url", "request_headers")]
            parts += [entry.get("request_json"), entry["status"], entry.get("response_json")]
            found.append(Exchange(*parts, kind))
    return found


def assets_in(answer: Any) -> list[dict[str, Any]]:
    """Return all assets that an answer shows, wherever."""
    if isinstance(answer, list):
        return [asset for item in answer for asset in assets_in(item)]
    if not isinstance(answer, dict):
        return []
    own = [answer] if "originalFileName" in answer and "fileCreatedAt" in answer else []
    return own + [asset for item in answer.values() for asset in assets_in(item)]


def fields_of(shape: dict[str, Any]) -> dict[str, Any]:
    """Return the fields of the fake's `Asset` that make it look like a recorded one."""
    fields = {ours: shape[theirs] for theirs, ours in _FIELDS.items() if theirs in shape}
    fields |= {"taken": _time(shape["fileCreatedAt"]), "local": _time(shape["localDateTime"])}
    fields["modified"] = _time(shape["fileModifiedAt"])
    return fields | ({"exif": shape["exifInfo"]} if "exifInfo" in shape else {})


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text).astimezone(UTC)


@dataclass
class Replay:
    """The fake beside what was recorded; `ids` maps recorded ids to the fake's, `keys` recorded names to secrets."""

    fake: FakeImmich
    keys: dict[str, str]
    ids: dict[str, str] = field(default_factory=dict)
    client: httpx.Client = field(default_factory=httpx.Client)

    def send(self, exchange: Exchange) -> httpx.Response:
        """Ask the fake what the real server was asked."""
        headers = {name: self._key(value) if name == "x-api-key" else value for name, value in exchange.headers.items()}
        url = self.fake.url + self.mapped(exchange.url)
        if headers.pop("If-None-Match", ""):
            headers["If-None-Match"] = self.client.get(url, headers=headers).headers["ETag"]
        if isinstance(exchange.body, dict):
            headers["Content-Type"] = "application/json"
        return self.client.request(exchange.method, url, headers=headers, content=self._content(exchange.body))

    def _content(self, body: Any) -> bytes:
        if body is None:
            return b""
        if body == "11 MiB of JSON":
            return json.dumps("x" * 11 * 1024 * 1024).encode()
        return body.encode("latin-1") if isinstance(body, str) else json.dumps(self.mapped(body)).encode()

    def mapped(self, value: Any) -> Any:
        """Return a recorded value with the fake's ids."""
        if isinstance(value, str):
            return UUID.sub(lambda found: self.ids.get(found[0], found[0]), value)
        if isinstance(value, list):
            return [self.mapped(item) for item in value]
        return {name: self.mapped(item) for name, item in value.items()} if isinstance(value, dict) else value

    def differences(self, exchange: Exchange, answer: httpx.Response, ignored: set[str]) -> list[str]:
        """Return where the fake's answer is not the recorded one, `ignored` fields left out."""
        if answer.status_code != exchange.status:
            return [f"status {exchange.status} became {answer.status_code}: {answer.text[:200]}"]
        if exchange.kind and exchange.kind != answer.headers.get("content-type", "").partition(";")[0]:
            return [f"{exchange.kind} became {answer.headers.get('content-type')}"]
        if exchange.kind != "application/json":
            return [] if bool(answer.content) is bool(exchange.answer) else ["an empty body, or not"]
        return self._compare(exchange.answer, answer.json(), "", ignored)

    def _compare(self, old: Any, new: Any, where: str, ignored: set[str]) -> list[str]:
        name = where.rsplit(".", 1)[-1]
        if name in ignored:
            return []
        if isinstance(old, dict) and isinstance(new, dict):
            return self._compare_fields(old, new, where, ignored)
        if isinstance(old, list) and isinstance(new, list):
            if len(old) != len(new):
                return [f"{where}: {len(old)} items became {len(new)}"]
            if name == "people":  # those of a photo come as the database has them
                old, new = (sorted(side, key=lambda p: str(p["name"])) for side in (old, new))
            pairs = zip(old, new, strict=True)
            return [p for n, (a, b) in enumerate(pairs) for p in self._compare(a, b, f"{where}[{n}]", ignored)]
        if isinstance(old, str) and isinstance(new, str):
            return [] if self._same_text(old, new, name) else [f"{where}: {old!r} became {new!r}"]
        return [] if old == new and type(old) is type(new) else [f"{where}: {old!r} became {new!r}"]

    def _compare_fields(self, old: dict[str, Any], new: dict[str, Any], where: str, ignored: set[str]) -> list[str]:
        problems = [f"{where}.{f} is missing" for f in old.keys() - new.keys() - ignored]
        problems += [f"{where}.{f} is new" for f in new.keys() - old.keys() - ignored]
        shared = [f for f in old if f in new]
        return problems + [p for f in shared for p in self._compare(old[f], new[f], f"{where}.{f}", ignored)]

    def _same_text(self, old: str, new: str, name: str) -> bool:
        """Compare texts: ids by what they were mapped to before, times of serving by their form."""
        if name in _WHEN_SERVED:
            return _form(old) == _form(new)
        if len(ids := UUID.findall(old)) == len(new_ids := UUID.findall(new)):
            for mine, theirs in zip(ids, new_ids, strict=True):
                self.ids.setdefault(mine, theirs)
        return _FOLDERS.sub("/", self.mapped(old)) == _FOLDERS.sub("/", new)

    def _key(self, name: str) -> str:
        return self.keys.get(name, name)


def _form(time: str) -> str:
    """Say whether a time has milliseconds and Z, or what the database writes."""
    found = _TIME.fullmatch(time)
    if not found:
        return time
    return "milliseconds" if found[2] == "Z" and len(found[1] or "") == 4 else f"database {found[2]}"
