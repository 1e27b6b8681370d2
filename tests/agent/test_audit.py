"""Audits from the answer to the suspension, with scripted models on a real database."""

from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest

from agent.audit import Auditor, AuditRun, why_suspended
from agent.loop import Query
from agent.suspensions import Suspension
from memory.audits import ALL_SKILLS
from memory.records import Decision, Record, Route, Status
from models.types import Prompt
from router.policy import Policy, Router
from tests.agent.audited import EVERY, NEW, ask, opened, served
from tests.agent.world import World, asked, code_of, is_student, question_of, teach, truth


@pytest.fixture
def distilled(world: World) -> World:
    world.learn(range(240), skill="codes")
    world.distil()
    return world


# Picking


def test_only_what_the_router_let_through_is_audited(distilled: World) -> None:
    with opened(distilled) as built:
        agent = built.agent()
        (fast,) = ask(agent, [NEW])
        assert fast.route is Route.SYSTEM1
        agent.ask("Who wrote Hamlet?", policy=Policy.AUTO)
        agent.ask(question_of(NEW + 1), policy=Policy.SYSTEM1)
        agent.answer([Query(question_of(NEW + 2))], policy=Policy.AUTO, remember=False)
        (audit,) = built.store.audits.due(10)
        assert (audit.question, audit.answer) == (fast.question, fast.answer)
        assert (audit.adapter, audit.skill) == ("v1", "codes")


def test_a_share_is_picked_and_a_seed_picks_the_same(distilled: World) -> None:
    some = EVERY.model_copy(update={"audit_rate": 0.25})
    with distilled.parts() as built:
        log = built.store.journal.log_decision
        fast = Decision("q?", Route.SYSTEM1, "1", 0.9, 0.8, "sure", skill="codes", adapter="v1")
        decisions = [log(fast) for _ in range(200)]
        router = Router(built.router.root, some)
        first = Auditor(built.memory, built.system2(), router, seed=1)
        first.pick(decisions)
        picked = [audit.id for audit in built.store.audits.due(200)]
        assert 30 <= len(picked) <= 70
        Auditor(built.memory, built.system2(), router, seed=1).pick(decisions)
        assert [audit.id for audit in built.store.audits.due(200)] == picked


# How answers come out


def test_right_answers_change_nothing(distilled: World) -> None:
    with opened(distilled) as built:
        agent = built.agent()
        ask(agent, range(NEW, NEW + 20))
        assert built.auditor().run(12) == AuditRun(right=12)
        assert built.auditor().run(12) == AuditRun(right=8)
        assert built.auditor().run(12) == AuditRun()
        assert built.store.audits.suspended("v1") == {}
        record = built.store.find(question_of(NEW))
        assert (record.answer, record.skill) == (code_of(NEW), "codes")
        (again,) = ask(agent, [NEW + 30])
        assert again.route is Route.SYSTEM1


def test_wrong_answers_suspend_the_skill_at_once(distilled: World) -> None:
    with opened(distilled, wrong=lambda _: True) as built:
        agent = built.agent()
        ask(agent, range(NEW, NEW + 6))
        run = built.auditor().run(10)
        assert (run.right, run.wrong, run.undecided) == (0, 6, 0)
        (suspension,) = run.changed.suspended
        assert (suspension.adapter, suspension.skill) == ("v1", "codes")
        assert suspension.reason == (
            "audits: 4 wrong of 4, at least 39.3% wrong with probability 90%, limit 30.0%"
        )
        assert f"codes suspended: {suspension.reason}" in run.in_words()
        (slow,) = ask(agent, [NEW + 50])
        assert (slow.route, slow.answer) == (Route.SYSTEM2, code_of(NEW + 50))
        assert f"skill 'codes' is suspended ({suspension.reason})" in slow.reason
        assert built.auditor().run(10) == AuditRun(), "it is suspended once"
    with opened(distilled) as built:
        assert ask(built.agent(), [NEW + 51])[0].route is Route.SYSTEM2, "any process knows"


