"""Grade-school mathematics: what the paper failed to distil."""

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field, TypeAdapter

from benchmarks.replication.items import Item, Items, Text, Wish, read_rows
from benchmarks.replication.suite import OWN_VOTES, SYSTEM1, Suite, Wanted
from benchmarks.replication.suite import distilled as by

PROBLEMS = "problems"
_COT = "chain_of_thought"


@dataclass(frozen=True, slots=True)
class Row:
    """A published problem; its answer is a solution that ends in "#### 18"."""

    question: Text
    answer: Annotated[str, Field(pattern=r"#### *\S")]


_ROWS = TypeAdapter(list[Row])


def make(wish: Wish) -> Items:
    """The first of the published test and training problems.

    Args:
        wish: How many, and where the data lies.

    Returns:
        The questions.
    """
    folder = wish.data / "gsm8k"
    test = read_rows(folder / "test.jsonl", _ROWS)[: wish.limit]
    train = read_rows(folder / "train.jsonl", _ROWS)[: wish.train]
    return Items(tuple(map(_problem, test)), tuple(map(_problem, train)))


def _problem(row: Row) -> Item:
    return Item(row.question, (row.answer.rpartition("####")[2].strip(),), PROBLEMS)


SUITE = Suite(
    name="gsm8k",
    about="The published problems. The paper's attempt failed: its distilled model is no better "
    "than System 1. The gate is to refuse such a candidate.",
    parts=(PROBLEMS,),
    methods=(_COT, "program_of_thought", OWN_VOTES),
    teachers=(_COT, OWN_VOTES),
    make=make,
    wanted=(Wanted(PROBLEMS, "refused by the gate", lambda look: not look.promoted),),
    paper={
        (PROBLEMS, SYSTEM1): "7.6 / 57",
        (PROBLEMS, _COT): "52.8 / 270",
        (PROBLEMS, by(_COT)): "7.1 / 18",
    },
)
