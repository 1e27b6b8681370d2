"""What a suite is: its questions, who answers them, and how the figures should relate."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from benchmarks.replication.items import Items, Wish
from benchmarks.replication.score import Figures

SYSTEM1 = "system1"
"""The column of the base model, asked directly."""

OWN_VOTES = "self_consistency"
"""System 1 voting on itself: the baseline, as a method and as a teacher."""


def distilled(teacher: str) -> str:
    """The column of System 1 with what a method taught it."""
    return f"distilled/{teacher}"


@dataclass(frozen=True, slots=True)
class Look:
    """Three columns of one part, side by side.

    Attributes:
        system1: The base.
        system2: The teacher, one sample a question.
        distilled: What the teacher taught.
        promoted: Whether the gate let it pass.
    """

    system1: Figures
    system2: Figures
    distilled: Figures
    promoted: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """A relation that the figures of a part should have.

    Attributes:
        part: Whose figures.
        words: The relation.
        holds: Whether they have it.
    """

    part: str
    words: str
    holds: Callable[[Look], bool]


@dataclass(frozen=True, slots=True)
class Suite:
    """One task of the paper.

    Attributes:
        name: What the command line calls it.
        about: What is asked, in a sentence.
        parts: Of the test questions, each with figures of its own.
        methods: System 2's, each asked once a question; direct self-consistency is a vote.
        teachers: Methods whose verified answers are distilled, the paper's own first.
        make: Makes the questions.
        wanted: How the figures should relate.
        paper: The paper's figures by part and column: accuracy, inconsistency where there is one,
            mean tokens.
        paired: Whether each test item is asked in two orders, which must have opposite verdicts.
    """

    name: str
    about: str
    parts: tuple[str, ...]
    methods: tuple[str, ...]
    teachers: tuple[str, ...]
    make: Callable[[Wish], Items]
    wanted: tuple[Wanted, ...]
    paper: Mapping[tuple[str, str], str] = field(default_factory=dict)
    paired: bool = False


def at_least(figure: float, bound: float) -> bool:
    """Whether a share reaches another, as far as floats can tell."""
    return figure >= bound - 1e-9
