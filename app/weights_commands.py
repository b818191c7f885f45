"""The commands of `albumen weights`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.options import Config, Json, use

weights = typer.Typer(help="Network weights: list, fetch, check, import, train.", no_args_is_help=True)


@weights.command("list")
def list_weights(json: Json = False, config: Config = None) -> None:
    """List the network weights that Albumen knows: for what, where they were found, licence and source."""
    use(config)
    from app import weights as body  # noqa: PLC0415

    body.list_weights(json)


@weights.command("fetch")
def fetch_weights(
    names: Annotated[
        list[str] | None, typer.Argument(help="Names from the list; all that can be downloaded by default.")
    ] = None,
    url: Annotated[
        str, typer.Option("--url", help="Another address that has the file of one name.", metavar="URL")
    ] = "",
    config: Config = None,
) -> None:
    """Download the weights that are missing, check them, and keep the layers that are used."""
    use(config)
    from app import weights as body  # noqa: PLC0415

    raise typer.Exit(body.fetch_weights(names or [], url))


@weights.command("train")
def train_weights(
    out: Annotated[
        Path | None, typer.Option("--out", help="Where the files go, instead of Albumen's own.", metavar="DIR")
    ] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Make the shipped weights of people and covers again, from simulated users and fixed seeds; takes minutes."""
    use(config)
    from app import training  # noqa: PLC0415

    raise typer.Exit(training.train_weights(out, json))


@weights.command("check")
def check_weights(json: Json = False, config: Config = None) -> None:
    """Look through every file of weights that is found, and name the damaged ones."""
    use(config)
    from app import weights as body  # noqa: PLC0415

    raise typer.Exit(body.check_weights(json))


@weights.command("import")
def import_weights(
    file: Annotated[
        Path, typer.Argument(help="Safetensors, a .pt or .pth of torch, or a .dat of dlib.", metavar="FILE")
    ],
    config: Config = None,
) -> None:
    """Take over a file of weights that you have: it is recognised, checked, converted and put into the cache."""
    use(config)
    from app import weights as body  # noqa: PLC0415

    raise typer.Exit(body.import_weights(file))
