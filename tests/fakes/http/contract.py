"""Requests held against an OpenAPI document: path and method, query and JSON body."""

from __future__ import annotations

import json
import re
from functools import lru_cache
from pathlib import Path
from typing import Any

import jsonschema

_STAND_INS = {"email": "mail", "binary": "bytes"}


class Contract:
    """What one version's document allows."""

    def __init__(self, path: Path) -> None:
        self.name = path.stem
        self._document = json.loads(path.read_text())
        self._paths = [(_pattern(p), p, methods) for p, methods in self._document["paths"].items()]
        self._checkers: dict[tuple[str, str], jsonschema.Draft202012Validator | None] = {}

    def complaints(self, method: str, path: str, query: dict[str, str], body: Any) -> list[str]:
        """Return what of a request the document does not have or allow."""
        where = f"{self.name}: {method} {path}"
        found = self._operation(method, path)
        if found is None:
            return [f"{where} is not in the document"]
        name, operation = found
        asked = {p["name"]: p for p in operation.get("parameters", []) if p["in"] == "query"}
        problems = [f"{where}: query {q!r} is unknown" for q in query if q not in asked]
        problems += [
            f"{where}: query {q!r} is missing" for q, p in asked.items() if p.get("required") and q not in query
        ]
        problems += [f"{where}: query {q}: {p}" for q in query if q in asked for p in self._query(asked[q], query[q])]
        return problems + [f"{where}: body{problem}" for problem in self._body(method, name, operation, body)]

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        plain = path.removeprefix("/api")
        for pattern, name, methods in self._paths:
            if method.lower() in methods and pattern.fullmatch(plain):
                return name, methods[method.lower()]
        return None

    def _query(self, parameter: dict[str, Any], value: str) -> list[str]:
        kinds = {"true": True, "false": False}
        plain: Any = kinds.get(value, int(value) if value.isdigit() else value)
        return [e.message for e in self._checker(parameter["schema"]).iter_errors(plain)]

    def _body(self, method: str, name: str, operation: dict[str, Any], body: Any) -> list[str]:
        schema = operation.get("requestBody", {}).get("content", {}).get("application/json", {}).get("schema")
        if schema is None:
            return [" is not wanted"] if body is not None else []
        if body is None:
            return [" is missing"] if operation["requestBody"].get("required") else []
        errors = self._checker_of(method, name, schema).iter_errors(body)
        unknown = self._unknown(schema, body)
        return [f"{''.join(f'.{p}' for p in e.path)}: {e.message[:200]}" for e in errors] + unknown

    def _unknown(self, schema: dict[str, Any], body: Any) -> list[str]:
        """Name fields that the document does not have: the server ignores them silently, so they are typing errors."""
        while "$ref" in schema:
            schema = self._document["components"]["schemas"][schema["$ref"].rsplit("/", 1)[-1]]
        known = schema.get("properties")
        return [f".{f} is unknown" for f in body if f not in known] if known and isinstance(body, dict) else []

    def _checker_of(self, method: str, name: str, schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
        if (method, name) not in self._checkers:
            self._checkers[method, name] = self._checker(schema)
        found = self._checkers[method, name]
        assert found
        return found

    def _checker(self, schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
        whole = _as_json_schema(schema) | {"components": _components(json.dumps(self._document["components"]))}
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        return jsonschema.Draft202012Validator(whole, format_checker=checker)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", r"[^/]+", path))


@lru_cache(maxsize=8)
def _components(text: str) -> Any:
    return _as_json_schema(json.loads(text))


def _as_json_schema(schema: Any) -> Any:
    """Turn OpenAPI 3.0's `nullable` into a type that JSON Schema knows."""
    if isinstance(schema, list):
        return [_as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _as_json_schema(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
