"""System 2 with memory: what a skill's votes so far make of the next ones."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from agent.learn import Learner
from agent.loop import Query
from agent.system2.reason import Event
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.think import yields_of
from memory.questions import Question
from memory.records import Record, Route, Status, Vote
from models.types import Prompt
from router.policy import Policy
from tests.agent.world import World, asked, code_of, question_of, truth

METHODS = ("chain_of_thought", "self_consistency")


@pytest.fixture
def strict(world: World) -> World:
    """A world where unlike methods must bear answers out: two of them, both right."""
    world.settings = world.settings.model_copy(
        update={
            "verify": VerifySettings(),
            "system2": System2Settings(method="chain_of_thought", methods=METHODS, seed=0),
        }
    )
    world.script = both
    return world


def both(prompt: Prompt) -> str:
    right = truth(asked(prompt))
    return right if len(prompt.messages) == 2 else f"Answer: {right}"


def stuck(prompt: Prompt) -> str:
    """Reasons rightly, and at once always says the same."""
    return "0" if len(prompt.messages) == 2 else f"Answer: {truth(asked(prompt))}"


def learn(world: World, numbers: Sequence[int]) -> None:
    asked_ = [Question(i + 1, question_of(n), skill="codes") for i, n in enumerate(numbers)]
    with world.parts() as built:
        Learner(built.memory, built.system2()).learn(asked_)


def statuses(world: World) -> list[Status]:
    with world.parts() as built:
        return [record.status for record in built.store.records()]


def test_the_first_answers_wait_until_enough_are_borne_out(strict: World) -> None:
    learn(strict, range(5))
    assert set(statuses(strict)) == {Status.UNVERIFIED}
    learn(strict, range(5, 12))
    assert set(statuses(strict)) == {Status.VERIFIED}, "the first ones too"


def test_a_skill_that_nothing_bears_out_stays_unverified_and_says_why(strict: World) -> None:
    strict.script = stuck
    learn(strict, range(40))
    assert set(statuses(strict)) == {Status.UNVERIFIED}
    with strict.parts() as built:
        (record, *_) = built.store.records(limit=1)
    assert "no better than chance" in record.reason
    assert record.answer == truth(record.question), "it is an answer all the same"


def test_a_single_question_is_weighed_by_its_skills_votes(strict: World) -> None:
    learn(strict, range(40))
    events: list[Event] = []
    with strict.parts() as built:
        agent = built.agent()
        known = agent.ask(
            question_of(77), policy=Policy.SYSTEM2, skill="codes", on_event=events.append
        )
        strange = agent.ask("What colour is envy?", policy=Policy.SYSTEM2)
    assert known.decision.verified is True
    assert known.decision.answer == code_of(77)
    assert known.record is not None
    assert "unlike methods agree in this skill" in known.record.reason
    assert {event.question for event in events} == {question_of(77)}
    assert strange.decision.verified is False
    assert strange.decision.route is Route.SYSTEM2


def test_nothing_is_stored_where_nothing_is_to_be_remembered(strict: World) -> None:
    learn(strict, range(12))
    with strict.parts() as built:
        before = built.store.counts()
        queries = [Query(question_of(n), "codes") for n in range(50, 60)]
        answered = built.agent().answer(queries, policy=Policy.SYSTEM2, remember=False)
        assert built.store.counts() == before
    assert all(item.decision.verified for item in answered)


def test_a_trusted_skill_is_checked_now_and_then(strict: World) -> None:
    learn(strict, range(120))
    with strict.parts() as built:
        records = built.store.records(with_votes=True)
    checked = [r for r in records if any(v.method == "self_consistency" for v in r.votes)]
    assert 16 <= len(checked) < 90
    assert all(record.status is Status.VERIFIED for record in records)


def test_yields_count_samples_that_gave_what_is_trusted() -> None:
    votes = (
        Vote("a", "4", "", 10),
        Vote("a", "5", "", 10),
        Vote("b", None, "", 30, "cut"),
        Vote("a", "9", "", 10, variant="names replaced"),
    )
    trusted = Record("1?", "4.0", Status.VERIFIED, votes=votes)
    open_ = Record("2?", "4", Status.UNVERIFIED, votes=votes[:1])
    unclear = replace(open_, question="3?", method="a")
    found = yields_of([trusted, open_, unclear], [True, True, False])
    assert (found["a"].right, found["a"].votes, found["a"].tokens, found["a"].samples) == (
        2,
        4,
        40,
        4,
    )
    assert (found["b"].right, found["b"].votes) == (0, 1)
    assert yields_of([], []) == {}


def test_a_check_that_contradicts_clear_votes_is_not_counted_only_where_it_agrees() -> None:
    """Else it would look right always, and auto would leave the method whose votes it checks."""
    own = (Vote("a", "4", "", 10),) * 3
    agrees = Record("1?", "4", Status.VERIFIED, method="a", votes=(*own, Vote("b", "4", "", 5)))
    disputed = Record("2?", "4", Status.UNVERIFIED, method="a", votes=(*own, Vote("b", "5", "", 5)))
    found = yields_of([agrees, disputed], [True, True])
    assert (found["a"].right, found["a"].votes) == (6, 6)
    assert (found["b"].right, found["b"].votes) == (1, 2)


def test_a_skill_that_is_not_trusted_keeps_the_method_whose_votes_are_clear() -> None:
    cast = tuple(Vote("a", "4", "", 10) for _ in range(3))
    waiting = [Record(f"{n}?", "4", Status.UNVERIFIED, method="a", votes=cast) for n in range(20)]
    found = yields_of(waiting, [True] * 20)["a"]
    assert (found.right, found.votes) == (60, 60)
    unclear = yields_of(waiting, [False] * 20)["a"]
    assert (unclear.right, unclear.votes) == (0, 60)
