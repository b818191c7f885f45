"""People on the command line: who is there, and what waits for the user's answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.messages import WrongUse, tell, tell_json
from plugins.settings import load_settings

if TYPE_CHECKING:
    from plugins.people.roster import PersonLine
    from plugins.store import FaceLabel, Store, Suggestion

MOST_SHOWN: Final = 50
"""People without a name, and suggestions, on a terminal; --json has all of them."""
MOST_NAME: Final = 40
"""Characters of a name in a column."""


@dataclass(frozen=True, slots=True)
class PeopleView:
    """All that is known of the people of a library: who, how many faces are whose, and the suggestions that wait."""

    library: str
    people: tuple[PersonLine, ...]
    faces: int
    faces_of_nobody: int
    names: Mapping[str, str]
    suggestions: tuple[Suggestion, ...]


def check_use(answers: bool, *files: Path | None, apply: bool) -> None:
    """Check that one thing is asked for: answers, or one of the files to export, to back up to, or to restore from.

    Raises:
        WrongUse: several are, or something is to be written without --restore.
    """
    if answers + sum(file is not None for file in files) > 1:
        raise WrongUse("answers, --export, --backup and --restore go one at a time")
    if apply and files[-1] is None:
        raise WrongUse("--apply and --force belong to --restore; answers are written by `albumen curate --apply`")


def show_people(library: str, json: bool) -> None:
    """Print the people of a library and the suggestions that wait."""
    with opened_store(library) as (store, name):
        view = people_view(store, name)
    if json:
        tell_json(_as_json(view))
        return
    for line in (*_people_lines(view), *_suggestion_lines(view, library)):
        tell(line)


def people_view(store: Store, library: str) -> PeopleView:
    """Read all that is known of the people of a library."""
    from plugins.pages.suggestion_words import OF_PEOPLE  # noqa: PLC0415
    from plugins.people.roster import roster  # noqa: PLC0415

    given, labels = store.suggestions.names(library), face_labels(store, library)
    people = [replace(person, name=person.name or given.get(person.id, "")) for person in store.people.all(library)]
    model = store.models.chosen(library, "faces")
    n_faces = store.faces.in_library(library, model.name, model.version) if model else 0
    lines = roster(people, labels, store.photos.all(library))
    open_ones = store.suggestions.open(library)
    return PeopleView(
        library=library,
        people=lines,
        faces=n_faces,
        faces_of_nobody=max(0, n_faces - len(labels)),
        names={person.id: person.name for person in people if not person.hidden},
        suggestions=tuple(s for kind in OF_PEOPLE for s in open_ones if s.kind == kind),
    )


def face_labels(store: Store, library: str) -> list[FaceLabel]:
    """Return whose the faces are, as the embedder of the library numbers them."""
    model = store.models.chosen(library, "faces")
    return list(store.people.labels(library, model.name, model.version).values()) if model else []


def _as_json(view: PeopleView) -> dict[str, Any]:
    from plugins.pages.suggestion_words import because, suggestion_text  # noqa: PLC0415

    return {
        "library": view.library,
        "people": [asdict(line) for line in view.people],
        "faces": view.faces,
        "faces_of_nobody": view.faces_of_nobody,
        "suggestions": [
            {**asdict(made), "text": suggestion_text(made, view.names), "because": because(made)}
            for made in view.suggestions
        ],
    }


def _people_lines(view: PeopleView) -> Iterator[str]:
    """Yield the people: those with names, then those without, by their ids."""
    from plugins.pages.wording import count, shorten  # noqa: PLC0415

    named = [line for line in view.people if line.name]
    unnamed = [line for line in view.people if not line.name]
    yield (
        f"{view.library}: {count(len(named), 'person with a name', 'people with names')}, {len(unnamed):,} without; "
        f"{count(view.faces, 'face')}, {view.faces_of_nobody:,} of nobody"
    )
    shown = [(line.name, line) for line in named] + [(line.id, line) for line in unnamed[:MOST_SHOWN]]
    width = max((len(shorten(called, MOST_NAME)) for called, _ in shown), default=0)
    for called, line in shown:
        seen = f"{line.first:%Y-%m-%d} to {line.last:%Y-%m-%d}" if line.first and line.last else ""
        counts = f"{count(line.faces, 'face'):>12} {count(line.photos, 'photo'):>13}  {seen}"
        yield f"  {shorten(called, MOST_NAME):<{width}} {counts}".rstrip()
    if len(unnamed) > MOST_SHOWN:
        yield f"  … and {len(unnamed) - MOST_SHOWN:,} more without a name; --json has all"


def _suggestion_lines(view: PeopleView, library: str) -> Iterator[str]:
    """Yield the suggestions that wait, each with its key and what speaks for it, and how to answer."""
    from app.words import command_for  # noqa: PLC0415
    from plugins.pages.suggestion_words import because, suggestion_text  # noqa: PLC0415

    if any(not line.name for line in view.people):
        yield f"Name somebody: {command_for(library, 'people', '--name', 'ID', 'NAME')}"
    if not view.suggestions:
        yield "No suggestion waits for you."
        return
    yield "For you to decide:"
    for made in view.suggestions[:MOST_SHOWN]:
        why = because(made)
        yield f"  {made.key}  {suggestion_text(made, view.names)}" + (f" ({why})" if why else "")
    if len(view.suggestions) > MOST_SHOWN:
        yield f"  … and {len(view.suggestions) - MOST_SHOWN:,} more; --json has all"
    how = command_for(library, "people", "--accept", "KEY")
    yield f"Answer by {how}, or --reject KEY; the last report shows the faces."


@contextmanager
def opened_store(library: str) -> Iterator[tuple[Store, str]]:
    """Open the store for one library.

    Raises:
        WrongUse: no run has made a store yet.
    """
    from plugins.store import open_store  # noqa: PLC0415

    settings = load_settings()
    name = settings.library(library).name
    if isinstance(settings.database, Path) and not settings.database.exists():
        raise WrongUse(f"nothing is known of {library} yet: `albumen curate {library}` looks at its photos")
    with open_store(settings) as store:
        yield store, name
