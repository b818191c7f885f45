"""Covers of videos: found once for each content, chosen by the library's method; one bad video costs itself alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from fakes import outside_parts
from fakes.immich import FakeImmich
from fakes.small_folder import draw, refresh
from PIL import Image

from app.answers.covers import pick_frame, take_back
from plugins.covers.video_frames import frame_key
from tasks.caching import Skipped, digest
from tasks.context import Opened, opened
from tasks.cover_pictures import cover_extractors
from tasks.features import EXPOSURE, SHARPNESS
from tasks.video_covers import choose_video_covers
from tasks.video_frames import find_frames, not_looked_at, videos_of

RATE = 10
NONE = {"looked_at": 0, "unreadable": 0, "not_ready": 0, "too_large": 0}


def film(path: Path, *colours: tuple[int, int, int], still: int = -1) -> None:
    """Write a video of a patterned second in each colour; all but the one that is `still` move."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pattern = np.random.default_rng(7).integers(0, 2, (12, 16, 1)).astype(np.float64)
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=RATE)
        stream.width, stream.height, stream.pix_fmt, stream.codec_context.gop_size = 64, 48, "yuv420p", RATE
        for number, colour in enumerate(colours):
            for tenth in range(RATE):
                moved = pattern if number == still else np.roll(pattern, tenth, axis=1)
                pixels = ((0.5 + 0.5 * moved) * colour).astype(np.uint8)
                picture = Image.fromarray(pixels).resize((64, 48), Image.Resampling.NEAREST)
                out.mux(stream.encode(av.VideoFrame.from_image(picture)))
        out.mux(stream.encode())


RED, GREEN, BLUE, GREY = (250, 60, 60), (60, 250, 60), (60, 60, 250), (180, 180, 180)


