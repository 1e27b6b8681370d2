"""The options of a multiple choice question, in another order."""

import re
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

from agent.variants.labels import relabelled
from agent.variants.places import asks_place
from agent.variants.variant import Variant, replaced, shift
from memory.answers.options import CHOICE, SENTENCE_END, Option, find_options, go_on

_ENDING = " \t\r\n,;.?"
_GAP = re.compile(r"[\s,;.]*(?:(?:or|and)\s+)?")
"""What may stand between two options."""

_SPOKEN = re.compile(r"[:\-–—]\**\s+\Z")
"""The end of a label that may be a speaker's."""

_ASKED = re.compile(r"[?？؟]|\banswer:\W*\Z|\bletters?\b", re.IGNORECASE)
_ORDERED = re.compile(
    r"\b(?:order|sequence|arrange|rank|match|steps?|end(?:s|ed|ing)? (?:up|with)"
    r"|(?:i|we|you) (?:begin|end|start)|(?:which|what) (?:command|instruction|line|move)s?"
    r"|(?:all|following|these) (?:commands|directions|instructions|lines|moves))\b",
    re.IGNORECASE,
)
_ALL_DONE = re.compile(
    r"\b(?:answer|complete|compute|evaluate|fix|simplify|solve|summari[sz]e|translate)"
    r" (?:all|both|each|them|these)\b",
    re.IGNORECASE,
)
_TRUE = r"(?:true|false|right|wrong|correct)"
_WORD = re.compile(
    r"(?:(?:^|[.?!:\n\"“])\s{0,3}A|(?<!option )(?<!choice )(?<!letter )\ba|\b[Ii])(?= \w)"
    r"(?! (?:and|are|does|has|implies|is|nor|or|was)\b)"
)
"""An article, or "I": no label."""

_TOKEN = re.compile(r"(?<![\w'’.])(?:[A-Ja-j]|\d{1,2})(?![\w'’]|[.,:]\d|\.\w|-[a-z])")
_COMMA = r"[\s,/|()\[\]\"'“”*]{1,5}"
_NEIGHBOUR = r"(?:adjacent|following|neighbou?ring|next|preceding|previous)"
_LABELLED = re.compile(
    r"\bas (?:its|their|an?) (?:label|letter)\b|\bwhose (?:label|letter|number)\b"
    r"|\b(?:label|letter)s?\b[^.?!\n]{0,40}\b(?:alphabet|consonant|vowel)"
    r"|\b(?:alphabet\w*|consonants?|vowels?)\b[^.?!\n]{0,40}\b(?:label|letter)s?\b"
    r"|\b(?:odd|even)(?:-| )(?:letter|number)ed\b"
    r"|\b(?:option|choice) (?:with|(?:that )?has) an? (?:odd|even)\b"
    r"|\b(?:option|choice) (?:\d|one|two|three|four|five|follows|precedes)\b"
    rf"|\b(?:bottom|lower|top|upper|{_NEIGHBOUR}) (?:option|choice|label)\b(?!s)"
    r"|\b(?:option|choice)(?: (?:right|just|that|which|is|comes|stands)){0,3}"
    r" (?:after|before|beside|between|next to|(?:above|below) (?:it|the|that))\b",
    re.IGNORECASE,
)
"""What asks for an option's label, or for one beside another."""

_AND = r"(?:,| (?:and|or|nor|&|y|e|et|und|o|oder|ou)) | ?[和與与及或と、] ?"
_ONE = r"(?:option|choice|answer|statement|one)"
_REFERS = re.compile(
    r"\b(?:both|either|neither|only|options?|choices?) \(?(?:[A-J]|[a-j]|[1-9])\b\)?"
    r"|\b(?:[Aa]nswer|[Ss]tatement)s? \(?(?:[A-J]|[1-9])\b"
    rf"|\b[A-H] (?:only|alone|is {_TRUE})\b"
    rf"|(?<![\w'])\(?[A-J]\)?(?:{_AND})\(?[A-J](?![A-Za-z0-9])"
    rf"|(?i:\b(?:first|second|third|fourth|last|{_NEIGHBOUR}) (?:(?:two|three) )?{_ONE}s?\b"
    rf"|\b(?:above|below) {_ONE}\b|\b(?:option|choice|answer)s? (?:two|three|four|five)\b"
    rf"|\b{_ONE} (?:(?:right|just|directly|immediately) )?(?:above|after|before|below)\b)"
)
_PINNED = re.compile(
    r"\b(?:above|below|anteriores|anteriori|pr[eé]c[eé]dent(?:e|es|i)|ci-dessus|obigen?|oben"
    r"|genannten?|выше\w*)\b|以上|上述"
    r"|\b(?:all|none|both|neither|either|any|some) of (?:these|them|those|the)\b"
    r"|^(?:all|none|both|neither)$",
    re.IGNORECASE,
)


