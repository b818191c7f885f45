"""docs/covers.md: its commands parse, its tables list what there is, its pictures are there, its figures are right."""

from __future__ import annotations

import json
import re
import shlex
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import plugins
from app.cli import app
from benchmarks import cover_pictures
from plugins.covers import candidates, fine_tuning
from plugins.covers._interest_closeness import MOST_LIKED
from plugins.covers.acceptance import FEWEST_SAMPLES, FEWEST_SIGNALS, HALF_SIGNALS, share_of
from plugins.covers.interest_gru import Plugin
from plugins.covers.steady import CLEARLY
from plugins.covers.video_frames import MOST
from plugins.sections import Covers

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "covers.md").read_text(encoding="utf-8")
PROSE = " ".join(PAGE.split())
OURS = re.findall(r"(?m)^ {4}albumen (\w+) LIBRARY(.*?)(?: +#.*)?$", PAGE)
PICTURES = re.findall(r"!\[[^]]+\]\(([\w-]+\.\w+)\)", PAGE)


def table(heading: str) -> str:
    """Return the rows of the table whose first column is called so."""
    (found,) = re.findall(rf"(?ms)^\| {heading} \|.*?\n(?=\n)", PAGE)
    return str(found)


@pytest.mark.parametrize(("command", "arguments"), OURS, ids=[f"{c}{a}" for c, a in OURS])
def test_commands_have_these_options(command: str, arguments: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300", "TERM": "dumb"}).output
    assert all(option in shown for option in re.findall(r"--[\w-]+", arguments))


def test_the_pictures_can_be_drawn_again() -> None:
    (arguments,) = re.findall(r"(?m)^ {4}python -m benchmarks\.cover_pictures (.+)$", PAGE)
    assert shlex.split(arguments) == ["--out", "docs"]
    assert [f"covers-{user.name}.jpg" for user in cover_pictures.USERS] == PICTURES


@pytest.mark.parametrize("picture", PICTURES)
def test_pictures_are_there_and_small(picture: str) -> None:
    path = ROOT / "docs" / picture
    assert path.stat().st_size < cover_pictures.MOST_BYTES
    with Image.open(path) as image:
        assert image.width == cover_pictures.WIDTH


def test_all_methods_are_listed() -> None:
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", table("method"))) == set(plugins.names("covers"))


def test_all_settings_are_listed_with_their_defaults() -> None:
    rows = [row.split("|")[1:3] for row in table("setting").splitlines()[2:]]
    listed = {name.strip(" `"): default.strip(" `") for name, default in rows}
    section = Covers()
    assert listed == {name: json.dumps(getattr(section, name)) for name in Covers.model_fields}


def test_all_rules_of_the_preset_are_listed() -> None:
    rows = [row for row in re.findall(r"(?m)^\| (.+?) \|", table("left out")) if row != "---"]
    ours = [candidates.VIDEO, candidates.REJECTED, candidates.BLURRED, candidates.TWIN]
    assert rows[1:] == ["what `[exclude]` names", *ours, f"not among the {candidates.MOST} that differ most"]


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(f"at most {candidates.MOST} photos of an album", id="candidates"),
        pytest.param(f"GRUs read the latest {Plugin().history} that", id="history"),
        pytest.param(f"among the latest {MOST_LIKED:,}", id="likes that are sought in"),
        pytest.param(f"below {candidates.FAR_BELOW} of the sharpness", id="blurred"),
        pytest.param(f"of a burst ({candidates.BURST_S:g} s)", id="burst"),
        pytest.param(f"n / (n + {HALF_SIGNALS})", id="shrinkage"),
        pytest.param(f"fewer than {FEWEST_SIGNALS}", id="fewest signals"),
        pytest.param(f"At least {FEWEST_SAMPLES} are needed", id="fewest albums"),
        pytest.param(f"{FEWEST_SIGNALS} signals and {fine_tuning.FEWEST_SAMPLES} such albums", id="fewest to train on"),
        pytest.param(f"At most {MOST} are candidates", id="frames"),
    ],
)
def test_figures_are_those_of_the_code(said: str) -> None:
    assert said in PROSE


def test_how_much_what_the_user_likes_counts() -> None:
    rows = re.findall(r"\| (\d+) \| (0\.\d\d), if it wins \|", PAGE)
    assert len(rows) == 3
    assert [(n, f"{share_of(int(n)):.2f}") for n, _ in rows] == rows


def test_a_cover_stays_unless_another_is_a_quarter_more_probable() -> None:
    assert "unless another one is a quarter more probable" in PROSE
    assert CLEARLY == 1.25


def test_numbers_in_words_are_those_of_the_code() -> None:
    assert "in five folds" in PROSE
    assert fine_tuning.FOLDS == 5
