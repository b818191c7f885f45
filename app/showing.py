"""What is only looked up: the stored plan of a library."""

from __future__ import annotations

from app.messages import tell, tell_json
from plugins.settings import load_settings


def show_plan(library: str, json: bool) -> None:
    """Print the newest plan of a library that was not written, or say that there is none."""
    from app.words import apply_command, titles_of  # noqa: PLC0415
    from plugins.changes_json import to_json  # noqa: PLC0415
    from plugins.pages.plan_words import plan_text  # noqa: PLC0415
    from plugins.store import open_store  # noqa: PLC0415

    settings = load_settings()
    name = settings.library(library).name
    with open_store(settings) as store:
        run, entries = store.journal.latest_plan(name) or ("", [])
        changes = [entry.change for entry in entries if entry.state == "planned"]
        titles = titles_of(store, name, changes)
        last = next((known for known in store.runs.list(name, limit=1)), None)
    if json:
        tell_json({"library": name, "run": run, "changes": [to_json(change) for change in changes]})
    elif changes:
        tell(f"Planned by run {run}, not written:")
        tell("\n".join(plan_text(changes, titles)))
        tell(f"Write it: {apply_command(name)}")
    elif last is None:
        tell(f"There is no plan for {name} yet: `albumen curate {library}` makes one.")
    else:
        tell(f"Nothing is planned for {name}; its last run was {last.id} ({last.kind}, {last.status}).")
