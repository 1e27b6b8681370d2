"""The benchmarks' arithmetic, and the questions they ask; nothing is timed here."""

import importlib
import importlib.util
import json
import math
import re
import sys
from dataclasses import asdict, replace
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from agent.config import Settings
from benchmarks import __main__ as command
from benchmarks.kinds import FIRST_NAMES, KINDS, LAST_NAMES, generate
from benchmarks.measure import (
    Conditions,
    Result,
    Setup,
    Target,
    alternate,
    ratios,
    read_results,
    spread,
    summarise,
    write_results,
)
from benchmarks.records import LEARNABLE, RESISTANT, examples
from benchmarks.suite import BENCHMARKS

CONDITIONS = Conditions("some-model", "float32", "some processor", "2026-11-23")
KEYS = ["ratio", "low", "high", "target", "met", "model", "weights", "processor", "date"]


def test_two_things_are_measured_in_turn() -> None:
    order: list[str] = []

    def a() -> float:
        order.append("a")
        return 6.0

    def b() -> float:
        order.append("b")
        return float(len(order))

    pairs = alternate(a, b, 3)
    assert order == ["a", "b"] * 3
    assert ratios(pairs) == (3.0, 1.5, 1.0)


@pytest.mark.parametrize(
    ("target", "ratio", "met"),
    [
        (Target(2.0), 2.0, True),
        (Target(2.0), 1.999, False),
        (Target(2.0), 7.0, True),
        (Target(0.2, at_most=True), 0.2, True),
        (Target(0.2, at_most=True), 0.201, False),
        (Target(0.2, at_most=True), 0.01, True),
        (Target(1.0), math.nan, False),
        (Target(1.0, at_most=True), math.nan, False),
    ],
)
def test_a_target_is_met_in_its_own_direction(target: Target, ratio: float, met: bool) -> None:
    assert target.met_by(ratio) is met


def test_a_target_says_its_direction() -> None:
    assert [str(Target(2.0)), str(Target(0.2, at_most=True))] == [">= 2", "<= 0.2"]


@given(st.lists(st.floats(0.01, 100), min_size=1), st.floats(0.01, 100), st.booleans())
def test_a_result_lies_within_its_spread(values: list[float], bound: float, at_most: bool) -> None:
    result = summarise(values, Target(bound, at_most))
    assert (result.low, result.high) == (min(values), max(values))
    assert result.low <= result.ratio <= result.high
    assert sum(v <= result.ratio for v in values) * 2 >= len(values)
    assert sum(v >= result.ratio for v in values) * 2 >= len(values)


def test_the_median_decides() -> None:
    result = summarise([1.0, 2.5, 9.0, 2.1, 0.5], Target(2.0))
    assert result == Result(2.1, 0.5, 9.0, Target(2.0))
    assert result.met


@pytest.mark.parametrize("values", [[], [1.0, math.nan], [math.inf]])
def test_what_is_no_ratio_is_refused(values: list[float]) -> None:
    with pytest.raises(ValueError, match="finite and at least one"):
        summarise(values, Target(1.0))


def test_a_spread_reads_as_words() -> None:
    assert spread([2.0, 1.0, 4.0], " s") == "2 s (1 to 4)"


def test_results_have_the_promised_form_and_keep_the_others(tmp_path: Path) -> None:
    path = tmp_path / "new" / "results.json"
    old = Result(1.23456, 1.0, 2.0, Target(1.0))
    new = Result(0.1, 0.05, 0.3, Target(0.2, at_most=True))
    names = ["sampling", "training", "gone"]
    write_results(path, {"training": old, "gone": old}, replace(CONDITIONS, date="before"), names)
    write_results(path, {"sampling": new}, CONDITIONS, names[:2])
    values = json.loads(path.read_text("utf-8"))
    assert list(values) == ["sampling", "training"]
    assert [list(value) for value in values.values()] == [KEYS, KEYS]
    wanted = {"ratio": 0.1, "low": 0.05, "high": 0.3, "target": 0.2, "met": True}
    assert values["sampling"] == wanted | asdict(CONDITIONS)
    assert values["training"]["date"] == "before"
    assert values["training"]["ratio"] == 1.235
    assert values["training"]["met"] is True


