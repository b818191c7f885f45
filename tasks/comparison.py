"""The methods that run in shadow: beside the one that publishes, on the same photos, and nothing of theirs is kept."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from plugins.comparing import Difference
from plugins.sections import MethodKind
from tasks.attempts import Failed, attempted
from tasks.caching import Step, cached_step
from tasks.compare_choices import compare_covers, compare_tags
from tasks.compare_groups import Compare, compare_events, compare_people
from tasks.context import Opened
from tasks.covers import choose_covers
from tasks.events import cluster_events
from tasks.people import group_people
from tasks.tags import recommend_tags

VERSION: Final = "1"
"""Of what is told."""
STEPS: Final[Mapping[MethodKind, Step]] = {
    "events": cluster_events,
    "people": group_people,
    "tags": recommend_tags,
    "covers": choose_covers,
}
"""The steps whose methods may have others beside them."""
COMPARISONS: Final[Mapping[MethodKind, Callable[[Opened], Compare]]] = {
    "events": compare_events,
    "people": compare_people,
    "tags": compare_tags,
    "covers": compare_covers,
}


def shadows_of(here: Opened) -> Iterator[tuple[MethodKind, str]]:
    """Yield the methods that run beside those that publish, with their kind."""
    for kind in COMPARISONS:
        yield from ((kind, name) for name in here.config.shadows(kind))


def _inputs(here: Opened) -> Sequence[object]:
    """Return what both sides depend on: the published answer, and that of each other method."""
    kinds = [kind for kind in COMPARISONS if here.config.shadows(kind)]
    return (
        VERSION,
        *((kind, _key(kind, here)) for kind in kinds),
        *((kind, name, _key(kind, here.trying(kind, name))) for kind, name in shadows_of(here)),
    )


def _key(kind: MethodKind, here: Opened) -> str:
    found = attempted(f"{kind} by {getattr(here.config, kind).method}", lambda: STEPS[kind].key(here))
    return found.reason if isinstance(found, Failed) else found


def _holds(_: Opened, figures: dict[str, Any]) -> bool:
    """Say whether all methods have answered: one that failed is asked again."""
    return not figures["failed"]


@cached_step(_inputs, _holds)
def compare_methods(here: Opened) -> dict[str, Any]:
    """Run the methods that do not publish on the same photos, and say where they would do otherwise."""
    told = [{"kind": kind, **each} for kind in COMPARISONS for each in _compared(here, kind)]
    failed = [each for each in told if each["failed"]]
    return {
        "shadows": len(told),
        "differences": sum(sum(each["counts"].values()) for each in told),
        "failed": len(failed),
        "note": "; ".join(f"{each['method']} gives no answer: {each['failed']}" for each in failed),
        "compared": told,
    }


def _compared(here: Opened, kind: MethodKind) -> Iterator[dict[str, Any]]:
    """Yield what is to be told of each method of a kind that does not publish."""
    names = here.config.shadows(kind)
    if not names:
        return
    compare = attempted(getattr(here.config, kind).method, lambda: COMPARISONS[kind](here))
    for name in names:
        found = compare if isinstance(compare, Failed) else attempted(name, _run(compare, here, kind, name))
        failed = found.reason if isinstance(found, Failed) else ""
        told = Difference(0) if isinstance(found, Failed) else found
        yield {"method": name, "failed": failed, **told.told()}


def _run(compare: Compare, here: Opened, kind: MethodKind, name: str) -> Callable[[], Difference]:
    return lambda: compare(here.trying(kind, name))
