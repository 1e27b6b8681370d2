"""What a question offers in a line, in another order: "Which is most, P, Q or R?"."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from agent.variants.places import asks_place
from agent.variants.variant import CODE, Span, Variant, hide_quoted, replaced, shift
from memory.answers.numbers import NUMBER_WORDS

MAX_CHARS = 60
"""Longer alternatives are clauses, and what they refer to may depend on their order."""

MAX_COUNT = 12
"""More alternatives are data rather than an offer."""

_VERB = r"\b(?:choose|pick|select|name|classify|label|categori[sz]e)\b"
_WORD = r"\b(?:which|who|what|whose)\b"
_KIND = r"(?:option|choice|answer|label|category|class|intent|topic|word|number|item)"
_KINDS = r"(?:options|choices|answers|labels|categories|classes|intents|topics|words|numbers|items)"
_CHOOSE = (
    r"\b(?:choose|pick|select|name) (?:(?:exactly|only|just) )?(?:one of|(?:(?:one|(?:an?|one|the"
    rf"(?: \w+)?) {_KIND}) )?(?:out of|from(?: among)?|among|between(?! \d)))"
)
_KEY = r"(?:[A-Za-z]|\d{1,2})"
_SENTENCE = re.compile(r"[^\s.?!](?:[^\n.?!]|[.!](?!\s|\Z))*")
_COLON = re.compile(r":(?!\d)")
_COMMA = re.compile(r",(?!\d)")
_BETWEEN = re.compile(r",?(?<!\s)\s+or\s+|,(?!\d)\s*")
_OPENING = re.compile(r"\s*(?:either\s+)?")
_WHICH = re.compile(_WORD, re.IGNORECASE)
_PICKED = re.compile(rf"{_VERB}|{_WORD}|^\s*(?:is|was) (?:it|this|that)\b", re.IGNORECASE)
_LEAD = re.compile(
    rf"(?:{_CHOOSE}|(?:^|,)\s*(?:(?:please|now|then|and) )?(?:classify|label|categori[sz]e)\b[^,]*"
    r" (?:as|into)(?: one of)?|,\s*(?:out of|one of|from among)"
    r"|^\s*(?:is|was) (?:it|this|that) (?:more|most|closer|closest) (?:like|about|to)) ",
    re.IGNORECASE,
)
_ONE_OF = re.compile(
    rf"(?:{_CHOOSE}|\b(?:one of|(?:choose|pick|select|name) one))"
    rf"(?: (?:the following|these|the))?(?: {_KINDS})?\s*$",
    re.IGNORECASE,
)
_HEADING = re.compile(
    r"\s*(?:(?:The|Possible|Available|Your) (?:possible )?"
    r"(?:options|choices|labels|categories|classes|intents)"
    r"|Options|Choices|Labels|Categories|Classes|Intents)(?: are)?\s*$"
)
_ARTICLE = re.compile(r"(?:an?|the|my|your|his|her|its|our|their)\s", re.IGNORECASE)
_BRACKET = re.compile(r"[()\[\]{}]")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^][]*\]|\{[^{}]*\}")
_UNFIT = re.compile(
    r"\b(?:both|neither|either|nor|not|none|nothing|other|others|another|else|equal|same|former|latter"
    r"|first|second|last|previous|above|below|it|they|them|vice"
    r"|divided by|multiplied by)\b",
    re.IGNORECASE,
)
_REFERS = re.compile(
    r"\b(?:his|hers?|its|their|he|she|him|this|that|these|those|such|ones?|my|your|our|twice|half"
    r"|double|triple|plus|minus|more|less|any|all|some|each|etc|then|now|please|however|though"
    r"|therefore|actually|say)\b|[()\[\]{}<>|;\"“”]",
    re.IGNORECASE,
)
_CLAUSE = re.compile(
    r"(?<![\w-])(?:and|or|but|if|so|when|while|because|since|than|as|about|according|among|at|by|for"
    r"|from|in|into|of|on|out|over|to|under|with|without|is|are|was|were|am|be|do|does|did|has|have"
    r"|had|can|could|would|should|might|must|no|i|you|we|who|what|which|whose)(?![\w-])"
    r"|n['’]t\b",
    re.IGNORECASE,
)
_VERBAL = re.compile(r"\s(?:is|are|was|were|does|did|has|have|had)\b", re.IGNORECASE)
_COMPARED = re.compile(
    r"\b(?:more|most|less|least|better|best|worse|worst|is it|(?:larg|bigg|small|long|short|tall"
    r"|old|young|heavi|light|great|high|low|fast|slow|hott|cold|cheap|near|clos|strong)(?:er|est))$",
    re.IGNORECASE,
)
_SHORTENED = re.compile(r"\b(?:[A-Z]|Mr|Mrs|Ms|Dr|St|Prof|Jr|Sr|No|vs)$")
_POINTED = re.compile(
    r"\b(?:the (?:former|latter)|(?:if|when) the (?:first|second|third|last))\b"
    r"|\b(?:answer|reply|respond|output|say|write)(?: with| only| just)* \(?(?:[A-J]|\d+)\b"
    r"|\b(?:python|javascript|expression|evaluat\w+)\b",
    re.IGNORECASE,
)
_ORDERED = re.compile(
    r"\b(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|last|next|previous"
    r"|preced\w*|former|latter|final|initial|order\w*|sequence|series|pattern|rank\w*|sort\w*"
    r"|arrang\w*|alphabet\w*|position\w*|place|index|middle|cent(?:er|re)|before|after"
    r"|between \d+|missing|consecutive|adjacent|neighbou?r\w*|revers\w*|backwards?|left"
    r"|\w+most|(?:on|to) the right|respectively|each|every|all|them|they|their|list\w*"
    r"|repeat\w*|copy|count|print|join\w*|spell\w*|translat\w*|program|code|\d+(?:st|nd|rd|th)"
    r"|(?:its|the|an?|by|only|corresponding|single) (?:number|letter|digit)s?|\d ?(?:-|–|to) ?\d"
    r"|(?:options?|choices?|labels?|categor(?:y|ies)|class(?:es)?|items?) \d+|ids?|earlier|later"
    r"|(?:which|what) (?:\w+ ){0,3}(?:are|were))\b",
    re.IGNORECASE,
)
_NUMBER = rf"(?:\d[\d.,]{{0,15}}|\b(?:{'|'.join(NUMBER_WORDS)})\b)"
_PAIRED = re.compile(
    r"\b(?:they|their|respectively|in (?:the|that|this) (?:given |same )?order"
    r"|first (?:\w+ )?or (?:the )?second)\b"
    rf"|{_NUMBER}%?(?: ?[a-z€£$°]{{1,12}})?"
    rf"(?: ?[-–—:]|,| and| to| against| vs\.?) ?[€£$]?{_NUMBER}",
    re.IGNORECASE,
)
"""What tells of the alternatives in their order: "They cost 3 and 4 euros", "It ended 2-1"."""

_OTHER_LIST = re.compile(
    r",\s[^,.:;?!\n]{1,60}\sor\s|(?<!\w)(?:\d[\d.]*|[A-Za-z]), (?:\d[\d.]*|[A-Za-z])(?!\w)"
    rf"|(?<!\S)\(?{_KEY}\)\s|^[ \t]*{_KEY}\.\s",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class _Offer:
    """Where alternatives stand; "Which ..., P or Q?" is simple, any order of it asks the same."""

    spans: tuple[Span, ...]
    simple: bool


def move_alternatives(question: str, seed: int = 0) -> list[Variant]:
    """Move the alternatives that a question offers on in a circle; the answer, a text, stays.

    The seeds 0, 1, ... bring each of them to each other place in turn; two change places.

    Args:
        question: Any question.
        seed: Which shift; see `variant.shift`.

    Returns:
        One variant; none without alternatives, or if their order may matter.
    """
    hidden = hide_quoted(question)
    offers = list(_offers(hidden))
    chosen = [offer for offer in offers if offer.simple and _swappable(question, hidden, offer)]
    if not chosen and len(offers) == 1 and _movable(question, hidden, offers[0]):
        chosen = offers
    outside = _outside(question, chosen)
    if not chosen or asks_place(outside) or _POINTED.search(outside):
        return []
    if _PAIRED.search(_outside(hidden, chosen)):
        return []
    name = "alternatives swapped" if len(chosen[0].spans) == 2 else "options shuffled"
    return [Variant(name, _moved(question, chosen, seed))]


def _moved(question: str, offers: Sequence[_Offer], seed: int) -> str:
    """The question with another alternative in each one's place."""
    spans = [span for offer in offers for span in offer.spans]
    moved = []
    for offer in offers:
        by = shift(len(offer.spans), seed)
        moved += [question[slice(*span)] for span in offer.spans[by:] + offer.spans[:by]]
    return replaced(question, spans, moved)


