import json
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from agent import switch
from agent.home import CONSOLIDATION
from memory.records import Route, SkillStatus, Split, Status
from router.policy import Policy
from tests.agent.world import ROOT, Done, World, question_of

Run = Callable[..., Done]


@pytest.fixture
def distilled(world: World) -> World:
    world.learn(range(240))
    world.distil("v1")
    return world


@pytest.fixture
def twice(distilled: World) -> World:
    """Two versions; under the second the skill could not be learned."""
    distilled.distil("v2", SkillStatus.RESISTANT)
    return distilled


def statuses(world: World) -> list[SkillStatus]:
    with world.parts() as built:
        return [skill.status for skill in built.store.journal.skills()]


def test_an_empty_home(world: World, run: Run) -> None:
    assert json.loads(run(world.env, "adapters", "list", "--json").out) == {
        "active": "base",
        "adapters": [],
    }
    assert "no adapter yet" in run(world.env, "adapters", "list").err
    done = run(world.env, "adapters", "rollback")
    assert (done.code, done.out) == (1, "")
    assert "nothing to roll back" in done.err


def test_list_and_show(twice: World, run: Run) -> None:
    found = json.loads(run(twice.env, "adapters", "list", "--json").out)
    assert found["active"] == "v2"
    assert [(a["version"], a["status"]) for a in found["adapters"]] == [
        ("v1", "retired"),
        ("v2", "active"),
    ]
    assert "better on codes" in run(twice.env, "adapters", "list").out
    shown = json.loads(run(twice.env, "adapters", "show", "v1", "--json").out)
    assert shown["records"] == len(shown["record_ids"]) > 100
    assert "wrong" in shown["router"]
    text = run(twice.env, "adapters", "show", "v2").out
    assert text.startswith("v2: active, made 2025-03-01")
    assert "gate: better on codes; worse on none" in text


def test_an_unknown_version_is_one_line(distilled: World, run: Run) -> None:
    for verb in ("show", "promote"):
        done = run(distilled.env, "adapters", verb, "v7")
        assert done.code == 1
        assert "unknown adapter 'v7' (did you mean 'v1'?)" in done.err


def test_promote_restores_the_statuses_of_its_consolidation(twice: World, run: Run) -> None:
    assert statuses(twice) == [SkillStatus.RESISTANT]
    found = json.loads(run(twice.env, "adapters", "promote", "v1", "--json").out)
    assert (found["active"], found["previous"]) == ("v1", "v2")
    assert list(found["skills"].values()) == ["distilled"]
    assert found["certified"] == list(found["skills"])
    assert statuses(twice) == [SkillStatus.DISTILLED]
    with twice.parts() as built:
        decision = built.agent().ask(question_of(1_001), policy=Policy.AUTO).decision
        assert (decision.route, decision.adapter) == (Route.SYSTEM1, "v1")


def test_rollback_goes_to_the_version_before_and_then_to_the_base(twice: World, run: Run) -> None:
    assert run(twice.env, "adapters", "rollback").out.startswith("active: v1 (before: v2)\n")
    assert statuses(twice) == [SkillStatus.DISTILLED]
    done = run(twice.env, "adapters", "rollback")
    assert done.out.startswith("active: base (before: v1)\n")
    assert "is learning now" in done.out
    assert "every question goes to System 2: the base answers only when asked to" in done.out
    assert statuses(twice) == [SkillStatus.LEARNING]
    with twice.parts() as built:
        assert built.agent().ask(question_of(1_001), policy=Policy.AUTO).decision.route is (
            Route.SYSTEM2
        )
    assert run(twice.env, "adapters", "rollback").code == 1


def test_rollback_passes_over_versions_of_another_base(distilled: World, run: Run) -> None:
    Path(distilled.settings.system1.model, "config.json").write_text('{"other": 1}')
    distilled.distil("v2")
    assert run(distilled.env, "adapters", "rollback").out.startswith("active: base (before: v2)\n")


@pytest.mark.parametrize("args", [("rollback",), ("promote", "v1")])
def test_labels_that_changed_meanwhile_count(twice: World, run: Run, args: tuple[str, ...]) -> None:
    """Half of what v1's certificate stands on was refuted while v2 was active."""
    with twice.parts() as built:
        held = built.store.records(splits=[Split.CALIBRATION])
        for record in held[::2]:
            built.store.mark(record.id, Status.REFUTED)
        assert switch.certified(built, "v1").skills, "as if nobody had judged anything"
    done = run(twice.env, "adapters", *args)
    assert done.code == 0
    assert "every question goes to System 2: adapter 'v1' is not certified" in done.out
    with twice.parts() as built:
        decision = built.agent().ask(question_of(1_001), policy=Policy.AUTO).decision
        assert decision.route is Route.SYSTEM2


def test_a_switch_loads_no_weights(twice: World) -> None:
    with twice.parts() as built:
        del built.student
        assert switch.rollback(built).certified.skills
        assert switch.promote(built, "v2").certified.skills == ()
        assert "student" not in vars(built)


