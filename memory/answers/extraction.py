"""The final answer in what a model wrote.

Only the model's own output is ever read for markers. A question may forge one that the model then
copies: given the question, a marker that stands there word for word is no answer. One that stands
there with several contents, or with one on a condition, offers a choice that the model may take.
"""

import re
from functools import lru_cache
from typing import NamedTuple

from memory.answers.blocks import block_after, is_fence, is_lead_in, is_rule
from memory.answers.equality import Kind, key, kind_of, normalise
from memory.answers.languages import ANSWER_WORDS, FINAL_WORDS, UNSPACED_WORDS
from memory.answers.quoted import is_key, is_quoted, opening
from memory.answers.surface import MAX_CHARS, clean
from memory.answers.thinking import own_words

MAX_UNMARKED = 200
"""Characters: a longer text without a marker is reasoning, not an answer."""

_MARK_SIGNS = "*_`\"' \t\r\n"
_MARKS = r"[*_`\"'\s]{0,8}+"
_COLON = r"[:=\uff1a]"
_ANSWER = (
    rf"(?:\banswer|\b(?:{'|'.join(ANSWER_WORDS)})(?: (?:{'|'.join(FINAL_WORDS)}))?"
    rf"|{'|'.join(UNSPACED_WORDS)})"
)
_SAID = re.compile(
    rf"\bfinal[ _]answer{_MARKS}(?:is\b{_MARKS}{_COLON}?|{_COLON}){_MARKS}"
    rf"|{_ANSWER}{_MARKS}{_COLON}{_MARKS}"
    r"|\banswer (?:to [^\n.?!]{1,80}? )?(?:is|was|will be|would be|should be|must be)\b"
    rf"{_MARKS}[:\uff1a]?{_MARKS}(?!not [a-z])"
    rf"|\bcorrect (?:option|choice|verdict) is\b[:\uff1a]?{_MARKS}"
    r"|<answer>",
    re.IGNORECASE,
)
_EXPLICIT = re.compile(rf"{_COLON}{_MARKS}$|<answer>|\bfinal[ _]answer", re.IGNORECASE)
_OF_ITS_OWN = re.compile(r"\b(?:this|your) answer", re.IGNORECASE)
_LONGEST_BEFORE = len(" final ")
_PLAIN = frozenset({Kind.NUMBER, Kind.YES_NO, Kind.CHOICE})
_RUNNING_TEXT = re.compile(r"an?\s|[a-z]{2}")
_TAKEN_BACK = re.compile(
    r"\b(?:wait|no(?=[,.!])|but|however|actually|correction|mistaken?|oops|sorry|instead)\b",
    re.IGNORECASE,
)
_JUDGEMENT = re.compile(
    r"(?:(?:also|indeed|now|quite|still|therefore|thus|very) )?"
    r"(?:(?:in)?correct|right|wrong|helpful|useful|clear|reasonable|consistent|that|this|the same"
    r"|rounded|given|shown|found|obtained|computed|calculated|checked|verified|confirmed|written"
    r"|expressed|explained|based|as (?:above|before|expected|follows|given|requested|shown|stated)"
    r"|an? (?:[a-z]+ ){0,2}(?:integer|number|fraction|decimal|percentage)"
    r"|in (?:[a-z]+ )?(?:(?:centi|kilo|milli)?met(?:er|re)s|feet|inches|miles|seconds|minutes|hours"
    r"|days|dollars|cents|degrees|radians|percent|units|form))"
    r"(?=\W*$|[,;:] | (?:above|and|as|because|below|by|for|from|here|if|in|on|per|since|so|to|up"
    r"|when|with)\b)"
)
_HEADING = re.compile(
    r"^[#*_\s]{0,10}(?:the )?(?:final )?answer[#*_:\uff1a\s]{0,10}$", re.IGNORECASE
)
_VERDICT = re.compile(r"\[\[ ?([A-Za-z0-9.]{1,12}) ?\]\]")
_HASHES = re.compile(r"####[ \t]*(\S[^\n]{0,300})$")
_BOXED = "\\boxed{"
_MAX_BOXES = 8
_MAX_ECHOES = 50
_EMPHASIS = re.compile(
    r"(?<![^\s(\[\"'])\*\*(?=\S)([^*\n]{1,200}+)(?<=\S)\*\*(?![^\s.,;:!?)\]\"'])"
)
_CLOSED = re.compile(r"^(?P<said>[^*`\n]{1,200}(?<=\w))(?:\*\*|`)(?=[,;]? \(?[^\W\d][^*`\n]*$)")
_DECORATION = re.compile(r"[*_`\"'\s]+")
_TAG = re.compile(
    r"</?(?:b|i|u|em|strong|mark|small|big|span|font|code|p|div|br|h[1-6])"
    r"(?:\s[^<>=]{1,30}=[^<>]{1,100})?\s?/?>"
)
# Not a longer number or word, and not the first of several to choose from: "Answer: yes or no".
_ENDS = r"(?!\w)(?![.,]\w)(?! ?(?:or\b|[/|,]))"
_CONDITION = r"(?=(?P<condition> if\b[^.?!]{1,200}\b(?:otherwise|else|if not)\b)?)"
_NEGATED = r"(?P<negated>\b(?:not|never)\b \w{0,5} ?)?"
_PLACEHOLDERS = frozenset({"", "x", "your", "the"})
_MAX_OFFERED_WORDS = 3
_WORDS_BEFORE, _CHARS_BEFORE = 3, 100
_DOTTED = re.compile(r"[^\W\d_]\.|\.[^\W\d_]")  # "e.g", not "3.5"
_SENTENCE_END = re.compile(r"(?<=[^\s.])[.!](?=\s+[\"'(*]*[A-Z])")
_EXPLAINS = (
    r"(?:This|That|The|It|Because|Since|So|Therefore|Here|We|If|In|As|Let|Thus|Hence|But|However"
    r"|Note)\b"
)
_OPENER = re.compile(rf"[.!]\s+{_EXPLAINS}")
_NUMBERED = re.compile(
    rf"(?P<number>\d{{1,3}}(?:\.\d{{1,3}})*)[.)] (?!{_EXPLAINS})(?:\S+ ){{0,3}}\S*[^\s.!?:]"
)
# "Since" and one word more is a time: "happy since Monday"; so are a month and its year.
_TIME = r"(?:(?:[a-z]+-)?[\w']+|[A-Z][a-z]{2,8}\.? [0-9]{4})\W*$"
_REASON = re.compile(
    rf"(?P<comma>,)? (?:because|since(?! {_TIME})|(?P<the>(?:as|so) the)|which means)\b"
)
# What is no answer without its reason: "Just because", "It is because", "Ever since".
_OPENS_A_REASON = re.compile(
    r"(?:(?:it|this|that)(?: is| was|'s))?"
    r"(?: ?\b(?:also|chiefly|ever|exactly|just|largely|mainly|merely|mostly|not|only|partially"
    r"|partly|perhaps|possibly|primarily|probably|purely|simply|solely))*",
    re.IGNORECASE,
)
# "As the" and "so the" may go on with the answer: "used as the base", "open so the cat can leave".
_NAME = re.compile(r"\w+|[A-Z]\w*(?: [A-Z]\w*){1,4}")
_CLAUSE = re.compile(r" (?:(?!that\b|which\b|who\b)\S+ ){1,4}?(?:is|are|was|were|has|have|had)\b")
_ABBREVIATIONS = frozenset(
    {
        "mr", "mrs", "ms", "dr", "st", "prof", "jr", "sr", "vs", "mt", "ft", "inc", "gen", "sen",
        "lt", "capt", "col", "sgt", "rep", "gov", "rev", "hon", "maj", "cpl", "cmdr", "adm", "pres",
        "fr", "messrs", "mme", "mlle",
    }
)  # fmt: skip


