"""Changes to people as lines: those with names one by one, the others counted."""

from __future__ import annotations

import pytest

from plugins import changes as c
from plugins.pages.people_words import people_lines
from plugins.pages.plan_words import plan_text, titles_in

NAMES = {"id1": "Anna", "id2": "Ben"}


def given(person: str, n: int, was: str | None = None) -> list[c.PersonChange]:
    return [c.AssignFace(f"p{i}#0", person, was) for i in range(n)]


@pytest.mark.parametrize(
    ("plan", "lines"),
    [
        pytest.param(given("id1", 12), ["Anna: 12 faces"], id="faces join somebody"),
        pytest.param(
            [c.CreatePerson("a"), *given("a", 3), c.CreatePerson("b"), *given("b", 4), c.CreatePerson("c")],
            ["3 new people without a name: 7 faces"],
            id="new people without a name are one line",
        ),
        pytest.param(
            [*given("id2", 1), c.CreatePerson("a"), *given("a", 3)],
            ["1 new person without a name: 3 faces", "Ben: 1 face"],
            id="what is new comes first",
        ),
        pytest.param(
            [*given("x", 1), *given("y", 2)], ["2 people without a name: 3 faces"], id="known people without a name"
        ),
        pytest.param(
            [*given("id1", 2, "id2"), *given("id1", 1, "x"), *given("id1", 1, "y")],
            ["Anna: 2 faces that were of Ben", "Anna: 2 faces that were of somebody without a name"],
            id="moves add up by names",
        ),
        pytest.param(
            [c.UnassignFace("f", "id1"), c.UnassignFace("g", "id1"), c.RemovePerson("a"), c.RemovePerson("b", "Cleo")],
            ["Anna: 2 faces less", "Cleo: taken back", "1 person without a name: taken back"],
            id="undo",
        ),
        pytest.param([], [], id="nothing"),
    ],
)
def test_lines(plan: list[c.PersonChange], lines: list[str]) -> None:
    assert list(people_lines(plan, lambda key: NAMES.get(key, ""))) == lines


def test_somebody_new_with_a_name_goes_by_it_and_names_stay_on_their_line() -> None:
    plan = [c.CreatePerson("a", "Cleo\n\x1b[2J" + "x" * 999), *given("a", 1), *given("id1", 2)]
    lines = plan_text(plan, {"a": plan[0].name, **NAMES})  # type: ignore[union-attr]
    assert lines[:2] == ["4 changes:", "  * People"]
    assert lines[2].startswith("      Cleo \ufffd[2Jxxx")
    assert lines[2].endswith("…, new: 1 face")
    assert lines[3] == "      Anna: 2 faces"


def test_who_gets_a_name_goes_by_the_id_that_the_user_gave() -> None:
    plan = [c.NamePerson("person-3", "Anna"), *given("person-3", 2), c.NamePerson("x" * 99, "", was="Ben")]
    assert plan_text(plan, titles_in(plan)) == [
        "4 changes:",
        "  * People",
        "      “person-3” becomes Anna",
        "      Ben: without the name",
        "      Anna: 2 faces",
    ]
