"""What evaluations are made of: samples and parts of whole groups, and what is told as plain data."""

from __future__ import annotations

import math

import numpy as np

from plugins.evaluation import Figure, Row, dealt, sampled

GROUP = np.arange(48) % 24


def test_a_sample_takes_groups_whole_and_those_that_matter_first():
    rows = sampled(GROUP, np.arange(48) < 2, most=8)
    assert {0, 1} <= set(rows.tolist())
    assert len(rows) == 8
    assert np.isin(GROUP, GROUP[rows]).sum() == 8


def test_a_sample_of_few_is_all_of_them():
    assert sampled(GROUP, GROUP > 90, most=48).tolist() == list(range(48))
    assert sampled(np.zeros(0, np.int64), np.zeros(0, np.bool_), most=8).tolist() == []


def test_groups_are_dealt_out_whole_and_evenly():
    part = dealt(GROUP, 4)
    assert (part[:24] == part[24:]).all()
    assert np.bincount(part).tolist() == [12] * 4


def test_a_row_is_told_without_what_nobody_knows():
    told = Row("m", "baseline", 20, {"f": Figure(0.123456, math.nan, math.nan)}, seconds=1.23456).told()
    assert told["scores"] == {"f": {"value": 0.1235, "low": None, "high": None}}
    assert told["seconds"] == 1.235
