"""The pictures that covers are chosen from: what the store knows of photos, in order of time."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from fakes.cover_cases import DIM, SCREEN, CoverCases, enter

from plugins.covers.video_frames import frame_key
from plugins.records import FoundFace, Landmarks
from plugins.store import VideoCover
from tasks.context import Opened, opened
from tasks.cover_models import LibraryMethod
from tasks.cover_pictures import as_seen, photos_for_covers, pictures_of

WIDE: Landmarks = ((0.4, 0.4), (0.6, 0.4), (0.5, 0.51), (0.4, 0.6), (0.6, 0.6))
"""A mouth as wide as the eyes are apart, seen from the front, where a picture is square."""
UNKNOWN: dict[str, Any] = {"sharpness": None, "exposure": None, "scene": None}


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CoverCases:
    return enter(tmp_path, monkeypatch)


def face(box: tuple[float, float, float, float], of: int, score: float = 1.0) -> FoundFace:
    return FoundFace(box, WIDE, score, 112.0, 1.0, 1.0, np.eye(3, dtype=np.float32)[of])


def row_of(here: Opened, id_: str) -> dict[str, Any]:
    pictures = pictures_of(here)
    row = list(pictures.ids).index(id_)
    one = pictures.rows(np.array([row]))
    names = ("sharpness", "exposure", "n_faces", "face_share", "face_quality", "smile", "favourite", "rating", "video")
    return {name: getattr(one, name)[0].item() for name in names} | {"scene": one.scenes[0], "faces": one.faces}


def test_what_is_known_of_a_photo(cases):
    size = {"width": 100, "height": 100}
    ids = cases.event("e", {"sharpness": 0.7, "exposure": 0.4, "favourite": True, "rating": 4, **size}, {"scene": None})
    with opened(cases.library) as here:
        faces = [face((0.1, 0.1, 0.3, 0.3), 0), face((0.2, 0.2, 0.7, 0.7), 1, score=0.7)]
        here.store.faces.put("squares", "1", [(f"key-{ids[0]}", faces), (f"key-{ids[1]}", [])])
        known, other = row_of(here, ids[0]), row_of(here, ids[1])
    assert known["scene"].tolist() == np.eye(DIM)[0].tolist()
    assert known["faces"].tolist() == np.eye(3)[:2].tolist()
    assert (known["n_faces"], known["favourite"], known["rating"], known["video"]) == (2, True, 4, False)
    measured = [known[name] for name in ("sharpness", "exposure", "face_share", "face_quality", "smile")]
    assert measured == pytest.approx([0.7, 0.4, 0.25, 1.0, 0.75], abs=1e-3)
    assert not other["scene"].any()
    assert (other["n_faces"], other["face_share"]) == (0, 0)
    assert np.isnan(other["smile"])


def test_what_nobody_measured_is_neutral(cases):
    (id_,) = cases.event("e", UNKNOWN)
    with opened(cases.library) as here:
        known = row_of(here, id_)
    assert np.isnan([known[name] for name in ("sharpness", "exposure", "smile")]).all()
    assert not known["scene"].any()


@pytest.mark.parametrize(
    ("settings", "scenes", "faces"),
    [
        pytest.param({}, DIM, 3, id="both"),
        pytest.param({"FEATURES__PICTURE": "weightless"}, 0, 3, id="no weights for picture vectors"),
        pytest.param({"FEATURES__EMBEDDER": "weightless"}, DIM, 0, id="none for faces"),
        pytest.param({"FEATURES__ENABLED": "false"}, 0, 0, id="switched off"),
    ],
)
def test_what_no_extractor_says_is_not_known(cases, monkeypatch, settings, scenes, faces):
    ids = cases.event("e", {}, {})
    with opened(cases.library) as here:
        here.store.faces.put("squares", "1", [(f"key-{ids[0]}", [face((0, 0, 1, 1), 0)])])
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    with opened(cases.library) as here:
        found = pictures_of(here)
    assert (found.scenes.shape[1], found.faces.shape[1]) == (scenes, faces)
    assert len(found.scenes) == len(found) == len(found.sharpness)


def test_a_video_goes_by_its_chosen_frame(cases):
    ids = cases.event("e", *[{"kind": "video"}] * 3)
    with opened(cases.library) as here:
        key, frame = f"key-{ids[0]}", frame_key(f"key-{ids[0]}", 7.5)
        here.store.covers.save_videos(here.name, {key: VideoCover(7.5), f"key-{ids[1]}": VideoCover(1.0)})
        here.store.features.put("scenes", "1", [(frame, np.eye(DIM)[5])])
        here.store.measures.put("exposure", "1", [(frame, 0.9)])
        here.store.faces.put("squares", "1", [(key, [face((0, 0, 1, 1), 0)] * 2), (frame, [face((0, 0, 1, 1), 1)])])
        of_frame, without_features, without_cover = (row_of(here, id_) for id_ in ids)
    assert (of_frame["scene"].argmax(), of_frame["n_faces"], of_frame["video"]) == (5, 1, True)
    assert (of_frame["exposure"], of_frame["sharpness"]) == (pytest.approx(0.9), pytest.approx(0.6))
    assert (without_features["scene"].argmax(), without_cover["scene"].argmax()) == (1, 2)


@pytest.mark.parametrize(
    ("photo", "settings", "alone", "in_an_album"),
    [
        pytest.param({}, {}, True, True, id="a photo"),
        pytest.param(SCREEN, {}, False, True, id="a screenshot counts where the user has put it into an album"),
        pytest.param({"name": "WhatsApp Images/{id}.jpg"}, {}, False, True, id="so does one from a messenger"),
        pytest.param({"hidden": True}, {}, False, False, id="a hidden one never"),
        pytest.param({"tags": ("private",)}, {"EXCLUDE__TAGS": '["private"]'}, False, False, id="nor what is excluded"),
    ],
)
def test_which_photos_count(cases, monkeypatch, photo, settings, alone, in_an_album):
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    (id_,) = cases.event("e", photo)
    with opened(cases.library) as here:
        found = [{one.id for one in photos_for_covers(here, also)} for also in ((), (id_, "gone"))]
    assert [id_ in ids for ids in found] == [alone, in_an_album]


def test_they_are_in_order_of_time_and_each_is_there_once(cases):
    ids = cases.event("e", {}, {}, apart_s=0)
    with opened(cases.library) as here:
        photos = photos_for_covers(here, reversed(ids))
        pictures = pictures_of(here, ids)
    assert [photo.id for photo in photos] == pictures.ids
    assert len(set(pictures.ids)) == len(pictures) == 10
    assert sorted(zip(pictures.taken_s, pictures.ids, strict=True)) == list(
        zip(pictures.taken_s, pictures.ids, strict=True)
    )


@pytest.mark.parametrize("mode", ["default", "strict"])
def test_a_strict_method_sees_small_pictures(cases, monkeypatch, mode):
    monkeypatch.setenv("ALBUMEN_COVERS__MODE", mode)
    ids = cases.event("e", {}, {})
    method = LibraryMethod(SimpleNamespace, {"mode": mode})
    with opened(cases.library) as here:
        here.store.features.put("thumbnail", "64px-1", [(f"key-{ids[1]}", np.eye(12_289)[3])])
        photos, pictures = photos_for_covers(here), pictures_of(here)
        seen = as_seen(here, method, photos, pictures)
        rows = np.array([pictures.ids.index(id_) for id_ in (*ids, ids[1])])
        scenes = seen.scenes[rows]
    if mode == "default":
        assert seen is pictures
    else:
        assert seen.scenes.shape == (len(pictures), 12_289)
        assert scenes.shape == (3, 12_289)
        assert not scenes[0].any()
        assert scenes[1].argmax() == scenes[2].argmax() == 3
