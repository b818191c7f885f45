"""Features: made once for each content, batch by batch; what cannot be read is noted and not tried again."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fakes import outside_parts
from fakes.small_folder import refresh
from fakes.snaps import ANNA, BEN, HOME, snap
from PIL import Image

import tasks.features
from plugins.features.weights_fetch import Patience, fetch_missing
from plugins.store import Problem
from tasks.caching import Receipt, Skipped
from tasks.context import opened
from tasks.extraction import extract_features, told_together
from tasks.features import (
    EXPOSURE,
    SHARPNESS,
    batches_of,
    extract_batch,
    extractors,
    pictures_or_skip,
    tag_pictures_or_skip,
)

START = datetime(2024, 5, 3, 10)
NONE = {"photos": 0, "made": 0, "faces": 0, "unreadable": 0, "not_ready": 0}


@pytest.fixture
def photos(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    outside_parts.install(tmp_path / "outside", monkeypatch)
    outside_parts.SEEN.clear()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    for name, value in {
        "DATA_DIR": tmp_path / "data",
        "FEATURES__EMBEDDER": "squares",
        "FEATURES__PICTURE": "tints",
    }.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    for n in range(4):
        snap(tmp_path / f"photos/{n}.jpg", START + timedelta(minutes=n), HOME, ((), (ANNA,), (ANNA, BEN), ())[n])
    return tmp_path / "photos"


def extract(photos: Path) -> dict[str, Any]:
    """Make the features of all photos in one batch; return the figures."""
    library = f"folder:{photos}"
    refresh(library)
    with opened(library) as here:
        [batch] = batches_of(here)
    return dict(extract_batch.as_task.fn(library, "key", number=0, photos=batch))


def with_(**figures: int) -> dict[str, int]:
    return {**NONE, **figures}


def test_features_are_made_once(photos):
    assert extract(photos) == with_(photos=4, made=4, faces=3)
    assert extract(photos) == with_(photos=4)
    assert outside_parts.SEEN == {"squares": 4, "tints": 4}


def test_strict_covers_need_small_pictures_beside_the_vectors_of_now(photos, monkeypatch):
    assert extract(photos) == with_(photos=4, made=4, faces=3)
    monkeypatch.setenv("ALBUMEN_COVERS__MODE", "strict")
    assert extract(photos) == with_(photos=4, made=4)
    assert extract(photos) == with_(photos=4)
    assert outside_parts.SEEN == {"squares": 4, "tints": 4}
    with opened(f"folder:{photos}") as here:
        assert {name: n for (name, _), n in here.store.features.counts().items()} == {"tints": 4, "thumbnail": 4}


def test_sharpness_and_exposure_are_measured_with_the_features(photos):
    Image.new("RGB", (64, 48), (0, 0, 3)).save(photos / "black.png")
    extract(photos)
    with opened(f"folder:{photos}") as here:
        content = {photo.id: photo.content_key for photo in here.store.photos.all(here.name)}
        exposure = here.store.measures.among(list(content.values()), *EXPOSURE)
        sharpness = here.store.measures.among(list(content.values()), *SHARPNESS)
    assert exposure.keys() == sharpness.keys() == set(content.values())
    assert exposure[content["black.png"]] == sharpness[content["black.png"]] == 0
    assert 0.5 < exposure[content["0.jpg"]] < 1


def test_the_same_content_twice_is_looked_at_once(photos):
    shutil.copy(photos / "1.jpg", photos / "copy.jpg")
    assert extract(photos) == with_(photos=5, made=4, faces=3)
    (photos / "2.jpg").rename(photos / "renamed.jpg")
    assert extract(photos) == with_(photos=5)


def test_what_one_extractor_has_made_it_does_not_make_again_for_the_other(photos, monkeypatch):
    """As when the weights of one come later."""
    extract(photos)
    outside_parts.SEEN.clear()
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", "other_tints")
    assert extract(photos) == with_(photos=4, made=4)
    assert outside_parts.SEEN == {"other_tints": 4}


def tag_vectors(photos: Path, name: str) -> dict[str, list[float]]:
    """Return the vectors of an extractor by the photo's name."""
    with opened(f"folder:{photos}") as here:
        found = {photo.content_key: photo.name for photo in here.store.photos.all(here.name)}
        keys, vectors = here.store.features.matrix(found, name, "1")
    return {found[key]: vector.tolist() for key, vector in zip(keys, vectors, strict=True)}


