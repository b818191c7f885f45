"""Groups of faces, and what speaks for a suggestion: kept as they were given."""

from __future__ import annotations

import pytest

from plugins.store import Evidence, GroupedFace, ShownFace, Store, Suggestion

ONE, OTHER = GroupedFace("a", 0, 0, 0.5, "7"), GroupedFace("a", 1, 1)


def test_groups_are_of_one_extractor_at_a_time(store: Store) -> None:
    store.groups.save("lib", "dlib", "1", [ONE])
    store.groups.put("lib", "dlib", "1", [OTHER])
    store.groups.save("other", "dlib", "1", [ONE])
    assert store.groups.all("lib", "dlib", "1") == {("a", 0): ONE, ("a", 1): OTHER}
    assert store.groups.all("lib", "dlib", "2") == {}
    store.groups.save("lib", "dlib", "2", [OTHER])
    assert store.groups.all("lib", "dlib", "1") == {}
    assert store.groups.all("other", "dlib", "1") == {("a", 0): ONE}


@pytest.mark.parametrize(
    "evidence",
    [
        pytest.param(Evidence(), id="none"),
        pytest.param(
            Evidence(
                (ShownFace("a", 0, (0.1, 0.2, 0.3, 0.4)),),
                (ShownFace("b", 2, (0.0, 0.0, 1.0, 1.0)), ShownFace("c", 0, (0.5, 0.5, 0.6, 0.6))),
                0.75,
                3,
                ("a", "b"),
                "dlib 1",
            ),
            id="all of it",
        ),
    ],
)
def test_what_speaks_for_a_suggestion_stays_with_the_decision(store: Store, evidence: Evidence) -> None:
    asked = Suggestion("merge:1:2", "merge", "1", "2", 0.9, "they look the same", evidence)
    store.suggestions.save("lib", "merge", [asked])
    assert store.suggestions.open("lib") == [asked]
    assert store.suggestions.decide("lib", asked.key, "rejected").evidence == evidence
    assert [decision.evidence for decision in store.suggestions.decisions("lib")] == [evidence]
