"""Running a method beside the one that publishes: what goes wrong with it is said, and stops nothing."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from plugins.galleries import GalleryError
from plugins.store import StoreError

_T = TypeVar("_T")
log = logging.getLogger("albumen")


@dataclass(frozen=True, slots=True)
class Failed:
    """Why a method gave no answer, in words for the user."""

    reason: str


def attempted(method: str, run: Callable[[], _T]) -> _T | Failed:
    """Return what a method answers, or why it does not: methods may be of other packages, and fail in any way.

    Raises:
        GalleryError, StoreError: it is not the method that failed.
    """
    try:
        return run()
    except (GalleryError, StoreError):
        raise
    except Exception as error:
        reason = str(error) or type(error).__name__
        log.warning("%s gives no answer: %s", method, reason)
        return Failed(reason)
