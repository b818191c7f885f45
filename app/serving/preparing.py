"""Makes the work pool, the deployments and the automation at Prefect's server, and ends: run as a module.

A process of its own, as it imports every flow. It also notes in the store which runs were cut.
"""

from __future__ import annotations

from contextlib import suppress

from prefect.client.orchestration import get_client

from app.serving.pool import ensure_automation, ensure_pool, wait_for_server
from flows.deployments import DEPLOYMENTS, POOL, make_deployments
from plugins.locks import LibraryBusy
from plugins.settings import Settings, load_settings
from plugins.store import open_store
from plugins.turns import library_turn


def main() -> None:
    """Make everything, or bring it up to date."""
    settings = load_settings()
    end_cut_runs(settings)
    for deployment in DEPLOYMENTS:
        _ = deployment.flow  # imported while the server starts
    with get_client(sync_client=True) as client:
        wait_for_server(client)
        ensure_pool(client, POOL, str(settings.data_dir))
        ensure_automation(client)
    libraries = list(settings.libraries)
    make_deployments(settings.serve, library=libraries[0] if len(libraries) == 1 else "", polling=False)
    print(f"{len(DEPLOYMENTS)} deployments are up to date", flush=True)  # noqa: T201 - the log's line


def end_cut_runs(settings: Settings) -> None:
    """Note in the store that runs which nobody works on have stopped; those of a library that is locked are alive."""
    with open_store(settings) as store:
        for name in settings.libraries:
            with suppress(LibraryBusy), library_turn(settings, name):
                store.runs.end_abandoned(name)


if __name__ == "__main__":
    main()
