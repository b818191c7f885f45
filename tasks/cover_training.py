"""Training of covers: what a library's own covers and favourites teach the network, and going back to before that."""

from __future__ import annotations

from functools import partial
from typing import Any

from prefect import task

import plugins
from plugins.covers._interest_training import fitted
from plugins.covers.fine_tuning import Lesson, fine_tune
from plugins.covers.interest_gru import Plugin as InterestGru
from plugins.features.weights import WeightsRefused
from tasks.caching import NEVER_CACHED, Receipt, Skipped, ran
from tasks.context import Opened, opened
from tasks.cover_models import KIND, LibraryMethod, cover_method
from tasks.cover_signals import Told, told
from tasks.training import SHIPPED


def _method_or_skip(here: Opened) -> LibraryMethod:
    wanted = here.config.covers
    if not issubclass(plugins.load("covers", wanted.method), InterestGru):
        raise Skipped(f"{wanted.method} learns nothing; [covers] method = {InterestGru.name!r} does")
    if wanted.mode == "strict":
        raise Skipped(f"{wanted.method} learns nothing in strict mode; [covers] mode = 'default' does")
    return cover_method(here)


@task(name="train_covers", **NEVER_CACHED)
def _train(library: str) -> dict[str, Any]:
    """Learn from the covers that the user chose and the photos that they like, and keep what helps."""
    with opened(library) as here:
        method = _method_or_skip(here)
        lesson = _lesson(told(here), method)
        return {**lesson.told(), "note": method.note, **_kept(here, lesson)}


def _lesson(known: Told, method: LibraryMethod) -> Lesson:
    try:
        return fine_tune(
            method.with_head, partial(fitted, None), known.pictures, known.samples(), known.liked.n_signals
        )
    except WeightsRefused as reason:
        raise Skipped(f"there are no shipped weights to begin with: {reason}") from reason


def train_covers(library: str) -> Receipt:
    """Let a library's own covers teach the network; what does not help albums left out of it is not used.

    The figures: `signals`, how often the user has said what they like; `chosen` and `hints`, the albums that were
    learned from; `before` and `after`, how covers were foretold that were left out; `accepted`, and the `reason` if
    not; `personal`, whether the user's own taste helps; `note`, what is wrong with what was learned before; `changed`,
    whether another `version` is used from now on.
    """
    return ran(_train, library)


@task(name="roll_back_covers", **NEVER_CACHED)
def _roll_back(library: str) -> dict[str, Any]:
    """Put to use what was used before the last training that changed something."""
    with opened(library) as here:
        changed = here.store.trained.roll_back(here.name, KIND)
        active = here.store.trained.active(here.name, KIND)
        return {"changed": changed, "version": SHIPPED if active is None else active.version}


def roll_back_covers(library: str) -> Receipt:
    """Forget what was learned last and use what was used before; the figures: `changed`, and the `version` in use."""
    return ran(_roll_back, library)


def _kept(here: Opened, lesson: Lesson) -> dict[str, Any]:
    """Put to use what was learned, with the shipped head before it the first time."""
    trained = here.store.trained
    active = trained.active(here.name, KIND)
    version = SHIPPED if active is None else active.version
    if lesson.head is None or lesson.version == version:
        return {"changed": False, "version": version}
    with here.store.transaction():
        if active is None:
            trained.put(here.name, KIND, SHIPPED, b"", {})
        trained.put(here.name, KIND, lesson.version, lesson.head, lesson.told())
    return {"changed": True, "version": lesson.version}
