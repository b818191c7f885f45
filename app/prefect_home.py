"""Prefect for the command line: its environment, and a temporary server where none is named.

All of this must be settled before Prefect is imported: it reads its environment once.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NoReturn

from app.serving.addresses import noted
from app.serving.environment import client_environment, own_auth
from plugins.atomic import private_folder
from plugins.locks import service_runs

if TYPE_CHECKING:
    from prefect.server.api.server import SubprocessASGIServer

STARTUP_S: Final = 120
"""How long the temporary server may take: a first start makes its database, and small machines are slow at that."""
PATIENCE_S: Final = 3.0
"""How long an interrupted run may take to say so in the store and to Prefect; the journal needs neither."""
MOST_LOG_BYTES: Final = 1_000_000
_OURS: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "true",
    "PREFECT_SERVER_EPHEMERAL_STARTUP_TIMEOUT_SECONDS": str(STARTUP_S),
    "PREFECT_SERVER_LOGGING_LEVEL": "ERROR",
    # Prefect tells its server everything, and the terminal nothing: errors come out of the flow as they are.
    "PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL": "CRITICAL",
    "PREFECT_LOGGING_EXTRA_LOGGERS": "albumen",
    "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
    # Prefect's server notes task runs one by one by default, and lags behind for minutes.
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_READ_BATCH_SIZE": "200",
    "PREFECT_SERVER_SERVICES_TASK_RUN_RECORDER_FLUSH_INTERVAL": "1",
}
# Ends the server when this process is gone, however it went (the pipe closes even at kill -9).
_WATCH: Final = "import os, signal, sys; sys.stdin.read(); os.kill(int(sys.argv[1]), signal.SIGTERM)"


class PrefectUnreachable(RuntimeError):
    """Prefect's server does not answer: do what the text says."""


def set_environment(data_dir: Path) -> None:
    """Settle Prefect's environment; what the user has set stays, and a service of this data folder lends its server."""
    if "PREFECT_API_URL" not in os.environ and service_runs(data_dir) and (there := noted(data_dir)) and there.ready:
        os.environ |= client_environment(data_dir, there.prefect, own_auth(data_dir))
    if "PREFECT_API_URL" not in os.environ:
        _make_private(data_dir)  # the temporary server's log lies in it
        if "PREFECT_HOME" not in os.environ:
            home = data_dir / "prefect"
            _make_private(home)  # results that are read back lie in it
            os.environ["PREFECT_HOME"] = str(home)
    for name, value in _OURS.items():
        os.environ.setdefault(name, value)


def _make_private(*folders: Path) -> None:
    for folder in folders:
        try:
            private_folder(folder)
        except OSError as error:
            raise PrefectUnreachable(
                f"{folder} cannot be made: {error.strerror}. Give Albumen's user the data folder, or set "
                "ALBUMEN_DATA_DIR to one that it may write"
            ) from error


class Server:
    """Prefect's server as this process needs it: the one that is named, or a temporary one that ends with us.

    The temporary one starts in the background, so that the flows can be imported meanwhile; `wait` before a flow.
    """

    def __init__(self, data_dir: Path) -> None:
        set_environment(data_dir)
        from prefect.settings import PREFECT_API_URL  # noqa: PLC0415  reads the environment that was just settled

        self.log = data_dir / "prefect-server.log"
        self._error: Exception | None = None
        self._temporary: SubprocessASGIServer | None = None
        self._starting: threading.Thread | None = None
        if address := PREFECT_API_URL.value():
            check_address(address)
        else:
            _make_private(data_dir)  # its log lies there, also where PREFECT_HOME is elsewhere
            self._temporary = _temporary(self.log)
            self._starting = threading.Thread(target=self._start, args=(self._temporary,), daemon=True)
            self._starting.start()

    def _start(self, server: SubprocessASGIServer) -> None:
        # A child inherits the signals that the thread which starts it holds back: Ctrl-C is for us to handle, a server
        # that it ended first would take with it the state of the flow.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            server.start()
        except Exception as error:  # told to the thread that waits
            self._error = error

    def wait(self) -> None:
        """Wait until the server answers.

        Raises:
            PrefectUnreachable: it did not start; the text names its log.
        """
        if self._starting is not None:
            self._starting.join()
        if self._error is not None:
            raise PrefectUnreachable(
                f"Prefect's server did not start ({self._error}): see {self.log}, and whether the disk is full; or "
                "start one with `prefect server start` and set PREFECT_API_URL"
            ) from self._error

    def end(self) -> None:
        """End the temporary server at once, without waiting for it."""
        if self._temporary is not None and (process := self._temporary.server_process) is not None:
            process.terminate()

    @contextmanager
    def interruptible(self) -> Iterator[None]:
        """Stop soon after Ctrl-C or SIGTERM, also where a flow would not: every write is safe against that."""

        def stop(number: int, _frame: FrameType | None) -> NoReturn:
            if number == signal.SIGINT:
                raise KeyboardInterrupt
            raise SystemExit(128 + number)

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        heard, told = socket.socketpair()
        told.setblocking(False)
        signal.set_wakeup_fd(told.fileno(), warn_on_full_buffer=False)
        threading.Thread(target=self._bound, args=(heard,), daemon=True).start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(-1)
            told.close()
            for number, handler in before.items():
                signal.signal(number, handler)

    def _bound(self, heard: socket.socket) -> None:
        """End the process a while after a signal: the main thread hears of it only between two of its own steps."""
        while number := heard.recv(1):
            if number[0] in {signal.SIGINT, signal.SIGTERM}:
                time.sleep(PATIENCE_S)
                self._leave(128 + number[0])

    def _leave(self, status: int) -> NoReturn:
        self.end()
        os.write(2, b"\nStopped. Nothing is half-written: the next run continues from here.\n")
        os._exit(status)

    def quiet(self) -> None:
        """Send what Prefect prints while this process ends (tracebacks of cancelled work, no harm) to the log."""
        sys.stdout.flush()
        sys.stderr.flush()
        # With a server of the user's own there may be no data folder yet.
        with _log(self.log if self.log.parent.is_dir() else Path(os.devnull)) as log:
            os.dup2(log.fileno(), 2)


