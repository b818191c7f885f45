"""Elements of an XMP packet put in and taken out, so that the white space around them stays as it was."""

from __future__ import annotations

from collections.abc import Set

from lxml import etree

from plugins.galleries.folder.sidecar import NS, clark

OURS = f"{{{NS['albumen']}}}"
"""What the names of our own elements and attributes begin with."""
_EMPTY_HOLDS = frozenset((clark("rdf:about"), clark("xmp:MetadataDate"), clark("xmp:ModifyDate")))


def append(bag: etree._Element, text: str) -> etree._Element:
    """Append an entry to a list."""
    item = append_child(bag, clark("rdf:li"))
    item.text = text
    return item


def append_child(parent: etree._Element, tag: str, nsmap: dict[str, str] | None = None) -> etree._Element:
    """Append an element with the indentation of its siblings; `remove` restores what was there."""
    last = parent[-1] if len(parent) else None
    child = etree.SubElement(parent, tag, nsmap=nsmap)
    if last is None:
        child.tail = parent.text
    else:
        child.tail, last.tail = last.tail, parent.text
    return child


def remove(element: etree._Element) -> None:
    """Take an element out of its parent, and what follows it up to the next one too."""
    parent, before = element.getparent(), element.getprevious()
    if parent is None:
        return
    if element.getnext() is None:  # the last one hands its indentation of the closing tag back
        if before is None:
            parent.text = element.tail
        else:
            before.tail = element.tail
    parent.remove(element)


def drop_entries(bag: etree._Element, texts: Set[str]) -> None:
    """Take the last entry with each of these texts out of a list."""
    left = set(texts)
    for item in reversed(bag.findall(clark("rdf:li")) if left else []):
        text = (item.text or "").strip()
        if text in left:
            left.discard(text)
            remove(item)


def says_nothing(element: etree._Element) -> bool:
    """Say whether a property is an empty list or empty text; comments and attributes of the user's count as words."""
    if not isinstance(element.tag, str):
        return False
    if element.tag.startswith(OURS):
        return True
    return not any((part.text or "").strip() or _foreign(part) for part in element.iter())


def _foreign(part: etree._Element) -> bool:
    language = "{http://www.w3.org/XML/1998/namespace}lang"
    return not isinstance(part.tag, str) or any(key != language for key in part.attrib)


def only_empty_attributes(holder: etree._Element) -> bool:
    """Say whether the attributes of an `rdf:Description` say nothing of the picture."""
    return all(str(key) in _EMPTY_HOLDS or str(key).startswith(OURS) for key in holder.attrib)
