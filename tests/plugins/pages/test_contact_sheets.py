"""Contact sheets: numbered cells of known places and sizes, whatever the pictures are; a page that names each."""

from __future__ import annotations

import io

import pytest
from PIL import Image

from plugins.pages.contact_sheets import (
    CAPTION_PX,
    CELL_PX,
    GAP_PX,
    HEAD_BYTES,
    MOST_CELLS,
    NOTE_PX,
    Part,
    SheetView,
    caption_of,
    contact_sheet,
    is_sheet,
    name_command,
    render_sheets,
    sheet_of,
    sheet_size,
    size_of,
    spread,
)

RED, EMPTY = (255, 0, 0), (226, 222, 214)
VIEW = SheetView("group-1", 104, 40, "group-1.jpg", (1512, 980), "albumen tags --name group-1 WORD cats")


class Torn(Image.Image):
    """A picture whose data end too early, as Pillow finds only when it reads them."""

    def load(self) -> None:
        raise OSError("image file is truncated")

    def copy(self) -> Image.Image:
        self.load()
        return self


def plain(mode: str, size: tuple[int, int], colour: object = "red") -> Image.Image:
    return Image.new(mode, size, colour)  # type: ignore[arg-type]


def drawn(*pictures: Image.Image | None, caption: str = "three cats") -> Image.Image:
    return Image.open(io.BytesIO(contact_sheet(range(1, len(pictures) + 1), pictures, caption))).convert("RGB")


