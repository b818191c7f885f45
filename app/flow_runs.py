"""Flows run from the command line: without a server of the user's own, with progress shown, and to be interrupted."""

from __future__ import annotations

import atexit
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias

from app.messages import shown_at_work
from app.prefect_home import Server, answering

if TYPE_CHECKING:
    from plugins.settings import Settings

Summary: TypeAlias = dict[str, Any]
"""What a flow tells of its run, as plain data."""


def must_be_free(settings: Settings, library: str) -> None:
    """Complain at once, not after a server has started for nothing, if another run holds the library."""
    from plugins.turns import library_turn  # noqa: PLC0415

    with library_turn(settings, library):
        pass


@contextmanager
def serving(settings: Settings) -> Iterator[Server]:
    """Lend Prefect's server to a command, and silence it at the end; Ctrl-C and SIGTERM end what runs in the block."""
    server = Server(settings.data_dir)
    try:
        with server.interruptible():
            yield server
    finally:
        atexit.register(server.quiet)  # registered last, so the first to act at the end


def runner(server: Server, flow: Callable[..., Any], **always: Any) -> Callable[..., Summary]:
    """Return a function that runs the flow with progress shown, and returns its summary."""

    def run(doing: str, **given: Any) -> Summary:
        with shown_at_work(doing):
            server.wait()
            with answering():
                return dict(flow(**always, **given))

    return run
