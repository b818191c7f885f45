"""Curate: from a library's photos to events, albums, tags and covers; planned, and written back if asked."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final

from prefect import flow

from flows.running import running
from tasks.caching import Receipt
from tasks.covers import choose_covers
from tasks.events import cluster_events
from tasks.features import extract_features
from tasks.look_alikes import group_look_alikes
from tasks.pages import render_pages
from tasks.people import group_people
from tasks.photos import locate_photos, refresh_photos
from tasks.publish import apply_plan, plan_changes
from tasks.report import write_report
from tasks.tags import recommend_tags
from tasks.video_covers import choose_video_covers

METHODS: Final[Mapping[str, Callable[[str, Sequence[str]], Receipt]]] = {
    "places": locate_photos,
    "features": extract_features,
    "look_alikes": group_look_alikes,
    "people": group_people,
    "events": cluster_events,
    "tags": recommend_tags,
    "videos": choose_video_covers,
    "covers": choose_covers,
}
"""The steps that find something out from what the store holds; each may take its earlier result from the cache."""
STEPS = ("photos", *METHODS, "plan")
"""The steps that can be chosen, in their order; each builds on what the store holds of those before it."""


@flow(name="curate", flow_run_name="curate-{library}")
def curate(
    library: str,
    steps: list[str] | None = None,
    apply: bool = False,
    refresh: list[str] | None = None,
    force: bool = False,
) -> dict[str, Any]:
    """Curate a library: find its events, people and covers, plan the changes, and write them back if asked.

    Args:
        library: name of a library in albumen.toml, or folder:DIR.
        steps: the steps to run, all by default: photos, places, features, look_alikes, people, events, tags,
            videos, covers, plan.
        apply: write the planned changes to the gallery; without it nothing is written there.
        refresh: task names whose earlier results are ignored, such as cluster_events.
        force: go on although most photos are gone, or the plan takes away more than the guard allows.
    """
    chosen, again = _checked(steps), tuple(refresh or ())
    with running(library, "curate") as run:
        name = run.library
        if "photos" in chosen:
            run.did(refresh_photos(name, force))
        for step, method in METHODS.items():
            if step in chosen:
                run.did(method(name, again))
        if "plan" in chosen:
            run.did(plan_changes(name, run.id))
            if apply:
                run.did(apply_plan(name, run.id, force))
            pages: Receipt | None = run.did(render_pages(name)) if apply else None
            run.note()
            return _finished(run.summary(), name, run.id, write_report(name, run.id, run.receipts), pages)
        return _finished(run.summary(), name, run.id, None, None)


def _checked(steps: list[str] | None) -> tuple[str, ...]:
    unknown = sorted(set(steps or ()) - set(STEPS))
    if unknown:
        raise ValueError(f"there is no step {', '.join(unknown)}; there are: {', '.join(STEPS)}")
    return tuple(steps) if steps else STEPS


def _finished(summary: dict[str, Any], library: str, run: str, report: object, pages: Receipt | None) -> dict[str, Any]:
    index = pages.figures.get("index", "") if pages is not None else ""
    return {"library": library, "run": run, **summary, "report": str(report or ""), "pages": index}
