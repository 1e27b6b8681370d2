"""The labels that a question gives: its options' or those of answers to compare; what names one."""

import re
from functools import lru_cache

from memory.answers.surface import clean

_LABEL = r"(?P<label>[A-Ja-j]|[1-9])"
_LINE = re.compile(
    rf"^[ \t*-]{{0,8}}[(\[]?{_LABEL}(?:[.):\]]| [-\u2013\u2014](?= ))[*]{{0,2}}[ \t]+"
    r"(?P<text>\S.*)",
    re.MULTILINE,
)
_INLINE = re.compile(
    r"(?<!\S)[(\[]?(?P<label>[A-Ja-j](?=[.)\]])|[1-9](?=[)\]]))[.)\]][ \t]+(?P<text>\S)"
)
_INTRODUCED = re.compile(r"[?:.;]\s*$")
_SENTENCE_END = re.compile(r"[.?!](?=\s)|\n")
_JOINED = re.compile(r"[\s,;]+(?:or|and)$")
_REPEATED = re.compile(r"[(\[]?(?P<label>[a-j1-9])(?:[.):\]]| ?[-\u2013\u2014]) (?P<text>\S.*)")
_SEQUENCES = ("ABCDEFGHIJ", "123456789")
_EDGES = " *_\"'`.,;"

_KIND = (
    r"(?:assistant|answer|response|output|reply|completion|solution|summary|translation|essay|story"
    r"|poem|explanation)"
)
_COMPARED = re.compile(rf"\b(?i:{_KIND})[ \t_-]*(?:[(\[]([a-cA-C1-3])[)\]]|([A-C1-3])\b)")
_NAMED = re.compile(
    rf"(?:the )?(?:(?:{_KIND}|option|choice)[ _-]*)?[(\[]{{0,2}}{_LABEL}[)\]]{{0,2}}[.:]?",
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
    """The options of a question, each on a line of its own or all in one.

    Args:
        question: Any text.

    Returns:
        The text of each by its label; none unless the labels run from A or 1 in order, once.
    """
    for found in (_on_lines(question), _in_a_line(question)):
        for sequence in _SEQUENCES:
            kept = [(label, text) for label, text in found if label in sequence]
            if len(kept) > 1 and sequence.startswith("".join(label for label, _ in kept)):
                return dict(kept)
    return {}


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


def _on_lines(question: str) -> list[tuple[str, str]]:
    """Label and text of what may be options on lines of their own."""
    return [(match["label"].upper(), _bare(match["text"])) for match in _LINE.finditer(question)]


def _in_a_line(question: str) -> list[tuple[str, str]]:
    """Label and text of what may be options in running text, each up to the next one."""
    found = list(_INLINE.finditer(question))
    if not found or not _INTRODUCED.search(question[: found[0].start()]):
        return []
    ends = [*(match.start() for match in found[1:]), len(question)]
    texts = [question[match.start("text") : end] for match, end in zip(found, ends, strict=True)]
    texts = [*(text.partition("\n")[0] for text in texts[:-1]), _SENTENCE_END.split(texts[-1])[0]]
    return [
        (match["label"].upper(), _bare(_JOINED.sub("", text.rstrip())))
        for match, text in zip(found, texts, strict=True)
    ]


def _bare(text: str) -> str:
    """Text without marks of emphasis, or marks at its edges."""
    return clean(text).replace("**", "").strip(_EDGES)
