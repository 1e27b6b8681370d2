"""A sample driven by hand: each stage is sent what a test says the model writes."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from agent.system2.method import Call, Steps
from memory.records import Vote
from models.types import Finish, Generation

Reply = str | Generation
"""What a model writes: a text that ends by itself, or a generation."""


def wrote(text: str, finish: Finish = Finish.STOP) -> Generation:
    return Generation(text, (-0.1,) * 4, (1.0,) * 4, finish, 9)


def cut(text: str) -> Generation:
    return wrote(text, Finish.LENGTH)


@dataclass
class Driven:
    """A sample that has ended: its vote, and the calls of each stage."""

    vote: Vote
    stages: list[tuple[Call, ...]] = field(default_factory=list)

    @property
    def names(self) -> list[str]:
        return [stage[0].stage for stage in self.stages]

    def shown(self, stage: int) -> str:
        """What the user says in a stage's first call."""
        return said(self.stages[stage][0])


def said(call: Call) -> str:
    return [m.content for m in call.prompt.messages if m.role == "user"][-1]


def drive(steps: Steps, *replies: Reply | Sequence[Reply] | Callable[[Call], str]) -> Driven:
    """Run a sample; each stage takes one of the replies.

    A reply is for all calls of its stage, one for each of them, or made from the call. A call of n
    gets its reply n times.
    """
    stages: list[tuple[Call, ...]] = []
    try:
        calls = next(steps)
        for reply in replies:
            stages.append(calls)
            calls = steps.send([_answered(call, i, reply) for i, call in enumerate(calls)])
            while not calls:  # a program runs
                calls = next(steps)
    except StopIteration as ended:
        assert len(stages) == len(replies), "the sample ended early"
        return Driven(ended.value, stages)
    raise AssertionError(f"the sample still waits for {calls[0].stage}")


def _answered(
    call: Call, index: int, reply: Reply | Sequence[Reply] | Callable[[Call], str]
) -> list[Generation]:
    if callable(reply):
        one: Reply = reply(call)
    else:
        one = reply if isinstance(reply, str | Generation) else reply[index]
    return [wrote(one) if isinstance(one, str) else one] * call.n
