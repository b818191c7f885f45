"""The people whom PhotoPrism knows by name (subjects), and who would be found by a name."""

from __future__ import annotations

from plugins.galleries import PhotoGone
from plugins.galleries.photoprism.client import Client
from plugins.galleries.photoprism.our_people import is_person
from plugins.galleries.photoprism.paging import Pages
from plugins.galleries.photoprism.parsing import SubjectPart, When, read
from plugins.galleries.photoprism.person_names import alike_key


class _Whole(SubjectPart):
    """Somebody as they are asked for alone: who is gone is still shown."""

    DeletedAt: When = ""


def all_subjects(pages: Pages) -> list[SubjectPart]:
    """Return everybody, those too whom the user hid.

    Some versions show those only when they are asked for, and then show nobody else (2025), or all (2026).

    Raises:
        Forbidden: the key may not ask.
    """
    found: dict[str, SubjectPart] = {}
    for hidden in ({}, {"hidden": "yes"}):
        items = pages.all("/subjects", {"type": "person", **hidden})
        found |= {one.UID: one for one in read(list[SubjectPart], items, "GET /subjects")}
    return list(found.values())


def subject_of(client: Client, uid: str) -> SubjectPart | None:
    """Return somebody as they are now; None for one who is gone, whom the server still shows by their id."""
    if not is_person(uid):
        return None
    try:
        found = read(_Whole, client.get(f"/subjects/{uid}"), "GET /subjects/{uid}")
    except PhotoGone:
        return None
    return None if found.DeletedAt else found


def alike(pages: Pages, name: str) -> list[SubjectPart]:
    """Return whom PhotoPrism may find by a name."""
    key = alike_key(name)
    return [one for one in all_subjects(pages) if alike_key(one.Name) == key]
