import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from pydantic import ValidationError

from memory.records import Neighbor, Skill, SkillStatus, Split, Status
from models.errors import CalibrationError
from router.certification import SURE_LOGPROB, UNSURE_FACTOR
from router.policy import Policy, Router, RouterSettings, Verdict

if TYPE_CHECKING:
    from conftest import World

OTHERS = [
    (None, "like no known skill"),
    (Skill("sums", SkillStatus.NEW), "is new to System 1"),
    (Skill("sums", SkillStatus.RESISTANT), "could not be learned"),
    (Skill("dates", SkillStatus.DISTILLED), "covers no held-out draft of skill 'dates'"),
]


def _judge(router: Router, world: "World", near: list[Neighbor], **changes: object) -> Verdict:
    draft = world.draft("A new one?", **changes)
    return router.judge(draft, world.subject, world.sums, near)


def test_settings_refuse_what_is_out_of_range() -> None:
    with pytest.raises(ValidationError) as caught:
        RouterSettings(max_error=0.6, delta=0.0, neighbors=0, min_similarity=2, typo=1)  # type: ignore[call-arg]
    faults = {str(error["loc"][0]) for error in caught.value.errors()}
    assert faults == {"max_error", "delta", "neighbors", "min_similarity", "typo"}


def test_without_evidence_everything_goes_to_system2(
    router: Router, world: "World", near: list[Neighbor]
) -> None:
    asked = router.worth_a_try("A new one?", world.subject, world.sums, near)
    judged = _judge(router, world, near)
    for verdict in (asked, judged):
        assert (verdict.accept, verdict.certificate) == (False, None)
        assert verdict.reason == (
            "adapter 'v1' has no calibrator yet; "
            "the idle daemon or `secondnature adapters promote v1` certifies it"
        )
    assert router.load("v1") is None
    assert router.explain(world.subject) == asked.reason


def test_a_sure_draft_is_accepted_and_an_unsure_one_is_not(
    certified: Router, world: "World", near: list[Neighbor]
) -> None:
    asked = certified.worth_a_try("A new one?", world.subject, world.sums, near)
    assert asked.accept
    assert asked.confidence is None
    sure = _judge(certified, world, near)
    unsure = _judge(certified, world, near, mean_logprob=-3.0, min_logprob=-6.0, first_margin=0.0)
    assert sure.accept
    assert not unsure.accept
    assert sure.threshold == unsure.threshold == asked.threshold
    assert unsure.confidence < sure.threshold <= sure.confidence  # type: ignore[operator]
    assert sure.features["near_judged"] == 16.0
    assert "at most 5.0% wrong with probability 90%" in sure.reason
    assert unsure.reason.startswith("the draft is far less sure (least log-probability -6, ")


@pytest.mark.parametrize(("skill", "reason"), OTHERS)
def test_only_certified_skills_are_tried(
    certified: Router, world: "World", near: list[Neighbor], skill: Skill | None, reason: str
) -> None:
    asked = certified.worth_a_try("A new one?", world.subject, skill, near)
    judged = certified.judge(world.draft("A new one?"), world.subject, skill, near)
    for verdict in (asked, judged):
        assert not verdict.accept
        assert reason in verdict.reason
    assert judged.confidence is not None


def test_a_skill_still_being_learned_is_served_where_certified(
    router: Router, world: "World", near: list[Neighbor]
) -> None:
    router.certify(world.subject, world.cases(150), {"sums": SkillStatus.LEARNING})
    learning = Skill("sums", SkillStatus.LEARNING)
    sure = router.judge(world.draft("A new one?"), world.subject, learning, near)
    assert sure.accept
    assert sure.certificate is not None


