"""What a program returned, as an answer."""

import math
import re
from collections.abc import Iterable
from datetime import date, datetime, time, timedelta
from decimal import Decimal

from memory.answers.equality import Kind, kind_of, normalise
from memory.answers.extraction import extract_marked
from memory.answers.surface import MAX_CHARS

_MAX_ITEMS = 500
_MAX_DEPTH = 4
_SHORT_DIGITS = 10
_LARGE = 1e15
_LAST_EXACT = 2**53  # above it a float may be any of several whole numbers
_MAX_INT_BITS = 6_600  # about MAX_CHARS decimal digits
_WORD = r"(?P<word>answer|result|output)\W{0,4}(?P<sign>is\b|[:=])"
_MARKER = re.compile(rf"\b{_WORD}", re.IGNORECASE)
_MARKED = re.compile(
    rf"\W{{0,4}}(?:(?:so|thus|hence|therefore)\W+)?(?:the )?(?:final )?{_WORD}"
    r"|\W{0,4}(?:####|\\boxed\{)",
    re.IGNORECASE,
)


def _large(value: float) -> str | None:
    """A float of 1e15 or more, all of whose digits count; None if it needs more than it holds."""
    if abs(value) <= _LAST_EXACT:
        return normalise(repr(value))
    short = f"{value:.15g}"
    return normalise(short) if float(short) == value else None


def _float(value: float) -> str | None:
    """A float without the noise of binary arithmetic; None if it is not finite."""
    if not math.isfinite(value):
        return None
    if abs(value) >= _LARGE:
        return _large(value)
    if value.is_integer():
        return str(int(value))
    rough = f"{value:.12g}"
    short = len(rough.lstrip("-0.")) <= _SHORT_DIGITS
    return normalise(rough if short else f"{value:.15g}")


def _sorted(values: Iterable[object]) -> list[object]:
    """A set in an order that does not change from run to run."""
    return sorted(
        values, key=lambda v: (0, v, "") if isinstance(v, int | float) else (1, 0, str(v))
    )


def _sequence(values: list[object], depth: int) -> str | None:
    """Items joined by commas, in brackets if they are nested, alone, or hold commas themselves."""
    if len(values) > _MAX_ITEMS or depth >= _MAX_DEPTH:
        return None
    texts = [_text(value, depth + 1) for value in values]
    if None in texts:
        return None
    items = [text for text in texts if text is not None]
    plain = depth == 0 and len(items) > 1 and not any("," in item for item in items)
    joined = ", ".join(items)
    if plain and all(items) and kind_of(joined) in {Kind.LIST, Kind.TEXT}:
        return joined
    quoted = [repr(t) if isinstance(v, str) else t for v, t in zip(values, items, strict=True)]
    return f"[{', '.join(quoted)}]"


def _day(value: date | time | timedelta) -> str | None:
    """A date, time of day or whole number of days; midnight is the date alone."""
    if isinstance(value, timedelta):
        whole = value == timedelta(days=value.days)
        return f"{value.days} day{'' if abs(value.days) == 1 else 's'}" if whole else None
    if isinstance(value, datetime):
        return value.date().isoformat() if value.time() == time() else value.isoformat(sep=" ")
    return value.isoformat()


def _scalar(value: object) -> str | None:
    """The text of a value that holds no others; None for what is no answer."""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return str(value) if value.bit_length() <= _MAX_INT_BITS else None
    if isinstance(value, float):
        return _float(value)
    if isinstance(value, Decimal):
        return normalise(str(value)) if value.is_finite() else None
    return _day(value) if isinstance(value, date | time | timedelta) else None


def _fits(value: object) -> bool:
    """Whether a value can have a text short enough, all that it holds taken together.

    What is held twice counts twice, as it would be written; so what holds itself does not fit.
    """
    left = 2 * MAX_CHARS
    waiting = [value]
    while waiting and left >= 0:
        item = waiting.pop()
        if isinstance(item, list | tuple | set | frozenset):
            left -= len(item)
            waiting += item if left >= 0 else ()
        else:
            text = _scalar(item)
            if text is None:
                return False
            left -= max(0, len(text) - 1)
    return left >= 0


def _text(value: object, depth: int) -> str | None:
    """The text of one value; None for what is no answer."""
    if isinstance(value, set | frozenset):
        return _sequence(_sorted(value), depth)
    if isinstance(value, list | tuple):
        return _sequence(list(value), depth)
    return _scalar(value)


def from_value(value: object) -> str | None:
    """The answer that a program's return value stands for.

    Args:
        value: Text, number, boolean, date, whole days, or a list, tuple or set of these.

    Returns:
        The answer in normal form; None for None, NaN, infinity, dicts and other objects, empty
        text, anything longer than 2,000 characters, and whole floats above 2**53 that need more
        than 15 digits: the number they stand for is not known.
    """
    text = _text(value, 0) if _fits(value) else None
    if text is None or not text.strip() or len(text) > 2 * MAX_CHARS:
        return None
    answer = normalise(text)
    return answer if answer and len(answer) <= MAX_CHARS else None


def unmarked(answer: str, question: str) -> str:
    """A program's answer without the one marker that it begins with: "Result: 42".

    Args:
        answer: In normal form.
        question: What was asked. A marker that is copied from there stays, and so does "Result:"
            or "Output:" where the question says it: then it may be part of what is asked for.

    Returns:
        What follows the marker, read as in what a model writes; else the answer as it is.
    """
    found = _MARKED.match(answer)
    if found is None or _MARKER.search(answer, found.end()):
        return answer
    word, sign = found["word"], found["sign"]
    if word is not None and word.lower() != "answer":
        if re.search(rf"\b{word}\W{{0,4}}{sign}", question, re.IGNORECASE):
            return answer
        answer = f"{answer[: found.start('word')]}answer{answer[found.end('word') :]}"
    return extract_marked(answer, question) or found.string
