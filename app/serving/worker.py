"""The worker as a part of the service: run as a module with name, number of flow runs side by side, and queues."""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from contextlib import suppress
from typing import Final

from prefect.client.orchestration import get_client
from prefect.workers.process import ProcessWorker

from app.serving.abandoned import end_abandoned
from app.serving.checking import POOL
from app.serving.pool import ensure_pool, wait_for_server
from plugins.settings import load_settings

NICE: Final = 5
"""Flow runs give way to webhooks and pages, which are waited for."""


def main() -> None:
    """Work until SIGTERM."""
    name, runs_at_once, queues = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    os.nice(NICE)
    settings = load_settings()
    with get_client(sync_client=True) as client:
        wait_for_server(client)
        ensure_pool(client, POOL, str(settings.data_dir))
        for line in end_abandoned(client, settings, name):
            print(line, flush=True)  # noqa: T201 - the log's line
    with suppress(asyncio.CancelledError):
        asyncio.run(_work(name, runs_at_once, queues))


async def _work(name: str, runs_at_once: int, queues: list[str]) -> None:
    worker = ProcessWorker(POOL, work_queues=queues, name=name, limit=runs_at_once)
    working = asyncio.ensure_future(worker.start())
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, working.cancel)
    await working


if __name__ == "__main__":
    main()
