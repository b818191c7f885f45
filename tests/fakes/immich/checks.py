"""What the server demands of a request's fields, and how it words what is wrong, by version."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeAlias

from fakes.immich.answers import Call, Refusal

UUID4 = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-4[0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}")
_INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d(:\d\d(\.\d+)?)?(Z|[+-]\d\d:\d\d)")
_MISSING = object()

Path: TypeAlias = list[str | int]
Issue: TypeAlias = dict[str, Any]
Check: TypeAlias = Callable[[Any, Path], list[Issue]]


@dataclass(frozen=True)
class Field:
    """How one field is checked; `null` says that null is allowed, `needed` that it must be there."""

    check: Check
    needed: bool = False
    null: bool = False


def need(check: Check) -> Field:
    return Field(check, needed=True)


def can(check: Check, null: bool = False) -> Field:
    return Field(check, null=null)


def checked(call: Call, fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the JSON body if it is an object that keeps to the fields; unknown ones are ignored, as the server does.

    Raises:
        Refusal: 400 with everything that is wrong.
    """
    if not isinstance(call.body, dict):
        kind = "undefined" if call.body is None else kind_of(call.body)
        raise wrong([_type("object", call.body if call.body is not None else _MISSING, []) | {"old": f"{kind} body"}])
    return _all(call.body, fields)


def queried(call: Call, fields: Mapping[str, Field]) -> dict[str, Any]:
    """Return the query, its numbers and yes or no as such, if it keeps to the fields."""
    return _all({name: _plain(value) for name, value in call.query.items()}, fields)


def good_id(value: str, name: str = "id") -> str:
    """Return an id if it is a UUID of version 4."""
    if issues := uuid(value, [name]):
        raise wrong(issues)
    return value


def wrong(issues: list[Issue]) -> Refusal:
    return Refusal(400, "Validation failed", [{"old": issue["message"]} | issue for issue in issues])


def custom(path: Path, message: str) -> Refusal:
    return wrong([{"code": "custom", "path": path, "message": message}])


def _all(given: Mapping[str, Any], fields: Mapping[str, Field]) -> dict[str, Any]:
    issues: list[Issue] = []
    for name, rule in fields.items():
        value = given.get(name, _MISSING)
        if (value is _MISSING and not rule.needed) or (value is None and rule.null):
            continue
        issues += rule.check(value, [name])
    if issues:
        raise wrong(issues)
    return {name: value for name, value in given.items() if name in fields}


def _plain(value: str) -> Any:
    if value in {"true", "false"}:
        return value == "true"
    return int(value) if re.fullmatch(r"-?\d{1,15}", value) else value


def kind_of(value: Any) -> str:
    kinds: list[tuple[type, str]] = [(bool, "boolean"), (str, "string"), (list, "array"), (dict, "object")]
    if value is _MISSING or value is None:
        return "undefined" if value is _MISSING else "null"
    return next((name for kind, name in kinds if isinstance(value, kind)), "number")


def _type(expected: str, value: Any, path: Path) -> Issue:
    message = f"Invalid input: expected {expected}, received {kind_of(value)}"
    old = f"{_name(path)} must be {'an' if expected[0] in 'aeio' else 'a'} {expected}"
    return {"expected": expected, "code": "invalid_type", "path": path, "message": message, "old": old}


def _name(path: Path) -> str:
    name = str(path[0]) if path else "body"
    return f"each value in {name}" if len(path) > 1 else name


def text(value: Any, path: Path) -> list[Issue]:
    return [] if isinstance(value, str) else [_type("string", value, path)]


def yes_no(value: Any, path: Path) -> list[Issue]:
    return [] if isinstance(value, bool) else [_type("boolean", value, path)]


def mapping(value: Any, path: Path) -> list[Issue]:
    return [] if isinstance(value, dict) else [_type("object", value, path)]


def number(value: Any, path: Path) -> list[Issue]:
    return [] if isinstance(value, int | float) and not isinstance(value, bool) else [_type("number", value, path)]


def whole(low: int | None = None, high: int | None = None) -> Check:
    """Demand a whole number within bounds, both inclusive."""

    def check(value: Any, path: Path) -> list[Issue]:
        if issues := number(value, path):
            return issues
        if value != int(value):
            return [_type("int", value, path) | {"format": "safeint"}]
        if high is not None and value > high:
            return [_bound(path, "too_big", "maximum", high, f"Too big: expected number to be <={high}")]
        if low is not None and value < low:
            return [_bound(path, "too_small", "minimum", low, f"Too small: expected number to be >={low}")]
        return []

    return check


def _bound(path: Path, code: str, word: str, bound: int, message: str) -> Issue:
    old = f"{_name(path)} must not be {'greater' if code == 'too_big' else 'less'} than {bound}"
    issue = {"origin": "number", "code": code, word: bound, "inclusive": True, "path": path}
    return issue | {"message": message, "old": old}


def _format(value: Any, path: Path, name: str, pattern: str, message: str, old: str) -> list[Issue]:
    issue = {"origin": "string", "code": "invalid_format", "format": name, "pattern": f"/^({pattern})$/", "path": path}
    return [issue | {"message": message, "old": f"{_name(path)} must be {old}"}]


def uuid(value: Any, path: Path) -> list[Issue]:
    if issues := text(value, path):
        return issues
    return [] if UUID4.fullmatch(value) else _format(value, path, "uuid", UUID4.pattern, "Invalid UUID", "a UUID")


def instant(value: Any, path: Path) -> list[Issue]:
    """Demand a date and time with Z or an offset."""
    message = f"Invalid input: expected ISO 8601 datetime string, received {kind_of(value)}"
    if not isinstance(value, str):
        return [_type("string", value, path) | {"message": message}]
    if _INSTANT.fullmatch(value) and _is_date(value):
        return []
    return _format(value, path, "datetime", _INSTANT.pattern, message, "a valid ISO 8601 date string")


def _is_date(value: str) -> bool:
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True


def matching(pattern: str) -> Check:
    def check(value: Any, path: Path) -> list[Issue]:
        if issues := text(value, path):
            return issues
        message = f"Invalid string: must match pattern /^{pattern}$/"
        found = re.fullmatch(pattern, value)
        return [] if found else _format(value, path, "regex", pattern, message, f"like {pattern}")

    return check


def one_of(*values: str) -> Check:
    def check(value: Any, path: Path) -> list[Issue]:
        if value in values:
            return []
        message = "Invalid option: expected one of " + "|".join(f'"{v}"' for v in values)
        old = f"{_name(path)} must be one of the following values: {', '.join(values)}"
        issue = {"code": "invalid_value", "values": list(values), "path": path, "message": message, "old": old}
        return [issue]

    return check


def many(check: Check) -> Check:
    """Demand a list, and check each of its items."""

    def check_all(value: Any, path: Path) -> list[Issue]:
        if not isinstance(value, list):
            return [_type("array", value, path)]
        return [issue for n, item in enumerate(value) for issue in check(item, [*path, n])]

    return check_all


IDS = {"ids": need(many(uuid))}
