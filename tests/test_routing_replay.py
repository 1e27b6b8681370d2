"""Routing between two models, replayed: the curve's arithmetic, and what must hold on any data."""

import csv
import json
import random
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from benchmarks import routing_replay as command
from benchmarks.routing_replay import Plan, Replayed, as_object, in_words, replay
from benchmarks.two_models.curves import SHARES, curves
from benchmarks.two_models.embeddings import BLOCK, embed
from benchmarks.two_models.questions import Answered, read
from benchmarks.two_models.scores import (
    IdArray,
    NeighborScore,
    Questions,
    RouterScore,
    ScoreArray,
    cross_fit,
    ranks,
    shortness,
)
from benchmarks.two_models.selective import selective
from models.errors import InputFileError
from models.scripted import HashEncoder
from models.types import FloatArray
from router.settings import RouterSettings

ENCODER = HashEncoder(64)
PLAN = Plan(folds=3, draws=50, repeats=3)
WEAK, STRONG = "small/model", "large-model"
RIGHT = {"sums": 0.95, "proofs": 0.1}
"""How often the weak model is right, by subject; the strong one mostly is."""


def answered(n: int = 300) -> list[Answered]:
    source = random.Random(1)
    found = []
    for at in range(n):
        subject = source.choice(list(RIGHT))
        words = " ".join(source.choices(subject * 2, k=4))
        question = f"Which of the {subject} {words} {subject} has number {at}?"
        weak, strong = source.random() < RIGHT[subject], source.random() < 0.9
        found.append(Answered(question, subject, weak, strong))
    return found


def questions_of(items: Sequence[Answered]) -> Questions:
    return Questions(items, ENCODER.encode([item.question for item in items]))


