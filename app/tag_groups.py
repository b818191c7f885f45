"""Groups of photos that look alike on the command line: their contact sheets, and one word for all of a group."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from app.labels import write_file
from app.messages import WrongUse, shown_at_work, tell, tell_json
from app.people import opened_store
from app.sheet_folder import delete_old, ready

if TYPE_CHECKING:
    from plugins.pages.contact_sheets import SheetView
    from plugins.store import Decision, Store, Suggestion

INDEX: Final = "index.html"
_SHEETS: Final = "group-*.jpg"


def name_group(library: str, key: str, word: str, without: Sequence[int], json: bool) -> None:
    """Give a word to all photos of a group, but for those whose numbers on its contact sheet are in `without`.

    The next run plans the tags. The photos that are left out never get the word from us; they may be in another group.

    Raises:
        WrongUse: no such group waits, a number is not there, no photo is left, or the word cannot be a tag.
    """
    from app.words import command_for  # noqa: PLC0415
    from plugins.pages.plan_words import quoted  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415

    with opened_store(library) as (store, name), store.transaction():
        group = _waiting(store, name, key, library)
        left_out = _left_out(group, without)
        tag = _fit_tag(store, name, word)
        kept = tuple(content for content in group.evidence.photos if content not in left_out)
        if not kept:
            reject = command_for(library, "tags", "--reject", key)
            raise WrongUse(f"no photo of {key} would be left: {reject} says that it is no group")
        _accept(store, name, group, kept, tag)
        decided = {decision.key: decision for decision in store.suggestions.decisions(name)}
        _refuse(store, name, left_out, tag, decided)
        _allow(store, name, kept, tag, decided)
    if json:
        tell_json({"library": name, "key": key, "tag": tag, "photos": len(kept), "without": len(left_out)})
        return
    but = f"; {count(len(left_out), 'photo')} of the group never will be" if left_out else ""
    tell(f"Accepted: {count(len(kept), 'photo is', 'photos are')} {quoted(tag)}{but}.")
    tell(f"The tags are planned by {command_for(library, 'curate')}, and written with --apply.")


def _waiting(store: Store, library: str, key: str, asked: str) -> Suggestion:
    from app.words import command_for  # noqa: PLC0415

    groups = {made.key: made for made in store.suggestions.open(library, "group")}
    if key not in groups:
        sheets = command_for(asked, "tags", "--sheets", "DIR")
        raise WrongUse(
            f"no group waits under {key!r}: it has a name, or other photos by now; {sheets} shows all groups"
        )
    return groups[key]


def _left_out(group: Suggestion, without: Sequence[int]) -> frozenset[str]:
    """Return the contents behind numbers on a group's sheet."""
    photos = group.evidence.photos
    if wrong := sorted({number for number in without if not 1 <= number <= len(photos)}):
        raise WrongUse(f"{group.key} has the numbers 1 to {len(photos)}, and not {', '.join(map(str, wrong))}")
    return frozenset(photos[number - 1] for number in without)


def _fit_tag(store: Store, library: str, word: str) -> str:
    """Return a word as the library writes it already, else as the user does."""
    from plugins.people.named_groups import named_groups  # noqa: PLC0415
    from plugins.people.names_file import fit_name  # noqa: PLC0415
    from plugins.tags.said import Ledgered, said_of  # noqa: PLC0415
    from plugins.tags.vocabulary import same_word, spellings  # noqa: PLC0415

    tag = " ".join(word.split()) if word.isprintable() else word
    try:
        fit_name(tag)
    except ValueError as error:
        raise WrongUse(f"{word!r} cannot be a tag: {error}") from error
    if not all(level.strip() for level in tag.split("/")):
        raise WrongUse(f"{word!r} cannot be a tag: a level of it is empty")
    decisions, ledgered = store.suggestions.decisions(library), Ledgered(store.ledger.load(library).tags)
    groups = named_groups(decisions, store.suggestions.names(library))
    own = said_of(store.photos.all(library), ledgered, decisions, groups).own
    return spellings(known for words in own.values() for known in words).get(same_word(tag), tag)


