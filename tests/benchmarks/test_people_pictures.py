"""The pictures of docs/people.md: small files, what they say is true, and nobody's face lands in the project."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks._drawing import Axis, Chart, Sheet, said
from benchmarks._people_data import Faces
from benchmarks._people_suggestions import Album, Example, drawn_suggestions, evidence, merges, people, splits
from benchmarks.people_pictures import main, similarities
from plugins.people import Context, Grouping, Link

torch.set_num_threads(1)
ROOT = Path(__file__).resolve().parents[2]
NOT_SAID = float("nan")


@pytest.mark.parametrize(
    ("axis", "value", "share"),
    [
        pytest.param(Axis("", 0, 10, ()), 5, 0.5, id="middle"),
        pytest.param(Axis("", -1, 1, ()), -0.5, 0.25, id="below zero"),
        pytest.param(Axis("", 0, 10, ()), 12, 1, id="beyond: at the end"),
        pytest.param(Axis("", 1, 100, (), log=True), 10, 0.5, id="logarithmic"),
        pytest.param(Axis("", 1, 100, (), log=True), 0, 0, id="logarithm of nothing: at the beginning"),
    ],
)
def test_where_a_value_lies_on_an_axis(axis, value, share):
    assert axis.share(value) == pytest.approx(share)


@pytest.mark.parametrize(("number", "text"), [(0.5, "0.5"), (100, "100"), (16_000, "16k"), (2_500, "2.5k")])
def test_numbers_are_said_short(number, text):
    assert said(number) == text


def test_up_is_up():
    chart = Chart(Sheet(100, 100), 10, 10, 80, 80, Axis("x", 0, 1, ()), Axis("y", 0, 1, ()))
    assert chart.at(0, 0) == (10, 90)
    assert chart.at(1, 1) == (90, 10)


def test_a_curve_is_drawn_where_its_values_are():
    sheet = Sheet(100, 100)
    chart = Chart(sheet, 10, 10, 80, 80, Axis("x", 0, 1, (0, 1)), Axis("y", 0, 1, (0, 1)))
    chart.frame("title")
    chart.curve([(0, 0.5), (1, 0.5)], "#d55e00")
    row = np.asarray(sheet.finished().convert("RGB"))[50, 12:88].astype(int)
    assert (abs(row - (0xD5, 0x5E, 0x00)).max(axis=1) < 30).all()


def test_scores_over_size_are_drawn(tmp_path):
    row = {"method": "dbscan", "faces": 1_000, "bcubed_f": 0.5, "seconds": 0.1, "peak_mb": 200.0}
    rows = [row, row | {"faces": 2_000, "seconds": 0.4}, {"method": "average_linkage", "skipped": "too many"}]
    (tmp_path / "rows.json").write_text(json.dumps({"rows": rows}), encoding="utf-8")
    assert main(["--rows", str(tmp_path / "rows.json"), "--out", str(tmp_path)]) == 0
    with Image.open(tmp_path / "people-size.png") as drawn:
        assert drawn.width == 960
    assert (tmp_path / "people-size.png").stat().st_size < 150_000


def faces(*label, photo=None):
    """Return faces whose vectors are their label's direction, nearly."""
    label = np.array(label)
    vectors = np.eye(8, dtype=np.float32)[label] + 0.01 * np.random.default_rng(0).normal(size=(len(label), 8))
    return Faces(vectors.astype(np.float32), Context.of(len(label), photo=photo, threshold=0.6), label)


def test_pairs_are_of_strangers_or_of_one_person():
    strangers, same = similarities(faces(*[0] * 5, *[1] * 5, 2))
    assert len(same) == 20
    assert strangers.max() < 0.2
    assert same.min() > 0.9


def test_merges_are_the_links_with_a_person():
    found = Grouping(np.array([0, 0, 0, 1, 2, 3]), np.full(6, np.nan, np.float32), (Link(0, 1, 0.45), Link(2, 3, 0.4)))
    (example,) = merges(found)
    assert (example.one.tolist(), example.other.tolist(), example.probability) == ([0, 1, 2], [3], 0.45)


def test_splits_part_what_does_not_belong():
    mixed = faces(*[0] * 8, *[1] * 3)
    found = Grouping(np.zeros(11, int), np.full(11, np.nan, np.float32))
    (example,) = splits(mixed, found)
    assert (example.one.tolist(), example.other.tolist()) == (list(range(8)), [8, 9, 10])


def test_where_nothing_is_asked_people_are_shown():
    found = Grouping(np.array([0, 1, 1, 2, 2, 2]), np.full(6, np.nan, np.float32))
    assert [example.one.tolist() for example in people(found)] == [[3, 4, 5], [1, 2]]


@pytest.mark.parametrize(
    ("label", "probability", "said"),
    [
        pytest.param([0, 0, 0, 0], 0.4, ["probability 0.40, together in 1 photo", "truth: one person"], id="one"),
        pytest.param([0, 0, 1, 1], NOT_SAID, ["together in 1 photo", "truth: two people"], id="two, no probability"),
        pytest.param([0, 0, -1, -1], NOT_SAID, ["together in 1 photo"], id="nobody knows"),
    ],
)
def test_what_speaks_for_a_suggestion(label, probability, said):
    some = faces(0, 0, 1, 1, photo=np.array([5, 6, 6, 7]))
    some = Faces(some.vectors, some.context, np.array(label))
    lines = list(evidence(some, Example("", np.array([0, 1]), np.array([2, 3]), probability)))
    assert lines[0].startswith("similarity ")
    assert lines[0].endswith("(threshold 0.60)")
    assert lines[1:] == said


@pytest.mark.parametrize("pictures", [(), [Image.new("RGB", (20, 20), "red")] * 16], ids=["tiles", "pictures"])
def test_suggestions_are_drawn(pictures):
    album = Album("Test", faces(*[0] * 9, *[1] * 7), pictures)
    drawn = drawn_suggestions(album).convert("RGB")
    assert drawn.width == 960
    colours = {colour for _, colour in drawn.getcolors(1 << 20)}
    assert ((255, 0, 0) in colours) == bool(pictures)


def test_faces_of_people_are_not_drawn_into_the_project(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--faces", str(tmp_path), "--out", str(ROOT / "docs")])
    assert stopped.value.code == 2
    assert "do not belong into the project" in capsys.readouterr().err


def test_pictures_with_faces_are_drawn_elsewhere(shared, tmp_path):
    folder = shared / "faces" / "obama_biden"
    assert main(["--faces", str(folder), "--out", str(tmp_path)]) == 0
    assert [path.name for path in tmp_path.iterdir()] == ["people-obama_biden.png"]
