"""Kinds of questions with known answers, generated; the demonstration and the benchmarks use them.

Each kind is a function from a source of randomness to a question and its answer. The answers are
for scoring alone: the demonstration's log has none.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass

FIRST_NAMES = (
    "Ada Alan Amy Barbara Carl Clara David Dora Edith Emma Frank Grace Hans Helen Ivan Jack John "
    "Karl Laura Leo Linda Mark Nina Oscar Peter Ruth Simon Vera"
).split()
LAST_NAMES = (
    "Adams Baker Brown Clark Cook Curie Davis Fisher Ford Gray Hall Hill Hopper Jones Keller King "
    "Lamarr Lee Lopez Lovelace Moore Nash Perez Reed Smith Turing White Young"
).split()

Kind = Callable[[random.Random], tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Item:
    """A generated question."""

    kind: str
    question: str
    answer: str


def last_letters(source: random.Random) -> tuple[str, str]:
    """Last letters of two names (the paper's task)."""
    first, last = source.choice(FIRST_NAMES), source.choice(LAST_NAMES)
    question = f'Take the last letters of the words in "{first} {last}" and concatenate them.'
    return question, first[-1] + last[-1]


def turned(thing: str, side: str) -> Kind:
    """Whether a thing still shows one side after two people, each of whom flips it or does not."""

    def kind(source: random.Random) -> tuple[str, str]:
        shown, told = True, [f"A {thing} is {side} up."]
        for name in source.sample(FIRST_NAMES, 2):
            flips = source.random() < 0.5
            shown ^= flips
            told.append(f"{name} {'flips' if flips else 'does not flip'} the {thing}.")
        return " ".join([*told, f"Is the {thing} still {side} up?"]), "yes" if shown else "no"

    return kind


def product(source: random.Random) -> tuple[str, str]:
    """The product of two three-digit numbers: no small model learns to say it at once."""
    a, b = source.randint(100, 999), source.randint(100, 999)
    return f"What is the product of {a} and {b}?", str(a * b)


KINDS: dict[str, Kind] = {
    "last letters": last_letters,
    "coin flips": turned("coin", "heads"),  # the paper's task
    "pancakes": turned("pancake", "golden side"),
    "3-digit products": product,
}


def generate(counts: dict[str, int], seed: int, known: frozenset[str] = frozenset()) -> list[Item]:
    """Generate different questions, the kinds mixed.

    Args:
        counts: How many of each kind.
        seed: Of the order and of the questions.
        known: Questions that must not come again.

    Returns:
        The items.

    Raises:
        ValueError: A kind has too few different questions.
    """
    source = random.Random(seed)
    seen, items = set(known), []
    for kind, count in counts.items():
        found = 0
        for _ in range(count * 1000):
            question, answer = KINDS[kind](source)
            if question not in seen:
                seen.add(question)
                items.append(Item(kind, question, answer))
                found += 1
            if found == count:
                break
        else:
            msg = f"{kind}: only {found} of {count} different questions could be made"
            raise ValueError(msg)
    source.shuffle(items)
    return items
