"""The labelled question sets that `verified` is held against; nothing is ever trained on them.

Two mixes: "gym" is ten families of reasoning-gym (Open-Thought's generators), "slips" the kinds of
`benchmarks.slips`. A kind's questions come from its own seed, so that they stay the same whatever
other kinds there are, and the first ones whatever the number.
"""

import random
from collections.abc import Callable, Collection, Iterator, Mapping
from itertools import chain, count, islice

from benchmarks.kinds import Item
from benchmarks.slips import SLIPS

GYM_SEED = 101
SLIPS_SEED = 202

GYM: Mapping[str, Mapping[str, object]] = {
    "gcd": {},  # of 2 numbers up to 1000
    "lcm": {},  # of 2 numbers up to 100
    "chain_sum": {"max_terms": 4, "max_digits": 3},
    "basic_arithmetic": {"max_terms": 4, "max_digits": 2},
    "count_bits": {"max_n": 100_000},
    "letter_counting": {"max_words": 10},
    "spell_backward": {},  # words of 3 to 10 letters
    "word_sorting": {"max_words": 6},
    "word_sequence_reversal": {"max_words": 6},
    "calendar_arithmetic": {"tasks": ["weekday_of_date"]},
}
"""The families, and where they differ from the package's defaults.

Chosen for questions that are short, say all that is needed, and have one answer, which
`memory.answers.same` can tell; numbers, letters, lists of words and dates; not by result.
"""


def _one_case(question: str) -> bool:
    """Whether it doesn't matter that capitals count, which the question does not say."""
    _, letter, _, text, _ = question.split('"')
    return text.count(letter) == text.casefold().count(letter.casefold())


CLEAR: Mapping[str, Callable[[str], bool]] = {
    "letter_counting": _one_case,
    "calendar_arithmetic": lambda question: "/" not in question,  # the 5th of April, or 4th of May
}
"""Which questions of a family can be read in one way only; the others are left out."""

_PAGE = 256
_TRIES = 1000


def questions(mix: str, per_kind: int, kinds: Collection[str] = ()) -> list[Item]:
    """The questions of a mix, kind by kind; the same at every call.

    Args:
        mix: One of `MIXES`.
        per_kind: How many of each kind, all different; >= 1.
        kinds: Only these; none is all.

    Returns:
        The items.

    Raises:
        ValueError: A kind has too few different questions.
    """
    names, source = MIXES[mix]
    found: list[Item] = []
    for kind in names:
        if kinds and kind not in kinds:
            continue
        different = _different(islice(source(kind), per_kind * _TRIES), per_kind)
        if len(different) < per_kind:
            msg = f"{kind}: only {len(different)} of {per_kind} different questions could be made"
            raise ValueError(msg)
        found += (Item(kind, question, answer) for question, answer in different.items())
    return found


def _different(pairs: Iterator[tuple[str, str]], wanted: int) -> dict[str, str]:
    """The first so many different questions, with their answers."""
    found: dict[str, str] = {}
    for question, answer in pairs:
        found.setdefault(question, answer)
        if len(found) == wanted:
            break
    return found


def _gym(family: str) -> Iterator[tuple[str, str]]:
    """A family's questions, without end."""
    import reasoning_gym  # of the `bench` extra, and slow to import

    def page(number: int) -> Iterator[tuple[str, str]]:
        seed = GYM_SEED + number * _PAGE  # an item's own seed is this and its place
        made = reasoning_gym.create_dataset(family, seed=seed, size=_PAGE, **GYM[family])
        pairs = ((item["question"].strip(), item["answer"]) for item in made)
        return (pair for pair in pairs if family not in CLEAR or CLEAR[family](pair[0]))

    return chain.from_iterable(page(number) for number in count())


def _slips(kind: str) -> Iterator[tuple[str, str]]:
    """A kind's questions, without end."""
    source = random.Random(f"{SLIPS_SEED} {kind}")
    while True:
        yield SLIPS[kind](source)


MIXES: Mapping[str, tuple[tuple[str, ...], Callable[[str], Iterator[tuple[str, str]]]]] = {
    "gym": (tuple(GYM), _gym),
    "slips": (tuple(SLIPS), _slips),
}
"""By name: its kinds, and where a kind's questions come from."""
