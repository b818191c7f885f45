"""Measure how long the frames of a video take that could be its cover, beside decoding all of the video.

    python -m benchmarks.video_frames FILE [FILE ...] [--strict] [--json]
    python -m benchmarks.video_frames --made [--seconds 600] [--preset ultrafast] [--strict] [--json]

Rows are `ours`, which looks at key frames where it can seek, `strict`, which looks at every frame, both in a decoding
process and with their usual bounds, and `plain`, which decodes all frames in this process and looks at none.
`seconds` is wall time, `frames` what was found or decoded, `note` what is told of a video that was cut short.

`--made` draws a film in a temporary folder: 1080p, 25 frames a second, H.264, a new scene every 20 s, each a slow pan
over a noisy picture. It comes with a key frame every two seconds and every ten, with a single one, as Matroska, as
Matroska from a pipe (no index, no length), as MPEG-TS, which is no format of ours, and a tenth of it as WebM (VP8).
`scenes` is the share of its scenes, at most 32 of them, from which a frame was found. `ultrafast` gives a film that is
decoded more quickly than one of a camera of as many bytes.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Final

import av
import numpy as np
from PIL import Image

from benchmarks._means import Row
from plugins.covers.video_frames import MOST, cover_frames
from plugins.pictures import PictureNotThere, UnreadablePicture

WIDTH, HEIGHT, RATE = 1920, 1080, 25
SCENE_S: Final = 20
PAN_PX: Final = 480
SHORT_SHARE: Final = 0.1
"""Of the film that is made with a slow codec."""


def rows_of(path: Path, strict: bool, seconds: int = 0) -> list[Row]:
    """Measure one file: ours, strict if asked for, and all of it decoded; so many seconds of our film, or 0."""
    size = {"file": path.name, "mb": round(path.stat().st_size / 1e6, 1)}
    ways: dict[str, Callable[[], Row]] = {"ours": lambda: found(path, False, seconds)}
    if strict:
        ways["strict"] = lambda: found(path, True, seconds)
    ways["plain"] = lambda: {"frames": decoded(path)}
    return [{**size, "method": name, **timed(way)} for name, way in ways.items()]


def timed(way: Callable[[], Row]) -> Row:
    """Return what a way gives, and how long it took; or why it gives nothing."""
    began = time.perf_counter()
    try:
        row = way()
    except (UnreadablePicture, PictureNotThere, av.FFmpegError) as error:
        row = {"note": str(error)}
    return {"seconds": round(time.perf_counter() - began, 2), **row}


def found(path: Path, strict: bool, seconds: int) -> Row:
    """Find the frames that could be covers; of our film, say from how many of its scenes there is one."""
    said: list[str] = []
    frames = cover_frames(path, strict, said.append)
    row: Row = {"frames": len(frames), "note": "; ".join(said)}
    if seconds:
        row["scenes"] = round(len({int(one.at_s // SCENE_S) for one in frames}) / min(MOST, -(-seconds // SCENE_S)), 3)
    return row


def decoded(path: Path) -> int:
    """Decode all frames; return how many there are."""
    with av.open(str(path)) as video:
        return sum(1 for _ in video.decode(video.streams.video[0]))


def films(folder: Path, seconds: int, preset: str) -> Iterator[tuple[Path, int]]:
    """Draw the film of `--made` and yield it in each form, with its seconds."""
    h264 = {"preset": preset, "crf": "27", "sc_threshold": "0"}
    plain = drawn(folder / "2s.mp4", seconds, 2 * RATE, "libx264", h264)
    yield plain, seconds
    yield remuxed(plain, folder / "2s.mkv", "matroska"), seconds
    yield remuxed(plain, folder / "piped.mkv", "matroska", Unseekable), seconds
    yield remuxed(plain, folder / "2s.ts", "mpegts"), seconds
    yield drawn(folder / "10s.mp4", seconds, 10 * RATE, "libx264", h264), seconds
    yield drawn(folder / "one_key.mp4", seconds, seconds * RATE + 1, "libx264", h264), seconds
    vp8 = {"deadline": "realtime", "cpu-used": "16", "b": "5M"}
    short = max(1, round(SHORT_SHARE * seconds))
    yield drawn(folder / "short.webm", short, 2 * RATE, "libvpx", vp8), short


def drawn(path: Path, seconds: int, gop: int, codec: str, options: dict[str, str]) -> Path:
    """Draw the film into a file."""
    with av.open(str(path), "w") as out:
        stream: Any = out.add_stream(codec, rate=RATE)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.gop_size = gop
        stream.options = options
        for pixels in pictures(seconds):
            out.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        out.mux(stream.encode())
    return path


def pictures(seconds: int) -> Iterator[np.ndarray[Any, Any]]:
    """Yield the frames of the film, each RGB, shape (1080, 1920, 3)."""
    draw = np.random.default_rng(7)
    for start_s in range(0, seconds, SCENE_S):
        patches = Image.fromarray(draw.integers(0, 230, (9, 20, 3), np.uint8))
        wide = np.asarray(patches.resize((WIDTH + PAN_PX, HEIGHT), Image.Resampling.BICUBIC))
        noisy = wide + draw.integers(0, 24, (*wide.shape[:2], 1), np.uint8)
        n = min(SCENE_S, seconds - start_s) * RATE
        for number in range(n):
            left = number * PAN_PX // n
            yield np.ascontiguousarray(noisy[:, left : left + WIDTH])


class Unseekable:
    """A file that is written like a pipe."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")

    def write(self, data: bytes) -> int:
        """Write some bytes."""
        return self._file.write(data)

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def remuxed(source: Path, path: Path, container: str, wrapped: type[Unseekable] | None = None) -> Path:
    """Put the same pictures into another container."""
    target: Any = wrapped(path) if wrapped else str(path)
    with av.open(str(source)) as video, av.open(target, "w", format=container) as out:
        stream = video.streams.video[0]
        copy = out.add_stream_from_template(stream)
        for packet in video.demux(stream):
            if packet.dts is not None:
                packet.stream = copy
                out.mux(packet)
    if wrapped:
        target.close()
    return path


