"""Every part keeps its contract, is found by its name, and costs nothing until it is chosen."""

from __future__ import annotations

import importlib
import inspect
import subprocess
import sys
from pathlib import Path

import pytest

import plugins

PARTS = [pytest.param(kind, name, id=f"{kind}/{name}") for kind in plugins.KINDS for name in plugins.names(kind)]
WORK = {
    "galleries": "apply",
    "features": "extract",
    "events": "cluster",
    "people": "cluster",
    "tags": "fit",
    "covers": "rank",
}
"""The method that a part of each kind is for."""
REQUIRED = ["library", "data_dir"]
"""What a gallery is told: all that is needed, as each needs something else of a library's settings."""
OUTSIDE = """\
class Plugin:
    \"\"\"Events of one photo each.\"\"\"

    name = "lonely"
    version = "1"
"""


@pytest.fixture
def outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Install a package of somebody else's that brings an event method, as pip would leave it."""
    info = tmp_path / "lonely-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: lonely\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text("[albumen.events]\nlonely = lonely_events:Plugin\n")
    (tmp_path / "lonely_events.py").write_text(OUTSIDE)
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def run_child(code: str) -> str:
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    return done.stdout.strip()


@pytest.mark.parametrize("name", ["__init__", "_synthetic", "_piles", "scores", "", "..settings", "os"])
def test_what_is_no_part_is_not_loaded(name):
    with pytest.raises(plugins.UnknownPlugin):
        plugins.load("events", name)


def test_what_parts_share_is_not_listed():
    assert {"_alignment", "_mtcnn", "exif_fields", "weights"}.isdisjoint(plugins.names("features"))
    assert plugins.names("galleries") == ("folder", "immich", "photoprism")


def test_listing_imports_no_part():
    code = (
        "import sys, plugins\n"
        "found = [name for kind in plugins.KINDS for name in plugins.names(kind)]\n"
        "heavy = {'torch', 'numpy', 'prefect', 'PIL'} & set(sys.modules)\n"
        "print(len(found) > 5, sorted(heavy))"
    )
    assert run_child(code) == "True []"


def test_choosing_one_part_imports_no_other():
    code = (
        "import sys, plugins\n"
        "plugins.load('events', 'time_place_faces')\n"
        "print(sorted({'torch', 'dlib', 'prefect', 'plugins.galleries.folder'} & set(sys.modules)))"
    )
    assert run_child(code) == "[]"


def test_an_unknown_name_is_answered_with_those_there_are():
    with pytest.raises(plugins.UnknownPlugin) as caught:
        plugins.load("events", "time_palce_faces")
    assert all(name in str(caught.value) for name in ("time_palce_faces", *plugins.names("events")))


@pytest.mark.parametrize(
    ("kind", "name", "module", "there"),
    [
        pytest.param("galleries", "immich", "health", True, id="a package that has it"),
        pytest.param("galleries", "folder", "health", False, id="a package that has not"),
        pytest.param("events", "time_gap", "health", False, id="a part that is one file"),
    ],
)
def test_a_module_of_a_part(kind, name, module, there):
    found = plugins.module_of(kind, name, module)
    assert (found is not None) == there
    assert found is None or found.__name__ == f"plugins.{kind}.{name}.{module}"


def test_a_module_of_an_unknown_part_is_answered_as_the_part_is():
    with pytest.raises(plugins.UnknownPlugin):
        plugins.module_of("galleries", "of_tomorrow", "health")


def test_the_parts_that_albumen_comes_with():
    assert {"folder"} <= set(plugins.names("galleries"))
    assert {"time_place_faces", "time_gap"} <= set(plugins.names("events"))
    assert {"dlib_face", "facenet", "vgg16", "vgg16_map"} <= set(plugins.names("features"))
    assert {"neighbour_voting", "knn_50", "global_frequency", "recent_tags"} <= set(plugins.names("tags"))
    assert {"interest_gru", "sharpest_face", "first_photo"} <= set(plugins.names("covers"))


def test_a_part_of_another_package_is_found_by_its_entry_point(outside: Path):
    assert "lonely" in plugins.names("events")
    assert plugins.load("events", "lonely") is importlib.import_module("lonely_events").Plugin
    assert "lonely" not in plugins.names("covers")
    assert plugins.module_of("events", "lonely", "health") is None


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_settings_are_explicit_keywords(kind, name):
    """A misspelt setting must be an error, and `inspect` must be able to say what there is."""
    part = plugins.load(kind, name)
    own = vars(part).get("__init__")  # not a Protocol's, which seems to take anything
    has_settings = getattr(own, "__module__", "") == part.__module__
    parameters = list(inspect.signature(own).parameters.values())[1:] if own and has_settings else []
    assert not [p.name for p in parameters if p.kind in {p.VAR_KEYWORD, p.VAR_POSITIONAL, p.POSITIONAL_ONLY}]
    assert kind == "galleries" or not [p.name for p in parameters if p.default is p.empty]
    with pytest.raises(TypeError):
        part(no_such_setting=1)


@pytest.mark.parametrize("name", plugins.names("galleries"))
def test_a_gallery_is_made_from_the_settings_of_a_library(name: str):
    part = plugins.load("galleries", name)
    assert inspect.ismethod(part.of)
    assert list(inspect.signature(part.of).parameters) == REQUIRED


@pytest.mark.parametrize(("kind", "name"), PARTS)
def test_a_part_says_what_it_is_and_does(kind, name):
    part = plugins.load(kind, name)
    assert part.__doc__
    assert inspect.getdoc(getattr(part, WORK[kind]))


@pytest.mark.parametrize(("kind", "name"), [p for p in PARTS if p.values[0] in {"events", "tags", "covers"}])
def test_a_method_has_its_name_and_a_version(kind, name):
    """Results are kept by both: two parts of one name would take each other's for their own."""
    part = plugins.load(kind, name)()
    assert part.name == name
    assert isinstance(part.version, str)
    assert part.version


@pytest.mark.parametrize(("kind", "name"), [p for p in PARTS if p.values[0] == "features"])
def test_an_extractor_says_which_weights_it_needs(kind, name):
    """Its version names them, so only those who have the weights can make one; see the tests of each."""
    from plugins.features import weights

    part = plugins.load(kind, name)
    assert part.name == name
    assert part.needs or name == "thumbnail"  # which is the picture itself
    assert set(part.needs) <= set(weights.KNOWN)
