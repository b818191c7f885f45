"""The preset rule: what is left out of an album's candidates, why, and that something always stays."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from plugins.covers import Pictures
from plugins.covers.candidates import BLURRED, MOST, NEIGHBOURS, REJECTED, TWIN, VIDEO, liking, preset

SHARP: dict[str, Any] = {"sharpness": 0.6}
BLUR = {"sharpness": 0.1}
MINUTE = 60.0


def drawn(*photos: dict[str, Any], apart_s: float = MINUTE, scenes: np.ndarray | None = None) -> Pictures:
    """Return photos of scenes that have nothing in common, some time apart."""
    columns = {
        name: np.array([photo.get(name, default) for photo in photos])
        for name, default in {
            "sharpness": np.nan, "favourite": False, "rating": 0, "video": False, "n_faces": 0, "face_quality": 0.0
        }.items()
    }  # fmt: skip
    shown = np.eye(len(photos), dtype=np.float32) if scenes is None else scenes.astype(np.float32)
    times = np.arange(len(photos)) * apart_s
    return Pictures.of([f"{n:05}" for n in range(len(photos))], times, scenes=shown, **columns)


def kept(pictures: Pictures, **more: Any) -> tuple[list[int], dict[str, int]]:
    found = preset(pictures, np.arange(len(pictures)), **more)
    return found.rows.tolist(), dict(found.left_out)


@pytest.mark.parametrize(
    ("photos", "rows", "left_out"),
    [
        pytest.param([], [], {}, id="no photo"),
        pytest.param([BLUR], [0], {}, id="one photo, whatever it is"),
        pytest.param([SHARP, BLUR, SHARP], [0, 2], {BLURRED: 1}, id="a blurred one"),
        pytest.param([BLUR, BLUR, BLUR], [0, 1, 2], {}, id="all blurred: the album's own sharpness counts"),
        pytest.param([SHARP, {"sharpness": 0.3}], [0, 1], {}, id="half as sharp is no blur: there may be sky in it"),
        pytest.param([SHARP, BLUR | {"favourite": True}], [0, 1], {}, id="a favourite is never too blurred"),
        pytest.param([SHARP, BLUR | {"rating": 4}], [0, 1], {}, id="nor is a photo with four stars"),
        pytest.param([SHARP, {}], [0, 1], {}, id="nobody measured the sharpness of one"),
        pytest.param([{}, {}], [0, 1], {}, id="nor of any"),
        pytest.param([{"rating": -1}, SHARP], [1], {REJECTED: 1}, id="a rejected one"),
        pytest.param([{"rating": -1}] * 2, [0, 1], {}, id="all rejected"),
        pytest.param([{"video": True}, SHARP], [1], {VIDEO: 1}, id="a video beside a still"),
        pytest.param([{"video": True}] * 2, [0, 1], {}, id="videos only"),
        pytest.param(
            [{"rating": -1}, BLUR, {"video": True}, SHARP], [3], {VIDEO: 1, REJECTED: 1, BLURRED: 1}, id="all"
        ),
    ],
)
def test_what_is_no_candidate(photos: list[dict[str, Any]], rows: list[int], left_out: dict[str, int]) -> None:
    assert kept(drawn(*photos)) == (rows, left_out)


@pytest.mark.parametrize(
    ("excluded", "rows", "left_out"),
    [
        pytest.param({1: "a screenshot", 2: "a document"}, [0], {"a screenshot": 1, "a document": 1}, id="some"),
        pytest.param(dict.fromkeys(range(3), "a screenshot"), [0, 1, 2], {}, id="screenshots only"),
        pytest.param({7: "a screenshot"}, [0, 1, 2], {}, id="of another album"),
    ],
)
def test_what_is_excluded_goes_first(excluded: dict[int, str], rows: list[int], left_out: dict[str, int]) -> None:
    assert kept(drawn(SHARP, SHARP, SHARP), excluded=excluded) == (rows, left_out)


def alike(cosine: float, n: int = 2) -> np.ndarray:
    """Return n vectors of unit length, each of this cosine with each other one."""
    return np.linalg.cholesky(np.full((n, n), cosine) + (1 - cosine + 1e-9) * np.eye(n))


@pytest.mark.parametrize(
    ("cosine", "apart_s", "photos", "rows"),
    [
        pytest.param(0.97, MINUTE, [SHARP, {"sharpness": 0.7}], [1], id="nearly the same: the sharper one"),
        pytest.param(0.97, MINUTE, [SHARP, SHARP], [0], id="the earlier of equals"),
        pytest.param(0.97, MINUTE, [SHARP | {"favourite": True}, {"sharpness": 0.9}], [0], id="a favourite before all"),
        pytest.param(0.97, MINUTE, [{"favourite": True}, {"rating": 4}], [0], id="a favourite before four stars"),
        pytest.param(0.97, MINUTE, [SHARP, {"n_faces": 1, "sharpness": 0.5}], [0, 1], id="somebody has come"),
        pytest.param(0.9, MINUTE, [SHARP, SHARP], [0, 1], id="a minute later much the same"),
        pytest.param(0.9, 2.0, [SHARP, {"sharpness": 0.7}], [1], id="in a burst much the same"),
        pytest.param(
            0.9, 2.0, [SHARP, {"sharpness": 0.5, "n_faces": 1, "face_quality": 0.9}], [1], id="the face counts"
        ),
        pytest.param(0.5, 2.0, [SHARP, SHARP], [0, 1], id="the camera was turned"),
    ],
)
def test_of_photos_nearly_the_same_one_stays(
    cosine: float, apart_s: float, photos: list[dict[str, Any]], rows: list[int]
) -> None:
    found, left_out = kept(drawn(*photos, apart_s=apart_s, scenes=alike(cosine)))
    assert found == rows
    assert left_out == ({TWIN: 1} if len(rows) == 1 else {})


@pytest.mark.parametrize(
    ("apart_s", "rows"),
    [pytest.param(2.0, [2], id="a burst is one"), pytest.param(MINUTE, [0, 1, 2], id="others are not")],
)
def test_without_vectors_only_bursts_are_nearly_the_same(apart_s: float, rows: list[int]) -> None:
    photos = [SHARP, SHARP, {"sharpness": 0.7}]
    for scenes in (np.zeros((3, 0)), np.zeros((3, 4))):
        assert kept(drawn(*photos, apart_s=apart_s, scenes=scenes))[0] == rows


def test_all_nearly_the_same_leave_one() -> None:
    photos = [SHARP] * 20 + [{"sharpness": 0.8}] + [SHARP] * 20
    assert kept(drawn(*photos, scenes=alike(0.98, len(photos)))) == ([20], {TWIN: 40})


def test_the_same_view_much_later_is_another_photo() -> None:
    scenes = np.eye(NEIGHBOURS + 2)
    scenes[-1] = scenes[0]
    assert len(kept(drawn(*[SHARP] * len(scenes), scenes=scenes))[0]) == len(scenes)


def test_those_that_differ_most_stay_with_the_first_and_the_last() -> None:
    views = np.repeat(np.eye(8), 100, axis=0)  # eight views, a hundred photos of each, not near enough to be the same
    scenes = np.concatenate([0.9 * views, np.sqrt(1 - 0.81) * np.eye(800)], axis=1)
    rows, left_out = kept(drawn(*[SHARP] * 800, scenes=scenes))
    assert (len(rows), rows[0], rows[-1]) == (MOST, 0, 799)
    assert rows == sorted(rows)
    assert {row // 100 for row in rows} == set(range(8))
    assert left_out == {f"not among the {MOST} that differ most": 800 - MOST}


@pytest.mark.parametrize("n_liked", [3, 300])
def test_liked_photos_stay_candidates_up_to_half(n_liked: int) -> None:
    liked = np.random.default_rng(1).permutation(np.arange(1, 799))[:n_liked]
    photos = [SHARP | {"favourite": n in liked} for n in range(800)]
    pictures = drawn(*photos, scenes=np.zeros((800, 0)))
    rows, _ = kept(pictures)
    assert sum(liking(pictures, rows) > 0) >= min(n_liked, MOST // 2 - 2)
    assert len(rows) == MOST


def test_without_anything_known_candidates_are_spread_over_the_time() -> None:
    rows, _ = kept(drawn(*[{}] * 311, scenes=np.zeros((311, 0))))
    assert len(rows) == MOST
    assert max(np.diff(rows)) <= 2 * min(np.diff(rows)) + 1


def test_of_thousands_of_photos_as_few_stay() -> None:
    scenes = np.random.default_rng(2).normal(size=(5_000, 512)).astype(np.float32)
    scenes /= np.linalg.norm(scenes, axis=1, keepdims=True)
    rows, left_out = kept(drawn(*[SHARP] * 5_000, scenes=scenes))
    assert len(rows) == MOST
    assert sum(left_out.values()) == 5_000 - MOST


def test_order_and_repetition_of_the_rows_do_not_matter() -> None:
    pictures = drawn(SHARP, BLUR, SHARP, SHARP)
    assert preset(pictures, np.array([3, 0, 2, 1, 0])).rows.tolist() == [0, 2, 3]
