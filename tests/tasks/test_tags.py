"""Tags: the user's own words are suggested for photos that look like those which have them, or set if that is sure."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.tagged import Shots, enter

from plugins.tags.suggesting import SHOWN
from tasks.tags import recommend_tags

HOME = "home"


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shots:
    enter(tmp_path, monkeypatch, HOME)
    return Shots(HOME)


def step(shots: Shots) -> dict[str, Any]:
    """Run the step once, whatever is cached; return its figures."""
    shots.save()
    return recommend_tags.as_task.fn(shots.library, "key")


def test_the_words_of_photos_that_look_alike_are_suggested(shots):
    tagged = shots.take(12, "beach", "Beach")
    shots.take(12, "cat", "Cat")
    untagged = shots.take(2, "beach")
    figures = step(shots)
    assert shots.asked() == {(photo, "Beach") for photo in untagged}
    made = shots.waiting()[0]
    assert made.reason == "12 of 12 similar photos have «Beach»"
    assert len(made.evidence.photos) == SHOWN
    assert set(made.evidence.photos) <= {shots.photos[photo].content_key for photo in tagged}
    assert {name: figures[name] for name in ("photos", "stock", "tags", "suggestions", "auto", "note")} == {
        "photos": 26,
        "stock": 24,
        "tags": 2,
        "suggestions": 2,
        "auto": 0,
        "note": "",
    }
