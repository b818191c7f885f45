"""A video says when and where it was taken, how long it is and how it is turned."""

from __future__ import annotations

import io
from datetime import UTC, datetime, timedelta, timezone

import av
import numpy as np
import pytest

from plugins.galleries.folder.videos import read_video, video_position, video_time
from plugins.pictures import UnreadablePicture
from plugins.records import Position


def video(tags: dict[str, str], rotation: int = 0, frames: int = 12) -> io.BytesIO:
    file = io.BytesIO()
    with av.open(file, "w", format="mp4", options={"movflags": "use_metadata_tags"}) as out:
        out.metadata.update(tags)
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        if rotation:
            stream.set_display_rotation(rotation)
        for _ in range(frames):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(np.zeros((48, 64, 3), np.uint8), format="rgb24")))
        out.mux(stream.encode())
    file.seek(0)
    return file


def test_a_phone_video():
    fields = read_video(
        video(
            {
                "creation_time": "2024-05-01T08:11:12.000000Z",
                "com.apple.quicktime.creationdate": "2024-05-01T10:11:12+0200",
                "com.apple.quicktime.location.ISO6709": "+38.7100-009.1400+012.000/",
                "com.apple.quicktime.make": "Apple",
                "com.apple.quicktime.model": "iPhone XR",
            },
            rotation=90,
        ),
        "mov",
    )
    assert (fields.width, fields.height, fields.duration_s) == (48, 64, pytest.approx(1.2, abs=0.1))
    assert fields.taken == datetime(2024, 5, 1, 10, 11, 12, tzinfo=timezone(timedelta(hours=2)))
    assert fields.taken.utcoffset() == timedelta(hours=2)
    assert (fields.position, fields.camera) == (Position(38.71, -9.14), "Apple iPhone XR")


def test_a_video_that_says_nothing():
    fields = read_video(video({}), "mov")
    assert (fields.width, fields.height, fields.taken, fields.position, fields.camera) == (64, 48, None, None, "")


@pytest.mark.parametrize(
    ("tags", "moment"),
    [
        pytest.param({}, None, id="nothing"),
        pytest.param({"creation_time": "yesterday"}, None, id="words"),
        pytest.param(
            {"creation_time": "2024-05-01T10:11:12.000000Z"}, datetime(2024, 5, 1, 10, 11, 12, 0, UTC), id="UTC"
        ),
        pytest.param(
            {"creation_time": "2024-05-01 10:11:12"}, datetime(2024, 5, 1, 10, 11, 12, 0, UTC), id="old FFmpeg"
        ),
    ],
)
def test_video_time(tags, moment):
    assert video_time(tags) == moment


@pytest.mark.parametrize(
    ("text", "position"),
    [
        pytest.param("", None, id="empty"),
        pytest.param("+00.0000+000.0000/", None, id="0, 0 is no fix"),
        pytest.param("+91.0000+000.0000/", None, id="beyond the pole"),
        pytest.param("38.71,-9.14", None, id="not ISO 6709"),
        pytest.param("+38.7100-009.1400/", Position(38.71, -9.14), id="Android"),
        pytest.param("-33.8600+151.2100+012.5/", Position(-33.86, 151.21), id="with a height"),
        pytest.param("+38.7100-009.1400+012.5CRSWGS_84/", Position(38.71, -9.14), id="with its grid"),
    ],
)
def test_video_position(text, position):
    assert video_position({"location": text}) == position


@pytest.mark.parametrize(
    "data",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"\0\0\0\x18ftypisom", id="a head without body"),
        pytest.param(video({}).getvalue()[:300], id="cut off"),
        pytest.param(b"ffconcat version 1.0\nfile /etc/passwd\n", id="a play list"),
    ],
)
def test_what_cannot_be_played_is_one_error(data):
    with pytest.raises(UnreadablePicture, match=r"played|frame|moving"):
        read_video(io.BytesIO(data), "mov")
