"""A small simulated library: it is filled as it is said to be, a run publishes, and the next has nothing to do."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import numpy as np
import pytest

from benchmarks import scale
from benchmarks._processes import in_own_process
from benchmarks._scale_fill import fill
from benchmarks._scale_library import shots
from benchmarks._scale_parts import FACES, LIBRARY, PICTURES
from benchmarks._scale_steps import run_step
from plugins.settings import Settings
from plugins.store import open_store

PHOTOS = 600
STEPS = ("photos", "places", "events", "tags", "wanted", "plan", "apply", "plan_again")


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scale")
    fill(folder, Settings(data_dir=folder), PHOTOS, seed=3)
    return folder


def test_the_store_is_as_extraction_would_leave_it(library: Path) -> None:
    with open_store(Settings(data_dir=library)) as store:
        photos = store.photos.all(LIBRARY)
        keys = [photo.content_key for photo in photos]
        assert (store.faces.missing(keys, *FACES), store.features.missing(keys, *PICTURES)) == ([], [])
        table = store.faces.table(keys, *FACES)
        tagged = [photo.tags for photo in photos if photo.tags]
    assert len(photos) == PHOTOS
    assert 1.0 < len(table) / PHOTOS < 1.4
    assert 0.2 < len(tagged) / PHOTOS < 0.45
    assert 2.5 < np.mean([*map(len, tagged)]) < 3.5
    assert np.allclose(np.linalg.norm(table.vectors, axis=1), 1, atol=1e-3)


def test_nobody_is_twice_on_a_photo_and_few_are_on_many() -> None:
    taken = shots(20_000, seed=1)
    photo = np.repeat(np.arange(len(taken)), np.diff(taken.faces))
    known = taken.person < taken.people
    pairs = np.column_stack([photo[known], taken.person[known]])
    twice = len(pairs) - len(np.unique(pairs, axis=0))
    sizes = np.sort(np.bincount(taken.person[known]))[::-1]
    assert twice / len(pairs) < 0.002  # where a happening's cast has somebody twice
    assert sizes[0] > 5 * np.median(sizes)
    assert len(taken.person) / len(taken) == pytest.approx(1.2, abs=0.05)


def test_a_run_publishes_and_the_next_one_has_nothing_to_write(library: Path) -> None:
    run = partial(run_step, folder=library, database="", prefect=False)
    photos, _, events, _, wanted, plan, apply, again = (took.figures for took in in_own_process(run, STEPS))
    assert photos["photos"] == PHOTOS
    assert events["events"] > 10
    assert wanted["albums"] > 3
    assert apply["done"] == plan["changes"] > 0
    assert again["changes"] == 0


def test_a_step_is_measured_in_a_process_of_its_own(library: Path, capsys: pytest.CaptureFixture[str]) -> None:
    scale.main(["--in", str(library), "--without-prefect", "--json", "--steps", "photos"])
    (row,) = json.loads(capsys.readouterr().out)["rows"]
    assert row["step"] == "photos"
    assert row["family_mb"] >= row["peak_mb"] > 50
    assert row["seconds"] > 0


def test_lines_are_drawn_from_files(tmp_path: Path) -> None:
    rows = [
        {"step": step, "photos": n, "seconds": n / 1000, "family_mb": 100 + n / 100}
        for n in (1_000, 10_000)
        for step in ("events", "tags")
    ]
    file, time_png, memory_png = (tmp_path / name for name in ("rows.json", "time.png", "memory.png"))
    file.write_text(json.dumps({"rows": rows}), encoding="utf-8")
    scale.main(["--plot", str(time_png), str(memory_png), str(file)])
    assert time_png.read_bytes()[:4] == memory_png.read_bytes()[:4] == b"\x89PNG"
    assert time_png.read_bytes() != memory_png.read_bytes()
