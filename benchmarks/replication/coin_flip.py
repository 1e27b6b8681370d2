"""Coin flips: the published test set, and questions of the same form with other names to train."""

import random
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Literal

from pydantic import TypeAdapter

from benchmarks.replication.items import Item, Items, Text, Wish, distinct, read_rows
from benchmarks.replication.names import TRAIN_NAMES
from benchmarks.replication.suite import OWN_VOTES, SYSTEM1, Suite, Wanted, at_least
from benchmarks.replication.suite import distilled as by

COINS = "two people"
_RR1, _RR2 = "rephrase_and_respond_1", "rephrase_and_respond_2"


@dataclass(frozen=True, slots=True)
class Row:
    """A published question."""

    inputs: Text
    targets: Literal["yes", "no"]


_ROWS = TypeAdapter(list[Row])


def make(wish: Wish) -> Items:
    """The first of the published questions to test; own ones to train.

    Args:
        wish: How many, and where the data lies.

    Returns:
        The questions.
    """
    rows = read_rows(wish.data / "coin_flip" / "coin_val.json", _ROWS)
    test = [Item(asked(row.inputs), (row.targets,), COINS) for row in rows[: wish.limit]]
    # A published name may have parts: "juan-marcus".
    published = {word for row in rows for word in re.findall(r"\w+", row.inputs.lower())}
    names = [name for name in TRAIN_NAMES if name.lower() not in published]
    return Items(tuple(test), tuple(distinct(partial(_generated, names), wish.train, seed=1)))


def asked(inputs: str) -> str:
    """A published question without its "Q:" and needless spaces."""
    return " ".join(inputs.split()).removeprefix("Q: ")


def _generated(names: Sequence[str], source: random.Random) -> Item:
    told, up = ["A coin is heads up."], True
    for name in source.sample(names, 2):
        flips = source.random() < 0.5
        up ^= flips
        told.append(f"{name.lower()} {'flips' if flips else 'does not flip'} the coin.")
    question = " ".join([*told, "Is the coin still heads up?"])
    return Item(question, ("yes" if up else "no",), COINS)


SUITE = Suite(
    name="coin_flip",
    about="Whether a coin is still heads up after two people, each of whom flips it or does not: "
    "the published test set, trained on questions of the same form with other names.",
    parts=(COINS,),
    methods=(_RR1, _RR2, "program_of_thought", OWN_VOTES),
    teachers=(_RR2, "program_of_thought", OWN_VOTES),
    make=make,
    wanted=(
        Wanted(
            COINS,
            "distilled within 2 points of its teacher, or better",
            lambda look: at_least(look.distilled.accuracy, look.system2.accuracy - 0.02),
        ),
        Wanted(
            COINS,
            "distilled at no more than half its teacher's tokens",
            lambda look: look.distilled.tokens <= look.system2.tokens / 2,
        ),
    ),
    paper={
        (COINS, SYSTEM1): "56.1 / 62",
        (COINS, _RR1): "58.5 / 159",
        (COINS, _RR2): "77.2 / 112",
        (COINS, by(_RR2)): "75.7 / 50",
    },
)