@pytest.mark.parametrize("text", ["[1]", "{", ""])
def test_a_file_that_holds_no_results_is_left_alone(tmp_path: Path, text: str) -> None:
    path = tmp_path / "results.json"
    path.write_text(text, "utf-8")
    with pytest.raises(ValueError, match="does not hold results"):
        read_results(path)
    assert path.read_text("utf-8") == text


def test_every_benchmark_leads_to_a_function() -> None:
    for benchmark in BENCHMARKS.values():
        module, _, function = benchmark.source.partition(":")
        spec = importlib.util.find_spec(module)
        assert spec is not None, module
        assert spec.origin is not None
        assert f"\ndef {function}(setup: Setup) -> Measured:" in Path(spec.origin).read_text(
            "utf-8"
        )


_SMALL_BENCHMARK = """
from benchmarks.measure import Measured

SETUPS = []


def measure(setup):
    SETUPS.append(setup)
    return Measured((1.0, 3.0, 2.0), "three figures")
"""


class TestCommand:
    @pytest.fixture(autouse=True)
    def measured(self, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Setup]:
        """Every name leads to a small benchmark: it says 1.0, 3.0 and 2.0, and how it was asked."""
        (tmp_path / "small_benchmark.py").write_text(_SMALL_BENCHMARK, "utf-8")
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "small_benchmark", raising=False)
        for name, benchmark in BENCHMARKS.items():
            small = replace(benchmark, source="small_benchmark:measure")
            monkeypatch.setitem(BENCHMARKS, name, small)
        for name in ("OMP_WAIT_POLICY", "TOKENIZERS_PARALLELISM"):
            monkeypatch.setenv(name, "set")
        setups: list[Setup] = importlib.import_module("small_benchmark").SETUPS
        return setups

    def test_all_are_run_told_and_written(self, tmp_path: Path) -> None:
        path = tmp_path / "results.json"
        done = CliRunner().invoke(command.main, ["--output", str(path)])
        assert done.exit_code == 0, done.output
        values = json.loads(path.read_text("utf-8"))
        assert list(values) == list(BENCHMARKS)
        told = (2.0, 1.0, 3.0, 2.0, True, Settings().system1.model)
        assert list(values["sampling"]) == KEYS
        assert tuple(values["sampling"].values())[:6] == told
        assert all(values["sampling"][key] for key in ("weights", "processor", "date"))
        assert values["help_time"]["met"] is False
        lines = done.stdout.splitlines()
        assert lines[0].split()[:6] == ["name", "ratio", "low", "high", "target", "met"]
        assert lines[1].split()[:7] == ["sampling", "2", "1", "3", ">=", "2", "yes"]
        assert "three figures" in done.stdout

    def test_those_named_are_run_with_what_was_asked(
        self, tmp_path: Path, measured: list[Setup]
    ) -> None:
        options = ["sampling", "training", "--runs", "6", "--model", "some-model"]
        path = tmp_path / "results.json"
        done = CliRunner().invoke(command.main, [*options, "--output", str(path)])
        assert done.exit_code == 0, done.output
        assert list(json.loads(path.read_text("utf-8"))) == ["sampling", "training"]
        assert [(s.model, s.runs) for s in measured] == [("some-model", 6)] * 2
        assert not measured[0].folder.exists()

    def test_a_trial_of_few_runs_is_not_written(self, tmp_path: Path) -> None:
        path = tmp_path / "results.json"
        options = ["sampling", "--runs", "4", "--output", str(path)]
        done = CliRunner().invoke(command.main, options)
        assert done.exit_code == 0, done.output
        assert "nothing was written" in done.stderr
        assert not path.exists()

    def test_an_unknown_name_is_wrong_usage(self) -> None:
        done = CliRunner().invoke(command.main, ["speed"])
        assert done.exit_code == 2
        assert "'speed' is not one of" in done.stderr

    def test_a_file_of_something_else_is_found_before_the_work(
        self, tmp_path: Path, measured: list[Setup]
    ) -> None:
        path = tmp_path / "results.json"
        path.write_text("[]", "utf-8")
        done = CliRunner().invoke(command.main, ["sampling", "--output", str(path)])
        assert done.exit_code == 1
        assert measured == []

    def test_the_results_of_another_model_are_left_alone(
        self, tmp_path: Path, measured: list[Setup]
    ) -> None:
        path = tmp_path / "results.json"
        result = Result(1.0, 1.0, 1.0, Target(1.0))
        write_results(path, {"sampling": result}, CONDITIONS, BENCHMARKS)
        before = path.read_text("utf-8")
        options = ["training", "--model", "other", "--output", str(path)]
        done = CliRunner().invoke(command.main, options)
        assert done.exit_code == 1
        assert "holds results of some-model: name another --output" in str(done.exception)
        assert measured == []
        assert path.read_text("utf-8") == before


