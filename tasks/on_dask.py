"""Extraction on a Dask cluster, by Prefect's own task runner for it: a task a batch, on whichever worker is free."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any, Final

from prefect import flow, task
from prefect.futures import PrefectFuture, as_completed
from prefect.task_runners import TaskRunner

from plugins.store.outage import outlasting
from tasks.caching import NEVER_CACHED, Receipt
from tasks.context import Opened, opened
from tasks.features import extract_batch, extractors
from tasks.sharing import must_be_alike

LOCAL: Final = "local:"
"""What the setting begins with for a cluster of so many processes on this machine."""


class DaskMissing(Exception):
    """The extra for Dask is not installed: install it as the text says, or take the setting away."""


@task(**NEVER_CACHED)
def extract_there(
    library: str, number: int, photos: Sequence[str], models: Sequence[str], again: Sequence[str]
) -> dict[str, Any]:
    """Extract one batch on a worker of the cluster, which must have the models of the run."""
    with outlasting():
        with opened(library) as here:
            must_be_alike(here, models, extractors(here).versions)
        return asdict(extract_batch(library, again, number=number, photos=photos))


def extracted(
    here: Opened,
    batches: Sequence[Sequence[str]],
    models: Sequence[str],
    again: Sequence[str],
    tell: Callable[[Receipt], None],
) -> list[Receipt]:
    """Extract batches on the cluster that the settings name; return their receipts in order.

    A worker that dies has its batch done by another one, which goes on from what it had kept.

    Raises:
        DaskMissing: prefect-dask is not installed.
        OtherModels: a worker of the cluster has other models.
    """
    runner, library = _runner(here.config.features.dask), here.name

    @flow(name="extract-on-dask", flow_run_name=f"extract-{library}-on-dask", task_runner=runner)
    def on_dask() -> list[Receipt]:
        futures = [extract_there.submit(library, n, photos, models, again) for n, photos in enumerate(batches)]
        return _awaited(futures, tell)

    return on_dask()


def _awaited(futures: list[PrefectFuture[dict[str, Any]]], tell: Callable[[Receipt], None]) -> list[Receipt]:
    for future in as_completed(futures):
        tell(Receipt(**future.result()))
    return [Receipt(**future.result()) for future in futures]


def _runner(address: str) -> TaskRunner[Any]:
    try:
        from prefect_dask.task_runners import DaskTaskRunner  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise DaskMissing(
            f"[features] dask = {address!r} needs an extra that is not installed: pip install 'albumen[dask]'"
        ) from error
    if not address.startswith(LOCAL):
        return DaskTaskRunner(address=address)
    n = int(address.removeprefix(LOCAL))
    local = {"n_workers": n, "threads_per_worker": 1, "dashboard_address": None, "host": "127.0.0.1"}
    return DaskTaskRunner(cluster_kwargs=local)
