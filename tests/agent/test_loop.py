"""The whole flow with scripted parts: defer, learn, distil, certify, answer fast."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from agent.build import Parts
from agent.evaluate import evaluate
from agent.loop import Query
from memory.questions import Question
from memory.records import BASE, Record, Route, SkillStatus, Status
from memory.settings import MemorySettings
from models.errors import ContextOverflowError, QuestionError
from models.types import Prompt
from router.place import PLACE
from router.policy import Policy
from tests.agent.world import ENCODER, World, asked, code_of, is_student, question_of

LEARNED = range(240)
NEW = 1_001


@pytest.fixture
def distilled(world: World) -> World:
    world.learn(LEARNED)
    world.distil()
    return world


def test_a_first_question_is_reasoned_verified_remembered_and_logged(world: World) -> None:
    with world.parts() as built:
        answered = built.agent().ask(f"  {question_of(3)} ", policy=Policy.AUTO, skill="codes")
        decision, record = answered.decision, answered.record
        assert decision.answer == code_of(3)
        assert decision.route is Route.SYSTEM2
        assert decision.adapter == BASE
        assert decision.verified is True
        assert (decision.skill, decision.method) == ("codes", "chain_of_thought")
        assert decision.confidence is None
        assert set(decision.features) == set(PLACE)
        assert decision.tokens == sum(vote.tokens for vote in record.votes) > 0
        assert decision.prompt_tokens > 0
        assert "no calibrator" in decision.reason
        assert built.store.journal.decision(decision.id) == decision
        stored = built.store.get(decision.record_id)
        assert stored.status is Status.VERIFIED
        assert stored.votes == record.votes
        assert built.store.journal.skill("codes").tagged


def test_after_a_consolidation_system1_answers_the_like(distilled: World) -> None:
    with distilled.parts() as built:
        decision = built.agent().ask(question_of(NEW), policy=Policy.AUTO).decision
        assert decision.route is Route.SYSTEM1
        assert decision.answer == code_of(NEW)
        assert decision.adapter == "v1"
        assert decision.confidence >= decision.threshold
        assert decision.record_id is None
        assert decision.verified is None
        assert decision.tokens < 5
        assert decision.features
        assert built.store.find(question_of(NEW)) is None


def test_with_several_questions_each_takes_its_own_route(distilled: World) -> None:
    with distilled.parts() as built:
        queries = [Query(question_of(NEW)), Query("Who wrote Hamlet?"), Query(question_of(NEW + 1))]
        answered = built.agent().answer(queries, policy=Policy.AUTO, remember=True)
        routes = [item.decision.route for item in answered]
        assert routes == [Route.SYSTEM1, Route.SYSTEM2, Route.SYSTEM1]
        assert [item.decision.question for item in answered] == [q.question for q in queries]
        assert "no tag and is like no known skill" in answered[1].decision.reason


@pytest.mark.parametrize(
    "question",
    [
        "What is not the secret code of box number 00241?",
        "What is the secret code of box number 000241?",
        "What is the secret code of box number 00241 in reverse order?",
        "What is the code of box number 00241?",
    ],
)
def test_a_question_worded_unlike_those_learned_from_is_reasoned_about(
    distilled: World, question: str
) -> None:
    with distilled.parts() as built:
        (skill,) = built.agent().skill_names()
        decision = built.agent().ask(question, policy=Policy.AUTO, skill=skill).decision
        assert decision.route is Route.SYSTEM2
        assert "worded unlike the questions that System 1 has learned from" in decision.reason
        assert decision.certificate is not None


def test_a_caller_may_ask_for_either_system(distilled: World) -> None:
    with distilled.parts() as built:
        agent = built.agent()
        slow = agent.ask(question_of(NEW), policy=Policy.SYSTEM2).decision
        assert slow.route is Route.SYSTEM2
        assert "System 2 was asked for" in slow.reason
        fast = agent.ask("Who wrote Hamlet?", policy=Policy.SYSTEM1).decision
        assert fast.route is Route.SYSTEM1
        assert fast.answer == "unknown"


# Fail closed


def test_without_a_certificate_system2_answers(distilled: World) -> None:
    with distilled.parts() as built:
        built.router.path("v1").unlink()
        decision = built.agent().ask(question_of(NEW), policy=Policy.AUTO).decision
        assert decision.route is Route.SYSTEM2
        assert "no calibrator" in decision.reason


def test_with_a_damaged_certificate_system2_answers(distilled: World) -> None:
    with distilled.parts() as built:
        built.router.path("v1").write_text("{")
        decision = built.agent().ask(question_of(NEW), policy=Policy.AUTO).decision
        assert decision.route is Route.SYSTEM2
        assert "cannot be read" in decision.reason


def test_a_stricter_bound_than_the_drafts_bear_defers(distilled: World) -> None:
    strict = distilled.settings.router.model_copy(update={"max_error": 0.001})
    with distilled.parts(router=strict) as built:
        decision = built.agent().ask(question_of(NEW), policy=Policy.AUTO).decision
        assert decision.route is Route.SYSTEM2
        assert "is not certified" in decision.reason


@pytest.mark.parametrize("status", [SkillStatus.RESISTANT, SkillStatus.NEW])
def test_a_skill_that_is_not_learned_stays_with_system2(
    distilled: World, status: SkillStatus
) -> None:
    with distilled.parts() as built:
        skills = built.store.journal.skills()
        built.store.journal.save_statuses([replace(skill, status=status) for skill in skills])
        decision = built.agent().ask(question_of(NEW), policy=Policy.AUTO).decision
        assert decision.route is Route.SYSTEM2
        assert decision.tokens > 5


def test_another_base_makes_the_certificate_worthless(distilled: World) -> None:
    Path(distilled.settings.system1.model, "config.json").write_text('{"other": 1}')
    with distilled.parts() as built:
        decision = built.agent().ask(question_of(NEW), policy=Policy.AUTO).decision
        assert decision.route is Route.SYSTEM2


def test_a_rollback_counts_from_the_next_answer_on(distilled: World) -> None:
    with distilled.parts() as built:
        agent = built.agent()
        assert agent.ask(question_of(NEW), policy=Policy.AUTO).decision.route is Route.SYSTEM1
        built.registry.rollback()
        decision = agent.ask(question_of(NEW + 1), policy=Policy.AUTO).decision
        assert (decision.route, decision.adapter) == (Route.SYSTEM2, BASE)


# Recall


def test_without_recall_the_very_same_question_is_reasoned_about_again(world: World) -> None:
    with world.parts() as built:
        agent = built.agent()
        agent.ask(question_of(1), policy=Policy.AUTO)
        assert agent.ask(question_of(1), policy=Policy.AUTO).decision.route is Route.SYSTEM2


def test_with_recall_a_trusted_record_answers_the_very_same_question(world: World) -> None:
    recalling = MemorySettings(encoder=ENCODER.name, recall=True)
    with world.parts(memory=recalling) as built:
        agent = built.agent()
        first = agent.ask(question_of(1), policy=Policy.AUTO).decision
        again = agent.ask(question_of(1), policy=Policy.AUTO)
        assert again.decision.route is Route.MEMORY
        assert again.decision.answer == code_of(1)
        assert again.decision.record_id == first.record_id
        assert again.decision.tokens == 0
        assert set(again.decision.features) == set(PLACE)
        near = agent.ask(question_of(11), policy=Policy.AUTO).decision
        assert (near.route, near.answer) == (Route.SYSTEM2, code_of(11))
        assert agent.ask(question_of(1), policy=Policy.SYSTEM2).decision.route is Route.SYSTEM2
        built.store.mark(first.record_id, Status.REFUTED)
        assert agent.ask(question_of(1), policy=Policy.AUTO).decision.route is Route.SYSTEM2


@pytest.mark.parametrize(
    ("max_age", "days", "route"),
    [
        ("30d", 29, Route.MEMORY),
        ("30d", 31, Route.SYSTEM2),
        ("2w", -15, Route.SYSTEM2),
        ("", 9999, Route.MEMORY),
        ("99999999999999w", 9999, Route.MEMORY),
    ],
)
def test_an_answer_that_is_too_old_is_not_recalled(
    world: World, max_age: str, days: int, route: Route
) -> None:
    recalling = MemorySettings(encoder=ENCODER.name, recall=True, max_age=max_age)
    with world.parts(memory=recalling) as built:
        when = datetime.now(UTC) - timedelta(days=days)
        known = Record(question_of(1), code_of(1), Status.GOLD, created_at=when, updated_at=when)
        built.memory.remember([known])
        assert built.agent().ask(question_of(1), policy=Policy.AUTO).decision.route is route


def test_to_reason_in_vain_makes_an_old_answer_no_younger(tmp_path: Path) -> None:
    mute = World(tmp_path, script=lambda _: "I can't tell.")
    with mute.parts(
        memory=MemorySettings(encoder=ENCODER.name, recall=True, max_age="30d")
    ) as built:
        when = datetime.now(UTC) - timedelta(days=31)
        known = Record(
            question_of(1), code_of(1), Status.VERIFIED, created_at=when, updated_at=when
        )
        built.memory.remember([known])
        for _ in range(2):
            decision = built.agent().ask(question_of(1), policy=Policy.AUTO).decision
            assert decision.route is Route.SYSTEM2


@pytest.mark.parametrize("age", ["30", "d", "3 d", "1y", "-1d"])
def test_an_age_has_a_number_and_a_unit(age: str) -> None:
    with pytest.raises(ValidationError, match="max_age"):
        MemorySettings(max_age=age)


# Tags


def test_tags_are_honoured(world: World) -> None:
    world.learn(range(200), skill="codes")
    world.distil()
    with world.parts() as built:
        agent = built.agent()
        tagged = agent.ask(question_of(NEW), policy=Policy.AUTO, skill="codes").decision
        assert (tagged.route, tagged.skill) == (Route.SYSTEM1, "codes")
        other = agent.ask(question_of(NEW + 1), policy=Policy.AUTO, skill="other").decision
        assert (other.route, other.skill) == (Route.SYSTEM2, "other")
        untagged = agent.ask(question_of(NEW + 2), policy=Policy.AUTO).decision
        assert (untagged.route, untagged.skill) == (Route.SYSTEM1, "codes")
        assert untagged.answer == code_of(NEW + 2)
        labelled = [Question(1, question_of(NEW + 3), code_of(NEW + 3), "codes")]
        score = evaluate(agent, labelled, policy=Policy.AUTO)
        assert score.deferral_rate == 0
        assert list(score.skills) == ["codes"]


# Changing nothing


def test_without_remember_nothing_changes(distilled: World) -> None:
    with distilled.parts() as built:
        before = (built.store.counts(), built.store.journal.decisions(), names(built))
        labelled = [
            Question(1, question_of(NEW), code_of(NEW), "unheard of"),
            Question(2, question_of(NEW + 1), "wrong", None),
            Question(3, "Who wrote Hamlet?", "Shakespeare", "plays"),
        ]
        score = evaluate(built.agent(), labelled, policy=Policy.AUTO)
        assert (score.n, score.wrong_fast) == (3, 1)
        assert score.skills["unheard of"].deferral_rate == 0
        assert before == (built.store.counts(), built.store.journal.decisions(), names(built))


def names(built: Parts) -> list[tuple[str, SkillStatus]]:
    return [(skill.name, skill.status) for skill in built.store.journal.skills()]


# Bad questions, and giving up


@pytest.mark.parametrize("question", ["", "  \n", "a\x00b", "half \ud800", "x" * 30_000])
def test_what_is_no_question_is_refused_before_any_model_runs(world: World, question: str) -> None:
    with world.parts() as built:
        agent = built.agent()
        with pytest.raises(QuestionError, match="question"):
            agent.ask(question, policy=Policy.AUTO)
        assert built.student.calls == 0


def test_a_question_over_the_context_is_one_clear_error(world: World) -> None:
    long = "word " * 3_900
    with world.parts() as built:
        built.student._context_tokens = 1_000
        agent = built.agent()
        assert "the model reads 1,000" in str(agent.room(long))
        assert agent.room(question_of(1)) is None
        with pytest.raises(ContextOverflowError, match="shorten"):
            agent.ask(long, policy=Policy.AUTO)
        assert built.store.counts().total == 0


def test_a_question_that_is_given_up_before_a_sample_is_not_remembered(world: World) -> None:
    with world.parts() as built:
        answered = built.agent().ask(question_of(1), policy=Policy.AUTO, cancelled=lambda: True)
        assert answered.decision.answer is None
        assert answered.decision.record_id is None
        assert built.store.counts().total == 0


def test_the_answer_is_this_reasoning_though_memory_keeps_a_better_one(world: World) -> None:
    with world.parts() as built:
        agent = built.agent()
        agent.ask(question_of(1), policy=Policy.AUTO)

    def unsure(prompt: Prompt) -> list[str]:
        return ["0"] if is_student(prompt) else [f"Answer: {len(asked(prompt))}", "?", "Answer: no"]

    world.script = unsure
    with world.parts() as built:
        answered = built.agent().ask(question_of(1), policy=Policy.AUTO)
        assert answered.decision.verified is False
        assert answered.decision.answer != code_of(1)
        assert built.store.find(question_of(1)).answer == code_of(1)


def test_an_answer_that_a_person_corrected_is_not_called_verified(world: World) -> None:
    with world.parts() as built:
        agent = built.agent()
        first = agent.ask(question_of(1), policy=Policy.AUTO).decision
        assert first.verified is True
        built.store.mark(first.record_id, Status.GOLD, "777")
        again = agent.ask(question_of(1), policy=Policy.AUTO).decision
        assert (again.answer, again.verified) == (code_of(1), False)
        assert "memory keeps another answer, '777' (gold)" in again.reason
        assert built.store.get(first.record_id).answer == "777"
        built.store.mark(first.record_id, Status.GOLD, code_of(1))
        assert agent.ask(question_of(1), policy=Policy.AUTO).decision.verified is True
