import math
import os
import signal

import pytest

from agent.evaluate import STREAM_BLOCK, evaluate
from agent.interrupt import cancelling
from memory.questions import Question
from memory.records import Route
from models.types import Prompt
from router.policy import Policy
from tests.agent.world import World, asked, code_of, question_of, truth


def labelled(n: int, skill: str | None = None, start: int = 0) -> list[Question]:
    return [Question(i + 1, question_of(start + i), code_of(start + i), skill) for i in range(n)]


def test_a_stream_is_scored_in_order(world: World) -> None:
    stream = [*labelled(3), Question(4, question_of(9), "wrong")]
    with world.parts() as built:
        told: list[tuple[int, int]] = []
        score = evaluate(
            built.agent(),
            stream,
            policy=Policy.SYSTEM2,
            on_progress=lambda *at: told.append(at),
        )
    assert (score.n, score.accuracy, score.deferral_rate, score.wrong_fast) == (4, 0.75, 1.0, 0)
    assert [item.right for item in score.scored] == [True, True, True, False]
    assert [item.answered.decision.question for item in score.scored] == [q.text for q in stream]
    assert score.completion_tokens == sum(i.answered.decision.tokens for i in score.scored) > 0
    assert score.seconds > 0
    assert 0 < score.p50_ms <= score.p95_ms
    assert told[-1] == (4, 4)
    assert all(done <= total for done, total in told)


def test_wrong_answers_of_system1_are_counted(world: World) -> None:
    with world.parts() as built:
        score = evaluate(built.agent(), labelled(2), policy=Policy.SYSTEM1)
    assert (score.accuracy, score.wrong_fast, score.deferral_rate) == (0, 2, 0)


def test_equal_answers_are_right_however_they_are_written(world: World) -> None:
    world.script = lambda _: "Answer: 1000.0"
    with world.parts() as built:
        stream = [Question(1, question_of(1), "1,000")]
        assert evaluate(built.agent(), stream, policy=Policy.SYSTEM2).accuracy == 1


def test_without_learn_nothing_is_remembered(world: World) -> None:
    with world.parts() as built:
        evaluate(built.agent(), labelled(5, "codes"), policy=Policy.AUTO)
        assert built.store.counts().total == 0
        assert built.store.journal.decisions() == []
        assert built.store.journal.skills() == []


def test_with_learn_outcomes_are_remembered_but_gold_answers_are_not(world: World) -> None:
    stream = [*labelled(2, "codes"), Question(3, question_of(9), "wrong", "codes")]
    with world.parts() as built:
        score = evaluate(built.agent(), stream, policy=Policy.AUTO, learn=True)
        found = built.store.find(question_of(9))
        assert found.answer == code_of(9)
        assert len(built.store.journal.decisions()) == 3
    assert score.skills["codes"].n == 3
    assert score.skills["codes"].accuracy == pytest.approx(2 / 3)


def test_a_repeated_question_is_asked_again(world: World) -> None:
    with world.parts() as built:
        stream = [*labelled(1), *labelled(1)]
        score = evaluate(built.agent(), stream, policy=Policy.AUTO, learn=True)
        assert score.n == 2
        assert len(built.store.find(question_of(0)).votes) == 6


def test_an_empty_stream_scores_nothing(world: World) -> None:
    with world.parts() as built:
        score = evaluate(built.agent(), [], policy=Policy.AUTO)
    assert score.n == 0
    assert math.isnan(score.accuracy)
    assert math.isnan(score.p50_ms)


@pytest.mark.parametrize("policy", [Policy.AUTO, Policy.SYSTEM1])
def test_ctrl_c_leaves_the_scores_of_what_was_answered_in_full(
    world: World, policy: Policy
) -> None:
    asked_times = 0

    def script(prompt: Prompt) -> str:
        nonlocal asked_times
        asked_times += 1
        if asked_times == STREAM_BLOCK + 20:
            os.kill(os.getpid(), signal.SIGINT)
        return f"Answer: {truth(asked(prompt))}"

    world.script = script
    with world.parts() as built, cancelling() as cancel:
        score = evaluate(built.agent(), labelled(300), policy=policy, learn=True, cancelled=cancel)
    assert cancel.asked
    assert STREAM_BLOCK <= score.n < STREAM_BLOCK + 25
    assert score.accuracy == 1.0
    assert sum(skill.n for skill in score.skills.values()) == score.n


def test_fast_answers_are_system1s_and_memorys(world: World) -> None:
    world.learn(range(240))
    world.distil()
    with world.parts() as built:
        score = evaluate(built.agent(), labelled(10, start=2_000), policy=Policy.AUTO)
    assert (score.deferral_rate, score.accuracy, score.wrong_fast) == (0, 1, 0)
    assert all(item.answered.decision.route is Route.SYSTEM1 for item in score.scored)


@pytest.mark.parametrize("policy", [Policy.SIMILARITY_ONLY, Policy.CONFIDENCE_ONLY])
def test_baselines_serve_by_their_one_number(world: World, policy: Policy) -> None:
    with world.parts() as built:
        untaught = evaluate(built.agent(), labelled(3), policy=policy)
    assert untaught.deferral_rate == 1.0, "with nothing known they serve nothing"
    world.learn(range(120), "codes")
    world.distil()
    with world.parts() as built:
        score = evaluate(built.agent(), labelled(20, start=200), policy=policy)
    assert score.deferral_rate <= 0.5, "most are as near, and all as sure, as those it was set on"
    assert (score.accuracy, score.wrong_fast) == (1.0, 0)
    reasons = [item.answered.decision.reason for item in score.scored]
    assert all(reason.startswith(policy.value) for reason in reasons)
    assert [" >= " in reason for reason in reasons] == [item.fast for item in score.scored]
