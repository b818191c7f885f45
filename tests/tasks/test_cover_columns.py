"""Vectors that are left in the store: methods are given the same ones, and covers are the same."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path

import numpy as np
import pytest
from fakes.cover_cases import CoverCases, enter

from plugins.records import FoundFace
from plugins.store import StoreBusy
from tasks import cover_columns, covers
from tasks.context import opened
from tasks.cover_columns import StoredFaces, StoredScenes, with_scenes
from tasks.cover_pictures import pictures_of

MARKS = ((0.4, 0.4), (0.6, 0.4), (0.5, 0.51), (0.4, 0.6), (0.6, 0.6))


def face(of: int) -> FoundFace:
    return FoundFace((0.1, 0.1, 0.4 + of / 10, 0.3), MARKS, 1.0, 112.0, 1.0, 1.0, np.eye(3, dtype=np.float32)[of])


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CoverCases:
    """Make an event of photos with and without a scene, with no, one and two faces, and two of one content."""
    made = enter(tmp_path, monkeypatch)
    a, b, c, d, e = made.event("e", {}, {"scene": None}, {"favourite": True}, {}, {"sharpness": None})
    with opened(made.library) as here:
        found = [(f"key-{a}", [face(0), face(2)]), (f"key-{b}", [face(1)]), (f"key-{c}", []), (f"key-{d}", [face(2)])]
        here.store.faces.put("squares", "1", [*found, (f"key-{e}", [])])
    made.event("twin", {"content_key": f"key-{a}"}, {})
    return made


def test_they_are_what_would_be_in_memory(cases, monkeypatch):
    with opened(cases.library) as here:
        whole = pictures_of(here)
        monkeypatch.setattr(cover_columns, "IN_MEMORY", 0)
        left = pictures_of(here)
        assert (type(left.scenes), type(left.faces)) == (StoredScenes, StoredFaces)
        for column in fields(whole):
            one, other = getattr(whole, column.name), getattr(left, column.name)
            np.testing.assert_array_equal(one, other, err_msg=column.name)
            assert column.name == "ids" or one.shape == other.shape
        rows = np.array([4, 0, 5])
        for column in fields(whole):
            np.testing.assert_array_equal(getattr(whole.rows(rows), column.name), getattr(left.rows(rows), column.name))
        held = np.unique(rows)
        np.testing.assert_array_equal(with_scenes(left, held).scenes[rows], whole.scenes[rows])
        assert with_scenes(whole, held) is whole


def test_faces_that_are_gone_meanwhile_are_no_nonsense(cases, monkeypatch):
    monkeypatch.setattr(cover_columns, "IN_MEMORY", 0)
    with opened(cases.library) as here:
        faces = pictures_of(here).faces
        here.store.faces.put("squares", "1", [(f"key-{cases.events[0].photos[1]}", [])])
        with pytest.raises(StoreBusy, match="run again"):
            faces[np.arange(faces.shape[0])]


def test_covers_are_the_same_album_by_album(cases, monkeypatch):
    cases.album("Mine", *cases.event("mine", {}, {"favourite": True}, {}, {}))
    cases.run()
    with opened(cases.library) as here:
        before = here.store.covers.all(here.name), here.store.suggestions.open(here.name)
        here.store.steps.forget(here.name)
    assert before[0]
    monkeypatch.setattr(cover_columns, "IN_MEMORY", 0)
    monkeypatch.setattr(covers, "HISTORY_ROWS", 1)
    cases.run()
    with opened(cases.library) as here:
        assert (here.store.covers.all(here.name), here.store.suggestions.open(here.name)) == before
