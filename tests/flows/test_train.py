"""Train from end to end: a library's names teach, what was learned is used, and it can be taken back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fakes import outside_parts
from prefect.exceptions import ParameterTypeError

from flows.train import train, train_shipped_weights
from plugins.people._synthetic import Traits, simulate
from plugins.records import FoundFace, Photo
from plugins.store import FaceLabel
from tasks.context import Opened, opened
from tasks.trained import trained_method

pytestmark = pytest.mark.flow
PEOPLE = 20
GALLERY = simulate(4, replace(Traits(), faces=300, people=PEOPLE, zipf=0.5, kin=0.7, families=0.95, children=0.9))
"""People who look alike: the shipped thresholds mix them up."""


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    outside_parts.install(tmp_path / "outside", monkeypatch)
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "squares")
    monkeypatch.setattr(outside_parts.Squares, "dim", GALLERY.vectors.shape[1])
    (tmp_path / "photos").mkdir()
    library = f"folder:{tmp_path / 'photos'}"
    with opened(library) as here:
        fill(here)
    return library


def fill(here: Opened) -> None:
    """Put the simulated gallery into the store, with the names of its people."""
    start = datetime(2024, 1, 1, tzinfo=UTC)
    faces: dict[int, list[FoundFace]] = {}
    labels = []
    for photo, who, vector in zip(GALLERY.photo.tolist(), GALLERY.labels.tolist(), GALLERY.vectors, strict=True):
        of_photo = faces.setdefault(photo, [])
        if who < PEOPLE:
            labels.append(FaceLabel(f"k{photo}", len(of_photo), f"person-{who}"))
        of_photo.append(FoundFace((0, 0, 1, 1), ((0.5, 0.5),) * 5, 1.0, 100.0, 1.0, 1.0, vector))
    taken = {"taken_at": start, "taken_local": start.replace(tzinfo=None)}
    here.store.photos.replace(here.name, [Photo(f"p{n}", f"{n}.jpg", content_key=f"k{n}", **taken) for n in faces])
    here.store.faces.put("squares", "1", [(f"k{n}", of_photo) for n, of_photo in faces.items()])
    here.store.people.save_labels(here.name, "squares", "1", labels)
    for who in range(PEOPLE):
        here.store.suggestions.name_person(here.name, f"person-{who}", f"Person {who}")


def figures(library: str, **how: Any) -> dict[str, Any]:
    (step,) = train(library, **how)["steps"]
    return dict(step["figures"])


def test_learn_use_and_go_back(library: str) -> None:
    learned = figures(library)
    assert (learned["faces"], learned["people"]) == (len(GALLERY.labels), PEOPLE)
    (thresholds,) = learned["parts"]  # too few faces for more
    assert thresholds["accepted"], thresholds["reason"]
    assert thresholds["after"]["bcubed_f05"] >= thresholds["before"]["bcubed_f05"] + 0.005
    assert learned["changed"]
    with opened(library) as here:
        assert trained_method(here).version.endswith(f"+{learned['version']}")

    again = figures(library)
    assert (again["changed"], again["version"]) == (False, learned["version"])  # the same names teach the same

    assert figures(library, roll_back=True) == {"changed": True, "version": "shipped"}
    with opened(library) as here:
        assert "+" not in trained_method(here).version
        assert [run.kind for run in here.store.runs.list(here.name)] == ["train"] * 3


def test_a_library_without_tags_has_no_tag_model_to_learn(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", "tints")
    (step,) = train(library, what="tags")["steps"]
    assert (step["step"], step["status"]) == ("train_tags", "skipped")
    assert "no photo has a tag of yours" in step["mend"]
    with pytest.raises(ParameterTypeError, match="Input should be 'people', 'tags' or 'covers'"):
        train(library, what="cats")


def test_covers_are_learned_only_by_a_method_that_learns(library: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_photo")
    (step,) = train(library, what="covers")["steps"]
    assert (step["step"], step["status"]) == ("train_covers", "skipped")
    assert "first_photo learns nothing" in step["mend"]
    assert figures(library, what="covers", roll_back=True) == {"changed": False, "version": "shipped"}


def test_the_shipped_weights_are_made_again(tmp_path: Path) -> None:
    tiny = {"confidence_gcn": {"galleries": 2, "held_out": 1, "epochs": 1, "most": 300}}
    (step,) = train_shipped_weights(["confidence_gcn"], str(tmp_path), tiny)["steps"]
    assert step["step"] == "train_shipped"
    assert step["figures"]["file"] == str(tmp_path / "confidence_gcn.safetensors")
    assert (tmp_path / "confidence_gcn.safetensors").stat().st_size > 10_000
