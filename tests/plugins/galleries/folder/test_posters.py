"""Posters lie beside their videos, follow them and go with them; a picture of the user's is never touched."""

from __future__ import annotations

import io
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from fakes.snaps import draw_film
from PIL import Image

from plugins.changes import AddTags, SetPoster
from plugins.decoding import Decoders
from plugins.galleries import GalleryUnreachable, Poster
from plugins.galleries.folder import Plugin, asking
from plugins.galleries.folder.index import PosterMark
from plugins.galleries.folder.poster_marks import LONGEST_PX, mark_of, poster_of
from plugins.galleries.folder.state import keep_outside

SHADES = (40, 200)
"""The first and the second second of each film."""


@pytest.fixture
def videos(root: Path) -> Path:
    """Put films beside the photos: one alone, two of one name, and one whose poster the user made."""
    for name in ("f.mp4", "trip/b.mp4"):
        draw_film(root / name, SHADES)
    draw_film(root / "trip/b.MOV", (90, 90))
    draw_film(root / "mine.mp4", SHADES)
    Image.new("RGB", (16, 12)).save(root / "mine-poster.jpg")
    return root


def shade(path: Path) -> int:
    with Image.open(path) as picture:
        return round(np.asarray(picture.convert("L")).mean())


def posters(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*-poster.jpg"))


def put(gallery: Plugin, video: str, at_s: float | None = 1.5, was: float | None = None) -> str:
    return gallery.apply(SetPoster(video, at_s, was)).status


def swept(gallery: Plugin, gone: tuple[str, ...] = ()) -> dict[str, Poster]:
    list(gallery.photos())
    return dict(gallery.posters(gone))


def test_a_poster_lies_beside_its_video_and_is_no_photo(videos: Path, reopen: Callable[[], Plugin]) -> None:
    photos = [photo.id for photo in reopen().photos()]
    assert "mine-poster.jpg" in photos
    assert put(reopen(), "f.mp4") == "done"
    assert abs(shade(videos / "f-poster.jpg") - SHADES[1]) < 9
    assert mark_of((videos / "f-poster.jpg").read_bytes()) is not None
    gallery = reopen()
    assert [photo.id for photo in gallery.photos()] == photos
    assert gallery.posters() == {"f.mp4": Poster(1.5), "mine.mp4": Poster(None)}
    assert gallery.problems == ()
    assert put(gallery, "f.mp4") == "already"
    assert put(gallery, "f.mp4", 0.5, was=1.5) == "done"
    assert abs(shade(videos / "f-poster.jpg") - SHADES[0]) < 9
    assert gallery.posters()["f.mp4"] == Poster(0.5)
    assert (put(gallery, "f.mp4", None, was=0.5), put(gallery, "f.mp4", None, was=0.5)) == ("done", "already")
    assert posters(videos) == ["mine-poster.jpg"]
    assert put(gallery, "nowhere.mp4") == "gone"


def test_videos_of_one_name_have_posters_of_two(videos: Path, reopen: Callable[[], Plugin]) -> None:
    for video in ("trip/b.mp4", "trip/b.MOV"):
        assert put(reopen(), video) == "done"
    assert posters(videos / "trip") == ["b.MOV-poster.jpg", "b.mp4-poster.jpg"]
    (videos / "trip/b.MOV").unlink()
    gallery = reopen()
    assert swept(gallery, ("trip/b.MOV",)) == {
        "trip/b.mp4": Poster(1.5, fits=False),
        "mine.mp4": Poster(None),
        "trip/b.MOV": Poster(1.5, fits=False),
    }
    assert (put(gallery, "trip/b.MOV", None, was=1.5), put(gallery, "trip/b.mp4", was=1.5)) == ("done", "done")
    assert posters(videos / "trip") == ["b-poster.jpg"]


def test_videos_whose_names_differ_in_capitals_alone(videos: Path, reopen: Callable[[], Plugin]) -> None:
    if (videos / "F.MP4").exists():
        pytest.skip("a file system that does not tell them apart")
    shutil.copy(videos / "trip/b.mp4", videos / "f.MP4")
    draw_film(videos / "F.mp4", (60, 120))
    names = ("F.mp4", "f.MP4", "f.mp4")
    assert put(reopen(), "f.mp4") == "done"
    assert reopen().posters() == {"f.mp4": Poster(1.5), "mine.mp4": Poster(None)}
    assert [put(reopen(), name) for name in names] == ["done", "done", "already"]
    assert reopen().posters() == {**dict.fromkeys(names, Poster(1.5)), "mine.mp4": Poster(None)}


def retouched(path: Path) -> None:
    with Image.open(path) as picture:
        picture.convert("L").save(path, "JPEG", comment=picture.info["comment"])


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda path: Image.new("RGB", (9, 9)).save(path), id="another picture"),
        pytest.param(retouched, id="ours, changed, with our mark still in it"),
        pytest.param(lambda path: path.write_bytes(path.read_bytes() + b"\0"), id="ours and a byte more"),
        pytest.param(lambda path: path.write_bytes(b"albumen:poster"), id="no picture"),
        pytest.param(lambda path: (path.rename(path.with_name("x.jpg")), path.symlink_to("x.jpg")), id="a link"),
    ],
)
def test_what_the_user_put_there_stays(
    videos: Path, reopen: Callable[[], Plugin], edit: Callable[[Path], object]
) -> None:
    put(reopen(), "f.mp4")
    poster = videos / "f-poster.jpg"
    edit(poster)
    before = poster.read_bytes()
    gallery = reopen()
    assert swept(gallery)["f.mp4"] == Poster(None)
    assert put(gallery, "f.mp4", 0.5, was=1.5) == "refused"
    assert put(gallery, "f.mp4", None, was=1.5) == "already"
    assert poster.read_bytes() == before


