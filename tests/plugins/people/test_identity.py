"""Who a cluster is: the gallery's word first, then the last answer's, else somebody new; ties fall the same way."""

from __future__ import annotations

import pytest

from plugins.people.identity import identify, person_key

A, B, C = "person-a", "person-b", "person-c"


def faces(n: int) -> list[tuple[str, int]]:
    return [(f"photo{i}", 0) for i in range(n)]


NEW = {i: person_key(face) for i, face in enumerate(faces(10))}


@pytest.mark.parametrize(
    ("cluster", "held", "before", "who"),
    [
        pytest.param([], [], [], {}, id="nobody"),
        pytest.param([0, 0], ["", ""], ["", ""], {}, id="too few"),
        pytest.param([-1, -1, -1], [""] * 3, [""] * 3, {}, id="nothing can be said of them"),
        pytest.param([0, 0, 0], [""] * 3, [""] * 3, {0: NEW[0]}, id="somebody new"),
        pytest.param([0, 0], ["7", ""], ["", ""], {0: "7"}, id="two, of whom the gallery knows one"),
        pytest.param([0, 0, 0], ["7", "8", "8"], [A] * 3, {0: "8"}, id="whom the gallery says most often"),
        pytest.param([0, 0, 0], ["8", "7", ""], [""] * 3, {0: "7"}, id="a draw goes by id"),
        pytest.param([0, 1], ["7", "7"], ["", ""], {0: "7", 1: "7"}, id="one person in two clusters"),
        pytest.param([0, 0, 0], [""] * 3, [A, A, B], {0: A}, id="most of the last answer"),
        pytest.param([0, 0, 0, 1, 1, 1], [""] * 6, [A, "", "", A, A, ""], {1: A, 0: NEW[0]}, id="a person in two"),
        pytest.param(
            [0, 0, 0, 1, 1, 1], [""] * 6, [A, B, "", A, B, ""], {0: A, 1: B}, id="draws go by key and cluster"
        ),
        pytest.param([0] * 4, [""] * 4, [A, A, B, B], {0: A}, id="two people became one"),
        pytest.param([0, 0, 0, 1, 1], ["7", "", "", "", ""], ["", "", "", "7", "7"], {0: "7"}, id="nobody else is 7"),
    ],
)
def test_who_a_cluster_is(cluster, held, before, who):
    assert identify(cluster, faces(len(cluster)), held, before, min_faces=3) == who


def test_a_key_that_is_taken_is_not_given_again():
    first = person_key(("photo0", 0))
    again = identify([0, 0, 0, 1, 1, 1], faces(6), [""] * 6, ["", "", "", first, first, first], min_faces=3)
    assert again[1] == first
    assert again[0] not in {first, ""}
    assert again[0] == person_key(("photo0", 0), taken=[first])
