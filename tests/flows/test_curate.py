"""Curate and undo from end to end on a folder: run again, run at once, killed and run again, taken back."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from fakes import outside_parts
from fakes.family import LIBRARY, Family, draw_family
from fakes.killing import NEVER
from fakes.small_folder import refresh
from fakes.snaps import LEFT, beside, checksums, draw_film, named_face, write_sidecar
from prefect.exceptions import ParameterTypeError
from prefect.settings import PREFECT_API_URL

from flows.curate import curate
from flows.undo import undo
from plugins.changes import RemoveTags
from plugins.locks import LibraryBusy
from plugins.store import Suggestion, VideoCover
from tasks.context import opened

pytestmark = pytest.mark.flow
CACHED = ("locate_photos", "extract_features", "group_people", "cluster_events", "recommend_tags", "choose_covers")
TESTS = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Family:
    """Draw the library once; the user has named one face in it."""
    family = draw_family(tmp_path_factory.mktemp("drawn"))
    write_sidecar(family.photos / family.year.hamburg[0], named_face("Anna", LEFT))
    return family


@pytest.fixture
def family(drawn: Family, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Family:
    """Lend a copy of the library that was never curated."""
    copy = Family(shutil.copytree(drawn.place, tmp_path / "family"), drawn.year)
    copy.enter(monkeypatch)
    return copy


def statuses(summary: dict[str, Any]) -> dict[str, str]:
    return {step["step"]: step["status"] for step in summary["steps"]}


def figures(summary: dict[str, Any], step: str) -> dict[str, Any]:
    return dict(next(s["figures"] for s in summary["steps"] if s["step"] == step))


def words(page: str) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", Path(page).read_text(encoding="utf-8")))


def albums(family: Family) -> dict[str, tuple[str, ...]]:
    with opened(LIBRARY) as here:
        return {album.title: tuple(here.gallery.members(album.id)) for album in here.gallery.albums()}


def test_curated_run_again_and_taken_back(family):
    originals, users = checksums(family.photos), beside(family.photos)

    looked = curate(LIBRARY)
    assert (beside(family.photos), looked["plan"]["changes"] > 0, looked["applied"]) == (users, True, None)

    first = curate(LIBRARY, apply="all")
    year = family.year
    assert albums(family) == {
        "Hamburg with Anna, Saturday 4 May 2024": year.hamburg,
        "Vienna, Saturday 15 June 2024": year.vienna,
        "Lisbon, 9–11 August 2024": year.lisbon,
    }
    assert first["applied"]["done"] == looked["plan"]["changes"]
    assert Path(first["pages"]).is_file()
    assert "Anna" in words(Path(first["pages"]).with_name(_page_of(family, "Hamburg")).as_posix())

    written = beside(family.photos)
    outside_parts.SEEN.clear()
    second = curate(LIBRARY, apply="all")
    assert {step: status for step, status in statuses(second).items() if step in CACHED} == dict.fromkeys(
        CACHED, "cached"
    )
    assert (second["plan"]["changes"], second["applied"]["done"]) == (0, 0)
    assert (figures(second, "extract_features")["made"], outside_parts.SEEN) == (0, {})
    assert beside(family.photos) == written
    assert "Nothing new: no feature made, no write." in words(second["report"])

    undone = undo(LIBRARY, first["run"])
    assert undone["applied"]["refused"] == []
    assert beside(family.photos) == users
    assert albums(family) == {}
    assert checksums(family.photos) == originals


def _page_of(family: Family, title: str) -> str:
    pages = (family.photos / ".albumen/pages").glob("*.html")
    return next(page.name for page in pages if page.name != "index.html" and title in page.read_text(encoding="utf-8"))


def test_only_the_chosen_steps_run(family):
    summary = curate(LIBRARY, steps=["photos", "places"])
    assert statuses(summary) == {"refresh_photos": "done", "locate_photos": "done"}
    with pytest.raises(ParameterTypeError, match="Input should be 'photos', 'places'"):
        curate(LIBRARY, steps=["colours"])


def test_an_accepted_tag_is_written_and_a_removed_one_never_comes_back(family):
    steps = ["photos", "features", "tags", "plan"]
    word = "<dc:subject><rdf:Bag><rdf:li>Boat</rdf:li></rdf:Bag></dc:subject>"
    for name in family.year.vienna[:5]:
        write_sidecar(family.photos / name, word)
    looked = curate(LIBRARY, steps=steps)
    assert (figures(looked, "recommend_tags")["stock"], looked["plan"]["changes"]) == (5, 0)
    with opened(LIBRARY) as here:
        first, second, *_ = here.store.suggestions.open(LIBRARY, "tag")
        for made in (first, second):
            here.store.suggestions.decide(LIBRARY, made.key, "accepted")
    curate(LIBRARY, steps=steps, apply="all")
    assert len(tagged()) == 7

    with opened(LIBRARY) as here:
        (taken_off,) = (photo.id for photo in here.gallery.photos() if photo.content_key == first.subject)
        assert here.gallery.apply(RemoveTags(tags=("Boat",), photos=(taken_off,))).status == "done"
    curate(LIBRARY, steps=steps, apply="all")
    again = curate(LIBRARY, steps=steps, apply="all")
    assert (len(tagged()), again["plan"]["changes"]) == (6, 0)
    with opened(LIBRARY) as here:
        assert first.subject not in {made.subject for made in here.store.suggestions.open(LIBRARY, "tag")}
    assert figures(again, "recommend_tags")["stock"] == 6  # the five, and the one that stayed accepted


def tagged() -> set[str]:
    with opened(LIBRARY) as here:
        return set(here.gallery.tagged("Boat"))


def test_without_weights_the_other_steps_run(family, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setenv("ALBUMEN_FEATURES__EMBEDDER", "weightless")
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", "vgg16")
    summary = curate(LIBRARY)
    skipped = {s["step"]: s["mend"] for s in summary["steps"] if s["status"] == "skipped"}
    assert set(skipped) == {"extract_features", "group_look_alikes", "group_people", "recommend_tags"}
    assert "weightless: the weights facenet" in skipped["extract_features"]
    assert "vgg16: the weights vgg16" in skipped["extract_features"]
    assert "put the file into one of these folders" in skipped["group_people"]
    assert summary["plan"]["changes"] > 0
    assert "put the file into one of these folders" in words(summary["report"])


def everything(family: Family) -> dict[str, bytes]:
    """Return all files of the user's and ours among the photos, but for what we note for ourselves and to explain."""
    files = {path.relative_to(family.photos).as_posix(): path for path in family.photos.rglob("*") if path.is_file()}
    return {
        name: path.read_bytes()
        for name, path in files.items()
        if not name.startswith(".albumen/") or name.endswith(".toml")
    }


