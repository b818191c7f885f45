"""Reading the photos anew: what is new and gone, and a disk that is not there."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from fakes import small_folder, tiny

from plugins.galleries import PhotosVanished
from plugins.settings import load_settings
from plugins.store import open_store
from tasks.photos import _refresh, _unless_vanished

pytestmark = pytest.mark.filterwarnings("ignore:Logger 'prefect.task_runs'")


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    folder = tmp_path / "photos"
    small_folder.draw(folder, [f"p{n:02}.jpg" for n in range(60)])
    return folder


@pytest.mark.parametrize(
    ("left", "force", "stops"),
    [
        pytest.param(60, False, False, id="all there"),
        pytest.param(35, False, False, id="a good part gone, as after a clean-up"),
        pytest.param(30, False, False, id="half of them exactly"),
        pytest.param(29, False, True, id="one more than half"),
        pytest.param(10, False, True, id="most gone at once"),
        pytest.param(0, False, True, id="an empty folder where a disk was"),
        pytest.param(10, True, False, id="most gone, and the user says that it is right"),
    ],
)
def test_photos_that_vanish(photos: Path, left: int, force: bool, stops: bool) -> None:
    library = f"folder:{photos}"
    _refresh.fn(library, False)
    for n in range(left, 60):
        (photos / f"p{n:02}.jpg").unlink()
    if stops:
        with pytest.raises(PhotosVanished, match="of 60 photos are gone"):
            _refresh.fn(library, force)
    else:
        assert _refresh.fn(library, force)["gone"] == 60 - left
    settings = load_settings()
    with open_store(settings) as store:
        assert store.photos.count(settings.library(library).name) == (60 if stops else left)


def test_new_photos_do_not_hide_that_others_have_vanished(photos: Path) -> None:
    library = f"folder:{photos}"
    _refresh.fn(library, False)
    for n in range(60):
        (photos / f"p{n:02}.jpg").unlink()
    small_folder.draw(photos, [f"q{n:02}.jpg" for n in range(60)], size=(90, 60))
    with pytest.raises(PhotosVanished, match=r"60 of 60 photos are gone .* more than 50%.* --force"):
        _refresh.fn(library, False)


@pytest.mark.parametrize(
    ("gone", "share", "stops"),
    [
        pytest.param(21, 0.1, True, id="more than a tenth"),
        pytest.param(20, 0.1, False, id="a tenth exactly"),
        pytest.param(21, 0.5, False, id="this gallery may lose more"),
    ],
)
def test_how_many_may_vanish_is_the_gallerys(gone: int, share: float, stops: bool) -> None:
    known = [f"p{n:03}" for n in range(200)]
    left = [replace(tiny.photo(0), id=name) for name in known[gone:]]
    if stops:
        with pytest.raises(PhotosVanished, match=f"{gone} of 200 photos are gone since the last run"):
            list(_unless_vanished(left, known, share))
    else:
        assert list(_unless_vanished(left, known, share)) == left


def test_a_small_library_may_go_as_it_likes(photos: Path) -> None:
    for n in range(15, 60):
        (photos / f"p{n:02}.jpg").unlink()
    _refresh.fn(f"folder:{photos}", False)
    for n in range(15):
        (photos / f"p{n:02}.jpg").unlink()
    assert _refresh.fn(f"folder:{photos}", False)["gone"] == 15


def test_a_run_that_was_killed_is_noted_as_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path))
    with open_store(load_settings()) as store:
        killed, done = store.runs.start("family", "curate"), store.runs.start("family", "curate")
        store.runs.finish(done, "done", {})
        other = store.runs.start("cabin", "curate")
        assert store.runs.end_abandoned("family") == 1
        assert {run.id: run.status for run in store.runs.list("family")} == {killed: "stopped", done: "done"}
        assert store.runs.get("cabin", other).status == "running"
