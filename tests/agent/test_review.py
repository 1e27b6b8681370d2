"""Which outcomes a person is asked about, and what becomes of the answers."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count

import pytest

from agent.report.bounds import SkillBound, skill_bounds, standing
from agent.report.build import build
from agent.report.objects import as_object
from agent.report.text import render_text
from agent.review import Outcome, Standing, ranked
from agent.review_desk import Desk, Said
from benchmarks.reviewer import in_words, simulate
from memory.records import Decision, Record, Route, SkillStatus, Split, Status, Vote, split_of
from router.bounds import Scored, bounds
from router.risk import Labels
from router.settings import RouterSettings
from tests.agent.world import World, code_of, question_of, teach, truth
from tests.agent.world import asked as asked_

SETTINGS = RouterSettings(max_error=0.1, delta=0.1)
STRICT = SETTINGS.model_copy(update={"require_gold": True})


def outcome(
    at: int, skill: str = "sums", status: Status = Status.VERIFIED, **changes: object
) -> Outcome:
    """The at-th outcome of the calibration half; its draft is right unless told otherwise."""
    texts = (f"{skill} {n}?" for n in count())
    held = (text for text in texts if split_of(text) is Split.CALIBRATION)
    question = next(text for n, text in enumerate(held) if n == at)
    record = Record(question, "1", status, skill, id=at + 1)
    made = Outcome(record, draft="1", confidence=0.9)
    return replace(made, **changes)  # type: ignore[arg-type]


def bound(
    skill: str = "sums",
    *,
    missing: int = 10,
    errors: int = 1,
    certified: bool = False,
    threshold: float | None = None,
) -> SkillBound:
    return SkillBound(skill, certified, 30, errors, 0.2, 0 if certified else missing, threshold)


def state(*known: SkillBound, settings: RouterSettings = SETTINGS, **untrusted: int) -> Standing:
    return Standing(settings, {each.skill: each for each in known}, untrusted)


def asked(outcomes: list[Outcome], standing_: Standing) -> list[int]:
    return [candidate.record.id for candidate in ranked(outcomes, standing_)]


# The ranking


def test_a_contradiction_comes_before_a_record_without_a_label_and_an_agreeing_draft() -> None:
    outcomes = [
        outcome(0),
        outcome(1, status=Status.UNVERIFIED),
        outcome(2, draft="7"),
        outcome(3, "free", Status.UNVERIFIED, draft=None, confidence=None, clear=True),
    ]
    found = ranked(outcomes, state(bound(threshold=0.9), free=8))
    assert [candidate.record.id for candidate in found] == [3, 2, 1, 4]
    contradiction, item, near, unborne = found
    assert contradiction.score == pytest.approx(0.5), "0.9 x 0.1 on either side"
    assert contradiction.draft == "7"
    assert "System 1's draft is '7'; skill 'sums' lacks 10 drafts, an error less spares 16" in (
        contradiction.why
    )
    assert item.score == pytest.approx(1 / 10)
    assert "held out without a trusted answer; skill 'sums' lacks 10 drafts" in item.why
    assert unborne.score == pytest.approx(0.25 / 8 / 2)
    assert near.score == pytest.approx(0.02)


def test_skills_near_a_certificate_come_first() -> None:
    outcomes = [outcome(0, "far", draft="7"), outcome(1, "close", draft="7")]
    known = state(bound("far", missing=60), bound("close", missing=12), bound("done"))
    assert asked(outcomes, known) == [2, 1]
    open_ = [outcome(n, skill, Status.UNVERIFIED) for n, skill in enumerate(("far", "close"))]
    assert asked(open_, known) == [2, 1]
    done = state(bound("far", missing=60), bound("close", certified=True))
    assert asked(outcomes, done) == [1, 2], "an error that a certified skill can afford"


def test_the_last_draft_that_lacks_is_worth_more_than_a_doubt() -> None:
    outcomes = [outcome(0, draft="7"), outcome(1, status=Status.UNVERIFIED)]
    assert asked(outcomes, state(bound(missing=1))) == [2, 1]


def test_a_sure_draft_makes_its_label_the_more_doubtful() -> None:
    outcomes = [outcome(0, draft="7", confidence=0.6), outcome(1, draft="7", confidence=0.97)]
    assert asked(outcomes, state(bound())) == [2, 1]


def test_more_than_a_skill_lacks_is_spare() -> None:
    outcomes = [outcome(n, "a", Status.UNVERIFIED) for n in range(4)]
    others = [outcome(n + 10, "b", Status.UNVERIFIED) for n in range(4)]
    found = ranked([*outcomes, *others], state(bound("a", missing=2), bound("b", missing=3)))
    assert [candidate.record.skill for candidate in found] == list("aabbbaab")
    assert found[-1].score == pytest.approx(0.1 / 3)


def test_what_the_adapter_has_not_drafted_counts_later() -> None:
    outcomes = [
        outcome(0, status=Status.UNVERIFIED, draft=None, confidence=None),
        outcome(1, status=Status.UNVERIFIED),
    ]
    assert [c.score for c in ranked(outcomes, state(bound()))] == pytest.approx([0.1, 0.05])


def test_the_nearer_the_threshold_the_sooner() -> None:
    outcomes = [outcome(0, confidence=0.99), outcome(1, confidence=0.8), outcome(2, confidence=0.7)]
    assert asked(outcomes, state(bound(certified=True, threshold=0.82))) == [2, 3, 1]


def test_methods_that_disagree_come_first_in_a_skill_that_nothing_bears_out() -> None:
    plain = {"draft": None, "confidence": None}
    outcomes = [
        outcome(0, "free", clear=True, **plain),
        outcome(1, "free", clear=True, disputed=True, **plain),
        outcome(2, "free", disputed=True, **plain),
    ]
    assert asked(outcomes, state(free=8)) == [2, 1]
    assert asked(outcomes, state(free=0)) == []


def test_what_a_person_judged_is_never_asked_again() -> None:
    outcomes = [outcome(n, status=s) for n, s in enumerate((Status.GOLD, Status.REFUTED))]
    assert ranked(outcomes, state(bound(threshold=0.9))) == []


def test_a_label_that_changes_no_bound_is_not_asked_for() -> None:
    train = replace(outcome(0, draft="7").record, question="sums of the training split?")
    while train.split is not Split.TRAIN:
        train = replace(train, question=train.question + "?")
    outcomes = [
        Outcome(train, "7", 0.9),
        outcome(1, "unknown", draft="7"),
        outcome(2, draft="7", confidence=0.4),
        outcome(3, draft="7", confidence=None),
    ]
    assert ranked(outcomes, state(bound())) == []


def test_an_audit_that_contradicts_is_asked_about_wherever_its_record_is() -> None:
    told = outcome(0, "served", draft=None, confidence=None, audited="7")
    (found,) = ranked([told], state())
    assert (found.score, found.draft) == (0.5, "7")
    assert "an audit called System 1's answer '7' wrong" in found.why
    assert ranked([replace(told, audited="1")], state()) == [], "the label says so no longer"


def test_where_gold_alone_counts_who_is_asked_does_not_depend_on_who_was_right() -> None:
    alike = [outcome(n) for n in range(12)]
    mixed = [replace(each, draft="7" if n % 3 else "1") for n, each in enumerate(alike)]
    known = state(bound(missing=22, errors=0), settings=STRICT)
    assert asked(alike, known) == asked(mixed, known)
    assert len(asked(alike, known)) == 12
    assert "without a person's answer" in ranked(alike, known)[0].why


def test_the_order_does_not_depend_on_the_order_it_came_in() -> None:
    outcomes = [outcome(n, draft="7" if n % 2 else "1") for n in range(8)]
    known = state(bound(threshold=0.8))
    assert asked(outcomes, known) == asked(outcomes[::-1], known)


# Bounds by skill, for the ranking and the report


def scored(n: int, wrong: int, skill: str, *, gold: bool = False) -> list[Scored]:
    return [Scored(0.9, at >= wrong, skill, gold) for at in range(n)]


def test_each_skill_says_what_it_lacks() -> None:
    gate = [*scored(30, 0, "a"), *scored(30, 0, "b"), *scored(30, 0, "c")]
    held = [*scored(22, 0, "a"), *scored(30, 1, "b")]
    found = bounds("v1", gate, held, Labels(), SETTINGS)
    a, b, c = standing(found, gate, held, Labels(), SETTINGS)
    assert (a.certified, a.n_accepted, a.n_errors, a.missing) == (True, 22, 0, 0)
    assert (b.certified, b.n_accepted, b.n_errors, b.missing) == (False, 30, 1, 8)
    assert 0.1 < b.bound < 0.15
    assert (c.certified, c.n_accepted, c.bound, c.missing) == (False, 0, 1.0, 22)


def test_where_gold_is_required_each_skill_lacks_gold() -> None:
    held = [*scored(60, 0, "a"), *scored(5, 0, "a", gold=True)]
    found = bounds("v1", scored(30, 0, "a"), held, Labels(), STRICT)
    (a,) = standing(found, scored(30, 0, "a"), held, Labels(), STRICT)
    assert (a.certified, a.n_accepted, a.missing) == (False, 5, 17)


# The desk


@pytest.fixture
def taught(world: World) -> World:
    world.learn(range(160), "codes")
    world.distil()
    return world


@contextmanager
def desk(world: World, **sections: object) -> Iterator[Desk]:
    with world.parts(**sections) as built:
        yield Desk(built)


def calibration(world: World) -> list[Record]:
    with world.parts() as built:
        records = built.store.records(with_votes=True)
    return [record for record in records if record.split is Split.CALIBRATION]


@pytest.fixture
def slipped(world: World) -> World:
    """A home whose System 2 was sure of one wrong answer, which System 1 contradicts."""
    world.script = lambda prompt: "Answer: 13" if asked_(prompt) == SLIP else teach(prompt)
    world.learn(range(160), "codes")
    world.distil()
    return world


SLIP = next(question_of(n) for n in count() if split_of(question_of(n)) is Split.CALIBRATION)


def test_a_wrong_label_is_found_and_corrected(slipped: World) -> None:
    with desk(slipped) as opened:
        found = opened.candidates()[0]
        assert (found.record.question, found.record.answer) == (SLIP, "13")
        assert found.draft == truth(SLIP)
        stored = opened.answer(found, Said.CORRECTED, f" {truth(SLIP)}. ")
        assert stored is not None
        assert (stored.status, stored.answer) == (Status.GOLD, truth(SLIP))
        settled = opened.settle()
        assert settled.before.startswith("1 wrong of")
        assert settled.after.startswith("0 wrong of")
        assert SLIP not in [candidate.record.question for candidate in opened.candidates()]
    with slipped.parts() as built:
        drafts = {item.record_id: item for item in built.store.journal.drafts("v1")}
        assert drafts[stored.id].right


def test_each_answer_is_stored_as_it_was_said(taught: World) -> None:
    with desk(taught) as opened:
        right, wrong, corrected = opened.candidates()[:3]
        assert opened.answer(right, Said.RIGHT).answer == right.record.answer
        assert opened.answer(wrong, Said.WRONG).status is Status.REFUTED
        assert opened.answer(corrected, Said.CORRECTED, "x = 3").answer
        settled = opened.settle()
        assert settled.before.startswith("0 wrong of")
        labels = opened._parts.router.load("v1").labels
        assert (labels.judged, labels.wrong) == (3, 2)


def test_no_weights_are_loaded(taught: World) -> None:
    with desk(taught) as opened:
        del opened._parts.student
        opened.answer(opened.candidates()[0], Said.RIGHT)
        opened.settle()
        assert "student" not in vars(opened._parts)


def test_what_changed_meanwhile_is_not_judged(taught: World) -> None:
    with desk(taught) as opened, taught.parts() as other:
        gone, gold, now = opened.candidates()[:3]
        assert all(map(opened.still, (gone, gold, now)))
        other.memory.forget([gone.record.id])
        other.store.mark(gold.record.id, Status.GOLD)
        shown = replace(now, record=replace(now.record, answer="13"))
        for candidate in (gone, gold, shown):
            assert not opened.still(candidate)
            assert opened.answer(candidate, Said.WRONG) is None
        assert other.store.get(now.record.id).status is Status.VERIFIED


def test_an_audit_that_contradicts_is_on_the_desk(taught: World) -> None:
    with desk(taught) as opened:
        store = opened._parts.store
        question = question_of(3)
        fast = Decision(question, Route.SYSTEM1, "0", 0.9, 0.8, "sure", "codes", adapter="v1")
        store.audits.queue([store.journal.log_decision(fast)])
        (audit,) = store.audits.due(1)
        store.audits.settle(audit.id, False, store.find(question).id)
        found = opened.candidates()[0]
        assert (found.record.question, found.draft) == (question, "0")
        assert found.record.answer == code_of(3)


def test_gold_bears_an_untrusted_skill_out(world: World) -> None:
    """Eight right clear votes, and a skill that one method's agreement alone did not verify."""
    verify = world.settings.verify.model_copy(update={"unlike_methods": True})
    votes = (Vote("chain_of_thought", "4", "", 5),) * 3
    other = Vote("program_of_thought", "5", "", 5)
    new = [
        Record(
            question_of(n),
            "4",
            Status.UNVERIFIED,
            "fours",
            "chain_of_thought",
            1.0,
            votes if n % 2 else (*votes, other),
        )
        for n in range(20)
    ]
    with world.parts(verify=verify) as built:
        built.memory.remember(new)
        opened = Desk(built)
        found = opened.candidates()
        assert len(found) == 20
        assert all("8 gold answers would show" in candidate.why for candidate in found)
        assert all("methods disagree" in candidate.why for candidate in found[:8])
        for candidate in found[:8]:
            opened.answer(candidate, Said.RIGHT)
        settled = opened.settle()
        assert settled.restated > 0
        assert "no adapter is active" in settled.after
        assert built.store.counts().of(status=Status.VERIFIED) == settled.restated


