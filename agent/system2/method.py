"""What a System 2 method is."""

from collections.abc import Generator, Sequence
from dataclasses import dataclass
from typing import Protocol

from memory.records import Vote
from models.types import Generation, Prompt


@dataclass(frozen=True, slots=True)
class Call:
    """What one stage of one sample asks of the model.

    Attributes:
        stage: Its name: "rephrase", "respond".
        prompt: What the model is shown.
        n: Continuations; more than one where a stage samples on its own.
        stop: Texts at which a continuation ends.
        max_tokens: Most tokens of a continuation; None is the setting.
        temperature: 0 is greedy; None is the setting.
    """

    stage: str
    prompt: Prompt
    n: int = 1
    stop: tuple[str, ...] = ()
    max_tokens: int | None = None
    temperature: float | None = None


Answers = Sequence[Sequence[Generation]]
"""For each call of a stage, in order, its n continuations."""

Steps = Generator[tuple[Call, ...], Answers, Vote]
"""One sample under way: yields the calls of a stage, is sent their answers, returns its vote.

The samples of all questions run side by side, and their calls share batches. The vote's tokens are
filled in by who runs it; a sample that was cancelled is closed and has no say.
One that yields no calls is at work by itself, on a program say: it is resumed with `next` until it
asks or ends, or is closed. Each such step is short.
"""


class Method(Protocol):
    """One way of thinking a question through; a sample of it ends in a vote."""

    @property
    def name(self) -> str:
        """What users and records call it."""

    @property
    def family(self) -> str:
        """Methods of one family are alike: they tend to make the same slips."""

    def fits(self, question: str) -> bool:
        """Whether it is made for questions of this form."""

    def sample(self, question: str) -> Steps:
        """Think a question through once.

        Args:
            question: A standalone question.

        Returns:
            The sample, not started yet.
        """