class _Hit(NamedTuple):
    """A marker: where it starts and ends, and the content that follows, with where it ends.

    A loose one is "the answer is". With it, a remark is a sentence about an answer ("correct", or
    another of a closed list), and a word in lower case may be one ("odd") or the answer.
    """

    start: int
    end: int
    content: str
    stop: int
    loose: bool = False
    remark: bool = False
    word: bool = False


def _lines(text: str) -> list[str]:
    """The lines that hold something other than a code fence's marks or a rule."""
    found = (line for line in text.splitlines() if line.strip() and not is_fence(line))
    return [line for line in found if not is_rule(line)]


def _first_sentence(text: str) -> str:
    """Cut an answer off where an explanation begins; "1. Paris" is a number and its name."""
    if _NUMBERED.fullmatch(text.strip()) or is_quoted(text.strip()):
        return text
    for match in _SENTENCE_END.finditer(text):
        word = re.split(r"[\s(]", text[: match.start()])[-1]
        initial = len(word) == 1 and word.isalpha() and not _OPENER.match(text, match.start())
        if not initial and not _DOTTED.search(word) and word.lower() not in _ABBREVIATIONS:
            text = text[: match.start()]
            break
    reason = next(filter(_cuts, _REASON.finditer(text)), None)
    return text[: reason.start()] if reason else text


