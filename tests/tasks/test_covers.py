"""Covers: one for each event and trip, of photos that are there; and suggestions for the user's own albums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fakes.cover_cases import DIM, REAL, SCREEN, CoverCases, enter
from fakes.small_folder import refresh

from plugins.covers.suggesting import cover_key
from plugins.records import FoundFace
from plugins.store import ChosenCover, Suggestion
from tasks.caching import digest
from tasks.context import opened
from tasks.covers import _inputs

torch.set_num_threads(1)
PLAIN: dict[str, Any] = {}
BLUR = {"sharpness": 0.05}
VIDEO = {"kind": "video"}
UNKNOWN = {"sharpness": None, "exposure": None, "scene": None}
SAME = {"scene": np.ones(DIM)}
CASES: dict[str, tuple[dict[str, Any], ...]] = {
    "one": (PLAIN,),
    "blurred": (BLUR, BLUR, BLUR),
    "some-blurred": (PLAIN, BLUR, PLAIN, PLAIN),
    "videos": (VIDEO, VIDEO),
    "video-beside": (VIDEO, PLAIN, PLAIN),
    "twins": (SAME,) * 6,
    "screens": (SCREEN, SCREEN),
    "screen-beside": (SCREEN, PLAIN, PLAIN),
    "rejected": ({"rating": -1}, {"rating": -1}),
    "unmeasured": (UNKNOWN, UNKNOWN),
    "half-known": (PLAIN, UNKNOWN, {"sharpness": None}, {"scene": None}),
    "no-size": ({"width": 0, "height": 0}, {"width": 99, "height": 1}),
    "many": (PLAIN,) * 70,
}
LEFT = {
    "some-blurred": (3, {"blurred": 1}),
    "video-beside": (2, {"a video beside photos": 1}),
    "twins": (1, {"nearly the same as another": 5}),
    "screen-beside": (2, {"a screenshot": 1}),
    "many": (32, {"not among the 32 that differ most": 38}),
}
"""How many candidates there are and who is none; where nothing is said all photos are."""


@pytest.fixture
def cases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CoverCases:
    return enter(tmp_path, monkeypatch)


def covers(cases: CoverCases) -> dict[str, ChosenCover]:
    with opened(cases.library) as here:
        return here.store.covers.all(here.name)


def suggestions(cases: CoverCases) -> list[Suggestion]:
    with opened(cases.library) as here:
        return here.store.suggestions.open(here.name, "cover")


def key(cases: CoverCases) -> str:
    with opened(cases.library) as here:
        return digest(*_inputs(here))


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[CoverCases, dict[str, Any]]]:
    """Run the step on all cases at once; screenshots are not excluded, as they would not get into events else."""
    with pytest.MonkeyPatch.context() as patch:
        made = enter(tmp_path_factory.mktemp("odd"), patch)
        patch.setenv("ALBUMEN_EXCLUDE__SCREENSHOTS", "false")
        for name, photos in CASES.items():
            made.event(name, *photos)
        made.event("gone")
        yield made, made.run()


@pytest.mark.parametrize("case", CASES)
def test_every_event_has_a_cover_of_its_own_photos(odd, case):
    chosen, photos = covers(odd[0])[case], {f"{case}-{n:04}" for n in range(len(CASES[case]))}
    n_candidates, left_out = LEFT.get(case, (len(photos), {}))
    assert chosen.photo in {one.photo for one in chosen.candidates} <= photos
    assert (len(chosen.candidates), chosen.left_out) == (n_candidates, left_out)
    assert sum(one.probability for one in chosen.candidates) == pytest.approx(1, abs=0.01)


def test_an_event_without_photos_has_none_and_what_is_left_out_is_counted(odd):
    made, figures = odd
    assert covers(made).keys() == CASES.keys()
    assert figures["covers"] == len(CASES)
    assert figures["left_out"] == {
        "blurred": 1, "a video beside photos": 1, "nearly the same as another": 5, "a screenshot": 1,
        "not among the 32 that differ most": 38,
    }  # fmt: skip
    assert (figures["personal"], figures["signals"], figures["note"]) == (0, 0, "")
    assert "30" in figures["reason"]


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"FEATURES__ENABLED": "false"}, id="no features"),
        pytest.param({"FEATURES__EMBEDDER": "weightless"}, id="no weights for faces"),
        pytest.param({"FEATURES__PICTURE": "weightless"}, id="none for picture vectors"),
        pytest.param({"COVERS__METHOD": "sharpest_face"}, id="a rule"),
        pytest.param({"COVERS__METHOD": "first_photo", "COVERS__MODE": "strict"}, id="a rule that knows no strictness"),
        pytest.param({"COVERS__PERSONAL": "false"}, id="nobody's taste"),
    ],
)
def test_there_is_a_cover_with_whatever_there_is(cases, monkeypatch, settings):
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    first = cases.event("e1", PLAIN, PLAIN, PLAIN, trip="t")
    second = cases.event("e2", PLAIN, PLAIN, trip="t")
    cases.run()
    chosen = {name: cover.photo for name, cover in covers(cases).items()}
    assert (chosen["e1"] in first, chosen["e2"] in second, chosen["t"] in (*first, *second)) == (True, True, True)


def test_the_method_and_its_options_are_the_settings(cases, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_by_much")
    monkeypatch.setenv("ALBUMEN_COVERS__OPTIONS", '{"much": 0.5}')
    ids = cases.event("e", PLAIN, PLAIN, PLAIN)
    cases.run()
    assert [(one.photo, one.probability) for one in covers(cases)["e"].candidates] == [
        *zip(ids, (0.5, 0.25, 0.25), strict=True)
    ]


def test_a_face_and_a_favourite_make_a_cover(cases, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "sharpest_face")
    ids = cases.event("e", PLAIN, PLAIN, PLAIN)
    with opened(cases.library) as here:
        face = FoundFace((0.2, 0.2, 0.6, 0.6), ((0.5, 0.5),) * 5, 1.0, 112.0, 1.0, 1.0, np.eye(3, dtype=np.float32)[0])  # type: ignore[arg-type]
        here.store.faces.put("squares", "1", [(f"key-{ids[1]}", [face])])
    cases.run()
    assert covers(cases)["e"].photo == ids[1]
    like(cases, ids[2])
    cases.run()
    assert covers(cases)["e"].photo == ids[2]


def like(cases: CoverCases, *ids: str, **how: Any) -> None:
    with opened(cases.library) as here:
        photos = here.store.photos.get(here.name, ids).values()
        here.store.photos.update(here.name, [replace(photo, **(how or {"favourite": True})) for photo in photos])


def test_a_cover_changes_only_for_one_that_is_clearly_better(cases, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_by_much")
    ids = cases.event("e", PLAIN, PLAIN, PLAIN)
    seen = []
    for much in (0.3, 0.36, 0.4, 0.3, 0.1):
        monkeypatch.setenv("ALBUMEN_COVERS__OPTIONS", f'{{"much": {much}}}')
        cases.run()
        seen.append(ids.index(covers(cases)["e"].photo))
    assert seen == [1, 1, 0, 0, 1]


def test_a_cover_that_is_deleted_or_hidden_gives_way(cases, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_photo")
    ids = cases.event("e", PLAIN, PLAIN, PLAIN)
    cases.run()
    assert covers(cases)["e"].photo == ids[0]
    with opened(cases.library) as here:
        here.store.photos.forget(here.name, [ids[0]])
    like(cases, ids[1], hidden=True)
    cases.run()
    assert covers(cases)["e"].photo == ids[2]
    with opened(cases.library) as here:
        here.store.photos.forget(here.name, ids)
    cases.run()
    assert covers(cases) == {}


def test_a_cover_is_suggested_for_the_users_album_until_they_answer(cases, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_by_much")
    for title, photos in {"lake": REAL[2:6], "two": REAL[:2], "empty": (), "strange": ("gone.jpg",) * 3}.items():
        cases.album(title, *photos)
    cases.album("chosen", *REAL[:4], cover=REAL[1])
    assert cases.run()["suggested"] == 1
    (made,) = suggestions(cases)
    content = made.value
    assert (made.subject, made.key, made.score) == ("lake", cover_key("lake", content), 1.0)
    with opened(cases.library) as here:
        assert [p.id for p in here.store.photos.all(here.name) if p.content_key == content] == [REAL[2]]
        before = digest(*_inputs(here))
        here.store.suggestions.decide(here.name, made.key, "rejected")
    assert key(cases) != before
    assert (cases.run()["suggested"], suggestions(cases)) == (0, [])


def test_the_suggestion_names_the_album_as_it_is_called_now(cases):
    cases.album("lake", *REAL[2:6])
    cases.run()
    before = key(cases)
    with opened(cases.library) as here:
        file = here.gallery.state / "albums" / "lake.toml"  # type: ignore[attr-defined]
    file.write_text(file.read_text().replace("'lake'", "'At the lake'"))
    assert key(cases) != before
    cases.run()
    assert [made.reason.partition(":")[0] for made in suggestions(cases)] == ["«At the lake»"]


def test_a_chosen_cover_that_is_gone_leaves_the_album_without_one(cases, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__METHOD", "first_by_much")
    cases.album("lake", *REAL[2:6], cover=REAL[3])
    assert cases.run()["suggested"] == 0
    (cases.root / REAL[3]).unlink()
    refresh(cases.library)
    assert cases.run()["suggested"] == 1


@pytest.mark.parametrize(
    "settings",
    [
        pytest.param({"COVERS__SUGGEST": "false"}, id="switched off"),
        pytest.param({"EXCLUDE__ALBUMS": '["lake"]'}, id="an album that is excluded"),
    ],
)
def test_nothing_is_suggested_where_the_settings_say_so(cases, monkeypatch, settings):
    cases.album("lake", *REAL[2:6])
    assert cases.run()["suggested"] == 1
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", value)
    before = key(cases)
    assert (cases.run()["suggested"], suggestions(cases)) == (0, [])
    assert key(cases) == before


def test_what_the_user_likes_counts_once_it_helps(cases):
    """Events of five views each, in which the user always likes the same one."""
    scenes = [{"scene": np.eye(DIM)[n]} for n in range(5)]
    ids = [cases.event(f"e{n}", *np.roll(scenes, n).tolist()) for n in range(40)]
    like(cases, *(photos[(2 + n) % 5] for n, photos in enumerate(ids[:39])))
    figures, last = cases.run(), covers(cases)["e39"]
    assert (figures["signals"], figures["personal"]) == (39, pytest.approx(39 / 89, abs=1e-4))
    assert last.photo == ids[39][(2 + 39) % 5]
    assert last.matches
    assert set(last.matches) <= {photos[(2 + n) % 5] for n, photos in enumerate(ids[:39])}
    assert all(one.interest is not None for one in last.candidates)
