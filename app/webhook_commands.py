"""The commands of `albumen webhook`."""

from __future__ import annotations

from typing import Annotated, TypeAlias

import typer

from app.options import Config, Json, use

webhook = typer.Typer(
    help="Let a gallery call Albumen when there are new photos: install, remove, show.", no_args_is_help=True
)
Name: TypeAlias = Annotated[str, typer.Argument(help="A library's name in albumen.toml.", metavar="LIBRARY")]
Secret: TypeAlias = Annotated[
    bool, typer.Option("--show-secret", help="Print the secret itself, not only the file that it is in.")
]


@webhook.command("install")
def install(library: Name, show_secret: Secret = False, config: Config = None) -> None:
    """Make the workflow in Immich 3.0 or later, or print how to do it by hand; again after the secret changed.

    PhotoPrism has no webhooks: albumen serve listens on its websocket.
    """
    use(config)
    from app.webhook import install_webhook  # noqa: PLC0415

    raise typer.Exit(install_webhook(library, show_secret))


@webhook.command("remove")
def remove(library: Name, config: Config = None) -> None:
    """Delete the workflow in Immich; the library is asked for new photos every few minutes again."""
    use(config)
    from app.webhook import remove_webhook  # noqa: PLC0415

    raise typer.Exit(remove_webhook(library))


@webhook.command("show")
def show(library: Name, show_secret: Secret = False, json: Json = False, config: Config = None) -> None:
    """Show a library's webhook, whether the gallery knows it or is listened to, and what has come and waits."""
    use(config)
    from app.webhook import show_webhook  # noqa: PLC0415

    show_webhook(library, show_secret, json)
