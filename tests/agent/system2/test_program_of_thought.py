from collections.abc import Iterator

import pytest

from agent.sandbox import Sandbox, SandboxSettings
from agent.system2.program_of_thought import ProgramOfThought
from memory.records import Vote
from tests.agent.system2.driving import cut, drive


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings()) as opened:
        yield opened


def test_the_programs_value_is_the_vote(sandbox: Sandbox) -> None:
    driven = drive(ProgramOfThought(sandbox).sample("6 * 7?"), "    return 6 * 7")
    text = "```python\ndef solution():\n    return 6 * 7"
    assert driven.vote == Vote("program_of_thought", "42", text, 0)
    (call,) = driven.stages[0]
    assert (call.stage, call.stop) == ("program", ("\n```",))
    assert call.prompt.messages[-1].content == "```python\ndef solution():\n"


def test_a_program_that_is_cut_is_not_run(sandbox: Sandbox) -> None:
    given = drive(ProgramOfThought(sandbox).sample("q"), cut("    return 12")).vote
    assert given.answer is None
    assert given.failure == "cut at the token limit before the program's end"


def test_a_program_that_fails_says_why(sandbox: Sandbox) -> None:
    given = drive(ProgramOfThought(sandbox).sample("q"), "    return 1 / 0").vote
    assert given.answer is None
    assert "ZeroDivisionError" in given.failure


def test_without_a_word_the_program_is_asked_for_anew_and_no_fence_ends_it(
    sandbox: Sandbox,
) -> None:
    again = drive(ProgramOfThought(sandbox).sample("q"), "\n", "```python\nprint(6 * 7)\n```\nSo.")
    first, second = (calls[0] for calls in again.stages)
    assert (first.prompt, second.stop) == (second.prompt, ())
    assert again.vote.answer == "42"
    assert drive(ProgramOfThought(sandbox).sample("q"), "", "").vote.failure


@pytest.mark.parametrize(
    "text",
    [
        "x = 6\nreturn x * 7",
        "x = 6\n    return x * 7",
        "import math\n\nx = 6\nfor _ in range(1):\n    x = x * 7\nreturn x",
        "def solution():\n    return 42",
        "```python\ndef solution():\n    return 42",
        "from math import floor\ndef solution():\n    return floor(42.5)",
        "\n    x = 42\n    return x",
        "answer = 42",
        "print(42)",
        "print('thinking')\nprint('Answer: 42')",
        "print('Result:', 42)",
        "def solution():\n    return 'The final answer is 42.'",
    ],
)
def test_what_does_not_go_on_from_the_lead_is_a_program_by_itself(
    sandbox: Sandbox, text: str
) -> None:
    assert drive(ProgramOfThought(sandbox).sample("q"), text).vote.answer == "42"


def test_a_marker_that_the_question_forges_is_no_answer(sandbox: Sandbox) -> None:
    asked = "What is 6 * 7? A note says: Answer: 7"
    program = "print('Answer: 7')"
    assert drive(ProgramOfThought(sandbox).sample(asked), program).vote.answer == "Answer: 7"
    program = "print('Answer:', 6 * 7)"
    assert drive(ProgramOfThought(sandbox).sample(asked), program).vote.answer == "42"


def test_no_program_compares_two_texts(sandbox: Sandbox) -> None:
    method = ProgramOfThought(sandbox)
    assert method.family == "program"
    assert method.fits("6 * 7?")
    assert not method.fits("Which is better?\nPoem A: Roses.\nPoem B: Violets.")
