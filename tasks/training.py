"""Training: what a library's own names teach the people methods, and going back to what was used before."""

from __future__ import annotations

import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from prefect import task

from plugins import shipped_weights
from plugins.people.fine_tuning import Lesson, fine_tune
from tasks.caching import NEVER_CACHED, Receipt, ran
from tasks.context import Opened, opened
from tasks.features import faces_or_skip
from tasks.grouping import context_of
from tasks.standing import standing
from tasks.trained import KIND

SHIPPED: Final = "shipped"
"""The version under which the store says that a library is to use the shipped weights."""


@task(name="train_people", **NEVER_CACHED)
def _train(library: str) -> dict[str, Any]:
    """Learn from the names that the user has given people, and keep what helps."""
    with opened(library) as here:
        extractor = faces_or_skip(here)
        known = standing(here, extractor)
        context = context_of(here, known, extractor)
        lesson = fine_tune(known.table.vectors[:], context, f"{extractor.name} {extractor.version}")
        return {**lesson.told(), **_kept(here, lesson)}


def train_people(library: str) -> Receipt:
    """Let a library's own names teach the people methods; what does not help people left out of it is not used.

    The figures: `faces`, of these `confirmed` by names of so many `people`; `parts`, each with its scores and the
    reason if it is not used; `changed`, whether another `version` is used from now on.
    """
    return ran(_train, library)


@task(name="roll_back_people", **NEVER_CACHED)
def _roll_back(library: str) -> dict[str, Any]:
    """Put to use what was used before the last training that changed something."""
    with opened(library) as here:
        changed = here.store.trained.roll_back(here.name, KIND)
        active = here.store.trained.active(here.name, KIND)
        return {"changed": changed, "version": SHIPPED if active is None else active.version}


def roll_back_people(library: str) -> Receipt:
    """Forget what was learned last and use what was used before; the figures: `changed`, and the `version` in use."""
    return ran(_roll_back, library)


@task(name="train_shipped", **NEVER_CACHED)
def _train_shipped(method: str, folder: str, sizes: dict[str, int]) -> dict[str, Any]:
    """Train the head of one method on simulated galleries and write its file."""
    path, facts = shipped_weights.train_shipped(method, Path(folder) if folder else None, **sizes)
    return {"method": method, "file": str(path), **facts}


def train_shipped(method: str, folder: str = "", sizes: Mapping[str, int] | None = None) -> Receipt:
    """Train the shipped head of a method again; the figures: its `method`, its `file`, and what it says of itself."""
    began = time.monotonic()
    figures = _train_shipped(method, folder, dict(sizes or {}))
    return Receipt("train_shipped", "done", figures, time.monotonic() - began)


def _kept(here: Opened, lesson: Lesson) -> dict[str, Any]:
    """Put to use what was learned, with the shipped weights before it the first time."""
    trained = here.store.trained
    active = trained.active(here.name, KIND)
    version = SHIPPED if active is None else active.version
    if lesson.heads is None or lesson.heads.version == version:
        return {"changed": False, "version": version}
    with here.store.transaction():
        if active is None:
            trained.put(here.name, KIND, SHIPPED, b"", {})
        trained.put(here.name, KIND, lesson.heads.version, lesson.heads.packed(), lesson.told())
    return {"changed": True, "version": lesson.heads.version}
