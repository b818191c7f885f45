"""Which faces join whom without a question."""

from __future__ import annotations

import pytest

from plugins.publishing.wanted_people import SeenFace, WantedPerson, wanted_people


def seen(n: int, person: str = "person-1", **fields: object) -> SeenFace:
    return SeenFace(**{"id": f"f{n}", "photo": f"p{n}", "person": person, **fields})  # type: ignore[arg-type]


THREE = [seen(n) for n in range(3)]
ANNA = {"person": "anna", "person_named": True}


@pytest.mark.parametrize(
    ("faces", "wanted"),
    [
        pytest.param([], {}, id="no faces"),
        pytest.param(THREE, {"person-1": ("f0", "f1", "f2")}, id="three of one are somebody"),
        pytest.param(THREE[:2], {}, id="two are nobody"),
        pytest.param([*THREE[:2], seen(3, holder="anna")], {}, id="a face of Anna's does not count"),
        pytest.param(
            [*THREE[:1], *(seen(n, holder="person-1") for n in (5, 6))],
            {"person-1": ("f0",)},
            id="one more joins somebody who has two",
        ),
        pytest.param([seen(n, holder="person-1") for n in range(4)], {}, id="nothing is new"),
        pytest.param([seen(1, **ANNA, probability=0.99)], {"anna": ("f1",)}, id="sure enough for a name"),
        pytest.param([seen(1, **ANNA, probability=0.9899)], {}, id="not sure enough for a name"),
        pytest.param(
            [seen(1, **ANNA, probability=1.0, holder="ben", holder_named=True)], {}, id="Ben's face stays his"
        ),
        pytest.param([seen(1, person="")], {}, id="we do not know"),
        pytest.param([seen(n, drawn=True) for n in range(3)], {}, id="boxes of ours are not drawn"),
        pytest.param([*THREE[:2], THREE[0]], {}, id="a face counts once"),
    ],
)
def test_what_joins(faces: list[SeenFace], wanted: dict[str, tuple[str, ...]]) -> None:
    found = wanted_people(faces, min_faces=3, precision=0.99, draw=False)
    assert found.people == tuple(WantedPerson(key, "", given) for key, given in wanted.items())
    assert (found.moves, found.min_faces) == ((), 3)


def test_boxes_of_ours_are_drawn_where_the_user_wants_that() -> None:
    drawn = [seen(n, drawn=True) for n in range(3)]
    assert wanted_people(drawn, 3, 0.99, draw=True).faces() == {"f0", "f1", "f2"}
