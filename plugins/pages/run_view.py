"""What a run did, as its report shows it: the run's summary, its journal, and what the store holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import islice
from typing import Any, get_args

from plugins.changes import AddMembers, AlbumChange, Change, CreateAlbum, DeleteAlbum, SetCover
from plugins.pages.album_covers import events_left
from plugins.pages.plan_words import told_once
from plugins.pages.shadow_view import shadow_views
from plugins.pages.views import (
    Counts,
    EditKind,
    EditView,
    PictureView,
    RefusedView,
    ReportView,
    StepStatus,
    StepView,
    Unreadable,
)
from plugins.pages.wording import count
from plugins.publishing.parts import part_of
from plugins.publishing.wanted import AlbumRules, Reason, worth
from plugins.records import Event, Photo, PlaceOrigin
from plugins.store.journal import Entry
from plugins.store.runs import Run

_EDITS: Mapping[str, EditKind] = {
    **{kind: kind for kind in get_args(EditKind)},
    "chose a cover": "cover",
    "rejected the tag": "untagged",
    "confirmed the tag": "tagged",
}
_NOUNS = {"stock": "tagged photos", "auto": "set unasked"}
"""What figures count whose names do not say it."""
_STATES = {"deleted": "you deleted", "released": "you took our mark off", "readonly": "we do not remember making"}


@dataclass(frozen=True, slots=True)
class Findings:
    """What the store holds of a library when the report is made; `problems` are (name, reason) pairs."""

    photos: Mapping[str, Photo]
    events: Sequence[Event] = ()
    origins: Sequence[PlaceOrigin] = ()
    rules: AlbumRules = field(default_factory=AlbumRules)
    problems: Sequence[tuple[str, str]] = ()
    titles: Mapping[str, str] = field(default_factory=dict)
    titles_before: Mapping[str, str] = field(default_factory=dict)
    pictures: Mapping[str, PictureView] = field(default_factory=dict)


def report_view(run: Run, steps: Sequence[Mapping[str, Any]], entries: Sequence[Entry], found: Findings) -> ReportView:
    """Return the report of a run.

    Args:
        run: the run, with its summary as the flow notes it: `plan`, `applied` (None for a plan alone) and `warnings`.
        steps: one receipt a step as plain data: step, status, figures, seconds, mend.
        entries: the run's changes with what became of them.
        found: what the store holds.
    """
    plan: Mapping[str, Any] = run.summary.get("plan") or {}
    applied = run.summary.get("applied") is not None
    written = run.summary.get("applied") or {}
    held = [entry for entry in entries if _held(entry, written)]
    entries = told_once([entry for entry in entries if not _held(entry, written)])
    figures = {str(step["step"]): step.get("figures") or {} for step in steps}
    reasons = Counter(worth(events_left(found.events, found.photos), found.photos, found.rules).values())
    counts = _counts(found.photos.values(), figures.get("refresh_photos", {}))
    return ReportView(
        library=run.library,
        run=run.id,
        made_at=_wall_time(run.started_at),
        applied=applied,
        counts=counts,
        unreadable=_unreadable(found.problems, figures.values()),
        steps=tuple(_step(step) for step in steps),
        shadows=shadow_views(steps),
        worth=sum(n for reason, n in reasons.items() if reason not in {"small", "usual"}),
        not_worth=_not_worth(reasons, found.rules),
        places=tuple(Counter(found.origins).most_common()),
        without_place=len(found.photos) - len(found.origins),
        changes=tuple(entry.change for entry in entries),
        titles=found.titles,
        edits=tuple(edit for seen in plan.get("observations", ()) for edit in _edit(seen, found.titles_before)),
        refused=tuple(_refused(entries)) if applied else (),
        pictures=found.pictures,
        notes=tuple(_notes(run, plan)),
        blocked=str(plan.get("blocked", "")),
        quiet=not entries and not held and _nothing_new(counts, figures),
        undoes=run.undoes,
        held=tuple(entry.change for entry in held),
        skipped=tuple(_skipped(steps)),
    )


def _held(entry: Entry, applied: Mapping[str, Any]) -> bool:
    """Say whether a change was planned in a run that was to write albums alone, and is none of these."""
    return applied.get("extent") == "albums" and entry.state == "planned" and part_of(entry.change) != "albums"


def _skipped(steps: Iterable[Mapping[str, Any]]) -> Iterable[tuple[str, str]]:
    for step in steps:
        if mend := str(step.get("mend") or ""):
            yield str(step["step"]).replace("_", " "), mend if step["status"] == "skipped" else f"in part: {mend}"


def _wall_time(when: datetime) -> datetime:
    return when.astimezone().replace(tzinfo=None)


def _counts(photos: Iterable[Photo], refreshed: Mapping[str, Any]) -> Counts:
    kinds = Counter(photo.kind for photo in photos)
    moved = {name: int(refreshed.get(name, 0)) for name in ("new", "changed", "gone")}
    return Counts(kinds["image"], kinds["video"], **moved)


def _nothing_new(counts: Counts, figures: Mapping[str, Mapping[str, Any]]) -> bool:
    made = int(figures.get("extract_features", {}).get("made", 0))
    return "refresh_photos" in figures and not (counts.new or counts.changed or counts.gone or made)


def _unreadable(known: Iterable[tuple[str, str]], figures: Iterable[Mapping[str, Any]]) -> tuple[Unreadable, ...]:
    """Return what could not be read, each file once, whichever step met it."""
    met = ((str(p[0]), str(p[1])) for of_step in figures for p in of_step.get("problems", ()))
    reasons: dict[str, str] = {}
    for name, reason in (*met, *known):
        reasons.setdefault(name, reason)
    return tuple(Unreadable(name, reason) for name, reason in sorted(reasons.items()))


def _step(step: Mapping[str, Any]) -> StepView:
    status: StepStatus = step["status"] if step["status"] in get_args(StepStatus) else "failed"
    figures = step.get("figures") or {}
    said = (figures_text(figures), str(figures.get("note") or "").rstrip("."), str(step.get("mend") or ""))
    note = ". ".join(part for part in said if part)
    name, requests = str(step["step"]).replace("_", " "), int(step.get("requests") or 0)
    return StepView(name, status, float(step.get("seconds") or 0.0), note, requests)


def figures_text(figures: Mapping[str, Any]) -> str:
    """Return the counts among a step's figures in words, without those that are nought: "66 photos, 5 new"."""
    numbers = [(_NOUNS.get(name, name.replace("_", " ")), n) for name, n in figures.items() if type(n) is int and n]
    return ", ".join(count(n, name.removesuffix("s"), many=name) for name, n in numbers)