def last_letters(question: str) -> str:
    first, last = re.findall(r"(\w)\b", question.split('"')[1])
    return first + last


def turns(question: str) -> str:
    return "no" if len(re.findall(r"\w+ flips the \w+\.", question)) % 2 else "yes"


def products(question: str) -> str:
    a, b = map(int, re.findall(r"\d+", question))
    return str(sum(a for _ in range(b)))


SOLVERS = {
    "last letters": last_letters,
    "coin flips": turns,
    "pancakes": turns,
    "3-digit products": products,
}


class TestKinds:
    def test_every_kind_has_a_solver_here(self) -> None:
        assert set(SOLVERS) == set(KINDS)

    @pytest.mark.parametrize("kind", KINDS)
    def test_answers_are_right(self, kind: str) -> None:
        items = generate({kind: 200}, seed=5)
        assert [item.answer for item in items] == [SOLVERS[kind](i.question) for i in items]
        assert len({item.answer for item in items}) > 1

    def test_the_seed_makes_the_questions(self) -> None:
        counts = dict.fromkeys(KINDS, 20)
        assert generate(counts, seed=3) == generate(counts, seed=3)
        assert generate(counts, seed=3) != generate(counts, seed=4)

    def test_counts_are_kept_and_no_question_comes_twice(self) -> None:
        counts = {kind: 10 + at for at, kind in enumerate(KINDS)}
        items = generate(counts, seed=2)
        assert {kind: sum(i.kind == kind for i in items) for kind in KINDS} == counts
        assert len({item.question for item in items}) == len(items)

    def test_known_questions_do_not_come_again(self) -> None:
        counts = dict.fromkeys(KINDS, 100)
        known = frozenset(item.question for item in generate(counts, seed=7))
        unseen = generate(counts, seed=7, known=known)
        assert known.isdisjoint(item.question for item in unseen)
        assert len(unseen) == len(known)

    def test_the_kinds_are_mixed(self) -> None:
        kinds = [item.kind for item in generate(dict.fromkeys(KINDS, 30), seed=8)]
        assert kinds != sorted(kinds, key=list(KINDS).index)

    def test_too_many_are_refused(self) -> None:
        question = 'Take the last letters of the words in "{} {}" and concatenate them.'
        known = frozenset(question.format(a, b) for a in FIRST_NAMES for b in LAST_NAMES)
        with pytest.raises(ValueError, match="last letters: only 0 of 1 different"):
            generate({"last letters": 1}, seed=0, known=known)


def test_records_to_train_on_are_of_what_can_be_learned() -> None:
    known = frozenset(item.question for item in generate(dict.fromkeys(KINDS, 20), seed=9))
    made = examples(97, seed=9, known=known)
    assert [example.record_id for example in made] == list(range(1, 98))
    assert known.isdisjoint(example.question for example in made)
    assert RESISTANT in KINDS
    assert RESISTANT not in LEARNABLE
    assert not any(re.search("product of", example.question) for example in made)
