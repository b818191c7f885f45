"""What the user has decided about people, as it binds the next run."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from plugins.people.decided import Decided, decided, roots
from plugins.store.suggestions import Decision, Evidence, ShownFace

FACE = ShownFace("p", 0, (0, 0, 1, 1))


def found(face: ShownFace, extractor: str) -> tuple[str, int] | None:
    return (face.content_key, face.index) if extractor == "dlib 1" else None


def said(*answers: tuple[str, str, str, str], extractor: str = "dlib 1") -> Decided:
    """Read decisions of (kind, subject, value, verdict) in this order, all on one face."""
    start, evidence = datetime(2024, 5, 3, tzinfo=UTC), Evidence(faces=(FACE,), extractor=extractor)
    return decided(
        [
            Decision(f"{kind}-{n}", kind, subject, value, verdict, start + timedelta(n), evidence)  # type: ignore[arg-type]
            for n, (kind, subject, value, verdict) in enumerate(answers)
        ],
        found,
    )


@pytest.mark.parametrize(
    ("answers", "verdicts"),
    [
        pytest.param([("person", "p#0", "anna", "accepted")], {"anna": True}, id="this is Anna"),
        pytest.param([("person", "p#0", "anna", "rejected")], {"anna": False}, id="this is not Anna"),
        pytest.param([("doubt", "anna", "", "accepted")], {"anna": False}, id="no, not Anna"),
        pytest.param([("doubt", "anna", "", "rejected")], {"anna": True}, id="yes, Anna"),
        pytest.param([("split", "anna", "new", "rejected")], {"anna": True}, id="all of them Anna"),
        pytest.param(
            [("person", "p#0", "anna", "rejected"), ("person", "p#0", "anna", "accepted")],
            {"anna": True},
            id="the last word holds",
        ),
        pytest.param([("person", "anna", "Anna", "accepted")], {"Anna": True}, id="by the value"),
        pytest.param([("group", "g", "boats", "accepted")], {}, id="nothing about people"),
    ],
)
def test_faces(answers, verdicts):
    assert said(*answers).verdicts == {(("p", 0), person): theirs for person, theirs in verdicts.items()}


def test_an_accepted_split_makes_somebody_new():
    ruling = said(("split", "anna", "person-9", "accepted"))
    assert (ruling.parted, ruling.denied) == ({("p", 0): "person-9"}, [(("p", 0), "anna")])
    assert not ruling.confirmed(("p", 0), "anna")


def test_a_face_that_is_not_found_any_more_binds_nothing():
    assert said(("person", "p#0", "anna", "accepted"), extractor="dlib 2").verdicts == {}


def test_merges():
    ruling = said(("merge", "b", "a", "accepted"), ("merge", "c", "d", "rejected"), ("merge", "a", "b", "rejected"))
    assert (ruling.same, ruling.apart) == ((), frozenset({("a", "b"), ("c", "d")}))
    assert said(("merge", "b", "a", "rejected"), ("merge", "a", "b", "accepted")).same == (("a", "b"),)


@pytest.mark.parametrize(
    ("same", "now"),
    [
        pytest.param([], {}, id="nobody"),
        pytest.param([("a", "b")], {"a": "a", "b": "a"}, id="two"),
        pytest.param([("b", "c"), ("a", "b")], {"a": "a", "b": "a", "c": "a"}, id="a chain"),
        pytest.param([("c", "d"), ("a", "b")], {"a": "a", "b": "a", "c": "c", "d": "c"}, id="two pairs"),
        pytest.param([("a", "b"), ("c", "d"), ("b", "d")], dict.fromkeys("abcd", "a"), id="pairs that meet"),
    ],
)
def test_who_is_who_after_merges(same, now):
    assert roots(same, lambda person: person) == now