def test_tags_may_be_learned_from_other_vectors_made_of_the_same_picture(photos, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__EXTRACTOR", "other_tints")
    assert extract(photos) == with_(photos=4, made=4, faces=3)
    assert extract(photos) == with_(photos=4)
    assert outside_parts.SEEN == {"squares": 4, "tints": 4, "other_tints": 4}
    assert tag_vectors(photos, "other_tints") == tag_vectors(photos, "tints") != {}


def test_vectors_for_tags_are_made_later_where_the_settings_name_another_extractor(photos, monkeypatch):
    extract(photos)
    outside_parts.SEEN.clear()
    monkeypatch.setenv("ALBUMEN_TAGS__EXTRACTOR", "other_tints")
    assert extract(photos) == with_(photos=4, made=4)
    assert outside_parts.SEEN == {"other_tints": 4}


@pytest.mark.parametrize(
    ("settings", "picture", "tags"),
    [
        pytest.param({}, "tints", "tints", id="the same"),
        pytest.param({"TAGS__EXTRACTOR": "tints"}, "tints", "tints", id="the same, by name"),
        pytest.param({"TAGS__EXTRACTOR": "other_tints"}, "tints", "other_tints", id="another one"),
        pytest.param(
            {"TAGS__MODE": "strict", "TAGS__EXTRACTOR": "other_tints"},
            "tints",
            "other_tints",
            id="named in strict mode",
        ),
    ],
)
def test_which_extractor_tags_are_learned_from(photos, monkeypatch, settings, picture, tags):
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    with opened(f"folder:{photos}") as here:
        made = extractors(here)
        assert (pictures_or_skip(here).name, tag_pictures_or_skip(here).name) == (picture, tags)
    assert (made.pictures is made.tag_pictures) == (picture == tags)
    assert [version.split()[0] for version in made.versions] == ["squares", *dict.fromkeys((picture, tags))]


def test_strict_tags_are_learned_from_whole_maps(photos, monkeypatch, shared):
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(shared / "weights"))
    monkeypatch.setenv("ALBUMEN_TAGS__MODE", "strict")
    with opened(f"folder:{photos}") as here:
        assert (pictures_or_skip(here).name, tag_pictures_or_skip(here).name) == ("tints", "vgg16_map")


def test_without_weights_of_the_tags_alone_the_others_are_made(photos, monkeypatch, tmp_path):
    monkeypatch.setenv("ALBUMEN_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("ALBUMEN_TAGS__MODE", "strict")
    assert extract(photos) == with_(photos=4, made=4, faces=3)
    with opened(f"folder:{photos}") as here:
        assert pictures_or_skip(here).name == "tints"
        with pytest.raises(Skipped, match="vgg16_map: "):
            tag_pictures_or_skip(here)


def test_a_video_is_described_by_its_frames_for_tags_too(photos, monkeypatch):
    monkeypatch.setenv("ALBUMEN_TAGS__EXTRACTOR", "other_tints")
    with av.open(str(photos / "v.mp4"), "w") as out:
        stream = out.add_stream("mpeg4", rate=5)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        for colour in [(240, 20, 20)] * 20 + [(20, 20, 240)] * 20:
            frame = np.full((48, 64, 3), colour, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(frame, format="rgb24")))
        out.mux(stream.encode())
    assert extract(photos)["made"] == 5
    red, green, blue = tag_vectors(photos, "other_tints")["v.mp4"]
    assert red == pytest.approx(blue, abs=0.2)  # both halves of the video
    assert green < 0.2


def test_an_unreadable_picture_is_noted_and_tried_again_when_its_content_changes(photos):
    broken = photos / "3.jpg"
    whole = broken.read_bytes()
    broken.write_bytes(whole[: whole.rindex(b"\xff\xda") + 20])  # all of its header, and no picture
    assert extract(photos) == with_(photos=4, made=3, faces=3, unreadable=1)
    assert extract(photos) == with_(photos=4, unreadable=1)
    assert outside_parts.SEEN == {"squares": 3, "tints": 3}
    with opened(f"folder:{photos}") as here:
        assert [(p.name, p.extractor) for p in here.store.problems.all(here.name)] == [
            ("3.jpg", "squares"),
            ("3.jpg", "tints"),
        ]
        assert all(problem.reason for problem in here.store.problems.all(here.name))
    broken.write_bytes(whole)
    assert extract(photos) == with_(photos=4, made=1)


def test_a_picture_that_one_network_cannot_take_is_still_described_by_the_other(photos):
    Image.new("RGB", (1, 9), "white").save(photos / "thin.png")
    assert extract(photos)["unreadable"] == 1
    with opened(f"folder:{photos}") as here:
        [problem] = here.store.problems.all(here.name)
        keys, _ = here.store.features.matrix([p.content_key for p in here.store.photos.all(here.name)], "tints", "1")
    assert problem == Problem("thin.png", "thin.png", "squares", "ValueError: too narrow")
    assert len(keys) == 5


