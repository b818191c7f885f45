"""Why a photo became a cover: what is known of it decides the words."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.covers import Pictures
from plugins.covers.reasons import is_match, match_reason, plain_reason

SHARP = [0.2, 0.9, 0.4, 0.5]


def pictures(**known: Any) -> Pictures:
    columns = {name: np.array(values, np.float32) for name, values in known.items()}
    for name, kind in (("favourite", np.bool_), ("rating", np.int64)):
        if name in columns:
            columns[name] = columns[name].astype(kind)
    return Pictures.of([f"p{n}" for n in range(4)], np.arange(4.0), **columns)


@pytest.mark.parametrize(
    ("known", "candidates", "said"),
    [
        pytest.param({}, [0, 1, 2, 3], "the best by all that is measured", id="nothing is known"),
        pytest.param({}, [1], "the only one that could be it", id="one candidate"),
        pytest.param({"sharpness": SHARP}, [0, 1, 2, 3], "sharp", id="the sharpest"),
        pytest.param({"sharpness": SHARP}, [1], "the only one that could be it", id="sharp beside nothing"),
        pytest.param(
            {"sharpness": [0.9, 0.2, 0.8, 0.7]}, [0, 1, 2, 3], "the best by all that is measured", id="not sharp"
        ),
        pytest.param(
            {"sharpness": [0.1, np.nan, 0.2, 0.3]},
            [0, 1, 2],
            "the best by all that is measured",
            id="unmeasured",
        ),
        pytest.param({"favourite": [1, 1, 0, 0], "rating": [0, 5, 0, 0]}, [0, 1], "a favourite of yours", id="liked"),
        pytest.param({"rating": [0, 4, 0, 0]}, [0, 1], "4 stars of yours", id="stars"),
        pytest.param({"rating": [0, 3, 0, 0]}, [0, 1], "the best by all that is measured", id="three stars"),
        pytest.param({"n_faces": [0, 1, 0, 0], "face_share": [0, 0.01, 0, 0]}, [0, 1], "one face", id="a small face"),
        pytest.param(
            {"n_faces": [0, 2, 0, 0], "face_share": [0, 0.05, 0, 0], "sharpness": SHARP, "favourite": [0, 1, 0, 0]},
            [0, 1, 3],
            "a favourite of yours, sharp, two large faces",
            id="all at once",
        ),
        pytest.param({"n_faces": [0, 12, 0, 0]}, [0, 1], "12 faces", id="a crowd"),
    ],
)
def test_what_speaks_for_a_cover(known: dict[str, Any], candidates: list[int], said: str) -> None:
    """The photo in row 1 was chosen."""
    assert plain_reason(pictures(**known), np.array(candidates), candidates.index(1)) == said


@pytest.mark.parametrize(
    ("like", "said"),
    [
        pytest.param([], "match with your favourites: 0.83", id="names that nobody knows any more"),
        pytest.param(["a.jpg"], "match with your favourites: 0.83, like a.jpg", id="one"),
        pytest.param(["a", "b", "c"], "match with your favourites: 0.83, like a and b", id="the first two"),
        pytest.param(
            ["\x1b[2J" + 99 * "x"], f"match with your favourites: 0.83, like \ufffd[2J{55 * 'x'}…", id="hostile"
        ),
    ],
)
def test_a_match_names_what_it_resembles(like: list[str], said: str) -> None:
    assert match_reason(0.834, like) == said


@pytest.mark.parametrize(
    ("interest", "best", "matches"),
    [
        pytest.param([0.2, 0.9, 0.3], 1, True, id="the best match"),
        pytest.param([0.2, 0.3, 0.5, 0.6], 2, True, id="of the best third"),
        pytest.param([0.2, 0.5, 0.6], 1, False, id="one of the others"),
        pytest.param([0.2, 0.9, 0.9], 0, False, id="others match more"),
        pytest.param([0.1, 0.1, 0.1], 2, True, id="all alike"),
        pytest.param([0.05], 0, True, id="alone"),
    ],
)
def test_whether_a_match_is_the_reason(interest: list[float], best: int, matches: bool) -> None:
    assert is_match(interest, best) is matches