def test_neighbours_must_be_near_verified_and_others(
    certified: Router, world: "World", near: list[Neighbor]
) -> None:
    def asked(found: list[Neighbor], question: str = "A new one?") -> Verdict:
        return certified.worth_a_try(question, world.subject, world.sums, found)

    far = [replace(n, similarity=0.3) for n in near]
    doubted = [replace(n, record=replace(n.record, status=Status.REFUTED)) for n in near]
    assert "similarity 0.30, under 0.50" in asked(far).reason
    assert "no verified question is near" in asked(doubted).reason
    assert "no verified question is near" in asked([]).reason
    assert not asked([near[0]], near[0].record.question).accept
    assert not asked([replace(near[0], similarity=float("nan"))]).accept


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"answer": None}, "holds no answer"),
        ({"complete": False}, "cut at the limit"),
        ({"mean_logprob": float("nan")}, "mean_logprob is nan"),
        ({"first_margin": float("inf")}, "first_margin is inf"),
        ({"adapter": "v0"}, "the draft is of adapter 'v0', not of 'v1'"),
    ],
)
def test_drafts_that_are_never_served(
    certified: Router, world: "World", near: list[Neighbor], changes: dict[str, object], reason: str
) -> None:
    verdict = _judge(certified, world, near, **changes)
    assert not verdict.accept
    assert reason in verdict.reason


@pytest.mark.parametrize("name", ["base", "encoder"])
def test_another_base_or_encoder_is_refused(
    certified: Router, world: "World", near: list[Neighbor], name: str
) -> None:
    other = replace(world.subject, **{name: "other"})
    verdict = certified.judge(world.draft("A new one?"), other, world.sums, near)
    assert not verdict.accept
    assert f"the calibrator is for {name}" in verdict.reason


