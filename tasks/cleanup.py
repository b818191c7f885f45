"""Cleanup: old runs with their reports, vectors of pictures that are gone, and files that were kept for speed only.

What undo, the ledger or the next run needs stays: see `old_runs` and `vanished`.
"""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any, Final

from prefect import task
from prefect.settings import get_current_settings

from plugins.settings import Settings, load_settings
from plugins.store import Store, open_store
from tasks.applying import WRITING, allowing, applied_runs, runs_that_stand
from tasks.caching import NEVER_CACHED
from tasks.report import runs_with_report
from tasks.watermark import watermark

KEPT_RUNS: Final = 30
"""The newest runs of a library, which are kept however old they are."""
KEPT_DAYS: Final = 90
GRACE_DAYS: Final = 60
"""Immich keeps what was thrown away for 30 days, and a disk may be away for a holiday."""
PICTURE_DAYS: Final = 30
"""A small picture that no page has shown for so long is fetched anew when one does."""
_VANISHED: Final = "vanished"
log = logging.getLogger("albumen")


@dataclass(frozen=True, slots=True)
class Bounds:
    """What is kept: the newest runs, runs and files of so many days, vectors so many days after their last photo."""

    runs: int = KEPT_RUNS
    days: int = KEPT_DAYS
    grace_days: int = GRACE_DAYS


@task(name="remove_old_runs", **NEVER_CACHED)
def remove_old_runs(library: str, bounds: Bounds, apply: bool) -> dict[str, int]:
    """Remove a library's old runs with their changes and reports; without `apply` only count them."""
    settings, before = load_settings(), datetime.now(UTC) - timedelta(days=bounds.days)
    with open_store(settings) as store:
        old = old_runs(store, library, bounds.runs, before)
        room = store.purging.room_of_runs(old)
        if apply:
            store.purging.forget_runs(library, old)
        known = {run.id for run in store.runs.list(library)} - set(old)
    reports = [folder for folder in runs_with_report(settings.data_dir, library) if folder.name not in known]
    unknown = [folder for folder in reports if folder.name in old or _unused_since(folder, before)]
    return {"runs": len(old), "changes": room.n, "reports": len(unknown), "bytes": room.n_bytes + _gone(unknown, apply)}


def old_runs(store: Store, library: str, keep: int, before: datetime) -> list[str]:
    """Return the runs of a library that began before a time and that nothing needs any more, newest first.

    These stay: the newest `keep`; what works, or has changes that are planned or on their way; what `albumen undo
    last` would take back; the runs by which the user allowed that later ones write by themselves; those that say how
    far the library is taken in; and, of all that stays, the run that took it back.
    """
    runs = store.runs.list(library)
    kept = {run.id for run in runs[:keep]} | {run.id for run in runs if run.started_at >= before}
    kept |= {run.id for run in runs if run.status == "running"} | store.purging.unfinished(library)
    if (since := watermark(store, library).since) is not None:
        kept |= {run.id for run in runs if run.started_at >= since}
    kept |= set(runs_that_stand(store, library, WRITING)[:1])
    kept |= {run.id for run in applied_runs(store, library)[:1]}
    kept |= set({far: run for run, far in reversed(allowing(store, library))}.values())  # the newest of each extent
    return [run.id for run in runs if run.id not in kept and run.undoes not in kept]


@task(name="remove_vanished", **NEVER_CACHED)
def remove_vanished(bounds: Bounds, apply: bool) -> dict[str, int]:
    """Remove the vectors of pictures that have been in no library for long; without `apply` only count them."""
    now = datetime.now(UTC)
    with open_store(load_settings()) as store:
        since = vanished(store, now)
        due = sorted(content for content, at in since.items() if now - at >= timedelta(days=bounds.grace_days))
        room = store.purging.room_of_contents(due)
        if apply:
            store.purging.forget_contents(due)
            _note_vanished(store, {content: since[content] for content in since.keys() - set(due)})
    return {"vectors": room.n, "pictures": len(due), "waiting": len(since) - len(due), "bytes": room.n_bytes}


def vanished(store: Store, now: datetime) -> dict[str, datetime]:
    """Return the contents that no photo has, each with when a cleanup first found it so; one that is new to it, now."""
    noted = store.steps.summary("", _VANISHED, "") or {}
    known = {content: datetime.fromisoformat(at) for at, contents in noted.items() for content in contents}
    return {content: min(known.get(content, now), now) for content in store.purging.contents_without_photo()}


def _note_vanished(store: Store, since: Mapping[str, datetime]) -> None:
    noted: dict[str, list[str]] = {}
    for content, at in sorted(since.items()):
        noted.setdefault(at.isoformat(), []).append(content)
    store.steps.record("", _VANISHED, "", noted)


@task(name="remove_unused_files", **NEVER_CACHED)
def remove_unused_files(bounds: Bounds, apply: bool) -> dict[str, int]:
    """Remove pictures that no page has shown for long, and receipts that nothing goes by; or count them."""
    settings, now = load_settings(), datetime.now(UTC)
    pictures = [f for f in _files(_pictures(settings)) if _unused_since(f, now - timedelta(days=PICTURE_DAYS))]
    receipts = _old_receipts(settings, now - timedelta(days=bounds.days))
    counted = {"pictures": len(pictures), "receipts": len(receipts)}
    return {**counted, "bytes": _gone(chain(pictures, receipts), apply)}


def _old_receipts(settings: Settings, before: datetime) -> list[Path]:
    """Return the receipts in Prefect's storage that are old and that the store does not go by: it would be asked."""
    with open_store(settings) as store:
        current = store.steps.keys()
    ours = get_current_settings().results.local_storage_path / "albumen"
    return [file for file in _files(ours) if file.name not in current and _unused_since(file, before)]


def _pictures(settings: Settings) -> Path:
    return settings.data_dir / "review" / "pictures"


def _files(folder: Path) -> Iterable[Path]:
    return (path for path in folder.rglob("*") if path.is_file() and not path.is_symlink()) if folder.is_dir() else ()


def _unused_since(path: Path, when: datetime) -> bool:
    try:
        return path.stat().st_mtime < when.timestamp()
    except FileNotFoundError:  # the pages put pictures away themselves, at any time
        return False


def _gone(paths: Iterable[Path], apply: bool) -> int:
    """Return the bytes that files and folders take, and remove them if asked; what cannot be removed is told."""
    n_bytes = 0
    for path in paths:
        inside = [path] if path.is_file() else _files(path)
        n_bytes += sum(map(_size, inside))
        if apply:
            _remove(path)
    return n_bytes


def _size(file: Path) -> int:
    try:
        return file.stat().st_size
    except FileNotFoundError:
        return 0


def _remove(path: Path) -> None:
    try:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    except OSError as error:
        log.warning("%s stays: %s", path, error.strerror)


def libraries_known(settings: Settings) -> list[str]:
    """Return the libraries of the settings, and those of which the store knows photos or runs."""
    with open_store(settings) as store:
        return sorted({*settings.libraries, *store.photos.libraries(), *store.runs.libraries()})


def summed(found: Iterable[Mapping[str, Any]]) -> dict[str, int]:
    """Return the sums of counts by name."""
    total: dict[str, int] = {}
    for counts in found:
        total |= {name: total.get(name, 0) + int(n) for name, n in counts.items()}
    return total
