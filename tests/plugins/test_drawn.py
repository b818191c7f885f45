"""Ids of faces that only we found: read back as they were written, whatever the photo is called."""

from __future__ import annotations

import pytest

from plugins.drawn import drawn_at, drawn_face


@pytest.mark.parametrize("photo", ["a.jpg", "day 1/me@home.jpg", "a@0.1,0.1,0.2,0.2", "two\nlines.jpg", "ü,1.png"])
def test_an_id_says_photo_and_box(photo: str) -> None:
    assert drawn_at(drawn_face(photo, (0.0, 0.125, 0.5, 1.0))) == (photo, (0.0, 0.125, 0.5, 1.0))


@pytest.mark.parametrize(
    "face",
    [
        pytest.param("", id="nothing"),
        pytest.param("photo#3", id="a face of the gallery"),
        pytest.param("photo@0.5,0.5,0.25,0.75", id="right of its right edge"),
        pytest.param("photo@0.1,0.1,0.2", id="three numbers"),
        pytest.param("photo@0.1,0.1,0.2,1.5", id="outside of the picture"),
        pytest.param("photo@0.1,0.1,0.2,nan", id="no number"),
        pytest.param("@0.1,0.1,0.2,0.2", id="no photo"),
    ],
)
def test_what_names_no_face_of_ours(face: str) -> None:
    assert drawn_at(face) is None
