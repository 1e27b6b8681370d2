"""Whether a question gives something to compute with, told by its form alone.

A prior and no more: it says whether programs come first where nothing is known yet. A form that is
not listed here is taken for one of words, whatever it asks; a few votes tell.
"""

import re
from functools import lru_cache

from agent.variants.variant import hide_quoted
from memory.answers.numbers import NUMBER_WORDS

_FEW = "|".join(word for word in NUMBER_WORDS if word not in {"zero", "one"})
_PARTS = r"half|halves|thirds?|(?:quarter|fourth|fifth|sixth|eighth|tenth)s?"
_NUMBER = re.compile(
    r"(?<![\w.,:/])(?<!season )(?<!part )(?<!chapter )(?<!episode )(?<!volume )(?<!grade )(?<!act )"
    r"[-+$€£.]?(?!(?:1[5-9]|20)\d\d(?!\d|[.,]\d| (?:and|by|from|to)\b))"
    r"\d(?:[\d.,:/]{0,30}\d)?(?!\d|(?:st|nd|rd|th)\b)"
    rf"|\b(?:{_FEW}|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|hundreds?|thousands?|½|twice|thrice"
    rf"|doubled?s?|tripled?s?|dozens?|{_PARTS}|every other)\b",
    re.IGNORECASE,
)
"""What may be counted with: neither a year, nor a rank ("the 11th"), nor the name of a part."""

_N = rf"(?:\d[\d,.]{{0,30}}|one|{_FEW}|[a-z])"
_ARITHMETIC = re.compile(
    r"\d ?[+*×÷^<>=] ?[-(]?\d|\d(?: [-/] | -)[-(]?\d|\d ?[*^] ?[a-z]\b|\b[a-z] ?[*^=] ?-?[\da-z]\b"
    rf"|[+*=] ?\d{{0,9}}[a-z]\b ?[-+=]|\d =|\b{_N} (?:plus|minus|times|over|mod(?:ulo)?"
    rf"|(?:divided|multiplied) by|to the power of) {_N}\b"
    r"|\b(?:is|are|what's) -?\d[\d.,]{0,30} ?[x/-] ?\d|\b(?:sqrt|log|sin|cos)\("
    rf"|(?:%|\bpercent|\b(?:{_PARTS})) of \D{{0,9}}\d"
    r"|(?<![\d.])\d{1,30}(?:\.\d{1,9})?(?:(?:, ?(?:and )?| and | )-?\d{1,30}(?:\.\d{1,9})?){2}"
    r"|\bhow (?:many|long|much)\b[^.?!]{0,60}\b(?:between|from) \d{1,30} (?:and|to) \d",
    re.IGNORECASE,
)
"""Numbers and letters with a sign, or a word for one, between them; three numbers in a row."""

_WORKED = re.compile(
    r"\b(?:calculate|compute|concatenate|multiply|subtract|simplify|factori[sz]e|fibonacci"
    r"|leap year|matrix|sudoku|(?:today|tomorrow|yesterday) is|(?:is|was) the output)\b"
    r"|\b(?:common (?:divisor|factor|multiple|denominator)|gcd|lcm|modulo|set bits)\b"
    r"|\b(?:backwards?|palindromes?|anagrams?|cipher|(?:de|en)crypt|right to left|alphabetically)\b"
    r"|\b(?:alphabetical|ascii|ascending|descending|reversed?|lexicographic(?:al)?) order\b"
    r"|\b(?:sort|reverse)\b(?= (?:the|these|this|them|all|_)|[ \w]{0,30}:)"
    r"|\bspell\b(?= (?:out |this |the )?(?:word|name|it|_))"
    r"|\b(?:last|first|final|middle|\w+(?:st|nd|rd|th)) (?:\d+ |two |three )?"
    r"(?:letter|character)s?\b"
    r"|\b(?:letter|character|vowel|consonant|digit)s?\b[^.?!]{0,20}\b(?:of|in)\b"
    r" (?:this |each |every |it\b|_|the (?:words?|names?|strings?|texts?)\b)"
    r"|\bhow (?:many|often)\b[^.?!]{0,30}\b(?:letters|vowels|consonants|words|[a-z]['\u2019]s"
    r"|times does \w+ (?:appear|come|occur))\b"
    r"|\bprint\(|\bdef \w{1,40}\(|\bfor \w{1,40} in range\b",
    re.IGNORECASE,
)
"""What is done to what is given, and what is asked of how it is spelt."""

