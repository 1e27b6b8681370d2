"""Questions of a form on which what taught System 1 is not trusted are never answered fast."""

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from memory.records import Neighbor
from router.bounds import Scored
from router.case import Case
from router.policy import Router, RouterSettings

if TYPE_CHECKING:
    from tests.router.conftest import World

APART = {"sums": {"twice": "people found answers wrong"}}


def slipping(world: "World") -> list[Case]:
    """Held-out drafts of which those with one word are all wrong."""
    made = []
    for n, case in enumerate(world.cases(200, error=0)):
        if n % 4:
            made.append(case)
            continue
        question = f"Twice: {case.record.question}"
        record = replace(case.record, question=question)
        draft = replace(case.judged.draft, question=question)
        made.append(
            replace(case, record=record, judged=replace(case.judged, draft=draft, right=False))
        )
    return [case for case in made if case.record.split.holdout]


def certified(router: Router, world: "World") -> tuple[Scored, ...]:
    """The drafts that a bound is worked out from."""
    known = router.load(world.subject.adapter)
    assert known is not None
    return known.gate + known.scored


def test_they_neither_certify_nor_are_served(
    tmp_path: Path, world: "World", near: list[Neighbor]
) -> None:
    router = Router(tmp_path / "router", RouterSettings(max_error=0.05))
    cases = slipping(world)
    router.certify(world.subject, cases, world.statuses)
    before = certified(router, world)
    router.certify(world.subject, cases, world.statuses, apart=APART)
    after = certified(router, world)
    wrong = sum(not item.right for item in before)
    assert wrong > 10
    assert len(after) == len(before) - wrong
    assert all(item.right for item in after)
    plain, twice = "A new one?", "A new one, twice?"
    assert router.worth_a_try(plain, world.subject, world.sums, near).accept
    asked = router.worth_a_try(twice, world.subject, world.sums, near)
    judged = router.judge(world.draft(twice), world.subject, world.sums, near)
    for verdict in (asked, judged):
        assert not verdict.accept
        assert verdict.reason == (
            "people found answers wrong on questions of skill 'sums' with 'twice'"
        )


def test_a_certification_keeps_the_words(tmp_path: Path, world: "World") -> None:
    router = Router(tmp_path / "router", RouterSettings())
    router.certify(world.subject, world.cases(60), world.statuses, apart=APART)
    again = Router(tmp_path / "router", RouterSettings()).load(world.subject.adapter)
    assert again is not None
    assert again.apart == APART
