"""What a person is asked once labels were found wrong, and nothing is served for it."""

from dataclasses import replace

import pytest

from agent.report.bounds import SkillBound
from agent.review import Outcome, Standing, ranked
from agent.review_desk import Desk, Said
from memory.records import Record, Split, Status, split_of
from router.risk import Labels
from router.settings import RouterSettings
from tests.agent.world import World, question_of

BOUND = SkillBound("codes", certified=False, n_accepted=30, n_errors=2, bound=0.3, missing=0)
STUCK = Standing(
    RouterSettings(max_error=0.1, delta=0.1), {"codes": BOUND}, labels=Labels(judged=2, wrong=2)
)


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
