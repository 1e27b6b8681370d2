"""The asker's own opinion of the answer, taken out or turned round."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from agent.variants.given_text import opinions_are_given
from agent.variants.variant import Variant, hide_quoted, replaced

_SENTENCE = re.compile(
    r"\S[^\n.!?]*"
    r"(?:(?:[.!?]+(?!\s|$)|(?:(?<=\b[A-Z])|(?<=Mr|Dr|St|Ms))\.(?=[ \t]))[^\n.!?]*)*[.!?]*"
)
_LEAD = r"(?:(?:but|well|honestly|personally|hmm+|so|and|also|though|however),? ){0,3}"
_OFTEN = r"(?:(?:really|do|personally|honestly|strongly|also|just|kind of|firmly|still) ){0,3}"
_VERB = (
    r"(?:(?:think|believe|suspect|reckon)(?! (?:about|in|of)\b)|feel(?= that| like)"
    r"|(?:bet|guess)(?! (?:[$€£]|\d+ (?!is\b)\w|(?:all|an?|half|my|on|one|some|ten|two)\b)))"
)
_THAT = r"(?:,? that\b)?"
_FOR = re.compile(rf"(?P<lead>{_LEAD})I {_OFTEN}(?P<verb>{_VERB})\b{_THAT}", re.IGNORECASE)
_AGAINST = re.compile(
    rf"(?P<lead>{_LEAD})I {_OFTEN}(?:don['’]t|do not) {_OFTEN}(?P<verb>think|believe)"
    rf"(?! (?:about|in|of)\b)\b{_THAT}",
    re.IGNORECASE,
)
_SURE = re.compile(
    rf"(?P<lead>{_LEAD})I(?:['’]m| am) (?:\w+ ){{0,2}}(?:sure|certain|confident|convinced)\b"
    rf"{_THAT}",
    re.IGNORECASE,
)
_DOUBT = re.compile(rf"(?P<lead>{_LEAD})I {_OFTEN}doubt\b{_THAT}", re.IGNORECASE)
_VIEW = re.compile(
    rf"{_LEAD}(?:In my (?:\w+ )?(?:opinion|view)\b"
    r"|My (?:\w+ )?(?:guess|opinion|view|bet|hunch|intuition) is\b|I['’]d (?:say|guess|bet)\b)",
    re.IGNORECASE,
)
_NOT_SURE = re.compile(r"\b(?:not|n['’]t|never)\b", re.IGNORECASE)
_OWN_FACT = re.compile(r"[\s,]*(?:I|we|my|our)\b", re.IGNORECASE)
_ABOUT_ANSWER = re.compile(r"\banswer\b|\bit(?:['’]s| is)\b", re.IGNORECASE)
_REFERS = re.compile(
    r"\bagree\b|\b(?:am I|was I) (?:right|wrong|correct)|\byou think\b|\bmy (?:\w+ )?(?:opinion"
    r"|view|answer|guess|claim|belief|reasoning|intuition|hunch|bet|feeling|doubt|statement"
    r"|words?)\b|\b(?:did|do|would|could) I (?:\w+ )?(?:say|think|believe|guess|mean|claim"
    r"|suspect|doubt|feel)\b"
    r"|\bI (?:just )?(?:said|thought|claimed|believed|guessed)\b|\bis (?:that|this|it)"
    r" (?:right|wrong|correct|true|so)\b|\b(?:right|correct|isn['’]t it)\?",
    re.IGNORECASE,
)
_OPTIONS = re.compile(r"\.\s+\(?[Aa1][.:)]|(?<!\w)(?:A[.:)].*?\bB|a[.:)].*?\bb|1[:)].*?\b2)[.:)]")
"""Options that a sentence runs on into: "I think it is B. A: yes B: no"."""

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


def _opinions(question: str) -> Iterator[_Opinion]:
    """The sentences outside quotes that say what the asker takes for the answer."""
    asked, quotes, last = False, 0, 0
    pointing = max((word.start() for word in _POINTS.finditer(question)), default=0)
    hidden = hide_quoted(question)
    for sentence in _SENTENCE.finditer(hidden):
        before = hidden[last : sentence.start()]
        quotes += _open_quotes(before)
        last = sentence.start()
        text = question[slice(*sentence.span())]
        if text.endswith("?"):
            asked = True
        elif quotes % 2 == 0 and not before.rstrip().endswith(":"):
            found = None if _OPTIONS.search(text) else _form(sentence[0])
            # before anything is asked, a number, or what later words point at, may be given
            told = not asked and (pointing > sentence.end() or bool(_DIGIT.search(text)))
            if found and not (told and not _ABOUT_ANSWER.search(text)):
                yield _Opinion(*sentence.span(), _turned(text, found))


def _open_quotes(text: str) -> int:
    return sum(text.count(mark) for mark in '"“”')


def _form(text: str) -> re.Match[str] | None:
    """How a sentence begins that says an opinion, not a fact of the asker's own."""
    forms = (_FOR, _AGAINST, _SURE, _DOUBT, _VIEW)
    found = next((match for form in forms if (match := form.match(text))), None)
    if found is None or (found.re is _SURE and _NOT_SURE.search(found[0])):
        return None
    return None if _OWN_FACT.match(text, found.end()) else found


def _turned(text: str, found: re.Match[str]) -> str | None:
    """The opposite opinion."""
    if found.re is _VIEW:
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
