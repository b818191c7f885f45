"""What callers say is new: the JSON of Immich's workflow webhook, a plain list of ids, or nothing. All of it hints."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

MOST_IDS: Final = 10_000
LONGEST_ID: Final = 400
"""Characters: ids of folders are paths in them."""


class BodyWrong(Exception):
    """A body that says nothing we understand: send what the text says."""


def ids_in(body: bytes) -> Sequence[str]:
    """Return the ids that a body names, none for "look what is new".

    `{"ids": […]}` and what Immich sends (type, trigger and `data.asset`, one call a photo) name photos. An empty body,
    and a JSON object of any other program, name none. Nothing else of a body is looked at.

    Raises:
        BodyWrong: it is no JSON object, or what it names are no ids.
    """
    if not body.strip():
        return ()
    said = _read(body)
    if "ids" in said:
        return _checked(said["ids"])
    asset = _inside(_inside(said, "data"), "asset")
    return _checked([asset["id"]]) if "id" in asset else ()


def _read(body: bytes) -> dict[str, Any]:
    try:
        said = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise BodyWrong("the body is no JSON; an empty one will do") from error
    if not isinstance(said, dict):
        raise BodyWrong('the body is no JSON object such as {"ids": ["…"]}; an empty one will do')
    return said


def _inside(said: dict[str, Any], name: str) -> dict[str, Any]:
    found = said.get(name)
    return found if isinstance(found, dict) else {}


def _checked(ids: object) -> Sequence[str]:
    if not isinstance(ids, list) or len(ids) > MOST_IDS or not all(map(_is_id, ids)):
        raise BodyWrong(
            f"ids are a list of at most {MOST_IDS:,} texts of 1 to {LONGEST_ID} characters; without any, all that is "
            "new is looked at"
        )
    return ids


def _is_id(one: object) -> bool:
    """Say whether this may be the id of a photo; half a character, which JSON can say, fits into no database."""
    return isinstance(one, str) and 0 < len(one) <= LONGEST_ID and one.isprintable()
