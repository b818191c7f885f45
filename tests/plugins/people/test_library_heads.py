"""What a library has taught comes back as it was kept, or is refused with the reason."""

from __future__ import annotations

import json
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import load, save

from plugins.features.weights import WeightsRefused
from plugins.people.library_heads import LibraryHeads, unpacked

TAUGHT = LibraryHeads("facenet 1", {"affinity_gcn": {"merge": 0.6}}, {"affinity_gcn": b"a head", "confidence_gcn": b""})


def told(**facts: object) -> bytes:
    """Return the file of TAUGHT with other facts."""
    parts = load(TAUGHT.packed())
    known = json.loads(parts["facts"].tobytes())
    parts["facts"] = np.frombuffer(json.dumps({**known, **facts}).encode(), np.uint8)
    return save(parts)


def test_it_comes_back_as_it_was_kept():
    assert unpacked(TAUGHT.packed(), "facenet 1") == TAUGHT


@pytest.mark.parametrize(
    "other",
    [
        pytest.param(replace(TAUGHT, embedder="facenet 2"), id="other vectors"),
        pytest.param(replace(TAUGHT, settings={"affinity_gcn": {"merge": 0.61}}), id="another threshold"),
        pytest.param(replace(TAUGHT, heads={"affinity_gcn": b"a head"}), id="one head fewer"),
        pytest.param(replace(TAUGHT, heads={**TAUGHT.heads, "affinity_gcn": b"A head"}), id="another head"),
    ],
)
def test_the_version_changes_with_all_that_was_learned(other):
    assert other.version != TAUGHT.version
    assert unpacked(TAUGHT.packed(), "facenet 1").version == TAUGHT.version


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        pytest.param(told(schema="0"), "layout '0'", id="another layout"),
        pytest.param(told(embedder="dlib_face 1"), "vectors of 'dlib_face 1'", id="another embedder"),
        pytest.param(told(settings=[1]), "settings", id="settings that are none"),
        pytest.param(told(settings={"affinity_gcn": {"merge": float("nan")}}), "not numbers", id="no number"),
        pytest.param(TAUGHT.packed()[:-3], "not whole", id="cut off"),
        pytest.param(save({"a": np.zeros(3)}), "not whole", id="somebody else's"),
        pytest.param(save({"facts": np.frombuffer(b"[]", np.uint8)}), "does not say", id="facts that are none"),
        pytest.param(b"", "not whole", id="nothing"),
    ],
)
def test_what_does_not_fit_is_refused(data, reason):
    with pytest.raises(WeightsRefused, match=reason):
        unpacked(data, "facenet 1")


@given(st.binary(max_size=200))
def test_any_bytes_are_refused_and_break_nothing(data):
    with pytest.raises(WeightsRefused):
        unpacked(data, "facenet 1")
