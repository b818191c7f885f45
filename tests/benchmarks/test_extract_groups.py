"""Group pictures for the extraction benchmark: the truth says where the faces are, and a seed makes them again."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageOps

from benchmarks._groups import TRUTH, Recipe, make_groups, typical

RED, GREY = (250, 10, 10), (90, 90, 90)
SMALL = Recipe(sizes=((320, 240), (240, 320)), faces=(2,), turned=0.5, poor=0)


@pytest.fixture(scope="module")
def portraits(tmp_path_factory) -> list[Path]:
    """Lend one portrait that is red all over."""
    path = tmp_path_factory.mktemp("people") / "red.png"
    Image.new("RGB", (250, 250), RED).save(path)
    return [path]


@pytest.fixture(scope="module")
def walls(tmp_path_factory) -> list[Path]:
    path = tmp_path_factory.mktemp("walls") / "grey.png"
    Image.new("RGB", (30, 20), GREY).save(path)
    return [path]


def opened(folder, group):
    with Image.open(folder / group.name) as picture:
        return ImageOps.exif_transpose(picture).convert("RGB")


def test_the_truth_is_where_the_faces_are(tmp_path, portraits, walls):
    """In every eighth picture, which lies on its side in its file, too."""
    groups = make_groups(tmp_path, 5, portraits, walls, 3, SMALL)
    for index, group in enumerate(groups):
        picture = opened(tmp_path, group)
        assert picture.size == SMALL.sizes[index % 2]
        pixels = np.asarray(picture, dtype=np.int16)
        reddish = pixels[..., 0] - pixels[..., 1] > 120
        covered = np.zeros_like(reddish)
        for box in group.boxes:
            left, top, right, bottom = (np.array(box) * np.tile(picture.size, 2)).round().astype(int)
            assert reddish[top:bottom, left:right].mean() > 0.95
            covered[max(0, 2 * top - bottom) : 2 * bottom - top, max(0, 2 * left - right) : 2 * right - left] = True
        assert not (reddish & ~covered).any()
        assert len(group.boxes) == 2


def test_one_picture_lies_on_its_side(tmp_path, portraits, walls):
    groups = make_groups(tmp_path, 4, portraits, walls, 3, SMALL)
    with Image.open(tmp_path / groups[3].name) as picture:
        assert (picture.getexif()[0x0112], picture.size) == (6, (320, 240))


def test_a_seed_makes_the_same_pictures_again(tmp_path, portraits, walls):
    seeds = {"a": 1, "b": 1, "c": 2}
    made = [make_groups(tmp_path / name, 2, portraits, walls, seed, SMALL) for name, seed in seeds.items()]
    assert made[0] == made[1] != made[2]
    for group in made[0]:
        assert (tmp_path / "a" / group.name).read_bytes() == (tmp_path / "b" / group.name).read_bytes()
    written = json.loads((tmp_path / "a" / TRUTH).read_text(encoding="utf-8"))
    assert {name: [tuple(box) for box in boxes] for name, boxes in written.items()} == {
        group.name: list(group.boxes) for group in made[0]
    }


def test_without_portraits_or_walls_there_are_pictures_all_the_same(tmp_path):
    (group,) = make_groups(tmp_path, 1, [], [], 0, SMALL)
    assert group.boxes == ()
    assert opened(tmp_path, group).size == (320, 240)


def test_a_face_without_room_is_left_out(tmp_path, portraits, walls):
    crowd = replace(SMALL, faces=(200,), face_px=(200.0, 200.0))
    (group,) = make_groups(tmp_path, 1, portraits, walls, 0, crowd)
    assert 0 < len(group.boxes) < 200


@pytest.mark.parametrize("n", [60, 200])
def test_a_typical_library_has_some_of_each(n):
    faces = typical(n).faces
    assert len(faces) == n
    assert 1.0 < np.mean(faces) < 1.4
    assert set(faces) == {0, 1, 2, 3, 10}