def shuffle_options(question: str, seed: int) -> list[Variant]:
    """Give every option another label, by moving all of them on in a circle.

    The seeds 0, 1, ... bring each option to each place in turn. "None of the above" stays last.

    Args:
        question: Any question.
        seed: Which shift; see `variant.shift`.

    Returns:
        One variant; none without options, or if their order or labels may matter.
    """
    options = find_options(question)
    if not options or not _fit(question, options):
        return []
    labels = "".join(option.label for option in options)
    spans = [(option.begin, option.end) for option in options]
    texts = [question[begin:end] for begin, end in spans]
    movable = [place for place, text in enumerate(texts) if not _PINNED.search(text)]
    if len(movable) < 2:
        return []
    by = shift(len(movable), seed)
    source = dict(zip(movable, movable[by:] + movable[:by], strict=True))
    moved = [texts[source.get(place, place)] for place in range(len(texts))]
    originals = dict(zip(labels.upper(), labels.upper(), strict=True))
    originals |= {labels[place].upper(): labels[old].upper() for place, old in source.items()}
    kept = frozenset(text.casefold() for text in texts)
    back = partial(_original, labels=originals, texts=kept)
    return [Variant("options shuffled", replaced(question, spans, moved), back)]


def _original(answer: str, labels: dict[str, str], texts: frozenset[str]) -> str:
    """The answer with the label that its option had; an option's own text stays."""
    said = answer.strip(_ENDING).casefold()
    return answer if said in texts else relabelled(answer, labels)


def _fit(question: str, options: Sequence[Option]) -> bool:
    """Whether the options may change places, and labels be told from texts in an answer."""
    before, after = question[: options[0].start], question[options[-1].end :]
    outside = f"{before}\n{after}"
    labels = "".join(option.label for option in options)
    letters = set(labels.upper())
    texts = [question[option.begin : option.end] for option in options]
    if not all(texts) or len({text.casefold() for text in texts}) < len(texts) or go_on(texts):
        return False
    if any(text.upper() in letters or "?" in text or _REFERS.search(text) for text in texts):
        return False
    if not all(_ends(question, option, then) for option, then in pairwise(options)):
        return False
    if asks_place(outside) or any(
        asked.search(outside) for asked in (_ORDERED, _ALL_DONE, _LABELLED)
    ):
        return False
    if _names_one(outside, labels):
        return False
    last = before.rstrip()[-1:]
    if last != "?" and _SPOKEN.search(question[options[0].start : options[0].begin]):
        return bool(CHOICE.search(before))
    if labels.isupper() and (_ASKED.search(outside) or last not in {"", *".!:。"}):
        return True
    return bool(CHOICE.search(outside))


def _ends(question: str, option: Option, then: Option) -> bool:
    """Whether it is clear where an option's text ends: only what joins it to the next follows."""
    gap = question[option.end : then.start]
    sentences = "\n" not in gap and SENTENCE_END.search(question, option.begin, then.start)
    return not sentences and _GAP.fullmatch(gap) is not None


def _names_one(outside: str, labels: str) -> bool:
    """Whether a label stands around the options, other than where all of them are offered."""
    either = rf"{_COMMA}(?:or|o|ou|oder){_COMMA}"
    offer = either.join(labels)
    if len(labels) > 2:
        last = labels[-1]
        offer = (
            rf"{_COMMA.join(labels[:-1])}(?:{either}|{_COMMA}(?:and{_COMMA})?){last}"
            rf"|{labels[0]}\W{{0,2}}(?:[-–—]|to|through)\W{{0,2}}{last}"
        )
    rest = re.sub(rf"\b(?:{offer})\b", "_", outside, flags=re.IGNORECASE)
    named = {token.upper() for token in _TOKEN.findall(_WORD.sub("_", rest))}
    return not named.isdisjoint(labels.upper())
