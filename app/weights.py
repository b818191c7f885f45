"""Network weights on the command line: which there are, fetching, checking and taking over a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.table import Table

import plugins
from app.messages import DONE, FAILED, WrongUse, say, tell, tell_json
from plugins.features.weights import (
    KNOWN,
    VARIABLE,
    Weights,
    WeightsDamaged,
    WeightsMissing,
    WeightsRefused,
    cache_folder,
    check,
    find,
    how_to_get,
    missing,
)
from plugins.settings import load_settings

if TYPE_CHECKING:
    from plugins.features.weights_fetch import Progress, Tell


@dataclass(frozen=True, slots=True)
class Listed:
    """Weights as they are here; `found` is the file, or empty with the reason or the way to get it in `mend`."""

    name: str
    used_by: tuple[str, ...]
    state: str
    found: str
    mend: str
    size_bytes: int | None
    licence: str
    source: str


def list_weights(json: bool) -> None:
    """Print all weights that we know: who uses them, the files found or how to get them, licence and source."""
    folder, users = load_settings().weights_dir, _users()
    rows = [_listed(weights, folder, users.get(name, ())) for name, weights in KNOWN.items()]
    if json:
        tell_json({"weights": [asdict(row) for row in rows], "cache": str(cache_folder())})
        return
    table = Table(show_lines=True)
    for title in ("name", "used by", "found, or how to get it", "size", "licence", "source"):
        table.add_column(title, overflow="fold")
    for row in rows:
        here = row.found if row.state == "found" else f"{row.state}: {row.mend}"
        table.add_row(row.name, ", ".join(row.used_by), here, _size(row.size_bytes), row.licence, row.source)
    console = Console(markup=False, highlight=False, emoji=False)
    console.width = console.width if console.is_terminal else 240
    console.print(table)
    tell(f"What is fetched or imported goes into {cache_folder()}; {VARIABLE} names a folder that is searched before.")


def _users() -> dict[str, tuple[str, ...]]:
    """Return the names of the extractors by the weights that they need."""
    users: dict[str, tuple[str, ...]] = {}
    for extractor in plugins.names("features"):
        for name in plugins.load("features", extractor).needs:
            users[name] = (*users.get(name, ()), extractor)
    return users


def _listed(weights: Weights, folder: Path | None, used_by: tuple[str, ...]) -> Listed:
    path, state, mend = None, "found", missing((weights.name,), folder)
    try:
        path = find(weights.name, folder)
    except WeightsMissing as error:
        state = "damaged" if isinstance(error, WeightsDamaged) else "missing"
    if path is not None and mend:
        path, state = None, "damaged"
    if state == "missing":
        mend = how_to_get(weights)
    size_bytes = path.stat().st_size if path is not None else weights.files[0].size_bytes
    found = "" if path is None else str(path)
    return Listed(weights.name, used_by, state, found, mend, size_bytes, weights.licence, weights.source)


def _size(size_bytes: int | None) -> str:
    if size_bytes is None:
        return ""
    return f"{size_bytes / 1e6:,.1f} MB" if size_bytes >= 1e6 else f"{size_bytes / 1e3:,.1f} kB"


def check_weights(json: bool) -> int:
    """Look through every file of weights that is found; name the damaged ones, and return 1 if there are any."""
    found = list(check(load_settings().weights_dir))
    wrong = [one for one in found if one.wrong]
    absent = [name for name in KNOWN if name not in {one.name for one in found}]
    if json:
        tell_json({"sound": not wrong, "files": [asdict(one) for one in found], "missing": absent})
        return FAILED if wrong else DONE
    for one in found:
        tell(f"{'fail' if one.wrong else 'ok':<4}  {one.name}: {one.wrong or one.path}")
    for name in absent:
        tell(f"none  {name}: {how_to_get(KNOWN[name])}")
    return FAILED if wrong else DONE


def import_weights(file: Path) -> int:
    """Put the weights that a file of the user's holds into the cache folder."""
    from plugins.features.weights_import import import_file  # noqa: PLC0415 - imports torch, which takes seconds

    try:
        taken = import_file(file)
        used = find(taken.name, load_settings().weights_dir)
    except (WeightsRefused, WeightsMissing, OSError) as error:
        say(f"albumen: {error}")
        return FAILED
    tell(f"{taken.name}: now in {taken.path}")
    if used != taken.path:
        say(f"albumen: {used} goes before it, as its folder is searched first")
    return DONE


def fetch_weights(names: Sequence[str], url: str) -> int:
    """Download the weights that are missing, or those of these names; return 1 if any could not be had."""
    if unknown := [name for name in names if name not in KNOWN]:
        raise WrongUse(f"no weights are called {unknown[0]!r}; there are: {', '.join(KNOWN)}")
    if url and len(names) != 1:
        raise WrongUse("an address has the weights of one name: albumen weights fetch NAME --url URL")
    wanted = names or [name for name, weights in KNOWN.items() if weights.download is not None]
    with _shown() as told:
        done = [_fetched(name, url, told) for name in wanted]
    return DONE if all(done) else FAILED


def _fetched(name: str, url: str, told: Tell) -> bool:
    from plugins.features.weights_fetch import DownloadFailed, DownloadRefused, FetchFailed, fetch  # noqa: PLC0415

    mends: dict[type[Exception], str] = {
        DownloadFailed: "Try again: it goes on where it stopped.",
        DownloadRefused: f"Take another address (albumen weights fetch {name} --url URL), or a file that you have "
        "(albumen weights import FILE).",
    }
    try:
        path = fetch(name, load_settings().weights_dir, tell=told, urls=[url] if url else ())
    except (FetchFailed, WeightsMissing, OSError) as error:
        say(f"albumen: {name}: {error}. {mends.get(type(error), '')}".rstrip())
        return False
    tell(f"{name}: {path}")
    return True


@contextmanager
def _shown() -> Iterator[Tell]:
    """Show downloads as bars on a terminal, else as lines on standard error."""
    from plugins.features.weights_fetch import in_lines  # noqa: PLC0415 - brings the client for HTTP

    console = Console(stderr=True)
    if not console.is_terminal:
        yield in_lines(say)
        return
    from rich import progress as bars  # noqa: PLC0415 - only a terminal needs it

    sizes = (bars.DownloadColumn(), bars.TransferSpeedColumn(), bars.TimeRemainingColumn())
    with bars.Progress(bars.TextColumn("{task.description}"), bars.BarColumn(), *sizes, console=console) as shown:
        known: dict[str, bars.TaskID] = {}

        def tell_bar(progress: Progress) -> None:
            if progress.name not in known:
                known[progress.name] = shown.add_task(progress.name, total=None)
            shown.update(known[progress.name], completed=progress.done_bytes, total=progress.total_bytes)

        yield tell_bar