def test_a_jump_after_a_good_time_is_noticed_within_a_bounded_number_of_audits(
    distilled: World,
) -> None:
    failing: set[str] = set()
    with opened(distilled, wrong=lambda question: question in failing) as built:
        agent, auditor = built.agent(), built.auditor()
        ask(agent, range(2_000, 2_040))
        assert auditor.run(100) == AuditRun(right=40)
        for n in count(3_000):
            failing.add(question_of(n))
            if ask(agent, [n])[0].route is Route.SYSTEM2:
                break
            auditor.run(1)
        assert n - 3_000 <= 8
        assert "codes" in built.store.audits.suspended("v1")


def test_another_adapter_starts_without_suspensions(distilled: World) -> None:
    with opened(distilled, wrong=lambda _: True) as built:
        ask(built.agent(), range(NEW, NEW + 6))
        built.auditor().run(10)
    distilled.distil("v2")
    with opened(distilled) as built:
        (fast,) = ask(built.agent(), [NEW + 40])
        assert (fast.route, fast.adapter) == (Route.SYSTEM1, "v2")
        built.registry.rollback()
        (slow,) = ask(built.agent(), [NEW + 41])
        assert "suspended" in slow.reason, "what v1 got wrong it gets wrong still"


def test_skills_that_are_wrong_only_together_are_suspended_together(distilled: World) -> None:
    with opened(distilled) as built:
        for n in range(6):
            served(built, question_of(n), f"skill {n}")
        run = built.auditor().run(10)
        assert (run.wrong, [s.skill for s in run.changed.suspended]) == (6, [ALL_SKILLS])
        assert "all skills suspended: audits: 4 wrong of 4" in run.in_words()
        (slow,) = ask(built.agent(), [NEW])
        assert slow.route is Route.SYSTEM2


def test_a_bad_skill_does_not_take_a_good_one_with_it(distilled: World) -> None:
    with opened(distilled) as built:
        for n in range(12):
            served(built, question_of(n), "bad")
            served(built, question_of(n + 20), "good", code_of(n + 20))
        suspended = built.auditor().run(24).changed.suspended
        assert [suspension.skill for suspension in suspended] == ["bad"]
        assert built.auditor().run(24) == AuditRun()
        reasons = built.store.audits.suspended("v1")
        assert why_suspended(reasons, "bad") == reasons["bad"]
        assert why_suspended(reasons, "good") is why_suspended(reasons, None) is None


def test_questions_that_move_away_suspend_the_skill(distilled: World) -> None:
    with opened(distilled) as built:
        usual = built.router.usual("v1")["codes"]
        log = built.store.journal.log_decision

        def asked_at(similarity: float, times: int) -> None:
            for _ in range(times):
                features = {"mean_similarity": similarity}
                made = Decision(
                    "q?", Route.SYSTEM2, "1", 0.1, 0.8, "-", "codes", "v1", features=features
                )
                log(made)

        asked_at(usual + 0.01, 60)
        served(built, question_of(NEW), "codes", code_of(NEW))
        assert built.auditor().run(9).changed.suspended == ()
        asked_at(usual - 0.01, 40)
        served(built, question_of(NEW + 1), "codes", code_of(NEW + 1))
        (found,) = built.auditor().run(9).changed.suspended
        assert (found.adapter, found.skill) == ("v1", "codes")
        assert found.reason.startswith("inputs: ")
        (decision,) = ask(built.agent(), [NEW + 2])
        assert decision.route is Route.SYSTEM2
        assert "is suspended (inputs: " in decision.reason
        assert built.router.usual("v0") == {}


# What can't be told