def _cuts(reason: re.Match[str]) -> bool:
    """Whether a reason follows an answer, rather than being part of it."""
    if reason["comma"]:
        return True
    said = reason.string[: reason.start()].strip(_MARK_SIGNS)
    if _OPENS_A_REASON.fullmatch(said):
        return False
    if not reason["the"] or kind_of(said) in _PLAIN:
        return True
    return bool(_NAME.fullmatch(said) and _CLAUSE.match(reason.string, reason.end()))


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
                inner = start + len(_BOXED)
                return _Hit(start, inner, body[:position], inner + position)
        end = start
    return None


def _after(text: str, position: int) -> str:
    """The rest of the line, or the next line that holds something."""
    rest = _lines(text[position : position + 2 * MAX_CHARS])
    if len(rest) > 1 and is_lead_in(rest[0]):
        rest = rest[1:]
    return rest[0].split("</answer>")[0] if rest else ""


def _hit(text: str, start: int, end: int) -> _Hit:
    """The marker between two places, with the block or the sentence that follows it."""
    marks = start + len(text[start:end].rstrip(_MARK_SIGNS))
    block = block_after(text, marks)
    if block is not None:
        return _Hit(start, end, *block)
    end = opening(text, marks, end)
    content = _first_sentence(_after(text, end))
    return _Hit(start, end, content, text.index(content, end) + len(content))


def _said(text: str, end: int) -> _Hit | None:
    """The last spoken marker that starts before `end`."""
    last = None
    for match in _SAID.finditer(text, 0, end):
        last = last if is_key(text, *match.span()) else match
    if last is None:
        return None
    hit = _hit(text, last.start(), last.end())
    marker = text[max(0, hit.start - _LONGEST_BEFORE) : hit.end]
    if _EXPLICIT.search(marker):
        return hit
    said = hit.content.lstrip(_MARK_SIGNS)
    word = _RUNNING_TEXT.match(said) is not None and kind_of(said) not in _PLAIN
    judges = _JUDGEMENT.match(said.replace("*", "")) is not None
    remark = judges or (word and _OF_ITS_OWN.search(marker) is not None)
    return hit._replace(loose=True, remark=remark, word=word and not remark)


def _outlasts(text: str, hit: _Hit, word: _Hit) -> bool:
    """Whether an answer stays though a word follows ("Answer: 7. The answer is odd").

    A number, yes or no, a letter or a box does, if its marker is explicit and nothing takes it
    back; a word gives way to the later word.
    """
    plain = kind_of(hit.content.strip(_MARK_SIGNS)) in _PLAIN
    sure = plain or text.startswith(_BOXED, hit.start)
    return sure and not hit.loose and _TAKEN_BACK.search(text, hit.stop, word.start) is None


def _headed(text: str, end: int) -> _Hit | None:
    """The last heading that says "answer"."""
    position, last = 0, None
    for line in text[:end].splitlines(keepends=True):
        if len(line) < 60 and _HEADING.match(line.rstrip("\n")):
            last = (position, position + len(line))
        position += len(line)
    return None if last is None else _hit(text, *last)


def _hashed(text: str, end: int) -> _Hit | None:
    """A "#### X" at the very end; elsewhere it is a heading."""
    stripped = text[:end].rstrip()
    start = stripped.rfind("####")
    match = _HASHES.match(stripped, start) if start >= 0 else None
    return _Hit(start, match.start(1), match[1], match.end(1)) if match else None


def _verdict(text: str, end: int) -> _Hit | None:
    """The last [[X]]."""
    last = None
    for match in _VERDICT.finditer(text, 0, end):
        last = match
    return _Hit(last.start(), last.start(1), last[1], last.end(1)) if last else None


def _plain(text: str) -> str:
    """Lower case, without emphasis and its tags, with single spaces, but none beside a colon."""
    bare = _TAG.sub("", clean(text).casefold())
    return _DECORATION.sub(" ", bare).replace(": ", ":").replace(" :", ":")


def _echoes(text: str, hit: _Hit, question: str) -> bool:
    """Whether a marker with its content stands in the question (which is plain) word for word."""
    if not hit.content.strip():
        return False
    copied = _plain(text[hit.start : hit.stop]).strip(" .!()")
    if re.search(re.escape(copied) + _ENDS, question) is None:
        return False
    return not _chosen(text, hit, question) or _in_passing(text, hit, copied, question)


