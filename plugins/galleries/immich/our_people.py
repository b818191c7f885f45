"""Which of Immich's people are ours: their ids by our keys, in a file, as Immich has no place for a key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, TypeAdapter, ValidationError

from plugins.atomic import write_atomically
from plugins.galleries import GalleryRefused
from plugins.galleries.immich.outcomes import is_id

MAKING: Final = "albumen makes "
"""How a person is named, with our key behind it, from being made until it is known by its id: so it is found again."""
NOBODY: Final = "albumen nobody"
"""Who holds a face for the moment in which it is taken off a person: Immich has no call for that."""


def users_name(name: str) -> str:
    """Return the name that the user gave a person: none of those that we give for a moment."""
    return "" if name == NOBODY or name.startswith(MAKING) else name


def _an_id(text: str) -> str:
    if not is_id(text):  # it is put into paths
        raise ValueError("no id")
    return text


@dataclass(frozen=True, slots=True)
class OurPerson:
    """Somebody whom we made: Immich's id, the name to be given, and whether a face of theirs has ever been assigned.

    Immich deletes people without faces each night: who never had one is not gone by the user's will, and is made again.
    """

    id: Annotated[str, AfterValidator(_an_id)]
    name: str = ""
    had_face: bool = False


_PEOPLE: Final = TypeAdapter(dict[str, OurPerson])


class OurPeople:
    """The file, read afresh each time: another process may have written it."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def read(self) -> dict[str, OurPerson]:
        """Return who is ours, by key.

        Raises:
            GalleryRefused: the file cannot be read, or is something else.
        """
        try:
            return _PEOPLE.validate_json(self._file.read_bytes())
        except FileNotFoundError:
            return {}
        except ValidationError as error:
            raise GalleryRefused(
                f"{self._file} is no list of people ({error.error_count()} errors): mend or delete it, and run again"
            ) from error
        except OSError as error:
            raise GalleryRefused(f"{self._file} cannot be read ({error}): mend or delete it, and run again") from error

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
