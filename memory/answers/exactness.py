"""What a question asks for so exactly that answers which differ in it are two."""

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

_CASE = re.compile(
    r"\b(?:upper|lower|swap|title|sentence|camel|snake|pascal|kebab|proper|mixed|letter|alternating)"
    r"[ _-]?cas(?:e|es|ed|ing)\b"
    r"|\bcase[ -]sensitiv"
    r"|\b(?:swap|toggle|invert|flip|switch|change|alternate|reverse|keep|preserve)\w{0,3}"
    r"(?:\s\w{1,12}){0,2}\scase\b"
    r"|\b(?:letter|character|word)['\u2019]?s?['\u2019]?\scase\b"
    r"|\bcase\sof\s(?:the|each|every|all|its)(?:\s\w{1,12})?\s(?:letter|character|word)"
    r"|\b(?:un|de)?capitali[sz](?:e|es|ed|ing|ation)\b"
    r"|\b(?:capital|small|big|block|minuscule|majuscule)\s(?:initial\s)?letter"
    r"|\b(?:in|into|to|all|use|using|with)\s(?:all\s|block\s)?(?:capitals\b(?!\sof)|caps\b)"
    r"|\bwith\san?\s(?:initial\s)?capital\b|\binitial\scapital"
    r"|\b(?:chemical|atomic|element(?:al|['\u2019]s)?)\ssymbols?\b"
    r"|\bsymbols?\s(?:for|of)\s(?:the\s)?(?:chemical\s)?element"
    r"|\b(?:chemical|molecular|empirical|ionic)\sformula"
    r"|\b(?:letter|symbol|abbreviation)\b[^.?!\n]{0,30}\b(?:SI|metric)\b",
    re.IGNORECASE,
)
_ANY_CASE = re.compile(
    r"\bcase[ -]insensitiv"
    r"|\b(?:ignor\w{1,3}|disregard\w{0,3}|(?:regardless|irrespective)\sof)"
    r"(?:\s\w{1,12}){0,3}\s(?:case|capital)"
    r"|\bcase (?:does not|doesn't) matter"
    r"|\bupper(?:-|[ -]?case)? or lower|\blower(?:-|[ -]?case)? or upper",
    re.IGNORECASE,
)
_CHANGED = (
    r"\b(?:add|insert|put|place|missing|remov|drop|delet|omit|strip|keep|includ|end|begin|start)"
    r"\w{0,3}(?:\s\w{1,12}){0,4}\s"
)
_PUNCTUATION = re.compile(
    r"\bpunctuat|\bexclamation\s(?:mark|point)"
    rf"|{_CHANGED}(?:commas?|full\sstops?|(?:semi)?colons?|apostrophes?|symbols?|quotes"
    r"|(?:question|quotation|quote)\smarks?|special\scharacters?)\b",
    re.IGNORECASE,
)
_ARTICLE = re.compile(
    r"\b(?:in)?definite\sarticle"
    r"|\b(?:add|insert|put|choose|use|keep|includ|omit|drop|remov|delet|without|with|correct|right"
    r"|missing|proper|suitable)\w{0,3}(?:\s\w{1,12}){0,2}\sarticles?\b(?!\s(?:above|below|of\b|\d))"
    r"|[\"']?\ba[\"']?(?:,|/| or) ?[\"']?an\b",
    re.IGNORECASE,
)
_WRITTEN = re.compile(
    r"\b(?:which|what)(?:['\u2019]s)?(?:\s[\w+#.-]+){0,5}?\sversion\b|\bversion\snumber"
    r"|\b(?:in|into|to|using|use|with)\s(?:\w{1,12}\s)?scientific\snotation"
    r"|\b(?:in|to)\s(?:its\s|the\s)?(?:lowest\sterms?|simplest\s(?:terms|form))"
    r"|\b(?:as|to|into)\s(?:an?\s|the\s)?(?:mixed\s(?:number|fraction|numeral)|improper\sfraction)"
    r"|\b(?:writ|spell|express|convert|stat)\w{1,3}\s[^.?!\n]{0,60}\b(?:in|into|as|with|using)"
    r"\swords\b(?!\s(?:of|like|such|that|which|with))"
    r"|\bISO(?:[ -]?8601)?\s(?:date\s)?(?:format|form|notation)"
    r"|\bin\sISO\b|\bISO[ -]?8601\b|\bYYYY[-/.]?MM[-/.]?DD\b"
    r"|\bthousands?[ -]separat",
    re.IGNORECASE,
)
_SHOWN = re.compile(
    r"\b(?:decimal\s(?:place|digit|point)s?|as\sa\sdecimal|significant\s(?:figure|digit)s?"
    r"|nearest\s(?:[a-z]+th|cent|penny)|trailing\szero(?:e?s)?)\b",
    re.IGNORECASE,
)
_MORE_ASKED = re.compile(
    r"\bif\s(?:(?:not|so|it\sis(?:n['\u2019]t|\snot))[,:]?|(?:no|yes)[,:])\s(?:then,?\s)?(?:\w+\s)?"
    r"(?:what|which|who|whose|where|when|why|how|name|give|say)\b",
    re.IGNORECASE,
)


class Form(StrEnum):
    """Whether it counts how a number or a date is written."""

    VALUE = "value"
    """It does not: "0.50" is shown and stored as "0.5"."""

    SHOWN = "shown"
    """It is kept, but two answers of one value are the same: "to two decimal places"."""

    COUNTS = "counts"
    """It makes two answers of one value: "in lowest terms", "which version"."""


@dataclass(frozen=True, slots=True)
class Exactness:
    """What counts when two answers are compared, and else does not.

    Attributes:
        case: Upper and lower case.
        punctuation: Marks at the edges, and commas between words.
        articles: A leading "the", "a" or "an".
        clauses: What follows a yes or no: "No, it is Lyon".
        truth: How yes and no are said: "true" is neither "True" nor "yes".
        form: How a number or a date is written.
    """

    case: bool = False
    punctuation: bool = False
    articles: bool = False
    clauses: bool = False
    truth: bool = False
    form: Form = Form.VALUE


LOOSE = Exactness()


@lru_cache(maxsize=8)
def exactness_of(question: str | None) -> Exactness:
    """Read what a question asks for.

    Args:
        question: Any text; None if it is not known.

    Returns:
        What it names: "in capital letters" makes case count, "add the full stop" punctuation, "a or
        an" articles, "if not, what is it?" clauses, "in lowest terms" the form.
    """
    if not question:
        return LOOSE
    return Exactness(
        case=bool(_CASE.search(question)) and not _ANY_CASE.search(question),
        punctuation=bool(_PUNCTUATION.search(question)),
        articles=bool(_ARTICLE.search(question)),
        clauses=bool(_MORE_ASKED.search(question)),
        form=_form(question),
    )


def _form(question: str) -> Form:
    """How much the way in which a number is written counts."""
    if _WRITTEN.search(question):
        return Form.COUNTS
    return Form.SHOWN if _SHOWN.search(question) else Form.VALUE
