"""Undo: take a run's changes back, except where the user has built on them since."""

from __future__ import annotations

from typing import Any

from prefect import flow

from flows.running import running
from plugins.publishing.session import UNDO, UNDO_FOR_GOOD
from tasks.pages import render_pages
from tasks.photos import refresh_photos
from tasks.publish import apply_undo, plan_undo
from tasks.report import write_report


@flow(name="undo", flow_run_name="undo-{run}-of-{library}")
def undo(library: str, run: str, for_good: bool = False, force: bool = False) -> dict[str, Any]:
    """Take back what a run wrote to the gallery, in reverse order; what you have changed since stays.

    Args:
        library: The name of a library in albumen.toml, or folder:DIR for a folder without settings.
        run: The id of the run, such as 20261121-0230-00: the report of a run names it, and `albumen status` lists
            them. One that wrote nothing, or was taken back before, leaves nothing to do.
        for_good: On: these changes are never made again, as if you had undone each by hand. Off: the next run may
            publish the same again.
        force: Go on although more than half of the photos are gone at once, as when a disk is not mounted.
    """
    with running(library, UNDO_FOR_GOOD if for_good else UNDO, undoes=run) as taking:
        name = taking.library
        taking.did(refresh_photos(name, force))
        taking.did(plan_undo(name, taking.id, run))
        taking.did(apply_undo(name, taking.id, run))
        pages = taking.did(render_pages(name))
        taking.note()
        report = write_report(name, taking.id, taking.receipts)
        index = pages.figures.get("index", "")
        return {"library": name, "run": taking.id, **taking.summary(), "report": str(report), "pages": index}
