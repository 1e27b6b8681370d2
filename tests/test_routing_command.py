"""The command of the head to head: what it needs, how a run is called."""

import json
from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import pytest
from click.testing import CliRunner

from benchmarks import routing_peers as command
from benchmarks.routing.forms import skills
from benchmarks.routing.run import Plan
from models.errors import InputFileError

needs_gym = pytest.mark.skipif(
    find_spec("reasoning_gym") is None, reason="reasoning-gym is of the bench extra"
)


class TestCommand:
    def test_data_is_needed(self) -> None:
        done = CliRunner().invoke(command.main, [])
        assert done.exit_code == 2
        assert "Missing option '--data'" in done.output

    @needs_gym
    def test_data_that_lacks_the_set_is_one_clear_line(self, tmp_path: Path) -> None:
        options = ["--data", str(tmp_path), "--runs", str(tmp_path / "runs")]
        done = CliRunner().invoke(command.main, options)
        assert done.exit_code == 1
        assert "--data names the folder" in done.output
        assert len(done.output.strip().splitlines()) == 1
        assert not (tmp_path / "runs").exists()

    @needs_gym
    def test_a_model_that_is_not_there_is_one_clear_line(self, tmp_path: Path) -> None:
        rows = [(f"please do {n % 8} number {n}", f"intent {n % 8}") for n in range(400)]
        (tmp_path / "clinc150").mkdir()
        (tmp_path / "clinc150" / "data_full.json").write_text(json.dumps({"train": rows}), "utf-8")
        options = ["--data", str(tmp_path), "--runs", str(tmp_path / "runs"), "--per-skill", "4"]
        done = CliRunner().invoke(command.main, [*options, "--items", "20", "--model", "no/such"])
        assert done.exit_code == 1
        assert "no/such" in done.output.splitlines()[-1]
        assert "error: " in done.output

    def test_the_extra_is_asked_for(self) -> None:
        with pytest.raises(InputFileError, match=r"no_such_module is not installed: pip install"):
            command.require("no_such_module")

    def test_another_seed_is_another_run(self) -> None:
        plan = Plan(per_skill=160, items=400, nights=2, batch=16, seed=7)
        assert command.folder_name("my/model", plan) == "my-model-160-2-7"
        assert command.repeating("my/model", plan) == (
            "python -m benchmarks.routing_peers --data DATA --model my/model --per-skill 160 "
            "--nights 2 --items 400 --seed 7 --batch 16"
        )

    def test_chosen_skills_and_a_reviewer_make_another_run(self) -> None:
        two = ("last letters", "coin flips")
        plan = Plan(per_skill=160, items=400, only=two, reviewed=30)
        name = "my-model-160-1-0-last-letters-coin-flips-reviewed-30"
        assert command.folder_name("my/model", plan) == name
        assert command.repeating("my/model", plan) == (
            "python -m benchmarks.routing_peers --data DATA --model my/model --per-skill 160 "
            "--nights 1 --items 400 --skill 'last letters' --skill 'coin flips' --reviewed 30 "
            "--seed 0 --batch 1"
        )
        another = replace(plan, stream_seed=3)
        assert command.folder_name("my/model", another) == name, "the log is learned once"
        assert command.repeating("my/model", another).endswith("--seed 0 --stream-seed 3 --batch 1")
        assert another.log == plan.log
        plain = Plan(per_skill=160, items=400)
        assert plan.log == {**plain.log, "skills": two, "reviewed": 30}

    def test_a_skill_that_is_not_there_is_named(self) -> None:
        known = skills()
        assert command.chosen(known, []) == known
        assert [s.name for s in command.chosen(known, ["pancakes", "coin flips"])] == [
            "coin flips",
            "pancakes",
        ]
        assert command.drifting(known) == "coin flips"
        assert command.drifting(command.chosen(known, ["pancakes", "gcd"])) == "pancakes"
        with pytest.raises(InputFileError, match="no skill is named 'poker'; there are: last let"):
            command.chosen(known, ["poker"])
