"""Suggestions in a report: the first of them, with the faces and photos that they are about as small pictures."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import numpy as np
import pytest
from fakes.small_folder import refresh
from fakes.snaps import ANNA, BEN, HOME, LEFT, RIGHT, draw_film, snap
from PIL import Image

from plugins.pages.views import AskedView
from plugins.records import Person
from plugins.store import Evidence, ShownFace, Suggestion, VideoCover
from tasks.context import opened
from tasks.evidence import MOST_ASKED, MOST_SHOWN, MOST_WORDS, Asked, asked_views

START = datetime(2024, 5, 3, 10)


@pytest.fixture
def report(tmp_path: Path) -> Path:
    """Name the folder of a run's report; those of other runs are beside it."""
    return tmp_path / "reports" / "2"


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Draw a photo of Anna and Ben, one of Anna, and one that is no picture."""
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    for n, faces in enumerate(((ANNA, BEN), (ANNA,), ())):
        snap(tmp_path / "photos" / f"{n}.jpg", START + timedelta(minutes=n), HOME, faces)
    name = f"folder:{tmp_path / 'photos'}"
    refresh(name)
    with opened(name) as here:
        here.store.people.save(here.name, [Person("p1", "Anna <b>"), Person("p2"), Person("p3", "Hidden", hidden=True)])
    return name


def keys(library: str) -> dict[str, str]:
    with opened(library) as here:
        return {photo.name: photo.content_key for photo in here.store.photos.all(here.name)}


def everything_asked(library: str, folder: Path, *made: Suggestion) -> Asked:
    with opened(library) as here:
        for kind in {one.kind for one in made}:
            here.store.suggestions.save(here.name, kind, [one for one in made if one.kind == kind])
        return asked_views(here, here.store.photos.all(here.name), folder)


def asked(library: str, folder: Path, *made: Suggestion) -> tuple[tuple[AskedView, ...], int]:
    found = everything_asked(library, folder, *made)
    return found.people, found.n_people


def tag(number: int, photo: str, word: str, score: float = 0.5, like: tuple[str, ...] = ()) -> Suggestion:
    reason = f"7 of 8 similar photos have «{word}»"
    return Suggestion(f"tag-{number}", "tag", photo, word, score, reason, Evidence(photos=like, similarity=0.8))


def colour(path: Path) -> tuple[int, ...]:
    """Return the colour in the middle of a picture, as of a bright lamp or none."""
    with Image.open(path) as image:
        middle = image.convert("RGB").getpixel((image.width // 2, image.height // 2))
    return tuple(255 * (part > 128) for part in middle)  # type: ignore[union-attr]


def test_both_sides_are_shown_and_named(library: str, report: Path) -> None:
    of = keys(library)
    evidence = Evidence((ShownFace(of["0.jpg"], 1, RIGHT),), (ShownFace(of["1.jpg"], 0, LEFT),), 0.61, 1)
    (view,), n = asked(library, report, Suggestion("m1", "merge", "p1", "p2", 0.9, "", evidence))
    assert (n, view.key, view.text) == (1, "m1", "“Anna <b>” and somebody not named yet may be one person")
    assert view.because == "similarity 0.61; 1 photo shows both"
    assert [colour(report / path) for path in (*view.shown, *view.beside)] == [ANNA, BEN]


def test_nobody_whom_the_user_hides_is_named(library: str, report: Path) -> None:
    (view,), _ = asked(library, report, Suggestion("m1", "merge", "p3", "p1"))
    assert view == AskedView("m1", "somebody not named yet and “Anna <b>” may be one person", "no photo shows both")


@pytest.mark.parametrize(
    ("person", "text"),
    [
        pytest.param("p1", "this face may not be “Anna <b>”", id="somebody with a name"),
        pytest.param("p2", "this face may not be the same person as the others", id="somebody without a name"),
    ],
)
def test_a_doubt_says_whose_face_it_may_not_be(person: str, text: str, library: str, report: Path) -> None:
    evidence = Evidence((ShownFace("gone", 0, LEFT),))
    (view,), _ = asked(library, report, Suggestion("d1", "doubt", person, "", evidence=evidence))
    assert (view.text, view.shown) == (text, ())


def test_photos_that_look_alike_are_shown_whole(library: str, report: Path) -> None:
    of = keys(library)
    evidence = Evidence(photos=(*of.values(), "gone"))
    (view,), _ = asked(library, report, Suggestion("g1", "group", "g1", "", evidence=evidence))
    assert view.text == "4 photos look alike; without a name so far"
    assert [Image.open(report / path).size for path in view.shown] == [(64, 48)] * 3


def test_a_picture_that_cannot_be_had_is_left_out(library: str, report: Path, tmp_path: Path) -> None:
    of = keys(library)
    (tmp_path / "photos" / "1.jpg").unlink()
    (tmp_path / "photos" / "2.jpg").write_bytes(b"\xff\xd8 no picture")
    shown = tuple(ShownFace(of[name], 0, LEFT) for name in of)
    (view,), _ = asked(library, report, Suggestion("d1", "doubt", "p1", "", evidence=Evidence(shown)))
    assert view.text == "these 3 faces may not be “Anna <b>”"
    assert [colour(report / path) for path in view.shown] == [ANNA]


def test_what_an_earlier_report_shows_is_not_fetched_again(library: str, report: Path, tmp_path: Path) -> None:
    made = Suggestion("d1", "doubt", "p1", "", evidence=Evidence((ShownFace(keys(library)["0.jpg"], 0, LEFT),)))
    asked(library, report, made)
    (tmp_path / "photos" / "0.jpg").unlink()
    (view,), _ = asked(library, report.with_name("3"), made)
    assert [colour(report.with_name("3") / path) for path in view.shown] == [ANNA]


def test_only_the_first_are_shown_and_only_those_of_people(library: str, report: Path) -> None:
    of = keys(library)
    faces = tuple(ShownFace(of["0.jpg"], n, (0.1 + n / 100, 0.2, 0.3, 0.4)) for n in range(9))
    made = [Suggestion(f"d{n:02}", "doubt", "p1", "", 1 - n / 100, "", Evidence(faces)) for n in range(30)]
    views, n = asked(library, report, *made, Suggestion("t1", "tag", "1", "cat"))
    assert n == 30
    assert [view.key for view in views] == [f"d{n:02}" for n in range(MOST_ASKED)]
    assert {len(view.shown) for view in views} == {2 * MOST_SHOWN}
    assert sum(path.stat().st_size for path in report.glob("thumbs/*.jpg")) < 100_000


def test_tags_are_asked_word_by_word_beside_the_photos_that_have_it(library: str, report: Path) -> None:
    of = keys(library)
    found = everything_asked(
        library,
        report,
        tag(1, of["0.jpg"], "Big cat", 0.9, (of["1.jpg"], of["2.jpg"], "gone")),
        tag(2, of["2.jpg"], "big  cat", 0.8),
        tag(3, "gone", "dog"),
    )
    cat, dog = found.tags
    assert (found.people, found.n_tags, cat.key, cat.text) == ((), 2, "'tag:Big cat'", "“Big cat” for 2 photos")
    assert cat.lines == (
        "“0.jpg”: 7 of 8 similar photos have «Big cat»; similarity 0.80: tag-1",
        "“2.jpg”: 7 of 8 similar photos have «big  cat»; similarity 0.80: tag-2",
    )
    assert (len(cat.shown), len(cat.beside), len({*cat.shown, *cat.beside})) == (2, 2, 3)
    assert all((report / path).is_file() for path in (*cat.shown, *cat.beside))
    assert (dog.shown, dog.lines[0][:31]) == ((), "a photo that is not there any m")


def test_of_many_words_and_photos_only_the_first_are_shown(library: str, report: Path) -> None:
    photo = keys(library)["0.jpg"]
    many = [tag(n, photo, f"word {n % 12}", n / 100) for n in range(72)]
    found = everything_asked(library, report, *many)
    assert (len(found.tags), found.n_tags) == (MOST_WORDS, 12)
    assert [view.key for view in found.tags[:2]] == ["'tag:word 11'", "'tag:word 10'"]
    assert found.tags[0].lines[-1] == "and 2 more photos"
    assert {len(view.lines) for view in found.tags} == {MOST_SHOWN + 1}


def test_a_word_that_was_barred_since_is_not_asked(library: str, report: Path) -> None:
    with opened(library) as here:
        here.store.suggestions.never(here.name, "DOG")
    assert everything_asked(library, report, tag(1, keys(library)["0.jpg"], "dog")).tags == ()


def test_a_cover_is_asked_with_the_photo_and_the_favourites_like_it(library: str, report: Path) -> None:
    of = keys(library)
    reason = "«Sea»: match with your favourites: 0.61, like 1.jpg"
    evidence = Evidence(photos=(of["1.jpg"], "gone"))
    sea = Suggestion("cover-1", "cover", "album-9", of["0.jpg"], 0.7, reason, evidence)
    found = everything_asked(library, report, sea, Suggestion("cover-2", "cover", "album-8", "gone"))
    assert (found.people, found.tags, found.n_covers) == ((), (), 2)
    gone, asked_of = sorted(found.covers, key=lambda view: view.text)
    assert (asked_of.key, asked_of.text, asked_of.because) == ("cover-1", "“0.jpg” as a cover", reason)
    assert (len(asked_of.shown), len(asked_of.beside)) == (1, 1)
    assert all((report / path).is_file() for path in (*asked_of.shown, *asked_of.beside))
    assert (gone.shown, gone.text) == ((), "a photo that is not there any more as a cover")


def test_a_video_is_shown_by_the_frame_that_stands_for_it(library: str, report: Path) -> None:
    draw_film(Path(library.removeprefix("folder:")) / "clip.mp4", (40, 220))
    refresh(library)
    of = keys(library)
    cover = Suggestion("cover-1", "cover", "album-9", of["clip.mp4"], 0.7, "", Evidence(photos=(of["clip.mp4"],)))
    asked_of = everything_asked(library, report, cover, tag(1, of["clip.mp4"], "sea"))
    assert [view.shown for view in (*asked_of.covers, *asked_of.tags)] == [(), ()]  # no frame of it was chosen yet
    with opened(library) as here:
        here.store.covers.save_videos(here.name, {of["clip.mp4"]: VideoCover(1.0)})
    asked_of = everything_asked(library, report, cover, tag(1, of["clip.mp4"], "sea"))
    (path,) = {path for view in (*asked_of.covers, *asked_of.tags) for path in (*view.shown, *view.beside)}
    with Image.open(report / path) as picture:
        assert np.asarray(picture.convert("L")).mean() > 150
