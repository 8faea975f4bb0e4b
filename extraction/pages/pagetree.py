"""Count the pages of a PDF in its page tree, because pdfium believes the number written beside it.

A wrong `/Count` loses pages without a word when it is too small, and promises some that do not exist
when it is too large. This reads just enough of a PDF (ISO 32000-1, 7.5 and 7.7.3) to count the leaves;
it serves warnings, and gives up (None) rather than guess.
"""

from __future__ import annotations

import mmap
import re
import zlib
from dataclasses import dataclass

Data = bytes | mmap.mmap

_REFERENCE = re.compile(rb"(\d+)\s+\d+\s+R\b")
_OBJECT_HEAD = re.compile(rb"(\d{1,10})\s+\d{1,5}\s+$")
_MAX_UNPACKED = 64 * 1024 * 1024
_MAX_NODES = 200_000


@dataclass(frozen=True)
class PageTree:
    """The page tree as it stands in the file.

    Attributes:
        leaves: pages that hang in the tree.
        count_at: where the digits of the root's `/Count` stand in the file, `(start, stop)`; None inside a
            compressed stream.
    """

    leaves: int
    count_at: tuple[int, int] | None


@dataclass(frozen=True)
class _Node:
    text: bytes
    offset: int | None


def _plain_object(data: Data, start: int) -> bytes:
    stop = data.find(b"endobj", start)
    return bytes(data[start : stop if 0 <= stop <= start + 1_000_000 else start + 100_000])


def _packed_objects(data: Data, start: int, head: bytes, budget: int) -> tuple[dict[int, _Node], int]:
    """Return the objects inside the object stream at `start`, and how many bytes it unpacked to."""
    first = re.search(rb"/First\s+(\d+)", head)
    count = re.search(rb"/N\s+(\d+)", head)
    body = re.search(rb"stream\r?\n", head)
    if not (first and count and body):
        return {}, 0
    begin = start + body.end()
    stop = data.find(b"endstream", begin)
    try:
        raw = zlib.decompressobj().decompress(data[begin : stop if stop > 0 else len(data)], budget)
    except zlib.error:  # another filter, or encrypted
        return {}, 0
    offset = int(first[1])
    numbers = [int(word) for word in raw[:offset].split()[: 2 * int(count[1])] if word.isdigit()]
    places = list(zip(numbers[::2], numbers[1::2], strict=False))
    ends = [place for _, place in places[1:]] + [len(raw) - offset]
    nodes = {
        number: _Node(raw[offset + place : offset + end], None)
        for (number, place), end in zip(places, ends, strict=True)
    }
    return nodes, len(raw)


def _index(data: Data) -> dict[int, _Node]:
    """Return where each object stands; a later one of the same number replaces an earlier one."""
    nodes: dict[int, _Node] = {}
    budget = _MAX_UNPACKED
    for hit in re.finditer(rb"obj\b", data):
        at = hit.start()
        head = _OBJECT_HEAD.search(data[max(0, at - 24) : at])
        if head is None:
            continue
        nodes[int(head[1])] = _Node(b"", hit.end())
        beginning = data[hit.end() : hit.end() + 512]
        if b"/ObjStm" in beginning and budget > 0:
            packed, size = _packed_objects(data, hit.end(), beginning, budget)
            budget -= size
            nodes.update(packed)
    return nodes


def count_pages(data: Data) -> PageTree | None:
    """Return the page tree of a PDF, or None where it cannot be read without doubt."""
    roots = re.findall(rb"/Root\s+(\d+)\s+\d+\s+R", data)
    if not roots:
        return None
    nodes = _index(data)

    def text_of(number: int) -> bytes | None:
        node = nodes.get(number)
        if node is None:
            return None
        return node.text if node.offset is None else _plain_object(data, node.offset)

    catalog = text_of(int(roots[-1]))
    pages = re.search(rb"/Pages\s+(\d+)\s+\d+\s+R", catalog or b"")
    if pages is None:
        return None
    root = int(pages[1])
    root_text = text_of(root)
    if root_text is None or b"/Kids" not in root_text:
        return None

    leaves, seen, waiting = 0, {root}, [root_text]
    while waiting:
        text = waiting.pop()
        kids = re.search(rb"/Kids\s*(?:\[([^\]]*)\]|(\d+)\s+\d+\s+R)", text)
        if kids is None:
            return None
        listed = kids[1] if kids[1] is not None else text_of(int(kids[2]))
        if listed is None:
            return None
        for match in _REFERENCE.finditer(listed):
            number = int(match[1])
            if number in seen:
                continue
            seen.add(number)
            if len(seen) > _MAX_NODES:
                return None
            kid = text_of(number)
            if kid is not None and re.search(rb"/Kids\b", kid):
                waiting.append(kid)
            else:
                leaves += 1

    count_at = None
    offset = nodes[root].offset
    count = re.search(rb"/Count\s+(\d+)", root_text)
    # A nested dictionary could hold a `/Count` of its own; one alone is beyond doubt.
    if offset is not None and count and len(re.findall(rb"/Count\b", root_text)) == 1:
        count_at = (offset + count.start(1), offset + count.end(1))
    return PageTree(leaves, count_at)
