"""Runs as pages show them: what each wrote, where its report is, and whether it can be taken back."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from app.web.site import Here
from plugins.pages.building import library_slug
from plugins.pages.wording import clean, shorten
from plugins.store import Run
from tasks.applying import WRITING

REPORT: Final = "report.html"
_CLASS: Final = re.compile(r"^(?:Flow run encountered an exception: )?(?:\w+: )?")
"""What Prefect, and our notes of runs, put before the words of an error."""
MOST_SAID: Final = 600
_RUN: Final = re.compile(r"\d{8}-\d{4}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class RunView:
    """One run.

    Args:
        kind: which key of the texts says what it was.
        written: changes that reached the gallery, None where the run wrote nothing by intent.
        idle: which key of the texts says that it found nothing to do, or empty.
        error: why it failed, or empty.
        refused: changes that the gallery refused.
        undone_by: the run that took it back, or empty.
        report: the URL of its report, or empty.
        undo: the URL at which it is taken back, or empty where there is nothing to take back.
    """

    id: str
    kind: str
    started: str
    status: str
    seconds: float | None
    planned: int
    written: int | None
    idle: str
    error: str
    refused: int
    undoes: str
    undone_by: str
    report: str
    undo: str


def run_views(here: Here, runs: Sequence[Run]) -> list[RunView]:
    """Return runs as they are shown."""
    undone = here.store.runs.undone(here.library, [run.id for run in runs])
    wrote = here.store.journal.runs_that_wrote(here.library)
    return [_view(here, run, undone.get(run.id, ""), run.id in wrote) for run in runs]


def _view(here: Here, run: Run, undone_by: str, may_have_written: bool) -> RunView:
    applied: Mapping[str, Any] | None = run.summary.get("applied")
    written = None if applied is None else int(applied.get("done", 0)) + int(applied.get("taken", 0))
    # A run that was killed may have written before it could say so: the journal knows.
    may_have = bool(written) or (applied is None and run.status in {"stopped", "failed"} and may_have_written)
    can_undo = run.kind in WRITING and run.status != "running" and may_have and not undone_by
    kind = f"runs.kind.{run.kind}"
    return RunView(
        id=run.id,
        kind=kind if kind in here.t else "runs.kind.other",
        started=here.when(run.started_at),
        status=run.status,
        seconds=None if run.finished_at is None else (run.finished_at - run.started_at).total_seconds(),
        planned=int((run.summary.get("plan") or {}).get("changes", 0)),
        written=written,
        idle=_idle(run),
        error=said_of_error(str(run.summary.get("error", ""))),
        refused=len((applied or {}).get("refused", ())),
        undoes=run.undoes,
        undone_by=undone_by,
        report=here.url(f"reports/{run.id}/{REPORT}") if (report_folder(here, run.id) / REPORT).is_file() else "",
        undo=here.url(f"runs/{run.id}/undo") if can_undo else "",
    )


def said_of_error(text: str) -> str:
    """Return an error in the words that are for the user, without the name of its class."""
    return shorten(clean(_CLASS.sub("", text)), MOST_SAID)


def _idle(run: Run) -> str:
    """Return the key of what a run says that has planned and written nothing; one without new photos does not plan."""
    if run.status != "done" or run.kind not in {"curate", "ingest"}:
        return ""
    return "runs.nothing_to_do" if run.summary.get("plan") else "runs.nothing_new"


def report_folder(here: Here, run: str) -> Path:
    """Return where the report of a run lies, whether or not it is there."""
    named = run if _RUN.fullmatch(run) else "none"
    return here.site.settings.data_dir / "reports" / library_slug(here.library) / named
