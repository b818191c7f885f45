"""What the project says about itself is so: lock file, deployments, commands, tables, and the example in README."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import numpy as np
import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import plugins
from app.cli import app
from plugins.events import Places

ROOT = Path(__file__).resolve().parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
README = (ROOT / "README.md").read_text(encoding="utf-8")
LAYERS = ("app", "flows", "tasks", "plugins")
IMPORT_OF = {
    "av": "av",
    "dlib": "dlib-bin",
    "PIL": "pillow",
    "pillow_heif": "pillow-heif",
    "pydantic_settings": "pydantic-settings",
    "faiss": "faiss-cpu",
    "facenet_pytorch": "facenet-pytorch",
    "sklearn": "scikit-learn",
}
"""Distributions by the name under which they are imported, where the two differ."""


def locked() -> dict[str, tuple[str, int]]:
    """Return version and number of hashes of each distribution in the lock file."""
    entries = re.split(r"\n(?=\S)", (ROOT / "requirements.lock").read_text(encoding="utf-8"))
    found = {}
    for entry in entries:
        named = re.match(r"([\w.-]+)==([\w.+!-]+)", entry)
        assert named, f"not pinned by ==: {entry[:60]}"
        found[canonicalize_name(named[1])] = (named[2], entry.count("--hash=sha256:"))
    return found


def direct() -> list[Requirement]:
    every = [*PROJECT["dependencies"], *PROJECT["optional-dependencies"]["dev"]]
    return [Requirement(text) for text in every]


def tracked() -> list[Path]:
    try:
        listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("not a git checkout, or no git")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def block(heading: str, language: str) -> str:
    """Return the first code block of a language below a heading of README."""
    below = README.split(f"\n## {heading}\n", 1)[1]
    (code,) = re.findall(rf"```{language}\n(.*?)```", below.split("\n## ", 1)[0], re.DOTALL)[:1]
    return str(code)


def steps_of(path: Path) -> set[str]:
    """Return the names of the tasks in a file: functions under `@task(…)` or `@cached_step(…)`."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        for call in getattr(node, "decorator_list", ()):
            if (
                isinstance(call, ast.Call)
                and isinstance(call.func, ast.Name)
                and call.func.id in {"task", "cached_step"}
            ):
                named = [k.value.value for k in call.keywords if k.arg == "name" and isinstance(k.value, ast.Constant)]
                found.add(str(named[0]) if named else node.name)
    return found


@pytest.mark.parametrize("requirement", [pytest.param(r, id=r.name) for r in direct()])
def test_the_lock_pins_every_direct_dependency(requirement):
    version, hashes = locked()[canonicalize_name(requirement.name)]
    assert hashes
    if requirement.name != "facenet-pytorch":  # its own bounds are what overrides.txt is for; ours is a plain ==
        assert requirement.specifier.contains(version, prereleases=True)


def test_the_lock_has_hashes_for_all():
    assert not [name for name, (_, hashes) in locked().items() if not hashes]


@pytest.mark.parametrize("file", ["requirements.lock", "overrides.txt", "pyproject.toml", "Makefile", ".ci/run"])
def test_no_address_of_a_package_index_is_named(file):
    assert not re.findall(
        r"https?://\S+|--(?:extra-)?index-url|--find-links", (ROOT / file).read_text(encoding="utf-8")
    )


