"""The picture of docs/tags.md: frequencies are those of the model, and nobody's photos land in the project."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.tag_pictures import (
    LIGHT_WORDS,
    TILES,
    WORDS,
    Cluster,
    chosen,
    clusters_of,
    drawn_clusters,
    main,
    words_of,
)
from plugins.sample._scenes import LIGHTS
from plugins.sample._story import SCENES
from plugins.tags import Stock
from plugins.tags.cluster_frequency import Plugin

ROOT = Path(__file__).resolve().parents[2]


def cluster(number: int, *tags: str) -> Cluster:
    return Cluster(number, 5, np.arange(5), tuple((tag, 5 - n) for n, tag in enumerate(tags)))


def test_clusters_have_their_pictures_and_the_tags_on_them():
    looks = np.repeat(np.eye(3, dtype=np.float32), [6, 3, 1], axis=0)
    vectors = looks + np.random.default_rng(0).normal(scale=0.01, size=looks.shape).astype(np.float32)
    tags = [["sea", "sun"], ["sea"], ["sea", "sun"], ["sea"], ["sea", "wind"], [], ["cat"], ["cat"], ["cat"], ["owl"]]
    first, second, third = clusters_of(Plugin(k=3).fit(Stock.of(vectors, tags)), vectors)
    assert (first.posts, sorted(first.rows.tolist())) == (5, [0, 1, 2, 3, 4, 5])
    assert first.tags == (("sea", 5), ("sun", 2), ("wind", 1))
    assert (second.posts, sorted(second.rows.tolist()), second.tags) == (3, [6, 7, 8], (("cat", 3),))
    assert third.tags == (("owl", 1),)


@pytest.mark.parametrize(
    ("tags", "numbers"),
    [
        pytest.param(["a", "b", "c"], [0, 1], id="the largest"),
        pytest.param(["a", "a", "b"], [0, 2], id="of two about the same the larger one"),
        pytest.param(["a", "a", "a"], [0, 1], id="filled up"),
        pytest.param(["", "a", ""], [1], id="none without tags"),
    ],
)
def test_which_clusters_are_drawn(tags, numbers):
    clusters = [cluster(number, *[tag] * bool(tag)) for number, tag in enumerate(tags)]
    assert [one.number for one in chosen(clusters, 2)] == numbers


def test_every_scene_of_the_sample_has_words():
    assert WORDS.keys() == SCENES.keys()
    assert LIGHT_WORDS.keys() < LIGHTS.keys()


def test_the_user_of_the_drawn_pictures_forgets_some_tags():
    draw = np.random.default_rng(0)
    found = [words_of(Path("beach/golden-3.jpg"), draw) for _ in range(100)]
    assert {word for words in found for word in words} == {"beach", "sea", "sunset"}
    assert 0.6 < sum(map(len, found)) / 300 < 0.9


def test_a_sheet_is_drawn_whatever_the_tags_are(tmp_path):
    files = [tmp_path / f"{n}.jpg" for n in range(TILES + 3)]
    for file in files:
        Image.new("RGB", (60, 40), "red").save(file)
    clusters = [Cluster(0, 9, np.arange(len(files)), (("x" * 500, 9), ("海滩", 4), ("\udcff\n", 0))), cluster(1, "a")]
    drawn = drawn_clusters(clusters, files, 14, 7)
    assert drawn.width <= 1_000
    reds = sum(n for n, colour in drawn.getcolors(1 << 20) if colour[0] > 200 and max(colour[1:]) < 60)
    assert reds >= (TILES + 5) * 60 * 60


def test_photos_are_not_drawn_into_the_project(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--pictures", str(tmp_path), "--out", str(ROOT / "docs")])
    assert stopped.value.code == 2
    assert "do not belong into the project" in capsys.readouterr().err
