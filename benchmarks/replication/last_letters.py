"""Last letters of two words; and of four, which nothing was trained on."""

import random
from collections.abc import Callable

from benchmarks.replication.items import Item, Items, Wish, distinct
from benchmarks.replication.names import MORE_TRAIN_NAMES, TEST_NAMES, TRAIN_NAMES
from benchmarks.replication.suite import OWN_VOTES, SYSTEM1, Suite, Wanted, at_least
from benchmarks.replication.suite import distilled as by

TWO, FOUR = "two words", "four words"
_RR1, _RR2 = "rephrase_and_respond_1", "rephrase_and_respond_2"


def make(wish: Wish) -> Items:
    """Names of one list to test, of another to train, and there two at a time only.

    Args:
        wish: How many.

    Returns:
        The questions.
    """
    test = [
        *distinct(_of(TEST_NAMES, 2, TWO), wish.limit, seed=2),
        *distinct(_of(TEST_NAMES, 4, FOUR), wish.limit, seed=4),
    ]
    train = distinct(_of(TRAIN_NAMES + MORE_TRAIN_NAMES, 2, TWO), wish.train, seed=1)
    return Items(tuple(test), tuple(train))


def _of(names: list[str], words: int, part: str) -> Callable[[random.Random], Item]:
    def item(source: random.Random) -> Item:
        chosen = source.sample(names, words)
        asked = f'Take the last letters of the words in "{" ".join(chosen)}" and concatenate them.'
        return Item(asked, ("".join(name[-1] for name in chosen),), part)

    return item


SUITE = Suite(
    name="last_letters",
    about="The last letters of two names, and of four. Names to train with are never tested, and "
    "only two at a time are trained on.",
    parts=(TWO, FOUR),
    methods=(_RR1, _RR2, "program_of_thought", OWN_VOTES),
    teachers=(_RR2, "program_of_thought", OWN_VOTES),
    make=make,
    wanted=(
        Wanted(
            TWO,
            "distilled at least as accurate as its teacher",
            lambda look: at_least(look.distilled.accuracy, look.system2.accuracy),
        ),
        Wanted(
            TWO,
            "distilled generates no more tokens than System 1",
            lambda look: look.distilled.tokens <= look.system1.tokens,
        ),
    ),
    paper={
        (TWO, SYSTEM1): "30.0 / 27",
        (TWO, _RR1): "39.5 / 107",
        (TWO, _RR2): "44.5 / 42",
        (TWO, by(_RR2)): "98.0 / 25.5",
        (TWO, by(OWN_VOTES)): "69.5",
    },
)
