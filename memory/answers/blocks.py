"""An answer of several lines behind a marker: a list, a table, code, displayed mathematics."""

import re
from itertools import takewhile
from typing import NamedTuple

from memory.answers.surface import MAX_CHARS, tidy

_FENCE = re.compile(r"^\s*(?:```\w*|\\[\[\]()]|\$\$)\s*$")
_DISPLAY = re.compile(
    r"[\s*_]*(\\\[.*?\\\]|\\\(.*?\\\)|\$\$.*?\$\$|\\begin\{(?P<name>\w+\*?)\}.*?\\end\{(?P=name)\})",
    re.DOTALL,
)
_ITEM = re.compile(r"\s{0,8}(?:[-*+\u2022\u2013]|(?P<number>\d{1,3})[.)])\s{1,8}(?P<text>\S.*)")
_RULE = re.compile(r"\s{0,3}([-*_=])(?:[ \t]?\1){2,}\s*$")
_ROW = re.compile(r"\s{0,3}\|.*\|$")
_INDENTED = re.compile(r"\s{2,12}\S")
_WORD = re.compile(r"[*_\"'`]{0,3}[^\W\d_]{2}")
_LEAD_IN = re.compile(r"(?!.*(?:[.!?]\s|\bbecause\b|\bsince\b)).*:[ *_]*$", re.IGNORECASE)
_CLOSING_EMPHASIS = "*_"
_ON_ITS_LINE = re.compile(r"[ \t*_]*[^\s*_]")
_SHORT_LINE = re.compile(r"\s{0,3}(?:[^\s,;:|]+ ){0,2}[^\s,;:|]*[^\s.!?,;:|]\s*$")


class Block(NamedTuple):
    """What was read, and where in the text it ends."""

    content: str
    end: int


class _Line(NamedTuple):
    """A line that holds something, and where in the text it ends."""

    text: str
    end: int


def is_fence(line: str) -> bool:
    """Whether a line only opens or closes a block of code or of mathematics."""
    return _FENCE.match(line) is not None


def is_rule(line: str) -> bool:
    """Whether a line is only drawn: "---"."""
    return _RULE.match(line) is not None


def is_lead_in(line: str) -> bool:
    """Whether a line only announces what comes below: "as follows:"."""
    return _LEAD_IN.match(line) is not None


def block_after(text: str, position: int) -> Block | None:
    """Read the list, the fenced block or the displayed formula that follows a marker.

    Args:
        text: Any text.
        position: Where the marker's last letter or colon ends.

    Returns:
        The items of a list joined by commas, the rows of a table, the lines in a fence, or a
        formula of several lines; None for a single line, running text, and a list of one that is
        numbered: it may be an option. Lines of a word or a few below a marker are a list, too.
    """
    lines = _lines(text, position)
    if len(lines) > 1 and is_lead_in(lines[0].text):
        position = lines[0].end
        lines = lines[1:]
    if not lines:
        return None
    displayed = _DISPLAY.match(text, position, position + 2 * MAX_CHARS)
    if displayed is not None and "\n" in displayed[1]:
        return Block(displayed[1], displayed.end())
    if is_fence(lines[0].text):
        return _fenced(lines)
    below = _ON_ITS_LINE.match(text, position) is None or text[position - 1 : position] == "\n"
    return _table(lines) or _listed(lines) or (_plain(text, lines) if below else None)


def _lines(text: str, position: int) -> list[_Line]:
    """The lines of what an answer may fill, without a mark that closes the marker's emphasis."""
    rest = text[position : position + 2 * MAX_CHARS].partition("</answer>")[0]
    lines, end = [], position
    for number, line in enumerate(rest.splitlines(keepends=True)):
        end += len(line)
        bare = line.lstrip(_CLOSING_EMPHASIS) if number == 0 else line
        if bare.strip(" \t\r\n*_") and not is_rule(bare):
            lines.append(_Line(bare.rstrip(), end))
    return lines


def _fenced(lines: list[_Line]) -> Block | None:
    """The lines up to the closing fence, or all of them without one."""
    closing = next((at for at in range(1, len(lines)) if is_fence(lines[at].text)), len(lines))
    inside = lines[1:closing]
    return Block("\n".join(line.text for line in inside), inside[-1].end) if inside else None


def _table(lines: list[_Line]) -> Block | None:
    """The rows that follow one another, with their heading, which alone tells nothing."""
    rows = list(takewhile(lambda line: _ROW.match(line.text), lines))
    return Block("\n".join(row.text for row in rows), rows[-1].end) if len(rows) > 1 else None


def _listed(lines: list[_Line]) -> Block | None:
    """The items that follow one another, each with the deeper lines that carry it on."""
    items: list[str] = []
    last, end = _ITEM.match(lines[0].text), 0
    alone = last is not None and _is_word(last)
    for line in lines:
        item = _ITEM.match(line.text)
        if item is not None and last is not None and (not items or _is_next(item, last)):
            items.append(item["text"])
            last = item
        elif items and _INDENTED.match(line.text):
            items[-1] += f" {line.text.strip()}"
        else:
            break
        end = line.end
    return Block(", ".join(map(tidy, items)), end) if len(items) > 1 or alone else None


def _plain(text: str, lines: list[_Line]) -> Block | None:
    """Short lines without bullets, up to an empty one; alike in being numbers or words."""
    items: list[str] = []
    end = lines[0].end
    for line in lines:
        parted = items and not text[end : line.end].splitlines()[0].strip()
        alike = _numeric(line.text) == _numeric(lines[0].text)
        if parted or not alike or not _SHORT_LINE.match(line.text):
            break
        items.append(line.text)
        end = line.end
    return Block(", ".join(map(tidy, items)), end) if len(items) > 1 else None


def _numeric(line: str) -> bool:
    """Whether a line begins with a number."""
    return line.lstrip(" -$*_")[:1].isdigit()


def _is_next(item: re.Match[str], last: re.Match[str]) -> bool:
    """Whether an item is of the same list: a bullet too, or the next number."""
    if item["number"] is None or last["number"] is None:
        return item["number"] is last["number"]
    return int(item["number"]) - int(last["number"]) in {0, 1}


def _is_word(item: re.Match[str]) -> bool:
    """Whether a bullet alone is one, not a minus sign."""
    return not item["number"] and _WORD.match(item["text"]) is not None