def test_a_poster_that_the_user_took_away_is_not_written_again(videos: Path, reopen: Callable[[], Plugin]) -> None:
    gallery = reopen()
    put(gallery, "f.mp4")
    (videos / "f-poster.jpg").unlink()
    assert put(gallery, "f.mp4", 0.5, was=1.5) == "refused"
    assert "f.mp4" not in swept(gallery)


def test_metadata_before_the_mark_leaves_it_ours(videos: Path, reopen: Callable[[], Plugin]) -> None:
    put(reopen(), "f.mp4")
    data = (videos / "f-poster.jpg").read_bytes()
    segment = b"\xff\xe1\x00\x0cExif\0\0MM\0*"
    (videos / "f-poster.jpg").write_bytes(data[:2] + segment + data[2:])
    assert swept(reopen())["f.mp4"] == Poster(1.5)


@pytest.mark.parametrize("along", [False, True], ids=["the video alone", "the poster with it"])
def test_a_poster_follows_its_video(videos: Path, reopen: Callable[[], Plugin], along: bool) -> None:
    put(reopen(), "f.mp4")
    n = len(list(reopen().photos()))
    (videos / "f.mp4").rename(videos / "trip/z.mp4")
    if along:
        (videos / "f-poster.jpg").rename(videos / "trip/z-poster.jpg")
    gallery = reopen()
    assert swept(gallery)["f.mp4"] == Poster(1.5, fits=along)
    assert len(list(gallery.photos())) == n  # what it left behind is no photo
    assert put(gallery, "f.mp4", was=1.5) == ("already" if along else "done")
    assert posters(videos) == ["mine-poster.jpg", "trip/z-poster.jpg"]
    (videos / "trip/z.mp4").unlink()
    gallery = reopen()
    assert swept(gallery, ("f.mp4",))["f.mp4"] == Poster(1.5, fits=False)
    assert put(gallery, "f.mp4", None, was=1.5) == "done"
    assert posters(videos) == ["mine-poster.jpg"]