def middle(sheet: Image.Image, cell: int) -> tuple[int, ...]:
    """Return the colour in the middle of a cell of the first row, as one of the two that are drawn."""
    left = GAP_PX + cell * (CELL_PX + GAP_PX)
    box = (left + CELL_PX // 2, CAPTION_PX + CELL_PX // 2, left + CELL_PX // 2 + 1, CAPTION_PX + CELL_PX // 2 + 1)
    found = sheet.crop(box).tobytes()
    return min((RED, EMPTY), key=lambda colour: sum(abs(a - b) for a, b in zip(colour, found, strict=True)))


@pytest.mark.parametrize(
    ("caption", "same"),
    [
        pytest.param("Plön, 3–5 May", "Plon, 3-5 May", id="an accent and a dash"),
        pytest.param("Úněšov", "Unesov", id="accents of Latin letters"),
        pytest.param("Øresund, Łódź, Straße", "Oresund, Lodz, Strasse", id="letters of their own"),
        pytest.param("Москва 2024", "… 2024", id="another script"),
        pytest.param("«Sea» “Anna’s”…", "«Sea» “Anna’s”...", id="quotes stay"),
        pytest.param("a\x1b[2J", "a…[2J", id="what cannot be shown"),
    ],
)
def test_text_is_drawn_in_letters_that_the_font_has(caption: str, same: str) -> None:
    """Two captions give the same picture; the letters of the second one the font has."""
    parts = [Part(text, ["1"], [text]) for text in (caption, same)]
    assert sheet_of(parts[:1], [None]) == sheet_of(parts[1:], [None])


@pytest.mark.parametrize(
    ("n", "most", "numbers"),
    [
        pytest.param(0, 4, [], id="none"),
        pytest.param(3, 4, [1, 2, 3], id="all"),
        pytest.param(4, 4, [1, 2, 3, 4], id="just all"),
        pytest.param(10, 4, [1, 4, 7, 10], id="from the first to the last"),
        pytest.param(5, 4, [1, 2, 3, 5], id="one too many"),
        pytest.param(5, 1, [1], id="one cell"),
    ],
)
def test_which_photos_get_a_cell(n: int, most: int, numbers: list[int]) -> None:
    assert spread(n, most) == numbers


def test_a_large_group_gets_distinct_cells() -> None:
    numbers = spread(2_001)
    assert (len(set(numbers)), numbers[0], numbers[-1]) == (MOST_CELLS, 1, 2_001)


@pytest.mark.parametrize(
    ("n", "size"),
    [
        pytest.param(1, (4 * 188 + 8, 32 + 188 + 8), id="room for the caption"),
        pytest.param(8, (8 * 188 + 8, 32 + 188 + 8), id="a full row"),
        pytest.param(40, (1512, 980), id="the largest"),
    ],
)
def test_sizes(n: int, size: tuple[int, int]) -> None:
    assert sheet_size(n) == size
    assert drawn(*[None] * n).size == size


@pytest.mark.parametrize(
    ("picture", "colour"),
    [
        pytest.param(plain("RGB", (400, 300)), RED, id="a photo"),
        pytest.param(plain("RGB", (300, 60)), RED, id="a panorama"),
        pytest.param(plain("RGBA", (20, 20)), RED, id="a small one with an alpha channel"),
        pytest.param(plain("CMYK", (400, 300), (0, 255, 255, 0)), RED, id="of a printer"),
        pytest.param(plain("RGB", (40, 30)).quantize(4), RED, id="from a palette"),
        pytest.param(None, EMPTY, id="missing"),
        pytest.param(Torn(), EMPTY, id="torn"),
        pytest.param(plain("RGB", (0, 0)), EMPTY, id="of no size"),
    ],
)
def test_a_cell_shows_its_picture_or_is_empty(picture: Image.Image | None, colour: tuple[int, ...]) -> None:
    sheet = drawn(plain("RGB", (400, 300)), picture, plain("RGB", (300, 400)))
    assert [middle(sheet, cell) for cell in range(3)] == [RED, colour, RED]


def test_each_cell_has_its_number() -> None:
    one, other = (contact_sheet([number], [None], "") for number in (3, 4))
    corner = (GAP_PX, CAPTION_PX, GAP_PX + 40, CAPTION_PX + 30)
    shown = [Image.open(io.BytesIO(sheet)).convert("RGB").crop(corner) for sheet in (one, other)]
    assert shown[0].tobytes() != shown[1].tobytes()


def test_parts_lie_below_each_other_and_the_chosen_cell_is_framed() -> None:
    red = plain("RGB", (400, 400))
    parts = [Part("three", ["1", "2", "3"], ["a", "b", "c"], framed=1), Part("like these", ["", ""])]
    below = 2 * (CAPTION_PX + CELL_PX + GAP_PX) + NOTE_PX + GAP_PX
    assert size_of(parts) == (4 * (CELL_PX + GAP_PX) + GAP_PX, below)
    sheet = Image.open(io.BytesIO(sheet_of(parts, [red, None, red, red, None]))).convert("RGB")
    assert sheet.size == size_of(parts)
    edges = [sheet.getpixel((GAP_PX + n * (CELL_PX + GAP_PX) + 60, CAPTION_PX - 2)) for n in range(3)]
    framed = [min(one) < 100 for one in edges]  # type: ignore[type-var, arg-type]
    assert framed == [False, True, False]
    second = sheet.crop((0, CAPTION_PX + CELL_PX + GAP_PX + NOTE_PX, sheet.width, sheet.height))
    assert [middle(second, cell) for cell in range(2)] == [RED, EMPTY]


@pytest.mark.parametrize(
    "note",
    [
        pytest.param("", id="empty"),
        pytest.param("W" * 10_000, id="endless"),
        pytest.param("a\nb\x00\udcff\u202e", id="what cannot be shown"),
    ],
)
def test_a_note_stays_below_its_cell(note: str) -> None:
    sheet = Image.open(io.BytesIO(sheet_of([Part("", ["1", "2"], [note, ""])], [None, None]))).convert("L")
    below = sheet.crop((GAP_PX + CELL_PX + 4, CAPTION_PX + CELL_PX + 6, sheet.width, sheet.height))
    assert below.getextrema()[0] > 200  # type: ignore[operator]


@pytest.mark.parametrize(
    "caption",
    [
        pytest.param("", id="empty"),
        pytest.param("x" * 10_000, id="endless"),
        pytest.param("a\nb\x00\udcff\u202e", id="what cannot be shown"),
        pytest.param("海滩 شاطئ", id="letters that the font has not"),
    ],
)
def test_a_caption_never_stops_a_sheet(caption: str) -> None:
    assert drawn(plain("RGB", (40, 40)), caption=caption).size == sheet_size(1)


def test_a_sheet_is_known_as_ours_and_a_photo_is_not() -> None:
    photo = io.BytesIO()
    plain("RGB", (40, 40)).save(photo, "JPEG")
    assert is_sheet(contact_sheet([1], [None], "")[:HEAD_BYTES])
    assert not is_sheet(photo.getvalue()[:HEAD_BYTES])
    assert not is_sheet(b"Contact sheet by Albumen")


def test_a_caption_says_how_many_are_not_shown() -> None:
    assert caption_of(VIEW) == "group-1: 40 photos, and 64 more"
    assert caption_of(SheetView("group-1", 1, 1, "", (0, 0), "")) == "group-1: 1 photo"


@pytest.mark.parametrize(
    ("library", "command"),
    [
        pytest.param("cats", "albumen tags --name group-1 WORD cats", id="plain"),
        pytest.param("-my cats", "albumen tags --name group-1 WORD -- '-my cats'", id="a dash and a blank"),
    ],
)
def test_the_command_is_quoted(library: str, command: str) -> None:
    assert name_command(library, "group-1") == command


def test_the_page_shows_each_sheet_with_its_command() -> None:
    page = render_sheets([VIEW], "<b>cats", 3).decode()
    assert 'src="group-1.jpg"' in page
    assert "albumen tags --name group-1 WORD cats" in page
    assert "And 64 more, which get the word too." in page
    assert "2 smaller groups wait behind these." in page
    assert "<b>cats" not in page


def test_a_page_without_sheets_says_so() -> None:
    assert "No group of photos waits for a name." in render_sheets([], "cats", 0).decode()
