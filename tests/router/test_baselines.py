from typing import TYPE_CHECKING

import pytest

from memory.records import Neighbor
from models.errors import CalibrationError
from router.baselines import CONFIDENCE_ONLY, SIMILARITY_ONLY, thresholds
from router.place import Evidence, Place, place
from router.policy import Policy, Router, RouterSettings

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import World


def lies(world: "World", similarity: float) -> Place:
    near = [Neighbor(world.record("another", 1), similarity)]
    return place("q", near, Evidence(), skill="sums", k=4)


def test_the_lowest_threshold_with_few_enough_errors(world: "World") -> None:
    seen = [
        (lies(world, similarity), world.draft("q", mean_logprob=logprob), right)
        for similarity, logprob, right in (
            (0.9, -0.1, True),
            (0.8, -0.9, True),
            (0.7, -0.2, False),
            (0.6, -0.3, True),
        )
    ]
    found = thresholds(seen, 0.25)
    assert found == {SIMILARITY_ONLY: pytest.approx(0.6), CONFIDENCE_ONLY: pytest.approx(-0.9)}
    assert thresholds(seen, 0.1)[SIMILARITY_ONLY] == pytest.approx(0.8)
    assert thresholds(seen, 0.1)[CONFIDENCE_ONLY] == pytest.approx(-0.1)


def test_what_serves_nothing_has_no_threshold(world: "World") -> None:
    assert thresholds([], 0.1) == {}
    assert thresholds([(lies(world, 0.9), world.draft("q"), False)], 0.1) == {}
    nan = world.draft("q", mean_logprob=float("nan"))
    assert set(thresholds([(lies(world, 0.9), nan, True)], 0.1)) == {SIMILARITY_ONLY}


def test_each_policy_goes_by_its_own_score(tmp_path: "Path", world: "World") -> None:
    router = Router(tmp_path, RouterSettings())
    router.certify(world.subject, world.cases(150), world.statuses)
    near = [Neighbor(world.record("another", 1), 0.99)]
    far = [Neighbor(world.record("another", 1), 0.01)]
    sure, unsure = world.draft("New?"), world.draft("New?", mean_logprob=-9.0)

    def served(policy: Policy, draft: object, neighbors: list[Neighbor]) -> bool:
        # An unknown skill: these policies know of none.
        asked = router.worth_a_try("New?", world.subject, None, neighbors, policy=policy)
        judged = router.judge(draft, world.subject, None, neighbors, policy=policy)  # type: ignore[arg-type]
        assert policy.value in judged.reason
        return asked.accept and judged.accept

    assert served(Policy.SIMILARITY_ONLY, unsure, near)
    assert not served(Policy.SIMILARITY_ONLY, sure, far)
    assert served(Policy.CONFIDENCE_ONLY, sure, far)
    assert not served(Policy.CONFIDENCE_ONLY, unsure, near)


@pytest.mark.parametrize("policy", [Policy.SIMILARITY_ONLY, Policy.CONFIDENCE_ONLY])
def test_without_evidence_or_an_answer_nothing_is_served(
    tmp_path: "Path", world: "World", policy: Policy
) -> None:
    router = Router(tmp_path, RouterSettings())
    draft = world.draft("New?", answer=None)
    for judged in (
        router.worth_a_try("New?", world.subject, None, [], policy=policy),
        router.judge(draft, world.subject, None, [], policy=policy),
    ):
        assert not judged.accept
        assert "no calibrator yet" in judged.reason
    router.certify(world.subject, world.cases(150), world.statuses)
    assert not router.judge(draft, world.subject, None, [], policy=policy).accept
    with pytest.raises(CalibrationError):
        router.certify(world.subject, world.cases(1, adapter="v0"), world.statuses)
