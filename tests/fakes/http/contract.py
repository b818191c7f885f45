"""Requests held against a document of OpenAPI or Swagger: path and method, query and JSON body."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping
from functools import lru_cache, reduce
from operator import getitem
from pathlib import Path
from types import MappingProxyType
from typing import Any

import jsonschema


class Contract:
    """What one version's document allows, of OpenAPI 3 or Swagger 2.

    Args:
        path: the document.
        undocumented: names that a document which is known to have gaps lacks, by path: of query parameters, of fields
            of the body, "body" for a body at all, "path" for the path itself.
    """

    def __init__(self, path: Path, undocumented: Mapping[str, Collection[str]] = MappingProxyType({})) -> None:
        self.name = path.stem
        document = json.loads(path.read_text())
        self._undocumented = undocumented
        self._schemas = {name: document[name] for name in ("components", "definitions") if name in document}
        self._paths = [(_pattern(p), p, methods) for p, methods in document["paths"].items()]
        self._checkers: dict[tuple[str, str], jsonschema.Draft202012Validator | None] = {}

    def complaints(self, method: str, path: str, query: dict[str, str], body: Any) -> list[str]:
        """Return what of a request the document does not have or allow."""
        where = f"{self.name}: {method} {path}"
        found = self._operation(method, path)
        if found is None:
            return [] if "path" in self._undocumented.get(path, ()) else [f"{where} is not in the document"]
        name, operation = found
        extra = self._undocumented.get(name, ())
        asked = {p["name"]: p for p in operation.get("parameters", []) if p["in"] == "query"}
        checked = {q: value for q, value in query.items() if q not in extra}
        problems = [f"{where}: query {q!r} is unknown" for q in checked if q not in asked]
        problems += [
            f"{where}: query {q!r} is missing" for q, p in asked.items() if p.get("required") and q not in query
        ]
        problems += [f"{where}: query {q}: {p}" for q in checked if q in asked for p in self._query(asked[q], query[q])]
        return problems + [f"{where}: body{problem}" for problem in self._body(method, name, operation, body)]

    def _operation(self, method: str, path: str) -> tuple[str, dict[str, Any]] | None:
        for pattern, name, methods in self._paths:
            if method.lower() in methods and pattern.fullmatch(path):
                return name, methods[method.lower()]
        return None

    def _query(self, parameter: dict[str, Any], value: str) -> list[str]:
        kinds = {"true": True, "false": False}
        plain: Any = kinds.get(value, int(value) if value.isdigit() else value)
        return [e.message for e in self._checker(parameter.get("schema") or _inline(parameter)).iter_errors(plain)]

    def _body(self, method: str, name: str, operation: dict[str, Any], body: Any) -> list[str]:
        extra = self._undocumented.get(name, ())
        schema, is_required = _wanted(operation)
        if schema is None:
            return [" is not wanted"] if body is not None and "body" not in extra else []
        if body is None:
            return [" is missing"] if is_required else []
        errors = self._checker_of(method, name, schema).iter_errors(body)
        unknown = [f".{field} is unknown" for field in self._unknown(schema, body) if field not in extra]
        return [f"{''.join(f'.{p}' for p in e.path)}: {e.message[:200]}" for e in errors] + unknown

    def _unknown(self, schema: dict[str, Any], body: Any) -> list[str]:
        """Name fields that the document does not have: the server ignores them silently, so they are typing errors."""
        while "$ref" in schema:
            schema = reduce(getitem, schema["$ref"].removeprefix("#/").split("/"), self._schemas)
        known = schema.get("properties")
        return [field for field in body if field not in known] if known and isinstance(body, dict) else []

    def _checker_of(self, method: str, name: str, schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
        if (method, name) not in self._checkers:
            self._checkers[method, name] = self._checker(schema)
        found = self._checkers[method, name]
        assert found
        return found

    def _checker(self, schema: dict[str, Any]) -> jsonschema.Draft202012Validator:
        whole = _as_json_schema(schema) | _schemas(json.dumps(self._schemas))
        checker = jsonschema.Draft202012Validator.FORMAT_CHECKER
        return jsonschema.Draft202012Validator(whole, format_checker=checker)


def _pattern(path: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\{\w+\}", r"[^/]+", path))


def _wanted(operation: dict[str, Any]) -> tuple[dict[str, Any] | None, bool]:
    """Return what a body has to be, None where there is to be none, and whether one has to be there."""
    asked = operation.get("requestBody", {})
    schema = asked.get("content", {}).get("application/json", {}).get("schema")
    old = next((p for p in operation.get("parameters", []) if p["in"] == "body"), None)
    return (old["schema"], bool(old.get("required"))) if old else (schema, bool(asked.get("required")))


def _inline(parameter: dict[str, Any]) -> dict[str, Any]:
    """Return the schema of a parameter of Swagger 2, which has its words beside the name."""
    words = ("type", "enum", "minimum", "maximum", "format", "items")
    return {word: parameter[word] for word in words if word in parameter}


@lru_cache(maxsize=8)
def _schemas(text: str) -> Any:
    return _as_json_schema(json.loads(text))


def _as_json_schema(schema: Any) -> Any:
    """Turn OpenAPI 3.0's `nullable` into a type that JSON Schema knows."""
    if isinstance(schema, list):
        return [_as_json_schema(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    plain = {name: _as_json_schema(value) for name, value in schema.items() if name != "nullable"}
    return {"anyOf": [plain, {"type": "null"}]} if schema.get("nullable") is True else plain
