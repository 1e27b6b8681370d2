"""What a question asks for so exactly that answers which differ in it are two."""

import re
from dataclasses import dataclass

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
    r"|\bwith\san?\s(?:initial\s)?capital\b|\binitial\scapital",
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


@dataclass(frozen=True, slots=True)
class Exactness:
    """What counts when two answers are compared, and else does not.

    Attributes:
        case: Upper and lower case.
        punctuation: Marks at the edges, and commas between words.
        articles: A leading "the", "a" or "an".
    """

    case: bool = False
    punctuation: bool = False
    articles: bool = False


LOOSE = Exactness()


def exactness_of(question: str | None) -> Exactness:
    """Read what a question asks for.

    Args:
        question: Any text; None if it is not known.

    Returns:
        What it names: "in capital letters" makes case count, "add the full stop" punctuation, "a or
        an" articles.
    """
    if not question:
        return LOOSE
    return Exactness(
        case=bool(_CASE.search(question)) and not _ANY_CASE.search(question),
        punctuation=bool(_PUNCTUATION.search(question)),
        articles=bool(_ARTICLE.search(question)),
    )
