"""The report of a run: an HTML page with pictures in the data folder, and a markdown artifact in Prefect."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

from prefect import task

from plugins.atomic import private_folder, write_atomically
from plugins.changes import Change, SetAlbumCover, SetCover, SetPoster, WriteNote
from plugins.decoding import decoders
from plugins.galleries import GalleryError
from plugins.pages.building import library_slug
from plugins.pages.links import page_name, thumb_name
from plugins.pages.markdown import render_markdown
from plugins.pages.plan_words import titles_in
from plugins.pages.report import render_report
from plugins.pages.run_view import Findings, pictured, report_view
from plugins.pages.thumbs import INLINE_PX, THUMB_PX, thumbnail
from plugins.pages.views import PictureView, ReportView
from plugins.pictures import PictureNotThere, UnreadablePicture
from plugins.records import Photo
from tasks.artifacts import show_markdown
from tasks.caching import NEVER_CACHED, Receipt
from tasks.context import Opened, opened
from tasks.cover_views import cover_views
from tasks.evidence import Asked, asked_views
from tasks.pages import page_folder
from tasks.publish import rules_of
from tasks.report_figures import PAGE, alerts_of, figures_of, links_of
from tasks.retrying import patient
from tasks.sheets import sheets_for_report
from tasks.watermark import INGEST

MOST_PICTURES = 24
MOST_TRIES = 5  # photos that are tried for one picture
KEPT_REPORTS = 20

_RUN = re.compile(r"\d{8}-\d{4}-[0-9a-f]{2}")


def report_folder(data_dir: Path, library: str) -> Path:
    """Return the folder of a library's reports: one folder a run in it."""
    return data_dir / "reports" / library_slug(library)


def runs_with_report(data_dir: Path, library: str) -> list[Path]:
    """Return the folders of a library's reports, oldest first: those that are named like a run."""
    reports = report_folder(data_dir, library)
    found = reports.iterdir() if reports.is_dir() else ()
    return sorted(path for path in found if _RUN.fullmatch(path.name) and not path.is_symlink())


@task(name="write_report", **NEVER_CACHED)
def _write(library: str, run: str, steps: list[dict[str, Any]]) -> str:
    """Write the report of a run and show it in Prefect."""
    with opened(library) as here:
        folder = report_folder(here.settings.data_dir, here.name) / run
        view = _view(here, run, steps, folder)
        private_folder(folder)
        write_atomically(folder / PAGE, render_report(view))
        show_markdown("report", here.name, render_markdown(view))
        _forget_old(here.settings.data_dir, here.name, run)
        return str(folder / PAGE)


def write_report(library: str, run: str, receipts: Sequence[Receipt] = ()) -> Path:
    """Write the report of a run, from what the store holds of it, and return the path of its page.

    Args:
        library: name of the library.
        run: id of the run; its summary must have been noted before.
        receipts: what the steps did; where none are given, those of the run's summary.
    """
    return Path(patient(_write, library)(library, run, [asdict(receipt) for receipt in receipts]))


def _view(here: Opened, run_id: str, steps: Sequence[Mapping[str, Any]], folder: Path) -> ReportView:
    run = here.store.runs.get(here.name, run_id)
    entries = here.store.journal.of_run(here.name, run_id)
    changes = [entry.change for entry in entries]
    photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
    plan = run.summary.get("plan") or {}
    found = Findings(
        photos=photos,
        events=here.store.events.all(here.name),
        origins=[position.origin for position in here.store.positions.all(here.name).values()],
        rules=rules_of(here),
        problems=[(problem.name, problem.reason) for problem in here.store.problems.all(here.name)],
        titles=_titles(here, changes, photos),
        titles_before=_titles_before(here, plan.get("observations", ()), run_id),
        pictures=_pictures(here, changes, photos, folder) if changes else {},
    )
    done = steps or run.summary.get("steps", ())
    view = report_view(run, done, entries, found)
    view = replace(view, figures=figures_of(here, photos), alerts=alerts_of(here), links=links_of(here, run_id))
    view = replace(view, covers=cover_views(here, photos, changes, done, folder))
    if run.kind != INGEST:  # all that waits for the user is told once a night, not after each upload
        view = _with_asked(view, asked_views(here, photos.values(), folder))
        view = replace(view, sheets=sheets_for_report(here, folder))
    return _linked(here, view, folder)


