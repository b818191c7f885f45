"""People: names from a backup are given back, as after a face reset; planned first, and written back if asked."""

from __future__ import annotations

from typing import Any, Final

from prefect import flow

from flows.running import running
from tasks.names import apply_restore, plan_restore
from tasks.photos import refresh_photos
from tasks.report import write_report

RESTORE: Final = "restore"
"""The kind of a run that gives names back."""


@flow(name="restore-people", flow_run_name="restore-people-of-{library}")
def restore_people(library: str, file: str, apply: bool = False, force: bool = False) -> dict[str, Any]:
    """Give people the names of a backup: faces are found again by content and place; later names stay.

    Args:
        library: name of a library in albumen.toml, or folder:DIR.
        file: the backup that `albumen people LIBRARY --backup FILE` wrote.
        apply: write the names to the gallery; without it they are only planned.
        force: go on although most photos are gone.
    """
    with running(library, RESTORE) as run:
        name = run.library
        run.did(refresh_photos(name, force))
        run.did(plan_restore(name, run.id, file))
        if apply:
            run.did(apply_restore(name, run.id, file))
        run.note()
        report = write_report(name, run.id, run.receipts)
        return {"library": name, "run": run.id, **run.summary(), "report": str(report), "pages": ""}