def test_one_skill_can_be_asked_for(taught: World) -> None:
    taught.learn(range(500, 540), "others")
    with desk(taught) as opened:
        skills = {candidate.record.skill for candidate in opened.candidates("codes")}
    assert skills == {"codes"}


def test_a_damaged_certification_leaves_what_needs_none(taught: World) -> None:
    with taught.parts() as built:
        built.router.path("v1").write_text("{")
    with desk(taught) as opened:
        assert opened.candidates() == []
        assert "v1" in opened.settle().before
    with taught.parts() as built:
        assert [each.skill for each in skill_bounds(built)] == ["codes"], "certified again"


# The report


def test_the_report_says_what_each_skill_lacks(taught: World) -> None:
    with taught.parts() as built:
        found = skill_bounds(built)
        report = build(built.store)
        text = render_text(report, (), (), found)
        skills = as_object(report, (), (), found)["skills"]
        assert as_object(report, ())["skills"]["codes"]["bound"] is None
    held = len(calibration(taught))
    assert skills["codes"]["bound"] == {
        "certified": True,
        "n_accepted": held,
        "n_errors": 0,
        "bound": pytest.approx(1 - 0.2 ** (1 / held)),
        "missing": 0,
        "threshold": pytest.approx(found[0].threshold),
        "suspended": False,
        "why": None,
    }
    assert "lacking: right ones more for router.max_error" in text
    assert text.split("would do.\n\n")[1].splitlines()[1].split()[:2] == ["codes", "yes"]


def test_without_an_adapter_there_is_no_bound(world: World) -> None:
    with world.parts() as built:
        assert skill_bounds(built) == ()


def test_an_adapter_of_resistant_skills_bounds_none(world: World) -> None:
    world.learn(range(160), "codes")
    world.distil(status=SkillStatus.RESISTANT)
    with world.parts() as built:
        assert skill_bounds(built) == ()


# A simulated reviewer


def test_thirty_answers_by_ranking_certify_more_skills_than_thirty_at_random() -> None:
    rows = simulate(20, 30, SETTINGS)
    gains = [row.review.skills - row.random.skills for row in rows]
    assert min(gains) >= 0
    assert sum(gain > 0 for gain in gains) >= 15
    by_rank, at_random = sum(r.review.skills for r in rows), sum(r.random.skills for r in rows)
    assert by_rank >= 2 * at_random
    assert sum(row.review.false for row in rows) <= SETTINGS.delta * by_rank
    assert "review is better in" in in_words(rows)


def test_where_gold_is_required_answers_are_not_spread_thin() -> None:
    rows = simulate(20, 30, STRICT)
    assert sum(row.review.skills for row in rows) > sum(row.random.skills for row in rows)
