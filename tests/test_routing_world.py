"""The router's promises in simulated worlds: small ones, by the same code as the command's."""

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from agent.audit import Auditor
from agent.build import Parts
from benchmarks import routing_world as command
from benchmarks.routing_world import WORLDS, Run, allowed, as_object, in_words, run
from benchmarks.simulated.delay import answers_allowed, audits_needed, delays, questions_allowed
from benchmarks.simulated.life import ERRORS, INPUTS, Before, Plan, Span
from benchmarks.simulated.service import Audits, Suspended
from benchmarks.simulated.world import KINDS, Asked, Condition, Nature, World
from memory.audits import ALL_SKILLS
from memory.records import Decision, Record, Route, SkillStatus, Status
from router.metrics import expected_calibration_error
from router.policy import Router, Subject
from router.settings import RouterSettings
from tests.agent.world import World as Home

SEEDS = 5
SETTINGS = RouterSettings(audit_rate=0.5, neighbors=4)
PLAN = Plan(before=400, after=100)


@pytest.fixture(scope="module")
def usual() -> list[Run]:
    nature = WORLDS["usual"]
    return [run("usual", nature, SETTINGS, PLAN, seed) for seed in range(SEEDS)]


@pytest.fixture(scope="module")
def hard() -> list[Run]:
    nature, plan = WORLDS["hard, overconfident"], Plan(before=400, after=0)
    return [run("hard, overconfident", nature, SETTINGS, plan, seed) for seed in range(SEEDS)]


def ask(nature: Nature, n: int, **changed: Condition) -> list[Asked]:
    world = World(nature, 0)
    return [world.ask("v1", changed) for _ in range(n)]


class TestWorld:
    def test_labels_are_wrong_in_both_ways(self) -> None:
        asked = ask(Nature(noise=0.2), 4_000)
        hidden = np.mean([item.seems_right and not item.right for item in asked])
        assert hidden == pytest.approx(0.1, abs=0.02)
        refused = np.mean([not item.seems_right for item in asked if item.right])
        assert refused == pytest.approx(0.1, abs=0.02)

    def test_without_noise_an_audit_tells_the_truth(self) -> None:
        asked = ask(Nature(noise=0), 500)
        assert all(item.right == item.seems_right for item in asked)

    @pytest.mark.parametrize(("times", "least", "most"), [(1, 0.0, 0.02), (4, 0.04, 0.2)])
    def test_overconfidence_is_what_drafts_overstate(
        self, times: float, least: float, most: float
    ) -> None:
        asked = ask(Nature(noise=0, overconfidence=times).harder(3, tells=1), 4_000)
        stated = [math.exp(item.draft.mean_logprob) for item in asked]
        found = expected_calibration_error(stated, [item.right for item in asked])
        assert least <= found <= most

    def test_silent_errors_are_drafted_as_surely_as_right_answers(self) -> None:
        bad = Condition(0.5, silent=1.0)
        asked = [item for item in ask(Nature(), 4_000, rates=bad) if item.skill == "rates"]
        sure = {
            right: np.mean([i.draft.mean_logprob for i in asked if i.right is right])
            for right in (True, False)
        }
        assert sure[True] == pytest.approx(sure[False], rel=0.2)

    def test_a_seed_draws_the_same_world(self) -> None:
        assert ask(Nature(), 20) == ask(Nature(), 20)
        assert World(Nature(), 3).cases("v1", {}) == World(Nature(), 3).cases("v1", {})


class TestPromises:
    """With 5 seeds the share of runs over `max_error` may be `delta` and one run more."""

    @pytest.mark.parametrize("bound", ["common", "own"])
    @pytest.mark.parametrize("world", ["usual", "hard"])
    def test_wrong_fast_answers_stay_under_the_limit(
        self, world: str, bound: str, request: pytest.FixtureRequest
    ) -> None:
        runs: list[Run] = request.getfixturevalue(world)
        found: list[Before] = [getattr(one, bound) for one in runs]
        over = sum(one.overall.error > SETTINGS.max_error for one in found)
        assert over <= SETTINGS.delta * SEEDS + 1
        assert sum(one.overall.served for one in found) > 0.1 * SEEDS * PLAN.before

    def test_with_a_bound_of_its_own_no_skill_hides_behind_another(self, hard: list[Run]) -> None:
        own = [span for one in hard for span in one.own.skills.values() if span.served >= 30]
        over = [span for span in own if span.error > SETTINGS.max_error]
        assert len(over) <= SETTINGS.delta * len(own) + 1

    def test_a_drift_is_noticed_within_the_answers_that_audits_allow(
        self, usual: list[Run]
    ) -> None:
        most = allowed(SETTINGS, Nature().noise)
        found = [one for life in usual for one in life.drifts]
        assert {one.drift for one in found} == {ERRORS.name, INPUTS.name}
        assert len(found) >= 2 * SEEDS - 1
        assert all(one.suspended and one.answers <= most[one.drift] for one in found)
        reasons = {one.drift: one.reason for one in found}
        assert reasons[ERRORS.name].startswith("audits: ")
        assert reasons[INPUTS.name].startswith("inputs: ")

    def test_nothing_else_is_suspended(self, usual: list[Run]) -> None:
        unjust = [life.common.unjustly(SETTINGS.max_error) for life in usual]
        others = [one.others for life in usual for one in life.drifts]
        assert sum(map(bool, unjust)) <= 1
        assert sum(map(bool, others)) <= 1

    def test_a_new_adapter_serves_the_skill_again(self, usual: list[Run]) -> None:
        for life in usual:
            for one in life.drifts:
                assert one.wait is not None
                assert one.wait <= 10
                assert one.again.error <= SETTINGS.max_error

    def test_words_and_json_hold_every_run(self, usual: list[Run], hard: list[Run]) -> None:
        runs = [*usual, *hard]
        words = in_words(runs, SETTINGS)
        for line in ("usual ", "hard, overconfident ", "errors ", "inputs "):
            assert f"\n{line}" in words
        held = as_object(runs, SETTINGS)
        assert len(json.loads(json.dumps(held, allow_nan=False))["runs"]) == len(runs)


