"""What a report shows of a library beside its changes: figures, what is wrong with its nights, and links."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from urllib.parse import quote

from plugins.locks import service_runs
from plugins.pages.figures import events_over_time, most_frequent
from plugins.pages.views import FigureView, LinkView
from plugins.records import Photo
from plugins.sections import Serve
from tasks.context import Opened
from tasks.nights import missed_nights

PAGE = "report.html"
ANYWHERE = {"0.0.0.0", "::"}  # noqa: S104 (read, not bound)
"""Hosts by which a service listens and no browser reaches it."""


def figures_of(here: Opened, photos: Mapping[str, Photo]) -> tuple[FigureView, ...]:
    """Return the figures of a library, those that have something to show."""
    events = events_over_time(here.store.events.all(here.name), photos)
    tags = most_frequent("Tags", "photos", Counter(tag for photo in photos.values() for tag in photo.tags), "tags")
    people = most_frequent("People", "faces", _faces_by_name(here), "people with a name")
    return tuple(figure for figure in (events, tags, people) if figure.rows)


def _faces_by_name(here: Opened) -> dict[str, int]:
    """Count the faces of each person with a name; people of one name count as one."""
    model = here.store.models.chosen(here.name, "faces")
    if model is None:
        return {}
    given = here.store.suggestions.names(here.name)
    faces, found = here.store.people_pages.counts(here.name, model), Counter[str]()
    for person in here.store.people.all(here.name):
        if (name := person.name or given.get(person.id, "")) and not person.hidden:
            found[name] += faces.get(person.id, 0)
    return found


def alerts_of(here: Opened) -> tuple[str, ...]:
    """Return what the user should see before all else."""
    missed = missed_nights(here.settings, here.store, here.name)
    return (missed,) if missed else ()


def links_of(here: Opened, run: str) -> tuple[LinkView, ...]:
    """Return links to the pages of the service, where it runs and has this library."""
    home = _review(here.settings.serve)
    if not home or here.name not in here.settings.libraries or not service_runs(here.settings.data_dir):
        return ()
    library = f"{home}/libraries/{quote(here.name, safe='')}"
    return (
        LinkView("Review page", f"{library}/plan"),
        LinkView("The whole report, with all pictures", f"{library}/reports/{run}/{PAGE}"),
    )


def _review(serve: Serve) -> str:
    """Return the address of the review page by the settings, empty where they leave the port to chance."""
    host = "127.0.0.1" if serve.host in ANYWHERE else serve.host
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{serve.port}" if serve.port else ""
