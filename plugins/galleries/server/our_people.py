"""Which of a server's people are ours: their ids by our keys, in a file, as the server has no place for a key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from pydantic import TypeAdapter, ValidationError

from plugins.atomic import write_atomically
from plugins.galleries import GalleryRefused


@dataclass(frozen=True, slots=True)
class OurPerson:
    """Somebody whom we made: the server's id, the name to be given, and whether they have a face or had their last.

    Without a face the server may not keep them, or has not made them yet: who never had one, or lost it by us, is not
    gone by the user's will, and is made again. `called` is the name that the server made of ours.
    """

    id: str
    name: str = ""
    had_face: bool = False
    called: str = ""


_PEOPLE: Final = TypeAdapter(dict[str, OurPerson])


class OurPeople:
    """The file, read afresh each time: another process may have written it.

    `is_id` says what can be the server's id of somebody; it is put into paths.
    """

    def __init__(self, file: Path, is_id: Callable[[str], bool]) -> None:
        self._file = file
        self._is_id = is_id

    def read(self) -> dict[str, OurPerson]:
        """Return who is ours, by key.

        Raises:
            GalleryRefused: the file cannot be read, or is something else.
        """
        try:
            people = _PEOPLE.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise self._wrong(error.error_count()) from error
        except OSError as error:
            raise GalleryRefused(f"{self._file} cannot be read ({error}): mend or delete it, and run again") from error
        odd = sum(not self._is_id(person.id) for person in people.values())
        if odd:
            raise self._wrong(odd)
        return people

    def _wrong(self, errors: int) -> GalleryRefused:
        return GalleryRefused(f"{self._file} is no list of people ({errors} errors): mend or delete it, and run again")

    def save(self, people: Mapping[str, OurPerson]) -> None:
        """Keep who is ours.

        Raises:
            GalleryRefused: the file cannot be written.
        """
        try:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            write_atomically(self._file, _PEOPLE.dump_json(dict(sorted(people.items())), indent=1))
        except OSError as error:
            raise GalleryRefused(f"{self._file} cannot be written ({error}): free space or permit it") from error

    def keep(self, key: str, person: OurPerson) -> None:
        """Keep one of them anew."""
        self.save({**self.read(), key: person})

    def drop(self, key: str) -> None:
        """Forget one of them."""
        self.save({k: person for k, person in self.read().items() if k != key})
