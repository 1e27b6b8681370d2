"""The final answer in what a model wrote.

Only the model's own output is ever read for markers. A question may forge one that the model then
copies: given the question, a marker that stands there word for word is no answer.
"""

import re
from typing import NamedTuple

from memory.answers.equality import key, normalise
from memory.answers.surface import MAX_CHARS

MAX_UNMARKED = 200
"""Characters: a longer text without a marker is reasoning, not an answer."""

_MARKS = r"[*_`\"'\s]{0,8}+"
_SAID = re.compile(
    rf"\bfinal[ _]answer{_MARKS}(?:is\b{_MARKS}[:=]?|[:=]){_MARKS}"
    rf"|\banswer{_MARKS}[:=]{_MARKS}"
    r"|\banswer (?:to [^\n.?!]{1,80}? )?(?:is|was|will be|would be|should be|must be)\b"
    rf"{_MARKS}:?{_MARKS}(?!not [a-z])"
    rf"|\bcorrect (?:option|choice|verdict) is\b:?{_MARKS}"
    r"|<answer>",
    re.IGNORECASE,
)
_HEADING = re.compile(r"^[#*_\s]{0,10}(?:the )?(?:final )?answer[#*_:\s]{0,10}$", re.IGNORECASE)
_VERDICT = re.compile(r"\[\[ ?([A-Za-z0-9.]{1,12}) ?\]\]")
_HASHES = re.compile(r"####[ \t]*(\S[^\n]{0,300})$")
_BOXED = "\\boxed{"
_MAX_BOXES = 8
_MAX_ECHOES = 50
_DECORATION = re.compile(r"[*_`\"'\s]+")
# Not a longer number or word, and not the first of several to choose from: "Answer: yes or no".
_ENDS = r"(?!\w)(?![.,]\w)(?! ?(?:or\b|[/|,]))"
_FENCE = re.compile(r"^\s*```\w*\s*$")
_SENTENCE_END = re.compile(r"(?<=[^\s.])[.!](?=\s+[\"'(*]*[A-Z])")
_OPENER = re.compile(r"[.!]\s+(?:This|That|The|It|Because|Since|So|Therefore|Here|We|If|In|As)\b")
_BECAUSE = re.compile(r",? (?:because|since|as the|so the|which means)\b")
_ABBREVIATIONS = frozenset(
    {"mr", "mrs", "ms", "dr", "st", "prof", "jr", "sr", "vs", "mt", "ft", "inc"}
)


class _Hit(NamedTuple):
    """A marker: where it starts, where it ends, and the content that follows."""

    start: int
    end: int
    content: str


def _lines(text: str) -> list[str]:
    """The lines that hold something other than a code fence's marks."""
    return [line for line in text.splitlines() if line.strip() and not _FENCE.match(line)]


def _own_words(text: str) -> str:
    """What comes after the model's thinking, if it marks thinking off."""
    return text.rpartition("</think>")[2]


def _first_sentence(text: str) -> str:
    """Cut an answer off where an explanation begins."""
    for match in _SENTENCE_END.finditer(text):
        word = re.split(r"[\s(]", text[: match.start()])[-1]
        initial = len(word) == 1 and word.isalpha() and not _OPENER.match(text, match.start())
        if not initial and "." not in word and word.lower() not in _ABBREVIATIONS:
            text = text[: match.start()]
            break
    return _BECAUSE.split(text, maxsplit=1)[0]


def _boxed(text: str, end: int) -> _Hit | None:
    """The last complete box that starts before `end`."""
    for _ in range(_MAX_BOXES):
        start = text.rfind(_BOXED, 0, end)
        if start < 0:
            return None
        depth, body = 1, text[start + len(_BOXED) : start + len(_BOXED) + MAX_CHARS]
        for position, sign in enumerate(body):
            depth += {"{": 1, "}": -1}.get(sign, 0)
            if depth == 0:
                return _Hit(start, start + len(_BOXED), body[:position])
        end = start
    return None


def _after(text: str, position: int) -> str:
    """The rest of the line, or the next line that holds something."""
    rest = _lines(text[position : position + 2 * MAX_CHARS])
    if rest and rest[0].rstrip(" *_").endswith(":") and len(rest) > 1:
        rest = rest[1:]
    return rest[0].split("</answer>")[0] if rest else ""


