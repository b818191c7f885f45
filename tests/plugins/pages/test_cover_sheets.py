"""Sheets of covers: what stands below each candidate, which one is framed, and a page of them."""

from __future__ import annotations

import pytest

from plugins.pages.contact_sheets import Part
from plugins.pages.cover_sheets import LIKE, CoverSheet, file_of, render_cover_sheets, sheet_parts
from plugins.store import Ranked

THREE = (Ranked("p0", 0.1, 0.25), Ranked("p1", 0.7, 0.831), Ranked("p2", 0.2))
FRAMES = (Ranked("v", 0.1, at_s=0.0), Ranked("v", 0.9, at_s=7.5))


@pytest.mark.parametrize(
    ("candidates", "chosen", "part"),
    [
        pytest.param(
            THREE,
            Ranked("p1", 0.7),
            Part("3 candidates for Lisbon", "123", ["p 0.10, interest 0.25", "p 0.70, interest 0.83", "p 0.20"], 1),
            id="of an album",
        ),
        pytest.param(
            FRAMES,
            Ranked("v", 1.0, at_s=7.5),
            Part("2 candidates for Lisbon", "12", ["p 0.10", "p 0.90"], 1),
            id="of a video",
        ),
        pytest.param(
            (), Ranked("p9", 1.0), Part("1 candidate for Lisbon", "1", ["p 1.00"], 0), id="candidates nobody knows"
        ),
        pytest.param(
            THREE[:1], Ranked("p1", 1.0), Part("1 candidate for Lisbon", "1", ["p 0.10, interest 0.25"]), id="not there"
        ),
    ],
)
def test_candidates_in_their_order_the_chosen_one_framed(
    candidates: tuple[Ranked, ...], chosen: Ranked, part: Part
) -> None:
    (found,) = sheet_parts("Lisbon", candidates, chosen, (), {})
    assert (found.caption, "".join(found.labels), found.notes, found.framed) == (
        part.caption,
        part.labels,
        part.notes,
        part.framed,
    )


def test_the_favourites_stand_below() -> None:
    _, like = sheet_parts("Lisbon", THREE, THREE[1], ("p8", "p9"), {"p8": "a.jpg"})
    assert (like.caption, like.labels, like.notes, like.framed) == (LIKE, ["", ""], ["a.jpg", ""], None)


def test_a_file_is_called_the_same_for_the_same_album() -> None:
    assert file_of("../e1\udcff") == file_of("../e1\udcff") != file_of("e1")
    assert len(file_of("e1")) == len("cover-.jpg") + 12


def test_the_page_says_why() -> None:
    sheet = CoverSheet("e1", "<b>Lisbon", "sharp", "chosen out of 3 photos", "cover-1.jpg", (760, 484), ())
    page = render_cover_sheets([sheet], "<i>family").decode()
    assert 'src="cover-1.jpg"' in page
    assert "<p>Sharp.</p>" in page
    assert "Chosen out of 3 photos." in page
    assert "<b>" not in page
    assert "&lt;b&gt;Lisbon" in page


def test_a_page_without_sheets_says_so() -> None:
    assert "No cover has been chosen yet." in render_cover_sheets([], "family").decode()
