"""The paper's table: its arithmetic, what is wanted of it, its Markdown, and a run that goes on."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from agent.build import Parts
from agent.config import load_settings
from agent.home import Home
from benchmarks.replication import biased, coin_flip, gsm8k, judging, last_letters
from benchmarks.replication.distil import Distillation
from benchmarks.replication.items import Item
from benchmarks.replication.result import Cell, Result, read_results, relations, write_results
from benchmarks.replication.run import BLOCK, Run
from benchmarks.replication.score import Figures, Given, figures, wilson
from benchmarks.replication.suite import SYSTEM1, Suite, distilled
from benchmarks.replication.table import cell, markdown
from models.errors import InputFileError
from models.scripted import HashEncoder, ScriptedLM
from models.types import Prompt
from trainer.student import INSTRUCTION

ENCODER = HashEncoder(64)
RR2, BSM, VOTES = "rephrase_and_respond_2", "branch_solve_merge", "self_consistency"


class TestFigures:
    @pytest.mark.parametrize(
        ("share", "n", "low", "high"),
        [(0.5, 10, 0.2366, 0.7634), (0.0, 10, 0.0, 0.2775), (0.98, 200, 0.9497, 0.9922)],
    )
    def test_intervals_are_wilsons(self, share: float, n: int, low: float, high: float) -> None:
        assert wilson(share, n) == pytest.approx((low, high), abs=1e-4)

    def test_accuracy_tokens_and_what_cannot_be_read(self) -> None:
        items = [Item(f"{n}?", (str(n), "all"), "p") for n in range(4)]
        said = ["0", "all", "7", None]
        given = {i.key: Given(a, 10 + n) for n, (i, a) in enumerate(zip(items, said, strict=True))}
        found = figures(items, given)
        assert (found.questions, found.units, found.accuracy) == (4, 4, 0.5)
        assert (found.tokens, found.unparseable, found.inconsistency) == (11.5, 0.25, None)

    def test_forms_of_one_item_count_once_in_the_interval(self) -> None:
        forms = [Item(f"{n}?", ("1",), "p", of=str(n % 10)) for n in range(40)]
        found = figures(
            forms, {f.key: Given("1" if n % 2 else "2", 1) for n, f in enumerate(forms)}
        )
        assert found.units == 10
        assert (found.low, found.high) == pytest.approx(wilson(0.5, 10))

    def test_orders_are_consistent_when_one_answer_wins_in_both(self) -> None:
        verdicts = [("A", "Answer B"), ("b", "A"), ("C", "C"), ("A", "A"), ("C", "A"), (None, None)]
        items, given = [], {}
        for number, both in enumerate(verdicts):
            for order, verdict in enumerate(both):
                asked = f"Which is better?\n{number}\nAnswer A:\n{order}\nAnswer B:\n2"
                item = Item(asked, ("AB"[order],), "p", of=str(number))
                items.append(item)
                given[item.key] = Given(verdict, 4)
        found = figures(items, given, paired=True)
        assert found.inconsistency == pytest.approx(3 / 6)
        assert found.accuracy == pytest.approx(3 / 12)


def made(accuracy: float, tokens: float, inconsistency: float | None = None) -> Figures:
    return Figures(200, 200, accuracy, *wilson(accuracy, 200), tokens, 0.0, inconsistency)


def taught(teacher: str, version: str | None = "v1", *, promoted: bool = True) -> Distillation:
    reason = "better on it; worse on none" if promoted else "better on no skill"
    return Distillation(teacher, 400, 100, 98, 12_345, version, 80, promoted, reason)


def result_of(
    suite: Suite,
    cells: Mapping[tuple[str, str], Figures],
    *distillations: Distillation,
    model: str = "tiny",
) -> Result:
    listed = tuple(Cell(part, column, figures) for (part, column), figures in cells.items())
    return Result(
        suite=suite.name,
        model=model,
        fingerprint="f",
        date="2025-03-01",
        command=f"python -m benchmarks.paper --model {model}",
        train=400,
        cells=listed,
        distillations=distillations,
        relations=relations(suite, listed, distillations),
    )


def reached(result: Result) -> list[bool]:
    return [relation.reached for relation in result.relations]


class TestRelations:
    def test_last_letters(self) -> None:
        def of(accuracy: float, tokens: float) -> Result:
            cells = {
                ("two words", SYSTEM1): made(0.1, 6.0),
                ("two words", RR2): made(0.5, 60.0),
                ("two words", distilled(RR2)): made(accuracy, tokens),
            }
            return result_of(last_letters.SUITE, cells, taught(RR2), taught(VOTES))

        assert reached(of(0.5, 6.0)) == [True, True]
        assert reached(of(0.495, 6.1)) == [False, False]

    def test_coins(self) -> None:
        def of(accuracy: float, tokens: float) -> Result:
            cells = {
                ("two people", SYSTEM1): made(0.5, 6.0),
                ("two people", RR2): made(0.77, 60.0),
                ("two people", distilled(RR2)): made(accuracy, tokens),
            }
            return result_of(coin_flip.SUITE, cells, taught(RR2))

        assert reached(of(0.75, 30.0)) == [True, True]
        assert reached(of(0.74, 30.5)) == [False, False]

    def test_biased_and_unbiased_have_bars_of_their_own(self) -> None:
        method = "system2_attention"
        accuracy = {
            ("biased", SYSTEM1): 0.2,
            ("biased", method): 0.6,
            ("biased", distilled(method)): 0.6,
            ("unbiased", SYSTEM1): 0.9,
            ("unbiased", method): 0.8,
            ("unbiased", distilled(method)): 0.85,
        }
        cells = {place: made(share, 5.0) for place, share in accuracy.items()}
        assert reached(result_of(biased.SUMS, cells, taught(method))) == [True, False]

    def test_judging_wants_half_the_inconsistency_on_each_set(self) -> None:
        cells = {
            (part, column): made(accuracy, 4.0, inconsistency)
            for part, mine in (("LLMBar Natural", 0.1), ("MT-Bench", 0.11))
            for column, accuracy, inconsistency in (
                (SYSTEM1, 0.5, 0.9),
                (BSM, 0.6, 0.2),
                (distilled(BSM), 0.6, mine),
            )
        }
        assert reached(result_of(judging.SUITE, cells, taught(BSM))) == [True, True, False, True]

    @pytest.mark.parametrize("promoted", [True, False])
    def test_problems_are_to_be_refused(self, promoted: bool) -> None:
        method = "chain_of_thought"
        columns = (SYSTEM1, method, distilled(method))
        cells = {("problems", column): made(0.1, 5.0) for column in columns}
        result = result_of(gsm8k.SUITE, cells, taught(method, promoted=promoted))
        assert reached(result) == [not promoted]

    def test_what_was_never_distilled_was_not_reached(self) -> None:
        cells = {("two words", column): made(0.5, 5.0) for column in (SYSTEM1, RR2)}
        result = result_of(last_letters.SUITE, cells, taught(RR2, version=None))
        assert reached(result) == [False, False]
        assert "(nothing was distilled)" in result.relations[0].words


class TestTable:
    def test_a_result_survives_its_file(self, tmp_path: Path) -> None:
        cells = {("two words", SYSTEM1): made(0.5, 5.0)}
        result = result_of(last_letters.SUITE, cells, taught(RR2, version=None))
        write_results(tmp_path / "paper.json", [result])
        assert read_results(tmp_path / "paper.json") == [result]

    def test_a_file_that_holds_no_results_says_so(self, tmp_path: Path) -> None:
        assert read_results(tmp_path / "paper.json") == []
        (tmp_path / "paper.json").write_text('[{"suite": 1}]')
        with pytest.raises(InputFileError, match=r"paper\.json holds no results"):
            read_results(tmp_path / "paper.json")

    def test_a_cell_reads_as_in_the_paper(self) -> None:
        assert cell(made(0.98, 25.5)) == "98.0 / 25.5"
        assert cell(made(0.584, 4.0, 0.122)) == "58.4; 12.2 / 4.0"
        assert cell(None) == "-"

    def test_it_has_our_figures_beside_the_papers(self) -> None:
        cells = {
            ("two words", SYSTEM1): made(0.1, 6.0),
            ("two words", RR2): made(0.5, 60.0),
            ("two words", distilled(RR2)): made(0.45, 5.0),
        }
        refused = taught(RR2, promoted=False)
        nothing = replace(taught("program_of_thought", None), kept=0, right=0, reason="a | b")
        text = markdown([result_of(last_letters.SUITE, cells, refused, nothing)])
        assert (
            "| last_letters, two words | rephrase and respond 2 | 10.0 / 6.0 | 50.0 / 60.0 | "
            "45.0 / 5.0 | 30.0 / 27 | 44.5 / 42 | 98.0 / 25.5 |\n"
        ) in text
        assert (
            "| two words | distilled from rephrase and respond 2 | 45.0 | 38.3 to 51.9 | 5.0 | 0.0 "
            "| 98.0 / 25.5 |\n"
        ) in text
        assert (
            "| rephrase and respond 2 | 400 | 100 | 98.0 | 12,345 | 80 | refused by the gate: "
            "better on no skill |\n"
        ) in text
        assert "| 400 | 0 | - | 12,345 | 80 | nothing was trained: a \\| b |\n" in text
        assert (
            "- two words, rephrase and respond 2: distilled at least as accurate as its teacher: "
            "**not reached**\n"
        ) in text
        assert "no more tokens than System 1: **reached**\n" in text
        assert "Test questions: 200 of two words. Training questions: 400." in text

    def test_judging_shows_the_inconsistency_and_models_stand_apart(self) -> None:
        cells = {("MT-Bench", SYSTEM1): made(0.5, 4.0, 0.9)}
        other = result_of(gsm8k.SUITE, {("problems", SYSTEM1): made(0.1, 5.0)}, model="big")
        text = markdown([result_of(judging.SUITE, cells), other])
        assert "| unparseable | inconsistent | paper |\n" in text
        row = "| MT-Bench | System 1 | 50.0 | 43.1 to 56.9 | 4.0 | 0.0 | 90.0 | 28.1; 80.9 / 4 |\n"
        assert row in text
        assert text.index("## big") < text.index("### gsm8k") < text.index("## tiny")
        every = [line for line in text.splitlines() if line.startswith("|")]
        heads = [at for at, line in enumerate(every) if set(line) <= set("|- ")]
        assert all(every[at].count("|") == every[at - 1].count("|") for at in heads)

    def test_models_of_one_name_are_told_apart_by_their_weights(self) -> None:
        one = result_of(gsm8k.SUITE, {("problems", SYSTEM1): made(0.1, 5.0)})
        other = replace(one, fingerprint="weights-2")
        assert "\n## tiny\n" in markdown([one])
        text = markdown([other, one])
        assert re.findall("^## (.*)", text, re.MULTILINE) == ["tiny (f)", "tiny (weights-2)"]


def letters(prompt: Prompt) -> str:
    """The right answer to the last question of a prompt."""
    asked = [m.content for m in prompt.messages if m.role == "user"][-1]
    found = re.findall(r'words in "([^"]+)" and', asked)
    return "".join(word[-1] for word in found[-1].split()) if found else "?"


@dataclass
class Scripted:
    """Homes whose model follows a script."""

    model: Path
    dies_after: int = 10**9  # answers of the student
    asked: int = 0
    prompts: int = 0
    settings: dict[str, object] = field(default_factory=dict)

    def base(self, prompt: Prompt) -> str:
        """Knows nothing at once; reasons well, in words and in programs."""
        self.prompts += 1
        if prompt.messages[0].content == INSTRUCTION:
            self.asked += 1
            if self.asked > self.dies_after:
                raise KeyboardInterrupt
            return "zz"
        if prompt.messages[-1].role == "assistant":
            return f"    return {letters(prompt)!r}\n```"
        return f"Let me see.\nAnswer: {letters(prompt)}"

    @contextmanager
    def open_parts(self, root: Path, settings: Mapping[str, object]) -> Iterator[Parts]:
        small: dict[str, object] = {
            "system1.model": str(self.model),
            "memory.encoder": ENCODER.name,
            "trainer.min_steps": 1,
            "trainer.num_train_epochs": 1,
            "trainer.min_records": 4,
        }
        parts = Parts(load_settings(root, small | self.settings | dict(settings)), Home(root))
        parts.encoder = ENCODER
        parts.student = ScriptedLM(self.base, adapted=lambda _: letters)
        try:
            yield parts
        finally:
            parts.close()


class TestRun:
    @pytest.fixture
    def run_of(self, tmp_path: Path) -> Callable[..., Run]:
        def make(scripted: Scripted, *teachers: str, limit: int = 3, train: int = 40) -> Run:
            suite = replace(last_letters.SUITE, methods=(RR2,), teachers=teachers)
            folder, said = tmp_path / "run", lambda _: None
            return Run(suite, tmp_path, limit, train, folder, scripted.open_parts, said)

        return make

    def test_what_is_verified_is_distilled_and_measured(
        self, run_of: Callable[..., Run], tiny_model: Path
    ) -> None:
        scripted = Scripted(tiny_model)
        result = run_of(scripted, RR2).run("tiny", "again")
        (done,) = result.distillations
        assert (done.tried, done.kept, done.right) == (40, 40, 40)
        assert done.version is not None
        assert 4 <= done.trained_on < 40  # some are held out
        assert done.tokens > 0
        accuracy = {(c.part, c.column): c.figures.accuracy for c in result.cells}
        assert accuracy["two words", SYSTEM1] == 0.0
        assert accuracy["four words", RR2] == 1.0
        assert accuracy["two words", distilled(RR2)] == 1.0
        assert reached(result) == [True, True]
        kept = (run_of(scripted).folder / "outcomes.jsonl").read_text("utf-8").splitlines()
        columns = [json.loads(line)["column"] for line in kept]
        assert [columns.count(c) for c in (SYSTEM1, RR2, distilled(RR2))] == [6, 6, 6]

        before = scripted.prompts
        again = run_of(scripted, RR2).run("tiny", "again")
        assert replace(again, date=result.date) == result
        assert scripted.prompts == before  # nothing was paid for twice

    def test_one_that_agrees_with_itself_alone_teaches_nothing(
        self, run_of: Callable[..., Run], tiny_model: Path
    ) -> None:
        scripted = Scripted(tiny_model, settings={"system2.methods": ["chain_of_thought"]})
        result = run_of(scripted, RR2, train=10).run("tiny", "once")
        before = scripted.prompts
        assert run_of(scripted, RR2, train=10).run("tiny", "once").cells == result.cells
        assert scripted.prompts == before  # what was not verified is not paid for again either
        (done,) = result.distillations
        assert (done.tried, done.kept, done.version, done.promoted) == (10, 0, None, False)
        assert "verified records" in done.reason
        assert reached(result) == [False, False]
        assert distilled(RR2) not in {cell.column for cell in result.cells}

    def test_own_votes_are_trusted_as_they_are(
        self, run_of: Callable[..., Run], tiny_model: Path
    ) -> None:
        scripted = Scripted(tiny_model, settings={"trainer.min_records": 1000})
        (done,) = run_of(scripted, VOTES, train=10).run("tiny", "once").distillations
        assert (done.tried, done.kept, done.right, done.version) == (10, 10, 0, None)

    def test_an_interruption_costs_a_block_at_most(
        self, run_of: Callable[..., Run], tiny_model: Path
    ) -> None:
        scripted = Scripted(tiny_model, dies_after=BLOCK + 7)
        with pytest.raises(KeyboardInterrupt):
            run_of(scripted, limit=BLOCK).run("tiny", "once")
        scripted = Scripted(tiny_model)
        result = run_of(scripted, limit=BLOCK).run("tiny", "once")
        assert scripted.asked == BLOCK  # of two blocks
        assert [c.figures.questions for c in result.cells] == [BLOCK] * 4

    def test_training_questions_have_an_adapter_of_their_own(
        self, run_of: Callable[..., Run], tiny_model: Path
    ) -> None:
        scripted = Scripted(tiny_model, settings={"gate.alpha": 0.5})  # few are held out
        (few,) = run_of(scripted, RR2, train=30).run("tiny", "once").distillations
        (more,) = run_of(scripted, RR2, train=40).run("tiny", "more").distillations
        assert more.trained_on > few.trained_on
        assert (few.promoted, more.promoted) == (True, True)  # nobody is better than the first
        before = scripted.prompts
        (again,) = run_of(scripted, RR2, train=30).run("tiny", "once").distillations
        assert again == few
        assert scripted.prompts == before

    @pytest.mark.parametrize("key", ["trainer.num_train_epochs", "gate.min_holdout"])
    def test_other_training_settings_have_a_home_of_their_own(
        self, key: str, run_of: Callable[..., Run], tiny_model: Path
    ) -> None:
        for value in (2, 3):
            few = Scripted(tiny_model, settings={"trainer.min_records": 1000, key: value})
            run = run_of(few, RR2, limit=1, train=1)
            run.run("tiny", "once")
        assert len(list(run.folder.glob(f"{RR2}-*"))) == 2

    def test_a_run_of_one_question_ends(self, run_of: Callable[..., Run], tiny_model: Path) -> None:
        result = run_of(Scripted(tiny_model), RR2, limit=1, train=1).run("tiny", "once")
        assert (result.tested, result.train) == (2, 1)
        assert result.distillations[0].version is None
