"""`albumen serve`: Prefect's server, a worker, the review page and the receiver, started and ended together."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from typing import TYPE_CHECKING

from app.messages import DONE, FAILED, say, tell
from app.serving.addresses import Addresses, forget, note, noted
from app.serving.checking import HELP, USUAL, WORKER, missing
from app.serving.doors import doors
from app.serving.environment import own_auth
from app.serving.hidden import hidden
from app.serving.log import OneLog
from app.serving.part import Part
from app.serving.parts import all_parts, worker_part
from app.serving.processes import end_all, service_of
from app.serving.supervisor import SELF, PartFailed, Supervisor
from plugins.locks import service_lock, service_runs
from plugins.own_secrets import own_secret, secret_file
from plugins.settings import SettingsWrong, load_settings, schedule_zone

if TYPE_CHECKING:
    from plugins.settings import Settings


def serve() -> int:
    """Run the service until SIGTERM or SIGINT; return the exit status.

    Raises:
        SettingsWrong: the settings are wrong, or a library's key is not there.
        ServiceRunning: another one runs on this data folder.
        PortTaken: a port is in use.
    """
    settings = _usable()
    with service_lock(settings.data_dir):
        service = service_of(settings.data_dir)
        left = end_all(service)  # of one that was killed: they hold the ports
        with doors(settings.serve) as (prefect, review, hooks), _log(settings, "serve.log") as log:
            if left:
                log.line(SELF, f"{left} processes were left of a service that was killed; they are ended")
            there = Addresses(os.getpid(), prefect.url, review.url, hooks.url)
            return _run(settings, service, all_parts(settings, service, prefect, review, hooks), there, log)


def work_for(url: str) -> int:
    """Run a worker alone until SIGTERM or SIGINT, for a service elsewhere that has the same data folder.

    One that only helps to extract, as a setting says, may have a data folder of its own, with the service's secret.

    Args:
        url: address of that service's Prefect server, such as http://albumen:4200.
    """
    settings, name = _usable(), f"{WORKER}-{socket.gethostname()}"
    service = f"{service_of(settings.data_dir)} {os.getpid()}"
    there = Addresses(os.getpid(), url.rstrip("/").removesuffix("/api"), "", "")
    with _log(settings, f"{name}.log") as log:
        queues = (HELP,) if settings.serve.only_helps else (USUAL, HELP)
        part = worker_part(settings, service, there.prefect, own_auth(settings.data_dir), name, *queues)
        return _run(settings, service, [part], there, log, name)


def check() -> int:
    """Say whether the service of the data folder answers, all of it; return the exit status."""
    settings = load_settings()
    there = noted(settings.data_dir)
    if there is None or not service_runs(settings.data_dir):
        say(f"albumen: nothing serves the data folder {settings.data_dir}: start it with `albumen serve`")
        return FAILED
    if silent := missing(there, own_auth(settings.data_dir)):
        say(f"albumen: no answer from {', '.join(silent)}; see {settings.data_dir / 'serve.log'}")
        return FAILED
    tell(f"server, worker and web answer: {there.review}, {there.hooks}, {there.prefect}")
    return DONE


def _usable() -> Settings:
    """Return the settings, after a look at what would otherwise fail only in a run at night."""
    settings = load_settings()
    if not settings.libraries:
        raise SettingsWrong("albumen.toml has no library to serve: add one, such as [libraries.family]")
    schedule_zone(settings.serve)
    for name in settings.libraries:
        library = settings.library(name)
        if library.url:
            library.key()
        if library.path is not None and not library.path.is_dir():
            raise SettingsWrong(f"[libraries.{name}] path: there is no folder {library.path}; is its disk mounted?")
    return settings


@contextmanager
def _log(settings: Settings, name: str) -> Iterator[OneLog]:
    log = OneLog(settings.data_dir / name, partial(hidden, settings))
    try:
        yield log
    finally:
        log.close()


def _run(
    settings: Settings, service: str, parts: Sequence[Part], there: Addresses, log: OneLog, worker: str = WORKER
) -> int:
    auth, began = own_auth(settings.data_dir), datetime.now(UTC)

    def noting(ready: bool) -> None:
        if not there.review:  # a worker alone
            return
        pids = {part.name: part.process.pid for part in parts if part.runs and part.process}
        note(settings.data_dir, replace(there, ready=ready, parts=pids))
        if ready:
            for line in _welcome(settings, there):
                log.line(SELF, line)

    log.line(SELF, f"starting; libraries: {', '.join(settings.libraries)}; data: {settings.data_dir}")
    supervisor = Supervisor(service, parts, log, lambda: missing(there, auth, began, worker), noting)
    try:
        supervisor.run()
    except PartFailed as error:
        for line in str(error).splitlines():
            log.line(SELF, line)
        return FAILED
    finally:
        if there.review:
            forget(settings.data_dir)
    return DONE


def _welcome(settings: Settings, there: Addresses) -> Iterator[str]:
    data = settings.data_dir
    own_secret(data, "review")
    yield "ready"
    yield f"review page  {there.review} (its token is in {secret_file(data, 'review')})"
    yield f"webhooks     {there.hooks}/hooks/LIBRARY (albumen webhook install LIBRARY)"
    yield f"Prefect      {there.prefect} (password: albumen: and what is in {secret_file(data, 'prefect')})"