def _not_worth(reasons: Mapping[Reason, int], rules: AlbumRules) -> tuple[tuple[str, int], ...]:
    said: dict[Reason, str] = {
        "small": f"fewer than {count(rules.min_photos, 'photo')}, a burst counting as one",
        "usual": "no more photos at home than usual on that weekday",
    }
    return tuple((text, reasons[reason]) for reason, text in said.items() if reasons.get(reason))


def _edit(seen: Mapping[str, Any], titles_before: Mapping[str, str]) -> list[EditView]:
    kind, title = _EDITS.get(str(seen.get("edit"))), str(seen.get("title", ""))
    if kind is None:
        return []
    if kind == "renamed":
        return [EditView(kind, titles_before.get(str(seen.get("what")), "an album of ours"), detail=title)]
    return [EditView(kind, title, n=int(seen.get("n", 0)))]


def _refused(entries: Iterable[Entry]) -> Iterable[RefusedView]:
    """Yield the changes of an applied run that were not made, and why."""
    for entry in entries:
        if entry.state == "begun":
            yield RefusedView(entry.change, "the gallery has not confirmed it yet: the next run asks for it")
        elif entry.outcome is None:
            yield RefusedView(entry.change, "the run ended before it: the next one goes on from here")
        elif entry.outcome.status == "refused":
            yield RefusedView(entry.change, entry.outcome.reason)
        elif entry.outcome.status == "gone":
            yield RefusedView(entry.change, entry.outcome.reason or "what it was to change is not there any more")


def _notes(run: Run, plan: Mapping[str, Any]) -> Iterable[str]:
    yield from (str(warning) for warning in run.summary.get("warnings", ()))
    for album in plan.get("suppressed", ()):
        why = _STATES.get(str(album.get("state")), "something keeps us from")
        yield f"“{album.get('title')}” is not made, because of the album that {why}: “{album.get('because')}”."
    for title in plan.get("kept", ()):
        yield (
            f"“{title}” stays, because you have built on it."
            if run.undoes
            else f"“{title}” would not be made today; it stays, because you have changed it."
        )
    if nameless := int(plan.get("nameless", 0)):
        people = count(nameless, "person was", "people were")
        yield f"{people} found and not made, as the gallery holds nobody without a name: name them, and it gets them."
    found = [str(seen.get("title")) for seen in plan.get("observations", ()) if seen.get("edit") == "found"]
    if found:
        yield f"{count(len(found), 'album')} with our mark, but without our memory of it, stay as they are."


def pictured(changes: Iterable[Change], most: int) -> dict[str, list[str]]:
    """Return the albums of a plan that get a picture, by key, with the photos that could be it, the cover first."""
    candidates: dict[str, list[str]] = {}
    for change in changes:
        if not isinstance(change, AlbumChange) or isinstance(change, DeleteAlbum):
            continue
        photos = candidates.setdefault(change.key, [])
        if isinstance(change, SetCover) and change.photo is not None:
            photos.insert(0, change.photo)
        elif isinstance(change, CreateAlbum | AddMembers):
            photos.extend(change.photos)
    return dict(islice(candidates.items(), most))
