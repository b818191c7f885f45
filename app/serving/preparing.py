"""Makes the work pool, the deployments and the automation at Prefect's server, and ends: run as a module.

A process of its own, as it imports every flow.
"""

from __future__ import annotations

from prefect.client.orchestration import get_client

from app.serving.pool import ensure_automation, ensure_pool, wait_for_server
from flows.deployments import DEPLOYMENTS, POOL, make_deployments
from plugins.settings import load_settings


def main() -> None:
    """Make everything, or bring it up to date."""
    settings = load_settings()
    for deployment in DEPLOYMENTS:
        _ = deployment.flow  # imported while the server starts
    with get_client(sync_client=True) as client:
        wait_for_server(client)
        ensure_pool(client, POOL, str(settings.data_dir))
        ensure_automation(client)
    libraries = list(settings.libraries)
    make_deployments(settings.serve, library=libraries[0] if len(libraries) == 1 else "", polling=False)
    print(f"{len(DEPLOYMENTS)} deployments are up to date", flush=True)  # noqa: T201 - the log's line


if __name__ == "__main__":
    main()
