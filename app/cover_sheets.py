"""Contact sheets of covers on the command line: all candidates of each album and video, and a page of them."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from app.labels import write_file
from app.messages import shown_at_work, tell, tell_json
from app.people import opened_store
from app.sheet_folder import delete_old, ready

PAGE: Final = "covers.html"
_SHEETS: Final = "cover-*.jpg"


def write_sheets(library: str, folder: Path, json: bool) -> None:
    """Write a contact sheet of each cover of an album or a video, and a page of them.

    The folder is made where it is missing. In it only files of ours are replaced; sheets of covers that there are no
    more are deleted.

    Raises:
        WrongUse: no run has chosen covers, the folder holds somebody else's files of these names, it is among the
            photos of a library, or it cannot be written.
        GalleryError: the gallery cannot be asked for the photos.
    """
    from plugins.pages.cover_sheets import render_cover_sheets  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415
    from tasks.context import opened  # noqa: PLC0415
    from tasks.cover_sheets import drawn, wanted_sheets  # noqa: PLC0415

    with opened_store(library):  # complains where nothing is known
        pass
    with opened(library) as here:
        wanted = wanted_sheets(here)
        folder = ready(folder, library, [PAGE, *(one.view.path for one in wanted)])
        views = []
        with shown_at_work(f"Drawing {count(len(wanted), 'contact sheet')} of {here.name}"):
            for view, picture in drawn(here, wanted):
                write_file(folder / view.path, picture)
                views.append(view)
        name = here.name
    write_file(folder / PAGE, render_cover_sheets(views, name))
    delete_old(folder, _SHEETS, {view.path for view in views})
    if json:
        sheets = [{"key": view.key, "title": view.title, "file": view.path} for view in views]
        tell_json({"library": name, "page": str(folder / PAGE), "sheets": sheets})
    elif views:
        tell(f"{folder / PAGE}: {count(len(views), 'contact sheet')}.")
    else:
        tell(f"No cover has been chosen yet in {name}.")
