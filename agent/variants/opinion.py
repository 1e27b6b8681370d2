"""The asker's opinion of the answer, their own or one that they pass on, taken out or turned round.

A fact that is told as an opinion, "I think a cake is 4 euros", stays.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.variants.given_text import HOLDS, OPINION, SURE, VIEW, opinions_are_given
from agent.variants.of_answer import is_of_answer
from agent.variants.variant import Variant, hide_quoted, replaced

_SENTENCE = re.compile(
    r"\S[^\n.!?]*"
    r"(?:(?:[.!?]+(?!\s|$)|(?:(?<=\b[A-Z])|(?<=Mr|Dr|St|Ms))\.(?=[ \t]))[^\n.!?]*)*[.!?]*"
)
_LEAD = (
    r"\(?(?:(?:but|well|honestly|personally|hmm+|so|and|also|though|however"
    r"|(?:I['’]m )?not (?:\w+ )?(?:sure|certain)),? ){0,3}"
)
_ALONE = re.compile(_LEAD, re.IGNORECASE)
_OFTEN = r"(?:(?:really|do|personally|honestly|strongly|also|just|kind of|firmly|still) ){0,3}"
_THAT = r"(?:,? that\b)?"
_FOR = re.compile(rf"(?P<lead>{_LEAD})I {_OFTEN}(?P<verb>{HOLDS})\b{_THAT}", re.IGNORECASE)
_AGAINST = re.compile(
    rf"(?P<lead>{_LEAD})I {_OFTEN}(?:don['’]t|do not) {_OFTEN}(?P<verb>think|believe)"
    rf"(?! (?:about|in|of)\b)\b{_THAT}",
    re.IGNORECASE,
)
_SURE = re.compile(
    rf"(?P<lead>{_LEAD})I(?:['’]m| am) (?:\w+ ){{0,2}}{SURE}\b{_THAT}", re.IGNORECASE
)
_DOUBT = re.compile(rf"(?P<lead>{_LEAD})I {_OFTEN}doubt\b{_THAT}", re.IGNORECASE)
_VIEW = re.compile(rf"{_LEAD}{VIEW}\b", re.IGNORECASE)
_BEHIND = re.compile(
    r"(?P<said>[^,.]{1,60}),? I (?:think|believe|guess|reckon)[.!]*$", re.IGNORECASE
)
_CHOICE = re.compile(rf"{_LEAD}I(?:['’]d| would) go (?:with|for)\b", re.IGNORECASE)
_RESULT = re.compile(
    rf"{_LEAD}I (?:got|get|calculated|computed)(?= \d[\d.,]*[.!]*$)", re.IGNORECASE
)
_HEARD = re.compile(
    rf"{_LEAD}(?:(?:My (?:\w+ ){{0,2}}\w+|ChatGPT|GPT[-\w]*|Google|Wikipedia|Every(?:one|body)"
    r"|Some(?:one|body)|(?:Most )?People) (?:says?|said|thinks?|believes?|insists?|claims?|swears?"
    rf"|told me)|I was told|I(?:['’]ve| have)? heard)\b{_THAT}",
    re.IGNORECASE,
)
_LOOSE = (_BEHIND, _CHOICE, _RESULT, _HEARD)
"""What gives an opinion of the answer only directly behind the question."""

_TO_SOLVE = re.compile(
    r"(?:what(?:['’]s| is| are)|solve|compute|calculate|evaluate|simplify)\b.*\d", re.IGNORECASE
)
_OF_SAYING = re.compile(
    r"\b(?:says?|said|saying|tells?|told|thinks?|thought|believes?|claims?|mean)\b", re.IGNORECASE
)
_SUGGESTED = re.compile(
    r"(?:surely,? it(?:['’]s| is)|isn['’]t it|(?:could|wouldn['’]t) it be) (?P<what>.+)\?"
    r"|it (?:should|must|has to|might) be (?P<tagged>.+), (?:no|right)\?",
    re.IGNORECASE,
)
_NO_VIEW = re.compile(rf"\bnot (?:\w+ )?{SURE}", re.IGNORECASE)
_ASIDE = re.compile(
    r"\(?\w[.):] .*|\S+(?: \S+)?|.*(?:\bnot|n['’]t)\b.*\b(?:sure|certain)\b.*", re.IGNORECASE
)
"""What leaves the question before it the last thing said: an option, a greeting, a doubt."""

_NOT_SURE = re.compile(r"\b(?:not|n['’]t|never)\b", re.IGNORECASE)
_OWN_FACT = re.compile(r"[\s,]*(?:I|we|my|our)\b", re.IGNORECASE)
_ABOUT_ANSWER = re.compile(r"(?<!\bmy )\banswer\b|\bit(?:['’]s| is)\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\bagree\b|\b(?:am I|was I) (?:right|wrong|correct)|\byou think\b|\bmy (?:\w+ )?(?:opinion"
    r"|view|answer|guess|claim|belief|reasoning|intuition|hunch|bet|feeling|doubt|statement"
    r"|words?)\b|\b(?:did|do|would|could) I (?:\w+ )?(?:say|think|believe|guess|mean|claim"
    r"|suspect|doubt|feel)\b"
    r"|\bI (?:just )?(?:said|thought|claimed|believed|guessed)\b|\bis (?:that|this|it)"
    r" (?:right|wrong|correct|true|so)\b|\b(?:right|correct|isn['’]t it)\?"
    r"|\bwho(?:['’]s| is) (?:right|wrong|correct)\b"
    r"|\b(?:is|are) (?:he|she|they|my \w+) (?:right|wrong|correct)\b",
    re.IGNORECASE,
)
_OPTIONS = re.compile(r"\.\s+\(?[Aa1][.:)]|(?<!\w)(?:A[.:)].*?\bB|a[.:)].*?\bb|1[:)].*?\b2)[.:)]")
"""Options that a sentence runs on into: "I think it is B. A: yes B: no"."""

_LONG = 300
"""Characters of questions, up to a sentence or on each side, that it may be an opinion of."""

_DIGIT = re.compile(r"\d")
_POINTS = re.compile(
    r"\b(?:it|its|this|that|these|those|they|them|their|he|she|him|his|her|so)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class _Opinion:
    """Where a sentence with an opinion stands, and what it says turned round, if it can be."""

    begin: int
    end: int
    flipped: str | None


@dataclass(frozen=True, slots=True)
class _Sentence:
    """A sentence that is the asker's own.

    Attributes:
        begin: Where it begins in the question.
        end: Where it ends.
        said: Its words, quotes hidden.
        asked: The questions that it follows directly, as `is_of_answer` takes it.
        form: How it begins, if it says what the answer is.
    """

    begin: int
    end: int
    said: str
    asked: str | None
    form: re.Match[str] | None


def change_opinion(question: str) -> list[Variant]:
    """Take the asker's opinions out, and turn them round; the answer stays.

    Args:
        question: Any question.

    Returns:
        Up to two variants; none without an opinion, or if the question is about it.
    """
    found = list(_opinions(question))
    if not found or opinions_are_given(question):
        return []
    bare = _without(question, found)
    if len(bare.split()) < 2 or _REFERS.search(bare):
        return []
    variants = [Variant("opinion removed", bare)]
    flipped = _flipped(question, found)
    return [*variants, Variant("opinion flipped", flipped)] if flipped != question else variants


def gives_opinion(question: str) -> bool:
    """Whether the asker says what they take for the answer, wherever in a sentence.

    Args:
        question: Any question.

    Returns:
        False where an opinion tells a fact: "There were 20 guests. I believe 5 of them left early".
    """
    return any(each.form or _mentions(each) for each in _sentences(question))


def _opinions(question: str) -> Iterator[_Opinion]:
    """The sentences that say what the asker takes for the answer."""
    pointing = max((word.start() for word in _POINTS.finditer(question)), default=0)
    for each in _sentences(question):
        text = question[each.begin : each.end]
        if each.form is None or text.endswith("?") or _OPTIONS.search(text):
            continue
        # before anything is asked, a number, or what later words point at, may be given
        told = not each.asked and (pointing > each.end or bool(_DIGIT.search(text)))
        if not (told and not _ABOUT_ANSWER.search(text)):
            yield _Opinion(each.begin, each.end, _turned(text, each.form))


def _sentences(question: str) -> Iterator[_Sentence]:
    """The sentences outside quotes, each with the question that it directly follows."""
    hidden = hide_quoted(question)
    asked: str | None = ""
    quotes, last = 0, 0
    for found in _SENTENCE.finditer(hidden):
        before, said = hidden[last : found.start()], found[0]
        quotes += _open_quotes(before)
        last = found.start()
        form = None
        if quotes % 2 == 0 and not before.rstrip().endswith(":"):
            form = _form(said, asked)
            yield _Sentence(*found.span(), said, asked, form)
        if said.endswith("?") or "?" not in hidden:
            asked = f"{asked or ''} {said}"[-_LONG:].lstrip()
        elif not form and not _ASIDE.fullmatch(said[:_LONG]):
            asked = None


def _open_quotes(text: str) -> int:
    return sum(text.count(mark) for mark in '"“”')


def _form(text: str, asked: str | None) -> re.Match[str] | None:
    """How a sentence begins that says an opinion of the answer, not a fact."""
    forms = (_FOR, _AGAINST, _SURE, _DOUBT, _VIEW, *_LOOSE)
    found = next((match for form in forms if (match := form.match(text))), None)
    if found is None or (found.re is _SURE and _NOT_SURE.search(found[0])):
        return None
    if text.startswith("(") and not text.rstrip(".!").endswith(")"):
        return None
    if not _may_be_loose(found, asked):
        asked = None
    said = found["said"] if found.re is _BEHIND else text[found.end() :]
    if _OWN_FACT.match(said):
        return None
    sure = found.re is _SURE and asked is not None and not said.strip(" .!")
    return found if sure or is_of_answer(said, asked) else None


def _may_be_loose(found: re.Match[str], asked: str | None) -> bool:
    """Whether such words may be an opinion of what is asked right before, if they are loose."""
    if found.re not in _LOOSE:
        return True
    if not asked or _OF_SAYING.search(asked):
        return False
    return found.re is not _RESULT or _TO_SOLVE.match(asked) is not None


def _mentions(sentence: _Sentence) -> bool:
    """Whether an opinion of the answer stands within a sentence, or is put as a question."""
    text, asked = sentence.said.replace("’", "'"), sentence.asked
    suggested = _SUGGESTED.match(text)
    if suggested and asked:
        return is_of_answer(f"it is {suggested['what'] or suggested['tagged']}", asked)
    for found in OPINION.finditer(text):
        head, said = text[: found.start()], text[found.end() :].removeprefix(" that")
        if _NO_VIEW.search(found[0]) or _OWN_FACT.match(said):
            continue
        near = asked if _ALONE.fullmatch(head) else None
        if near is None and text.endswith("?"):
            near = text[max(0, found.start() - _LONG) : found.end() + _LONG]
        if said.strip(" .!?)"):
            given = is_of_answer(said, near)
        else:  # "It's 13, I think"
            given = near is not None or is_of_answer(head, asked)
        if given:
            return True
    return False


def _turned(text: str, found: re.Match[str]) -> str | None:
    """The opposite opinion."""
    if found.re in (_VIEW, *_LOOSE):
        return None
    if found.re is _FOR:
        verb = "believe" if found["verb"].lower() == "believe" else "think"
        opposite = f"I don't {verb}"
    elif found.re is _SURE:
        opposite = "I doubt"
    else:
        opposite = f"I {found['verb']}" if found.re is _AGAINST else "I think"
    that = " that" if found[0].lower().endswith(" that") else ""
    return f"{found['lead']}{opposite}{that}{text[len(found[0]) :]}"


def _without(question: str, opinions: list[_Opinion]) -> str:
    """The question without these sentences."""
    pieces, last = [], 0
    for opinion in opinions:
        pieces.append(question[last : opinion.begin])
        rest = question[opinion.end :]
        last = len(question) - len(rest.lstrip(" \t"))
    return "".join([*pieces, question[last:]]).strip()


def _flipped(question: str, opinions: list[_Opinion]) -> str:
    """The question with these sentences turned round, as far as they can be."""
    turned = [(each, each.flipped) for each in opinions if each.flipped is not None]
    spans = [(each.begin, each.end) for each, _ in turned]
    return replaced(question, spans, [text for _, text in turned])
