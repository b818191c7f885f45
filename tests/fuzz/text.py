"""Damage to text: XML, JSON and TOML whose values, nesting, order, entities and encoding are not what is expected."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from fuzz.binary import cut_out, flip_bits, repeat, splice, swap, truncate

Mutator = Callable[[bytes, Sequence[bytes], Random], bytes]
_WORDS = (
    "", " ", "nan", "NaN", "inf", "-Infinity", "1e999", "-1e999", "1e-999", "0", "-0", "1_0", "0x10", "١٢", "²", "-1",
    "90.0001", "181", "9" * 5_000, "1." + "3" * 5_000, "9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00",
    "9999:12:31 23:59:60", "2024-02-30", "2024-05-01T10:11:12+99:99", "253402300800", "-62135596801", "99999999999999",
    "90,0,0N", "180,59.99,59W", "0,0,0S", "geo:91,181", "90°, 181°", "\u202e", "\u200f\u2066", "a\nb", "a\tb\rc",
    "\x85", "é" * 3_000, "👩‍👩‍👧" * 500, "\ufffe", "null", "true", "[]", "{}", "../../etc/passwd", "<b>", "]]>",
    "&amp;", "&lt;&#0;", "|", "/", "a|b|c/d", "albumen", "x-default", "pixel", "=", "'''", '"', "\\u0000", "\\ud800",
    "%s{0}$HOME",
)  # fmt: skip
_VALUE = re.compile(rb'"[^"\n]*"|\'[^\'\n]*\'|>[^<>]+<|(?<![\w.])-?\d[\d.eE+-]*')
_TAG = re.compile(rb"<(/?)([A-Za-z][\w:.-]*)[^<>]*?(/?)>")
_ENTITIES = (
    b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa">]>',
    b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>',
    b'<!DOCTYPE x SYSTEM "http://127.0.0.1:9/x.dtd">',
    b'<!DOCTYPE x [<!ENTITY % a SYSTEM "http://127.0.0.1:9/x">%a;]>',
    b"<!DOCTYPE x [" + b"".join(b'<!ENTITY %c "%s">' % (98 + n, b"&%c;" % (97 + n) * 20) for n in range(12))
    + b'<!ENTITY a "aaaaaaaaaa">]>',
)  # fmt: skip
_ASIDE = (
    b"<!-- - -->",
    b"<?x y?>",
    b"<![CDATA[<x>]]>",
    b"<a:b xmlns:a='u'/>",
    b"<rdf:li/>",
    b"text",
    b"&a;",
    b"&m;",
    b"&#xD800;",
)
_ENCODINGS = ("utf-16", "utf-16-le", "utf-16-be", "utf-32", "latin-1", "utf-8-sig", "utf-7", "cp037")
_TREES: tuple[Any, ...] = (
    None, True, False, 0, -1, 10**400, -(10**30), 1e308, float("nan"), float("inf"), "", "\ud800", "x\0y", "9" * 4_301,
    [], {}, [None], {"a": {}}, [[[[]]]], {"timestamp": "-1"}, {"name": ["Anna"]},
    {"latitude": "38.7", "longitude": True},
)  # fmt: skip


def set_value(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Write a word that is no number, no date, no name, or too much of one, where a value stands."""
    found = list(_VALUE.finditer(data))
    if not found:
        return flip_bits(data, _others, chance)
    match, word = chance.choice(found), chance.choice(_WORDS).encode("utf-8", "surrogatepass")
    old = match[0]
    quoted = old[:1] in b"\"'>" and chance.random() < 0.9
    new = old[:1] + word + old[-1:] if quoted else word
    return data[: match.start()] + new + data[match.end() :]


def swap_values(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Write one value where another stands."""
    found = list(_VALUE.finditer(data))
    if len(found) < 2:
        return swap(data, others, chance)
    one, two = chance.sample(found, 2)
    return data[: one.start()] + two[0] + data[one.end() :]


def rearrange_lines(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Drop, double or move a line."""
    lines = data.splitlines(keepends=True)
    line = lines.pop(chance.randrange(len(lines))) if lines else b""
    for _ in range(chance.choice((0, 1, 2))):
        lines.insert(chance.randrange(len(lines) + 1), line)
    return b"".join(lines)


def recode(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Write the text in another encoding, and sometimes say so, or say another one."""
    text = data.decode("utf-8", "replace")
    if chance.random() < 0.3:
        return f'<?xml version="1.0" encoding="{chance.choice((*_ENCODINGS, "klingon"))}"?>{text}'.encode()
    return text.encode(chance.choice(_ENCODINGS), "replace")


def nest(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Put something into itself, a few times or thousands of times."""
    depth, at = chance.choice((2, 40, 260, 900, 5_000, 60_000)), chance.randrange(len(data) + 1)
    opened, closed = chance.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"<a>", b"</a>"), (b"{a=", b"}"), (b"[[", b"]]")))
    return (
        data[:at] + opened * depth + chance.choice((b"", b"1")) + closed * chance.choice((depth, depth, 0)) + data[at:]
    )