def _accept(store: Store, library: str, group: Suggestion, kept: tuple[str, ...], tag: str) -> None:
    """Close a group as one of these photos and this word."""
    answered = replace(group, value=tag, evidence=replace(group.evidence, photos=kept))
    waiting = store.suggestions.open(library, "group")
    store.suggestions.save(library, "group", [answered if made.key == group.key else made for made in waiting])
    store.suggestions.decide(library, group.key, "accepted")


def _refuse(store: Store, library: str, contents: Iterable[str], tag: str, decided: Mapping[str, Decision]) -> None:
    """Note that the user does not want a tag on some photos, as if it had been suggested and rejected."""
    from plugins.store import Suggestion  # noqa: PLC0415
    from plugins.tags.suggesting import tag_key  # noqa: PLC0415

    asked = {tag_key(content, tag): Suggestion(tag_key(content, tag), "tag", content, tag) for content in contents}
    waiting = {made.key: made for made in store.suggestions.open(library, "tag")}
    store.suggestions.save(library, "tag", (asked | waiting).values())
    for key in asked:
        if key not in decided:
            store.suggestions.decide(library, key, "rejected")
        elif decided[key].verdict == "accepted":
            store.suggestions.decide_again(library, key, "rejected")


def _allow(store: Store, library: str, contents: Iterable[str], tag: str, decided: Mapping[str, Decision]) -> None:
    """Take back that the user did not want a tag on photos of a group that has it now: the last word holds."""
    from plugins.tags.suggesting import tag_key  # noqa: PLC0415

    for key in (tag_key(content, tag) for content in contents):
        if key in decided and decided[key].verdict == "rejected":
            store.suggestions.decide_again(library, key, "accepted")


def write_sheets(library: str, folder: Path, json: bool) -> None:
    """Write contact sheets of the largest groups that wait, and a page of them with the command to name each.

    The folder is made where it is missing. In it only files of ours are replaced; sheets of groups that wait no more
    are deleted.

    Raises:
        WrongUse: no run has looked for groups, the folder holds somebody else's files of these names, it is among the
            photos of a library, or it cannot be written.
        GalleryError: the gallery cannot be asked for the photos.
    """
    from app.words import command_for  # noqa: PLC0415
    from plugins.pages.contact_sheets import render_sheets  # noqa: PLC0415
    from plugins.pages.wording import count  # noqa: PLC0415
    from tasks.context import opened  # noqa: PLC0415
    from tasks.sheets import MOST_GROUPS, drawn_sheets, waiting_groups  # noqa: PLC0415

    with opened_store(library) as (store, name):
        groups = waiting_groups(store, name)
    shown = groups[:MOST_GROUPS]
    folder = ready(folder, library, [INDEX, *(f"{group.key}.jpg" for group in shown)])
    views = []
    with opened(library) as here, shown_at_work(f"Drawing {count(len(shown), 'contact sheet')} of {name}"):
        for sheet in drawn_sheets(here, shown, lambda key: command_for(library, "tags", "--name", key, "WORD")):
            write_file(folder / sheet.view.path, sheet.picture)
            views.append(sheet.view)
    write_file(folder / INDEX, render_sheets(views, name, len(groups)))
    delete_old(folder, _SHEETS, {view.path for view in views})
    if json:
        tell_json({"library": name, "index": str(folder / INDEX), "groups": len(groups), "sheets": _as_json(views)})
    elif views:
        tell(f"{folder / INDEX}: {count(len(views), 'contact sheet')} of {count(len(groups), 'group')}.")
    else:
        tell(f"No group of photos that look alike waits for a name in {name}.")


def _as_json(views: Iterable[SheetView]) -> list[dict[str, Any]]:
    return [
        {"key": view.key, "file": view.path, "photos": view.n_photos, "shown": view.n_shown, "name": view.name}
        for view in views
    ]