def _outside(text: str, offers: Sequence[_Offer]) -> str:
    """The text with a blank for each list."""
    lists = [(offer.spans[0][0], offer.spans[-1][1]) for offer in offers]
    return replaced(text, lists, ["_"] * len(lists))


def _offers(hidden: str) -> Iterator[_Offer]:
    """The lists to pick from, at most one in a clause; what is quoted must be hidden."""
    for sentence in _SENTENCE.finditer(hidden):
        colons = list(_COLON.finditer(hidden, *sentence.span()))
        starts = [sentence.start(), *(colon.end() for colon in colons)]
        ends = [*(colon.start() for colon in colons), sentence.end()]
        before, picked = "", False
        for start, end in zip(starts, ends, strict=True):
            clause = hidden[start:end]
            asked = hidden.startswith("?", end)
            listed = bool(_HEADING.match(before) or (picked and _ONE_OF.search(before)))
            for begin in _begins(clause, asked=asked, picked=picked or listed):
                if spans := _spans(hidden, start + begin, end, listed=listed and not begin):
                    joint = hidden[spans[0][1] : spans[1][0]]
                    which = _WHICH.search(clause[:begin] if begin else before)
                    yield _Offer(spans, asked and joint.strip() == "or" and which is not None)
                    break
            before, picked = clause, picked or bool(_PICKED.search(clause))