def test_a_video_that_took_the_place_of_another_gets_its_own(videos: Path, reopen: Callable[[], Plugin]) -> None:
    put(reopen(), "f.mp4")
    (videos / "f.mp4").rename(videos / "old.mp4")
    draw_film(videos / "f.mp4", (120, 60))
    gallery = reopen()
    found = {photo.name: photo.id for photo in gallery.photos()}
    assert gallery.posters()[found["f.mp4"]] == Poster(1.5, fits=False)
    for name in ("f.mp4", "old.mp4"):
        assert put(gallery, found[name], was=gallery.posters().get(found[name], Poster(None)).at_s) == "done"
    assert [shade(videos / f"{name}-poster.jpg") // 10 for name in ("f", "old")] == [6, 20]
    assert all(swept(gallery)[found[name]] == Poster(1.5) for name in ("f.mp4", "old.mp4"))


def test_a_copy_of_a_poster_is_the_users(videos: Path, reopen: Callable[[], Plugin]) -> None:
    put(reopen(), "f.mp4")
    shutil.copy(videos / "f-poster.jpg", videos / "trip/best.jpg")
    (videos / "sent").mkdir()
    shutil.copy(videos / "f-poster.jpg", videos / "sent/f-poster.jpg")
    gallery = reopen()
    assert "trip/best.jpg" in {photo.id for photo in gallery.photos()}
    assert gallery.posters()["f.mp4"] == Poster(1.5)
    put(gallery, "f.mp4", None, was=1.5)
    assert posters(videos) == ["mine-poster.jpg", "sent/f-poster.jpg"]
    assert (videos / "trip/best.jpg").is_file()


def test_a_folder_that_cannot_be_written_keeps_posters_in_a_tree(
    videos: Path, tmp_path: Path, reopen: Callable[[], Plugin]
) -> None:
    keep_outside(videos, tmp_path / "data")
    for video in ("trip/b.mp4", "trip/b.MOV", "f.mp4"):
        assert put(reopen(), video) == "done"
    tree = reopen().state / "sidecars"
    assert posters(tree) == ["f-poster.jpg", "trip/b.MOV-poster.jpg", "trip/b.mp4-poster.jpg"]
    assert posters(videos) == ["mine-poster.jpg"]
    (videos / "f.mp4").rename(videos / "g.mp4")
    (videos / "mine.mp4").unlink()
    gallery = reopen()
    assert swept(gallery, ("mine.mp4",)).items() >= {"f.mp4": Poster(1.5), "trip/b.mp4": Poster(1.5)}.items()
    assert put(gallery, "f.mp4", None, was=1.5) == "done"
    assert "f-poster.jpg" not in posters(tree)


def test_posters_are_read_once_and_no_other_picture_is_opened_for_them(
    videos: Path, reopen: Callable[[], Plugin]
) -> None:
    put(reopen(), "f.mp4")
    list(reopen().photos())
    opened, gallery, listening = list[str](), reopen(), [True]
    sys.addaudithook(lambda event, said: opened.append(str(said[0])) if listening and event == "open" else None)
    assert swept(gallery)["f.mp4"] == Poster(1.5)
    listening.clear()
    assert {path for path in opened if path.endswith(".jpg")} == set()
    assert [path for path in opened if path.endswith("index.json")]


def test_a_video_that_cannot_be_decoded_gets_none(videos: Path, reopen: Callable[[], Plugin]) -> None:
    gallery = reopen()
    list(gallery.photos())
    (videos / "f.mp4").write_bytes((videos / "f.mp4").read_bytes()[:400])
    outcome = gallery.apply(SetPoster("f.mp4", 1.5, None))
    assert (outcome.status, "f.mp4" in outcome.reason) == ("refused", True)
    assert posters(videos) == ["mine-poster.jpg"]


def test_a_video_that_goes_just_then_gets_none(videos: Path, reopen: Callable[[], Plugin]) -> None:
    gallery = reopen()
    list(gallery.photos())
    (videos / "f.mp4").unlink()
    assert put(gallery, "f.mp4") == "gone"


def test_without_a_decoder_it_is_tried_again(videos: Path, reopen: Callable[[], Plugin]) -> None:
    gallery = reopen()
    list(gallery.photos())
    with Decoders(workers=1) as pool, pytest.MonkeyPatch.context() as patch:
        patch.setattr("plugins.galleries.folder.posters.decoders", lambda: pool)
        patch.setattr(sys, "executable", str(videos / "no python"))
        with pytest.raises(GalleryUnreachable, match=r"no picture of 'f\.mp4' can be made"):
            put(gallery, "f.mp4")
    assert posters(videos) == ["mine-poster.jpg"]


def test_leftovers_of_killed_runs_go(videos: Path, reopen: Callable[[], Plugin]) -> None:
    put(reopen(), "f.mp4")
    (videos / "f-poster.jpg").rename(videos / ".albumen-00000000-1-00000000.tmp")
    os.utime(videos / ".albumen-00000000-1-00000000.tmp", (0, 0))
    gallery = reopen()
    gallery.apply(AddTags(("x",), ("a.jpg",)))
    assert not list(videos.glob(".albumen-*.tmp"))


def test_a_poster_is_no_larger_than_a_screen() -> None:
    mark = PosterMark("ab12", 3.25)
    data = poster_of(Image.effect_noise((4000, 1000), 80).convert("RGBA"), mark)
    assert mark_of(data) == mark
    assert mark_of(data.replace(b"at=3.250", b"at=4.250")) == PosterMark("ab12", 4.25)  # names, not a signature
    path = Image.open(io.BytesIO(data))
    assert (path.size, path.mode) == ((LONGEST_PX, LONGEST_PX // 4), "RGB")


def test_a_subfolder_that_may_not_be_written_is_named(unprivileged: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("plugins.galleries.folder.posters.decoders", asking.decoders)  # that were started before
    root = unprivileged / "photos"
    locked = draw_film(root / "locked/f.mp4", SHADES).parent
    locked.chmod(0o555)
    try:
        outcome = Plugin(root, unprivileged / "data").apply(SetPoster("locked/f.mp4", 0.5, None))
    finally:
        locked.chmod(0o755)
    assert (outcome.status, "may not be written" in outcome.reason) == ("refused", True), outcome
    assert posters(root) == []