_OF_ONE = re.compile(
    r"\b(?:binary|hexadecimal|octal|base \d|roman numerals?|primes?(?! (?:minister|time|rib))"
    r"|even or odd|odd or even|divisible|divisors?|divide|squared?|cubed?|square root|factorial"
    r"|celsius|fahrenheit|weekday|day of the week|digits?|round(?:ed)? to|convert|letters)\b",
    re.IGNORECASE,
)
"""What is worked out from one number or date."""

_AMOUNT = re.compile(
    r"\bhow (?:many|much|long|old|far|often|tall|high|heavy|fast|big|large|deep|wide|late|soon)\b"
    r"|\b(?:total|altogether|in all|sum|product|average|mean|median|difference|percent(?:age)?"
    r"|ratio|fraction|remainder|area|perimeter|volume|distance|speed|probability|profit|costs?"
    r"|price|weight|value|number of|larger|bigger|smaller|greater|largest|biggest|smallest"
    r"|greatest|more than|less than|fewer|left over|what time|what date|find|solve|determine"
    r"|evaluate)\b",
    re.IGNORECASE,
)
"""What is asked where numbers are given."""

_COUNTED = re.compile(
    r"\b(?:how (?:many|often)|count (?:the|all|how|each|every)|number of|longest|shortest"
    r"|most letters|contains?|remove|replace|join|(?:upper|lower)[ -]?case"
    r"|comes? (?:first|last|next)"
    r"|(?:first|last|second|third|\w+th) (?:name|word|item|element|number)s?)\b",
    re.IGNORECASE,
)
_LISTED = re.compile(
    r"(?::|\b(?:words|names|list|numbers|items)\b) {0,3}[^\s,.?!:]{1,40}"
    r"(?:, ?(?:and )?[^\s,.?!:]{1,40}){2}"
)
"""What is asked of a quoted text or of a list, and a list."""

_TURNED = re.compile(
    r"\b(?:(?:flip|toggle|swap|invert|rotate)(?:s|p?ed|d)?"
    r"|(?:turn|switch)(?:s|es|ed)? (?:\w+ ){0,2}?(?:over|on|off|around|left|right))\b",
    re.IGNORECASE,
)
_STATE = re.compile(
    r"\b(?:is|are|was|does|do|has|have|who|where|which|what)\b(?: the (?P<thing>\w{1,40}))?"
    r"[^.!?]{0,100}\b(?:still|now|in the end|at the end|after|finally)\b[^.!?]{0,100}\?",
    re.IGNORECASE,
)
"""An event that changes a state, and a question for the state after all that was told."""

_WRITTEN = re.compile(
    r"\W{0,9}(?:(?:please|can you|could you|now) ){0,2}(?:summari[sz]e|paraphrase|rephrase|rewrite"
    r"|translate|describe|discuss|act as|suggest|recommend|analy[sz]e|proofread|edit|respond to"
    r"|classify|brainstorm|outline|implement|design|give an? solution to"
    r"|(?:write|create|generate|provide|give|compose|draft|tell) (?:an?|me|some|your|\d+)"
    r" (?:\S{1,20} ){0,3}?(?:poem|story|essay|article|letter|e-?mail|post|speech|song|review|report"
    r"|summary|paragraph|sentence|function|program|script|code|query|advice|tip|example)s?)\b",
    re.IGNORECASE,
)
"""A request for a text, whatever numbers stand in it."""


@lru_cache(maxsize=8)
def computable(question: str) -> bool:
    """Whether there is something in a question that a program could work out.

    Args:
        question: Any text.

    Returns:
        True for sums and amounts ("How many are left?" behind two numbers), for what is asked of
        the letters, words or order of what is given, and for how things stand after told events;
        False for what asks for knowledge, judgement or a text.
    """
    text = hide_quoted(question)
    if _WRITTEN.match(text):
        return False
    if _ARITHMETIC.search(text) or _WORKED.search(text):
        return True
    return _measured(text) or _listed(text, quotes=text != question) or _turned(text)


def _measured(text: str) -> bool:
    """Whether numbers are given, and something that follows from them is asked for."""
    numbers = sum(1 for _ in _NUMBER.finditer(text))
    if numbers > 1 and _AMOUNT.search(text):
        return True
    if numbers > 2 and text.rstrip().endswith("?"):
        return True
    return numbers > 0 and _OF_ONE.search(text) is not None


def _listed(text: str, *, quotes: bool) -> bool:
    """Whether something is asked of the parts of a quoted text or of a list."""
    return _COUNTED.search(text) is not None and (quotes or _LISTED.search(text) is not None)


def _turned(text: str) -> bool:
    """Whether events are told, and how things stand after them is asked."""
    state = _STATE.search(text)
    if state is None:
        return False
    thing = state["thing"]
    told = text.count(thing, 0, state.start()) if thing else 0
    return told > 1 or _TURNED.search(text) is not None
