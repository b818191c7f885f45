"""The pictures of docs/covers.md: users like what they take, and a sheet is small whatever was chosen."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks.cover_pictures import USERS, WIDTH, Library, favourites_of, main, said, sheet, shots_of
from plugins.covers import Pictures
from plugins.sample._scenes import LIGHTS
from plugins.sample._story import SCENES
from plugins.store import ChosenCover, Ranked

ONE = ChosenCover("b", (Ranked("a", 0.4, 0.2), Ranked("b", 0.6, 0.8)), ("c",), {"blurred": 1})


def library(folder: Path) -> Library:
    files = tuple(folder / f"{name}.jpg" for name in "abc")
    for n, file in enumerate(files):
        Image.new("RGB", (60, 40), (200, 40 * n, 0)).save(file)
    return Library(files, Pictures.of("abc", np.arange(3.0)), np.array([2]), np.array([0, 1]))


@pytest.mark.parametrize("user", [pytest.param(user, id=user.name) for user in USERS])
def test_albums_are_of_scenes_that_there_are_and_have_some_that_the_user_likes(user):
    scenes, lights = ({shot[n] for shot in user.shots} for n in range(2))
    assert scenes <= SCENES.keys()
    assert lights <= LIGHTS.keys()
    assert user.likes & scenes
    assert not scenes <= user.likes


@pytest.mark.parametrize("user", [pytest.param(user, id=user.name) for user in USERS])
def test_favourites_are_mostly_what_the_user_likes(user):
    draw = np.random.default_rng(0)
    shots = shots_of(user, draw)
    liked = [shots[n][0] in user.likes for n in favourites_of(user, shots, draw).tolist()]
    assert len(liked) >= 30
    assert np.mean(liked) > 0.85


def test_a_sheet_shows_candidates_and_favourites(tmp_path):
    drawn = sheet(USERS[0], library(tmp_path), ONE)
    alone = sheet(USERS[0], library(tmp_path), ChosenCover("b", ONE.candidates))
    assert drawn.width == alone.width == WIDTH
    assert drawn.height > alone.height


def test_what_is_said_of_a_cover(tmp_path):
    other = ChosenCover("a", ONE.candidates)
    assert said(library(tmp_path), ONE, other) == (
        "number 2, without the 1 favourites number 1; match with your favourites: 0.80, like c.jpg; "
        "chosen out of 2 photos; 1 left out (blurred: 1)"
    )


def test_pictures_need_a_folder(tmp_path, capsys):
    with pytest.raises(SystemExit) as stopped:
        main(["--out", str(tmp_path / "nowhere")])
    assert stopped.value.code == 2
    assert "is not a folder" in capsys.readouterr().err