@pytest.fixture
def library(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Draw three photos and a video of three colours, of which the middle one does not move."""
    outside_parts.install(tmp_path / "outside", monkeypatch)
    outside_parts.SEEN.clear()
    settings = {"DATA_DIR": tmp_path / "data", "FEATURES__EMBEDDER": "squares", "FEATURES__PICTURE": "tints"}
    for name, value in settings.items():
        monkeypatch.setenv(f"ALBUMEN_{name}", str(value))
    draw(tmp_path / "photos", ["1.jpg", "2.jpg", "3.jpg"])
    film(tmp_path / "photos/a.mp4", RED, GREEN, BLUE, still=1)
    refresh(f"folder:{tmp_path / 'photos'}")
    return f"folder:{tmp_path / 'photos'}"


def chosen(library: str) -> tuple[dict[str, Any], dict[str, float]]:
    """Return the figures of the step, and the moment of each video by its name."""
    figures = choose_video_covers.as_task.fn(library, "key")
    with opened(library) as here:
        names = {key: photo.name for key, photo in videos_of(here).items()}
        return figures, {names[key]: cover.at_s for key, cover in here.store.covers.videos(here.name).items()}


def folder(library: str) -> Path:
    return Path(library.removeprefix("folder:"))


def test_a_video_has_a_frame_of_its_own_with_its_features(library):
    figures, moments = chosen(library)
    assert figures == {**NONE, "videos": 1, "looked_at": 1, "by": "interest_gru", "personal": 0.0, "note": ""}
    assert set(moments) == {"a.mp4"}
    with opened(library) as here:
        [(key, cover)] = here.store.covers.videos(here.name).items()
        frames = [frame_key(key, one.at_s) for one in cover.candidates]
        assert [one.at_s for one in cover.candidates] == [0.0, 1.0, 2.0]
        assert here.store.features.missing(frames, "tints", "1") == []
        assert here.store.faces.missing(frames, "squares", "1") == []
        for measure in (SHARPNESS, EXPOSURE):
            assert set(here.store.measures.among(frames, *measure)) == set(frames)


def test_what_was_found_is_not_looked_for_again(library):
    chosen(library)
    outside_parts.SEEN.clear()
    film(folder(library) / "b.mp4", BLUE, GREY)
    refresh(library)
    figures, moments = chosen(library)
    assert (figures["looked_at"], set(moments)) == (1, {"a.mp4", "b.mp4"})
    assert outside_parts.SEEN == {"squares": 2, "tints": 2}


def test_what_a_killed_run_has_found_is_kept(library):
    film(folder(library) / "b.mp4", BLUE, GREY)
    refresh(library)
    with opened(library) as here:
        videos, made = videos_of(here), cover_extractors(here)
        both = not_looked_at(here, videos, made)
        find_frames(here, both[:1], made)
        assert not_looked_at(here, videos, made) == both[1:]


def test_features_that_another_extractor_would_make_are_made(library, monkeypatch):
    chosen(library)
    monkeypatch.setenv("ALBUMEN_FEATURES__PICTURE", "other_tints")
    assert chosen(library)[0]["looked_at"] == 1
    assert chosen(library)[0]["looked_at"] == 0


def test_without_weights_the_stillest_frame_is_taken_and_the_reason_told(library, monkeypatch):
    monkeypatch.setenv("ALBUMEN_FEATURES__ENABLED", "false")
    figures, moments = chosen(library)
    assert figures["by"] == "stillest_frame"
    assert "features are switched off" in figures["note"]
    assert moments == {"a.mp4": 1.0}


def test_strict_looks_at_every_frame(library, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__MODE", "strict")
    figures, moments = chosen(library)
    assert (figures["looked_at"], set(moments)) == (1, {"a.mp4"})
    with opened(library) as here:
        [cover] = here.store.covers.videos(here.name).values()
        assert {one.at_s % 1 for one in cover.candidates} != {0.0}  # it has no need of key frames


def test_videos_that_cannot_be_read_cost_themselves_alone(library):
    (folder(library) / "b.mp4").write_bytes(b"\0\0\0\x18ftypisom" + b"x" * 100)
    film(folder(library) / "c.mp4", (0, 0, 0))
    refresh(library)
    figures, moments = chosen(library)
    assert set(moments) == {"a.mp4"}
    assert figures["looked_at"] == figures["videos"] + figures["unreadable"] + 1  # the black one has no frame
    assert chosen(library)[0]["looked_at"] == 0


def test_a_video_that_is_gone_is_asked_for_again(library):
    path = folder(library) / "a.mp4"
    path.rename(path.with_suffix(".away"))
    figures, moments = chosen(library)
    assert (figures["not_ready"], moments) == (1, {})
    path.with_suffix(".away").rename(path)
    assert chosen(library)[1].keys() == {"a.mp4"}


def test_switched_off_it_is_skipped(library, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__VIDEOS", "false")
    with opened(library) as here, pytest.raises(Skipped, match="videos = true"):
        choose_video_covers._inputs(here)


def tagged(here: Opened) -> None:
    photos = here.store.photos.all(here.name)
    here.store.photos.update(here.name, [replace(photo, tags=("sea",)) for photo in photos])


def marked(here: Opened) -> None:
    photos = here.store.photos.all(here.name)
    here.store.photos.update(here.name, [replace(photo, favourite=True) for photo in photos])


def measured(here: Opened) -> None:
    keys = [photo.content_key for photo in here.store.photos.all(here.name) if photo.kind == "image"]
    here.store.measures.put(*EXPOSURE, [(key, 0.25) for key in keys])


@pytest.mark.parametrize(
    ("change", "again"),
    [
        pytest.param(tagged, False, id="a tag, as we write some"),
        pytest.param(marked, True, id="favourites"),
        pytest.param(measured, True, id="exposure, which earlier versions did not measure"),
    ],
)
def test_it_is_chosen_anew_when_something_changed_that_counts(library, change, again):
    with opened(library) as here:
        before = digest(*choose_video_covers._inputs(here))
        change(here)
        assert (digest(*choose_video_covers._inputs(here)) != before) is again


@pytest.mark.parametrize(
    ("setting", "value", "again"),
    [
        pytest.param("COVERS__VIDEO_MB", "1", True, id="how much a server may be asked for"),
        pytest.param("COVERS__PERSONAL", "false", True, id="whether taste counts"),
        pytest.param("COVERS__MODE", "strict", True, id="every frame"),
        pytest.param("COVERS__POSTERS", "false", False, id="what is made of them"),
        pytest.param("COVERS__SUGGEST", "false", False, id="albums of the user's own"),
    ],
)
def test_it_is_chosen_anew_when_a_setting_of_it_changed(library, monkeypatch, setting, value, again):
    with opened(library) as here:
        before = digest(*choose_video_covers._inputs(here))
    monkeypatch.setenv(f"ALBUMEN_{setting}", value)
    with opened(library) as here:
        assert (digest(*choose_video_covers._inputs(here)) != before) is again


def test_a_library_without_videos_is_not_asked_for_anything(library):
    (folder(library) / "a.mp4").unlink()
    refresh(library)
    assert chosen(library) == ({**NONE, "videos": 0}, {})
    with opened(library) as here:
        assert choose_video_covers._inputs(here) == ("no videos",)
        assert "gallery" not in here.__dict__


@pytest.fixture
def served(library, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Lend a library on a server that has the video."""
    with FakeImmich() as server:
        path, taken = folder(library) / "a.mp4", datetime(2024, 5, 3, 10, tzinfo=UTC)
        server.add_photos([{"name": "a.mp4", "taken": taken}], type="VIDEO", source=path, mime="video/mp4")
        (settings := folder(library).parent / "albumen.toml").write_text(
            f'[libraries.served]\ngallery = "immich"\nurl = "{server.url}"\napi_key = "{server.key}"\n',
            encoding="utf-8",
        )
        monkeypatch.chdir(settings.parent)
        refresh("served")
        yield "served"


def test_a_server_sends_what_it_plays(served):
    figures, moments = chosen(served)
    assert (figures["looked_at"], figures["too_large"], set(moments)) == (1, 0, {"a.mp4"})


def test_a_video_that_is_too_large_to_be_sent_keeps_the_gallery_s_picture(served, monkeypatch):
    monkeypatch.setenv("ALBUMEN_COVERS__VIDEO_MB", "0")
    figures, moments = chosen(served)
    assert (figures["looked_at"], figures["too_large"], moments) == (0, 1, {})
    with opened(served) as here:
        assert choose_video_covers._holds(here, figures)


def test_the_frame_that_the_user_picked_stays(library):
    _, moments = chosen(library)
    with opened(library) as here:
        ((content, cover),) = here.store.covers.videos(here.name).items()
        other = next(one.at_s for one in cover.candidates if one.at_s != moments["a.mp4"])
        pick_frame(here.store, here.name, content, other)
        assert here.store.covers.videos(here.name)[content].at_s == other
    assert chosen(library)[1] == {"a.mp4": other}
    with opened(library) as here:
        (made,) = here.store.suggestions.decisions(here.name)
        take_back(here.store, here.name, made.decided_at)
    assert chosen(library)[1] == moments
