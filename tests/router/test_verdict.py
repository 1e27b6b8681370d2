"""What verdicts keep of what was known when they were given."""

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from memory.records import Neighbor, Skill, SkillStatus
from router.features import FEATURES
from router.place import PLACE
from router.policy import Policy, Router

if TYPE_CHECKING:
    from conftest import World

QUESTION = "A new one?"


@pytest.mark.parametrize(
    ("status", "changes", "certificate"),
    [
        (SkillStatus.DISTILLED, {}, True),
        (SkillStatus.DISTILLED, {"suspended": "audits"}, True),
        (SkillStatus.NEW, {}, True),
        (None, {}, False),
    ],
)
def test_before_a_draft_all_that_was_seen_is_kept(
    certified: Router,
    world: "World",
    near: list[Neighbor],
    status: SkillStatus | None,
    changes: dict[str, str],
    certificate: bool,
) -> None:
    skill = status and Skill("sums", status)
    verdict = certified.worth_a_try(QUESTION, world.subject, skill, near, **changes)
    assert tuple(verdict.features) == PLACE
    assert verdict.features["top_similarity"] == 0.85
    assert verdict.features["near_judged"] == 16
    assert (verdict.certificate is not None) is certificate
    assert (verdict.threshold is not None) is certificate
    assert verdict.confidence is None


def test_without_a_certification_what_memory_shows_is_kept(
    router: Router, world: "World", near: list[Neighbor]
) -> None:
    for verdict in (
        router.worth_a_try(QUESTION, world.subject, world.sums, near),
        router.worth_a_try(QUESTION, world.subject, world.sums, near, policy=Policy.SYSTEM2),
    ):
        assert not verdict.accept
        assert tuple(verdict.features) == PLACE
        assert (verdict.features["top_similarity"], verdict.features["near_judged"]) == (0.85, 0)
    draft = world.draft(QUESTION)
    judged = router.judge(draft, world.subject, world.sums, near, policy=Policy.SYSTEM1)
    assert judged.accept
    assert tuple(judged.features) == FEATURES
    assert judged.features["min_logprob"] == draft.min_logprob


def test_what_is_not_finite_is_left_out(
    certified: Router, world: "World", near: list[Neighbor]
) -> None:
    nowhere = [replace(near[0], similarity=float("nan"))]
    tried = certified.worth_a_try(QUESTION, world.subject, world.sums, nowhere)
    assert not tried.accept
    assert "top_similarity" not in tried.features
    assert tried.features["log_words"] > 0
    odd = world.draft(QUESTION, mean_logprob=float("nan"))
    judged = certified.judge(odd, world.subject, world.sums, near)
    assert "mean_logprob is nan" in judged.reason
    assert set(FEATURES) - judged.features.keys() == {"mean_logprob"}
    assert judged.certificate is not None
    assert judged.confidence is None