@pytest.mark.parametrize("wrong", [False, True])
def test_what_system2_cannot_verify_is_undecided(distilled: World, wrong: bool) -> None:
    def unsure(prompt: Prompt) -> list[str]:
        return ["0"] if is_student(prompt) else [f"Answer: {truth(asked(prompt))}", "?", "-"]

    distilled.script = unsure
    with opened(distilled, wrong=lambda _: wrong) as built:
        ask(built.agent(), range(NEW, NEW + 6))
        assert built.auditor().run(10) == AuditRun(undecided=6)
        assert built.store.audits.suspended("v1") == {}


def test_a_question_that_was_forgotten_is_undecided_and_stays_forgotten(distilled: World) -> None:
    with opened(distilled) as built:
        served(built, question_of(3), "codes", code_of(3))
        built.memory.forget([built.store.find(question_of(3)).id])
        assert built.auditor().run(10) == AuditRun(undecided=1)
        assert built.store.find(question_of(3)) is None


def test_a_question_that_is_forgotten_while_system2_thinks_stays_forgotten(
    distilled: World,
) -> None:
    gone, left = question_of(NEW), question_of(NEW + 1)
    with opened(distilled) as built, distilled.parts() as other:
        ask(built.agent(), [NEW, NEW + 1])
        built.memory.remember([Record(gone, "1", Status.UNVERIFIED, "codes")])

        def forgetting(prompt: Prompt) -> str:
            if (record := other.store.find(gone)) is not None:
                other.memory.forget([record.id])
            return teach(prompt)

        built.student._script = forgetting
        assert built.auditor().run(10) == AuditRun(right=1, undecided=1)
        assert built.store.find(gone) is None
        assert built.store.find(left).answer == code_of(NEW + 1)
        assert gone not in [d.question for d in built.store.journal.decisions()]


def test_a_question_that_is_too_long_for_system2_holds_up_no_other(distilled: World) -> None:
    with opened(distilled) as built:
        built.student._context_tokens = 1_000
        served(built, "word " * 3_000, "codes")
        served(built, question_of(NEW), "codes", code_of(NEW))
        assert built.auditor().run(10) == AuditRun(right=1, undecided=1)


def test_a_skill_that_vanished_is_not_called_back(distilled: World) -> None:
    with opened(distilled) as built:
        for n in range(NEW, NEW + 6):
            served(built, question_of(n), "vanished")
        run = built.auditor().run(10)
        assert run.wrong == 6
        assert run.changed.suspended == (
            Suspension("v1", "vanished", run.changed.suspended[0].reason),
        )
        assert "vanished" not in [skill.name for skill in built.store.journal.skills()]


def test_what_is_cancelled_waits_on(distilled: World) -> None:
    with opened(distilled) as built:
        ask(built.agent(), range(NEW, NEW + 3))
        served(built, question_of(5), "codes")
        assert built.auditor().run(10, cancelled=lambda: True) == AuditRun(wrong=1)
        assert len(built.store.audits.due(10)) == 3


# Many at once


def test_two_auditors_at_once_settle_each_audit_once(distilled: World) -> None:
    with opened(distilled) as built:
        ask(built.agent(), range(NEW, NEW + 16))
        auditors = [built.auditor(), built.auditor()]
        with ThreadPoolExecutor(2) as pool:
            runs = list(pool.map(lambda auditor: auditor.run(16), auditors))
        assert sum(run.right for run in runs) == sum(run.audits for run in runs) == 16
        assert [audit.right for audit in built.store.audits.settled("v1")] == [True] * 16


def test_eight_threads_answer_at_once_and_every_answer_is_picked_once(distilled: World) -> None:
    with opened(distilled) as built:
        agent = built.agent()
        with ThreadPoolExecutor(8) as pool:
            starts = range(5_000, 5_800, 100)
            done = list(pool.map(lambda start: ask(agent, range(start, start + 4)), starts))
        fast = [each for part in done for each in part if each.route is Route.SYSTEM1]
        assert len(fast) == 32
        assert len(built.store.audits.due(100)) == 32
        assert built.auditor().run(100) == AuditRun(right=32)