def table(rows: Sequence[Row]) -> str:
    """Return the rows as text."""
    lines = [f"{'file':14} {'MB':>7} {'method':7} {'seconds':>8} {'frames':>7} {'scenes':>7}  note"]
    for row in rows:
        frames, scenes = row.get("frames", "–"), row.get("scenes", "–")
        lines.append(
            f"{row['file']!s:14} {row['mb']:>7} {row['method']!s:7} {row['seconds']:>8} {frames:>7} {scenes:>7}  "
            f"{row.get('note', '')}"
        )
    return "\n".join(lines)


def parsed(argv: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="videos")
    parser.add_argument("--made", action="store_true", help="draw a film and measure it in each form")
    parser.add_argument("--seconds", type=int, default=600, metavar="N", help="how long it is (default 600)")
    parser.add_argument("--preset", default="ultrafast", help="x264's preset (default ultrafast)")
    parser.add_argument("--strict", action="store_true", help="also look at every frame")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    args = parser.parse_args(argv)
    if bool(args.files) == args.made:
        parser.error("give files, or --made")
    if args.seconds < 1:
        parser.error("--seconds must be 1 or more")
    return args


def main(argv: Sequence[str] | None = None) -> int:
    """Run the benchmark; print a table, or one JSON object."""
    args = parsed(argv)
    if missing := [path for path in args.files if not path.is_file()]:
        print(f"{missing[0]} is no file", file=sys.stderr)
        return 2
    rows = [row for path in args.files for row in rows_of(path, args.strict)]
    if args.made:
        with tempfile.TemporaryDirectory(prefix="albumen-films-") as folder:
            for path, seconds in films(Path(folder), args.seconds, args.preset):
                rows += rows_of(path, args.strict, seconds)
    print(json.dumps({"rows": rows}) if args.json else table(rows))
    return 0


if __name__ == "__main__":
    sys.exit(main())
