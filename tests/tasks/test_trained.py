"""The people method that a step gets: the shipped one, or with what was learned from the library's names."""

from __future__ import annotations

import logging
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import outside_parts

from plugins.people import Context
from plugins.people.library_heads import LibraryHeads
from plugins.trained_heads import save_head
from tasks.context import Opened, opened
from tasks.trained import KIND, trained_method, trained_purifier

HEAD = save_head(None, {"w": np.ones(1)}, {"kind": "affinity_gcn", "schema": "0", "channels": "[]"})
TAUGHT = LibraryHeads("squares 1", {"dbscan_faces": {"min_faces": 1}})


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    outside_parts.install(tmp_path / "outside", monkeypatch)
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "squares")
    monkeypatch.setenv("ALBUMEN_PEOPLE__METHOD", "dbscan_faces")
    monkeypatch.setenv("ALBUMEN_PEOPLE__PURIFY", "none")
    (tmp_path / "photos").mkdir()
    with opened(f"folder:{tmp_path / 'photos'}") as library:
        yield library


def test_without_training_it_is_the_shipped_one(here):
    assert trained_method(here).version == "1"
    assert trained_purifier(here) is None


def test_what_was_learned_is_used_and_shows_in_the_version(here):
    here.store.trained.put(here.name, KIND, TAUGHT.version, TAUGHT.packed(), {})
    method = trained_method(here)
    assert method.version == f"1+{TAUGHT.version}"
    pair = np.array([[1, 0], [1, 0.01]], dtype=np.float32)
    assert method.cluster(pair, Context.of(2, threshold=0.9)).cluster.tolist() == [0, 0]  # two are enough, as learned


def test_what_was_learned_for_other_methods_changes_nothing(here):
    others = replace(TAUGHT, settings={"affinity_gcn": {"merge": 0.1}})
    here.store.trained.put(here.name, KIND, others.version, others.packed(), {})
    assert trained_method(here).version == "1"


def test_set_back_to_the_shipped_one_it_is_used_without_a_word(here):
    here.store.trained.put(here.name, KIND, "", b"", {})
    assert trained_method(here).version == "1"
    assert trained_method(here).cluster(np.eye(3, dtype=np.float32), Context.of(3)).note == ""


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(replace(TAUGHT, embedder="facenet 1").packed(), id="learned from other vectors"),
        pytest.param(TAUGHT.packed()[:-5], id="damaged"),
        pytest.param(replace(TAUGHT, heads={"affinity_gcn": HEAD}).packed(), id="a head of another schema"),
        pytest.param(replace(TAUGHT, heads={"dbscan_faces": HEAD}).packed(), id="a head of a method that has none"),
    ],
)
def test_what_does_not_fit_is_left_and_told(here, caplog, data):
    here.store.trained.put(here.name, KIND, TAUGHT.version, data, {})
    with caplog.at_level(logging.WARNING, logger="albumen"):
        method = trained_method(here)
    assert method.version == "1"
    note = method.cluster(np.eye(3, dtype=np.float32), Context.of(3)).note
    assert note.startswith("What was trained on this library is not used: ")
    assert note.endswith("`albumen train` learns anew.")
    assert note in caplog.text
