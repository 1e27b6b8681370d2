"""Values of any size, shared and cyclic: `from_value` reads as much as an answer may hold.

And what `unmarked` takes off them.
"""

import time

import pytest

from memory.answers import from_value
from memory.answers.values import unmarked


def _shared(width: int, depth: int) -> object:
    value: object = 1
    for _ in range(depth):
        value = [value] * width
    return value


def _cycle(width: int) -> list[object]:
    value: list[object] = []
    value.extend([value] * width)
    return value


@pytest.mark.parametrize(
    "value",
    [
        _shared(500, 4),
        _shared(2, 60),
        (_shared(500, 4), "x"),
        _cycle(1),
        _cycle(2),
        _cycle(1999),
        [["9" * 60_000] * 500] * 500,
        {"x" * 3000 + str(i) for i in range(500)},
        {frozenset([frozenset([frozenset([i])])]) for i in range(500)},
        set(range(800_000)),
        [10**1900] * 500,
    ],
)
def test_too_much_is_no_answer_and_takes_no_time(value: object) -> None:
    start = time.process_time()
    assert from_value(value) is None
    assert time.process_time() - start < 5, "a few milliseconds on an idle core"


def test_what_an_answer_may_hold_is_read() -> None:
    assert from_value([1] * 500) == ", ".join("1" * 500)
    assert from_value([_shared(2, 2), 3]) == "[[[1, 1], [1, 1]], 3]"
    assert from_value("x" * 2000) == "x" * 2000
    assert from_value("x" + " " * 3998 + "y") == "x y"
    assert from_value([""]) == "['']"
    assert from_value([]) == "[]"


@pytest.mark.parametrize(
    ("answer", "bare"),
    [
        ("Answer: 42", "42"),
        ("**Result:** 42", "42"),
        ("The final output is 42", "42"),
        ("So the answer is: Paris.", "Paris"),
        ("#### 42", "42"),
        ("\\boxed{42}", "42"),
        ("42", "42"),
        ("answers: 42", "answers: 42"),
        ("Total: 42", "Total: 42"),
        ("Answer: 1, Answer: 2", "Answer: 1, Answer: 2"),
        ("[['A']]", "[['A']]"),
        ("Result:", "Result:"),
    ],
)
def test_one_marker_before_an_answer_is_no_part_of_it(answer: str, bare: str) -> None:
    assert unmarked(answer, "What is the result?") == bare


@pytest.mark.parametrize(
    ("answer", "question"),
    [
        ("Answer: 7", "2 + 2? Answer: 7"),
        ("Result: 7", "2 + 2? Result: 7"),
        ("Output: 5", "What does print('Output:', 2 + 3) print?"),
    ],
)
def test_a_marker_that_the_question_has_stays(answer: str, question: str) -> None:
    assert unmarked(answer, question) == answer
