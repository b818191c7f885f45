"""What the command line says: answers on standard output, everything else on standard error, and exit statuses."""

from __future__ import annotations

import json
import logging
import sys
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import typer
from rich.console import Console

DONE, FAILED, WRONG_USE, INTERRUPTED = 0, 1, 2, 130


class WrongUse(Exception):
    """The command was called in a way that cannot work: call it as the text says."""


def tell(text: str = "") -> None:
    """Print lines of an answer on standard output."""
    typer.echo(_printable(text))


def say(text: str) -> None:
    """Print a message on standard error."""
    typer.echo(_printable(text), err=True)


def tell_json(answer: Mapping[str, Any]) -> None:
    """Print one JSON object on standard output, in ASCII: names in any bytes survive any terminal and any pipe."""
    typer.echo(json.dumps(answer, indent=2, default=str))


def _printable(text: str) -> str:
    from plugins.pages.wording import clean  # noqa: PLC0415  names of files can hold what commands a terminal

    return "\n".join(clean(line) for line in text.split("\n"))


@contextmanager
def answered() -> Iterator[None]:
    """Turn what a command raises into one clear message and an exit status; only a fault of ours shows where it is."""
    try:
        yield
    except (KeyboardInterrupt, SystemExit) as stop:  # Ctrl-C, SIGTERM
        say("Stopped. Nothing is half-written: the next run continues from here.")
        if isinstance(stop, SystemExit):
            raise
        raise typer.Exit(INTERRUPTED) from None
    except Exception as error:
        if isinstance(error, typer.Abort | BrokenPipeError) or hasattr(error, "exit_code"):
            raise  # the parser's own ways to end, and `albumen status | head`
        status = _status(error)
        if status is None:
            say(traceback.format_exc().rstrip())
            say("albumen: this is a fault of Albumen, not of yours; please report the lines above.")
        else:
            say(f"albumen: {error}")
        raise typer.Exit(FAILED if status is None else status) from None


def _status(error: Exception) -> int | None:
    """Return the exit status of an error that a user can mend, None for any other."""
    # Imported when something went wrong: these bring the database and the drawing of pictures with them.
    from app.prefect_api import PrefectRefused  # noqa: PLC0415
    from app.prefect_home import PrefectUnreachable  # noqa: PLC0415
    from app.serving.doors import PortTaken  # noqa: PLC0415
    from plugins import UnknownPlugin  # noqa: PLC0415
    from plugins.galleries import GalleryError  # noqa: PLC0415
    from plugins.locks import LibraryBusy, LockUnusable, ServiceRunning  # noqa: PLC0415
    from plugins.own_secrets import SecretUnusable  # noqa: PLC0415
    from plugins.people.names_file import NamesFileWrong  # noqa: PLC0415
    from plugins.publishing.plan import GuardStopped  # noqa: PLC0415
    from plugins.sample import FolderInUse  # noqa: PLC0415
    from plugins.settings import SettingsWrong, UnknownLibrary  # noqa: PLC0415
    from plugins.store import StoreError  # noqa: PLC0415
    from plugins.store.runs import UnknownRun  # noqa: PLC0415

    wrong_use = (WrongUse, SettingsWrong, UnknownLibrary, UnknownPlugin, UnknownRun, FolderInUse, NamesFileWrong)
    if isinstance(error, wrong_use):
        return WRONG_USE
    expected = (
        LibraryBusy,
        LockUnusable,
        ServiceRunning,
        PortTaken,
        StoreError,
        GalleryError,
        GuardStopped,
        PrefectUnreachable,
        PrefectRefused,
        SecretUnusable,
    )
    return FAILED if isinstance(error, expected) else None


class _Lines(logging.Handler):
    """Prints the log's lines above what moves on a terminal, and with the time of day in a file."""

    def __init__(self, console: Console) -> None:
        super().__init__()
        self._console = console
        form = "%(message)s" if console.is_terminal else "%(asctime)s %(message)s"
        self.setFormatter(logging.Formatter(form, datefmt="%H:%M:%S"))

    def emit(self, record: logging.LogRecord) -> None:
        line = _printable(self.format(record))
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)


@contextmanager
def shown_at_work(doing: str) -> Iterator[None]:
    """Show what the steps log while they work: lines, and on a terminal a sign of life and a bar below them."""
    console = Console(stderr=True)
    log, handler = logging.getLogger("albumen"), _Lines(console)
    log.setLevel(logging.INFO)
    log.propagate = False
    log.addHandler(handler)
    try:
        if console.is_terminal:
            from app.bars import bars  # noqa: PLC0415 - only work that takes long needs it

            with bars(console, doing):
                yield
        else:
            log.info("%s", doing)
            yield
    finally:
        log.removeHandler(handler)


def lenient_streams() -> None:
    """Let names in any bytes be printed on any terminal, escaped where it cannot show them."""
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