def check_address(address: str) -> None:
    """Make sure that a Prefect server answers there.

    Raises:
        PrefectUnreachable: it does not; the text says what to do.
    """
    import httpx  # noqa: PLC0415  Prefect has imported it by now

    try:
        httpx.get(f"{address.rstrip('/')}/health", timeout=10).raise_for_status()
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise PrefectUnreachable(
            f"Prefect's server at {address} does not answer ({error}): start it, or unset PREFECT_API_URL to run "
            "without one"
        ) from error


@contextmanager
def answering() -> Iterator[None]:
    """Tell clearly where Prefect's server fails during a flow; the flow's own errors pass.

    Raises:
        PrefectUnreachable: the server has answered with an error, or not at all.
    """
    import httpx  # noqa: PLC0415  Prefect has imported it by now

    try:
        yield
    except Exception as error:
        cause: BaseException | None = error
        while cause is not None and not isinstance(cause, httpx.HTTPError):  # Prefect wraps some of them
            cause = cause.__cause__
        if cause is None:
            raise
        what = (str(cause) or type(cause).__name__).splitlines()[0]
        raise PrefectUnreachable(
            f"Prefect's server failed ({what}): is the disk full that it writes to? Run again once there is room; "
            "nothing is half-written"
        ) from error


def _temporary(log: Path) -> SubprocessASGIServer:
    """Return Prefect's own temporary server, not started; it prints to a log, and ends when we do, killed or not."""
    from prefect.server.api.server import SubprocessASGIServer  # noqa: PLC0415

    class Quiet(SubprocessASGIServer):
        def _run_uvicorn_command(self) -> subprocess.Popen[Any]:
            with _printing_to(log):
                process = super()._run_uvicorn_command()
            watch = [sys.executable, "-I", "-S", "-c", _WATCH, str(process.pid)]
            nowhere = subprocess.DEVNULL
            self.watcher = subprocess.Popen(  # noqa: S603
                watch, stdin=subprocess.PIPE, stdout=nowhere, stderr=nowhere, start_new_session=True
            )
            return process

    return Quiet()  # of this class there is one in a process: Prefect's client finds it, started or not


@contextmanager
def _printing_to(log: Path) -> Iterator[None]:
    """Let children started inside the block print to a file."""
    kept = [os.dup(1), os.dup(2)]
    try:
        with _log(log) as file:
            os.dup2(file.fileno(), 1)
            os.dup2(file.fileno(), 2)
            yield
    finally:
        for number, was in zip((1, 2), kept, strict=True):
            os.dup2(was, number)
            os.close(was)


def _log(path: Path) -> BinaryIO:
    """Open the log for this user alone, to add to it; beyond a megabyte it begins anew."""
    full = path.exists() and path.stat().st_size > MOST_LOG_BYTES
    flags = os.O_WRONLY | os.O_CREAT | os.O_APPEND | (os.O_TRUNC if full else 0)
    return os.fdopen(os.open(path, flags, 0o600), "ab")
