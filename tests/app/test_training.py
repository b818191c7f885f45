"""`albumen train`: what it answers, in words and as JSON, and what it refuses; the flow's test is beside the flow."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.training import back_lines, back_to_tags_lines, covers_lines, learned_lines, tags_lines

Command = Callable[..., subprocess.CompletedProcess[str]]
LEARNED = {"bcubed_f05": 0.9312, "pairwise_p": 0.992}
USED = {"name": "thresholds", "accepted": True, "reason": "", "before": {"bcubed_f05": 0.9, "pairwise_p": 0.99}}
LEFT = {"name": "affinity_gcn", "accepted": False, "reason": "no better", "before": LEARNED, "after": LEARNED}


def figures(*parts: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"faces": 900, "confirmed": 512, "people": 23, "parts": parts, **more}


def test_what_was_learned_is_told_with_what_people_gained() -> None:
    used = {**USED, "after": LEARNED}
    told = "\n".join(learned_lines("family", "people", figures(used, LEFT, changed=True, version="12ab")))
    assert "512 of 900 faces of family have names, of 23 people" in told
    assert "Thresholds: learned; people left out of it are grouped better: BCubed F.5 0.900 → 0.931" in told
    assert "Grouping (affinity_gcn): left as it was: no better" in told
    assert "albumen train family people --roll-back" in told


def test_that_nothing_was_learned_is_told_with_the_reason() -> None:
    told = "\n".join(learned_lines("family", "people", figures(LEFT, changed=False, version="shipped")))
    assert "Nothing changes: family uses the shipped weights." in told
    assert "--roll-back" not in told


@pytest.mark.parametrize(
    ("changed", "version", "words"),
    [
        pytest.param(True, "shipped", "family uses the shipped weights again", id="back to the shipped weights"),
        pytest.param(True, "12ab", "family uses what it has learned (version 12ab) again", id="back by one"),
        pytest.param(False, "shipped", "There is nothing to go back to", id="nothing was learned before"),
    ],
)
def test_going_back_is_told(changed: bool, version: str, words: str) -> None:
    assert words in "\n".join(back_lines("family", {"changed": changed, "version": version}))


FITTED = {"stock": 512, "note": "", "clusters": 60, "tags": 31, "error": 0.25, "version": "12ab"}


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        pytest.param(
            {"changed": False, "reason": ""},
            "Nothing is due: family has 60 clusters of 512 tagged photos with 31 tags (mean squared distance 0.250).",
            id="nothing is due",
        ),
        pytest.param(
            {"changed": True, "reason": "there is none yet"}, "Fitted anew, as there is none yet.", id="the first one"
        ),
        pytest.param(
            {"changed": True, "reason": "it grew", "before": {"error": 0.3}},
            "512 tagged photos with 31 tags (mean squared distance 0.250, 0.300 before).",
            id="a later one",
        ),
        pytest.param({"changed": False, "reason": "", "note": "other is left out"}, "other is left out", id="a note"),
    ],
)
def test_what_the_tag_model_was_fitted_to_is_told(figures: dict[str, Any], words: str) -> None:
    told = "\n".join(tags_lines("family", {**FITTED, **figures}))
    assert words in told
    assert ("albumen train family tags --roll-back" in told) == figures["changed"]


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        pytest.param({"changed": True, "fits": True}, "uses the tag model before the last full fit again", id="back"),
        pytest.param({"changed": True, "fits": False}, "change [tags] back first", id="to one of other settings"),
        pytest.param({"changed": False, "fits": True}, "There is nothing to go back to", id="nowhere"),
    ],
)
def test_going_back_to_a_tag_model_is_told(figures: dict[str, Any], words: str) -> None:
    assert words in "\n".join(back_to_tags_lines("family", figures))


BEFORE = {"top_1": 0.3, "mrr": 0.41, "log_p": -1.9}
AFTER = {"top_1": 0.42, "mrr": 0.5, "log_p": -1.7}
COVERS = {"signals": 102, "chosen": 31, "hints": 1, "note": "", "reason": "", "before": BEFORE, "after": AFTER}
KEPT = {"accepted": True, "personal": True, "changed": True, "version": "12ab"}
REFUSED = {"accepted": False, "personal": False, "changed": False, "version": "shipped"}


@pytest.mark.parametrize(
    ("figures", "words"),
    [
        pytest.param(
            KEPT,
            "family has 31 albums whose cover you chose, and 1 event with a favourite; you like 102 photos of it.",
            id="what there is",
        ),
        pytest.param(
            KEPT, "your cover comes first in 30% → 42% of them, mean 1/rank 0.410 → 0.500, log", id="what was gained"
        ),
        pytest.param({**KEPT, "personal": False}, "What you like did not help there", id="the taste does not count"),
        pytest.param(
            {**REFUSED, "reason": "it gets no more probability"},
            "Nothing was learned: it gets no more probability.",
            id="no gain",
        ),
        pytest.param(
            {**REFUSED, "reason": "there are 9", "before": None, "after": None},
            "there are 9",
            id="nothing was measured",
        ),
        pytest.param(REFUSED, "Nothing changes: family uses the shipped weights.", id="still the shipped weights"),
        pytest.param(
            {**KEPT, "changed": False},
            "Nothing changes: family uses what it has learned (version 12ab).",
            id="the same again",
        ),
        pytest.param({**KEPT, "note": "it is not whole"}, "it is not whole", id="what is wrong with the former head"),
    ],
)
def test_what_covers_have_taught_is_told(figures: dict[str, Any], words: str) -> None:
    told = "\n".join(covers_lines("family", {**COVERS, **figures}))
    assert words in told
    assert ("albumen train family covers --roll-back" in told) == figures["changed"]


@pytest.mark.flow
def test_without_faces_the_mend_is_said(albumen: Command, tmp_path: Path) -> None:
    from prefect.settings import PREFECT_API_URL

    (tmp_path / "photos").mkdir()
    done = albumen("train", "folder:photos", "people", "--json", PREFECT_API_URL=str(PREFECT_API_URL.value()))
    assert done.returncode == 1
    assert "train_people is skipped: features are switched off" in done.stderr
    (step,) = json.loads(done.stdout)["steps"]
    assert (step["step"], step["status"]) == ("train_people", "skipped")


def test_what_cannot_be_trained_is_refused_at_once(albumen: Command, tmp_path: Path) -> None:
    done = albumen("train", "folder:photos", "cats")
    assert done.returncode == 2
    assert "there is: people" in done.stderr
    assert not (tmp_path / "data").exists()
