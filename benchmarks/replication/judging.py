"""Which of two answers is better, asked in both orders."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Literal

from pydantic import TypeAdapter

from agent.system2 import pair
from benchmarks.replication.items import Item, Items, Text, Wish, read_rows
from benchmarks.replication.suite import OWN_VOTES, SYSTEM1, Look, Suite, Wanted, at_least
from benchmarks.replication.suite import distilled as by
from memory.records import question_key

NATURAL, MT_BENCH = "LLMBar Natural", "MT-Bench"
_TEST = {NATURAL: "Natural.json", MT_BENCH: "MT-Bench.json"}
_TRAIN = ("LLMEval2", "Neighbor", "GPTInst", "FairEval", "GPTOut", "Manual")
_BSM = "branch_solve_merge"


@dataclass(frozen=True, slots=True)
class Row:
    """A published pair; its label is the number of the better answer."""

    input: Text
    output_1: str
    output_2: str
    label: Literal[1, 2]

    @property
    def texts(self) -> tuple[str, str, str]:
        """The instruction and both answers, as they are asked."""
        return self.input.strip(), self.output_1.strip(), self.output_2.strip()


_ROWS = TypeAdapter(list[Row])


def make(wish: Wish) -> Items:
    """Two sets to test, each pair in both orders; the other sets to train, each pair in one order.

    A training pair whose instruction is tested too is left out, and so is a pair whose two answers
    can't be told apart in the question. One that a set has twice is asked once.

    Args:
        wish: How many, and where the data lies.

    Returns:
        The questions.
    """
    test: list[Item] = []
    tested: set[str] = set()
    for part, name in _TEST.items():
        rows = read_rows(wish.data / "llmbar" / name, _ROWS)
        tested |= {question_key(row.input) for row in rows}
        orders = [_orders(row, part) for row in rows]
        pairs = {both[0].of: both for both in orders}
        test += [item for both in list(pairs.values())[: wish.limit] for item in both]
    train = [
        _orders(row, "train")[int(question_key(str(asdict(row)))[-1], 16) % 2]
        for row in _mixed(wish)
        if question_key(row.input) not in tested and _clear(row)
    ]
    return Items(tuple(test), tuple(train[: wish.train]))


def _mixed(wish: Wish) -> Iterator[Row]:
    """The sets to train on in turn, a row of each, until all have ended."""
    sets = [read_rows(wish.data / "llmbar" / f"{name}.json", _ROWS) for name in _TRAIN]
    return (row for rows in zip_longest(*sets) for row in rows if row is not None)


def _orders(row: Row, part: str) -> tuple[Item, Item]:
    """A pair as it is, and with its answers exchanged."""
    instruction, first, second = row.texts
    better, worse = ("A", "B") if row.label == 1 else ("B", "A")
    of = question_key(_asked(instruction, *sorted((first, second))))
    return (
        Item(_asked(instruction, first, second), (better,), part, of),
        Item(_asked(instruction, second, first), (worse,), part, of),
    )


def _asked(instruction: str, first: str, second: str) -> str:
    return (
        f"Instruction:\n{instruction}\n\nAnswer A:\n{first}\n\nAnswer B:\n{second}\n\n"
        "Which answer is better, A or B?"
    )


def _clear(row: Row) -> bool:
    """Whether the two answers differ and can be told apart: one may hold headings of its own."""
    _, first, second = row.texts
    found = pair.parse(_asked(*row.texts))
    return first != second and found is not None and row.texts == (
        found.instruction, found.first, found.second
    )  # fmt: skip


def _half_as_inconsistent(look: Look) -> bool:
    mine, theirs = look.distilled.inconsistency, look.system2.inconsistency
    return mine is not None and theirs is not None and mine <= theirs / 2


def _agrees(look: Look) -> bool:
    return at_least(look.distilled.accuracy, look.system2.accuracy)


SUITE = Suite(
    name="judging",
    about="Which of two answers to an instruction is better, in both orders, trained on the other "
    "sets of LLMBar. A tie or no verdict agrees with nobody. The paper's other set than MT-Bench "
    "is OASST2.",
    parts=(NATURAL, MT_BENCH),
    methods=(_BSM, OWN_VOTES),
    teachers=(_BSM, OWN_VOTES),
    make=make,
    wanted=tuple(
        wanted
        for part in (NATURAL, MT_BENCH)
        for wanted in (
            Wanted(part, "distilled at most half as inconsistent as its teacher",
                   _half_as_inconsistent),
            Wanted(part, "distilled agrees at least as often as its teacher", _agrees),
        )
    ),
    paper={
        (NATURAL, SYSTEM1): "OASST2: 32.0; 56.7 / 4",
        (NATURAL, _BSM): "OASST2: 49.1; 30.4 / 2118",
        (NATURAL, by(_BSM)): "OASST2: 58.4; 12.2 / 4",
        (MT_BENCH, SYSTEM1): "28.1; 80.9 / 4",
        (MT_BENCH, _BSM): "64.5; 21.1 / 2063",
        (MT_BENCH, by(_BSM)): "72.4; 9.1 / 4",
    },
    paired=True,
)  # fmt: skip