def _said(text: str, end: int) -> _Hit | None:
    """The last spoken marker that starts before `end`."""
    last = None
    for match in _SAID.finditer(text, 0, end):
        last = match
    if last is None:
        return None
    return _Hit(last.start(), last.end(), _first_sentence(_after(text, last.end())))


def _headed(text: str, end: int) -> _Hit | None:
    """The last heading that says "answer"."""
    position, last = 0, None
    for line in text[:end].splitlines(keepends=True):
        if len(line) < 60 and _HEADING.match(line.rstrip("\n")):
            last = (position, position + len(line))
        position += len(line)
    return _Hit(*last, _first_sentence(_after(text, last[1]))) if last else None


def _hashed(text: str, end: int) -> _Hit | None:
    """A "#### X" at the very end; elsewhere it is a heading."""
    stripped = text[:end].rstrip()
    start = stripped.rfind("####")
    match = _HASHES.match(stripped, start) if start >= 0 else None
    return _Hit(start, match.start(1), match[1]) if match else None


def _verdict(text: str, end: int) -> _Hit | None:
    """The last [[X]]."""
    last = None
    for match in _VERDICT.finditer(text, 0, end):
        last = match
    return _Hit(last.start(), last.start(1), last[1]) if last else None


def _plain(text: str) -> str:
    """Lower case, without marks of emphasis, with single spaces."""
    return _DECORATION.sub(" ", text.casefold())


def _echoes(text: str, hit: _Hit, question: str) -> bool:
    """Whether a marker with its content stands in the question (which is plain) word for word."""
    if not hit.content.strip():
        return False
    end = text.index(hit.content, hit.end) + len(hit.content)
    copied = _plain(text[hit.start : end]).strip(" .!()")
    return re.search(re.escape(copied) + _ENDS, question) is not None


def _last_marked(text: str, question: str | None = None) -> str | None:
    """What follows the last marker that is no echo, as it is; None without such a marker."""
    asked = _plain(question) if question else ""
    end = len(text)
    for _ in range(_MAX_ECHOES):
        finders = (_said, _headed, _hashed, _verdict, _boxed)
        found = [hit for finder in finders if (hit := finder(text, end)) is not None]
        if not found:
            return None
        last = max(found, key=lambda hit: hit.start)
        if not asked or not _echoes(text, last, asked):
            return last.content
        end = last.start
    return None


def _unpaired(text: str) -> str:
    """Take off an edge mark whose partner stayed on the other side of the marker."""
    for mark in ("**", "__", "`", "*", '"'):
        if text.count(mark) % 2 and len(text) > 2:
            stop = "." if text.endswith(f"{mark}.") else ""
            text = text.removeprefix(mark).removesuffix(stop).removesuffix(mark).strip()
    return text


def _presentable(answer: str) -> str | None:
    """The normal form of what was found; None if there is nothing in it or far too much."""
    text = normalise(_unpaired(answer.strip()))
    return text if text and len(text) <= MAX_CHARS else None


def extract_marked(text: str, question: str | None = None) -> str | None:
    """The final answer after the last marker that a model wrote.

    Markers: "Final answer: X", "Answer: X", "the answer is X", "#### X" at the end, LaTeX's
    boxed{X}, [[X]], <answer>X</answer>, a heading "Answer" with X below. If nothing follows the
    last one (the text was cut), there is no answer.

    Args:
        text: The model's own output, never its prompt.
        question: What it was asked; a marker that it only copied from there is passed over.

    Returns:
        The answer in normal form; None without a marker.
    """
    found = _last_marked(_own_words(text), question)
    return None if found is None else _presentable(found)


def extract(text: str, question: str | None = None) -> str | None:
    """The final answer in a model's free output.

    Args:
        text: The model's own output, never its prompt.
        question: What it was asked; an output that only repeats it, or a marker in it, holds no
            answer.

    Returns:
        The answer in normal form: what follows the last marker, or a short single line as a whole;
        None for longer text without a marker.
    """
    text = _own_words(text)
    marked = _last_marked(text, question)
    if marked is not None:
        return _presentable(marked)
    lines = _lines(text)
    if len(lines) != 1 or len(lines[0].strip()) > MAX_UNMARKED or _last_marked(text) is not None:
        return None
    answer = _presentable(lines[0])
    echoed = answer is not None and question is not None and key(answer) == key(question)
    return None if echoed else answer
