"""Fetching weights: downloaded once, checked, and only the used layers kept, in the cache folder of this user."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Final

import httpx
from filelock import FileLock

from plugins.atomic import private_folder
from plugins.features._downloads import DiskFull, Patience, Progress, Wanted, discard, download
from plugins.features._ranges import DownloadFailed, DownloadRefused, FetchFailed
from plugins.features._weights_table import KNOWN, Weights
from plugins.features.weights import WeightsDamaged, WeightsMissing, WeightsRefused, cache_folder, find, how_to_get

__all__ = [
    "DiskFull",
    "DownloadFailed",
    "DownloadRefused",
    "FetchFailed",
    "Patience",
    "Progress",
    "Tell",
    "fetch",
    "fetch_missing",
    "in_lines",
]
AGENT: Final = "albumen (photo curation; downloads network weights)"
TIMEOUT_S: Final = 30.0

Tell = Callable[[Progress], None]


def silently(_progress: Progress) -> None:
    """Tell nobody how far a download is."""


def fetch(
    name: str,
    folder: Path | None = None,
    *,
    client: httpx.Client | None = None,
    tell: Tell = silently,
    urls: Sequence[str] = (),
    patience: Patience | None = None,
) -> Path:
    """Return the file of the weights `name`; download and convert it where no place has them.

    Of two processes at once the second one waits, and finds what the first one brought. A download that was stopped,
    also by a kill, goes on where it was.

    Args:
        name: weights of `weights.KNOWN`.
        folder: searched before all other places, as in `weights.find`; what is fetched goes to the cache folder.
        client: makes the requests; by default one of its own.
        tell: is told of each piece that has come.
        urls: addresses of one's own instead of those known; they may have the original file or the one that we keep.
        patience: how often each address is tried.
    Raises:
        WeightsMissing: these come only with an installed package.
        WeightsDamaged: a folder before the cache holds a damaged file under that name; remove that first.
        DownloadFailed: no address answered to the end: try again.
        DownloadRefused: what the addresses give are not these weights.
        DiskFull: the cache folder has no room.
        OSError: the cache folder cannot be written.
    """
    weights = KNOWN[name]
    if (found := _found(weights, folder)) is not None:
        return found
    if weights.download is None:
        raise WeightsMissing(f"the weights {name} are in no folder: {how_to_get(weights)}")
    private_folder(cache_folder())
    with FileLock(cache_folder() / f"{name}.lock", mode=0o600), _asking(client) as asked:
        if (found := _found(weights, folder)) is not None:
            return found
        return _brought(weights, urls or weights.download.urls, asked, tell, patience or Patience())


def fetch_missing(
    names: Sequence[str],
    folder: Path | None = None,
    *,
    client: httpx.Client | None = None,
    tell: Tell = silently,
    patience: Patience | None = None,
) -> str:
    """Fetch those of these weights that no place has; say what could not be had, empty when all could.

    For a step that may download because the setting `[features] fetch_weights` says so; see `fetch`.
    """
    wrong: dict[str, str] = {}
    for name in dict.fromkeys(names):
        try:
            fetch(name, folder, client=client, tell=tell, patience=patience)
        except (FetchFailed, WeightsMissing, OSError) as error:
            wrong[name] = f"{name}: {error}"
    return "; ".join(wrong.values())


def in_lines(say: Callable[[str], None], every_s: float = 10.0) -> Tell:
    """Return what tells of a download in lines: at its beginning, at its end, and each few seconds."""
    last = float("-inf")

    def tell(progress: Progress) -> None:
        nonlocal last
        if not progress.came_bytes or progress.done_bytes == progress.total_bytes or time.monotonic() - last > every_s:
            last = time.monotonic()
            say(str(progress))

    return tell


def _found(weights: Weights, folder: Path | None) -> Path | None:
    """Return the file if it is there and whole; a damaged one in the cache folder counts as not there."""
    try:
        return find(weights.name, folder)
    except WeightsDamaged as error:
        if error.path is None or error.path.parent != cache_folder():
            raise
    except WeightsMissing:
        pass
    return None


@contextlib.contextmanager
def _asking(client: httpx.Client | None) -> Iterator[httpx.Client]:
    if client is not None:
        yield client
        return
    with httpx.Client(timeout=TIMEOUT_S, headers={"User-Agent": AGENT}) as made:
        yield made


def _brought(weights: Weights, urls: Sequence[str], client: httpx.Client, tell: Tell, patience: Patience) -> Path:
    from plugins.features.weights_import import converted_from, keep  # noqa: PLC0415 - imports torch: after the bytes

    wanted, part = _wanted(weights), cache_folder() / f"{weights.name}.part"
    digest = download(client, urls, wanted, part, tell, patience)
    try:
        path = keep(weights, converted_from(part, weights, weights.source, digest))
    except WeightsRefused as error:
        raise DownloadRefused(f"the file of {weights.name} has its checksum, but {error}") from error
    discard(part)
    return path


def _wanted(weights: Weights) -> Wanted:
    """Return what may come: the original file, or one that is kept as it is."""
    original = weights.download
    if original is None:
        raise WeightsMissing(how_to_get(weights))
    sums = [original.file.sha256, *(file.sha256 for file in weights.files)]
    known = tuple(dict.fromkeys(one for one in sums if one is not None))
    only = len(known) == 1
    return Wanted(original.file.name, known, original.file.size_bytes if only else None, original.most_bytes)
