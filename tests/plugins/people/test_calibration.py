"""Thresholds move where held-out people gain, stay where they do not, and each setting is tried once."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from plugins.people._calibration import calibrate
from plugins.people._held_out import folds, nameless
from plugins.people._synthetic import Traits, simulate
from plugins.people.average_linkage import Plugin

GALLERY = simulate(3, replace(Traits(), faces=260, people=20, zipf=0.5, weight=0.85, low=0.0, children=0.0))
PERSON = np.where(GALLERY.labels < 20, GALLERY.labels, -1)
CONTEXT = replace(GALLERY.context(), person=PERSON)
DEALT = folds(PERSON, 0)
WIDE = {"threshold": [0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8]}


def found(asked: Counter[float], settings):
    asked[settings["threshold"]] += 1
    context = replace(nameless(CONTEXT), threshold=settings["threshold"])
    return Plugin().cluster(GALLERY.vectors, context).cluster


@pytest.fixture
def asked() -> Counter[float]:
    return Counter()


def test_a_bad_threshold_moves_and_held_out_people_gain(asked):
    moved = calibrate(lambda settings: found(asked, settings), CONTEXT, {"threshold": 0.95}, WIDE, DEALT)
    assert moved.refused == ""
    assert moved.settings["threshold"] < 0.9
    assert moved.after.f > moved.before.f + 0.05
    assert set(asked.values()) == {1}


def test_a_good_threshold_stays(asked):
    best = calibrate(lambda settings: found(asked, settings), CONTEXT, {"threshold": 0.95}, WIDE, DEALT).settings
    again = calibrate(lambda settings: found(asked, settings), CONTEXT, best, WIDE, DEALT)
    assert again.settings == best
    assert "no better by half a point" in again.refused


def test_no_threshold_is_chosen_that_mixes_more_people_up(asked):
    """From a start that mixes up nobody, the gain of recall alone does not count."""
    start = {"threshold": 0.99}
    moved = calibrate(lambda settings: found(asked, settings), CONTEXT, start, {"threshold": [-1.0]}, DEALT)
    assert moved.settings == start
