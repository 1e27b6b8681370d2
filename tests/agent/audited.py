"""A home whose fast answers are all audited, with a System 1 that slips where it is told to."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager

from agent.build import Parts
from agent.loop import Agent, Query
from memory.records import Decision, Route
from models.types import Prompt
from router.policy import Policy
from router.settings import RouterSettings
from tests.agent.world import World, asked, question_of, truth

NEW = 1_001
EVERY = RouterSettings(max_error=0.3, delta=0.2, audit_rate=1.0, audit_noise=0.0)


@contextmanager
def opened(world: World, wrong: Callable[[str], bool] = lambda _: False) -> Iterator[Parts]:
    """A home that audits every fast answer, with a System 1 that slips where it is told to."""

    def write(prompt: Prompt) -> str:
        question = asked(prompt)
        return str(int(truth(question)) + wrong(question))

    with world.parts(router=EVERY) as built:
        built.student._adapted = lambda _: write
        yield built


def ask(agent: Agent, numbers: Iterable[int]) -> list[Decision]:
    queries = [Query(question_of(n), "codes") for n in numbers]
    answered = agent.answer(queries, policy=Policy.AUTO, remember=True)
    return [item.decision for item in answered]


def served(built: Parts, question: str, skill: str, answer: str = "0") -> Decision:
    """A fast answer that was given at some time."""
    made = Decision(question, Route.SYSTEM1, answer, 0.9, 0.8, "sure", skill=skill, adapter="v1")
    decision = built.store.journal.log_decision(made)
    built.store.audits.queue([decision])
    return decision
