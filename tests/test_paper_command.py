"""`python -m benchmarks.paper`: where results go, what may replace what, and what is said first."""

import re
from dataclasses import replace
from pathlib import Path

import pytest
from click import ClickException
from click.testing import CliRunner

from benchmarks import paper as command
from benchmarks.replication import gsm8k, judging, last_letters
from benchmarks.replication.answering import ONE_SAMPLE, VOTE
from benchmarks.replication.notes import read_notes
from benchmarks.replication.result import read_results
from benchmarks.replication.suite import SYSTEM1
from benchmarks.replication.table import markdown
from models import catalog
from tests.test_paper_benchmark import made, result_of


class TestCommand:
    def test_homes_share_the_models_but_not_their_settings(
        self, tmp_path: Path, tiny_model: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("SECONDNATURE_MEMORY__ENCODER", "not-asked-for")
        open_parts = command.opener(str(tiny_model))
        with open_parts(tmp_path / "a", VOTE) as one:
            student = one.student
            assert one.teacher is student
        with open_parts(tmp_path / "b", ONE_SAMPLE) as two:
            assert two.student is student
            assert two.home.root == tmp_path / "b"
            assert (one.settings.system2.max_samples, two.settings.system2.max_samples) == (8, 1)

    def test_results_of_all_models_make_one_table(self, tmp_path: Path) -> None:
        output = tmp_path / "docs" / "paper.md"
        for model, suite in (("b", judging.SUITE), ("a", gsm8k.SUITE)):
            command.add(result_of(suite, {}, model=model), output)
        text = output.read_text("utf-8")
        assert re.findall("^##+ (.*)", text, re.MULTILINE) == ["a", "gsm8k", "b", "judging"]

    def test_a_result_takes_the_place_of_its_earlier_one(self, tmp_path: Path) -> None:
        early, late = (
            result_of(gsm8k.SUITE, {("problems", SYSTEM1): made(share, 5.0)})
            for share in (0.1, 0.2)
        )
        for result in (early, result_of(judging.SUITE, {}), late):
            command.add(result, tmp_path / "paper.md")
        kept = read_results(tmp_path / "paper.json")
        assert [(one.suite, len(one.cells)) for one in kept] == [("gsm8k", 1), ("judging", 0)]
        assert kept[0] == late

    def test_a_persons_words_stand_below_the_figures(self, tmp_path: Path) -> None:
        output, beside = tmp_path / "paper.md", tmp_path / "paper.toml"
        beside.write_text('[tiny]\ngsm8k = "It can\'t add."\n["big"]\ngsm8k = "Nor can this."\n')
        command.add(result_of(gsm8k.SUITE, {}), output)
        text = output.read_text("utf-8")
        assert text.index("### gsm8k") < text.index("\nIt can't add.\n")
        assert "Nor can this" not in text
        beside.write_text("tiny = 1")
        options = ["--data", str(tmp_path), "--output", str(output)]
        done = CliRunner().invoke(command.main, options)
        assert (done.exit_code, "paper.toml holds no notes" in done.output) == (1, True)

    def test_the_published_table_is_made_of_its_results_and_notes(self) -> None:
        docs = Path(__file__).parents[1] / "docs"
        made = markdown(read_results(docs / "paper.json"), read_notes(docs / "paper.toml"))
        assert made == (docs / "paper.md").read_text("utf-8")

    def test_a_strange_output_is_said_before_any_work(self, tmp_path: Path) -> None:
        (tmp_path / "paper.json").write_text("{}")
        options = ["--data", str(tmp_path), "--output", str(tmp_path / "paper.md")]
        done = CliRunner().invoke(command.main, options)
        assert (done.exit_code, "holds no results" in done.output) == (1, True)

    def test_weights_of_the_same_name_do_not_take_its_place(self, tmp_path: Path) -> None:
        one = result_of(gsm8k.SUITE, {})
        for result in (one, replace(one, fingerprint="other")):
            command.add(result, tmp_path / "paper.md")
        assert [kept.fingerprint for kept in read_results(tmp_path / "paper.json")] == [
            "f",
            "other",
        ]

    @pytest.mark.parametrize(
        ("tested", "train"), [(2, 2), (3, 1)], ids=["more training questions", "more to test"]
    )
    def test_a_larger_result_is_replaced_on_demand_alone(
        self, tested: int, train: int, tmp_path: Path, tiny_model: Path,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:  # fmt: skip
        monkeypatch.setenv("SECONDNATURE_MEMORY__ENCODER", "none")  # ends what does begin
        output = tmp_path / "paper.md"
        cells = {("two words", SYSTEM1): replace(made(0.5, 5.0), questions=tested)}
        larger = result_of(last_letters.SUITE, cells, model=tiny_model.name)
        weights = catalog.fingerprint(tiny_model)
        command.add(replace(larger, train=train, fingerprint=weights), output)
        options = ["--data", str(tmp_path), "--model", str(tiny_model), "--output", str(output)]
        options += ["--limit", "1", "--train", "1", "--suite", "last_letters"]
        options += ["--runs", str(tmp_path / "runs")]
        done = CliRunner().invoke(command.main, options)
        assert done.exit_code == 2
        said = " ".join(done.output.split())
        assert f"paper.md has last_letters of {tiny_model.name} with {tested} test" in said
        assert "this run has 2 test and 1 training questions; name" in said
        assert "--replace" in said
        assert not (tmp_path / "runs").exists()
        begun = CliRunner().invoke(command.main, [*options, "--replace"])
        assert "--replace" not in begun.output
        assert (tmp_path / "runs").exists()

    def test_a_page_that_cannot_be_written_is_said_before_any_work(self, tmp_path: Path) -> None:
        (tmp_path / "file").touch()
        options = ["--data", str(tmp_path), "--output"]
        for name in ("file/paper.md", "paper.json", "paper.toml"):
            done = CliRunner().invoke(command.main, [*options, str(tmp_path / name)])
            assert (done.exit_code, "--output" in done.output) == (2, True)

    def test_a_result_that_cannot_be_written_is_not_lost(self, tmp_path: Path) -> None:
        output = tmp_path / "paper.md"
        output.mkdir()
        with pytest.raises(ClickException, match=r"can't be written: .*nothing is lost"):
            command.add(result_of(gsm8k.SUITE, {}), output)
        assert len(read_results(tmp_path / "paper.json")) == 1

    def test_data_that_lacks_a_set_is_said_before_any_work(self, tmp_path: Path) -> None:
        options = ["--data", str(tmp_path), "--suite", "coin_flip", "--runs", str(tmp_path / "r")]
        done = CliRunner().invoke(command.main, options)
        assert done.exit_code == 1
        assert "coin_val.json can't be read" in done.output

    def test_an_unknown_suite_is_wrong_usage(self, tmp_path: Path) -> None:
        done = CliRunner().invoke(command.main, ["--data", str(tmp_path), "--suite", "chess"])
        assert done.exit_code == 2
        assert "'chess' is not one of" in done.output
