"""The labels that a question gives: its options' or those of answers to compare; what names one."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import product

from memory.answers.surface import clean

_LABEL = r"(?P<label>[A-Ja-j]|[1-9])"
_BRACKETED = (rf"\({_LABEL}\)", rf"\[{_LABEL}\]", rf"{_LABEL}[)\]]")
_STYLES = (*_BRACKETED, rf"{_LABEL}\.", rf"{_LABEL}:", rf"{_LABEL} [-\u2013\u2014](?= )")
_LINES = tuple(
    re.compile(rf"^[ \t*-]{{0,8}}{style}\*{{0,2}}[ \t]+(?=\S)", re.MULTILINE) for style in _STYLES
)
_INLINE = tuple(
    re.compile(rf"(?<!\S){style}[ \t]+(?=\S)") for style in (*_BRACKETED, r"(?P<label>[A-Ja-j])\.")
)
_SEQUENCES = ("ABCDEFGHIJ", "abcdefghij", "123456789")
_INTRODUCED = re.compile(r"[?:.;]\s*\Z")
_UNTITLED = "".join(rf"(?<!\b{title})" for title in ("Dr", "Mr", "Mrs", "Ms", "Mt", "Prof", "St"))
_INSTRUCTS = (
    r"(?:Answer|Choose|Explain|Give|Just|Name|Only|Pick|Please|Print|Reply|Respond|Return|Say|Select"
    r"|State|Use|What|Which|Write)\b"
)
SENTENCE_END = re.compile(
    rf"(?:{_UNTITLED}\.|\.(?=\s+{_INSTRUCTS})|!)(?=\s+(?:[^\W\d_a-z]|\())|\?(?=\s|\Z)"
)
"""What ends one, but for the stop of a title before a name: "St. Louis"."""
_JOINT = re.compile(r"(?:and|or)\b")
_JOINED = re.compile(r"[\s,;]+(?:or|and)\Z")
_ENDING = " \t\r,;."
CHOICE = re.compile(
    r"\b(?:which|choose|select|pick|options?|choices?|correct (?:answer|one)|best answer)\b",
    re.IGNORECASE,
)
"""What asks for one of several."""

_COUNTED = re.compile(r"\b(?:how (?:many|much)|number of|count(?! as))\b", re.IGNORECASE)
_STEP = re.compile(
    r"(?:then|afterwards|after that|add|divide|double|halve|multiply|square|subtract|triple)\b"
    r"|(?:next|finally),|\w+ it\b|print\(|(?-i:return\b)",
    re.IGNORECASE,
)
"""How a text begins that goes on from the one before it."""

_SET = re.compile(r"(\w+) ?=(?!=)")
_REPEATED = re.compile(r"[(\[]?(?P<label>[a-j1-9])(?:[.):\]]| ?[-\u2013\u2014]) (?P<text>\S.*)")
_EDGES = " *_\"'`.,;"

KIND = (  # of answers that are compared
    r"(?:assistant|answer|response|output|reply|completion|solution|summary|translation|essay|story"
    r"|poem|explanation)"
)
_COMPARED = re.compile(rf"\b(?i:{KIND})[ \t_-]*(?:[(\[]([a-cA-C1-3])[)\]]|([A-C1-3])\b)")
_NAMED = re.compile(
    rf"(?:the )?(?:(?:{KIND}|option|choice)[ _-]*)?[(\[]{{0,2}}{_LABEL}[)\]]{{0,2}}[.:]?",
    re.IGNORECASE,
)
_SEVERAL = re.compile(r"(?:both |(?:option|choice|answer)s? )?(?P<labels>\S.*)", re.IGNORECASE)
_BETWEEN = re.compile(r",? (?:and|&) | ?[,;/] ?| ")
_SEVERAL_ASKED = re.compile(
    r"\b(?:which|what)(?: of)?(?: \w+){0,3}? (?:are|were|have|do|two|three|four)\b"
    r"|\ball (?:that|which|of the|correct|true|the)\b|\bone or more\b|\bmore than one\b"
    r"|\b(?:select|choose|pick|mark|tick|name|list) (?:the |any )?(?:\w+ )?"
    r"(?:two|three|four|all)\b",
    re.IGNORECASE,
)
_PLACED = re.compile(
    r"\b(?:order|sequence|arrang|rank|sort|match|steps?\b|blanks?\b|gaps?\b|respective|each\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Option:
    """Where an option stands in a question.

    Attributes:
        label: Its letter or digit.
        start: Where its label begins, with the marks before it.
        begin: Where its text begins.
        end: Where its text ends, without a stop or what joins it to the next.
    """

    label: str
    start: int
    begin: int
    end: int


def labelled(answer: str, question: str) -> str:
    """The letter alone of an option that the question names by it: "B. Paris", "B - Paris".

    Args:
        answer: Any text.
        question: What it answers.

    Returns:
        The letter where letter and text are those of one option; else the answer as it is.
    """
    said = _REPEATED.fullmatch(_bare(answer).casefold())
    if said is None:
        return answer
    label = said["label"].upper()
    text = options_of(question).get(label, "").casefold()
    return label if text and text == _bare(said["text"]) else answer


@lru_cache(maxsize=8)
def options_of(question: str) -> dict[str, str]:
    """The text of each option of a question by its label, letters in upper case."""
    return {
        option.label.upper(): _bare(question[option.begin : option.end])
        for option in find_options(question)
    }


def find_options(question: str) -> tuple[Option, ...]:
    """The options of a question, each on a line of its own or all in one.

    Args:
        question: Any text.

    Returns:
        Them in order; none unless the labels run from A, a or 1 in order, once, in one style.
        Numbers are labels only where the question asks for one of several and not for a number, or
        they may number facts or steps.
    """
    found = [list(pattern.finditer(question)) for pattern in (*_LINES, *_INLINE)]
    for sequence, (place, marks) in product(_SEQUENCES, enumerate(found)):
        kept = [mark for mark in marks if mark["label"].isalpha() == sequence.isalpha()]
        if len(kept) < 2 or not sequence.startswith("".join(mark["label"] for mark in kept)):
            continue
        inline = place >= len(_LINES)
        options = _options(question, kept, inline=inline)
        fits = not inline or _introduced(question, kept[0])
        if fits and (sequence.isalpha() or _chosen(question, options)):
            return options
    return ()


def go_on(texts: Sequence[str]) -> bool:
    """Whether one text goes on from another, like steps, or lines that set names."""
    names = {found[1] if (found := _SET.match(text)) else "" for text in texts}
    return len(names) > 1 or any(_STEP.match(text) for text in texts)


def _options(question: str, marks: Sequence[re.Match[str]], *, inline: bool) -> tuple[Option, ...]:
    """The options behind these marks, each up to the next one or the end of its line."""
    limits = [*(mark.start() for mark in marks[1:]), len(question)]
    texts = [
        question[mark.end() : limit].partition("\n")[0]
        for mark, limit in zip(marks, limits, strict=True)
    ]
    if inline:
        texts[-1] = SENTENCE_END.split(texts[-1])[0]
    return tuple(
        Option(mark["label"], mark.start(), mark.end(), mark.end() + len(_unjoined(text)))
        for mark, text in zip(marks, texts, strict=True)
    )


def _unjoined(text: str) -> str:
    """An option's text without white space, a stop or an "or" at its end."""
    return _JOINED.sub("", text.rstrip(_ENDING)).rstrip(_ENDING)