class TestAllowances:
    def test_more_errors_are_noticed_sooner(self) -> None:
        needed = [audits_needed(error, 0.03, SETTINGS) for error in (0.3, 0.6)]
        assert needed[0] > needed[1]
        assert all(list(one) == sorted(one) for one in needed)

    def test_what_never_raises_the_alarm_needs_for_ever(self) -> None:
        assert delays(0.13, 0.1, 0.0, 0.0, streams=3) == (math.inf,) * 3
        assert answers_allowed(math.inf, 0.05) == math.inf

    @pytest.mark.parametrize(("rate", "answers"), [(0.05, 800), (1, 40), (0, math.inf)])
    def test_answers_are_audits_over_their_share(self, rate: float, answers: float) -> None:
        assert answers_allowed(40, rate) == answers

    def test_inputs_wait_for_an_audit(self) -> None:
        every, some, none = (
            questions_allowed(0.8, RouterSettings(audit_rate=rate)) for rate in (1, 0.05, 0)
        )
        assert (some - every, none) == (89, math.inf)


class TestUnjustly:
    def test_only_what_kept_to_the_limit_counts(self) -> None:
        spans = {"good": Span(100, 50, 2), "bad": Span(100, 50, 20)}
        found = tuple(Suspended(name, "audits") for name in ("good", "bad", ALL_SKILLS))
        before = Before(Span(200, 100, 22), spans, True, found, 0.0, 0.0)
        assert before.unjustly(0.1) == ["good"]
        assert before.unjustly(0.3) == ["good", ALL_SKILLS]


class TestAudits:
    """What is kept in memory here decides as `agent.audit` does on a database."""

    @pytest.mark.parametrize(
        "moved", [Condition(0.8, silent=1.0), Condition(0.1, nearest=0.6)], ids=["errors", "inputs"]
    )
    def test_the_same_is_suspended_for_the_same_reason(
        self, tmp_path: Path, moved: Condition
    ) -> None:
        settings = RouterSettings(audit_rate=1, neighbors=4)
        router, world = Router(tmp_path / "certified", settings), World(Nature(), 1)
        distilled = dict.fromkeys((k.name for k in KINDS), SkillStatus.DISTILLED)
        router.certify(Subject("v1", "base", "hash"), world.cases("v1", {}), distilled)
        simulated = Audits(settings, router.usual("v1"))
        with Home(tmp_path).parts(router=settings) as built:
            auditor = Auditor(built.memory, built.system2(), router)
            while not simulated.suspended:
                asked = world.ask("v1", {"rates": moved})
                near = sum(n.similarity for n in asked.neighbors) / len(asked.neighbors)
                simulated.note(asked.skill, near)
                simulated.settle(asked.skill, not asked.seems_right)
                auditor.pick([answered(built, asked, near)])
                auditor.run(1)
                assert built.store.audits.suspended("v1") == simulated.suspended
        assert list(simulated.suspended) == ["rates"]


def answered(built: Parts, asked: Asked, near: float) -> Decision:
    """A fast answer in the log, and System 2's answer in memory."""
    draft = asked.draft
    label = draft.answer if asked.seems_right else "another"
    built.memory.remember([Record(draft.question, label, Status.VERIFIED, asked.skill)])
    made = Decision(draft.question, Route.SYSTEM1, draft.answer, 0.9, 0.8, "sure")
    features = {"mean_similarity": near}
    return built.store.journal.log_decision(
        replace(made, skill=asked.skill, adapter="v1", features=features)
    )


class TestCommand:
    def test_tables_are_printed_and_runs_written(self, tmp_path: Path) -> None:
        path = tmp_path / "new" / "runs.json"
        options = ["--seeds", "1", "--questions", "100", "--audit-rate", "1"]
        done = CliRunner().invoke(
            command.main, [*options, "--overconfidence", "1.5", "--output", str(path)]
        )
        assert done.exit_code == 0
        assert "== after a drift, 100% of the fast answers audited" in done.output
        assert [row["world"] for row in json.loads(path.read_text("utf-8"))["runs"]] == ["usual"]
