"""The commands by which the user decides: `albumen people`, `albumen tags` and `albumen covers`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from app.options import Config, Force, Json, Library, use


def people(
    library: Library,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Accept suggestions; several by comma.", metavar="KEY")
    ] = None,
    reject: Annotated[
        list[str] | None, typer.Option("--reject", help="Reject suggestions for ever; several by comma.", metavar="KEY")
    ] = None,
    name: Annotated[
        tuple[str, str] | None,
        typer.Option("--name", help="Name somebody, or photos that look alike, by id or key.", metavar="ID NAME"),
    ] = None,
    merge: Annotated[
        tuple[str, str] | None,
        typer.Option("--merge", help="Say that two people are one, by ids or names.", metavar="A B"),
    ] = None,
    is_not: Annotated[
        tuple[str, str] | None,
        typer.Option(
            "--not",
            help="Say that a face is not a person's: PHOTO, or PHOTO#N for its Nth face.",
            metavar="FACE PERSON",
        ),
    ] = None,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write photo, group, label and strength as CSV.", metavar="FILE")
    ] = None,
    backup: Annotated[
        Path | None, typer.Option("--backup", help="Keep whose each named face is, as JSON.", metavar="FILE")
    ] = None,
    restore: Annotated[
        Path | None,
        typer.Option(
            "--restore",
            help="Give names back after a face reset or a new upload; a plan without --apply.",
            metavar="FILE",
        ),
    ] = None,
    apply: Annotated[bool, typer.Option("--apply", help="With --restore: write the names to the gallery.")] = False,
    force: Force = False,
    json: Json = False,
    config: Config = None,
) -> None:
    """Show the people of a library and what waits for your answer; answer, name, export, back up and restore."""
    use(config)
    from app import labels, names  # noqa: PLC0415
    from app import people as body  # noqa: PLC0415

    answers = bool(accept or reject or name or merge or is_not)
    body.check_use(answers, export, backup, restore, apply=apply or force)
    if answers:
        from app import people_answers  # noqa: PLC0415

        said = people_answers.Said(accept or (), reject or (), name, merge, is_not)
        people_answers.answer(library, said, json)
    elif export:
        labels.export_labels(library, export, json)
    elif backup:
        names.back_up_names(library, backup, json)
    elif restore:
        raise typer.Exit(names.restore_names(library, restore, apply, force, json))
    else:
        body.show_people(library, json)


def tags(
    library: Library,
    more: Annotated[list[Path] | None, typer.Argument(help="More pictures for --photo.", metavar="[FILE]...")] = None,
    accept: Annotated[
        list[str] | None,
        typer.Option(
            "--accept", help="Accept suggested tags; several by comma, all of a word by tag:WORD.", metavar="KEY"
        ),
    ] = None,
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", help="Reject tags for ever, also accepted ones; as for --accept.", metavar="KEY"),
    ] = None,
    sure: Annotated[
        float,
        typer.Option(
            "--sure", help="With --accept tag:WORD: only photos that score so much.", min=0, max=1, metavar="0.5"
        ),
    ] = 0.0,
    never: Annotated[
        list[str] | None, typer.Option("--never", help="Never suggest this word; may be repeated.", metavar="WORD")
    ] = None,
    allow: Annotated[
        list[str] | None, typer.Option("--allow", help="Take --never back; may be repeated.", metavar="WORD")
    ] = None,
    name: Annotated[
        tuple[str, str] | None,
        typer.Option("--name", help="Give all photos of a group that looks alike one word.", metavar="KEY WORD"),
    ] = None,
    without: Annotated[
        str,
        typer.Option("--without", help="With --name: not these photos, by their numbers on the sheet.", metavar="3,7"),
    ] = "",
    sheets: Annotated[
        Path | None, typer.Option("--sheets", help="Write contact sheets of photos that look alike.", metavar="DIR")
    ] = None,
    photo: Annotated[
        list[Path] | None,
        typer.Option("--photo", help="Recommend words for any pictures; nothing of it is kept.", metavar="FILE..."),
    ] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Show your tags and what is suggested for other photos; answer, name photos that look alike, try a picture."""
    use(config)
    from app import tags as body  # noqa: PLC0415

    answers = bool(accept or reject or never or allow)
    body.check_use(answers, bool(name), bool(sheets), bool(photo))
    body.check_belongs(sure=bool(accept) or not sure, without=bool(name) or not without, files=bool(photo) or not more)
    if answers:
        from app import tag_answers  # noqa: PLC0415

        tag_answers.answer(library, accept or [], sure, reject or [], never or [], allow or [], json)
    elif name or sheets:
        from app import tag_groups  # noqa: PLC0415

        if name:
            tag_groups.name_group(library, *name, body.numbers(without), json)
        elif sheets:
            tag_groups.write_sheets(library, sheets, json)
    elif photo:
        from app.tag_photos import recommend_for  # noqa: PLC0415

        raise typer.Exit(recommend_for(library, [*photo, *(more or [])], json))
    else:
        body.show_tags(library, json)


def covers(
    library: Library,
    accept: Annotated[
        list[str] | None, typer.Option("--accept", help="Accept suggested covers; several by comma.", metavar="KEY")
    ] = None,
    reject: Annotated[
        list[str] | None,
        typer.Option("--reject", help="Reject suggested covers for ever; several by comma.", metavar="KEY"),
    ] = None,
    pick: Annotated[
        tuple[str, str] | None,
        typer.Option("--pick", help="Show an album of ours by a photo of it, by keys or names.", metavar="ALBUM PHOTO"),
    ] = None,
    sheets: Annotated[
        Path | None, typer.Option("--sheets", help="Write contact sheets of all candidates.", metavar="DIR")
    ] = None,
    json: Json = False,
    config: Config = None,
) -> None:
    """Show the covers of albums and videos, why they were chosen, and what is suggested for albums of yours."""
    use(config)
    from app import covers as body  # noqa: PLC0415

    body.check_use(bool(accept or reject or pick), bool(sheets))
    if accept or reject or pick:
        body.answer(library, accept or [], reject or [], pick, json)
    elif sheets:
        from app.cover_sheets import write_sheets  # noqa: PLC0415

        write_sheets(library, sheets, json)
    else:
        body.show_covers(library, json)
