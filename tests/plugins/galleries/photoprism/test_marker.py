"""The marker in the notes of an album, whatever else is in them."""

from __future__ import annotations

import pytest

from plugins.galleries import GalleryRefused
from plugins.galleries.photoprism.marker import marker_in, notes_of
from plugins.records import Marker

OURS = Marker("event", "ev-2024-05-03-a1")
LINE = notes_of(OURS)


@pytest.mark.parametrize(
    "notes",
    [
        pytest.param(LINE, id="alone"),
        pytest.param(f"with Ben\r\n\t{LINE} \r\nand Ana", id="among the user's"),
        pytest.param(LINE.replace("a1", "b2") + "\n" + LINE, id="the last of two"),
        pytest.param("\n" * 2_000_000 + LINE, id="below millions of empty lines"),
        pytest.param(" " * 2_000_000 + LINE + " " * 2_000_000, id="between millions of blanks"),
    ],
)
def test_the_marker_is_found(notes: str) -> None:
    assert marker_in(notes) == OURS


@pytest.mark.parametrize(
    "notes",
    [
        pytest.param("", id="nothing"),
        pytest.param(f"see {LINE}", id="within a sentence"),
        pytest.param(LINE.replace("v=1", "v=١"), id="a digit of another script"),
        pytest.param("\n" * 2_000_000, id="millions of empty lines"),
        pytest.param("\nmanaged-by=albumen;key=" * 200_000, id="what begins like one, again and again"),
    ],
)
def test_other_notes_are_the_users(notes: str) -> None:
    assert marker_in(notes) is None


def test_the_marker_of_a_newer_albumen_is_refused() -> None:
    with pytest.raises(GalleryRefused, match="newer Albumen"):
        marker_in(LINE.replace("v=1", "v=2"))
