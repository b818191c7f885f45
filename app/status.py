"""The state of things: what the store knows of each library, and how much room it takes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from app.messages import tell, tell_json
from plugins.settings import Settings, load_settings

if TYPE_CHECKING:
    from plugins.store import Store
    from plugins.store.runs import Run

LAST_RUNS = 10


@dataclass(frozen=True, slots=True)
class RunLine:
    """One run of a list; `written` is how many changes reached the gallery, `planned` how many were planned."""

    id: str
    kind: str
    started_at: datetime
    status: str
    planned: int
    written: int
    undoes: str


@dataclass(frozen=True, slots=True)
class LibraryStatus:
    """What the store knows of one library; albums by what the ledger says of them, people and covers as counted.

    `alert` says where no nightly run has ended well for days, and is empty else.
    """

    name: str
    photos: int
    unreadable: int
    events: int
    people: dict[str, int]
    albums: dict[str, int]
    tags: dict[str, int]
    tags_waiting: int
    covers: dict[str, int]
    runs: tuple[RunLine, ...]
    alert: str


def show_status(library: str, json: bool) -> None:
    """Print the state of one library, or of all that the settings or the store know."""
    settings = load_settings()
    names = [settings.library(library).name] if library else []
    if not _has_store(settings):
        named = sorted({*names, *settings.libraries})
        if json:
            tell_json({"data_dir": str(settings.data_dir), "libraries": [], "features": {}, "sizes": {}})
        else:
            tell(f"Nothing is known yet: {settings.data_dir} has no database; the first run makes it.")
            tell(f"Libraries in the settings: {', '.join(named) or 'none'}")
        return
    from plugins.store import open_store  # noqa: PLC0415

    with open_store(settings) as store:
        found = [
            _library(settings, store, name)
            for name in names or sorted({*settings.libraries, *store.photos.libraries()})
        ]
        features = _features(store)
    sizes = _sizes(settings)
    if json:
        data = {"data_dir": str(settings.data_dir), "libraries": [asdict(one) for one in found]}
        tell_json({**data, "features": features, "sizes": sizes})
        return
    for line in (*_lines(found), *_feature_lines(features), *_size_lines(settings, sizes)):
        tell(line)


def _has_store(settings: Settings) -> bool:
    return not isinstance(settings.database, Path) or settings.database.exists()


def _library(settings: Settings, store: Store, name: str) -> LibraryStatus:
    from tasks.nights import missed_nights  # noqa: PLC0415

    ledger = store.ledger.load(name)
    runs = store.runs.list(name, LAST_RUNS)
    return LibraryStatus(
        name=name,
        photos=store.photos.count(name),
        unreadable=len({problem.photo for problem in store.problems.all(name)}),
        events=len(store.events.all(name)),
        people=_people(store, name),
        albums={
            "ours": sum(a.state == "live" for a in ledger.albums.values()),
            "touched": sum(a.state == "live" and a.touched for a in ledger.albums.values()),
            "tombstones": sum(a.state == "deleted" for a in ledger.albums.values()),
            "released": sum(a.state == "released" for a in ledger.albums.values()),
            "to_adopt": sum(a.state == "readonly" for a in ledger.albums.values()),
        },
        tags=dict(Counter(ledger.tags.values())),
        tags_waiting=_tags_waiting(store, name),
        covers=_covers(store, name),
        runs=tuple(_run(store, run) for run in runs),
        alert=missed_nights(settings, store, name),
    )


def _people(store: Store, name: str) -> dict[str, int]:
    """Count people with a name and without, faces, those of them that are nobody's, and suggestions that wait."""
    from plugins.pages.suggestion_words import OF_PEOPLE  # noqa: PLC0415

    people = [person for person in store.people.all(name) if not person.hidden]
    given = store.suggestions.names(name)
    named = sum(bool(person.name or given.get(person.id)) for person in people)
    model = store.models.chosen(name, "faces")
    of_this = (name, model.name, model.version) if model else None
    faces, labels = (store.faces.in_library(*of_this), store.people.n_labels(*of_this)) if of_this else (0, 0)
    return {
        "named": named,
        "unnamed": len(people) - named,
        "faces": faces,
        "faces_of_nobody": max(0, faces - labels),
        "suggestions": sum(made.kind in OF_PEOPLE for made in store.suggestions.open(name)),
    }


def _tags_waiting(store: Store, name: str) -> int:
    from plugins.tags.waiting import waiting_words  # noqa: PLC0415

    words = waiting_words(store.suggestions.open(name, "tag"), store.suggestions.never_tags(name))
    return sum(len(word.suggestions) for word in words)


