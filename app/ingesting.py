"""Finish new photos from the command line: what an upload starts, run by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Final

from app.flow_runs import must_be_free, runner, serving
from app.messages import DONE, FAILED, tell, tell_json
from plugins.settings import load_settings

if TYPE_CHECKING:
    from plugins.settings import Settings

MOST_SHOWN: Final = 20
"""Albums and topics that are told of one by one; the report has all of them."""


def ingest_library(library: str, json: bool) -> int:
    """Finish what is new in a library, print what was planned or written, and return the exit status."""
    settings = load_settings()
    name = settings.library(library).name
    must_be_free(settings, name)
    with serving(settings) as server:
        from flows.ingest import ingest  # noqa: PLC0415

        summary = runner(server, ingest, library=name)(f"Looking for new photos in {name}")
    if json:
        tell_json(summary)
    elif summary["plan"] is None:
        tell(f"Nothing is new in {name} since the last run: nothing was planned or written.")
    else:
        for line in _lines(settings, summary):
            tell(line)
    blocked = (summary["plan"] or {}).get("blocked")
    return FAILED if blocked or (summary["applied"] or {}).get("refused") else DONE


def _lines(settings: Settings, summary: Mapping[str, Any]) -> Iterator[str]:
    from app.words import written_lines  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415
    from plugins.store import open_store  # noqa: PLC0415

    figures = {step["step"]: step["figures"] for step in summary["steps"]}
    yield f"{count(len(figures['read_new']['photos']), 'photo is', 'photos are')} new or not what they were."
    waiting = [*figures.get("extract_new", {}).get("waiting", ()), *figures.get("apply_plan", {}).get("later", ())]
    if waiting:
        yield f"The gallery still works on {len(set(waiting))} of them: run this again in some minutes."
    with open_store(settings) as store:
        yield from written_lines(store, summary, MOST_SHOWN)
