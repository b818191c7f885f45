"""What was learned from one library's names, as one file: heads of methods, their settings, and whose faces it fits."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from safetensors import SafetensorError
from safetensors.numpy import load, save

from plugins.features.weights import WeightsRefused

SCHEMA: Final = "1"
FACTS: Final = "facts"


@dataclass(frozen=True, slots=True)
class LibraryHeads:
    """What a library has taught: `settings` of each method by keyword, `heads`, the files of trained ones by method.

    `embedder` is name and version of what made the vectors: thresholds of another one's mean nothing.
    """

    embedder: str
    settings: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    heads: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def version(self) -> str:
        """Return 12 hexadecimal digits that change with anything that was learned."""
        files = {name: hashlib.sha256(data).hexdigest() for name, data in self.heads.items()}
        return hashlib.sha256(json.dumps([self._facts(), files], sort_keys=True).encode()).hexdigest()[:12]

    def packed(self) -> bytes:
        """Return all of it as one safetensors file: the facts as JSON, and each head, both as plain bytes."""
        facts = json.dumps(self._facts(), sort_keys=True).encode()
        return save({name: np.frombuffer(data, np.uint8) for name, data in {**self.heads, FACTS: facts}.items()})

    def _facts(self) -> dict[str, object]:
        return {"schema": SCHEMA, "embedder": self.embedder, "settings": {k: dict(v) for k, v in self.settings.items()}}


def unpacked(data: bytes, embedder: str) -> LibraryHeads:
    """Read what a library has taught, if it fits this code and these faces; `check_heads` looks into the heads.

    Raises:
        WeightsRefused: it is not whole, or made for other faces or by another version; the text says which.
    """
    parts, facts = _parts(data)
    if facts.get("schema") != SCHEMA:
        raise WeightsRefused(f"it has the layout {facts.get('schema')!r:.50}, needed is {SCHEMA!r}")
    if facts.get("embedder") != embedder:
        raise WeightsRefused(
            f"it was trained on vectors of {facts.get('embedder')!r:.100}, those of now are {embedder!r}"
        )
    settings = facts.get("settings")
    if not isinstance(settings, dict) or not all(_numbers(of_one) for of_one in settings.values()):
        raise WeightsRefused("its settings are not numbers")
    return LibraryHeads(embedder, settings, parts)


def check_heads(heads: Mapping[str, bytes]) -> None:
    """Make sure that heads fit the nets of now, as those of an earlier Albumen may not.

    Raises:
        WeightsRefused: one does not, or its method is not known; the text says which and why.
    """
    # Imported when there are heads: torch is slow to load.
    from plugins.people import _affinity_model as affinity  # noqa: PLC0415
    from plugins.people import _confidence_judge as confidence  # noqa: PLC0415
    from plugins.people._confidence_channels import CHANNELS  # noqa: PLC0415
    from plugins.trained_heads import load_head  # noqa: PLC0415

    needs = {
        affinity.KIND: (affinity.SCHEMA, affinity.CHANNELS),
        confidence.KIND: (confidence.SCHEMA, CHANNELS),
    }
    for name, data in heads.items():
        if name not in needs:
            raise WeightsRefused(f"it has a head for {name!r:.50}, which has none")
        load_head(data, name, *needs[name])


def _parts(data: bytes) -> tuple[dict[str, bytes], dict[str, Any]]:
    try:
        parts = {name: part.tobytes() for name, part in load(data).items()}
        facts = json.loads(parts.pop(FACTS))
    except (SafetensorError, ValueError, KeyError, TypeError) as error:
        raise WeightsRefused(f"it is not whole ({error!s:.100})") from error
    if not isinstance(facts, dict):
        raise WeightsRefused("it does not say what it is")
    return parts, facts


def _numbers(settings: object) -> bool:
    return isinstance(settings, dict) and all(
        isinstance(value, int | float) and math.isfinite(value) for value in settings.values()
    )
