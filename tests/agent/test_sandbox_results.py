"""What the sandbox lets out: plain values, measured as they are copied, and nothing else."""

import time
from collections.abc import Iterator

import pytest

from agent.sandbox import Sandbox, SandboxSettings


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(time_limit_s=1)) as running:
        yield running


@pytest.mark.parametrize(
    "program",
    [
        "def {}(*_):\n    return 'forged'\n\ndef solution():\n    return 1",
        "exec('def {}(*_): return 7')\n\ndef solution():\n    return 1",
        "{} = lambda *_: 'forged'\nanswer = 1",
    ],
)
@pytest.mark.parametrize(
    "name",
    [
        "_sn_read",
        "_sn__read",
        "_\uff53n_read",
        "plain",
        "take",
        "repr",
        "type",
        "isinstance",
        "exec",
    ],
)
def test_a_program_cannot_read_its_own_result(sandbox: Sandbox, program: str, name: str) -> None:
    assert sandbox.run(program.format(name)).answer == "1"


@pytest.mark.parametrize("listing", ["locals()", "eval('locals()')"])
def test_a_program_sees_no_name_but_its_own(sandbox: Sandbox, listing: str) -> None:
    assert sandbox.run(f"seen = list({listing})\nanswer = seen").answer == "['__name__']"


# Its last item fills an earlier one once that has been looked at.
FILLED_LATER = """
class A:
    def __repr__(self):
        big = [1] * 100
        for _ in range(3):
            big = [big] * 100
        inner[:] = big
        outer[1] = 0
        return "a"

inner = []
outer = [inner, A()]
def solution():
    return outer
"""
WALKED_LATER = """
class deque:
    def __iter__(self):
        inner[:] = ["x" * 100_000] * 1000
        return iter([1])

inner = [2]
def solution():
    return [inner, deque()]
"""


def test_what_was_measured_is_what_is_sent(sandbox: Sandbox) -> None:
    start = time.monotonic()
    assert sandbox.run(FILLED_LATER).failure == "TypeError: a value of type A is no answer"
    assert sandbox.run(WALKED_LATER).answer == "[2], [1]"
    assert time.monotonic() - start < 10


@pytest.mark.parametrize(
    ("program", "failure"),
    [
        ("x = []\nx.append(x)\nanswer = x", "nested too deep"),
        ("x = 1\nfor _ in range(30):\n    x = [x, x]\nanswer = x", "nested too deep"),
        ("answer = [[[[['x']]]]]", "nested too deep"),
        ("x = [1] * 500\nfor _ in range(3):\n    x = [x] * 500\nanswer = x", "too large"),
        ("answer = [int]", "type is no answer"),
        ("answer = {1: 2}.items()", "dict_items is no answer"),
        ("import re\nanswer = re.match('a', 'a')", "Match is no answer"),
        ("answer = [None]", "NoneType is no answer"),
        ("answer = float('nan')", "the result is no answer: nan"),
        ("answer = 'x' * 3000", "it has 3,000 characters, and an answer has at most 2,000"),
        (
            "print('9' * 60_000)",
            "the line printed last is no answer: it has 60,000 characters, and an answer has at",
        ),
    ],
)
def test_what_is_no_answer_is_said(sandbox: Sandbox, program: str, failure: str) -> None:
    result = sandbox.run(program)
    assert result.answer is None
    assert failure in result.failure


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        ("def solution():\n    return 'class_sn_name'", "class_sn_name"),
        ("print('_sn_x is my name')", "_sn_x is my name"),
        ("answer = [range(2), (3, {4})]", "[[0, 1], [3, [4]]]"),
        ("answer = {frozenset([1])}", "[[1]]"),
        ("from decimal import Decimal\nanswer = [Decimal('1.50'), True, 2.5]", "1.5, yes, 2.5"),
        ("from collections import deque, namedtuple\nanswer = deque([1, 2])", "1, 2"),
        ("from collections import namedtuple\nanswer = namedtuple('P', 'x y')(1, 2)", "1, 2"),
    ],
)
def test_what_is_plain_comes_out_as_it_is(sandbox: Sandbox, program: str, answer: str) -> None:
    assert sandbox.run(program).answer == answer
