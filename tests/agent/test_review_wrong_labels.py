"""What a person is asked once labels were found wrong, and nothing is served for it."""

from dataclasses import replace

import pytest

from agent.report.bounds import SkillBound, skill_bounds, standing
from agent.report.build import build
from agent.report.objects import as_object
from agent.report.text import render_text
from agent.review import Outcome, Standing, ranked
from agent.review_desk import Desk, Said
from memory.records import Record, Split, Status, split_of
from router.bounds import Scored, bounds
from router.risk import Labels
from router.settings import RouterSettings
from tests.agent.world import World, question_of

BOUND = SkillBound("codes", certified=False, n_accepted=30, n_errors=2, bound=0.3, missing=None)
STUCK = Standing(
    RouterSettings(max_error=0.1, delta=0.1), {"codes": BOUND}, labels=Labels(judged=2, wrong=2)
)
EACH = STUCK.settings.model_copy(update={"per_skill": True})
WRONG = Labels(judged=5, wrong=2)


def numbers(split: Split, count: int) -> list[int]:
    return [n for n in range(20 * count) if split_of(question_of(n)) is split][:count]


def outcomes(*, draft: str = "1", status: Status = Status.VERIFIED) -> list[Outcome]:
    """Three outcomes of the calibration half."""
    return [
        Outcome(Record(question_of(n), "1", status, "codes", id=n + 1), draft, 0.9)
        for n in numbers(Split.CALIBRATION, 3)
    ]


def test_labels_that_agree_are_asked_about() -> None:
    found = ranked(outcomes(), STUCK)
    assert len(found) == 3
    assert found[0].score == pytest.approx(1 / 30)
    assert found[0].why.startswith("people found 2 of 2 verified answers wrong")
    assert found[0].why.endswith(": skill 'codes' is not served unless more prove right")


def test_those_that_do_not_count_are_not_asked_about() -> None:
    assert ranked(outcomes(status=Status.GOLD), STUCK) == []
    assert ranked([replace(each, confidence=0.4) for each in outcomes()], STUCK) == []
    (first, *_) = ranked(outcomes(draft="7"), STUCK)
    assert first.why.startswith("System 1's draft is '7'"), "a contradiction is one still"


def test_they_are_not_asked_about_for_any_other_reason() -> None:
    assert ranked(outcomes(), replace(STUCK, labels=Labels(judged=2))) == []
    others = {**STUCK.bounds, "sums": SkillBound("sums", True, 30, 0, 0.1, 0, threshold=0.8)}
    assert ranked(outcomes(), replace(STUCK, bounds=others)) == [], "labels are good enough there"
    strict = STUCK.settings.model_copy(update={"require_gold": True})
    found = ranked(outcomes(), replace(STUCK, settings=strict))
    assert all("without a person's answer" in candidate.why for candidate in found)


def test_what_no_number_of_drafts_would_mend_is_not_one_answer_short() -> None:
    (first, *_) = ranked(outcomes(draft="7"), STUCK)
    assert first.score == pytest.approx(0.5 / 30), "less than a label that may prove right"
    assert first.why == "System 1's draft is '7'; no number of drafts would do for skill 'codes'"
    (first, *_) = ranked(outcomes(status=Status.UNVERIFIED), STUCK)
    assert first.score == pytest.approx(1 / 30)
    short = replace(STUCK, bounds={"codes": replace(BOUND, missing=0)})
    (first, *_) = ranked(outcomes(draft="7"), short)
    assert first.score == pytest.approx(0.5), "enough in number: an error less may do"


def test_where_each_skill_has_its_own_bound_its_own_labels_decide() -> None:
    served = SkillBound("sums", True, 30, 0, 0.1, 0, threshold=0.8)
    known = {**STUCK.bounds, "sums": served}
    state = Standing(EACH, known, labels=Labels(judged=40, wrong=2), labels_of={"codes": WRONG})
    found = ranked(outcomes(), state)
    assert len(found) == 3, "another skill is served, and this one is not"
    assert found[0].why.startswith("people found 2 of 5 verified answers wrong")
    assert ranked(outcomes(), replace(state, labels_of={"codes": Labels(judged=5)})) == []
    good = {"codes": replace(BOUND, certified=True, missing=0)}
    assert ranked(outcomes(), replace(state, bounds=good)) == []


def test_each_skill_stands_by_its_own_labels() -> None:
    gate = held = [Scored(0.9, True, skill) for skill in ("a", "b") for _ in range(60)]
    common, own = Labels(judged=40, wrong=2), {"a": Labels(judged=35), "b": WRONG}
    found = bounds("v1", gate, held, common, EACH, labels_of=own)
    a, b = standing(found, gate, held, common, EACH, labels_of=own)
    assert (a.certified, a.missing, a.why) == (True, 0, None)
    assert (b.certified, b.missing) == (False, None)
    assert b.bound == pytest.approx(1 - 0.1 ** (1 / 60) + 2 / 15)
    assert b.why is not None
    assert b.why.startswith("people found 2 of 5 verified answers wrong")
    strict = EACH.model_copy(update={"require_gold": True})
    found = bounds("v1", gate, held, common, strict, labels_of=own)
    assert [each.missing for each in standing(found, gate, held, common, strict)] == [22, 22]


def test_one_skill_with_wrong_labels_is_mended_while_another_is_served(world: World) -> None:
    world.settings = world.settings.model_copy(update={"router": EACH})
    world.learn(numbers(Split.CALIBRATION, 60)[::2] + numbers(Split.GATE, 60)[::2], "codes")
    world.learn(numbers(Split.CALIBRATION, 60)[1::2] + numbers(Split.GATE, 60)[1::2], "boxes")
    world.learn(numbers(Split.TRAIN, 80), "codes")
    world.distil()
    with world.parts() as built:
        desk = Desk(built)
        for candidate in desk.candidates("codes")[:2]:
            desk.answer(candidate, Said.WRONG)
        desk.settle()
        boxes, codes = skill_bounds(built)
        assert (boxes.certified, boxes.missing) == (True, 0)
        assert (codes.certified, codes.missing, codes.threshold) == (False, None, None)
        found = (build(built.store), (), (), (boxes, codes))
        assert as_object(*found)["skills"]["codes"]["bound"]["missing"] is None
        assert "\ncodes: people found 2 of 2 verified answers wrong" in render_text(*found)
        left = [c for c in desk.candidates("codes") if "people found 2 of 2" in c.why]
        assert len(left) == 28
        for candidate in left:
            desk.answer(candidate, Said.RIGHT)
        desk.settle()
        assert [bound.missing is None for bound in skill_bounds(built)] == [False, False]


def test_two_labels_found_wrong_are_no_dead_end(world: World) -> None:
    world.settings = world.settings.model_copy(update={"router": RouterSettings()})
    held = [*numbers(Split.CALIBRATION, 60), *numbers(Split.GATE, 60)]
    world.learn([*held, *numbers(Split.TRAIN, 150)], "codes")
    world.distil()
    with world.parts() as built:
        desk = Desk(built)
        for candidate in desk.candidates()[:2]:
            desk.answer(candidate, Said.WRONG)
        assert "people found 2 of 2 verified answers wrong" in desk.settle().after
        left = desk.candidates()
        assert len(left) == 58
        assert all("people found 2 of 2 verified answers wrong" in each.why for each in left)
        for candidate in left:
            desk.answer(candidate, Said.RIGHT)
        assert desk.settle().after.startswith("2 wrong of 60 accepted")
