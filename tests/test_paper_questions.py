"""The questions of the paper's tasks: right answers, and nothing trained on that is tested."""

import json
import re
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from benchmarks.replication import biased, coin_flip, gsm8k, judging, last_letters
from benchmarks.replication.items import Item, Items, Wish
from benchmarks.replication.names import MORE_TRAIN_NAMES, TEST_NAMES, TRAIN_NAMES
from benchmarks.replication.suites import SUITES
from models.errors import InputFileError


def knows_all(items: Sequence[Item]) -> list[Item]:
    return list(items)


def pair(number: int, label: int, topic: str = "colours") -> dict[str, object]:
    return {
        "input": f"Name {number} {topic}.",
        "output_1": f"red and {number} more",
        "output_2": f"no, not {number}",
        "label": label,
    }


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A little of each published set, in its own form."""
    folder = tmp_path / "data"

    def write(name: str, text: str) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text, "utf-8")

    coin = " Q: A coin is heads up. zed flips the coin. {} the coin.  Is the coin still heads up? "
    write(
        "coin_flip/coin_val.json",
        json.dumps(
            [
                {"inputs": coin.format("quo flips"), "targets": "yes"},
                {"inputs": coin.format("pax does not flip"), "targets": "no"},
            ]
        ),
    )
    trivia = [{"question": f"who wrote book {n}", "answer": [f"Author {n}"]} for n in range(12)]
    write("nq_open/NQ-open.dev.jsonl", "".join(f"{json.dumps(row)}\n" for row in trivia))
    for split in ("train", "test"):
        rows = [
            {"question": f"{n} {split} apples and 1?", "answer": f"Add.\n#### {n + 1}"}
            for n in range(5)
        ]
        write(f"gsm8k/{split}.jsonl", "".join(f"{json.dumps(row)}\n" for row in rows))
    sets: dict[str, list[dict[str, object]]] = {
        "Natural": [pair(1, 1), pair(2, 2)],
        "MT-Bench": [pair(3, 2), pair(3, 2), pair(4, 1)],
        "LLMEval2": [pair(number, 1, "towns") for number in range(6)],
        "Neighbor": [pair(7, 2, "rivers")],
        "FairEval": [pair(3, 1)],
        "GPTInst": [{**pair(8, 1, "lakes"), "output_1": "x\nAnswer B:\ny"}],
        "GPTOut": [pair(1, 2)],
        "Manual": [pair(9, 2, "seas")],
    }
    for name, rows in sets.items():
        write(f"llmbar/{name}.json", json.dumps(rows))
    return folder


@pytest.mark.parametrize("name", SUITES)
def test_they_fit_the_suite_and_a_smaller_wish_takes_the_first(name: str, data: Path) -> None:
    suite = SUITES[name]
    many = suite.make(Wish(data, 5, 6, knows_all))
    few = suite.make(Wish(data, 2, 3, knows_all))
    assert {item.part for item in many.test} == set(suite.parts)
    assert few.train == many.train[:3]
    for part in suite.parts:
        first = [item for item in few.test if item.part == part]
        assert first
        assert [item for item in many.test if item.part == part][: len(first)] == first
    assert {item.key for item in many.test}.isdisjoint(item.key for item in many.train)


def test_what_is_tested_cannot_be_trained_on() -> None:
    asked = Item("Is it?", ("yes",), "all")
    with pytest.raises(ValueError, match="test and training questions must all differ"):
        Items((asked,), (replace(asked, question=" Is  it?"),))


def test_last_letters_are_right_and_of_names_that_were_never_trained_on() -> None:
    items = last_letters.make(Wish(Path(), 50, 80, knows_all))
    taught = TRAIN_NAMES + MORE_TRAIN_NAMES
    assert len(set(taught)) == len(taught)
    assert set(TEST_NAMES).isdisjoint(taught)
    assert {name[-1] for name in TEST_NAMES} <= {name[-1] for name in TRAIN_NAMES}
    for item, names in (
        *((item, TEST_NAMES) for item in items.test),
        *((item, taught) for item in items.train),
    ):
        words = re.findall(r'"(.*)"', item.question)[0].split()
        assert set(words) <= set(names)
        assert len(words) == (4 if item.part == "four words" else 2)
        assert item.answers == ("".join(word[-1] for word in words),)
    assert {item.part for item in items.train} == {"two words"}


def test_coins_are_the_published_ones_and_others_like_them(data: Path) -> None:
    path = data / "coin_flip" / "coin_val.json"
    path.write_text(path.read_text("utf-8").replace("quo", "abigail-adele"), "utf-8")
    items = coin_flip.make(Wish(data, 9, 600, knows_all))
    assert [item.answers for item in items.test] == [("yes",), ("no",)]
    assert items.test[0].question == (
        "A coin is heads up. zed flips the coin. abigail-adele flips the coin. "
        "Is the coin still heads up?"
    )
    form = re.compile(
        r"A coin is heads up\. (?:[a-z-]+ (?:flips|does not flip) the coin\. ){2}"
        r"Is the coin still heads up\?"
    )
    for item in (*items.test, *items.train):
        assert form.fullmatch(item.question)
        turns = len(re.findall(r" flips ", item.question))
        assert item.answers == ("no" if turns % 2 else "yes",)
    taught = " ".join(item.question for item in items.train).split()
    assert "agnes" in taught
    assert not {"abigail", "adele"} & set(taught)


def test_biased_sums_have_four_forms_and_name_a_wrong_answer() -> None:
    items = biased.make_sums(Wish(Path(), 20, 20, knows_all))
    assert len(items.test) == 80
    assert len({item.unit for item in items.test}) == 20
    sums = {tuple(sorted(re.findall(r"\d+", i.question)[:2])) for i in items.test}
    assert sums.isdisjoint(
        tuple(sorted(re.findall(r"\d+", item.question)[:2])) for item in items.train
    )
    for item in (*items.test, *items.train):
        a, b, *said = map(int, re.findall(r"\d+", item.question))
        assert item.answers == (str(a + b),)
        wrong = "I think" in item.question and item.part == "biased"
        assert said in ([], [a + b]) if not wrong else said != [a + b]
    assert [sum(f.part == part for f in items.test) for part in ("biased", "unbiased")] == [
        40,
        20,
    ]


def test_only_what_the_model_knows_is_tested_and_training_takes_whatever_comes(data: Path) -> None:
    asked: list[int] = []

    def known(items: Sequence[Item]) -> list[Item]:
        asked.append(len(items))
        return [item for item in items if int(item.answers[0].split()[1]) % 4 < 2]

    items = biased.make_trivia(Wish(data, 2, 9, known))
    bare = [item for item in items.test if item.part == "unbiased"]
    assert [item.question for item in bare] == ["Who wrote book 0?", "Who wrote book 4?"]
    assert len(items.train) == 6
    assert asked == [6]
    (swayed,) = [i for i in items.test if "I think" in i.question and i.part == "biased"][:1]
    assert re.search(r"I think the answer is Author (?!0\b)\d+ but", swayed.question)


def test_pairs_are_tested_in_both_orders_and_trained_in_one(data: Path) -> None:
    items = judging.make(Wish(data, 9, 99, knows_all))
    first, second = items.test[:2]
    assert (first.answers, second.answers) == (("A",), ("B",))
    assert first.unit == second.unit
    assert "Answer A:\nred and 1 more\n\nAnswer B:\nno, not 1\n" in first.question
    assert "Answer A:\nno, not 1\n\nAnswer B:\nred and 1 more\n" in second.question
    assert [item.part for item in items.test] == ["LLMBar Natural"] * 4 + ["MT-Bench"] * 4
    # Neither the one that is tested too, nor the one that forges a heading.
    assert len(items.train) == 6 + 1 + 1
    assert not any("colours" in i.question or "lakes" in i.question for i in items.train)
    for item in items.train:
        better = "no, not" if re.search("rivers|seas", item.question) else "red and"
        assert f"Answer {item.answers[0]}:\n{better}" in item.question


def test_problems_have_the_published_answer(data: Path) -> None:
    items = gsm8k.make(Wish(data, 2, 3, knows_all))
    assert [item.answers for item in items.test] == [("1",), ("2",)]
    assert [item.question for item in items.train][-1] == "2 train apples and 1?"


def test_a_wrong_answer_is_found_without_comparing_all_there_are(data: Path) -> None:
    rows = [{"question": f"who wrote {n}", "answer": [f"Author {n}"]} for n in range(3000)]
    path = data / "nq_open" / "NQ-open.dev.jsonl"
    path.write_text("".join(f"{json.dumps(row)}\n" for row in rows), "utf-8")
    start = time.process_time()
    biased.make_trivia(Wish(data, 20, 40, knows_all))
    assert time.process_time() - start < 5  # a tenth of a second; comparing all takes a minute


def test_data_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputFileError, match=r"test\.jsonl can't be read .*--data names"):
        gsm8k.make(Wish(tmp_path, 2, 3, knows_all))


@pytest.mark.parametrize(
    ("suite", "name", "text", "said"),
    [
        ("coin_flip", "coin_flip/coin_val.json", '[{"x":1}]', "entry 1: inputs: Field required"),
        (
            "coin_flip",
            "coin_flip/coin_val.json",
            '[{"inputs": "Q", "targets": "maybe"}]',
            "entry 1: targets: Input should be 'yes' or 'no'",
        ),
        ("coin_flip", "coin_flip/coin_val.json", "", "Invalid JSON"),
        ("coin_flip", "coin_flip/coin_val.json", "{}", "Input should be a valid array"),
        ("coin_flip", "coin_flip/coin_val.json", "[3]", "entry 1: Input should be an object"),
        ("gsm8k", "gsm8k/test.jsonl", '{"question": "1?"}', "line 1: answer: Field required"),
        (
            "gsm8k",
            "gsm8k/train.jsonl",
            '{"question": "1?", "answer": "#### 1"}\n{"question": "2?", "answer": "two"}\n',
            "line 2: answer: String should match pattern '####",
        ),
        (
            "gsm8k",
            "gsm8k/test.jsonl",
            '{"question": "1?", "answer": "#### 1"}\n{"question": \n',
            "Invalid JSON: .* at line 2",
        ),
        ("gsm8k", "gsm8k/test.jsonl", "", "is empty"),
        (
            "biased_trivia",
            "nq_open/NQ-open.dev.jsonl",
            '{"question": "who", "answer": []}\n',
            "line 1: answer: Tuple should have at least 1 item",
        ),
        (
            "judging",
            "llmbar/Manual.json",
            '[{"input": "a", "output_1": "b", "output_2": "c", "label": 3}]',
            "entry 1: label: Input should be 1 or 2",
        ),
    ],
)
def test_data_of_another_form_is_told_with_its_place(
    suite: str, name: str, text: str, said: str, data: Path
) -> None:
    (data / name).write_text(text, "utf-8")
    with pytest.raises(InputFileError, match=rf"{name}.*{said}.*--data must hold the data as"):
        SUITES[suite].make(Wish(data, 2, 3, knows_all))