def write(data: Path, items: Sequence[Answered], columns: Sequence[str] = (WEAK, STRONG)) -> None:
    (data / "routellm").mkdir(parents=True)
    with (data / "routellm" / "mmlu_responses.csv").open("w", encoding="utf-8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(["subject", "prompt", *columns, f"{WEAK}_response"])
        for item in items:
            rows.writerow([item.subject, item.question, item.weak, item.strong, "It is\n4."])


class Counting:
    """An encoder that counts what it embeds, and may be killed."""

    def __init__(self, limit: int = 10**9) -> None:
        self.embedded = 0
        self.name, self.dimension = ENCODER.name, ENCODER.dimension
        self._limit = limit

    def encode(self, texts: Sequence[str]) -> FloatArray:
        if self.embedded + len(texts) > self._limit:
            raise KeyboardInterrupt
        self.embedded += len(texts)
        return ENCODER.encode(texts)


class TestQuestions:
    def test_what_was_published_is_read(self, tmp_path: Path) -> None:
        items = [*answered(20), Answered('Two\nlines, "quoted"?', "sums", True, False)]
        write(tmp_path, items)
        assert read(tmp_path, "mmlu") == items

    def test_other_columns_are_refused(self, tmp_path: Path) -> None:
        write(tmp_path, answered(3), columns=[WEAK, STRONG, "third"])
        with pytest.raises(InputFileError, match=r"not as RouteLLM published it: .*third"):
            read(tmp_path, "mmlu")

    def test_an_outcome_is_true_or_false(self, tmp_path: Path) -> None:
        write(tmp_path, answered(3))
        path = tmp_path / "routellm" / "mmlu_responses.csv"
        path.write_text(path.read_text("utf-8").replace("True", "1"), "utf-8")
        with pytest.raises(InputFileError, match="an outcome is '1', not True or False"):
            read(tmp_path, "mmlu")


class TestEmbeddings:
    TEXTS = tuple(f"question {at}?" for at in range(2 * BLOCK + 5))

    def test_a_killed_run_goes_on_where_it_was(self, tmp_path: Path) -> None:
        with pytest.raises(KeyboardInterrupt):
            embed(self.TEXTS, Counting(2 * BLOCK), "weights", tmp_path / "new")
        resumed, again = Counting(), Counting()
        first_ND = embed(self.TEXTS, resumed, "weights", tmp_path / "new")
        second_ND = embed(self.TEXTS, again, "weights", tmp_path / "new")
        assert (resumed.embedded, again.embedded) == (5, 0)
        np.testing.assert_array_equal(first_ND, ENCODER.encode(self.TEXTS))
        np.testing.assert_array_equal(first_ND, second_ND)

    def test_a_damaged_block_is_embedded_again(self, tmp_path: Path) -> None:
        embed(self.TEXTS[:5], Counting(), "weights", tmp_path)
        (path,) = tmp_path.glob("*.npy")
        path.write_bytes(path.read_bytes()[:40])
        again = Counting()
        found_ND = embed(self.TEXTS[:5], again, "weights", tmp_path)
        assert again.embedded == 5
        np.testing.assert_array_equal(found_ND, ENCODER.encode(self.TEXTS[:5]))

    def test_other_texts_and_other_weights_are_other_blocks(self, tmp_path: Path) -> None:
        embed(self.TEXTS[:5], Counting(), "weights", tmp_path)
        other, changed = Counting(), Counting()
        embed(self.TEXTS[1:6], other, "weights", tmp_path)
        embed(self.TEXTS[:5], changed, "other weights", tmp_path)
        assert (other.embedded, changed.embedded) == (5, 5)


class TestCurves:
    def test_the_lowest_go_to_the_strong_model_first(self) -> None:
        gain_N = np.array([0.0, 1.0, -1.0, 1.0, 1.0])
        score_N = np.array([0.9, 0.1, 0.8, 0.2, 0.3])
        (found,) = curves(
            {"a": score_N}, gain_N, 0.4, passage_N=np.arange(5), against="a", draws=5, seed=0
        )
        wanted = np.interp(SHARES, np.arange(6) / 5, 0.4 + np.array([0, 1, 2, 3, 2, 2]) / 5)
        np.testing.assert_allclose(found.accuracy, wanted)
        assert found.recovered[0].value == pytest.approx(1 / 2)
        assert found.beyond.value == 0.0

    def test_equals_go_in_no_order(self) -> None:
        gain_N = np.array([1.0, 1.0, 0.0, 0.0, -1.0])
        (found,) = curves(
            {"a": np.zeros(5)}, gain_N, 0.0, passage_N=np.arange(5), against="a", draws=5, seed=0
        )
        np.testing.assert_allclose(found.accuracy, SHARES * 0.2, atol=1e-12)
        assert found.mean.value == pytest.approx(0.5)
        assert (found.beyond_random.low, found.beyond_random.high) == pytest.approx((0, 0))

    def test_questions_on_one_passage_are_drawn_together(self) -> None:
        source = np.random.default_rng(0)
        gain_N, score_N = (
            np.repeat(source.random(60) < 0.5, 4) * 1.0,
            np.repeat(source.random(60), 4),
        )
        widths = []
        for passage_N in (np.arange(240), np.repeat(np.arange(60), 4)):
            (found,) = curves(
                {"a": score_N}, gain_N, 0.0, passage_N=passage_N, against="a", draws=400, seed=0
            )
            widths.append(found.mean.high - found.mean.low)
        assert widths[1] / widths[0] == pytest.approx(2.0, abs=0.4)  # a fourth as many draws

    def test_ranks_are_the_middles_of_equals(self) -> None:
        assert ranks(np.array([3.0, 1.0, 3.0, 2.0])).tolist() == [0.75, 0.125, 0.75, 0.375]


class TestScores:
    def test_a_question_never_sees_itself_nor_its_copy(self) -> None:
        copies = [Answered("same words here?", None, weak, True) for weak in (True, True)]
        others = [Answered(f"same words {at}?", None, False, True) for at in range(4)]
        questions = questions_of([*copies, *others])
        (score_N,) = NeighborScore(2)(questions, np.arange(1, 6), [np.array([0])])
        assert score_N.tolist() == [0.0]

    def test_what_is_not_judged_is_a_neighbour_only(self) -> None:
        questions = questions_of(answered(200))
        known, asked = np.arange(150), np.arange(150, 200)
        (all_N,), (tenth_N,) = (
            RouterScore(8, every)(questions, known, [asked]) for every in (1, 10)
        )
        (of_tenth_N,) = RouterScore(8, 10)(
            Questions(
                [
                    replace(a, weak=a.weak ^ (at % 10 > 0))
                    for at, a in enumerate(questions.answered)
                ],
                questions.embedding_ND,
            ),
            known,
            [asked],
        )
        assert (all_N != tenth_N).any()
        np.testing.assert_array_equal(tenth_N, of_tenth_N)  # others' outcomes say nothing

    def test_the_longest_question_goes_first(self) -> None:
        items = [Answered("x" * n, None, True, True) for n in (3, 9, 1)]
        assert np.argsort(shortness(questions_of(items))).tolist() == [1, 0, 2]

    def test_subjects_are_skills_only_when_asked_for(self) -> None:
        questions = questions_of(answered(10))
        assert {record.skill for record in questions.records} == {"everything"}
        tagged = replace(questions, tagged=True)
        assert {record.skill for record in tagged.records} == set(RIGHT)

    def test_no_passage_is_torn(self) -> None:
        items = [
            replace(item, question=f"{at // 3} {'as it was read ' * 20} {item.question}")
            for at, item in enumerate(answered(60))
        ]
        questions = questions_of([*items, *answered(30)])
        parts = questions.dealt(4, np.random.default_rng(0))
        assert sorted(np.concatenate(parts).tolist()) == list(range(90))
        passages = [set(questions.passage_N[part].tolist()) for part in parts]
        assert sum(map(len, passages)) == len(set.union(*passages)) == 20 + 30

        def score(_: Questions, known: IdArray, asked: Sequence[IdArray]) -> list[ScoreArray]:
            (group,) = asked
            assert not set(questions.passage_N[known]) & set(questions.passage_N[group])
            return [np.zeros(len(group))]

        cross_fit(questions, score, folds=4, seed=0)

    def test_scores_are_ranks_within_a_fold_and_seeded(self) -> None:
        questions = questions_of(answered(60))
        first_N, second_N, other_N = (
            cross_fit(questions, RouterScore(4), folds=3, seed=seed) for seed in (0, 0, 1)
        )
        np.testing.assert_array_equal(first_N, second_N)
        assert (first_N != other_N).any()
        assert 0 < first_N.min() <= first_N.max() < 1


@pytest.fixture(scope="module")
def replayed() -> Replayed:
    return replay("mmlu", questions_of(answered()), PLAN)


class TestReplay:
    def test_router_lies_between_random_and_oracle(self, replayed: Replayed) -> None:
        mean = {curve.name: curve.mean.value for curve in replayed.curves}
        assert mean["random"] == pytest.approx(0.5)
        assert mean["random"] + 0.1 < mean["router"] <= mean["oracle"]
        assert mean["random"] + 0.1 < mean["router, subjects"] <= mean["oracle"]
        assert next(c for c in replayed.curves if c.name == "router").beyond_random.low > 0

    def test_every_curve_runs_from_weak_to_strong(self, replayed: Replayed) -> None:
        for curve in replayed.curves:
            assert curve.accuracy_at(0.0) == pytest.approx(replayed.weak)
            assert curve.accuracy_at(1.0) == pytest.approx(replayed.strong)
            for estimate in (*curve.recovered, curve.mean, curve.beyond_random, curve.beyond):
                assert estimate.low - 1e-9 <= estimate.value <= estimate.high + 1e-9
        oracle = replayed.curves[-1]
        assert oracle.accuracy_at(replayed.best_calls) == pytest.approx(replayed.best, abs=0.01)

    def test_where_questions_say_nothing_the_router_is_about_random(self) -> None:
        items = answered()
        outcomes = [(item.weak, item.strong) for item in items]
        random.Random(2).shuffle(outcomes)
        mixed = [
            replace(item, subject=None, weak=weak, strong=strong)
            for item, (weak, strong) in zip(items, outcomes, strict=True)
        ]
        found = {c.name: c for c in replay("mmlu", questions_of(mixed), PLAN).curves}
        learned = {f"kNN, {PLAN.neighbors}", "kNN, 100", "router", "router, a tenth judged"}
        assert set(found) == learned | {"random", "length", "oracle"}
        assert abs(found["router"].beyond_random.value) < 0.1

    def test_words_and_json_hold_every_way(self, replayed: Replayed) -> None:
        words = in_words(replayed)
        held = json.loads(json.dumps(as_object(replayed), allow_nan=False))
        for curve in replayed.curves:
            assert f"\n{curve.name} " in words
        assert [curve["name"] for curve in held["curves"]] == [c.name for c in replayed.curves]
        assert len(held["curves"][0]["accuracy"]) == len(held["shares"])


class TestSelective:
    def test_what_is_certified_holds(self) -> None:
        settings = RouterSettings(neighbors=8)
        found = selective(questions_of(answered(600)), settings, repeats=5, seed=0)
        loose = found[-1]
        assert (loose.max_error, loose.certified) == (0.3, 5)
        assert loose.coverage > 0.3
        assert loose.error <= 0.3
        assert [one.coverage for one in found] == sorted(one.coverage for one in found)

    def test_a_model_that_is_always_wrong_serves_nothing(self) -> None:
        items = [replace(item, weak=False) for item in answered(90)]
        found = selective(questions_of(items), RouterSettings(), repeats=2, seed=0)
        assert [(one.certified, one.coverage) for one in found] == [(0, 0.0)] * len(found)
        assert all(np.isnan(one.error) for one in found)


class TestCommand:
    def test_data_that_lacks_a_set_is_one_clear_line(self, tmp_path: Path) -> None:
        done = CliRunner().invoke(command.main, ["--data", str(tmp_path)])
        assert done.exit_code == 1
        assert "gsm8k_responses.csv can't be read: No such file" in done.output
        assert len(done.output.strip().splitlines()) == 1

    @pytest.mark.parametrize("n", [0, 19])
    def test_a_file_with_too_few_questions_is_one_clear_line(self, tmp_path: Path, n: int) -> None:
        write(tmp_path, answered(n))
        done = CliRunner().invoke(command.main, ["--data", str(tmp_path), "--set", "mmlu"])
        assert done.exit_code == 1
        assert f"mmlu_responses.csv has {n} questions, 20 are needed" in done.output
        assert len(done.output.strip().splitlines()) == 1

    def test_data_in_another_layout_is_one_clear_line(self, tmp_path: Path) -> None:
        write(tmp_path, answered(3), columns=["only one"])
        done = CliRunner().invoke(command.main, ["--data", str(tmp_path), "--set", "mmlu"])
        assert done.exit_code == 1
        assert done.output.startswith("error: ")
        assert "is not as RouteLLM published it" in done.output
        assert len(done.output.strip().splitlines()) == 1
