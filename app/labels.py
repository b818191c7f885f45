"""Labels on the command line: which photo belongs to whom or to what, as a table for other programs."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from app.messages import WrongUse, tell, tell_json
from app.people import face_labels, opened_store

if TYPE_CHECKING:
    from plugins.people.labels_csv import GroupLabel
    from plugins.records import Photo
    from plugins.store import Store


def export_labels(library: str, file: Path, json: bool) -> None:
    """Write which photo belongs to which person or group of photos that look alike, as a table.

    Raises:
        WrongUse: the file cannot be written.
    """
    from plugins.pages.wording import count  # noqa: PLC0415
    from plugins.people.labels_csv import labels_csv  # noqa: PLC0415

    must_have_folder(file)
    with opened_store(library) as (store, name):
        rows = [*_of_people(store, name), *_look_alikes(store, name)]
    write_file(file, labels_csv(rows))
    if json:
        tell_json({"library": name, "file": str(file), "rows": len(rows)})
    else:
        tell(f"{file}: {count(len(rows), 'label')}.")


def _of_people(store: Store, library: str) -> Iterator[GroupLabel]:
    """Yield one label for each photo of each person, by time; of several faces there the strongest."""
    from plugins.people.labels_csv import GroupLabel  # noqa: PLC0415

    people = {person.id: person for person in store.people.all(library) if not person.hidden}
    names = store.suggestions.names(library)
    strengths: dict[str, dict[str, float]] = {}
    for label in face_labels(store, library):
        of_content = strengths.setdefault(label.content_key, {})
        of_content[label.person] = max(of_content.get(label.person, 0.0), label.strength)
    for photo in store.photos.all(library):
        for id_, strength in sorted(strengths.get(photo.content_key, {}).items()):
            if id_ in people:
                name = people[id_].name or names.get(id_, "")
                yield GroupLabel(photo.id, photo.name, "person", id_, name, strength)


def _look_alikes(store: Store, library: str) -> Iterator[GroupLabel]:
    """Yield one label for each photo of each group that looks alike: those that were named, and those that wait."""
    from plugins.people.labels_csv import GroupLabel  # noqa: PLC0415
    from plugins.people.named_groups import NamedGroup, named_groups  # noqa: PLC0415

    photos: dict[str, list[Photo]] = {}
    for photo in store.photos.all(library):
        photos.setdefault(photo.content_key, []).append(photo)
    decisions, names = store.suggestions.decisions(library), store.suggestions.names(library)
    waiting = [NamedGroup(s.key, s.value, s.evidence.photos, s.score) for s in store.suggestions.open(library, "group")]
    for group in (*named_groups(decisions, names), *waiting):
        for photo in (photo for content in group.contents for photo in photos.get(content, ())):
            yield GroupLabel(photo.id, photo.name, "look-alike", group.key, group.name, group.similarity)


def must_have_folder(file: Path) -> None:
    """Complain at once, not after all has been read, where the folder of a file to write is not there.

    Raises:
        WrongUse: it is not there.
    """
    if not file.expanduser().parent.is_dir():
        raise WrongUse(f"{file} cannot be written: there is no folder {file.parent}")


def write_file(file: Path, data: bytes) -> None:
    """Write a file that the user has named, whole or not at all.

    Raises:
        WrongUse: it cannot be written.
    """
    from plugins.atomic import write_atomically  # noqa: PLC0415

    try:
        write_atomically(file.expanduser(), data)
    except OSError as error:
        raise WrongUse(f"{file} cannot be written: {error.strerror or error}") from error
