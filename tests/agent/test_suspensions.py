"""What a person says of audited answers: audits come out anew, suspensions come and go."""

import random
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count, islice

import pytest

from agent.build import Parts
from agent.catch_up import catch_up, is_behind
from agent.loop import Query
from agent.report.audits import skill_audits
from agent.review_desk import Desk, Said
from agent.settle import settle
from agent.suspensions import Reconsidered, Suspension, is_right, reconsider
from memory.audits import ALL_SKILLS, LEAST_DRAFTS, Audit
from memory.records import Decision, Record, Route, Status, split_of
from router.monitor import watch
from router.policy import Policy, Router
from router.settings import RouterSettings
from tests.agent.audited import EVERY, NEW, ask, opened, served
from tests.agent.world import World, code_of, question_of, truth

SIX = range(NEW, NEW + 6)


@pytest.fixture
def distilled(world: World) -> World:
    world.learn(range(240), skill="codes")
    world.distil()
    return world


def mark(built: Parts, numbers: Iterable[int], status: Status, answer: str | None = None) -> None:
    for n in numbers:
        record = built.store.find(question_of(n))
        assert record is not None
        built.store.mark(record.id, status, answer)


def again(built: Parts) -> Reconsidered:
    return reconsider(built.store, built.router, ["v1"], built.memory.neighbors_many)


def rights(built: Parts) -> list[bool | None]:
    return [audit.right for audit in built.store.audits.settled("v1")]


# How an answer comes out


@pytest.mark.parametrize(
    ("status", "kept", "right"),
    [
        (Status.GOLD, "7", True),
        (Status.VERIFIED, "8", False),
        (Status.UNVERIFIED, "7", None),
        (Status.REFUTED, "7", False),
        (Status.REFUTED, "8", None),
        (Status.REFUTED, None, None),
    ],
)
def test_a_refuted_answer_is_wrong_and_says_nothing_of_another(
    status: Status, kept: str | None, right: bool | None
) -> None:
    audit = Audit(1, "v1", "codes", "q?", "7", None, None)
    assert is_right(audit, Record("q?", kept, status)) is right
    assert is_right(audit, None) is None


# Lifting


def test_a_false_suspension_is_lifted_by_what_people_say(distilled: World) -> None:
    """System 2 slipped six times, and a person says that System 1 was right."""
    with opened(distilled, wrong=lambda _: True) as built:
        fast = ask(built.agent(), SIX)
        (suspension,) = built.auditor().run(10).changed.suspended
        for decision in fast:
            record = built.store.find(decision.question)
            built.store.mark(record.id, Status.GOLD, decision.answer)
        changed = again(built)
        assert changed == Reconsidered(lifted=(suspension,))
        assert changed.words() == ["codes suspended no more"]
        assert rights(built) == [True] * 6
        assert built.store.audits.suspended("v1") == {}
        assert again(built) == Reconsidered()
        assert ask(built.agent(), [NEW + 50])[0].route is Route.SYSTEM1
        (codes,) = skill_audits(built.store, "v1", EVERY)
        assert (codes.audits, codes.wrong, codes.suspended) == (6, 0, None)


def test_a_suspension_stays_while_the_other_audits_call_for_it(distilled: World) -> None:
    with opened(distilled, wrong=lambda _: True) as built:
        fast = ask(built.agent(), range(NEW, NEW + 12))
        built.auditor().run(20)
        mark(built, [NEW], Status.GOLD, fast[0].answer)
        assert again(built) == Reconsidered()
        assert rights(built) == [True] + [False] * 11
        reason = built.store.audits.suspended("v1")["codes"]
        assert reason.startswith("audits: 5 wrong of 6"), "what the audits show now"
        assert ask(built.agent(), [NEW + 50])[0].route is Route.SYSTEM2


def test_nothing_is_lifted_where_nobody_spoke_of_it(distilled: World) -> None:
    with opened(distilled, wrong=lambda _: True) as built:
        ask(built.agent(), SIX)
        served(built, question_of(NEW + 10), "other", code_of(NEW + 10))
        built.auditor().run(10)
        mark(built, [NEW + 10], Status.GOLD)
        lenient = Router(built.router.root, RouterSettings(max_error=0.5, delta=0.01))
        assert watch([True] * 6, 0.5, 0.01).reason is None
        assert (
            reconsider(built.store, lenient, ["v1"], built.memory.neighbors_many) == Reconsidered()
        )
        assert list(built.store.audits.suspended("v1")) == ["codes"]


def asked_at(built: Parts, similarity: float, times: int) -> None:
    for _ in range(times):
        made = Decision("q?", Route.SYSTEM2, "1", 0.1, 0.8, "-", "codes", "v1")
        made.features["mean_similarity"] = similarity
        built.store.journal.log_decision(made)