def _introduced(question: str, mark: re.Match[str]) -> bool:
    """Whether options begin here in a line, and not "A. Lincoln" or "the points (A) and (B)"."""
    before = question[: mark.start()]
    if _INTRODUCED.search(before):
        return True
    if "." in mark[0] or _JOINT.match(question, mark.end()):
        return False
    return before.rstrip().endswith(",") or CHOICE.search(question) is not None


def _chosen(question: str, options: Sequence[Option]) -> bool:
    """Whether numbered texts are offered: which of them it is is asked, and not how many are."""
    before, behind = question[: options[0].start], question[options[-1].end :]
    if _COUNTED.search(before) or _COUNTED.search(behind):
        return False
    if CHOICE.search(before) or CHOICE.search(behind):
        return True
    texts = [question[option.begin : option.end] for option in options]
    return before.rstrip().endswith("?") and not go_on(texts)


def named(answer: str, question: str) -> str:
    """The bare label of what an answer names: "Response 1", "Output (a)", "option 2".

    Several letters are in one form too ("B and C", "B, C", "BC"), and in one order where the
    question asks for several and not for their order.

    Args:
        answer: A final answer in normal form.
        question: What it answers.

    Returns:
        The label or labels where the question has them; else the answer as it is.
    """
    options = options_of(question)
    one = _NAMED.fullmatch(answer)
    if one is not None:
        label = one["label"].upper()
        return label if label in options or label in _compared(question) else answer
    letters = _letters(answer)
    if len(letters) < 2 or len(set(letters)) < len(letters) or not options.keys() >= set(letters):
        return answer
    unordered = _SEVERAL_ASKED.search(question) and not _PLACED.search(question)
    return ", ".join(sorted(letters) if unordered else letters)


def _letters(answer: str) -> list[str]:
    """The letters that an answer consists of; without signs between them, only from A on."""
    said = _SEVERAL.fullmatch(answer)
    if said is None:
        return []
    pieces = _BETWEEN.split(said["labels"])
    if len(pieces) == 1 and re.fullmatch(r"[A-J]{2,10}", pieces[0]):
        return list(pieces[0]) if pieces[0] == "".join(sorted(pieces[0])) else []
    letters = [re.fullmatch(r"[(\[]?([A-Ja-j])[.)\]]?", piece) for piece in pieces]
    return [letter[1].upper() for letter in letters if letter] if all(letters) else []


@lru_cache(maxsize=8)
def _compared(question: str) -> frozenset[str]:
    """The labels of answers to compare, "Response 1" and "Response 2"; none without two."""
    found = {(match[1] or match[2]).upper() for match in _COMPARED.finditer(question)}
    return frozenset(found) if found >= {"A", "B"} or found >= {"1", "2"} else frozenset()


def _bare(text: str) -> str:
    """Text without marks of emphasis, or marks at its edges."""
    return clean(text).replace("**", "").strip(_EDGES)