def test_what_is_imported_is_declared():
    extras = [text for texts in PROJECT["optional-dependencies"].values() for text in texts]
    declared = {canonicalize_name(Requirement(text).name) for text in [*PROJECT["dependencies"], *extras]}
    imported: dict[str, Path] = {}
    for path in (p for layer in LAYERS for p in (ROOT / layer).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            names = [a.name for a in node.names] if isinstance(node, ast.Import) else []
            names += [node.module] if isinstance(node, ast.ImportFrom) and node.module else []
            imported |= {name.partition(".")[0]: path for name in names}
    ours = {*LAYERS, *sys.stdlib_module_names}
    missing = {
        name: str(path.relative_to(ROOT))
        for name, path in imported.items()
        if name not in ours and canonicalize_name(IMPORT_OF.get(name, name)) not in declared
    }
    assert missing == {}


def test_contributing_says_why_each_dependency():
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").split("## Why each dependency", 1)[1]
    assert re.findall(r"^\| ([a-z][\w-]+) \|", text, re.MULTILINE)[1:] == sorted(
        Requirement(text).name for text in PROJECT["dependencies"]
    )


def test_the_make_commands_of_the_pages_exist():
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))
    pages = README + (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = set(re.findall(r"(?:`|^ {4}|^)make ([a-z]+)", pages, re.MULTILINE))
    assert {"demo", "test"} <= named <= targets


def test_the_albumen_commands_of_the_readme_exist():
    known = {str(c.name or c.callback.__name__) for c in app.registered_commands if c.callback}
    known |= {str(group.name or group.typer_instance.info.name) for group in app.registered_groups}
    assert {"demo", "curate", "undo"} <= known
    assert set(re.findall(r"\balbumen ([a-z]+)\b(?! is)", "\n".join(re.findall(r"`albumen [^`]*`", README)))) <= known


def test_files_that_the_readme_names_exist():
    links = [link for link in re.findall(r"\]\(([^)#]+)\)", README) if "://" not in link]
    assert links
    assert [link for link in links if not (ROOT / link).exists()] == []


def test_no_file_holds_a_path_of_somebodys_machine():
    pattern = re.compile(rb"/(?:home/[a-z]+|root|Users/[a-z]+)/|(?<![\w.}])/w[o]rk/")
    assert [str(p.relative_to(ROOT)) for p in tracked() if pattern.search(p.read_bytes())] == []


def test_the_change_log_has_a_place_for_what_is_new():
    assert re.search(r"^## \[?Unreleased\]?$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE)


def test_the_table_of_steps_names_every_task():
    rows = re.findall(r"^\| `(\w+)` \|", (ROOT / "docs" / "steps.md").read_text(encoding="utf-8"), re.MULTILINE)
    steps = set().union(*(steps_of(path) for path in (ROOT / "tasks").glob("*.py")))
    assert len(steps) > 5
    assert set(rows) == steps
    assert len(rows) == len(set(rows))


def test_the_example_in_the_readme_is_an_event_method(tmp_path, monkeypatch):
    """Added as a package of one's own it is found by its name, and it does what the text says."""
    code = block("Add a method in one file", "python")
    (tmp_path / "by_day.py").write_text(code, encoding="utf-8")
    info = tmp_path / "by_day-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: by_day\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[albumen.events]\nby_day = by_day:Plugin\n")
    monkeypatch.syspath_prepend(tmp_path)
    method = plugins.load("events", "by_day")()
    hour = 3_600.0
    found = method.cluster(np.array([30 * hour, 1 * hour, 23 * hour]), Places.unknown(3))
    assert found.event.tolist() == [1, 0, 0]
    assert (len(found.piles), found.trip.tolist(), found.away.tolist()) == (2, [-1] * 3, [False] * 3)
    assert method.name == "by_day"


def test_the_example_in_the_readme_needs_no_more_than_the_file(tmp_path):
    """Put into plugins/events/ the file is a part; nothing else is edited."""
    (tmp_path / "plugins" / "events").mkdir(parents=True)
    for part in ("__init__.py", "events/__init__.py"):
        (tmp_path / "plugins" / part).write_bytes((ROOT / "plugins" / part).read_bytes())
    (tmp_path / "plugins" / "events" / "by_day.py").write_text(block("Add a method in one file", "python"))
    code = "import json, plugins; print(json.dumps([plugins.names('events'), plugins.load('events', 'by_day').name]))"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(done.stdout) == [["by_day"], "by_day"]