def test_pictures_beside_videos_and_covers_that_the_user_accepts(family):
    steps, photos = ["photos", "plan"], family.year.hamburg[:4]
    draw_film(family.photos / "films/f.mp4", (40, 200))
    album = family.photos / ".albumen/albums/Best of.toml"
    album.parent.mkdir(parents=True)
    album.write_text(f'title = "Best of" # mine\nphotos = {list(photos)}\n')
    refresh(LIBRARY)
    with opened(LIBRARY) as here:
        key = {photo.id: photo.content_key for photo in here.store.photos.all(LIBRARY)}
        here.store.covers.save_videos(LIBRARY, {key["films/f.mp4"]: VideoCover(1.50004)})
        here.store.suggestions.save(LIBRARY, "cover", [Suggestion("cover-1", "cover", "Best of", key[photos[2]])])
        here.store.suggestions.decide(LIBRARY, "cover-1", "accepted")
    users = everything(family)

    first = curate(LIBRARY, steps=steps, apply="all")
    poster = family.photos / "films/f-poster.jpg"
    assert (first["applied"]["done"], first["applied"]["refused"], poster.is_file()) == (2, [], True)
    assert f'cover = "{photos[2]}"' in album.read_text()
    written = everything(family)
    second = curate(LIBRARY, steps=steps, apply="all")
    assert (second["plan"]["changes"], everything(family) == written) == (0, True)
    assert figures(second, "refresh_photos")["new"] == 0  # the poster is no photo
    assert undo(LIBRARY, first["run"])["applied"]["refused"] == []
    assert everything(family) == users

    curate(LIBRARY, steps=steps, apply="all")
    assert everything(family) == written
    poster.unlink()
    album.write_text(album.read_text().replace(photos[2], photos[1]))
    theirs = everything(family)
    edits = curate(LIBRARY, steps=steps, apply="all")["plan"]
    assert [(edit["edit"], edit["n"]) for edit in edits["observations"]] == [
        ("chose a cover", 0),
        ("took posters away", 1),
    ]
    assert edits["changes"] == 0
    assert everything(family) == theirs


