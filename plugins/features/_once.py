"""What threads share of an extractor and takes long to make: made by the first that asks, for all."""

from __future__ import annotations

from collections.abc import Callable
from threading import RLock
from typing import Any, Generic, TypeVar

_T = TypeVar("_T")


class made_once(Generic[_T]):  # noqa: N801 - a decorator, named as `cached_property` is
    """A `cached_property` that threads wait for: from Python 3.12 on each would make a network of its own.

    That took the memory of as many networks as there are threads, and probes that measured each other.
    """

    def __init__(self, make: Callable[[Any], _T]) -> None:
        self._make, self._lock, self.__doc__ = make, RLock(), make.__doc__

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> _T:
        """Return what was made; asked only until it is there, as it is then found in the instance itself."""
        with self._lock:
            kept = vars(instance)
            if self._name not in kept:
                kept[self._name] = self._make(instance)
        found: _T = kept[self._name]
        return found