def _chosen(text: str, hit: _Hit, question: str) -> bool:
    """Whether the content is one that the question leaves to choose behind this marker."""
    words = _plain(hit.content).strip(" .!()").split()
    marker = _plain(text[hit.start : hit.end]).strip()
    return 0 < len(words) <= _MAX_OFFERED_WORDS and words[0] in _offered(marker, question)


def _in_passing(text: str, hit: _Hit, copied: str, question: str) -> bool:
    """Whether the words before a marker are copied with it: a sentence repeated, no answer."""
    line = text[max(0, hit.start - _CHARS_BEFORE) : hit.start].rpartition("\n")[2]
    before = " ".join(_plain(line).split()[-_WORDS_BEFORE:])
    return bool(before) and f"{before} {copied}" in question


@lru_cache(maxsize=8)
def _offered(marker: str, question: str) -> set[str]:
    """The words that a plain question leaves to choose from, each behind the same marker.

    A single one is left to choose if it has a condition, and the question says what else to do.
    """
    pattern = rf"{_NEGATED}{re.escape(marker)} ?(?P<word>-?\w*){_CONDITION}"
    found = [match for match in re.finditer(pattern, question) if not match["negated"]]
    words = {match["word"] for match in found} - _PLACEHOLDERS
    chosen = len(words) > 1 or any(match["condition"] for match in found)
    return words if chosen else set()


def _label(answer: str, question: str) -> str:
    """The number alone of an option that the plain question names by it: "3. Red"."""
    option = _NUMBERED.fullmatch(answer.strip())
    return option["number"] if option and _plain(option[0]) in question else answer


def _last_marked(text: str, question: str | None = None) -> str | None:
    """What follows the last marker that is no echo, as it is; None without such a marker.

    A remark counts only where no other marker does: "Answer: 7. I hope this answer is helpful!"
    """
    asked = _plain(question) if question else ""
    end, remark, word = len(text), None, None
    for _ in range(_MAX_ECHOES):
        finders = (_said, _headed, _hashed, _verdict, _boxed)
        found = [hit for finder in finders if (hit := finder(text, end)) is not None]
        if not found:
            break
        last = max(found, key=lambda hit: hit.start)
        if not asked or not _echoes(text, last, asked):
            if last.remark:
                remark = remark or last
            elif last.word:
                word = word or last
            else:
                stated = last if word is None or _outlasts(text, last, word) else word
                return _label(stated.content, asked)
        end = last.start
    left = word or remark
    return _label(left.content, asked) if left else None


def _unpaired(text: str) -> str:
    """Take off emphasis, and a mark whose partner stayed on the other side of the marker."""
    text = _CLOSED.sub(r"\g<said>", _EMPHASIS.sub(r"\1", text))
    for mark in ("**", "__", "```", "``", "`", "*", '"'):
        if text.count(mark) % 2 and len(text) > 2:
            stop = "." if text.endswith(f"{mark}.") else ""
            text = text.removeprefix(mark).removesuffix(stop).removesuffix(mark).strip()
    return text


def _presentable(answer: str, question: str | None) -> str | None:
    """The normal form of what was found; None if there is nothing in it or far too much."""
    text = normalise(_unpaired(answer.strip()), question)
    return text if text and len(text) <= MAX_CHARS else None


def extract_marked(text: str, question: str | None = None) -> str | None:
    """The final answer after the last marker that a model wrote.

    Markers: "Final answer: X", "Answer: X" (in some other languages too), "the answer is X",
    "#### X" at the end, LaTeX's boxed{X}, [[X]], <answer>X</answer>, a heading "Answer" with X
    below. X ends with its sentence or line; the items of a list, be they short lines alone below
    the marker, are joined by commas, and what stands in a code fence is X as a whole. A key of
    JSON is no marker: {"answer": X}. If nothing follows the last marker (the text was cut), there
    is no answer.

    Args:
        text: The model's own output, never its prompt.
        question: What it was asked; a marker that it only copied from there is passed over.

    Returns:
        The answer in normal form; None without a marker.
    """
    found = _last_marked(own_words(text), question)
    return None if found is None else _presentable(found, question)


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
    text = own_words(text)
    marked = _last_marked(text, question)
    if marked is not None:
        return _presentable(marked, question)
    lines = _lines(text)
    if len(lines) != 1 or len(lines[0].strip()) > MAX_UNMARKED or _last_marked(text) is not None:
        return None
    answer = _presentable(lines[0], question)
    echoed = answer is not None and question is not None and key(answer) == key(question)
    return None if echoed else answer
