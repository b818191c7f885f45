"""Every gallery as a world of five photos with its user beside it: what the contract's tests stand on."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from fakes.killing import Killer

from plugins.galleries import Gallery

N = 5


@dataclass(frozen=True)
class World:
    """A gallery with five photos and no album, and what its user does there by hand.

    There is a face of nobody in each of four photos, and one beside it in the first of these that is Ana's.

    Args:
        open: opens the gallery, as another process would.
        originals: what is the photos' own, by name; no change of ours may touch it.
        everything: all that the gallery holds, without what names a moment, and no ids of the gallery's.
        nowhere: what could be a photo's id, and is none.
        add_photo: one more photo comes in.
        add_album: the user makes an album by title and photos; its id is returned.
        release: the user takes our marker off an album, by its id.
        hide: the user archives a photo, or shows it again when False; None where there is no archive.
        loose: the faces of nobody.
        anas: Ana's face.
        ana: the gallery's id of her.
        give: the user gives a face to somebody by the gallery's id, to nobody when None.
        call: the user names somebody by the gallery's id.
        watch: has a killer stand before and after all that a change writes.
    """

    open: Callable[[], Gallery]
    originals: Callable[[], dict[str, object]]
    everything: Callable[[], object]
    nowhere: str
    add_photo: Callable[[], object]
    add_album: Callable[[str, Sequence[str]], str]
    release: Callable[[str], None]
    hide: Callable[[str, bool], None] | None
    loose: tuple[str, ...]
    anas: str
    ana: str
    give: Callable[[str, str | None], None]
    call: Callable[[str, str], None]
    watch: Callable[[Killer], None] = Killer.watch
