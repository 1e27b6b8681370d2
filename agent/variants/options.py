"""The options of a multiple choice question, in another order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from agent.variants.labels import relabelled
from agent.variants.places import asks_place
from agent.variants.variant import Span, Variant, replaced, shift

_LABEL = r"(?P<label>[A-Za-z]|\d{1,2})"
_STYLES = (rf"\({_LABEL}\)", rf"{_LABEL}\)", rf"{_LABEL}\.")
_LINES = tuple(re.compile(rf"^[ \t]*{style}[ \t]+(?=\S)", re.MULTILINE) for style in _STYLES)
_INLINE = tuple(re.compile(rf"(?<!\S){style}[ \t]+(?=\S)") for style in _STYLES[:2])
_SEQUENCES = ("ABCDEFGHIJ", "abcdefghij", "123456789")
_SENTENCE_END = re.compile(r"[.?!](?=\s+[A-Z(])")
_ENDING = " \t\r\n,;.?"
_JOINED = re.compile(r"[\s,;](?:or|and)$")
_CHOICE = re.compile(
    r"\b(?:which|choose|select|pick|options?|choices?|correct (?:answer|one)|best answer)\b",
    re.IGNORECASE,
)
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
_STEP = re.compile(
    r"(?:then|afterwards|after that|add|divide|double|halve|multiply|square|subtract|triple)\b"
    r"|(?:next|finally),|\w+ it\b|print\(|(?-i:return\b)",
    re.IGNORECASE,
)
"""How a text begins that goes on from the one before it."""

_SET = re.compile(r"(\w+) ?=(?!=)")
_COUNTED = re.compile(r"\bhow (?:many|much)\b|\bnumber of\b", re.IGNORECASE)
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


@dataclass(frozen=True, slots=True)
class _Options:
    """The labels, in order, where the first label begins, and where each option's text stands."""

    labels: str
    begin: int
    spans: list[Span]


def shuffle_options(question: str, seed: int) -> list[Variant]:
    """Give every option another label, by moving all of them on in a circle.

    The seeds 0, 1, ... bring each option to each place in turn. "None of the above" stays last.

    Args:
        question: Any question.
        seed: Which shift; see `variant.shift`.

    Returns:
        One variant; none without options, or if their order or labels may matter.
    """
    found = _options(question)
    if found is None:
        return []
    labels, spans = found.labels, found.spans
    texts = [question[begin:end] for begin, end in spans]
    if not _fit(question[: found.begin], question[spans[-1][1] :], labels, texts):
        return []
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


def _options(question: str) -> _Options | None:
    """The options of a question; None without any."""
    for pattern in (*_LINES, *_INLINE):
        markers = list(pattern.finditer(question))
        labels = "".join(marker["label"] for marker in markers)
        if len(labels) > 1 and any(sequence.startswith(labels) for sequence in _SEQUENCES):
            inline = pattern in _INLINE
            if inline and not _introduced(question, markers[0].start()):
                return None
            spans = _spans(question, markers, inline=inline)
            return _Options(labels, markers[0].start(), spans) if spans else None
    return None


def _introduced(question: str, begin: int) -> bool:
    """Whether options begin here in a line, and not "the points (A) and (B)"."""
    return question[:begin].rstrip()[-1:] in {"?", ":", ".", ",", ";"} or bool(
        _CHOICE.search(question)
    )


def _spans(question: str, markers: Sequence[re.Match[str]], *, inline: bool) -> list[Span]:
    """Where each option's text stands, without what joins it to the next; empty if unclear."""
    starts = [marker.end() for marker in markers]
    limits = [marker.start() for marker in markers[1:]]
    for begin, end in zip(starts, limits, strict=False):
        text = question[begin:end].strip()
        if "\n" in text or "?" in text or (inline and _SENTENCE_END.search(text)):
            return []  # it is a question, or where the last option ends can't be told
    line_end = question.find("\n", starts[-1])
    limits.append(line_end if line_end >= 0 else len(question))
    if not inline and "?" in question[starts[-1] : limits[-1]]:
        return []
    if inline and (stop := _SENTENCE_END.search(question, starts[-1], limits[-1])):
        limits[-1] = stop.start()
    spans = [
        (begin, begin + len(_bare(question[begin:end])))
        for begin, end in zip(starts, limits, strict=True)
    ]
    return spans if all(begin < end for begin, end in spans) else []


def _bare(text: str) -> str:
    """An option's text without white space, a stop or an "or" at its end."""
    text = text.rstrip(_ENDING)
    joined = _JOINED.search(text)
    return text[: joined.start()].rstrip(_ENDING) if joined else text


def _fit(before: str, after: str, labels: str, texts: Sequence[str]) -> bool:
    """Whether the options may change places, and labels be told from texts in an answer."""
    outside = f"{before}\n{after}"
    letters = set(labels.upper())
    if len({text.casefold() for text in texts}) < len(texts) or _go_on(texts):
        return False
    if any(text.upper() in letters or "?" in text or _REFERS.search(text) for text in texts):
        return False
    if asks_place(outside) or any(
        asked.search(outside) for asked in (_ORDERED, _ALL_DONE, _LABELLED)
    ):
        return False
    if _names_one(outside, labels):
        return False
    if labels.isupper() and (_ASKED.search(outside) or before.rstrip()[-1:] not in {"", *".!:。"}):
        return True
    plain = not (labels.isdigit() and _COUNTED.search(outside))
    return plain and bool(_CHOICE.search(outside))


def _go_on(texts: Sequence[str]) -> bool:
    """Whether one goes on from another, like steps, or lines that set names."""
    names = {found[1] if (found := _SET.match(text)) else "" for text in texts}
    return len(names) > 1 or any(_STEP.match(text) for text in texts)


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
