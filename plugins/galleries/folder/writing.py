"""The folder gallery's writes: every change to album files, people and sidecars, each made once however often asked."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from functools import singledispatchmethod
from pathlib import Path

from plugins.changes import (
    AddMembers,
    AddTags,
    Change,
    CreateAlbum,
    DeleteAlbum,
    DescribeAlbum,
    DrawRegion,
    Outcome,
    PersonChange,
    RemoveMembers,
    RemoveRegion,
    RemoveTags,
    RenameAlbum,
    SetAlbumCover,
    SetCover,
    SetPoster,
    WriteNote,
)
from plugins.galleries.folder.catalogue import AlbumFile, Catalogue
from plugins.galleries.folder.disk_errors import MEND, OF_ONE_FILE, translated
from plugins.galleries.folder.people import PeopleFile
from plugins.galleries.folder.posters import FolderPosters
from plugins.galleries.folder.sidecar import BrokenSidecar
from plugins.galleries.folder.sidecar_edit import NotOurs, UnfitText, set_note, set_tags
from plugins.galleries.folder.sidecar_places import SidecarPlaces
from plugins.galleries.folder.sidecar_regions import Stored, draw_region, erase_region
from plugins.pictures import PictureNotThere, UnreadablePicture, stored_box
from plugins.records import Marker


class FolderWriter:
    """Makes changes. Albums are found by the key in their marker; without a marker they are the user's.

    `stored` says how a picture is stored, None of what is no picture.
    `user_tags` are the tags that photos carry already, in whichever file (see `said_by`): those are not added again.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        people: PeopleFile,
        places: SidecarPlaces,
        posters: FolderPosters,
        user_tags: Mapping[str, Collection[str]],
        stored: Callable[[str], Stored | None],
    ) -> None:
        self._catalogue = catalogue
        self._people = people
        self._places = places
        self._book = places.book
        self._posters = posters
        self._user_tags = user_tags
        self._stored = stored

    def apply(self, change: Change) -> Outcome:
        """Make one change and say what became of it.

        A change to several photos is made for those that can take it; `Outcome.skipped` names the others, and the
        reason says why. It is refused as a whole when none can.

        Raises:
            GalleryRefused: the disk is full, a file of ours is broken or may not be written; nothing is half-written.
            GalleryUnreachable: the disk does not answer.
        """
        with translated("the change could not be written"):
            return self._apply(change)

    @singledispatchmethod
    def _apply(self, change: object) -> Outcome:
        return Outcome("refused", f"a folder does not know the change {type(change).__name__}")

    @_apply.register
    def _(self, change: CreateAlbum) -> Outcome:
        found = self._catalogue.find(change.key)
        if found is not None:
            return self._put_in(found, change.photos)
        if self._catalogue.path(change.key).exists():
            return Outcome("gone", "the album file is there without its marker: it is the user's", change.key)
        marker = Marker(change.kind, change.key)
        there, gone = self._there(change.photos)
        self._catalogue.create(
            AlbumFile(
                change.key,
                change.title,
                change.description,
                marker=marker,
                photos=tuple(map(self._book.text_of, there)),
            )
        )
        return replace(_of_many(True, change.photos, gone), status="done", gallery_id=change.key)

    @_apply.register
    def _(self, change: DeleteAlbum) -> Outcome:
        found = self._catalogue.find(change.key)
        if found is None:
            return Outcome("gone")
        # Lines of photos that have left the library were ours or nobody's; a path that never was is the user's.
        ours = set(change.photos)
        if left := [t for t in found.photos if not self._book.is_gone(t) and self._book.id_of(t) not in ours]:
            return Outcome("refused", f"it still holds {len(left)} photos, {left[0]!r} among them", found.id)
        if found.foreign:
            return Outcome("refused", "the user has put fields of their own into the album file", found.id)
        self._catalogue.delete(found.id)
        return Outcome("done", gallery_id=found.id)

    @_apply.register
    def _(self, change: RenameAlbum) -> Outcome:
        return self._change_text(change.key, "title", change.title, change.was)

    @_apply.register
    def _(self, change: DescribeAlbum) -> Outcome:
        return self._change_text(change.key, "description", change.description, change.was)

    def _change_text(self, key: str, field: str, text: str, was: str) -> Outcome:
        found = self._catalogue.find(key)
        if found is None:
            return Outcome("gone")
        now = getattr(found, field)
        if now == text:
            return Outcome("already", gallery_id=found.id)
        if now != was:
            return Outcome("refused", f"the user has changed the {field} to {now!r}", found.id)
        self._catalogue.save(
            found, replace(found, title=text) if field == "title" else replace(found, description=text)
        )
        return Outcome("done", gallery_id=found.id)

    @_apply.register
    def _(self, change: AddMembers) -> Outcome:
        found = self._catalogue.find(change.key)
        if found is None:
            return Outcome("gone")
        return self._put_in(found, change.photos)

    def _put_in(self, album: AlbumFile, photos: Sequence[str]) -> Outcome:
        there, gone = self._there(photos)
        present = {self._book.id_of(text) for text in album.photos}
        added = tuple(self._book.text_of(photo) for photo in there if photo not in present)
        if added:
            self._catalogue.save(album, replace(album, photos=album.photos + added))
        return _of_many(bool(added), photos, gone, album.id)

    def _there(self, photos: Sequence[str]) -> tuple[list[str], dict[str, str]]:
        """Return those of the photos that are in the library, each once, and of the others the reason why not."""
        there = [photo for photo in dict.fromkeys(photos) if photo in self._book.path_by_id]
        return there, {photo: "the photo is gone" for photo in photos if photo not in self._book.path_by_id}

    @_apply.register
    def _(self, change: RemoveMembers) -> Outcome:
        found = self._catalogue.find(change.key)
        if found is None:
            return Outcome("gone")
        removed = set(change.photos)
        texts = {self._book.text_of(photo) for photo in removed}
        # A photo that is gone is known by its path alone; without its line the album could never be deleted.
        kept = tuple(t for t in found.photos if not self._means(t, removed, texts))
        if kept == found.photos:
            return Outcome("already", gallery_id=found.id)
        cover = None if found.cover and self._means(found.cover, removed, texts) else found.cover
        self._catalogue.save(found, replace(found, photos=kept, cover=cover))
        return Outcome("done", gallery_id=found.id)

    def _means(self, text: str, photos: set[str], texts: set[str]) -> bool:
        photo = self._book.id_of(text)
        return text in texts if photo is None else photo in photos

    @_apply.register
    def _(self, change: SetCover) -> Outcome:
        found = self._catalogue.find(change.key)
        if found is None:
            return Outcome("gone")
        return self._show_by(found, change.photo, change.was)

    @_apply.register
    def _(self, change: SetAlbumCover) -> Outcome:
        found = next((file for file in self._catalogue.albums() if file.id == change.album), None)
        if found is None:
            return Outcome("gone", "the album is gone")
        if found.marker is not None:
            return Outcome("refused", "the album is not the user's own", found.id)
        whole = self._catalogue.read(found.id)  # a copy of an album of ours still has our marker in it
        return self._show_by(whole, change.photo, change.was)

    def _show_by(self, album: AlbumFile, photo: str | None, was: str | None) -> Outcome:
        # A cover that has left the library is no cover; a path that never was in it is a choice of the user's.
        lost = album.cover is None or self._book.is_gone(album.cover)
        now = None if lost else self._book.id_of(album.cover or "") or album.cover
        if now == photo:
            return Outcome("already", gallery_id=album.id)
        if now != was:
            return Outcome("refused", f"the user has chosen the cover {album.cover!r}", album.id)
        if photo is not None and photo not in {self._book.id_of(text) for text in album.photos}:
            return Outcome("refused", f"the cover {photo!r} is not a photo of the album", album.id)
        self._catalogue.save(album, replace(album, cover=None if photo is None else self._book.text_of(photo)))
        return Outcome("done", gallery_id=album.id)

    @_apply.register
    def _(self, change: AddTags) -> Outcome:
        lacking = {p: tuple(t for t in change.tags if t not in self._user_tags.get(p, ())) for p in change.photos}
        without = [photo for photo, tags in lacking.items() if tags]
        return self._each(without, lambda photo, path: set_tags(path, add=lacking[photo]))

    @_apply.register
    def _(self, change: RemoveTags) -> Outcome:
        return self._each(change.photos, lambda _, path: set_tags(path, remove=change.tags))

    @_apply.register
    def _(self, change: DrawRegion) -> Outcome:
        picture = self._stored(change.photo)
        if picture is None and change.photo in self._book.path_by_id:
            return Outcome("refused", f"{change.photo}: a video has no regions")
        as_stored = stored_box(change.box, picture.orientation if picture else 1)
        return self._each(
            (change.photo,), lambda _, path: draw_region(path, change.tag, as_stored, picture or Stored())
        )

    @_apply.register
    def _(self, change: RemoveRegion) -> Outcome:
        return self._each((change.photo,), lambda _, path: erase_region(path, change.tag, change.for_good))

    @_apply.register
    def _(self, change: SetPoster) -> Outcome:
        try:
            return self._posters.apply(change)
        except UnreadablePicture as error:
            return Outcome("refused", f"{change.photo}: {error}")
        except PictureNotThere as error:
            return Outcome("gone", f"{change.photo}: {error}")
        except OSError as error:
            if error.errno not in OF_ONE_FILE:
                raise
            return Outcome("refused", f"{change.photo}: {MEND[error.errno or 0]}")

    @_apply.register
    def _(self, change: WriteNote) -> Outcome:
        return self._each((change.photo,), lambda _, path: set_note(path, change.text))

    def _each(self, photos: Sequence[str], edit: Callable[[str, Path], bool]) -> Outcome:
        changed, failed = False, dict[str, str]()
        for photo in dict.fromkeys(photos):
            if photo not in self._book.path_by_id:
                failed[photo] = "the photo is gone"
                continue
            try:
                changed = edit(photo, self._places.to_write(photo)) or changed
            except (BrokenSidecar, UnfitText, NotOurs) as error:
                failed[photo] = f"{error}"
            except OSError as error:
                if error.errno not in OF_ONE_FILE:
                    raise
                failed[photo] = MEND.get(error.errno, error.strerror or "it cannot be written")
        return _of_many(changed, photos, failed)

    @_apply.register
    def _(self, change: PersonChange) -> Outcome:
        return self._people.apply(change)


def _of_many(changed: bool, photos: Sequence[str], failed: Mapping[str, str], gallery_id: str = "") -> Outcome:
    """Return what became of a change to several photos, of which some failed for a reason each."""
    reason = "; ".join(f"{photo}: {why}" for photo, why in list(failed.items())[:5])
    if len(failed) > 5:
        reason += f"; and {len(failed) - 5} more"
    if failed and len(failed) == len(set(photos)):
        gone = all(why == "the photo is gone" for why in failed.values())
        return Outcome("gone" if gone and not gallery_id else "refused", reason, gallery_id, tuple(failed))
    return Outcome("done" if changed else "already", reason, gallery_id, tuple(failed))
