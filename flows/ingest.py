"""Ingest: new photos of a library are finished soon after they came; all else is left to the nightly run."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from prefect import flow
from prefect.client.orchestration import get_client
from prefect.client.schemas.objects import StateType
from prefect.runtime import deployment
from prefect.states import Scheduled

from flows.curate import METHODS, finished
from flows.running import Run, running
from flows.waiting import libraries_with_run
from tasks.applying import how_far
from tasks.ingest import (
    cover_albums,
    extract_new,
    join_people,
    place_events,
    read_new,
    tag_new,
    taken_in,
)
from tasks.ingest_plan import publish_new
from tasks.pages import render_pages
from tasks.photos import locate_photos, refresh_photos
from tasks.publish import apply_plan, plan_changes
from tasks.report import write_report
from tasks.watermark import INGEST

MOST_ATTEMPTS: Final = 6
"""How often a run schedules itself again for photos that the gallery is not done with."""
AGAIN: Final = timedelta(minutes=5)
"""How long the first of these is waited for; each next one as much longer."""
log = logging.getLogger("albumen")


@flow(name="ingest", flow_run_name="ingest-{library}")
def ingest(library: str, photos: list[str] | None = None, attempt: int = 0) -> dict[str, Any]:
    """Finish what is new in a library: features, events, people, tags and covers; written as its setting `apply` says.

    Args:
        library: The name of a library in albumen.toml, or folder:DIR for a folder without settings. One run works on
            a library at a time; this one waits five minutes at most, as the next run finds the same photos.
        photos: Hints which photos came; whatever is named, the library itself is asked what is new since the last run.
        attempt: How often this has been tried for photos that the gallery is not done with; from 0. A run that a
            worker has started tries again by itself, at most 6 times, later each time.
    """
    with running(library, INGEST) as run:
        log.debug("%d hints", len(photos or ()))
        read = run.did(read_new(run.library)).figures
        began, new = datetime.fromisoformat(read["began"]), read["photos"]
        if read["whole"]:
            return _whole(run, read["whole"], began)
        if not new:
            log.info("%s: nothing is new", run.library)
            taken_in(run.library, began, ())
            return finished(run, None, None)
        waiting = _finish(run, new)
        summary = _told(run)
        again = attempt < MOST_ATTEMPTS
        taken_in(run.library, began, waiting if again else ())
        if waiting:
            _try_again(run.library, len(set(waiting)), attempt)
        return summary


def _finish(run: Run, new: list[str]) -> list[str]:
    """Work new photos in; return those that are to be done again later: without a preview, or too new to be tagged."""
    name = run.library
    run.did(locate_photos(name))
    waiting = run.did(extract_new(name, new)).figures.get("waiting", [])
    run.did(join_people(name, new))
    touched = run.did(place_events(name, new)).figures["touched"]
    run.did(tag_new(name, new))
    run.did(cover_albums(name, touched))
    later = [
        photo for one in publish_new(name, run.id, new, touched) for photo in run.did(one).figures.get("later", ())
    ]
    return [*waiting, *later]


def _whole(run: Run, why: str, began: datetime) -> dict[str, Any]:
    """Curate the library as a whole: so much is new, or it never was."""
    name = run.library
    log.info("%s is curated as a whole: %s", name, why)
    run.did(refresh_photos(name))
    for method in METHODS.values():
        run.did(method(name, ()))
    run.did(plan_changes(name, run.id))
    if (far := how_far(name, "settings")) != "plan":
        run.did(apply_plan(name, run.id, False, far))
    summary = _told(run)
    taken_in(name, began, ())
    return summary


def _told(run: Run) -> dict[str, Any]:
    """Bring the pages of a folder up to date where something was written, and write the report."""
    pages = run.did(render_pages(run.library)) if any(one.step == "apply_plan" for one in run.receipts) else None
    run.note()
    return finished(run, write_report(run.library, run.id, run.receipts), pages)


def _try_again(library: str, n_waiting: int, attempt: int) -> None:
    """Schedule this run once more where a deployment runs it: the gallery works on new photos for some minutes."""
    if deployment.id is None:
        log.warning("%d photos of %s are not ready yet: run this again later", n_waiting, library)
        return
    if attempt >= MOST_ATTEMPTS:
        log.warning("%d photos of %s are still not ready: they are left to the nightly run", n_waiting, library)
        return
    wait = AGAIN * (attempt + 1)
    with get_client(sync_client=True) as client:
        if library in libraries_with_run(client, StateType.SCHEDULED):
            log.info("%d photos of %s are not ready yet: a run that waits already looks again", n_waiting, library)
            return
        client.create_flow_run_from_deployment(
            deployment.id,
            parameters={"library": library, "attempt": attempt + 1},
            state=Scheduled(scheduled_time=datetime.now(UTC) + wait),
        )
    log.info("%d photos of %s are not ready yet: again in %d minutes", n_waiting, library, wait.seconds // 60)
