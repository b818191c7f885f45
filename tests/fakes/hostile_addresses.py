"""Real addresses of every page of a hostile library, and the names that stand on each as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final
from urllib.parse import quote

from fakes.hostile import LIBRARY, OF_PEOPLE, PAYLOADS, Hostile, evil, words

FLOW: Final = "5e0c0000-0000-0000-0000-000000000001"
"""A flow run that has failed with a hostile message."""
HERE: Final = "/libraries/{library}"
BELOW: Final = HERE.format(library=quote(LIBRARY, safe=""))
LAST: Final = len(PAYLOADS) - 1
TOLD: Final = evil("message")[:2]
"""As much of that message as a page shows."""
IN_PLAN: Final = {"albums": 3, "people": 2, "tags": 2, "covers": 1, "notes": 1}
"""The parts of the plan, and of how many pages each is."""
IN_REPORT: Final = (
    *("album", "text", "tag", "warning", "edit", "kept", "suppressed", "refused", "broken", "problem", "mend"),
    "example",
)


@dataclass(frozen=True)
class Shown:
    """Addresses of one route, and the names that stand there: each on one of them; `is_html` says that it is a page."""

    route: str
    paths: tuple[str, ...]
    names: tuple[str, ...] = ()
    is_html: bool = True


def _in(route: str, *paths: str, names: Iterable[str] = (), is_html: bool = True) -> Shown:
    """Return addresses below the library; the route itself where none is given."""
    return Shown(f"{HERE}{route}", tuple(f"{BELOW}{path}" for path in paths or (route,)), tuple(names), is_html)


def addresses(made: Hostile, tried: str) -> list[Shown]:
    """Return real addresses of every route; `tried` is the name of a picture that was tried. Logging in comes first."""
    return [
        Shown("/login", ("/login?to=%2F%22%3E%3Cscript%3E",)),
        Shown("/", ("/",), (LIBRARY,)),
        Shown("/health", ("/health",), is_html=False),
        Shown("/favicon.ico", ("/favicon.ico",), is_html=False),
        _in("", ""),
        *_of_plan(made),
        *_of_tags(made),
        *_of_people(made),
        *_of_covers(made),
        _in("/runs", "/runs", f"/runs?run={FLOW}", names=TOLD),
        _in("/runs/{run}/undo", f"/runs/{made.applied}/undo"),
        _in("/flow", f"/flow?run={FLOW}", is_html=False),
        _in(
            "/reports/{run}/{path}",
            *(f"/reports/{run}/report.html" for run in (made.run, made.applied)),
            names=(name for what in IN_REPORT for name in evil(what)),
        ),
        _in("/try"),
        _in("/try/picture/{name}", f"/try/picture/{tried}", is_html=False),
        _in("/picture", f"/picture?photo={made.files[0].content_key}&px=192", is_html=False),
        _in("/picture", f"/picture?photo={quote(made.far[0].content_key, safe='')}&px=192", is_html=False),
    ]


class _Few:
    """Gives of what has a page of its own for each name two pages: the longest name, and another one in turn."""

    def __init__(self) -> None:
        self._turn = count()

    def __call__(self, route: str, query: str, names: Sequence[str], values: Sequence[str]) -> Shown:
        which = (next(self._turn) % LAST, LAST)
        paths = (f"{route}?{query}={quote(values[n], safe='')}" for n in which)
        return _in(route, *paths, names=[names[n] for n in which])


_few = _Few()


def _of_plan(made: Hostile) -> Iterator[Shown]:
    photos = [photo.name for photo in made.far]
    names = {"albums": (*evil("album"), *evil("text"), *evil("was")), "people": evil("person"), "tags": evil("tag")}
    names |= {"covers": (*evil("theirs"), *evil("film")), "notes": photos}
    for part, n in IN_PLAN.items():
        yield _in("/plan", *(f"/plan?part={part}&page={page + 1}" for page in range(n)), names=names[part])
    yield _in("/plan", f"/plan?run={FLOW}", names=TOLD)
    places = [f"{made.run}&seq={place}" for place in made.new_albums]
    few = _few("/plan/album", "of_run", evil("album"), places)
    yield Shown(few.route, tuple(path.replace("%26seq%3D", "&seq=") for path in few.paths), few.names)
    yield _in("/plan/left-out", names=evil("left"))


def _of_tags(made: Hostile) -> Iterator[Shown]:
    yield _in("/tags", names=words("word"))
    yield _few("/tags", "word", words("word"), words("word"))
    yield _few("/tags/photo", "content", [p.name for p in made.files], [p.content_key for p in made.files])
    answered = (*words("said"), *words("called"), *words("barred"))
    yield _in("/tags/answers", "/tags/answers", "/tags/answers?page=2", names=answered)
    yield _in("/tags/answer", f"/tags/answer?at={quote(made.answered_at)}", names=words("twice"))
    yield _in("/groups", names=words("group"))
    yield _few("/groups/one", "key", words("group"), made.groups)


def _of_people(made: Hostile) -> Iterator[Shown]:
    lists = ("/people", "/people?show=unnamed", f"/people?find={quote('<script>')}")
    yield _in("/people", *lists, names=(*evil("person"), evil("given")[0]))
    yield _few("/people/person", "id", evil("person"), made.person)
    kinds = (f"/people/asked?kind={kind}" for kind in OF_PEOPLE)
    yield _in("/people/asked", *kinds, names=(*evil("person"), *evil("why")))
    yield _in("/people/answers", names=evil("person"))


def _of_covers(made: Hostile) -> Iterator[Shown]:
    titles = (evil("trip")[0], *evil("event")[1:])
    yield _in("/covers", names=(*titles, *evil("left-out")))
    yield _few("/covers/album", "key", titles, ("trip-0", *(f"ev-{n}" for n in range(1, LAST + 1))))
    yield _in("/covers/asked", names=evil("why"))
    yield _in("/covers/videos", names=evil("film"))
    yield _few("/covers/video", "content", evil("film"), [film.content_key for film in made.videos])
    yield _in("/covers/answers", names=(*evil("film"), *(photo.name for photo in made.files)))