def test_where_it_cannot_be_certified_again_system2_answers(twice: World, run: Run) -> None:
    env = twice.env | {"SECONDNATURE_MEMORY__ENCODER": "all-minilm-l6-v2"}
    done = run(env, "adapters", "rollback")
    assert done.code == 0
    assert "active: v1" in done.out
    said = "every question goes to System 2: adapter 'v1' could not be certified again ("
    assert said in done.out
    assert "is not pulled yet" in done.out
    assert "`secondnature adapters promote v1` does it" in done.out
    with twice.parts() as built:
        assert switch.certified(built, "v1").why == (
            "adapter 'v1' has no calibrator yet; "
            "the idle daemon or `secondnature adapters promote v1` certifies it"
        )
    assert "router: 0 wrong of" in run(twice.env, "adapters", "promote", "v1").out


def test_a_certificate_that_cannot_be_withdrawn_is_said(distilled: World, run: Run) -> None:
    with distilled.parts() as built:
        path = built.router.path("v1")
    path.unlink()
    path.mkdir()
    done = run(distilled.env, "adapters", "promote", "v1")
    assert done.code == 1
    assert f"{path} cannot be removed" in done.err


def test_an_adapter_of_another_base_is_refused_and_nothing_changes(
    twice: World, run: Run, tiny_model: Path
) -> None:
    env = twice.env | {"SECONDNATURE_SYSTEM1__MODEL": str(tiny_model)}
    done = run(env, "adapters", "promote", "v1")
    assert done.code == 1
    assert "was trained on" in done.err
    assert statuses(twice) == [SkillStatus.RESISTANT]
    assert json.loads(run(env, "adapters", "list", "--json").out)["active"] == "v2"


def test_a_rollback_needs_no_model(twice: World, run: Run) -> None:
    env = twice.env | {"SECONDNATURE_SYSTEM1__MODEL": "smollm2-135m-instruct"}
    done = run(env, "adapters", "rollback")
    assert done.code == 0
    assert "is not pulled yet" in done.out


def test_promoting_the_active_version_puts_statuses_right(distilled: World) -> None:
    with distilled.parts() as built:
        skills = built.store.journal.skills()
        built.store.journal.save_statuses(
            [type(s)(s.name, SkillStatus.LEARNING, centroid_D=s.centroid_D) for s in skills]
        )
        switched = switch.promote(built, "v1")
        assert (switched.active, switched.previous) == ("v1", "v1")
    assert statuses(distilled) == [SkillStatus.DISTILLED]


def test_a_running_consolidation_comes_first(distilled: World, run: Run) -> None:
    with distilled.home.alone(CONSOLIDATION, "a consolidation"):
        for args in (("promote", "v1"), ("rollback",)):
            done = run(distilled.env, "adapters", *args)
            assert done.code == 1
            assert "is already running" in done.err
    assert statuses(distilled) == [SkillStatus.DISTILLED]


def test_export_copies_the_folder(distilled: World, run: Run) -> None:
    target = distilled.root / "out"
    done = run(distilled.env, "adapters", "export", "v1", str(target))
    assert done.code == 0
    assert {path.name for path in target.iterdir()} == {
        "adapter_config.json",
        "adapter_model.safetensors",
        "manifest.json",
    }
    assert run(distilled.env, "adapters", "export", "v1", str(target)).code == 1


def test_a_switch_loads_no_engine_and_takes_no_time(distilled: World) -> None:
    program = (
        "import sys\nfrom agent.cli import main\n"
        "try:\n main(['adapters', 'rollback'])\n"
        "except SystemExit: print([n for n in ('torch', 'transformers', 'faiss', 'peft')"
        " if n in sys.modules])\n"
    )
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **distilled.env},
        check=True,
    )
    assert time.perf_counter() - start < 60, "about a second on an idle machine"
    assert done.stdout.splitlines()[-1] == "[]"


# Skills


def test_skills_show_how_far_system1_is(twice: World, run: Run) -> None:
    (skill,) = json.loads(run(twice.env, "skills", "list", "--json").out)["skills"]
    assert skill["status"] == "resistant"
    assert skill["records"] == skill["verified"] == skill["train"] + skill["holdout"] == 240
    assert skill["accuracy"] == 1.0
    assert skill["certified"] is False
    run(twice.env, "adapters", "promote", "v1")
    (skill,) = json.loads(run(twice.env, "skills", "list", "--json").out)["skills"]
    assert (skill["status"], skill["certified"]) == ("distilled", True)
    name = skill["skill"]
    assert name in run(twice.env, "skills", "list").out
    shown = json.loads(run(twice.env, "skills", "show", name, "--json").out)
    assert [verdict["status"] for verdict in shown["history"]] == ["distilled", "resistant"]
    assert len(shown["questions"]) == 5
    text = run(twice.env, "skills", "show", name).out
    assert "found by itself" in text
    assert question_of(239) in text
    done = run(twice.env, "skills", "show", "telepathy")
    assert done.code == 1
    assert f"there are: {name}" in done.err


def test_no_skills(world: World, run: Run) -> None:
    assert json.loads(run(world.env, "skills", "list", "--json").out) == {"skills": []}
    assert run(world.env, "skills", "list").code == 0
