"""Pages of whatever is listed in rows of its own."""

from __future__ import annotations

from typing import Any

from fakes.photoprism.answers import Answer, Call

MOST = 100_000
"""Rows of a page; who asks for more, or for none, gets as many."""


def listed(call: Call, rows: list[dict[str, Any]]) -> Answer:
    """Answer with the page of rows that is asked for; one without a count is a bad request."""
    count, offset = call.whole("count"), max(0, call.whole("offset", 0))
    page = rows[offset : offset + (count if 0 < count <= MOST else MOST)]
    counted = {"X-Count": str(len(page)), "X-Limit": str(count), "X-Offset": str(offset)}
    return Answer(page, headers=call.server.media_headers(call) | counted)