def _begins(clause: str, *, asked: bool, picked: bool) -> Iterator[int]:
    """Where in a clause a list may begin, the surest first; 0 after a colon."""
    for lead in list(_LEAD.finditer(clause))[-1:]:
        if picked or _PICKED.search(clause):
            yield lead.end()
    for which in list(_WHICH.finditer(clause))[:-4:-1]:
        if asked and (comma := _COMMA.search(clause, which.end())):
            yield comma.end()
    if picked:
        yield 0


def _spans(hidden: str, begin: int, end: int, *, listed: bool) -> tuple[Span, ...]:
    """Where the alternatives of "P, Q or R" stand, of "P, Q, R" if `listed`; empty if neither."""
    end = begin + len(hidden[begin:end].rstrip())
    opening = _OPENING.match(hidden, begin, end)
    begin = opening.end() if opening else begin
    joints = list(_BETWEEN.finditer(hidden, begin, end))
    ors = ["or" in joint[0] for joint in joints]
    if not 0 < len(joints) < MAX_COUNT or any(ors[:-1]) or not (ors[-1] or listed):
        return ()
    starts = [begin, *(joint.end() for joint in joints)]
    spans = tuple(zip(starts, [*(joint.start() for joint in joints), end], strict=True))
    return spans if all(start < stop for start, stop in spans) else ()


def _fit(question: str, offer: _Offer) -> bool:
    """Whether alternatives can change places: short, unlike, alone, alike in their grammar."""
    texts = [question[slice(*span)] for span in offer.spans]
    if len({text.casefold() for text in texts}) < len(texts):
        return False
    if any(len(text) > MAX_CHARS or _UNFIT.search(text) for text in texts):
        return False
    if any(_BRACKET.search(_BRACKETED.sub("", text)) for text in texts):
        return False  # the list begins or ends in brackets
    grammar = {(bool(_ARTICLE.match(text)), bool(_VERBAL.search(text))) for text in texts}
    return len(grammar) == 1


def _swappable(question: str, hidden: str, offer: _Offer) -> bool:
    """Whether two alternatives can change places, and share no word, as "5 pounds or kilos" do."""
    texts = [hidden[slice(*span)] for span in offer.spans]
    counted = [_kind(text) == "number" for text in texts]
    mixed = any(counted) and not all(counted) and any(" " in text for text in texts)
    return not mixed and not _share(texts) and _fit(question, offer)


def _movable(question: str, hidden: str, offer: _Offer) -> bool:
    """Whether this surely is a list to pick from, and the rest asks for no place in it."""
    outside = _outside(hidden, [offer])
    if CODE.search(question) or _ORDERED.search(outside) or _OTHER_LIST.search(outside):
        return False
    texts = [hidden[slice(*span)] for span in offer.spans]
    end = offer.spans[-1][1]
    if _SHORTENED.search(texts[-1]) and re.match(r"\.[ \t]*\S", hidden[end:]):
        return False
    if any(_REFERS.search(text) or (" " in text and _CLAUSE.search(text)) for text in texts):
        return False
    asked = hidden[: offer.spans[0][0]].rstrip()
    begun = not asked.endswith(",") or _begun(asked[:-1], texts)
    return begun and _fit(question, offer) and _alike(texts)


def _begun(asked: str, texts: Sequence[str]) -> bool:
    """Whether the comma after these words begins the list, unlike in "a big, red one, P or Q"."""
    if _COMPARED.search(asked):
        return not any(_COMPARED.search(text) for text in texts)
    kinds = {_kind(text) for text in texts} - {"word"}
    return bool(kinds) and _kind(asked.split()[-1]) not in kinds


def _alike(texts: Sequence[str]) -> bool:
    """Whether texts are of a kind, and none at an end has a word that may belong to all."""
    kinds = {_kind(text) for text in texts}
    return not _share(texts) and (len(kinds) == 1 or kinds == {"word", "label"})


def _share(texts: Sequence[str]) -> bool:
    """Whether only the first or the last has several words, one of which may belong to all."""
    long = [" " in text for text in texts]
    named = all(_kind(text) == "name" for text in texts)
    return long.count(True) == 1 and (long[0] or long[-1]) and not named


def _kind(hidden: str) -> str:
    """What a text is, as far as its looks tell."""
    if "_" in hidden:
        return "label"
    initial = next((char for char in hidden if char.isalnum()), "")
    return "number" if initial.isdigit() else "name" if initial.isupper() else "word"
