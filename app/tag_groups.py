"""Groups of photos that look alike on the command line: their contact sheets, and one word for all of a group."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.answers import NotAWord, NothingLeft, NothingWaits
from app.labels import write_file
from app.messages import WrongUse, shown_at_work, tell, tell_json
from app.people import opened_store
from app.sheet_folder import delete_old, ready

if TYPE_CHECKING:
    from plugins.pages.contact_sheets import SheetView
    from plugins.store import Suggestion

INDEX: Final = "index.html"
_SHEETS: Final = "group-*.jpg"


def name_group(library: str, key: str, word: str, without: Sequence[int], json: bool) -> None:
    """Give a word to all photos of a group, but for those whose numbers on its contact sheet are in `without`.

    The next run plans the tags. The photos that are left out never get the word from us; they may be in another group.

    Raises:
        WrongUse: no such group waits, a number is not there, no photo is left, or the word cannot be a tag.
    """
    from app.answers.groups import name_group as name_it  # noqa: PLC0415
    from app.answers.groups import waiting_group  # noqa: PLC0415
    from app.words import command_for  # noqa: PLC0415
    from plugins.pages.plan_words import quoted  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415

    with opened_store(library) as (store, name), store.transaction():
        try:
            left_out = _left_out(waiting_group(store, name, key), without)
            named = name_it(store, name, key, word, left_out)
        except NothingWaits as error:
            sheets = command_for(library, "tags", "--sheets", "DIR")
            reason = f"no group waits under {key!r}: it has a name, or other photos by now; {sheets} shows all groups"
            raise WrongUse(reason) from error
        except NothingLeft as error:
            reject = command_for(library, "tags", "--reject", key)
            raise WrongUse(f"{error}: {reject} says that it is no group") from error
        except NotAWord as error:
            raise WrongUse(str(error)) from error
    tag, kept = named.tag, named.kept
    if json:
        tell_json({"library": name, "key": key, "tag": tag, "photos": len(kept), "without": len(left_out)})
        return
    but = f"; {count(len(left_out), 'photo')} of the group never will be" if left_out else ""
    tell(f"Accepted: {count(len(kept), 'photo is', 'photos are')} {quoted(tag)}{but}.")
    tell(f"The tags are planned by {command_for(library, 'curate')}, and written with --apply.")


def _left_out(group: Suggestion, without: Sequence[int]) -> frozenset[str]:
    """Return the contents behind numbers on a group's sheet."""
    photos = group.evidence.photos
    if wrong := sorted({number for number in without if not 1 <= number <= len(photos)}):
        raise WrongUse(f"{group.key} has the numbers 1 to {len(photos)}, and not {', '.join(map(str, wrong))}")
    return frozenset(photos[number - 1] for number in without)


def write_sheets(library: str, folder: Path, json: bool) -> None:
    """Write contact sheets of the largest groups that wait, and a page of them with the command to name each.

    The folder is made where it is missing. In it only files of ours are replaced; sheets of groups that wait no more
    are deleted.

    Raises:
        WrongUse: no run has looked for groups, the folder holds somebody else's files of these names, it is among the
            photos of a library, or it cannot be written.
        GalleryError: the gallery cannot be asked for the photos.
    """
    from app.words import command_for  # noqa: PLC0415
    from plugins.pages.contact_sheets import render_sheets  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415
    from tasks.context import opened  # noqa: PLC0415
    from tasks.sheets import MOST_GROUPS, drawn_sheets, waiting_groups  # noqa: PLC0415

    with opened_store(library) as (store, name):
        groups = waiting_groups(store, name)
    shown = groups[:MOST_GROUPS]
    folder = ready(folder, library, [INDEX, *(f"{group.key}.jpg" for group in shown)])
    views = []
    with opened(library) as here, shown_at_work(f"Drawing {count(len(shown), 'contact sheet')} of {name}"):
        for sheet in drawn_sheets(here, shown, lambda key: command_for(library, "tags", "--name", key, "WORD")):
            write_file(folder / sheet.view.path, sheet.picture)
            views.append(sheet.view)
    write_file(folder / INDEX, render_sheets(views, name, len(groups)))
    delete_old(folder, _SHEETS, {view.path for view in views})
    if json:
        tell_json({"library": name, "index": str(folder / INDEX), "groups": len(groups), "sheets": _as_json(views)})
    elif views:
        tell(f"{folder / INDEX}: {count(len(views), 'contact sheet')} of {count(len(groups), 'group')}.")
    else:
        tell(f"No group of photos that look alike waits for a name in {name}.")


def _as_json(views: Iterable[SheetView]) -> list[dict[str, Any]]:
    return [
        {"key": view.key, "file": view.path, "photos": view.n_photos, "shown": view.n_shown, "name": view.name}
        for view in views
    ]
