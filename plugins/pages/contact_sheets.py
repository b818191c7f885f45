"""Contact sheets: photos as one picture of labelled cells, and a page of the sheets of groups to be named."""

from __future__ import annotations

import io
import re
import shlex
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from PIL import Image, ImageDraw, ImageFont

from plugins.pages.rendering import render
from plugins.pages.thumbs import thumbnail
from plugins.pages.wording import clean, count, shorten

CELL_PX: Final = 180
"""Side of a cell: the longer side of its picture."""
GAP_PX: Final = 8
CAPTION_PX: Final = 32
NOTE_PX: Final = 24
"""Height of the line below a cell."""
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
_PAPER, _EMPTY, _INK, _FRAME = "#fbfaf7", "#e2ded6", "#1d1c1a", "#c2571a"
_LABEL_PX, _NOTE_TEXT_PX = 17, 15
_PLAINER: Final = str.maketrans(
    {"–": "-", "—": "-", "ß": "ss", "ø": "o", "Ø": "O", "ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ð": "d", "þ": "th"}
    | {"æ": "ae", "Æ": "Ae", "œ": "oe", "Œ": "Oe", "ı": "i"}
)
"""Letters that are no other letter with an accent."""
_NO_GLYPH: Final = re.compile("[^ -~©«°±·»‘’“”]+")
"""What Pillow's own font draws as an empty box."""
_Font: TypeAlias = ImageFont.FreeTypeFont | ImageFont.ImageFont


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


@dataclass(frozen=True, slots=True)
class Part:
    """Cells in rows below one line of text.

    `labels` stand in the corners of the cells, one for each; `notes`, where there are any, below them. The cell with
    the index `framed` has a frame. All texts are cut where there is no more room.
    """

    caption: str
    labels: Sequence[str]
    notes: Sequence[str] = ()
    framed: int | None = None

    @property
    def cell_px(self) -> int:
        """Return the height of a row: a cell, what is below it, and the gap."""
        return CELL_PX + GAP_PX + (NOTE_PX if self.notes else 0)


def sheet_size(n_cells: int) -> tuple[int, int]:
    """Return width and height in px of a sheet with so many cells and no notes."""
    return size_of([Part("", [""] * n_cells)])


def size_of(parts: Sequence[Part]) -> tuple[int, int]:
    """Return width and height in px of a sheet of parts."""
    columns = _columns(parts)
    high = sum(CAPTION_PX + -(-len(part.labels) // columns) * part.cell_px for part in parts)
    return columns * (CELL_PX + GAP_PX) + GAP_PX, high + GAP_PX


def _columns(parts: Sequence[Part]) -> int:
    return min(COLUMNS, max(FEWEST_COLUMNS, *(len(part.labels) for part in parts)))


def contact_sheet(numbers: Sequence[int], pictures: Iterable[Image.Image | None], caption: str) -> bytes:
    """Return a JPEG of numbered cells below one line of text: `sheet_of` one part, at least one cell."""
    return sheet_of([Part(caption, [str(number) for number in numbers])], pictures)


def sheet_of(parts: Sequence[Part], pictures: Iterable[Image.Image | None]) -> bytes:
    """Return a JPEG of parts below each other, 8 cells in a row, each picture whole inside 180 × 180 px.

    Args:
        parts: at least one; captions are cut at `MOST_CAPTION` characters.
        pictures: one for each cell of all parts, None where there is none; each is let go before the next one is
            asked for.
    Returns:
        A picture of `size_of(parts)`. A picture that cannot be read is an empty cell with its label.
    """
    sheet = Image.new("RGB", size_of(parts), _PAPER)
    draw, shown = ImageDraw.Draw(sheet), iter(pictures)
    columns, top = _columns(parts), 0
    for part in parts:
        draw.text((GAP_PX, top + CAPTION_PX / 2 + 2), _drawable(part.caption), _INK, ImageFont.load_default(18), "lm")
        top += CAPTION_PX
        for cell in range(len(part.labels)):
            row, column = divmod(cell, columns)
            at = GAP_PX + column * (CELL_PX + GAP_PX), top + row * part.cell_px
            _draw_cell(sheet, draw, at, part, cell, next(shown))
        top += -(-len(part.labels) // columns) * part.cell_px
    out = io.BytesIO()
    sheet.save(out, "JPEG", quality=82, progressive=True, optimize=True, comment=MARK)
    return out.getvalue()


def _draw_cell(
    sheet: Image.Image,
    draw: ImageDraw.ImageDraw,
    at: tuple[int, int],
    part: Part,
    cell: int,
    picture: Image.Image | None,
) -> None:
    left, top = at
    _fill(sheet, draw, left, top, picture)
    if cell == part.framed:
        edges = (left - 4, top - 4, left + CELL_PX + 3, top + CELL_PX + 3)
        draw.rectangle(edges, outline=_FRAME, width=4)
    _label(draw, left, top, part.labels[cell])
    if part.notes:
        font = ImageFont.load_default(_NOTE_TEXT_PX)
        draw.text((left, top + CELL_PX + NOTE_PX / 2 + 1), _fitting(draw, part.notes[cell], font), _INK, font, "lm")


def _fitting(draw: ImageDraw.ImageDraw, note: str, font: _Font) -> str:
    """Return as much of a note as fits below a cell."""
    said = shorten(_lettered(note), CELL_PX // 4)  # no letter that anybody writes is narrower
    while said and draw.textlength(said, font) > CELL_PX:
        said = shorten(said, len(said) - 1) if len(said) > 1 else ""
    return said


def is_sheet(head: bytes) -> bool:
    """Say whether a file is a contact sheet of ours, by its first `HEAD_BYTES` bytes."""
    return head.startswith(b"\xff\xd8") and MARK in head


def _drawable(caption: str) -> str:
    return shorten(_lettered(caption), MOST_CAPTION)


def _lettered(text: str) -> str:
    """Return text in letters that the font has: without accents, and with three dots for what is not Latin."""
    apart = unicodedata.normalize("NFKD", clean(text).translate(_PLAINER))
    return _NO_GLYPH.sub("...", "".join(sign for sign in apart if not unicodedata.combining(sign)))


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


def _label(draw: ImageDraw.ImageDraw, left: int, top: int, label: str) -> None:
    if not label:
        return
    font = ImageFont.load_default(_LABEL_PX)
    width = round(draw.textlength(label, font)) + 10
    draw.rectangle((left, top, left + width, top + _LABEL_PX + 5), _INK)
    draw.text((left + width / 2, top + 3 + _LABEL_PX / 2), label, "#ffffff", font, "mm")


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
