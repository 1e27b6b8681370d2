"""A question that holds two answers to compare, taken apart.

Answers are told by their headings, such as "Answer A:", "### Response 2", "Output (b):" or
"[The Start of Assistant A's Answer]". Where a heading comes twice, or one of any form stands before
the two, nothing says which is the real one (an answer may forge the other's), and nothing is
parsed; nor where there is a third answer, or where nothing around the two asks which is better.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from memory.answers.options import KIND

_KIND = f"(?P<kind>{KIND})"
_LETTER = r"[ \t_#-]*\(?(?P<letter>[A-C1-3])\)?(?:'s (?:answer|response|reply|output))?"
_WHOSE = r"(?:the )?(?:(?:candidate|model|ai|student|chatbot) )?"
_HEADING = re.compile(
    rf"^[ \t#*_\[(<|]*{_WHOSE}{_KIND}{_LETTER}(?: \([^()\n]{{1,40}}\))?"
    r"(?:[ \t*_\])>|]*(?::[ \t*_]*|$)|[*_]*[ \t]+[-–—][ \t]+)",
    re.IGNORECASE | re.MULTILINE,
)
_INLINE = re.compile(
    rf"(?<![\w\"'(])(?-i:(?=[A-Z])){_KIND}{_LETTER}:[ \t]*",  # not "40 gave answer A: yes"
    re.IGNORECASE,
)
_START = re.compile(
    rf"[\[<|]{{1,3}}(?:the )?start of {_WHOSE}{_KIND}{_LETTER}[^\]>\n]{{0,60}}[\]>|]+",
    re.IGNORECASE,
)
_END = r"[\[<|]{{1,3}}(?:the )?end of [^\]>\n]{{0,40}}\b{letter}\b[^\]>\n]{{0,60}}[\]>|]+"
_ASKED = re.compile(
    r"(?:^[ \t#*_\[(<|]*|(?<=[.?!:] ))(?:the )?(?:user(?:'s)? )?"
    r"(?:question|instruction|prompt|query|request|task)[ \t*_\])>|]*(?::[ \t*_]*|$|(?<=>))",
    re.IGNORECASE | re.MULTILINE,
)
_BELOW = re.compile(r"\b(?:below|following|at the end)\b", re.IGNORECASE)
_ELEMENT = re.compile(r"\s*<(?P<tag>[\w-]+)>(?P<body>.*)</(?P=tag)>\s*", re.DOTALL)
_REQUEST = re.compile(
    r"[#*\s\[(]*(?:which|who|is|are|does|what|please|decide|choose|pick|say|tell|compare|judge"
    r"|select|now|your|verdict|reply|respond|answer (?:with|just|only)|give|end|name"
    r"|explain|think|then|in your (?:opinion|view)"
    r"|[A1],? (?:or )?[B2])\b",
    re.IGNORECASE,
)
_CLOSING = re.compile(
    r"""[#*\s\[(]*(?:(?:only|just|please|now|then|first|briefly|finally)[ ,]+)*(?:
      (?:reply|respond|answer|output|print|write|return|say|give|state|provide)\b[^\n]{0,80}
        \b(?:letter|label|character|(?:one|single)\ word|verdict|choice|json
          |[A1]['")]?(?:\ or\ |/|,\ ?)['"(]?(?:answer\ )?[B2])\b.*
    | (?:a|the)\ (?:single\ )?(?:letter|label|number)(?:\ only)?(?:,?\ please)?[.!]?
    | (?:explain|justify|give|show)\b[^\n]{0,40}\b(?:reasoning|reasons?|choice|decision|verdict)\b.*
    | (?:let['’]s\ )?think\ (?:step\ by\ step|it\ through|carefully)\b.*
    | (?:do\ not|don['’]t|avoid|ignore)\b[^\n]{0,60}
        \b(?:order|length|position|bias(?:es)?|names?|explain|explanation)\b.*
    | be\ (?:as\ )?(?:brief|concise|objective|fair|impartial)(?:\ as\ possible)?(?:[.!].*)?
    | (?:begin|start)\ your\ (?:evaluation|comparison|reply|response|answer|judge?ment)\b.*
    | (?:(?:your|the|final|better|best)\ )*
        (?:answer|response|verdict|choice|decision|judge?ment|evaluation)
        (?:\ ?\([^()\n]{1,20}\))?[ *]*:[ *]*
    )\s*""",
    re.IGNORECASE | re.VERBOSE,
)
"""What tells a judge how to reply; an answer may end so, too, unless a blank line parts them."""

_FOR_BETTER = (
    r"\[\[|\b(?:better|best|prefer\w*|winner|verdict|superior|A or B|1 or 2|A, B,? or|\(a\) or"
    r"|more (?:helpful|useful|accurate|correct|appropriate|convincing))"
)
BETTER = re.compile(_FOR_BETTER, re.IGNORECASE)
"""What asks for the better one."""

COMPARES = re.compile(rf"{_FOR_BETTER}|\b(?:worse|compare|judge)", re.IGNORECASE)
"""What asks to compare two answers."""

_LINES = re.compile(r"^", re.MULTILINE)
_SENTENCES = re.compile(
    r"(?<=\s)(?=(?:Which|Who|Is|Please|Decide|Choose|Pick|Reply|Say|Your"
    r"|Explain|Think|Tell|In your opinion)\b)"
)
_MAX_REQUEST = 600

Spans = tuple[tuple[int, int], tuple[int, int]]
Couple = tuple[re.Match[str], re.Match[str]]


@dataclass(frozen=True, slots=True)
class Pair:
    """Two answers to one instruction.

    Attributes:
        instruction: What both answer, without the words around it where they could be told apart.
        first: The answer called A or 1.
        second: The answer called B or 2.
        labels: What the two are called, such as "A" and "B".
        spans: Where in the question the two answers stand, as (start, end).
        request: What is asked about the two: the words around them and their instruction.
    """

    instruction: str
    first: str
    second: str
    labels: tuple[str, str]
    spans: Spans
    request: str


def parse(question: str) -> Pair | None:
    """Take a question with two answers to compare apart.

    Args:
        question: Any question.

    Returns:
        Its parts; None when it holds no two answers under headings, or an empty one, or does not
        ask which is better.
    """
    found = _found(question)
    if found is None:
        return None
    headings, spans = found
    before, behind = question[: headings[0].start()], question[spans[1][1] :]
    if not (COMPARES.search(before) or COMPARES.search(behind)):
        return None
    bare = _without_asked(question, before, spans)
    if bare is None:
        return None
    instruction = _instruction(before if bare == spans else question[bare[1][1] : spans[1][1]])
    first, second = (question[begin:end] for begin, end in bare)
    if not first or not second or not instruction:
        return None
    labels = headings[0]["letter"].upper(), headings[1]["letter"].upper()
    return Pair(instruction, first, second, labels, bare, _request(before, behind))


def swapped(question: str) -> str | None:
    """The same question with its two answers exchanged, and all else as it was.

    Args:
        question: Any question.

    Returns:
        The other order; None when it holds no two answers.
    """
    pair = parse(question)
    if pair is None:
        return None
    (a, b), (c, d) = pair.spans
    return question[:a] + pair.second + question[b:c] + pair.first + question[d:]


def _found(question: str) -> tuple[Couple, Spans] | None:
    """The two headings and their answers, by the clearest form of which there are several.

    Where that form tells no two answers apart, a less clear one inside an answer may not either.
    What an answer forges stands behind the first real heading, so the two must begin with that.
    """
    brackets, lines, inline = (
        list(form.finditer(question)) for form in (_START, _HEADING, _INLINE)
    )
    if len(brackets) > 1:
        found, like = _bracketed(question, brackets), brackets
    elif len(lines) > 1:
        found, like = _headed(question, lines, _LINES), [*lines, *inline]
    else:
        found, like = _headed(question, inline, _SENTENCES), [*lines, *inline]
    if found is None:
        return None
    first, _ = found[0]
    begin = min(heading.start("letter") for heading in (*brackets, *lines, *inline))
    alike = {heading.start("letter") for heading in like if _name(heading) == _name(first)}
    return found if first.start("letter") == begin and len(alike) == len(found[0]) else None


def _name(heading: re.Match[str]) -> tuple[str, bool]:
    """What the two headings of a couple share: the word, and whether letters or digits follow."""
    return heading["kind"].lower(), heading["letter"].isdigit()


def _couple(headings: Sequence[re.Match[str]]) -> Couple | None:
    """The two headings of one kind that name an A and a B (or 1 and 2), if there are just those."""
    kinds: dict[tuple[str, bool], list[re.Match[str]]] = {}
    for heading in headings:
        kinds.setdefault(_name(heading), []).append(heading)
    for kind in kinds.values():
        letters = [heading["letter"].upper() for heading in kind]
        if letters in (["A", "B"], ["1", "2"]):
            return kind[0], kind[1]
        if len(set(letters)) > 1:
            return None  # forged, of several rounds, or of more answers than two
    return None


def _bracketed(question: str, headings: Sequence[re.Match[str]]) -> tuple[Couple, Spans] | None:
    """Answers between a line that says where they start and one that says where they end."""
    couple = _couple(headings)
    if couple is None:
        return None
    first, second = couple
    limits = (second.start(), len(question))
    ends = [
        _last(_END.format(letter=heading["letter"]), question, heading.end(), limit)
        for heading, limit in zip(couple, limits, strict=True)
    ]
    return couple, (
        _stripped(question, first.end(), ends[0]),
        _stripped(question, second.end(), ends[1]),
    )


def _last(pattern: str, question: str, begin: int, limit: int) -> int:
    """Where the last match within limits starts; an answer that forges an earlier one is kept."""
    found = list(re.compile(pattern, re.IGNORECASE).finditer(question, begin, limit))
    return found[-1].start() if found else limit


def _headed(
    question: str, headings: Sequence[re.Match[str]], cuts: re.Pattern[str]
) -> tuple[Couple, Spans] | None:
    """Answers under headings; what asks for the verdict behind the second is no part of it."""
    couple = _couple(headings)
    if couple is None:
        return None
    first, second = couple
    end = _before_request(question, second.end(), cuts)
    if not question[second.end() : end].strip():  # an answer may be no more than that
        end = _before_request(question, second.end(), cuts, closings=False)
    return couple, (
        _answer(question, first, second.start()),
        _answer(question, second, end),
    )


def _answer(question: str, heading: re.Match[str], limit: int) -> tuple[int, int]:
    """What stands under a heading; where that is a tag, without the tag that closes it."""
    element = _ELEMENT.fullmatch(question, heading.start(), limit)
    begin, end = element.span("body") if element else (heading.end(), limit)
    return _stripped(question, begin, end)


def _before_request(
    question: str, begin: int, cuts: re.Pattern[str], *, closings: bool = True
) -> int:
    """Where the lines (or sentences) that ask for the verdict begin, at the question's end."""
    end = request = len(question)
    for cut in reversed([match.start() for match in cuts.finditer(question, begin)]):
        piece = question[cut:end]
        asks = not piece.strip() or bool(_REQUEST.match(piece) and COMPARES.search(piece))
        if len(piece.strip()) > _MAX_REQUEST or not (
            asks or (closings and _CLOSING.fullmatch(piece))
        ):
            break
        end = cut
        if asks:
            request = cut
    return request


def _stripped(question: str, begin: int, end: int) -> tuple[int, int]:
    """A span without the white space at its edges."""
    body = question[begin:end]
    return begin + len(body) - len(body.lstrip()), begin + len(body.rstrip())


def _instruction(before: str) -> str:
    """What was asked: the text behind a heading that says so, or all before the answers."""
    heading = _ASKED.search(before)
    element = _ELEMENT.fullmatch(before, heading.start() if heading else 0)
    if element:
        return element["body"].strip()
    return (before[heading.end() :].strip() if heading else "") or before.strip()


def _without_asked(question: str, before: str, spans: Spans) -> Spans | None:
    """The answers without an instruction behind them, where nothing but a request is before them.

    One in the second answer is the instruction if the request says that it is to come; else it may
    be the answer's own, or forged, and nothing says which.
    """
    if _ASKED.search(before) or not all(map(COMPARES.search, before.strip().splitlines())):
        return spans
    (begin, _), (second, end) = spans
    found = [heading.start() for heading in _ASKED.finditer(question, begin, end)]
    if not found:
        return spans
    if len(found) > 1 or found[0] < second or not _BELOW.search(before):
        return None
    return spans[0], _stripped(question, second, found[0])


def _request(before: str, behind: str) -> str:
    """The words around the answers, without the instruction where it could be told apart."""
    heading = _ASKED.search(before)
    around = (before[: heading.start()] if heading else "") + behind
    return around if heading or COMPARES.search(around) else before + behind
