"""The tag model is fitted anew when that is due, and the one before can be used again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from fakes.tagged import Shots, enter

from tasks.caching import Skipped
from tasks.context import opened
from tasks.tag_models import KIND
from tasks.tag_training import _roll_back, _train
from tasks.tags import recommend_tags

HOME = "home"


@pytest.fixture
def shots(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shots:
    enter(tmp_path, monkeypatch, HOME)
    shots = Shots(HOME)
    shots.take(20, "beach", "Beach")
    shots.take(20, "cat", "Cat")
    shots.take(1, "beach")
    return shots


def curated(shots: Shots) -> dict[str, Any]:
    return recommend_tags.as_task.fn(shots.save().library, "key")


def trained(shots: Shots) -> dict[str, Any]:
    return _train.fn(shots.save().library)


def in_use() -> str:
    with opened(HOME) as here:
        active = here.store.trained.active(HOME, KIND)
    return "" if active is None else active.version


def test_the_first_model_is_fitted(shots):
    figures = trained(shots)
    assert (figures["changed"], figures["reason"], figures["stock"]) == (True, "there is none yet", 40)
    assert figures["version"] == in_use() == curated(shots)["model"]  # the next run takes it as it is


def test_nothing_is_due_while_little_has_changed(shots):
    version = curated(shots)["model"]
    shots.take(1, "cat", "Cat")
    figures = trained(shots)
    assert (figures["changed"], figures["version"], in_use()) == (False, version, version)


def test_a_library_that_has_grown_gets_a_fresh_number_of_clusters(shots):
    first = curated(shots)
    shots.take(40, "wood", "Wood")
    curated(shots)
    figures = trained(shots)
    assert figures["changed"]
    assert "80 tagged photos" in figures["reason"]
    assert figures["clusters"] > first["clusters"] == figures["before"]["clusters"]
    assert curated(shots)["note"] == ""


def test_other_settings_ask_for_another_model(shots, monkeypatch):
    curated(shots)
    monkeypatch.setenv("ALBUMEN_TAGS__OPTIONS", '{"k": 3}')
    figures = trained(shots)
    assert (figures["changed"], figures["clusters"]) == (True, 3)
    assert figures["reason"] == "the method, its settings or the extractor have changed"


def test_going_back_holds_over_the_next_runs(shots):
    first = curated(shots)["model"]
    shots.take(40, "wood", "Wood")
    curated(shots)
    n_before = len(shots.photos)
    trained(shots)
    shots.take(1, "wood", "Wood")
    curated(shots)
    assert _roll_back.fn(HOME) == {"changed": True, "version": in_use(), "fits": True}
    figures = curated(shots)
    with opened(HOME) as here:
        active = here.store.trained.active(HOME, KIND)
    assert active is not None
    assert (active.facts["tagged"], active.version) == (n_before, figures["model"])  # up to date, and not fitted anew
    assert figures["model"] != first
    assert "due to be fitted anew" in figures["note"]


def test_there_may_be_nothing_to_go_back_to(shots):
    assert _roll_back.fn(shots.save().library) == {"changed": False, "version": "", "fits": False}
    version = curated(shots)["model"]
    assert _roll_back.fn(HOME) == {"changed": False, "version": version, "fits": True}


def test_that_the_settings_have_changed_since_is_told(shots, monkeypatch):
    version = trained(shots)["version"]
    monkeypatch.setenv("ALBUMEN_TAGS__OPTIONS", '{"k": 3}')
    trained(shots)
    assert _roll_back.fn(HOME) == {"changed": True, "version": version, "fits": False}


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        pytest.param({"TAGS__METHOD": "knn_50"}, "knn_50 has no model", id="a method without a model"),
        pytest.param({"FEATURES__PICTURE": "vgg16"}, "put the file into one of these", id="weights are missing"),
        pytest.param({"TAGS__IGNORE": '["*"]'}, "`albumen tags home` names whole groups", id="nothing to learn from"),
    ],
)
def test_why_it_cannot_train_is_told(shots, monkeypatch, tmp_path, settings, mend):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    with pytest.raises(Skipped, match=mend):
        trained(shots)
