"""The command line. What is slow to load (Prefect, torch, the database) is imported by the command that needs it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from app.answer_commands import covers, people, tags
from app.messages import WrongUse, answered, lenient_streams
from app.options import Config, Force, Json, Library, MaybeLibrary, use
from app.webhook_commands import webhook
from app.weights_commands import weights


class _Commands(TyperGroup):
    """The commands: whatever one raises ends in a clear message and an exit status."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command."""
        with answered():
            return super().invoke(ctx)


app = typer.Typer(
    cls=_Commands,
    name="albumen",
    help="Curates a photo gallery: events, people, tags and covers, with every edit of yours kept.",
    no_args_is_help=True,
    add_completion=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(weights, name="weights")
app.add_typer(webhook, name="webhook")


@app.command()
def demo(
    photos: Annotated[
        Path | None,
        typer.Option(
            "--photos", help="Your own folder instead of drawn pictures; nothing is written into it.", metavar="DIR"
        ),
    ] = None,
    out: Annotated[Path, typer.Option("--out", help="Where everything of the demo goes.", metavar="DIR")] = Path(
        "demo"
    ),
) -> None:
    """Try Albumen on a drawn library, or see what it would do with a folder of yours."""
    from app.demo import run_demo  # noqa: PLC0415

    raise typer.Exit(run_demo(photos, out))


@app.command()
def curate(
    library: Library,
    apply: Annotated[bool, typer.Option("--apply", help="Write the planned changes to the gallery.")] = False,
    steps: Annotated[
        str,
        typer.Option(
            "--steps",
            help="Only these, by comma: photos, places, features, look_alikes, people, events, tags, videos, covers, "
            "plan.",
            metavar="A,B",
        ),
    ] = "",
    refresh: Annotated[
        list[str] | None,
        typer.Option("--refresh", help="Ignore what this step found before; may be repeated.", metavar="STEP"),
    ] = None,
    force: Force = False,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask before the first write to a library.")] = False,
    new: Annotated[
        bool, typer.Option("--new", help="Only finish new photos, as after an upload; writes as the settings say.")
    ] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Find events, people, tags and covers of a library, and plan its albums; with --apply write them."""
    use(config)
    from app.curating import curate_library  # noqa: PLC0415

    if new:
        from app.ingesting import ingest_library  # noqa: PLC0415

        if apply or steps or refresh or force:
            raise WrongUse("--new takes no --apply, --steps, --refresh and --force: it does what an upload starts")
        raise typer.Exit(ingest_library(library, json))
    chosen = [step.strip() for step in steps.split(",") if step.strip()]
    raise typer.Exit(curate_library(library, apply, chosen, refresh or [], force, yes, json))


@app.command()
def plan(library: Library, json: Json = False, config: Config = None) -> None:
    """Show what the last run would change in a library; nothing runs."""
    use(config)
    from app.showing import show_plan  # noqa: PLC0415

    show_plan(library, json)


@app.command()
def undo(
    library: Library,
    run: Annotated[str, typer.Argument(help="A run's id, as `albumen status` lists them, or last.", metavar="RUN")],
    for_good: Annotated[bool, typer.Option("--for-good", help="Never make these changes again.")] = False,
    force: Annotated[bool, typer.Option("--force", help="Go on although most photos are gone.")] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Take back what a run wrote, except where you have built on it since."""
    use(config)
    from app.curating import undo_run  # noqa: PLC0415

    raise typer.Exit(undo_run(library, run, for_good, force, json))


@app.command()
def adopt(library: Library, config: Config = None) -> None:
    """Take over albums with Albumen's mark that the store does not remember, as after its loss."""
    use(config)
    from app.curating import adopt_library  # noqa: PLC0415

    adopt_library(library)


@app.command()
def train(
    library: Library,
    what: Annotated[str, typer.Argument(help="Whose methods learn: people, tags or covers.", metavar="WHAT")],
    roll_back: Annotated[
        bool, typer.Option("--roll-back", help="Use again what was used before the last training.")
    ] = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Let the names, tags and covers that you chose in a library teach its methods; nothing leaves this machine."""
    use(config)
    from app.training import train_library  # noqa: PLC0415

    raise typer.Exit(train_library(library, what, roll_back, json))


@app.command()
def evaluate(
    library: Library,
    kinds: Annotated[
        str,
        typer.Option("--kinds", help="Of events,people,tags,covers; all by default.", metavar="KIND,…"),
    ] = "",
    json: Json = False,
    config: Config = None,
) -> None:
    """Score each method and its baselines on your own albums, names, tags and covers; nothing is written anywhere."""
    use(config)
    from app.evaluating import evaluate_library  # noqa: PLC0415

    raise typer.Exit(evaluate_library(library, kinds, json))


app.command()(people)
app.command()(tags)
app.command()(covers)


@app.command()
def cleanup(
    library: MaybeLibrary = "",
    apply: Annotated[bool, typer.Option("--apply", help="Remove it; without this it is only counted.")] = False,
    keep_runs: Annotated[int, typer.Option(min=1, help="So many of the newest runs stay.", metavar="N")] = 30,
    keep_days: Annotated[int, typer.Option(min=1, help="Runs and reports of so many days stay.", metavar="DAYS")] = 90,
    json: Json = False,
    config: Config = None,
) -> None:
    """Remove what nothing needs any more: old runs and reports, vectors of photos that are gone, unused pictures."""
    use(config)
    from app.cleaning import clean_up  # noqa: PLC0415

    raise typer.Exit(clean_up(library, apply, json, keep_runs=keep_runs, keep_days=keep_days))


@app.command()
def status(library: MaybeLibrary = "", json: Json = False, config: Config = None) -> None:
    """Show what is known of each library: photos, features, events, albums and the last runs."""
    use(config)
    from app.status import show_status  # noqa: PLC0415

    show_status(library, json)


@app.command()
def serve(
    check: Annotated[
        bool, typer.Option("--check", help="Only look whether a service answers: status 0 where all of it does.")
    ] = False,
    worker_of: Annotated[
        str,
        typer.Option(
            "--worker-of", help="Only work for a service elsewhere, with the same data folder.", metavar="URL"
        ),
    ] = "",
    config: Config = None,
) -> None:
    """Run by itself: every night, when photos arrive, and with a page on which you decide; until Ctrl-C."""
    use(config)
    from app import serve as body  # noqa: PLC0415

    raise typer.Exit(body.check() if check else body.work_for(worker_of) if worker_of else body.serve())


@app.command()
def doctor(library: MaybeLibrary = "", json: Json = False, config: Config = None) -> None:
    """Check settings, folders, database, weights and clock, and say what to do."""
    use(config)
    from app.doctor import show_health  # noqa: PLC0415

    raise typer.Exit(show_health(library, json))


def main() -> None:
    """Run the command line."""
    lenient_streams()
    app()