def test_that_inputs_moved_is_no_matter_of_labels(distilled: World) -> None:
    with opened(distilled) as built:
        usual = built.router.usual("v1")["codes"]
        asked_at(built, usual - 0.01, 40)
        assert again(built) == Reconsidered(), "nothing was served and audited"
        served(built, question_of(NEW), "codes", code_of(NEW))
        assert [s.skill for s in built.auditor().run(9).changed.suspended] == ["codes"]
        asked_at(built, usual + 0.01, 1_000)
        mark(built, [1], Status.GOLD)
        assert again(built) == Reconsidered()
        assert built.store.audits.suspended("v1")["codes"].startswith("inputs: ")


@pytest.fixture
def moved(distilled: World) -> World:
    """A home whose skill is suspended for its inputs, and whose adapter is certified again."""
    with opened(distilled) as built:
        asked_at(built, built.router.usual("v1")["codes"] - 0.01, 40)
        served(built, question_of(NEW), "codes", code_of(NEW))
        assert built.auditor().run(9).changed.suspended
        assert catch_up(built) is not None
        assert list(built.store.audits.suspended("v1")) == ["codes"], "nothing has come since"
    return distilled


def drafted_of(built: Parts, questions: Iterable[str], skill: str = "codes") -> Reconsidered:
    """Have held-out questions come and be drafted, and the adapter certified by them."""
    new = [Record(question, truth(question), Status.VERIFIED, skill) for question in questions]
    made = {record.id: record.question for record in built.memory.remember(new)}
    draft = built.store.journal.drafts("v1")[0].draft
    drafts = {i: replace(draft, question=q, answer=truth(q)) for i, q in made.items()}
    built.store.journal.save_drafts("v1", drafts)
    return settle(built, ()).audits


def held_out(form: str = question_of(0).replace("00000", "{:05}")) -> Iterator[str]:
    return (text for n in count(70_001) if split_of(text := form.format(n)).holdout)


def test_inputs_are_usual_again_once_enough_new_held_out_questions_lie_near(moved: World) -> None:
    with opened(moved) as built:
        new = held_out()
        assert drafted_of(built, islice(new, LEAST_DRAFTS - 1)) == Reconsidered()
        others = drafted_of(built, (f"Other {next(new)}" for _ in range(9)), "other")
        assert others == Reconsidered(), "another skill's drafts say nothing of this one"
        old = built.store.journal.drafts("v1", skill="codes")[:LEAST_DRAFTS]
        built.store.journal.save_drafts("v1", {item.record_id: item.draft for item in old})
        assert again(built) == Reconsidered(), "old questions say nothing new"
        assert is_behind(built) is False, "certified again for a suspension once"
        certificate = built.router.path("v1")
        certificate.rename(built.home.root / "aside")
        built.memory.remember([Record(last := next(new), truth(last), Status.VERIFIED, "codes")])
        assert again(built) == Reconsidered(), "without a certificate nothing says what is usual"
        assert [s.skill for s in drafted_of(built, [last]).lifted] == ["codes"]
        assert built.store.audits.suspended("v1") == {}
        assert again(built) == Reconsidered()


def test_new_held_out_questions_that_lie_far_lift_nothing(moved: World) -> None:
    with opened(moved) as built:
        odd, new = held_out("Quokkas by the river, {:05} of them, hum?"), held_out()
        some = [*islice(new, 2 * LEAST_DRAFTS), *islice(odd, LEAST_DRAFTS)]
        assert drafted_of(built, some) == Reconsidered()
        assert list(built.store.audits.suspended("v1")) == ["codes"]


def test_new_held_out_questions_that_nobody_verified_lift_nothing(moved: World) -> None:
    with opened(moved) as built:
        new = list(islice(held_out(), LEAST_DRAFTS))
        built.memory.remember([Record(q, truth(q), Status.UNVERIFIED, "codes") for q in new])
        assert catch_up(built).drafted == LEAST_DRAFTS
        assert again(built) == Reconsidered()
        assert list(built.store.audits.suspended("v1")) == ["codes"]


def test_what_waited_as_a_skill_was_suspended_does_not_lift_that(distilled: World) -> None:
    with opened(distilled) as built:
        new = [Record(q, truth(q), Status.VERIFIED, "codes") for q in islice(held_out(), 20)]
        built.memory.remember(new)
        asked_at(built, built.router.usual("v1")["codes"] - 0.01, 40)
        served(built, question_of(NEW), "codes", code_of(NEW))
        assert built.auditor().run(9).changed.suspended
        assert catch_up(built).drafted >= 20
        assert list(built.store.audits.suspended("v1")) == ["codes"]
        assert not is_behind(built)


def test_inputs_that_stay_as_they_were_raise_no_alarm(distilled: World) -> None:
    """A window of the newest would begin anew at each question, and one day take chance for it."""
    with opened(distilled) as built:
        usual = built.router.usual("v1")["codes"]
        served(built, question_of(NEW), "codes", code_of(NEW))
        assert built.auditor().run(9).changed == Reconsidered()
        draw = random.Random(3)
        for n in range(3_000):
            asked_at(built, usual + (-0.01 if draw.random() < 0.15 else 0.01), 1)
            if n % 100 == 99:
                assert again(built) == Reconsidered()


