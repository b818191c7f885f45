"""Options that several commands share, and the settings file that one may name."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, TypeAlias

import typer


def use(file: Path | None) -> None:
    """Make the settings file known to all that reads settings in this process."""
    if file is not None:
        os.environ["ALBUMEN_CONFIG"] = str(file.expanduser().absolute())


Library: TypeAlias = Annotated[
    str,
    typer.Argument(help="A library's name in albumen.toml, or folder:DIR for a folder of photos.", metavar="LIBRARY"),
]
MaybeLibrary: TypeAlias = Annotated[
    str,
    typer.Argument(
        help="A library's name in albumen.toml, or folder:DIR; all libraries by default.", metavar="[LIBRARY]"
    ),
]
Json: TypeAlias = Annotated[bool, typer.Option("--json", help="Print one JSON object; messages go to standard error.")]
Config: TypeAlias = Annotated[
    Path | None, typer.Option("--config", help="Settings file instead of ./albumen.toml.", metavar="FILE")
]
Force: TypeAlias = Annotated[
    bool, typer.Option("--force", help="Go on although most photos are gone, or the guard would stop.")
]
