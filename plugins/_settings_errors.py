"""What is wrong with the settings, in words: which key, where, and the name that was probably meant."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

PREFIX = "ALBUMEN_"
SECRET = {"api_key", "database_url", "url"}
"""Settings whose value is never repeated in a message: a key, or an address that may hold a password."""


class SettingsWrong(ValueError):
    """The settings cannot be used: change what the text names."""


def explain(error: ValidationError, model: type[BaseModel], where: str) -> str:
    """Return one line for each thing that is wrong, without the value of any secret."""
    return "\n".join(f"{where}: {_one(dict(detail), model)}" for detail in error.errors(include_url=False))


def _one(detail: dict[str, Any], model: type[BaseModel]) -> str:
    loc = [str(part) for part in detail["loc"] if part != "[key]"]
    if detail["type"] == "extra_forbidden":
        return f"there is no setting {_named(loc)}{_meant(loc[-1], _known(model, loc[:-1]))}"
    message = str(detail["msg"]).removeprefix("Value error, ")
    given = detail.get("input")
    tellable = isinstance(given, str | int | float) and not SECRET & set(loc)
    place = f"{_named(loc)}: " if loc else ""
    return f"{place}{message}" + (f" (it is {given!r})" if tellable else "")


def unknown_variables(environ: Mapping[str, str], model: type[BaseModel], ours: Iterable[str]) -> str:
    """Return what is wrong with the variables that begin with `ALBUMEN_`, or nothing.

    A variable that resembles no setting is another program's business; one that nearly is a setting is a slip.
    """
    known = [PREFIX + name.upper() for name in model.model_fields]
    wrong = []
    for name in sorted(n for n in environ if n.startswith(PREFIX) and n not in set(ours)):
        head, nested, _ = name.partition("__")
        if head in known:
            continue
        if nested or difflib.get_close_matches(head, known, n=1, cutoff=0.8):
            wrong.append(f"the environment: {name} sets nothing{_meant(head, known)}")
    return "\n".join(wrong)


def _named(loc: list[str]) -> str:
    """Return where a key is, as it stands in the file: [albums] min_photos."""
    return f"[{'.'.join(loc[:-1])}] {loc[-1]}" if len(loc) > 1 else "".join(loc)


def _meant(name: str, known: list[str]) -> str:
    near = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    return f"; did you mean {near[0]}?" if near else f"; there are: {', '.join(sorted(known))}" if known else ""


def _known(model: type[BaseModel] | None, loc: list[str]) -> list[str]:
    """Return the names that a table of the settings may hold; `loc` is the way to the table."""
    if model is None:
        return []
    if not loc:
        return [name for name in model.model_fields if name != "name"]
    field = model.model_fields.get(loc[0])
    if field is None:
        return []
    if loc[0] == "libraries":  # the next step is the library's own name
        return _known(_model(get_args(field.annotation)[1]), loc[2:])
    return _known(_model(field.annotation), loc[1:])


def _model(annotation: Any) -> type[BaseModel] | None:
    return annotation if isinstance(annotation, type) and issubclass(annotation, BaseModel) else None
