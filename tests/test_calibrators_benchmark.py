"""Calibrators held against each other: the methods, the measures, and homes left as they are."""

import hashlib
import json
import math
import re
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from agent.home import Home
from benchmarks import calibrators as command
from benchmarks.calibrating.comparison import (
    METRICS,
    Plan,
    area_under_risk,
    compare,
    confidences,
    log_loss,
)
from benchmarks.calibrating.methods import (
    METHODS,
    ROUTER,
    Floats,
    Fold,
    Method,
    folds_of,
    isotonic,
    only,
    router,
    venn_abers,
    without,
)
from benchmarks.calibrating.worlds import made_up, of_home
from benchmarks.calibrators import Report, in_words, report
from memory.records import (
    BASE,
    Draft,
    Record,
    Skill,
    SkillStatus,
    Split,
    Status,
    question_key,
    split_of,
)
from memory.store import Store
from models.errors import HomeError, InputFileError
from models.scripted import HashEncoder
from router.features import FEATURES, features
from router.place import Evidence, Outcome

ENCODER = HashEncoder(32)
PLAN = Plan(folds=4, repeats=2, draws=60)


@pytest.fixture(scope="module")
def fold() -> Fold:
    world = made_up(160, seed=3)
    known = world.cases[:120]
    evidence = Evidence(
        tuple(
            Outcome(question_key(c.record.question), c.record.skill, bool(c.right)) for c in known
        )
    )
    rows = [
        features(c.judged.draft, c.neighbors, evidence, skill=c.record.skill, k=world.k)
        for c in world.cases
    ]
    return Fold(rows[:120], world.right_N[:120], rows[120:], seed=0)


class TestMethods:
    @pytest.mark.parametrize("name", list(METHODS))
    def test_every_method_gives_probabilities(self, name: str, fold: Fold) -> None:
        said_N = METHODS[name](fold)
        assert said_N.shape == (len(fold.asked),)
        assert ((said_N >= 0) & (said_N <= 1)).all()

    @pytest.mark.parametrize("recalibrated", [isotonic, venn_abers])
    def test_recalibrating_keeps_the_order(self, recalibrated: Method, fold: Fold) -> None:
        order_N = np.argsort(router(fold))
        assert (np.diff(recalibrated(fold)[order_N]) >= -1e-9).all()

    def test_venn_abers_is_never_certain(self, fold: Fold) -> None:
        sure = replace(fold, right_N=np.array([row.mean_logprob > -0.1 for row in fold.known]))
        said_N = venn_abers(sure)
        assert 0 < said_N.min() < said_N.max() < 1

    def test_one_feature_alone_is_all_that_counts(self, fold: Fold) -> None:
        said_N = only("mean_logprob")(fold)
        order_N = np.argsort([row.mean_logprob for row in fold.asked])
        assert (np.diff(said_N[order_N]) >= 0).all()
        changed = replace(fold, asked=[replace(row, near_right=0.0) for row in fold.asked])
        np.testing.assert_array_equal(only("mean_logprob")(changed), said_N)
        np.testing.assert_array_equal(without("near_right")(changed), without("near_right")(fold))

    def test_folds_have_as_many_wrong_ones(self) -> None:
        right_N = np.arange(50) % 5 > 0
        fold_N = folds_of(right_N, 5, seed=1)
        assert np.bincount(fold_N).tolist() == [10] * 5
        assert np.bincount(fold_N[~right_N]).tolist() == [2] * 5
        np.testing.assert_array_equal(fold_N, folds_of(right_N, 5, seed=1))
        assert (fold_N != folds_of(right_N, 5, seed=2)).any()


class TestMeasures:
    def test_log_loss_of_a_certain_error_is_bounded(self) -> None:
        right_N = np.array([True, True, False])
        found = log_loss(np.array([0.8, 0.0, 0.1]), right_N)
        assert found == pytest.approx(-(math.log(0.8) + math.log(1e-3) + math.log(0.9)) / 3)

    def test_area_under_risk(self) -> None:
        right_N = np.array([True, True, False, True])
        assert area_under_risk(np.full(4, 0.5), right_N) == pytest.approx(1 / 4)
        ranked = area_under_risk(np.array([0.9, 0.8, 0.7, 0.6]), right_N)
        assert ranked == pytest.approx((0 + 0 + 1 / 3 + 1 / 4) / 4)

    def test_the_reference_differs_from_itself_by_nothing(self) -> None:
        right_N = np.arange(40) % 3 > 0
        said = {"a": np.where(right_N, 0.8, 0.3)[None], "b": np.full((1, 40), 2 / 3)}
        a, b = compare(said, right_N, PLAN, against="a")
        assert {e.value for e in a.beyond.values()} == {0.0}
        assert {(e.low, e.high) for m, e in a.beyond.items() if m != "ECE"} == {(0.0, 0.0)}
        assert b.beyond["Brier"].low > 0
        assert b.scores["AUROC"].value == 0.5

    def test_each_draft_is_judged_by_a_fit_without_it(self) -> None:
        world = made_up(60, seed=1)
        fitted: list[tuple[int, int]] = []

        def method(fold: Fold) -> Floats:
            fitted.append((len(fold.known), len(fold.asked)))
            return np.full(len(fold.asked), fold.right_N.mean())

        said = confidences(world, {"m": method}, PLAN)["m"]
        assert said.shape == (2, 60)
        assert fitted == [(45, 15)] * 8


@pytest.fixture(scope="module")
def found() -> Report:
    return report(made_up(160, seed=0), Plan(folds=3, repeats=1, draws=60))


