"""Cleanup on the command line: what could go, or went, in numbers and bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from app.flow_runs import runner, serving
from app.messages import DONE, tell, tell_json
from plugins.pages.wording import count
from plugins.settings import load_settings

_SAID: Final = (
    ("runs", "runs", "run", "runs"),
    ("runs", "changes", "change of them", "changes of them"),
    ("runs", "reports", "report", "reports"),
    ("vectors", "vectors", "vector", "vectors"),
    ("files", "pictures", "small picture", "small pictures"),
    ("files", "receipts", "receipt", "receipts"),
)
"""What is counted where, what one of it is called, and what many are."""


def clean_up(library: str, apply: bool, json: bool, **bounds: int) -> int:
    """Count, and remove if asked, what nothing needs any more; print what it was, and return the exit status."""
    settings = load_settings()
    if library:
        settings.library(library)  # before a server starts for nothing
    with serving(settings) as server:
        from flows.cleanup import cleanup  # noqa: PLC0415
        from flows.nightly import ALL  # noqa: PLC0415

        found = runner(server, cleanup, library=library or ALL)("Looking what is old", apply=apply, **bounds)
    if json:
        tell_json(found)
    else:
        for line in cleaned_lines(found):
            tell(line)
    return DONE


def cleaned_lines(found: Mapping[str, Any]) -> Iterator[str]:
    """Yield what the flow has found or removed."""
    counted = [(found.get(part, {}).get(name, 0), one, many) for part, name, one, many in _SAID]
    there = [count(n, one, many) for n, one, many in counted if n]
    if there:
        yield f"{'Removed' if found['removed'] else 'Could be removed'}: about {found['bytes'] / 1e6:,.1f} MB"
        yield from (f"  {what}" for what in there)
        yield "The database keeps its room and fills it again." if found["removed"] else "--apply removes it."
    else:
        yield "Nothing is old enough to go."
    if waiting := found.get("vectors", {}).get("waiting", 0):
        yield f"Kept for now: the vectors of {count(waiting, 'picture')} that no library has any more."
