"""What the user does not want of a plan: kept at once, and heeded by every plan to come."""

from __future__ import annotations

from collections.abc import Sequence

from app.answers import CannotAnswer
from plugins.changes import AlbumChange, TagChange
from plugins.publishing.leaving_out import can_be_left_out, leave_out
from plugins.publishing.ledger import Ledger
from plugins.publishing.session import StoreJournal
from plugins.settings import Settings
from plugins.store import Store
from plugins.store.plans import Item, Outline, PlannedChange
from plugins.turns import library_turn


class NotPlanned(CannotAnswer):
    """It is not planned any more, or cannot be left out: look again at the plan."""


def leave_out_item(settings: Settings, store: Store, library: str, outline: Outline, item: Item) -> int:
    """Leave an album, a person or another change out of the plan, for good; return how many changes that were.

    Raises:
        NotPlanned: nothing of it is planned any more.
        LibraryBusy: a run works on the library, and may be writing just this.
    """
    with library_turn(settings, library), store.transaction():
        left = [one for one in store.plans.changes(outline, item) if can_be_left_out(one.change)]
        if not left:
            raise NotPlanned("it is not planned any more")
        ledger = _ledger(store, library, left)
        touched = leave_out([one.change for one in left], ledger)
        StoreJournal(store, library).save(ledger, touched)
        store.plans.leave_out(library, outline, left)
    return len(left)


def _ledger(store: Store, library: str, left: Sequence[PlannedChange]) -> Ledger:
    """Return what is known of what these changes are about; of albums and tags that is little of all there is."""
    changes = [one.change for one in left]
    if all(isinstance(change, AlbumChange | TagChange) for change in changes):
        keys = {change.key for change in changes if isinstance(change, AlbumChange)}
        return Ledger(albums=store.ledger.albums(library, sorted(keys)))
    return store.ledger.load(library)


def allow_album(settings: Settings, store: Store, library: str, key: str) -> str:
    """Let an album be made again that the user had left out, or deleted in the gallery; return its title.

    Raises:
        NotPlanned: no such album is kept from being made.
        LibraryBusy: a run works on the library.
    """
    with library_turn(settings, library), store.transaction():
        known = store.ledger.albums(library, [key]).get(key)
        if known is None or known.state != "deleted":
            raise NotPlanned(f"nothing keeps an album {key!r} from being made")
        store.ledger.remove_album(library, key)
    return known.title
