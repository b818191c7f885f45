"""Curate: from a library's photos to events, albums, tags and covers; planned, and written back if asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from prefect import flow

from flows.running import Run, running
from flows.steps import STEPS, Finding, Step
from tasks.applying import CURATE, Asked, how_far
from tasks.caching import Receipt
from tasks.covers import choose_covers
from tasks.events import cluster_events
from tasks.extraction import extract_features
from tasks.look_alikes import group_look_alikes
from tasks.pages import render_pages
from tasks.people import group_people
from tasks.photos import locate_photos, refresh_photos
from tasks.publish import apply_plan, plan_changes
from tasks.report import write_report
from tasks.shadows import compare_methods
from tasks.tags import recommend_tags
from tasks.video_covers import choose_video_covers

METHODS: Final[Mapping[Finding, Callable[[str, Sequence[str]], Receipt]]] = {
    "places": locate_photos,
    "features": extract_features,
    "look_alikes": group_look_alikes,
    "people": group_people,
    "events": cluster_events,
    "tags": recommend_tags,
    "videos": choose_video_covers,
    "covers": choose_covers,
    "shadows": compare_methods,
}
"""The steps that find something out from what the store holds; each may take its earlier result from the cache."""


@flow(name="curate", flow_run_name="curate-{library}")
def curate(
    library: str,
    steps: list[Step] | None = None,
    apply: Asked = "plan",
    refresh: list[Finding] | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Curate a library: find its events, people, tags and covers, plan the changes, and write them back if asked.

    Args:
        library: The name of a library in albumen.toml, or folder:DIR for a folder without settings. One run works on
            a library at a time; a second one waits, and gives up after half an hour.
        steps: The steps to run, in whatever order they are named: all of them where none is. A step that is left out
            keeps what it found last; without `plan` nothing is planned and nothing written.
        apply: How far the run goes. `plan`: nothing is written, the report shows what would be. `settings`: as the
            setting `apply` of the library says; where it says nothing, plan until you have applied once, then as
            much as you have applied. `albums`: only albums are written, the rest stays planned. `all`: everything
            planned is written. What you have changed yourself stays in any case, and the flow `undo` takes a run back.
        refresh: Steps whose earlier results are not believed: they look at everything anew, which for `features` may
            take hours. Not needed after new photos or other settings.
        force: Go on although more than half of the photos are gone at once, or the plan takes away more than the
            guard allows (by default over 20 things and over 20 % of what is Albumen's). Look at the plan first.
    """
    chosen, again = tuple(steps or STEPS), [_task(step) for step in refresh or ()]
    with running(library, CURATE) as run:
        name = run.library
        if "photos" in chosen:
            run.did(refresh_photos(name, force))
        for step, method in METHODS.items():
            if step in chosen:
                run.did(method(name, again))
        if "plan" not in chosen:
            return finished(run, None, None)
        run.did(plan_changes(name, run.id))
        if (extent := how_far(name, apply)) != "plan":
            run.did(apply_plan(name, run.id, force, extent))
        pages = run.did(render_pages(name)) if extent != "plan" else None
        run.note()
        return finished(run, write_report(name, run.id, run.receipts), pages)


def finished(run: Run, report: Path | None, pages: Receipt | None) -> dict[str, Any]:
    """Return what a run tells of itself: its summary, and where its report and the album pages are."""
    index = pages.figures.get("index", "") if pages is not None else ""
    return {"library": run.library, "run": run.id, **run.summary(), "report": str(report or ""), "pages": index}


def _task(step: Finding) -> str:
    """Return the name of the task that does a step, which receipts go by."""
    method = METHODS[step]
    return str(getattr(method, "name", "") or getattr(method, "__name__", step))