def _covers(store: Store, name: str) -> dict[str, int]:
    """Count events and trips with a cover, videos with one, and suggestions that wait."""
    return {
        "events": len(store.covers.all(name)),
        "videos": len(store.covers.videos(name)),
        "suggestions": len(store.suggestions.open(name, "cover")),
    }


def _run(store: Store, run: Run) -> RunLine:
    entries = store.journal.of_run(run.library, run.id)
    written = sum(e.outcome is not None and e.outcome.status == "done" for e in entries)
    return RunLine(run.id, run.kind, run.started_at, run.status, len(entries), written, run.undoes)


def _features(store: Store) -> dict[str, Any]:
    """Return how many contents each version of each extractor has done; faces with the number of faces."""
    vectors = {f"{name} {version}": {"photos": n} for (name, version), n in store.features.counts().items()}
    faces = {
        f"{name} {version}": {"photos": photos, "faces": n}
        for (name, version), (photos, n) in store.faces.counts().items()
    }
    return vectors | faces


def _sizes(settings: Settings) -> dict[str, int]:
    """Return the bytes of the database and of everything else in the data folder."""
    sizes = {}
    if isinstance(settings.database, Path):
        family = settings.database.parent.glob(f"{settings.database.name}*")
        sizes["database"] = sum(path.stat().st_size for path in family if path.is_file())
    for path in sorted(settings.data_dir.iterdir()) if settings.data_dir.is_dir() else ():
        if path.is_dir():
            sizes[path.name] = sum(p.stat().st_size for p in path.rglob("*") if p.is_file() and not p.is_symlink())
    return sizes


def _lines(found: list[LibraryStatus]) -> Iterator[str]:
    if not found:
        yield "No library is known yet: `albumen curate folder:DIR` begins with one."
    for one in found:
        albums = one.albums
        yield one.name
        if one.alert:
            yield f"  ALERT     {one.alert}"
        yield f"  photos    {one.photos:,}" + (f", {one.unreadable:,} of them unreadable" if one.unreadable else "")
        yield f"  events    {one.events:,}"
        yield _people_line(one.people)
        yield (
            f"  albums    {albums['ours']:,} ours, {albums['touched']:,} of them changed by you; "
            f"{albums['tombstones']:,} deleted by you, {albums['released']:,} made yours"
        )
        if albums["to_adopt"]:
            yield f"            {albums['to_adopt']:,} with our mark that we do not remember: albumen adopt"
        yield from _tags_lines(one)
        yield from _covers_lines(one.covers)
        yield "  runs" if one.runs else "  runs      none yet"
        yield from (f"    {_run_line(run)}" for run in one.runs)


def _tags_lines(one: LibraryStatus) -> Iterator[str]:
    words = {"ours": "ours", "user": "yours", "rejected": "taken off by you"}
    counts = ", ".join(f"{n:,} {words[state]}" for state, n in sorted(one.tags.items()))
    waiting = f"{one.tags_waiting:,} for you to decide: albumen tags" if one.tags_waiting else ""
    if said := "; ".join(filter(None, (counts, waiting))):
        yield f"  tags      {said}"


def _covers_lines(n: dict[str, int]) -> Iterator[str]:
    known = [f"{n['events']:,} of events and trips"] if n["events"] else []
    known += [f"{n['videos']:,} of videos"] if n["videos"] else []
    waiting = f"{n['suggestions']:,} for you to decide: albumen covers" if n["suggestions"] else ""
    if said := "; ".join(filter(None, (", ".join(known), waiting))):
        yield f"  covers    {said}"


def _people_line(n: dict[str, int]) -> str:
    waiting = f"; {n['suggestions']:,} for you to decide: albumen people" if n["suggestions"] else ""
    faces = f"; {n['faces']:,} faces, {n['faces_of_nobody']:,} of nobody" if n["faces"] else ""
    return f"  people    {n['named']:,} with a name, {n['unnamed']:,} without{faces}{waiting}"


def _run_line(run: RunLine) -> str:
    when = f"{run.started_at.astimezone():%Y-%m-%d %H:%M}"
    changes = f"{run.written:,} written" if run.written else f"{run.planned:,} planned" if run.planned else "no change"
    return f"{run.id}  {run.kind:<7} {when}  {run.status:<7} {changes}" + (
        f", takes back {run.undoes}" if run.undoes else ""
    )


def _feature_lines(features: dict[str, Any]) -> Iterator[str]:
    yield "features" if features else "features    none"
    for name, figures in sorted(features.items()):
        yield f"  {name}: " + ", ".join(f"{n:,} {what}" for what, n in figures.items())


def _size_lines(settings: Settings, sizes: dict[str, int]) -> Iterator[str]:
    yield f"data folder {settings.data_dir}"
    for name, n_bytes in sizes.items():
        yield f"  {name:<12} {n_bytes / 1e6:,.1f} MB"
