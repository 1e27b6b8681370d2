"""A question, and how it is to be thought about."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from agent.system2.method import Method
from agent.variants.variant import Variant


@dataclass(frozen=True, slots=True)
class Check:
    """A second way of answering, whose answers are held against the vote.

    Attributes:
        method: Who is asked; None is the method whose vote it is.
        variant: What is asked; None is the question itself.
    """

    method: Method | None = None
    variant: Variant | None = None


@dataclass(frozen=True, slots=True)
class Task:
    """A question, and how it is to be thought about.

    Attributes:
        question: A standalone question.
        methods: By preference, at least one. A later one is asked only where no sample of the
            earlier ones gave any answer: it is another way of thinking, not more of the same.
        checks: Made once a vote is decided and its answer could be trusted; by the method whose
            vote it is.
    """

    question: str
    methods: tuple[Method, ...]
    checks: Mapping[str, tuple[Check, ...]] = field(default_factory=dict)
