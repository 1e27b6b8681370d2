"""Cancels and limits of time, with programs that don't end by themselves."""

import itertools
import time
from collections.abc import Callable, Iterator

import pytest

from agent.sandbox import Sandbox, SandboxSettings
from agent.system2.program_of_thought import ProgramOfThought
from agent.system2.reason import Outcome, Reasoner
from agent.system2.settings import System2Settings, VerifySettings
from agent.system2.task import Task
from agent.system2.universal import UniversalConsistency
from agent.verify import AgreementVerifier
from memory.records import CUT, Status
from models.scripted import ScriptedLM
from models.types import Cancelled, Prompt

LOOP = "    while True:\n        pass"


@pytest.fixture
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(time_limit_s=20, workers=3)) as opened:
        yield opened


def reason(
    script: Callable[[Prompt], str | list[str]],
    tasks: list[Task],
    cancelled: Cancelled | None = None,
    **limits: float,
) -> list[Outcome]:
    settings = System2Settings(seed=0, **limits)
    verifier = AgreementVerifier(VerifySettings(), settings)
    reasoner = Reasoner(ScriptedLM(script), settings, verifier, UniversalConsistency())
    return reasoner.reason(tasks, cancelled=cancelled)


def programs(sandbox: Sandbox, count: int) -> list[Task]:
    return [Task(f"What is {n} + 1?", (ProgramOfThought(sandbox),)) for n in range(count)]


def test_a_cancel_waits_for_no_program(sandbox: Sandbox) -> None:
    start = time.monotonic()
    first, *others = reason(
        lambda _: LOOP, programs(sandbox, 4), lambda: time.monotonic() - start > 0.5
    )
    assert time.monotonic() - start < 5, "one program alone takes 20 s"
    assert [vote.failure for vote in first.record.votes] == [CUT] * 3
    assert all(vote.tokens for vote in first.record.votes)
    assert first.cut_short
    assert all(outcome.cut_short and not outcome.record.votes for outcome in others)


def test_programs_that_ended_before_a_cancel_still_count(sandbox: Sandbox) -> None:
    start = time.monotonic()
    (outcome,) = reason(
        lambda _: ["    return 7", LOOP, "    return 7"],
        programs(sandbox, 1),
        lambda: time.monotonic() - start > 2,
    )
    failures = {vote.failure for vote in outcome.record.votes if vote.answer is None}
    assert failures == {CUT}
    assert outcome.record.votes[0].answer == "7"
    assert outcome.cut_short


def test_the_limit_of_seconds_waits_for_no_program(sandbox: Sandbox) -> None:
    start = time.monotonic()
    (outcome,) = reason(lambda _: LOOP, programs(sandbox, 1), max_seconds=0.5)
    assert time.monotonic() - start < 5
    assert outcome.cut_short
    assert outcome.record.status is Status.UNVERIFIED


def test_a_question_whose_programs_loop_takes_no_others_seconds() -> None:
    with Sandbox(SandboxSettings(time_limit_s=20, workers=4)) as one_left:
        one_left.run("return 1")
        first, *others = reason(
            lambda prompt: LOOP if "0 + 1" in prompt.messages[-2].content else "    return 7",
            programs(one_left, 3),
            max_seconds=2,
        )
    assert [vote.failure for vote in first.record.votes] == [CUT] * 3
    assert [outcome.record.answer for outcome in others] == ["7"] * 2
    assert [outcome.cut_short for outcome in (first, *others)] == [True, False, False]


def test_programs_of_one_round_run_side_by_side() -> None:
    with Sandbox(SandboxSettings(time_limit_s=1, workers=3)) as sandbox:
        sandbox.run("return 1")
        start = time.monotonic()
        (outcome,) = reason(lambda _: LOOP, programs(sandbox, 1))
        seconds = time.monotonic() - start
    assert len(outcome.record.votes) == 3
    assert all("time limit" in vote.failure for vote in outcome.record.votes)
    assert seconds < 2.5, "one after the other they take 3 s"


def after(tokens: int) -> Cancelled:
    """A cancel that comes once the model has begun so many tokens."""
    asked = itertools.count()
    return lambda: next(asked) > tokens  # it is asked once before the first, too


def test_programs_whose_text_was_whole_at_a_cancel_still_count(sandbox: Sandbox) -> None:
    sandbox.run("return 1")
    texts = ["    return 7", "    return 7", "    x = 5\n    return 7"]
    (outcome,) = reason(lambda _: texts, programs(sandbox, 1), after(8))
    votes = outcome.record.votes
    assert [(vote.answer, vote.failure) for vote in votes] == [("7", ""), ("7", ""), (None, CUT)]
    assert outcome.record.answer == "7"
    assert outcome.cut_short


def test_a_program_that_loops_at_a_cancel_takes_no_others_along(sandbox: Sandbox) -> None:
    sandbox.run("return 1")
    start = time.monotonic()
    texts = [LOOP, "    return 7", "    return 7"]
    (outcome,) = reason(lambda _: texts, programs(sandbox, 1), after(7))
    assert [vote.answer for vote in outcome.record.votes] == [None, "7", "7"]
    assert outcome.record.votes[0].failure == CUT
    assert outcome.cut_short
    assert time.monotonic() - start < 5, "the program alone takes 20 s"
