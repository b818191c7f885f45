"""Posters: pictures of videos that lie beside them; what is not ours by its mark is neither changed nor deleted."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath

from PIL import Image

from plugins.atomic import delete_durably, write_atomically
from plugins.changes import Outcome, SetPoster
from plugins.decoding import DecoderCannotStart, decoders
from plugins.galleries import GalleryUnreachable, Poster
from plugins.galleries.folder.index import PosterMark
from plugins.galleries.folder.paths import PathBook
from plugins.galleries.folder.poster_marks import SUFFIX, poster_of, read_mark
from plugins.records import Photo


@dataclass(frozen=True, slots=True)
class Standing:
    """What stands where a poster could: ours with its mark, or another picture, with None."""

    path: str
    mark: PosterMark | None


class FolderPosters:
    """The posters of a folder's videos: `A-poster.jpg` beside `A.mp4`, `A.mp4-poster.jpg` where there is `A.mov` too.

    Args:
        originals: the folder of the videos.
        tree: what posters lie below, by the videos' ids, where they cannot lie beside the videos.
        videos: all videos of the library.
        book: where photos are, and were before.
    """

    def __init__(self, originals: Path, tree: Path | None, videos: Iterable[Photo], book: PathBook) -> None:
        self._originals = originals
        self._root = tree or originals
        self._book = book
        self._by_id = tree is not None
        self._keys = {video.id: video.content_key for video in videos}
        paths = {video: self._path(video) for video in self._keys}
        shared = Counter(_stem(path) for path in paths.values())
        self._homes = {v: _name(path, whole=shared[_stem(path)] > 1) for v, path in paths.items()}
        self._taken = {home.casefold() for home in self._homes.values()}

    def all(self, gone: Iterable[str] = (), listed: Mapping[str, Standing] | None = None) -> dict[str, Poster]:
        """Return the posters of the videos that have one, and those of ours of videos that are gone.

        Args:
            gone: ids of videos.
            listed: what is known of files with names of posters, by path and by path in small letters: they are not
                opened.
        """
        see = self._see if listed is None else partial(self._listed, listed)
        found = ((video, self._poster(video, see)) for video in (*self._keys, *gone))
        return {video: poster for video, poster in found if poster is not None}

    def _poster(self, video: str, see: Callable[[str], Standing | None]) -> Poster | None:
        home = see(self._homes[video]) if video in self._homes else None
        if home is not None and home.mark is None:
            return Poster(None)
        left = list(self._left(video, see))
        if home is not None and home.mark is not None:
            return Poster(home.mark.at_s, home.mark.content_key == self._keys[video] and not left)
        return Poster(left[0][1].at_s, fits=False) if left else None

    def apply(self, change: SetPoster) -> Outcome:
        """Make a change; what is not ours is neither written over nor deleted.

        Raises:
            OSError: a file cannot be read, written or deleted.
            UnreadablePicture: the video has no such picture.
            PictureNotThere: the video cannot be read now.
            GalleryUnreachable: no process can be started to decode it.
        """
        left = [path for path, _ in self._left(change.photo, self._see)]
        home = self._homes.get(change.photo)
        there = self._see(home) if home is not None else None
        if change.at_s is None:
            ours = [*left, *([there.path] if there and there.mark else [])]
            return self._delete(ours)
        if home is None:
            return Outcome("gone", "the video is gone")
        if there is not None and there.mark is None:
            return Outcome("refused", f"{home} is a picture of the user's own")
        if change.was is not None and there is None and not left:
            return Outcome("refused", f"the user has taken {home} away")
        mark = PosterMark(self._keys[change.photo], round(change.at_s, 3))
        if there is None or there.mark != mark:
            self._write(home, poster_of(self._frame(change.photo, mark.at_s), mark))
            self._delete(left)
            return Outcome("done")
        return self._delete(left)

    def _frame(self, video: str, at_s: float) -> Image.Image:
        film = self._originals / self._book.path_by_id[video]
        try:
            return decoders().frame_at(film, at_s)
        except DecoderCannotStart as error:
            raise GalleryUnreachable(f"no picture of {video!r} can be made: {error}") from error

    def _write(self, path: str, data: bytes) -> None:
        file = self._root / path
        if self._by_id:
            file.parent.mkdir(parents=True, exist_ok=True)
        write_atomically(file, data)

    def _delete(self, paths: Iterable[str]) -> Outcome:
        done = False
        for path in paths:
            delete_durably(self._root / path)
            done = True
        return Outcome("done" if done else "already")

    def _left(self, video: str, see: Callable[[str], Standing | None]) -> Iterator[tuple[str, PosterMark]]:
        """Yield the posters of ours that a video has left behind: where it was, or under another name."""
        home, key = self._homes.get(video), self._keys.get(video)
        for path in dict.fromkeys(name for place in self._places(video) for name in _names(place)):
            if path == home or path.casefold() in self._taken:
                continue
            standing = see(path)
            if standing is not None and standing.mark is not None and key in (None, standing.mark.content_key):
                yield standing.path, standing.mark

    def _places(self, video: str) -> tuple[str, ...]:
        """Return where a video is or was last known to be, and where it was before."""
        if self._by_id:
            return (video,)
        return (self._book.text_of(video), *self._book.former_paths(video))

    def _path(self, video: str) -> str:
        return video if self._by_id else self._book.text_of(video)

    def _listed(self, listed: Mapping[str, Standing], path: str) -> Standing | None:
        """Return what is known to stand at a path, in letters of any case where it is not another video's."""
        found = listed.get(path) or listed.get(path.casefold())
        if found is None or (found.path != path and found.path in self._homes.values()):
            return self._see(path)
        return found

    def _see(self, path: str) -> Standing | None:
        file = self._root / path
        return Standing(path, read_mark(file)) if os.path.lexists(file) else None


def _stem(path: str) -> str:
    return str(PurePosixPath(path).with_suffix("")).casefold()


def _name(path: str, *, whole: bool) -> str:
    return f"{path if whole else PurePosixPath(path).with_suffix('')}{SUFFIX}"


def _names(path: str) -> tuple[str, str]:
    return _name(path, whole=False), _name(path, whole=True)