def _with_asked(view: ReportView, asked: Asked) -> ReportView:
    view = replace(view, asked=asked.people, n_asked=asked.n_people, asked_tags=asked.tags, n_asked_tags=asked.n_tags)
    return replace(view, asked_covers=asked.covers, n_asked_covers=asked.n_covers)


def _linked(here: Opened, view: ReportView, folder: Path) -> ReportView:
    """Return the report with links to the album pages, where there are any."""
    site = page_folder(here.gallery)
    if site is None or not site.index.is_file():
        return view
    pages = Path(os.path.relpath(site.folder, os.path.realpath(folder))).as_posix() + "/"
    there = set(site.pages())
    keys = frozenset(key for key in _keys(view.changes) if page_name(key) in there)
    return replace(view, index=f"{pages}{site.index.name}", pages=pages, album_pages=keys)


def _keys(changes: Iterable[Change]) -> set[str]:
    return {key for change in changes if (key := getattr(change, "key", ""))}


def _titles(here: Opened, changes: Sequence[Change], photos: Mapping[str, Photo]) -> dict[str, str]:
    """Return what a person calls the albums, photos and people that changes name."""
    albums = {key: album.title for key, album in here.store.ledger.load(here.name).albums.items() if album.title}
    people = {p.id: p.name for p in here.store.people.all(here.name) if p.name and not p.hidden}
    of_photos = SetCover | SetAlbumCover | SetPoster | WriteNote
    named = {change.photo for change in changes if isinstance(change, of_photos) and change.photo}
    return {id_: photos[id_].name for id_ in named if id_ in photos} | people | albums | titles_in(changes)


def _titles_before(here: Opened, observations: Iterable[Mapping[str, Any]], run: str) -> dict[str, str]:
    """Return the titles that we gave to albums which the user has renamed since."""
    renamed = {str(seen["what"]) for seen in observations if seen.get("edit") == "renamed"}
    return here.store.journal.titles_given(here.name, renamed, run) if renamed else {}


def _pictures(
    here: Opened, changes: Iterable[Change], photos: Mapping[str, Photo], folder: Path
) -> dict[str, PictureView]:
    """Return a picture of each of the first albums of a plan, its file written beside the report."""
    ledger = here.store.ledger.load(here.name)
    pictures: dict[str, PictureView] = {}
    for key, candidates in pictured(changes, MOST_PICTURES).items():
        known = ledger.albums.get(key)
        shown = [known.cover, *sorted(known.photos("ours", "user"))] if known else []
        tried = [photos[p] for p in dict.fromkeys([*candidates, *shown]) if p and p in photos][:MOST_TRIES]
        if picture := next(filter(None, (_picture(here, photo, folder) for photo in tried)), None):
            pictures[key] = picture
    return pictures


def _picture(here: Opened, photo: Photo, folder: Path) -> PictureView | None:
    try:
        image = decoders().decode(here.gallery.preview(photo, THUMB_PX).source)[0].picture
    except (GalleryError, UnreadablePicture, PictureNotThere):
        return None  # a picture less is no reason to have no report
    path = thumb_name(photo.content_key, THUMB_PX)
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(folder / path, thumbnail(image, THUMB_PX))
    return PictureView(path, thumbnail(image, INLINE_PX))


def _forget_old(data_dir: Path, library: str, run: str) -> None:
    """Delete all reports of a library but the newest; none that is newer than this run."""
    runs = [path for path in runs_with_report(data_dir, library) if path.name <= run]
    for old in runs[:-KEPT_REPORTS]:
        shutil.rmtree(old, ignore_errors=True)