def rearrange_elements(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Drop, double or move a whole XML element, or wrap it in itself."""
    found = list(_elements(data))
    if not found:
        return rearrange_lines(data, others, chance)
    start, end = chance.choice(found)
    piece, rest = data[start:end], data[:start] + data[end:]
    what, at = chance.randrange(4), chance.choice(found)[0]
    if what == 0:
        return rest
    if what == 1:
        return data[:at] + piece * chance.choice((1, 1, 2, 300)) + data[at:]
    if what == 2:
        return rest[:at] + piece + rest[at:]
    return data[:start] + _wrapped(piece, chance.choice((1, 10, 250, 3_000))) + data[end:]


def _wrapped(element: bytes, depth: int) -> bytes:
    match = _TAG.match(element)
    if match is None:
        return element
    opened, closed = match[0].replace(b"/>", b">"), b"</" + match[2] + b">"
    return opened * depth + element + closed * depth


def nest_inside(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Put comments, instructions, foreign elements and references between elements."""
    found = list(_TAG.finditer(data))
    if not found:
        return nest(data, others, chance)
    at = chance.choice(found).end()
    return data[:at] + chance.choice(_ASIDE) * chance.choice((1, 1, 500)) + data[at:]


def declare(data: bytes, _others: Sequence[bytes], chance: Random) -> bytes:
    """Declare entities, of which some grow and some are files, and use one of them."""
    out = chance.choice(_ENTITIES) + data
    found = list(_TAG.finditer(data))
    if not found or chance.random() < 0.3:
        return out
    at = chance.choice(found).end() + len(out) - len(data)
    return out[:at] + chance.choice((b"&a;", b"&m;", b"&lt;")) + out[at:]


def rename(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Give an element or field the name of another."""
    names = re.findall(rb"[A-Za-z][\w:]{2,}", data)
    if len(names) < 2:
        return swap(data, others, chance)
    one, two = chance.choice(names), chance.choice(names)
    return data.replace(one, two, chance.choice((1, 1, -1)))


def set_node(data: bytes, others: Sequence[bytes], chance: Random) -> bytes:
    """Put a JSON value of another kind, or none, in the place of one."""
    try:
        tree = json.loads(data)
    except (ValueError, RecursionError):
        return set_value(data, others, chance)
    places = list(_places(tree))
    if not places:
        return json.dumps(chance.choice(_TREES)).encode()
    holder, key = chance.choice(places)
    if chance.random() < 0.15:
        del holder[key]
    else:
        holder[key] = chance.choice(_TREES) if chance.random() < 0.8 else chance.choice(places)[0]
    try:
        return json.dumps(tree, ensure_ascii=chance.random() < 0.7).encode("utf-8", "surrogatepass")
    except (ValueError, RecursionError):  # a tree that holds itself
        return set_value(data, others, chance)


def _places(tree: Any) -> list[tuple[Any, Any]]:
    keys = tree.keys() if isinstance(tree, dict) else range(len(tree)) if isinstance(tree, list) else ()
    own = [(tree, key) for key in keys]
    return own + [place for key in keys for place in _places(tree[key])]


def _elements(data: bytes) -> list[tuple[int, int]]:
    """Return where elements begin and end, as far as tags are in pairs."""
    opened, found = list[tuple[bytes, int]](), list[tuple[int, int]]()
    for match in _TAG.finditer(data):
        closes, name, empty = match.groups()
        if empty:
            found.append((match.start(), match.end()))
        elif not closes:
            opened.append((name, match.start()))
        elif opened and opened[-1][0] == name:
            found.append((opened.pop()[1], match.end()))
    return found


_ANY = (
    set_value,
    set_value,
    set_value,
    swap_values,
    rename,
    recode,
    nest,
    flip_bits,
    truncate,
    cut_out,
    repeat,
    splice,
)
XML: tuple[Mutator, ...] = (*_ANY, rearrange_elements, rearrange_elements, nest_inside, nest_inside, declare)
JSON: tuple[Mutator, ...] = (*_ANY, set_node, set_node, set_node, set_node, set_node, set_node, rearrange_lines)
TOML: tuple[Mutator, ...] = (*_ANY, rearrange_lines, rearrange_lines, swap)
"""Those of each language; changes of values more than once, as they get past the parser."""
