"""Lists as people and Python write them: "[1, 2, 3]", "('a', 'b')", "1, 2 and 3"."""

import re
from dataclasses import dataclass

MAX_DEPTH = 8
"""Lists nested deeper stay text."""

_PAIRS = {"[": "]", "(": ")", "{": "}"}
_AND = re.compile(r"(?:, ?| )(?:and|&) ")
_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3}(?![0-9]))")


@dataclass(frozen=True, slots=True)
class Items:
    """The items of a list.

    Attributes:
        texts: Each item, still as it is written, without quotes.
        brackets: "[", "(", "{" or empty.
        joined: Whether the last two were joined by "and".
    """

    texts: tuple[str, ...]
    brackets: str = ""
    joined: bool = False


def _split(text: str) -> list[str] | None:
    """Cut at top-level commas; None when brackets or quotes do not pair up."""
    keep = {m.start() for m in _THOUSANDS.finditer(text)} if ", " in text else set()
    items, start, closers, quote = [], 0, [], ""
    for position, sign in enumerate(text):
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"" and not text[start:position].strip(" [({"):
            quote = sign
        elif sign in _PAIRS:
            closers.append(_PAIRS[sign])
        elif sign in "])}":
            if not closers or closers.pop() != sign:
                return None
        elif sign == "," and not closers and position not in keep:
            items.append(text[start:position])
            start = position + 1
    if closers or quote:
        return None
    return [*items, text[start:]]


def _bare(item: str) -> str:
    """An item without white space and its own quotes."""
    item = item.strip()
    quoted = len(item) >= 2 and item[0] in "'\"" and item[-1] == item[0]
    return item[1:-1] if quoted and item[0] not in item[1:-1] else item


def _bracketed(text: str) -> Items | None:
    """The items between brackets that enclose the whole text."""
    inner = text[1:-1].strip()
    pieces = _split(inner)
    if pieces is None or (text[0] == "{" and ":" in inner):
        return None
    if not inner:
        return Items((), text[0])
    if len(pieces) > 1 and not pieces[-1].strip():  # the comma of a one-item tuple
        pieces.pop()
    items = tuple(_bare(piece) for piece in pieces)
    return Items(items, text[0]) if all(items) else None


def items_of(text: str) -> Items | None:
    """Read a whole text as a list.

    Args:
        text: A tidied answer.

    Returns:
        Its items; None when it is no list. Text without brackets is one if it has a comma.
    """
    if len(text) >= 2 and _PAIRS.get(text[0]) == text[-1]:
        return _bracketed(text)
    pieces = _split(text)
    if pieces is None or len(pieces) < 2:
        return None
    *first, last = pieces
    tail = _AND.split(f",{last}" if last.lstrip().startswith(("and ", "& ")) else last, maxsplit=1)
    items = tuple(_bare(piece) for piece in [*first, *tail] if piece.strip(" ,"))
    return Items(items, joined=len(tail) > 1) if len(items) > 1 and all(items) else None
