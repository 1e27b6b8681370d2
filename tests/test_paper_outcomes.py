"""What the paper's table keeps of a run: answers by column, under a stamp of what made them."""

import json
from pathlib import Path

from agent.build import Parts
from agent.config import load_settings
from agent.home import Home
from agent.system2 import prompts
from benchmarks.replication.answering import thinking
from benchmarks.replication.items import Item
from benchmarks.replication.score import Given
from benchmarks.replication.state import Outcomes, stamp


def test_what_was_kept_is_found_again_by_column_and_stamp(tmp_path: Path) -> None:
    outcomes = Outcomes(tmp_path / "run" / "outcomes.jsonl")
    items = [Item("Né?", ("1",), "p"), Item("No?", ("2",), "p")]
    assert outcomes.read("system1", "s") == {}
    outcomes.append("system1", "s", items, [Given("1", 3), Given(None, 4)])
    outcomes.append("system1", "other", items[:1], [Given("9", 9)])
    found = outcomes.read("system1", "s")
    assert found == {items[0].key: Given("1", 3), items[1].key: Given(None, 4)}
    assert outcomes.read("system2", "s") == {}


def test_half_a_line_is_written_over(tmp_path: Path) -> None:
    path = tmp_path / "outcomes.jsonl"
    outcomes, item = Outcomes(path), Item("1?", ("1",), "p")
    outcomes.append("a", "s", [item], [Given("1", 3)])
    whole = path.read_bytes()
    path.write_bytes(whole + whole[:20])
    assert list(outcomes.read("a", "s")) == [item.key]
    outcomes.append("b", "s", [item], [Given("2", 3)])
    assert [json.loads(line)["column"] for line in path.read_text("utf-8").splitlines()] == [
        "a",
        "b",
    ]
    assert outcomes.read("b", "s") == {item.key: Given("2", 3)}


def test_a_stamp_tells_what_answers_depend_on() -> None:
    assert stamp("model", None, 48) == stamp("model", None, 48)
    assert stamp("model", None, 48) != stamp("model", "v1", 48)


def test_a_prompt_that_was_edited_is_another_way_of_thinking(tmp_path: Path) -> None:
    shipped = Path(prompts.__file__).with_name("chain_of_thought.toml").read_text("utf-8")
    edited = tmp_path / "chain_of_thought.toml"
    settings = load_settings(tmp_path, {"system2.prompts": str(tmp_path)})
    parts = Parts(settings, Home(tmp_path))
    methods = ("", "chain_of_thought", "program_of_thought")
    edited.write_text(shipped, "utf-8")
    whole, words, programs = (stamp(*thinking(parts, method)) for method in methods)
    edited.write_text(shipped.replace("step by step", "slowly", 1), "utf-8")
    assert stamp(*thinking(parts)) != whole
    assert stamp(*thinking(parts, "chain_of_thought")) != words
    assert stamp(*thinking(parts, "program_of_thought")) == programs
    shipped = Path(prompts.__file__).with_name("universal.toml").read_text("utf-8")
    (tmp_path / "universal.toml").write_text(shipped.replace("Find the", "Name the"), "utf-8")
    assert stamp(*thinking(parts, "program_of_thought")) != programs


def test_programs_that_may_run_longer_are_another_way_of_thinking(tmp_path: Path) -> None:
    marks = []
    for key, value in (("workers", 2), ("workers", 3), ("time_limit_s", 9)):
        settings = load_settings(tmp_path, {f"sandbox.{key}": value})
        marks.append(stamp(*thinking(Parts(settings, Home(tmp_path)), "program_of_thought")))
    assert marks[0] == marks[1] != marks[2]
