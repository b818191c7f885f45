"""docs/people.md: its commands parse, its table lists what there is, its pictures are there, its method works."""

from __future__ import annotations

import re
import shlex
import types
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import plugins
from benchmarks import people, people_pictures
from plugins.features.dlib_face import Plugin as DlibFace
from plugins.people import Context, PeopleMethod
from plugins.people._neighbours import EXACT_UP_TO
from plugins.people.average_linkage import Plugin as AverageLinkage

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs" / "people.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"(?m)^ {4}python -m benchmarks\.(people\w*) (.+)$", PAGE)
PARSERS = {"people": people.parsed, "people_pictures": people_pictures.parsed}


@pytest.mark.parametrize(("script", "arguments"), COMMANDS, ids=[arguments for _, arguments in COMMANDS])
def test_commands_are_understood(script: str, arguments: str, tmp_path: Path) -> None:
    PARSERS[script](shlex.split(arguments.replace("~/portraits", str(tmp_path))))


def test_there_are_commands() -> None:
    assert {script for script, _ in COMMANDS} == set(PARSERS)


def test_all_methods_are_listed() -> None:
    assert set(re.findall(r"(?m)^\| `(\w+)` \|", PAGE)) == set(plugins.names("people"))


@pytest.mark.parametrize("picture", re.findall(r"!\[[^]]+\]\(([\w-]+\.png)\)", PAGE))
def test_pictures_are_there_and_small(picture: str) -> None:
    path = ROOT / "docs" / picture
    assert path.stat().st_size < 150_000
    with Image.open(path) as image:
        assert image.width <= 1_000


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(f"{DlibFace.threshold} for\n`dlib_face`", id="threshold of dlib_face"),
        pytest.param(f"up to {AverageLinkage().most:,} faces", id="most faces of average linkage"),
        pytest.param(f"exactly up to {EXACT_UP_TO:,} faces", id="exact neighbours"),
    ],
)
def test_figures_are_those_of_the_code(said: str) -> None:
    assert said in PAGE


def test_the_section_of_results_that_is_named_is_there() -> None:
    (anchor,) = re.findall(r"RESULTS\.md#([\w-]+)", PAGE)
    headings = re.findall(r"(?m)^## (.+)$", (ROOT / "benchmarks" / "RESULTS.md").read_text(encoding="utf-8"))
    assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


def test_the_method_of_the_page_works() -> None:
    (code,) = re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL)
    module = types.ModuleType("chained")
    exec(compile(code, "docs/people.md", "exec"), module.__dict__)  # noqa: S102 - our own page
    method: PeopleMethod = module.__dict__["Plugin"]()
    vectors = np.repeat(np.eye(3, dtype=np.float32), [3, 1, 2], axis=0)
    assert method.cluster(vectors, Context.of(6)).cluster.tolist() == [0, 0, 0, 1, 2, 2]
    assert method.cluster(np.eye(2, dtype=np.float32), Context.of(2, threshold=-0.5)).cluster.tolist() == [0, 0]
