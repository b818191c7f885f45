"""docs/features.md: the extractor that it shows works in the pipeline as it stands there."""

from __future__ import annotations

import io
import re
import types
from pathlib import Path

import numpy as np
from PIL import Image

from plugins.decoding import Decoders
from plugins.features import PictureExtractor
from plugins.features.pipeline import Wanted, extract

PAGE = Path(__file__).resolve().parents[2] / "docs" / "features.md"


def shown() -> PictureExtractor:
    """Make the extractor of the page."""
    (code,) = re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)
    module = types.ModuleType("colours")
    exec(compile(code, str(PAGE), "exec"), module.__dict__)  # noqa: S102 - our own page
    plugin: PictureExtractor = module.__dict__["Plugin"]()
    return plugin


def png(colour: str) -> bytes:
    """Encode a picture of one colour."""
    out = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(out, "PNG")
    return out.getvalue()


def test_the_extractor_of_the_page_works() -> None:
    pictures = {"red": png("red"), "blue": png("blue"), "dark red": png("#cc0000")}
    wanted = [Wanted(name, lambda name=name: pictures[name]) for name in pictures]  # type: ignore[misc]
    with Decoders(workers=1) as decoders:
        made = {one.key: one for one in extract(wanted, decoders, None, shown())}
    vectors = {name: made[name].vector for name in pictures}
    assert all(vector is not None and vector.shape == (64,) for vector in vectors.values())
    assert np.array_equal(vectors["red"], vectors["dark red"])
    assert vectors["red"] @ vectors["blue"] == 0
