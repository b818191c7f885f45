"""What all flows share: one run of one library at a time, noted from beginning to end."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final

from plugins.galleries.requests_made import requests_made
from plugins.locks import LibraryBusy, library_lock
from plugins.settings import Settings, load_settings
from plugins.store import open_store
from tasks.caching import Receipt
from tasks.watermark import INGEST

WAIT_S: Final = 1800.0
"""How long a run that a worker has started waits for another one of its library; one by hand does not wait."""
INGEST_WAIT_S: Final = 300.0
"""The same for a run for new photos: these are kept for the next one, and a worker is free for other libraries."""
LOOK_S: Final = 2.0
"""Between two looks whether the library is free."""
BY_WORKER: Final = "PREFECT__FLOW_RUN_ID"
"""The variable that Prefect's workers give to the processes of flow runs."""
log = logging.getLogger("albumen")


@dataclass
class Run:
    """One execution: its library and id, the receipts of its steps so far, and the requests made until the last."""

    library: str
    id: str
    receipts: list[Receipt] = field(default_factory=list)
    asked: int = field(default_factory=requests_made)

    def did(self, receipt: Receipt) -> Receipt:
        """Note a step's receipt, with the requests since the last one, and tell the log."""
        if receipt.status == "skipped" and not receipt.mend:
            return receipt  # there was nothing to do, and there is nothing to say
        before, self.asked = self.asked, requests_made()
        receipt = replace(receipt, requests=self.asked - before)
        self.receipts.append(receipt)
        if receipt.status != "skipped":  # a step that is skipped has said so itself, with the mend
            log.info("%s: %s in %.1f s", receipt.step, receipt.status, receipt.seconds)
        return receipt

    def summary(self) -> dict[str, Any]:
        """Return what is known of the run as plain data: steps, plan, what was applied, and the gallery's warnings."""
        figures = {receipt.step: receipt.figures for receipt in self.receipts}
        warnings = (warning for receipt in self.receipts for warning in receipt.figures.get("warnings", ()))
        return {
            "steps": [asdict(receipt) for receipt in self.receipts],
            "plan": _first(figures, "plan_changes", "plan_undo", "plan_restore"),
            "applied": _first(figures, "apply_plan", "apply_undo", "apply_restore"),
            "warnings": list(dict.fromkeys(warnings)),
        }

    def note(self) -> None:
        """Keep the summary so far in the store: reports are made from it, and a killed run leaves it."""
        with open_store(load_settings()) as store:
            store.runs.note(self.id, self.summary())


def _first(figures: Mapping[str, dict[str, Any]], *steps: str) -> dict[str, Any] | None:
    return next((figures[step] for step in steps if step in figures), None)


@contextmanager
def running(library: str, kind: str, undoes: str = "") -> Iterator[Run]:
    """Hold the library's lock and note the run, however it ends.

    Raises:
        LibraryBusy: another run holds the library, for too long where a worker runs this; the text says which.
    """
    settings = load_settings()
    name = settings.library(library).name
    with _turn(settings, name, INGEST_WAIT_S if kind == INGEST else WAIT_S):
        with open_store(settings) as store:
            store.backup.daily()
            store.runs.end_abandoned(name)  # we hold the lock: whatever still says "running" was killed
            run = Run(name, store.runs.start(name, kind, undoes))
        try:
            yield run
        except BaseException as error:
            with open_store(settings) as store:
                store.runs.finish(run.id, "failed", {**run.summary(), "error": f"{type(error).__name__}: {error}"})
            raise
        with open_store(settings) as store:
            store.runs.finish(run.id, "done", run.summary())


def _turn(settings: Settings, library: str, wait_s: float) -> AbstractContextManager[object]:
    """Return the lock of a library, held; in a process of a worker it is waited for, as nobody sits before it."""
    held, told = ExitStack(), False
    until = time.monotonic() + (wait_s if BY_WORKER in os.environ else 0.0)
    while True:
        try:
            held.enter_context(library_lock(settings.data_dir, library))
        except LibraryBusy as busy:
            if time.monotonic() >= until:
                raise
            if not told:
                log.info("waiting: %s", busy)
            told = True
            time.sleep(LOOK_S)
        else:
            return held