class TestReport:
    def test_what_tells_is_told(self, found: Report) -> None:
        scores = {one.name: one.scores for one in found.methods}
        assert scores[ROUTER]["log loss"].value < scores["rate alone"]["log loss"].value
        assert scores[ROUTER]["AUROC"].value > 0.65
        assert scores["mean_logprob as it is"]["ECE"].value > scores[ROUTER]["ECE"].value
        rate = next(one for one in found.methods if one.name == "rate alone")
        assert rate.beyond["log loss"].low > 0

    def test_intervals_hold_their_values(self, found: Report) -> None:
        for one in found.methods:
            for metric in METRICS:
                estimate = one.scores[metric]
                if metric != "ECE":
                    assert estimate.low <= estimate.high
                    assert estimate.low - 0.01 <= estimate.value <= estimate.high + 0.01

    def test_ece_is_shown_without_an_interval(self, found: Report) -> None:
        ece = found.methods[0].scores["ECE"]
        assert np.isnan([ece.low, ece.high]).all()
        assert re.search(rf"{ece.value:.3f} +\d\.\d+ \(", in_words(found))

    def test_what_never_varies_is_worth_nothing(self, found: Report) -> None:
        without_ = {one.name: one.beyond for one in found.without}
        assert without_["-complete"]["log loss"].value == 0.0
        alone = {one.name: one.scores for one in found.alone}
        assert alone["+mean_logprob"]["AUROC"].value > 0.6

    def test_every_feature_and_method_is_in_the_tables(self, found: Report) -> None:
        words = in_words(found)
        for name in (*METHODS, *FEATURES):
            assert f"\n{name} " in words

    def test_too_few_drafts_are_refused(self) -> None:
        with pytest.raises(InputFileError, match=r"has 6 held-out drafts .*, 8 are needed"):
            report(made_up(6, seed=0), PLAN)


def held_out(n: int) -> list[str]:
    named = (f"What is {at} plus {at}?" for at in range(100_000))
    return list(islice((q for q in named if split_of(q) is not Split.TRAIN), n))


def make_home(root: Path, n: int, entropy: float = 0.5) -> Path:
    root.mkdir()
    (root / "config.toml").write_text(f'[memory]\nencoder = "{ENCODER.name}"\n', "utf-8")
    questions = held_out(n)
    with Store(Home(root).database, ENCODER.name, ENCODER.dimension) as store:
        store.journal.save_statuses([Skill("sums", SkillStatus.DISTILLED)])
        records = store.remember_many(
            [Record(q, "4", Status.GOLD, skill="sums") for q in questions],
            ENCODER.encode(questions),
        )
        drafts = [
            Draft(r.question, "4" if at % 3 else "5", "", BASE, -0.1 * (at % 3), -1.0, 1.0, 2)
            for at, r in enumerate(records)
        ]
        drafts = [replace(draft, mean_entropy=entropy) for draft in drafts]
        drafts[-1] = replace(drafts[-1], complete=False)
        store.journal.save_drafts(BASE, {r.id: d for r, d in zip(records, drafts, strict=True)})
    return root


class TestHome:
    def test_its_held_out_drafts_are_read_and_it_is_left_as_it_is(self, tmp_path: Path) -> None:
        root = make_home(tmp_path / "home", 12)
        before = {path: hashlib.sha256(path.read_bytes()).digest() for path in root.iterdir()}
        world = of_home(root)
        assert {p: hashlib.sha256(p.read_bytes()).digest() for p in root.iterdir()} == before
        assert (world.name, set(world.tried), len(world.unmeasured)) == ("home", {"sums"}, 0)
        assert world.right_N.tolist() == [at % 3 > 0 for at in range(11)]  # one was cut
        assert {len(case.neighbors) for case in world.cases} == {12}

    def test_a_feature_that_drafts_lack_counts_for_none(self, tmp_path: Path) -> None:
        world = of_home(make_home(tmp_path / "home", 8, entropy=math.nan))
        assert world.unmeasured == ("mean_entropy",)
        assert {case.judged.draft.mean_entropy for case in world.cases} == {0.0}

    def test_a_folder_without_memory_is_refused(self, tmp_path: Path) -> None:
        with pytest.raises(HomeError, match=r"holds no memory: name a home that has a memory\.db"):
            of_home(tmp_path)


class TestCommand:
    def test_a_home_is_measured_and_written(self, tmp_path: Path) -> None:
        root, output = make_home(tmp_path / "home", 22), tmp_path / "new" / "found.json"
        options = ["--home", str(root), "--repeats", "1", "--draws", "10", "--output", str(output)]
        done = CliRunner().invoke(command.main, options)
        assert done.exit_code == 0, done.output
        assert "home: 21 held-out drafts, 7 wrong" in done.output
        (world,) = json.loads(output.read_text("utf-8"))["worlds"]
        assert (world["drafts"], world["wrong"], world["tried_wrong"]) == (21, 7, 7)

    def test_a_file_that_cant_be_written_is_found_before_the_work(self, tmp_path: Path) -> None:
        (tmp_path / "taken").touch()
        output = tmp_path / "taken" / "found.json"
        done = CliRunner().invoke(command.main, ["--made-up", "20", "--output", str(output)])
        assert done.exit_code == 2
        assert f"{output} can't be written" in " ".join(done.stderr.split())
        assert done.stdout == ""

    def test_a_folder_without_memory_is_one_clear_line(self, tmp_path: Path) -> None:
        done = CliRunner().invoke(command.main, ["--home", str(tmp_path)])
        assert done.exit_code == 1
        assert done.output.startswith("error: ")
        assert len(done.output.strip().splitlines()) == 1

    def test_no_world_is_wrong_usage(self) -> None:
        done = CliRunner().invoke(command.main, [])
        assert done.exit_code == 2
        assert "name at least one" in done.output
