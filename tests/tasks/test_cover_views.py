"""Covers in a report and on contact sheets: small pictures of the cover, of others, of favourites, and of frames."""

from __future__ import annotations

import io
from pathlib import Path

import av
import numpy as np
import pytest
from fakes.small_folder import draw, refresh
from PIL import Image

from plugins.changes import SetCover
from plugins.pages.contact_sheets import CAPTION_PX, CELL_PX, GAP_PX
from plugins.pages.cover_sheets import file_of
from plugins.pages.views import CoversView
from plugins.records import Event
from plugins.store import ChosenCover, Ranked, VideoCover
from tasks.context import opened
from tasks.cover_sheets import drawn, wanted_sheets
from tasks.cover_views import MOST_BESIDE, MOST_COVERS, cover_views

N_PHOTOS = 12
STEP = {"step": "choose_covers", "figures": {"personal": 0.5, "signals": 60, "reason": "it wins"}}


def film(path: Path, shades: tuple[int, ...]) -> None:
    """Write a video of ten frames a second, a second of each shade."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt, stream.gop_size = 64, 48, "yuv420p", 5
        for shade in np.repeat(shades, 10).tolist():
            frame = av.VideoFrame.from_ndarray(np.full((48, 64, 3), shade, np.uint8), format="rgb24")
            out.mux(stream.encode(frame))
        out.mux(stream.encode())


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Draw photos, one event of them all but the last two, and a video whose second second is bright."""
    monkeypatch.setenv("ALBUMEN_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("ALBUMEN_ALBUMS__MIN_PHOTOS", "1")
    draw(tmp_path / "photos", [f"{n:02}.jpg" for n in range(N_PHOTOS)], (60, 40))
    film(tmp_path / "photos" / "clip.mp4", (60, 230, 60))
    name = f"folder:{tmp_path / 'photos'}"
    refresh(name)
    return name


def ids(library: str) -> dict[str, str]:
    with opened(library) as here:
        return {photo.name: photo.id for photo in here.store.photos.all(here.name)}


def choose(library: str, *, matches: int = 2, events: int = 1) -> None:
    """Choose the fourth photo for each event of ten, as it matches the last two, and a bright frame of the video."""
    of = ids(library)
    photos = tuple(of[f"{n:02}.jpg"] for n in range(10))
    ranked = tuple(
        Ranked(photo, (n == 3) * 0.5 + n / 100, 0.83 if n == 3 else n / 10) for n, photo in enumerate(photos)
    )
    like = tuple(of[f"{n}.jpg"] for n in (10, 11))[:matches]
    with opened(library) as here:
        made = [Event(f"e{n}", photos, f"Album {n}", away=True) for n in range(events)]
        here.store.events.save(here.name, made)
        chosen = ChosenCover(photos[3], ranked, like, {"blurred": 2})
        here.store.covers.save(here.name, {event.key: chosen for event in made})
        (key,) = (photo.content_key for photo in here.store.photos.all(here.name) if photo.kind == "video")
        frames = tuple(Ranked(key, share, at_s=at_s) for at_s, share in ((0.5, 0.2), (1.5, 0.8)))
        here.store.covers.save_videos(here.name, {key: VideoCover(1.5, frames), "gone": VideoCover(0.0)})


def shown(library: str, folder: Path, *new: str) -> CoversView:
    with opened(library) as here:
        photos = {photo.id: photo for photo in here.store.photos.all(here.name)}
        changes = [SetCover("k", photo, None) for photo in new]
        return cover_views(here, photos, changes, [{"step": "other"}, STEP], folder)


def middle(picture: Image.Image) -> tuple[int, ...]:
    found = picture.convert("RGB").getpixel((picture.width // 2, picture.height // 2))
    assert isinstance(found, tuple)
    return tuple(round(part) for part in found)


def numbers(folder: Path, *paths: str) -> list[int]:
    """Return which photos pictures are of, by the colour in their middle."""
    of_each = [np.array([37 * n % 256, 101 * n % 256, 200]) for n in range(N_PHOTOS)]
    colours = [np.array(middle(Image.open(folder / path))) for path in paths]
    return [int(np.argmin([np.abs(one - of).sum() for of in of_each])) for one in colours]


def is_bright(picture: Image.Image) -> bool:
    return middle(picture)[0] > 150


def test_a_cover_is_shown_with_the_best_others_and_the_favourites_like_it(library: str, tmp_path: Path) -> None:
    choose(library)
    found = shown(library, tmp_path / "1")
    (album,) = found.albums
    assert (album.title, album.name, album.considered) == (
        "Album 0",
        "03.jpg",
        "chosen out of 10 photos; 2 left out (blurred: 2)",
    )
    assert album.reason == "match with your favourites: 0.83, like 10.jpg and 11.jpg"
    assert numbers(tmp_path / "1", album.shown) == [3]
    assert numbers(tmp_path / "1", *album.others) == [9, 8, 7, 6]
    assert numbers(tmp_path / "1", *album.like) == [10, 11]
    assert found.personal == "What you like counts with a weight of 0.50, by 60 signals: it wins"
    assert len(album.others) == MOST_BESIDE


def test_of_a_video_its_frame_is_shown(library: str, tmp_path: Path) -> None:
    choose(library)
    (clip,) = shown(library, tmp_path / "1").videos
    assert (clip.title, clip.name, clip.considered) == ("clip.mp4", "the frame at 0:01", "chosen out of 2 frames")
    assert [is_bright(Image.open(tmp_path / "1" / path)) for path in (clip.shown, *clip.others)] == [True, False]


def test_what_an_earlier_report_shows_is_not_fetched_again(library: str, tmp_path: Path) -> None:
    choose(library)
    first = shown(library, tmp_path / "reports" / "1")
    for file in (tmp_path / "photos").iterdir():
        if file.is_file():
            file.unlink()
    assert shown(library, tmp_path / "reports" / "2") == first


def test_what_cannot_be_shown_is_left_out(library: str, tmp_path: Path) -> None:
    choose(library)
    for name in ("03.jpg", "clip.mp4"):
        (tmp_path / "photos" / name).write_bytes(b"\xff\xd8 no picture")
    found = shown(library, tmp_path / "1")
    assert (found.albums[0].shown, found.videos[0].shown, found.videos[0].others) == ("", "", ())
    assert len(found.albums[0].others) == MOST_BESIDE


def test_of_many_albums_the_first_are_shown(library: str, tmp_path: Path) -> None:
    choose(library, events=MOST_COVERS + 3)
    found = shown(library, tmp_path / "1")
    assert (len(found.albums), found.n_albums, found.n_videos) == (MOST_COVERS, MOST_COVERS + 3, 1)


def test_a_cover_that_the_run_sets_comes_first(library: str, tmp_path: Path) -> None:
    choose(library, events=2)
    of = ids(library)
    with opened(library) as here:
        covers = here.store.covers.all(here.name)
        here.store.covers.save(here.name, covers | {"e1": ChosenCover(of["05.jpg"])})
    assert [one.title for one in shown(library, tmp_path / "1", of["03.jpg"]).albums] == ["Album 0", "Album 1"]
    assert [one.title for one in shown(library, tmp_path / "1", of["05.jpg"]).albums] == ["Album 1", "Album 0"]


def test_a_library_without_covers_shows_none(library: str, tmp_path: Path) -> None:
    assert shown(library, tmp_path / "1") == CoversView(
        personal="What you like counts with a weight of 0.50, by 60 signals: it wins"
    )


def test_sheets_have_all_candidates_and_below_them_the_favourites(library: str) -> None:
    choose(library)
    with opened(library) as here:
        (album, picture), (clip, frames) = drawn(here, wanted_sheets(here))
    assert [(len(part.labels), part.framed) for part in album.parts] == [(10, 3), (2, None)]
    assert [(len(part.labels), part.framed) for part in clip.parts] == [(2, 1)]
    assert (album.path, album.title, clip.title) == (file_of("e0"), "Album 0", "clip.mp4")
    with Image.open(io.BytesIO(picture)) as sheet:
        assert sheet.size == album.size
    with Image.open(io.BytesIO(frames)) as sheet:
        cells = [GAP_PX + n * (CELL_PX + GAP_PX) for n in range(2)]
        cut = [sheet.crop((left, CAPTION_PX, left + CELL_PX, CAPTION_PX + CELL_PX)) for left in cells]
        assert [is_bright(one) for one in cut] == [False, True]


def test_an_album_of_videos_is_shown_by_the_frame_of_its_cover(library: str, tmp_path: Path) -> None:
    choose(library)
    video = ids(library)["clip.mp4"]
    with opened(library) as here:
        here.store.events.save(here.name, [Event("e", (video,), "Films", away=True)])
        here.store.covers.save(here.name, {"e": ChosenCover(video, (Ranked(video, 1.0),))})
    (of_album,) = shown(library, tmp_path / "report").albums
    with Image.open(tmp_path / "report" / of_album.shown) as picture:
        assert np.asarray(picture.convert("L")).mean() > 200
