"""Boxes of two detectors matched."""

from __future__ import annotations

import pytest

from plugins.people.naming import match_regions, overlap
from plugins.records import Box, Region

LEFT: Box = (0.1, 0.1, 0.3, 0.3)
RIGHT: Box = (0.6, 0.1, 0.8, 0.3)


def region(name: str, box: Box | None) -> Region:
    return Region("p.jpg", box, name)


@pytest.mark.parametrize(
    ("one", "other", "share"),
    [
        pytest.param(LEFT, LEFT, 1.0, id="the same box"),
        pytest.param(LEFT, RIGHT, 0.0, id="apart"),
        pytest.param(LEFT, (0.3, 0.1, 0.5, 0.3), 0.0, id="side by side"),
        pytest.param((0, 0, 0.2, 0.2), (0, 0, 0.2, 0.1), 0.5, id="half of it"),
        pytest.param((0, 0, 0.2, 0.2), (0.1, 0, 0.3, 0.2), 1 / 3, id="shifted by half"),
        pytest.param((0.5, 0.5, 0.5, 0.5), (0.5, 0.5, 0.5, 0.5), 0.0, id="boxes without an area"),
    ],
)
def test_overlap(one, other, share):
    assert overlap(one, other) == pytest.approx(share)
    assert overlap(other, one) == pytest.approx(share)


@pytest.mark.parametrize(
    ("faces", "regions", "names"),
    [
        pytest.param([], [region("Anna", LEFT)], {}, id="no face was found"),
        pytest.param([LEFT], [], {}, id="nobody was named"),
        pytest.param([LEFT], [region("", LEFT)], {0: ""}, id="somebody without a name"),
        pytest.param([LEFT], [region("Anna", RIGHT)], {}, id="somebody else is named"),
        pytest.param([LEFT], [region("Anna", (0.25, 0.1, 0.45, 0.3))], {}, id="hardly touching"),
        pytest.param([LEFT, RIGHT], [region("Anna", None)], {}, id="one of the two, nobody knows which"),
        pytest.param([LEFT], [region("Anna", None), region("Ben", None)], {}, id="two names for one face"),
        pytest.param([LEFT], [region("Anna", None)], {0: "Anna"}, id="the only face has the only name"),
        pytest.param([LEFT], [region("Anna", (0.12, 0.08, 0.33, 0.34))], {0: "Anna"}, id="a looser box"),
        pytest.param(
            [RIGHT, LEFT], [region("Anna", LEFT), region("Ben", RIGHT)], {0: "Ben", 1: "Anna"}, id="each their own"
        ),
        pytest.param(
            [(0.1, 0.1, 0.3, 0.3), (0.12, 0.1, 0.32, 0.3)],
            [region("Anna", (0.12, 0.1, 0.32, 0.3))],
            {1: "Anna"},
            id="the nearer of two faces, the other stays unknown",
        ),
        pytest.param(
            [LEFT],
            [region("Ben", (0.12, 0.1, 0.32, 0.3)), region("Anna", LEFT)],
            {0: "Anna"},
            id="the nearer of two names",
        ),
        pytest.param([LEFT], [region("Ben", LEFT), region("Anna", LEFT)], {0: "Anna"}, id="a draw goes by name"),
        pytest.param(
            [LEFT, RIGHT], [region("Anna", LEFT), region("Anna", RIGHT)], {0: "Anna", 1: "Anna"}, id="before a mirror"
        ),
        pytest.param(
            [LEFT, RIGHT], [region("Anna", LEFT), region("Anna", LEFT)], {0: "Anna"}, id="said twice of one face"
        ),
    ],
)
def test_match_regions(faces, regions, names):
    assert {n: found.name for n, found in match_regions(faces, regions).items()} == names


def test_a_region_with_a_person_goes_before_one_without():
    nobody, somebody = Region("p.jpg", LEFT, id="1"), Region("p.jpg", LEFT, id="2", person="7")
    assert match_regions([LEFT], [nobody, somebody]) == {0: somebody}