def test_a_stale_or_damaged_file_fails_closed(
    certified: Router, world: "World", near: list[Neighbor]
) -> None:
    path = certified.path("v1")
    whole = path.read_text()
    path.write_text(whole[: len(whole) // 2])
    verdict = _judge(certified, world, near)
    assert not verdict.accept
    assert "cannot be read" in verdict.reason
    with pytest.raises(CalibrationError, match="secondnature distill"):
        certified.load("v1")
    path.unlink()
    assert "no calibrator yet" in _judge(certified, world, near).reason


def test_a_running_process_sees_a_new_certification(
    certified: Router, world: "World", near: list[Neighbor]
) -> None:
    running = Router(certified.root, certified.settings)
    assert _judge(running, world, near).accept
    certified.certify(world.subject, world.cases(10), world.statuses)
    verdict = _judge(running, world, near)
    assert not verdict.accept
    assert "held-out drafts count, 45 are needed" in verdict.reason
    assert running.load("v1") is running.load("v1")


def test_kept_exactly(certified: Router, world: "World") -> None:
    from router.certification import certification

    made = certification(world.subject, world.cases(150), world.statuses, certified.settings)
    assert certified.load("v1") == made


def test_another_bound_is_certified_from_the_same_drafts(
    certified: Router, world: "World", near: list[Neighbor]
) -> None:
    strict = Router(certified.root, RouterSettings(max_error=0.001))
    assert "2302 are needed" in strict.explain(world.subject)
    assert not _judge(strict, world, near).accept
    loose = Router(certified.root, RouterSettings(max_error=0.2))
    verdict = _judge(loose, world, near)
    assert verdict.accept
    assert verdict.threshold <= _judge(certified, world, near).threshold  # type: ignore[operator]


def test_other_neighbours_than_certified_with_are_refused(
    certified: Router, world: "World", near: list[Neighbor]
) -> None:
    other = Router(certified.root, RouterSettings(neighbors=8))
    assert "router.neighbors was 16" in _judge(other, world, near).reason


def test_a_forced_policy_says_so(certified: Router, world: "World", near: list[Neighbor]) -> None:
    draft = world.draft("A new one?", answer=None)
    for policy in (Policy.SYSTEM1, Policy.SYSTEM2):
        fast = policy is Policy.SYSTEM1
        asked = certified.worth_a_try("A new one?", world.subject, None, [], policy=policy)
        judged = certified.judge(draft, world.subject, None, near, policy=policy)
        assert asked.accept is judged.accept is fast
        assert "was asked for" in asked.reason
        assert judged.confidence is None, "nothing is calibrated on the like"
        of_sums = certified.judge(draft, world.subject, world.sums, near, policy=policy)
        assert of_sums.confidence is not None


def test_only_what_would_be_tried_is_certified(router: Router, world: "World") -> None:
    """Wrong drafts of a resistant skill neither fit nor certify, and a skill alone is no skill."""
    good = world.cases(150, error=0.0)
    bad = world.cases(50, error=1.0, skill="products")
    found = router.certify(world.subject, [*good, *bad], world.statuses).overall
    assert found is not None
    assert (found.n_items, found.n_errors) == (150, 0)
    loaded = router.load("v1")
    assert loaded is not None
    assert loaded.skills == {"sums"}
    assert len(loaded.evidence.outcomes) == 200


def test_unusable_cases_are_left_out(router: Router, world: "World") -> None:
    held = [
        replace(case, judged=replace(case.judged, draft=world.draft(case.record.question)))
        for case in world.cases(60, error=0.0)
    ]
    spoilt = [
        replace(case, judged=replace(case.judged, draft=replace(case.judged.draft, **changes)))
        for case, changes in zip(
            held[-3:],
            ({"mean_logprob": float("nan")}, {"answer": None}, {"complete": False}),
            strict=True,
        )
    ]
    doubted = [replace(c, record=replace(c.record, status=Status.UNVERIFIED)) for c in held[-5:-3]]
    found = router.certify(world.subject, [*held[:-5], *doubted, *spoilt], world.statuses).overall
    assert found is not None
    assert found.n_items == 55


@pytest.mark.parametrize("n", [0, 1, 10])
def test_few_records_certify_nothing(router: Router, world: "World", n: int) -> None:
    assert router.certify(world.subject, world.cases(n), world.statuses).overall is None
    assert "is not certified" in router.explain(world.subject)


def test_a_skill_that_has_to_stand_alone_says_what_it_lacks(router: Router, world: "World") -> None:
    assert router.certify(world.subject, world.cases(100), world.statuses).overall is not None
    alone = {"per_skill": True, "delta": 0.001}
    said = Router(router.root, router.settings.model_copy(update=alone)).explain(world.subject)
    assert said.startswith("adapter 'v1' serves no skill; skill ")
    assert "more right held-out drafts for at most" in said


def test_all_wrong_certifies_nothing(router: Router, world: "World") -> None:
    assert (
        router.certify(world.subject, world.cases(100, error=1.0), world.statuses).overall is None
    )
    reason = router.explain(world.subject)
    assert "0 held-out drafts count, 45 are needed" in reason


def test_too_many_wrong_certify_nothing(router: Router, world: "World") -> None:
    """Chance labels: the confidences say 80%, and no threshold gives 95%."""
    flat = [
        replace(case, judged=replace(case.judged, right=i % 5 != 0, draft=world.draft(q)))
        for i, case in enumerate(world.cases(100))
        for q in [case.record.question]
    ]
    assert router.certify(world.subject, flat, world.statuses).overall is None
    assert "20 wrong of 100 held-out drafts: no threshold gives" in router.explain(world.subject)


def test_what_is_likelier_wrong_is_never_served(router: Router, world: "World") -> None:
    """Two in a hundred are wrong: the bound alone would let every draft pass."""
    cases = world.cases(400)
    at = next(i for i, c in enumerate(cases) if c.judged.right)
    lucky = replace(cases[at].judged, draft=replace(cases[at].judged.draft, min_logprob=-50.0))
    cases[at] = replace(cases[at], judged=lucky)  # right by luck: no draft is under this floor
    found = router.certify(world.subject, cases, world.statuses).overall
    assert found is not None
    assert found.threshold >= 0.5
    loaded = router.load("v1")
    assert loaded is not None
    assert any(item.confidence < 0.5 for item in loaded.scored)


def test_a_draft_far_less_sure_than_any_right_one_is_deferred(
    router: Router, world: "World", near: list[Neighbor]
) -> None:
    """All held-out drafts right: the calibrator alone would accept anything."""
    cases = world.cases(100, error=0.0)
    assert router.certify(world.subject, cases, world.statuses).overall is not None
    gate = [c.judged.draft.min_logprob for c in cases if c.record.split is Split.GATE]
    floor = UNSURE_FACTOR * min(gate)
    at_the_floor = _judge(router, world, near, min_logprob=floor)
    below = _judge(router, world, near, min_logprob=floor - 0.01)
    assert at_the_floor.accept
    assert not below.accept
    assert below.confidence == pytest.approx(at_the_floor.confidence)
    assert "less sure" in below.reason
    other = Skill("products", SkillStatus.DISTILLED)
    assert not router.judge(world.draft("A new one?"), world.subject, other, near).accept


def test_likely_tokens_are_sure_enough_however_sure_the_gate_half_was(
    router: Router, world: "World", near: list[Neighbor]
) -> None:
    cases = [
        replace(
            case, judged=replace(case.judged, draft=replace(case.judged.draft, min_logprob=-0.0))
        )
        for case in world.cases(100, error=0.0)
    ]
    assert router.certify(world.subject, cases, world.statuses).overall is not None
    assert _judge(router, world, near, min_logprob=SURE_LOGPROB).accept
    below = _judge(router, world, near, min_logprob=SURE_LOGPROB - 0.01)
    assert "less sure" in below.reason


def test_explains_what_holds(certified: Router, world: "World") -> None:
    assert "held-out drafts of v1: at most 5.0% wrong" in certified.explain(world.subject)
    assert certified.neighbors_wanted == 17
    beneath = Router(certified.path("v1"), certified.settings)
    assert "cannot be read" in beneath.explain(world.subject)


def test_all_right_is_certified(router: Router, world: "World") -> None:
    found = router.certify(world.subject, world.cases(100, error=0.0), world.statuses).overall
    assert found is not None
    assert found.n_accepted == 100


def test_cases_that_would_spoil_the_guarantee(router: Router, world: "World") -> None:
    good = world.cases(5)
    case = good[0]
    trained = "Train?"
    while world.record(trained, 1).split is not Split.TRAIN:
        trained += "?"
    bad = {
        "draft of adapter 'v0', not 'v1'": world.cases(1, adapter="v0")[0],
        "may be trained on": replace(case, record=replace(case.record, question=trained)),
        "answers another question": replace(case, judged=replace(case.judged, record_id=5)),
    }
    for message, spoilt in bad.items():
        with pytest.raises(CalibrationError, match=message):
            router.certify(world.subject, [*good, spoilt], world.statuses)
    assert router.load("v1") is None


@pytest.mark.parametrize("version", ["", "../v1", "a/b"])
def test_a_version_is_a_file_name(router: Router, version: str) -> None:
    with pytest.raises(CalibrationError, match="is no adapter version"):
        router.path(version)


def test_true_error_among_accepted_is_kept(tmp_path: Path, world: "World") -> None:
    """End to end on ten worlds: fit, certify, serve 300 new questions each."""
    over = served = 0
    for seed in range(10):
        router = Router(tmp_path / str(seed), RouterSettings(neighbors=4))
        router.certify(world.subject, world.cases(120, seed=seed, error=0.12), world.statuses)
        new = world.cases(150, seed=100 + seed, error=0.12)
        right = [
            case.judged.right
            for case in new
            if router.judge(case.judged.draft, world.subject, world.sums, case.neighbors).accept
        ]
        served += len(right)
        over += len(right) > 0 and float(np.mean(right)) < 0.95
    assert over <= 3
    assert served > 300


def test_judging_takes_under_two_milliseconds(
    certified: Router, world: "World", near: list[Neighbor]
) -> None:
    draft = world.draft("A new one?")
    times = []
    for _ in range(50):
        begin = time.perf_counter()
        certified.judge(draft, world.subject, world.sums, near)
        times.append(time.perf_counter() - begin)
    assert min(times) < 0.002


def test_importing_the_policy_stays_light() -> None:
    heavy = ("scipy", "sklearn", "torch", "faiss", "sqlalchemy")
    code = f"import sys, router.policy; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
