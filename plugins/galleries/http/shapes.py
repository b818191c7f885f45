"""Answers read in the shape that they must have, with tolerance for what else is in them."""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError

from plugins.galleries import GalleryBug
from plugins.galleries.http.answers import SHOWN, is_secretive

Words = Annotated[str, BeforeValidator(lambda text: "" if text is None else text)]
"""Text that may be null."""
Count = Annotated[int, Field(ge=-(2**31), lt=2**31)]
"""A whole number that any database holds."""


class Part(BaseModel):
    """What all answers share: fields that we do not know are passed over."""

    model_config = ConfigDict(extra="ignore", frozen=True)


_T = TypeVar("_T")
_adapters: dict[Any, TypeAdapter[Any]] = {}


def read_as(shape: type[_T], answer: object, where: str, product: str) -> _T:
    """Return an answer in the shape that it must have.

    Args:
        shape: a `Part`, or `list[…]` of one.
        answer: plain JSON data.
        where: method and path that gave it.
        product: what the server is called.

    Raises:
        GalleryBug: a field that is needed is missing or of another kind; the text names it and the endpoint.
    """
    adapter = _adapters.setdefault(shape, TypeAdapter(shape))
    try:
        found: _T = adapter.validate_python(answer)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        field = ".".join(str(part) for part in first["loc"]) or "the whole answer"
        shown = "(not shown)" if is_secretive(where) else str(answer)[:SHOWN]
        text = f"{product}'s answer to {where} is not as expected: {field}: {first['msg']}: {shown}"
        raise GalleryBug(text) from None
    return found


def camera_name(make: str, model: str) -> str:
    """Return what to call a camera: its model, with its make before it unless the model begins with that."""
    make, model = " ".join(make.split()), " ".join(model.split())
    return model if make and model.casefold().startswith(make.casefold()) else f"{make} {model}".strip()