HOLDER = """
import sys
from pathlib import Path
from plugins.locks import library_lock
with library_lock(Path(sys.argv[1]), sys.argv[2]):
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_second_run_at_once_says_who_holds_the_library(family):
    command = [sys.executable, "-c", HOLDER, str(family.place / "data"), LIBRARY]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        for flow in (lambda: curate(LIBRARY, apply="all"), lambda: undo(LIBRARY, "20240101-0000-00")):
            with pytest.raises(LibraryBusy, match=rf"'{LIBRARY}' is being worked on by process {holder.pid} on "):
                flow()
        holder.communicate(timeout=30)
    with opened(LIBRARY) as here:
        assert here.store.runs.list(LIBRARY) == []


CURATING = """
import sys
from fakes.killing import Killer
from flows.curate import curate
killer = Killer(int(sys.argv[1]))
killer.watch()
curate("family", apply="all")
print(killer.seen)
"""


def curate_in_child(family: Family, die_at: int) -> tuple[int, str]:
    """Curate in a process of its own, on the server of these tests, that kills itself at one of its writes.

    Return its exit status, and how many points it passed at which it could have died.
    """
    outside_parts.unpack(family.place / "outside")
    paths = os.pathsep.join([str(family.place / "outside"), str(TESTS)])
    env = {**os.environ, **family.settings(), "PREFECT_API_URL": str(PREFECT_API_URL.value()), "PYTHONPATH": paths}
    command = [sys.executable, "-c", CURATING, str(die_at)]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=200, check=False)
    assert done.returncode <= 0, done.stderr
    return done.returncode, done.stdout


@pytest.fixture(scope="module")
def undisturbed(
    drawn: Family, tmp_path_factory: pytest.TempPathFactory, prefect_server: None
) -> tuple[dict[str, bytes], int]:
    """Return what an undisturbed run leaves beside the photos, and at how many points it could have died."""
    copy = Family(shutil.copytree(drawn.place, tmp_path_factory.mktemp("undisturbed") / "family"), drawn.year)
    status, points = curate_in_child(copy, die_at=NEVER)
    assert status == 0
    return beside(copy.photos), int(points)


@pytest.mark.parametrize(
    "moment",
    [pytest.param(n, marks=[pytest.mark.soak] if n >= 3 else [], id=f"moment {n}") for n in range(13)],
)
def test_killed_at_any_moment_and_run_again(family, undisturbed, moment):
    expected, points = undisturbed
    originals = checksums(family.photos)
    die_at = int(np.random.default_rng([20, moment]).integers(1, points))
    assert curate_in_child(family, die_at)[0] == -signal.SIGKILL
    again = curate(LIBRARY, apply="all")
    assert again["applied"]["refused"] == []
    assert beside(family.photos) == expected
    assert checksums(family.photos) == originals
    assert curate(LIBRARY, apply="all")["plan"]["changes"] == 0
