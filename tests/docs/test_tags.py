"""docs/tags.md: its commands parse, its tables list what there is, its pictures are there, its method works."""

from __future__ import annotations

import json
import re
import shlex
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

import plugins
from app.cli import app
from benchmarks import tag_pictures, tags
from plugins.pages.contact_sheets import MOST_CELLS
from plugins.people.look_alikes import SMALL
from plugins.sections import People, Tags
from plugins.tags import Stock, TagMethod
from plugins.tags.cluster_frequency import GROWN, WORSE
from plugins.tags.suggesting import SHOWN, SLACK
from tasks.sheets import MOST_GROUPS
from tasks.tag_looking import MOST_WAITING

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "tags.md").read_text(encoding="utf-8")
PROSE = " ".join(PAGE.split())
COMMANDS = re.findall(r"(?m)^ {4}python -m benchmarks\.(tag\w*) (.+)$", PAGE)
PARSERS = {"tags": tags.parsed, "tag_pictures": tag_pictures.parsed}
OURS = re.findall(r"(?m)^ {4}albumen (\w+) LIBRARY(.*?)(?: +#.*)?$", PAGE)


def table(heading: str) -> str:
    """Return the rows of the table whose first column is called so."""
    (found,) = re.findall(rf"(?ms)^\| {heading} \|.*?\n(?=\n)", PAGE)
    return str(found)


@pytest.mark.parametrize(("script", "arguments"), COMMANDS, ids=[arguments for _, arguments in COMMANDS])
def test_benchmarks_are_understood(
    script: str, arguments: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    PARSERS[script](shlex.split(arguments.replace("~/by-kind", str(tmp_path))))


def test_all_scripts_are_shown() -> None:
    assert {script for script, _ in COMMANDS} == set(PARSERS)


@pytest.mark.parametrize(("command", "arguments"), OURS, ids=[f"{c}{a}" for c, a in OURS])
def test_commands_have_these_options(command: str, arguments: str) -> None:
    shown = CliRunner().invoke(app, [command, "--help"], env={"COLUMNS": "300", "TERM": "dumb"}).output
    assert all(option in shown for option in re.findall(r"--[\w-]+", arguments))


def test_all_methods_are_listed() -> None:
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", table("method"))) == set(plugins.names("tags"))


def test_all_settings_are_listed_with_their_defaults() -> None:
    listed = {}
    for names, defaults in (row.split("|")[1:3] for row in table("setting").splitlines()[2:]):
        listed |= dict(zip(re.findall(r"`(\w+)`", names), re.findall(r"`(.+?)`", defaults), strict=True))
    section = Tags()
    there = {name: getattr(section, name) for name in Tags.model_fields}
    assert listed == {
        name: json.dumps(list(value) if isinstance(value, tuple) else value) for name, value in there.items()
    }


@pytest.mark.parametrize("picture", re.findall(r"!\[[^]]+\]\(([\w-]+\.\w+)\)", PAGE))
def test_pictures_are_there_and_small(picture: str) -> None:
    path = ROOT / "docs" / picture
    assert path.stat().st_size < 150_000
    with Image.open(path) as image:
        assert image.width <= 1_512


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(f"contact sheets of the {MOST_GROUPS} largest groups", id="sheets"),
        pytest.param(f"it shows {MOST_CELLS},", id="cells of a sheet"),
        pytest.param(f"up to {SMALL:,} photos are then parted", id="k-means in small libraries"),
        pytest.param(f"At most {MOST_WAITING:,} suggestions wait", id="how many wait"),
        pytest.param(f"by more than {SLACK:.1f}".replace("0.", "."), id="when what was set is taken back"),
        pytest.param(f"there are {GROWN - 1:.0%} more".replace("%", " %"), id="growth until a full fit"),
        pytest.param(f"they lie {WORSE - 1:.0%} farther".replace("%", " %"), id="error until a full fit"),
    ],
)
def test_figures_are_those_of_the_code(said: str) -> None:
    assert said in PROSE


def test_numbers_in_words_are_those_of_the_code() -> None:
    assert "The best three are suggested." in PROSE
    assert Tags().most == 3
    assert "up to six of these photos" in PROSE
    assert SHOWN == 6
    assert "Five or more are offered" in PROSE
    assert People().look_alikes == 5


def test_the_method_of_the_page_works() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    module = types.ModuleType("copycat")
    exec(compile(code, "docs/tags.md", "exec"), module.__dict__)  # noqa: S102 - our own page
    method: TagMethod = module.__dict__["Plugin"]()
    vectors = np.eye(3, dtype=np.float32)
    found = method.fit(Stock.of(vectors, [["sea", "beach"], [], ["cat"]])).recommend(vectors[[0, 2]], 1)
    assert [[word.tag for word in of_one] for of_one in found] == [["beach"], ["cat"]]
    assert method.fit(Stock.of(vectors[:0], [])).recommend(vectors) == [(), (), ()]
