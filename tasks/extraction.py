"""Extraction: a library's features batch by batch; here, together with other workers, or on a Dask cluster."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final, TypeAlias

from plugins.sections import Retry
from plugins.turns import check_turn
from tasks.caching import Receipt
from tasks.context import Opened, opened
from tasks.features import PROGRESS, batches_of, extract_batch, extractors, fetch_weights, missing_of
from tasks.helping import helped, workers_wanted
from tasks.progress import progress_of, progressing
from tasks.retrying import patiently
from tasks.sharing import Sharing, had_nothing, joined, offered, others_at

STEP: Final = "extract_features"
Batches: TypeAlias = list[list[str]]


@dataclass(frozen=True)
class _Job:
    """What a run has to extract: the batches, how many photos lack something, by which models, and what to mend."""

    batches: Batches
    missing: int
    models: tuple[str, ...]
    mend: str
    again: tuple[str, ...]


def extract_features(library: str, refresh: Sequence[str] = ()) -> Receipt:
    """Make all features that are missing, a task a batch; skipped where no weights are there or the settings say so."""
    began = time.monotonic()
    with opened(library) as here:
        if not here.config.features.enabled:
            return Receipt(STEP, "skipped", mend="switched off: [features] enabled = true switches it on")
        job = patiently(partial(_job, here, refresh), here.config.retry)
        if not job.models:
            return Receipt(STEP, "skipped", mend=job.mend)
        with progressing(PROGRESS, job.missing):
            parts = _way(here, job)(here, job)
    return told_together(parts, job.mend, time.monotonic() - began)


def _job(here: Opened, refresh: Sequence[str]) -> _Job:
    if here.config.features.fetch_weights:
        fetch_weights(here)
    made = extractors(here)
    missing = missing_of(here, (photo.content_key for photo in here.store.photos.all(here.name)), made).any
    if made.faces is not None:
        here.store.models.choose(here.name, "faces", made.faces.name, made.faces.version)
    again = (extract_batch.name,) if STEP in refresh else ()
    return _Job(batches_of(here), len(missing), made.versions, "; ".join(made.missing), again)


def _way(here: Opened, job: _Job) -> Callable[[Opened, _Job], list[Receipt]]:
    """Return how the batches are done: others are asked to help only where there is something for them."""
    if not job.missing and not job.again:
        return _alone
    if here.config.features.dask:
        return _on_dask
    is_much = job.missing > here.config.features.batch_photos or job.again
    workers = workers_wanted(here) if is_much else 1
    return partial(_together, workers=workers) if workers > 1 or others_at(here) else _alone


def _alone(here: Opened, job: _Job) -> list[Receipt]:
    return [_extracted(here, job, number) for number in range(len(job.batches))]


def _extracted(here: Opened, job: _Job, number: int) -> Receipt:
    _check(here.name, here.config.retry)
    return extract_batch(here.name, job.again, number=number, photos=job.batches[number])


def _check(library: str, retry: Retry) -> None:
    """Complain if another run has taken the library over: this one must not go on for hours."""
    patiently(partial(check_turn, library), retry)


def _on_dask(here: Opened, job: _Job) -> list[Receipt]:
    from tasks.on_dask import extracted  # noqa: PLC0415  an extra, and seconds of imports

    progress, name, retry = progress_of(PROGRESS, job.missing), here.name, here.config.retry

    def tell(part: Receipt) -> None:  # goes to the cluster with the flow that calls it: it must not know an open store
        _check(name, retry)
        progress.advance(_looked_at(part))

    parts = extracted(here, job.batches, job.models, job.again, tell)
    return [_extracted(here, job, n) if had_nothing(part) else part for n, part in enumerate(parts)]


def _together(here: Opened, job: _Job, workers: int) -> list[Receipt]:
    """Do the batches with other workers; where none comes, this one does them all."""
    progress = progress_of(PROGRESS, job.missing)
    sizes = here.config.features.batch_photos
    with (
        offered(here, len(job.batches), sizes, job.models, bool(job.again)) as sharing,
        helped(here.name, min(workers, len(job.batches)) - 1),
    ):
        return sharing.take_part(partial(_extracted, here, job), tell=lambda part: progress.advance(_looked_at(part)))


def help_with(library: str) -> Receipt:
    """Do batches of what a run of this library has to extract, until none is left or the run is over.

    Raises:
        OtherModels: this worker would make features by other models.
    """
    began = time.monotonic()
    with opened(library) as here:
        sharing, batches = patiently(partial(_joined, here), here.config.retry)
        if sharing is None:
            return Receipt("help", "skipped", mend=f"no run extracts {here.name} now")
        again = (extract_batch.name,) if sharing.work.again else ()
        parts = sharing.take_part(lambda n: extract_batch(here.name, again, number=n, photos=batches[n]))
    return told_together(parts, "", time.monotonic() - began)


def _joined(here: Opened) -> tuple[Sharing | None, Batches]:
    sharing = joined(here, extractors(here).versions)
    return sharing, [] if sharing is None else batches_of(here, sharing.work.batch_photos)


def _looked_at(part: Receipt) -> int:
    return sum(part.figures.get(name, 0) for name in ("made", "unreadable")) if part.status == "done" else 0


def told_together(parts: Sequence[Receipt], mend: str, seconds: float) -> Receipt:
    """Return one receipt for those of batches; what cached ones made long ago is not new."""
    figures: dict[str, int] = dict.fromkeys(("photos", "made", "faces", "unreadable", "not_ready"), 0)
    for part in parts:
        now = {**part.figures, "made": 0, "faces": 0} if part.status == "cached" else part.figures
        figures = {name: n + now.get(name, 0) for name, n in figures.items()}
    cached = bool(parts) and all(part.status == "cached" for part in parts)
    return Receipt(STEP, "cached" if cached else "done", figures, seconds, mend)