def test_questions_that_the_router_would_not_have_drafted_are_no_inputs(distilled: World) -> None:
    with opened(distilled) as built:
        served(built, question_of(NEW), "codes", code_of(NEW))
        built.auditor().run(9)
        unlike = [Query(f"Why do {n} cats purr at dusk?", "codes") for n in range(12)]
        answered = built.agent().answer(unlike, policy=Policy.SYSTEM1, remember=True)
        assert {item.decision.route for item in answered} == {Route.SYSTEM1}
        assert again(built) == Reconsidered()
        like = [Query(question_of(NEW + 1), "codes")]
        (forced,) = built.agent().answer(like, policy=Policy.SYSTEM1, remember=True)
        assert forced.decision.confidence is not None


def test_skills_that_were_wrong_only_together_are_let_go_together(distilled: World) -> None:
    with opened(distilled) as built:
        for n in SIX:
            served(built, question_of(n), f"skill {n}")
        built.auditor().run(10)
        mark(built, SIX, Status.GOLD, "0")
        changed = again(built)
        assert [suspension.skill for suspension in changed.lifted] == [ALL_SKILLS]
        assert changed.words() == ["all skills suspended no more"]
        assert ask(built.agent(), [NEW + 50])[0].route is Route.SYSTEM1


# Suspending


@pytest.mark.parametrize(
    ("status", "answer"), [(Status.REFUTED, None), (Status.GOLD, "no such code")]
)
def test_answers_that_a_shared_slip_called_right_suspend_once_people_say_so(
    distilled: World, status: Status, answer: str | None
) -> None:
    with opened(distilled) as built:
        ask(built.agent(), range(NEW, NEW + 20))
        assert built.auditor().run(30).right == 20
        mark(built, range(NEW, NEW + 20), status, answer)
        (suspension,) = again(built).suspended
        assert (suspension.adapter, suspension.skill) == ("v1", "codes")
        assert suspension.reason.startswith("audits: 4 wrong of 4")
        assert rights(built) == [False] * 20
        assert ask(built.agent(), [NEW + 50])[0].route is Route.SYSTEM2


def test_another_answer_refuted_leaves_it_undecided(distilled: World) -> None:
    with opened(distilled, wrong=lambda _: True) as built:
        ask(built.agent(), SIX)
        built.auditor().run(10)
        mark(built, SIX, Status.REFUTED)
        assert len(again(built).lifted) == 1
        assert rights(built) == [None] * 6


def test_a_persons_word_counts_though_the_audit_was_not_done_yet(distilled: World) -> None:
    with opened(distilled) as built:
        for n in SIX:
            served(built, question_of(n - NEW), "codes", code_of(n - NEW))
            mark(built, [n - NEW], Status.REFUTED)
        run = built.auditor().run(10)
        assert (run.wrong, len(run.changed.suspended)) == (6, 1)


def test_the_audits_of_a_retired_adapter_are_judged_again_too(distilled: World) -> None:
    with opened(distilled, wrong=lambda _: True) as built:
        fast = ask(built.agent(), SIX)
        built.auditor().run(10)
    distilled.distil("v2")
    with opened(distilled) as built:
        for decision in fast:
            record = built.store.find(decision.question)
            built.store.mark(record.id, Status.GOLD, decision.answer)
        assert [suspension.adapter for suspension in again(built).lifted] == ["v1"]


def test_what_was_found_of_a_question_stays_when_it_is_forgotten(distilled: World) -> None:
    with opened(distilled, wrong=lambda _: True) as built:
        ask(built.agent(), SIX)
        built.auditor().run(10)
        built.memory.forget([built.store.find(question_of(n)).id for n in SIX])
        assert again(built) == Reconsidered()
        assert rights(built) == [False] * 6
        assert list(built.store.audits.suspended("v1")) == ["codes"]


# At the desk


def test_a_review_lifts_a_false_suspension(distilled: World) -> None:
    with opened(distilled, wrong=lambda _: True) as built:
        ask(built.agent(), SIX)
        (suspension,) = built.auditor().run(10).changed.suspended
        desk = Desk(built)
        for candidate in desk.candidates()[:6]:
            assert candidate.why.startswith("by this label an audit called System 1's answer")
            desk.answer(candidate, Said.CORRECTED, candidate.draft)
        assert desk.settle().audits.lifted == (suspension,)
        assert built.store.audits.suspended("v1") == {}


def test_marks_suspend_a_skill_whose_audits_were_right_by_a_slip(distilled: World) -> None:
    with opened(distilled) as built:
        ask(built.agent(), SIX)
        built.auditor().run(10)
        mark(built, SIX, Status.REFUTED)
        reason = settle(built, {"codes"}).audits.suspended[0].reason
        assert built.store.audits.suspended("v1") == {"codes": reason}
        assert isinstance(reason, str)
        assert settle(built, {"codes"}).audits == Reconsidered()


def test_a_suspension_says_its_skill() -> None:
    found = Reconsidered(suspended=(Suspension("v1", "codes", "audits: 2 wrong of 2"),))
    assert found.words() == ["codes suspended: audits: 2 wrong of 2"]
