"""What all flows share: one run of one library at a time, noted from beginning to end."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Final, TypeVar

from plugins.galleries.requests_made import requests_made
from plugins.locks import LibraryBusy
from plugins.settings import Settings, load_settings
from plugins.store import Store, StoreBusy, open_store
from plugins.store.outage import outlasting
from plugins.turns import Turn, library_turn
from tasks.caching import Receipt
from tasks.helping import BY_WORKER
from tasks.retrying import patiently
from tasks.watermark import INGEST

WAIT_S: Final = 1800.0
"""How long a run that a worker has started waits for another one of its library; one by hand does not wait."""
INGEST_WAIT_S: Final = 300.0
"""The same for a run for new photos: these are kept for the next one, and a worker is free for other libraries."""
LOOK_S: Final = 2.0
"""Between two looks whether the library is free."""
log = logging.getLogger("albumen")
_T = TypeVar("_T")


@dataclass
class Run:
    """One execution: its library and id, its hold on the library, the receipts of its steps so far, and the requests.

    `asked` counts the requests made until the last receipt.
    """

    library: str
    id: str
    turn: Turn
    receipts: list[Receipt] = field(default_factory=list)
    asked: int = field(default_factory=requests_made)

    def did(self, receipt: Receipt) -> Receipt:
        """Note a step's receipt, with the requests since the last one, and tell the log.

        Raises:
            LibraryBusy: another run has taken the library over: this one must not go on.
        """
        self.turn.check()
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
        _stored(load_settings(), self.library, lambda store: store.runs.note(self.id, self.summary()))


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
    with ExitStack() as held:
        turn = _turn(held, settings, name, INGEST_WAIT_S if kind == INGEST else WAIT_S)
        held.enter_context(outlasting())  # the database was there: from now on it is waited for
        run = Run(name, _stored(settings, name, lambda store: _begun(store, name, kind, undoes)), turn)
        try:
            yield run
        except BaseException as error:
            told = {**run.summary(), "error": f"{type(error).__name__}: {error}"}
            _stored(settings, name, lambda store: store.runs.finish(run.id, "failed", told))
            raise
        _stored(settings, name, lambda store: store.runs.finish(run.id, "done", run.summary()))


def _begun(store: Store, library: str, kind: str, undoes: str) -> str:
    """Note that a run begins; return its id."""
    store.backup.daily()
    store.runs.end_abandoned(library)  # we hold the library: whatever still says "running" was killed
    return store.runs.start(library, kind, undoes)


def _stored(settings: Settings, library: str, note: Callable[[Store], _T]) -> _T:
    """Note something in the store, as often as a task would try."""

    def once() -> _T:
        with open_store(settings) as store:
            return note(store)

    return patiently(once, settings.library(library).retry)


def _turn(held: ExitStack, settings: Settings, library: str, wait_s: float) -> Turn:
    """Hold a library until the stack is closed; in a process of a worker it is waited for, as nobody sits before it."""
    told = False
    until = time.monotonic() + (wait_s if BY_WORKER in os.environ else 0.0)
    with ExitStack() as waiting:
        while True:
            try:
                return held.enter_context(library_turn(settings, library))
            except (LibraryBusy, StoreBusy) as busy:
                if time.monotonic() >= until:
                    raise
                if not told:
                    log.info("waiting: %s", busy)
                    waiting.enter_context(outlasting())  # the database was there: from now on it is waited for
                told = True
                time.sleep(LOOK_S)
