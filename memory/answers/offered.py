"""Answers that a question itself offers as two: "polish or Polish", "A) 0.5" and "B) 1/2"."""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from itertools import islice

from memory.answers.exactness import Exactness, Form
from memory.answers.options import options_of

Place = Sequence[str]
"""The texts that may be one thing offered, the longest last."""

_WORDS = 4
_ITEMS = 12
_MOST = 100
"""Words of a thing, things in a line, lines in a question: more is data rather than an offer."""

_TOKEN = re.compile(
    r'"[^"\n]{1,80}"|\u201c[^\u201d\n]{1,80}\u201d|`[^`\n]{1,80}`'
    r"|(?<!\w)['\u2018][^'\u2018\u2019\n]{1,80}['\u2019](?!\w)"
    r"|(?:[^\s,;:?!]|[,:!](?=[\w=]))+|[,;:?!\n]"
)
_JOINTS = frozenset({"or", "vs", "vs.", "versus"})
_MARKS = frozenset(",;:?!\n")
_SLASHED = re.compile(r"[(\"'\u201c]?([^\W\d_]+(?:/[^\W\d_]+)+)[)\"'.\u201d]{0,2}")


@lru_cache(maxsize=8)
def contested(
    question: str, asked: Exactness, key: Callable[[str, Exactness], str]
) -> Mapping[str, Exactness]:
    """What else counts in answers that have one key with two things which the question offers.

    Args:
        question: Any text.
        asked: What it names as counting.
        key: The key of a text, given what counts.

    Returns:
        By their key as the question asks for it: what tells the things offered apart.
    """
    found: dict[str, Exactness] = {}
    for places in _offers(question):
        spellings: dict[str, dict[str, None]] = {}
        for place in places:
            for shared, text in {key(text, asked): text for text in place}.items():
                spellings.setdefault(shared, {})[text] = None
        for shared, texts in spellings.items():
            if len(texts) > 1 and (telling := _telling(texts, asked, key)):
                found.setdefault(shared, telling)
    return found


def _telling(
    texts: Collection[str], asked: Exactness, key: Callable[[str, Exactness], str]
) -> Exactness | None:
    """The least that must count for texts to be told apart; None where nothing does."""
    stricter = (
        replace(asked, case=True),
        replace(asked, articles=True),
        replace(asked, form=Form.COUNTS),
        replace(asked, punctuation=True),
        replace(asked, case=True, truth=True),
        replace(asked, case=True, articles=True, form=Form.COUNTS, punctuation=True),
    )
    for exact in stricter:
        if len({key(text, exact) for text in texts}) == len(texts):
            return exact
    return None


def _offers(question: str) -> Iterator[Sequence[Place]]:
    """What is offered together: the options, and what stands around each "or" or slash."""
    yield [(text,) for text in options_of(question).values()]
    yield from islice(_in_line(question), _MOST)


def _in_line(question: str) -> Iterator[Sequence[Place]]:
    tokens = _TOKEN.findall(question)
    for at, token in enumerate(tokens):
        if token in _JOINTS:
            yield _around(tokens, at)
        elif slashed := _SLASHED.fullmatch(token):
            yield [(part,) for part in slashed[1].split("/")]


def _around(tokens: Sequence[str], at: int) -> list[Place]:
    """What a joint stands between, and single words that a comma joins to what is before it."""
    places = [_grown(tokens[at + 1 : at + 1 + _WORDS], lambda text, word: f"{text} {word}")]
    last = at - 2 if tokens[at - 1] == "," else at - 1
    while last > 1 and tokens[last - 1] == "," and len(places) < _ITEMS:
        places.append((tokens[last],))
        last -= 2
    before = tokens[max(0, last + 1 - _WORDS) : last + 1]
    return [*places, _grown(before[::-1], lambda text, word: f"{word} {text}")]


def _grown(words: Sequence[str], joined: Callable[[str, str], str]) -> Place:
    """A word, it with the next one, and so on, up to a mark."""
    texts: list[str] = []
    for word in words:
        if word in _MARKS:
            break
        texts.append(_unpaired(joined(texts[-1], word) if texts else word))
    return texts


def _unpaired(text: str) -> str:
    """Text without the one half of a pair of brackets at its edge."""
    if text.startswith("(") and ")" not in text:
        return text[1:]
    return text[:-1] if text.endswith(")") and "(" not in text else text