def test_a_picture_that_is_gone_is_asked_for_again(photos):
    library = f"folder:{photos}"
    refresh(library)
    with opened(library) as here:
        [batch] = batches_of(here)
    away = (photos / "0.jpg").rename(photos.parent / "away.jpg")
    figures = extract_batch.as_task.fn(library, "key", number=0, photos=batch)
    assert figures == with_(photos=4, made=3, faces=3, not_ready=1)
    away.rename(photos / "0.jpg")
    assert extract(photos) == with_(photos=4, made=1)


def test_more_than_are_written_together(photos, monkeypatch):
    monkeypatch.setattr(tasks.features, "KEPT_TOGETHER", 3)
    assert extract(photos) == with_(photos=4, made=4, faces=3)


@pytest.mark.parametrize(
    ("batch_photos", "most_tasks", "sizes"),
    [
        pytest.param(4, 500, [4], id="all in one"),
        pytest.param(3, 500, [3, 1], id="the newest in the last"),
        pytest.param(1, 500, [1, 1, 1, 1], id="one each"),
        pytest.param(1, 3, [2, 2], id="too many tasks: twice as large"),
        pytest.param(1, 1, [4], id="and twice again"),
    ],
)
def test_batches(photos, monkeypatch, batch_photos, most_tasks, sizes):
    monkeypatch.setenv("ALBUMEN_FEATURES__BATCH_PHOTOS", str(batch_photos))
    monkeypatch.setattr(tasks.features, "MOST_TASKS", most_tasks)
    refresh(f"folder:{photos}")
    with opened(f"folder:{photos}") as here:
        found = batches_of(here)
    assert [len(batch) for batch in found] == sizes
    assert [photo for batch in found for photo in batch] == ["0.jpg", "1.jpg", "2.jpg", "3.jpg"]


@pytest.mark.parametrize(
    ("settings", "mend"),
    [
        pytest.param({"ENABLED": "false"}, "[features] enabled = true", id="switched off"),
        pytest.param(
            {"EMBEDDER": "weightless", "PICTURE": "vgg16"}, "put the file into one of these folders", id="no weights"
        ),
    ],
)
def test_the_step_is_skipped_with_the_mend(photos, monkeypatch, settings, mend):
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_FEATURES__{name}", value)
    receipt = extract_features(f"folder:{photos}")
    assert (receipt.status, receipt.figures) == ("skipped", {})
    assert mend in receipt.mend


def test_the_embedder_of_a_library_stays(photos, monkeypatch):
    """Vectors of two embedders cannot be compared: weights that appear later do not change the choice."""
    monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "auto")
    with opened(f"folder:{photos}") as here:
        here.store.models.choose(here.name, "faces", "squares", "1")
        faces = extractors(here).faces
    assert faces is not None
    assert faces.name == "squares"


def part(status: str, figures: Mapping[str, int]) -> Receipt:
    return Receipt("extract_batch", status, {**NONE, **figures}, 1.0)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("parts", "status", "figures"),
    [
        pytest.param([], "done", {}, id="an empty library"),
        pytest.param(
            [part("cached", {"photos": 5, "made": 5, "faces": 2})], "cached", {"photos": 5}, id="none made now"
        ),
        pytest.param(
            [
                part("cached", {"photos": 5, "made": 5, "unreadable": 1}),
                part("done", {"photos": 2, "made": 1, "faces": 3}),
            ],
            "done",
            {"photos": 7, "made": 1, "faces": 3, "unreadable": 1},
            id="what cached batches made long ago is not new",
        ),
    ],
)
def test_batches_are_told_together(parts, status, figures):
    joined = told_together(parts, "", 1.5)
    assert (joined.status, joined.figures, joined.seconds) == (status, with_(**figures), 1.5)


def test_a_download_that_fails_is_no_reason_to_stop(photos, monkeypatch, caplog):
    for name, value in {"FEATURES__PICTURE": "vgg16", "FEATURES__FETCH_WEIGHTS": "true"}.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:9")  # nobody listens there
    monkeypatch.setattr(tasks.features, "fetch_missing", partial(fetch_missing, patience=Patience(tries=2, wait_s=0)))
    caplog.set_level("INFO", logger="albumen")
    with opened(f"folder:{photos}") as here:
        tasks.features.fetch_weights(here)
        assert extractors(here).missing
    assert "vgg16: " in caplog.text
    assert extract(photos) == with_(photos=4, made=4, faces=3)
