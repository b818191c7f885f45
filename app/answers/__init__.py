"""The user's answers, kept at once by the same functions for the command line and the review page; nothing is shown."""

from __future__ import annotations


class CannotAnswer(Exception):
    """Nothing was kept; the subclasses say what to do next."""


class NothingWaits(CannotAnswer):
    """Nothing waits, or was decided, under `keys`: look again at what there is."""

    def __init__(self, *keys: str) -> None:
        super().__init__(f"nothing waits or was decided under {', '.join(map(repr, keys))}")
        self.keys = keys


class NotAWord(CannotAnswer):
    """A word cannot be a tag, for the `reason`: give another one."""

    def __init__(self, word: str, reason: str) -> None:
        super().__init__(f"{word!r} cannot be a tag: {reason}")
        self.reason = reason


class NeedsWord(CannotAnswer):
    """A group of photos has no word yet: give it one."""

    def __init__(self, key: str) -> None:
        super().__init__(f"{key} has no word yet")
        self.key = key


class NothingLeft(CannotAnswer):
    """All photos of a group are left out: reject it, which says that it is no group."""

    def __init__(self, key: str) -> None:
        super().__init__(f"no photo of {key} would be left")
        self.key = key


class CannotBe(CannotAnswer):
    """What was said of people or covers cannot be: say it otherwise.

    `what` is the reason, by which pages know their own words for it; these have `values` in them.
    """

    def __init__(self, what: str, text: str, **values: object) -> None:
        super().__init__(text)
        self.what = what
        self.values = values
