"""Groups named by one word, single photos left out, and contact sheets that replace nobody's files."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import pytest
from fakes.small_folder import draw, refresh
from PIL import Image

from app.messages import WrongUse
from app.tag_groups import name_group, write_sheets
from plugins.people.named_groups import group_tags, named_groups
from plugins.store import Evidence, Suggestion
from plugins.tags.suggesting import tag_key
from tasks.context import opened

NAMES = tuple(f"{n}.jpg" for n in range(6))


@pytest.fixture
def library(own_folder: Path) -> str:
    """Draw six photos, the last one torn; the first five are a group, the other one is a group of its own."""
    draw(own_folder / "photos", NAMES)
    (own_folder / "photos" / "5.jpg").write_bytes((own_folder / "photos" / "5.jpg").read_bytes()[:900])
    name = f"folder:{own_folder / 'photos'}"
    refresh(name)
    ask(name, {"group-1": range(5), "group-2": [5]})
    return name


def contents(library: str) -> list[str]:
    """Return the content keys of the photos, by name."""
    with opened(library) as here:
        photos = sorted(here.store.photos.all(here.name), key=lambda photo: photo.name)
        return [photo.content_key for photo in photos]


def ask(library: str, groups: dict[str, Sequence[int]]) -> None:
    """Have groups of these photos, by number, wait for a name."""
    keys = contents(library)
    made = [
        Suggestion(key, "group", key, "", evidence=Evidence(photos=tuple(keys[photo] for photo in photos)))
        for key, photos in groups.items()
    ]
    with opened(library) as here:
        here.store.suggestions.save(here.name, "group", made)


def tags(library: str) -> set[tuple[str, str]]:
    """Return what is wanted because of named groups, as (photo's name, tag)."""
    with opened(library) as here:
        asked = here.store.suggestions
        groups = named_groups(asked.decisions(here.name), asked.names(here.name))
        photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
        return {(photos[id_].name, tag) for id_, tag in group_tags(groups, photos.values())}


def refused(library: str) -> set[tuple[str, str]]:
    with opened(library) as here:
        said = here.store.suggestions.decisions(here.name)
        return {(d.subject, d.value) for d in said if d.kind == "tag" and d.verdict == "rejected"}


def test_one_word_tags_a_group_but_for_the_photos_left_out(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    name_group(library, "group-1", " Our  beach ", [2, 5, 2], json=True)
    assert json.loads(capsys.readouterr().out) == {
        "library": library,
        "key": "group-1",
        "tag": "Our beach",
        "photos": 3,
        "without": 2,
    }
    assert tags(library) == {("0.jpg", "Our beach"), ("2.jpg", "Our beach"), ("3.jpg", "Our beach")}
    keys = contents(library)
    assert refused(library) == {(keys[1], "Our beach"), (keys[4], "Our beach")}
    with opened(library) as here:
        assert [made.key for made in here.store.suggestions.open(here.name)] == ["group-2"]
        decided = {decision.key for decision in here.store.suggestions.decisions(here.name)}
    assert tag_key(keys[1], "our beach") in decided


def test_what_follows_is_told(library: str, capsys: pytest.CaptureFixture[str]) -> None:
    name_group(library, "group-1", "beach", [3], json=False)
    told = capsys.readouterr().out.splitlines()
    assert told[0] == "Accepted: 4 photos are “beach”; 1 photo of the group never will be."
    assert "curate" in told[1]


def test_a_word_is_written_as_the_library_writes_it(library: str) -> None:
    name_group(library, "group-2", "Beach", [], json=False)
    name_group(library, "group-1", "BEACH ", [1, 2, 3, 4], json=False)
    assert tags(library) == {("5.jpg", "Beach"), ("4.jpg", "Beach")}


def test_the_last_word_on_a_photo_holds(library: str) -> None:
    name_group(library, "group-1", "beach", [2], json=False)
    ask(library, {"group-3": [1, 5]})
    name_group(library, "group-3", "beach", [], json=False)
    assert ("1.jpg", "beach") in tags(library)
    ask(library, {"group-4": [1, 5]})
    name_group(library, "group-4", "beach", [1], json=False)
    assert ("1.jpg", "beach") not in tags(library)
    ask(library, {"group-5": [1, 5]})
    name_group(library, "group-5", "sea", [2], json=False)
    assert {("1.jpg", "sea"), ("5.jpg", "beach")} <= tags(library)


def test_a_tag_suggestion_that_waits_for_a_photo_left_out_is_answered_and_others_wait_on(library: str) -> None:
    keys = contents(library)
    waiting = [Suggestion(tag_key(key, "beach"), "tag", key, "beach") for key in (keys[0], keys[5])]
    with opened(library) as here:
        here.store.suggestions.save(here.name, "tag", waiting)
    name_group(library, "group-1", "beach", [1], json=False)
    with opened(library) as here:
        assert [made.subject for made in here.store.suggestions.open(here.name, "tag")] == [keys[5]]


@pytest.mark.parametrize(
    ("key", "word", "without", "said"),
    [
        pytest.param("group-9", "beach", [], "no group waits under 'group-9'", id="no such group"),
        pytest.param("group-1", "beach", [0, 2, 6], "1 to 5, and not 0, 6", id="numbers that are not there"),
        pytest.param("group-1", "beach", [1, 2, 3, 4, 5], "no photo of group-1 would be left", id="nothing left"),
        pytest.param("group-1", "  ", [], "cannot be empty", id="no word"),
        pytest.param("group-1", "a\x1b[2Jb", [], "no control characters", id="what commands a terminal"),
        pytest.param("group-1", "a\nb", [], "no line breaks", id="two lines"),
        pytest.param("group-1", "Animals//Dog", [], "a level of it is empty", id="an empty level"),
    ],
)
def test_wrong_use_changes_nothing(library: str, key: str, word: str, without: list[int], said: str) -> None:
    with pytest.raises(WrongUse, match=said):
        name_group(library, key, word, without, json=False)
    with opened(library) as here:
        assert len(here.store.suggestions.open(here.name, "group")) == 2
        assert here.store.suggestions.decisions(here.name) == []


def test_a_named_group_waits_no_more(library: str) -> None:
    name_group(library, "group-1", "beach", [], json=False)
    with pytest.raises(WrongUse, match="it has a name, or other photos by now"):
        name_group(library, "group-1", "sea", [], json=False)


def test_sheets_are_written_with_a_page_that_names_them(library: str, tmp_path: Path) -> None:
    write_sheets(library, tmp_path / "sheets", json=False)
    assert sorted(path.name for path in (tmp_path / "sheets").iterdir()) == ["group-1.jpg", "group-2.jpg", "index.html"]
    page = (tmp_path / "sheets" / "index.html").read_text(encoding="utf-8")
    assert page.index("group-1.jpg") < page.index("group-2.jpg")
    assert "tags --name group-1 WORD" in page
    with Image.open(tmp_path / "sheets" / "group-1.jpg") as sheet:
        assert sheet.size == (948, 228)
    with Image.open(tmp_path / "sheets" / "group-2.jpg") as sheet:
        empty = sheet.convert("RGB").getpixel((98, 122))
    assert empty == pytest.approx((226, 222, 214), abs=3), "the torn photo leaves its cell empty"


def test_sheets_as_json(library: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    write_sheets(library, tmp_path / "sheets", json=True)
    answer = json.loads(capsys.readouterr().out)
    assert (answer["groups"], answer["index"]) == (2, str(tmp_path / "sheets" / "index.html"))
    assert answer["sheets"][0] == {"key": "group-1", "file": "group-1.jpg", "photos": 5, "shown": 5, "name": ""}


def test_sheets_of_today_replace_those_of_yesterday(library: str, tmp_path: Path) -> None:
    write_sheets(library, tmp_path / "sheets", json=False)
    (tmp_path / "sheets" / "group-mine.jpg").write_bytes(b"mine")
    name_group(library, "group-1", "beach", [], json=False)
    write_sheets(library, tmp_path / "sheets", json=False)
    left = sorted(path.name for path in (tmp_path / "sheets").iterdir())
    assert left == ["group-2.jpg", "group-mine.jpg", "index.html"]


def test_where_no_group_waits_the_page_says_so(
    library: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ask(library, {})
    write_sheets(library, tmp_path / "sheets", json=False)
    assert "No group" in capsys.readouterr().out
    assert "No group" in (tmp_path / "sheets" / "index.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("folder", "there", "said"),
    [
        pytest.param("sheets", "sheets/index.html", "not of Albumen's making", id="somebody's page"),
        pytest.param("sheets", "sheets/group-2.jpg", "not of Albumen's making", id="somebody's picture"),
        pytest.param("sheets", "sheets", "is no folder", id="a file"),
        pytest.param("no/sheets", "mine", "there is no folder", id="two folders to make"),
        pytest.param("photos/sheets", "mine", "among the photos", id="in the library"),
        pytest.param("photos", "mine", "among the photos", id="the library itself"),
    ],
)
def test_nothing_of_anybody_elses_is_touched(library: str, tmp_path: Path, folder: str, there: str, said: str) -> None:
    (tmp_path / there).parent.mkdir(exist_ok=True)
    (tmp_path / there).write_bytes(b"mine")
    before = sorted(tmp_path.glob("[!d]*/**"))
    with pytest.raises(WrongUse, match=said):
        write_sheets(library, tmp_path / folder, json=False)
    assert (tmp_path / there).read_bytes() == b"mine"
    assert sorted(tmp_path.glob("[!d]*/**")) == before


def test_no_link_is_followed(library: str, tmp_path: Path) -> None:
    write_sheets(library, tmp_path / "sheets", json=False)
    mine = tmp_path / "mine.html"
    (tmp_path / "sheets" / "index.html").rename(mine)
    (tmp_path / "sheets" / "index.html").symlink_to(mine)
    with pytest.raises(WrongUse, match="not of Albumen's making"):
        write_sheets(library, tmp_path / "sheets", json=False)


def test_sheets_may_lie_in_a_hidden_folder_of_the_library(library: str, tmp_path: Path) -> None:
    (tmp_path / "photos" / ".albumen").mkdir(exist_ok=True)
    write_sheets(library, tmp_path / "photos" / ".albumen" / "sheets", json=False)
    assert (tmp_path / "photos" / ".albumen" / "sheets" / "index.html").is_file()
