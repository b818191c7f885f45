"""The measure of regions: a box in the right half counts, and a pasted picture is where it is said to be."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from benchmarks.tag_regions import Pasted, main, moved, pasted, score

LEFT = Pasted(0, False, (0.0, 0.25, 0.5, 0.75))
RIGHT = Pasted(1, True, (0.5, 0.25, 1.0, 0.75))


@pytest.mark.parametrize(
    ("box", "place", "expected"),
    [
        pytest.param((0.0, 0.25, 0.5, 0.75), LEFT, (1, 1, 1), id="just there"),
        pytest.param((0.0, 0.25, 0.5, 0.75), RIGHT, (0, 0, 0), id="on the other picture"),
        pytest.param((0.5, 0.25, 0.75, 0.75), RIGHT, (1, 1, 0.5), id="half of it"),
        pytest.param((0.4, 0.25, 0.8, 0.75), RIGHT, (1, 0.75, 0.5), id="mostly there"),
        pytest.param((0.0, 0.0, 1.0, 1.0), LEFT, (0.5, 0.5, 0.25), id="the whole picture is nowhere"),
    ],
)
def test_scores(box, place, expected):
    assert score(box, place) == pytest.approx(expected)


def test_pictures_are_pasted_where_the_boxes_say(tmp_path: Path) -> None:
    for name, size, colour in (("a", (300, 150), "red"), ("b", (100, 200), "blue")):
        Image.new("RGB", size, colour).save(tmp_path / f"{name}.png")
    canvas, places = pasted([tmp_path / "a.png", tmp_path / "b.png"], [1, 0])
    pixels = np.asarray(canvas).astype(int)
    for place, channel in zip(places, (2, 0), strict=True):
        rows, columns = np.nonzero(pixels[..., channel] - pixels.mean(axis=2) > 100)
        box = (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1)
        assert place.box == pytest.approx(np.array(box) / canvas.width)
    assert [place.is_right for place in places] == [False, True]


def test_a_moved_box_keeps_its_size_and_stays_in_the_picture() -> None:
    draw = np.random.default_rng(0)
    for _ in range(50):
        left, top, right, bottom = moved((0.1, 0.2, 0.4, 0.9), draw)
        assert (right - left, bottom - top) == pytest.approx((0.3, 0.7))
        assert 0 <= left < right <= 1
        assert 0 <= top < bottom <= 1


def test_all_of_it_on_a_little(tmp_path: Path, shared: Path, monkeypatch, capsys) -> None:
    torch.set_num_threads(1)
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(shared / "weights"))
    for kind, colour in (("a", "red"), ("b", "blue")):
        for n in range(3):
            (tmp_path / kind).mkdir(exist_ok=True)
            Image.effect_noise((60, 40 + n), 60).convert("RGB").point(lambda v: v // 2).save(
                tmp_path / kind / f"{n}.jpg"
            )
            Image.new("RGB", (30, 30), colour).save(tmp_path / kind / f"plain{n}.jpg")
    assert main([f"--pictures={tmp_path}", "--pairs=2", "--centres=3", "--seeds=1", "--json", "--seed=2"]) == 0
    shown = json.loads(capsys.readouterr().out)
    assert shown["pictures"] == 12
    assert [row["method"] for row in shown["rows"]] == ["region", "other_cluster", "anywhere", "whole_picture"]
