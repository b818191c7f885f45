"""Contact sheets: the photos of a group as one picture of numbered cells, and a page of sheets to be named."""

from __future__ import annotations

import io
import shlex
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from PIL import Image, ImageDraw, ImageFont

from plugins.pages.rendering import render
from plugins.pages.thumbs import thumbnail
from plugins.pages.wording import clean, count, shorten

CELL_PX: Final = 180
"""Side of a cell: the longer side of its picture."""
GAP_PX: Final = 8
CAPTION_PX: Final = 32
COLUMNS: Final = 8
FEWEST_COLUMNS: Final = 4
"""Columns of a sheet with fewer pictures than these, so that its caption has room."""
MOST_CELLS: Final = 40
MOST_CAPTION: Final = 80
"""Characters of a caption: what fits above the fewest columns."""
MARK: Final = b"Contact sheet by Albumen"
"""The comment by which a file is known to be a sheet of ours."""
HEAD_BYTES: Final = 512
"""How many of its first bytes tell whether a file is a sheet."""
_PAPER, _EMPTY, _INK = "#fbfaf7", "#e2ded6", "#1d1c1a"
_NUMBER_PX = 17


@dataclass(frozen=True, slots=True)
class SheetView:
    """A sheet as its page shows it: the group's key, its photos, those with a cell, the file beside the page.

    `name` is what the group could be called, empty where nothing is proposed; `command` gives it a name.
    """

    key: str
    n_photos: int
    n_shown: int
    path: str
    size: tuple[int, int]
    command: str
    name: str = ""


def spread(n: int, most: int = MOST_CELLS) -> list[int]:
    """Return the numbers, from 1, of those of n photos that get a cell: all, or `most` of them over the whole group."""
    if n <= most:
        return list(range(1, n + 1))
    return [1 + i * (n - 1) // max(1, most - 1) for i in range(most)]


def sheet_size(n_cells: int) -> tuple[int, int]:
    """Return width and height in px of a sheet with so many cells."""
    columns = min(COLUMNS, max(FEWEST_COLUMNS, n_cells))
    rows = -(-n_cells // columns)
    side = CELL_PX + GAP_PX
    return columns * side + GAP_PX, CAPTION_PX + rows * side + GAP_PX


def contact_sheet(numbers: Sequence[int], pictures: Iterable[Image.Image | None], caption: str) -> bytes:
    """Return a JPEG of numbered cells, 8 in a row, each picture whole inside 180 × 180 px, below one line of text.

    Args:
        numbers: one for each cell, at least one.
        pictures: one for each number, None where there is none; each is let go before the next one is asked for.
        caption: it is cut at `MOST_CAPTION` characters.
    Returns:
        A picture of `sheet_size(len(numbers))`. A picture that cannot be read is an empty cell with its number.
    """
    sheet = Image.new("RGB", sheet_size(len(numbers)), _PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((GAP_PX, CAPTION_PX / 2 + 2), _drawable(caption), _INK, ImageFont.load_default(18), "lm")
    columns = (sheet.width - GAP_PX) // (CELL_PX + GAP_PX)
    for cell, (number, picture) in enumerate(zip(numbers, pictures, strict=True)):
        row, column = divmod(cell, columns)
        left, top = GAP_PX + column * (CELL_PX + GAP_PX), CAPTION_PX + row * (CELL_PX + GAP_PX)
        _fill(sheet, draw, left, top, picture)
        _number(draw, left, top, number)
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=82, progressive=True, optimize=True, comment=MARK)
    return out.getvalue()


def is_sheet(head: bytes) -> bool:
    """Say whether a file is a contact sheet of ours, by its first `HEAD_BYTES` bytes."""
    return head.startswith(b"\xff\xd8") and MARK in head


def _drawable(caption: str) -> str:
    return shorten(clean(caption), MOST_CAPTION)


def _fill(sheet: Image.Image, draw: ImageDraw.ImageDraw, left: int, top: int, picture: Image.Image | None) -> None:
    small = _small(picture) if picture is not None else None
    if small is None:
        draw.rectangle((left, top, left + CELL_PX - 1, top + CELL_PX - 1), _EMPTY)
    else:
        sheet.paste(small, (left + (CELL_PX - small.width) // 2, top + (CELL_PX - small.height) // 2))


def _small(picture: Image.Image) -> Image.Image | None:
    """Return a picture as it fits into a cell, upright and in sRGB; None where its data cannot be read."""
    try:
        return Image.open(io.BytesIO(thumbnail(picture, CELL_PX, quality=92))).convert("RGB")
    except (OSError, ValueError, SyntaxError, MemoryError):  # what Pillow raises on data that is not as it says
        return None


def _number(draw: ImageDraw.ImageDraw, left: int, top: int, number: int) -> None:
    font = ImageFont.load_default(_NUMBER_PX)
    width = round(draw.textlength(str(number), font)) + 10
    draw.rectangle((left, top, left + width, top + _NUMBER_PX + 5), "#1d1c1a")
    draw.text((left + width / 2, top + 3 + _NUMBER_PX / 2), str(number), "#ffffff", font, "mm")


def caption_of(sheet: SheetView) -> str:
    """Return what stands above a sheet: the key, how many photos there are, and how many of them have no cell."""
    more = f", and {sheet.n_photos - sheet.n_shown:,} more" if sheet.n_photos > sheet.n_shown else ""
    return f"{sheet.key}: {count(sheet.n_shown, 'photo')}{more}"


def name_command(library: str, key: str) -> str:
    """Return the command that names a group, with WORD where the word goes, quoted for a shell."""
    dashes = ["--"] if library.startswith("-") else []
    return shlex.join(["albumen", "tags", "--name", key, "WORD", *dashes, clean(library)])


def render_sheets(sheets: Sequence[SheetView], library: str, n_groups: int) -> bytes:
    """Return the page of sheets as UTF-8, the sheets in the order given, out of `n_groups` that wait for a name."""
    return render("sheets.html", sheets=sheets, library=library, n_more=n_groups - len(sheets))
