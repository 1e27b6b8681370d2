import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from pydantic import ValidationError

from agent.sandbox import MAX_SOURCE, Sandbox, SandboxSettings, runnable
from agent.sandbox_workers import GRACE_S
from tests.agent.hostile_programs import HOSTILE

LIMIT_S = 0.4
SECRET = "canary-8c1f"


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox(SandboxSettings(time_limit_s=LIMIT_S, memory_limit_mb=16)) as running:
        yield running


LAST_LETTERS = """
def solution():
    words = "Grace Hopper".split()
    return "".join(word[-1] for word in words)
"""
DATE = """
from datetime import date, timedelta

def solution():
    return date(2024, 3, 5) + timedelta(days=30)
"""
WEEKDAY = """
import datetime
def solution() -> str:
    return datetime.date(2024, 3, 5).strftime("%A")
"""
COIN = """
from typing import List
def solution():
    heads = True
    for flips in [True, False, True]:
        if flips:
            heads = not heads
    return heads
"""
SORT = """
def solution():
    words: list[str] = ["pear", "apple", "fig"]
    return sorted(words)
"""
HELPERS = """
import math, re, json, itertools
from collections import Counter

def vowels(text):
    return sum(1 for c in text if c in "aeiou")

def count():
    assert json.loads("[1]") == [1] and re.findall("a", "aa") and list(itertools.chain([1]))
    return math.gcd(vowels("education") * 10, 15) + Counter("aab")["a"]
"""


TWO_FUNCTIONS = "def helper():\n    return 1\n\ndef compute(n):\n    return n * 2\n\n"


@pytest.mark.parametrize(
    ("program", "answer"),
    [
        (LAST_LETTERS, "er"),
        (DATE, "2024-04-04"),
        (WEEKDAY, "Tuesday"),
        (COIN, "yes"),
        (SORT, "apple, fig, pear"),
        (HELPERS, "7"),
        ("def solution():\n    return 6 / 4", "1.5"),
        ("def solution():\n    return 0.1 + 0.2", "0.3"),
        ("def solution():\n    return 123 * 456 * 10**30", str(123 * 456 * 10**30)),
        ("def solution():\n    return range(3)", "0, 1, 2"),
        ("def solution(a=3, b: dict[str, int] = None):\n    return a", "3"),
        (
            "def other():\n    return 1\n\ndef solve():\n    return 2\n\ndef last():\n    return 3",
            "2",
        ),
        ("def first(x):\n    return x\n\ndef second():\n    return first(4)", "4"),
        ("def solution():\n\treturn 5", "5"),
        ("def solution():\r\n    return 5\r\n", "5"),
        ('def solution():\n    return """a\nb"""', "a b"),
    ],
)
def test_functions(sandbox: Sandbox, program: str, answer: str) -> None:
    for text in (program, f"```python\n{program}\n```", f"Sure!\n```python\n{program}"):
        result = sandbox.run(text)
        assert (result.answer, result.failure) == (answer, "")


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("x = 3\nreturn x * 2", "6"),
        ("    x = 3\n    return x * 2", "6"),
        ("x = 3\n    return x * 2", "6"),
        ("for n in 'ab':\n    if n == 'b':\n        return n", "b"),
        ("    return 5\n```\nSo the answer is 5.", "5"),
        ("return 5\n```", "5"),
        ("python\ndef solve():\n    return True\n", "yes"),
        ("def solution():\n    return 7\n\nThis works (I think).", "7"),
        ("Here is the code:\n\ndef solution():\n    return 7", "7"),
        (
            "```py\nx = 1\n```\n```python\ndef solution():\n    return 2\n```\n```\n9\n```",
            "2",
        ),
        ("answer = 3 + 4", "7"),
        ("```\nresult: int = 3\n```", "3"),
        ("```python\nx = 5\nx\n```", "5"),
        ("len('abc')", "3"),
        ("print(sorted([2, 1]))", "[1, 2]"),
        ("a, b = 3, 4\nprint('thinking')\nprint(a * b)", "12"),
        ("def solution():\n    print('er')", "er"),
        ("def solution(names):\n    return names[0]\n\nprint(solution(['x']))", "x"),
        ("if __name__ == '__main__':\n    print(3)", "3"),
        (f"{TWO_FUNCTIONS}result = compute(4)", "8"),
        (f"{TWO_FUNCTIONS}print(compute(4))", "8"),
        (f"{TWO_FUNCTIONS}compute(4)", "8"),
        (f"{TWO_FUNCTIONS}result = compute(4)\nprint('It is', result)", "8"),
        (f"{TWO_FUNCTIONS}print(helper())", "1"),
        ("result = 2\n\ndef double():\n    return result * 2", "4"),
        (f"{TWO_FUNCTIONS}def solution():\n    return 3\n\nresult = compute(4)", "3"),
    ],
)
def test_other_shapes(sandbox: Sandbox, text: str, answer: str) -> None:
    result = sandbox.run(text)
    assert (result.answer, result.failure) == (answer, "")


@pytest.mark.parametrize("name", ["len", "type", "list", "repr", "str", "int", "range", "map"])
def test_a_program_may_call_its_variables_as_it_likes(sandbox: Sandbox, name: str) -> None:
    for program in (f"{name} = 5\nresult = {name} * 2", f"{name} = 5\nreturn {name} * 2"):
        assert sandbox.run(program).answer == "10"


@pytest.mark.parametrize(
    ("text", "failure"),
    [
        ("", "no program"),
        ("```python\n```", ""),
        ("The answer is 5.", ""),
        ("def solution(:\n    return 5", ""),
        ("def solution():\n    return 1 / 0", "ZeroDivisionError"),
        ("def solution():\n    return missing", "NameError"),
        ("def solution():\n    pass", "returned and printed nothing"),
        ("def solution():\n    return float('nan')", "no answer"),
        ("def solution():\n    return float('inf')", "no answer"),
        ("def solution():\n    return {'a': 1}", "dict is no answer"),
        ("def solution():\n    return ''", "no answer"),
        ("def solution():\n    return lambda: 5", "function is no answer"),
        ("class A:\n    pass\n\ndef solution():\n    return A()", "of type A is no answer"),
        ("def solution():\n    return 10**5000", "too large"),
        ("def solution():\n    return 'x' * 5000", "too large"),
        ("def solution():\n    return list(range(100000))", "too large"),
        ("import numpy\ndef solution():\n    return 1", "ModuleNotFoundError"),
        ("from fractions import Fraction\ndef solution():\n    return 1", "ModuleNotFoundError"),
        (
            "def solution():\n    raise ValueError('line\\nline\\x1b[31m' + 'x' * 9999)",
            "ValueError",
        ),
        ("#" * (MAX_SOURCE + 1), "longer than"),
    ],
)
def test_failures_are_short_results(sandbox: Sandbox, text: str, failure: str) -> None:
    result = sandbox.run(text)
    assert result.answer is None
    assert failure in result.failure
    assert 0 < len(result.failure) <= 200
    assert result.failure.isprintable()


@pytest.mark.parametrize("unit", ["``` ", "```", "def f([", "def ", "x[", "x = ", " ", "a, "])
def test_a_long_text_is_looked_through_at_once(unit: str) -> None:
    spaces = " " * 100_000
    for text in (unit * 20_000, f"{unit}{spaces}x", f"x\n{unit}{spaces}x"):
        program = runnable(text)
        assert program is None or len(program.source) < 2 * len(text)


CASES = [(kind, program) for kind, programs in HOSTILE.items() for program in programs]


def test_there_are_enough_hostile_programs() -> None:
    assert len(CASES) >= 60


@pytest.fixture(scope="module")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    path = tmp_path_factory.mktemp("canary") / "file"
    path.write_text(SECRET)
    os.environ["SANDBOX_CANARY"] = SECRET
    yield path
    del os.environ["SANDBOX_CANARY"]


@pytest.mark.parametrize(("kind", "program"), CASES)
def test_hostile_programs_get_nothing(
    sandbox: Sandbox, canary: Path, kind: str, program: str
) -> None:
    start = time.monotonic()
    result = sandbox.run(program.replace("{canary}", str(canary)))
    seconds = time.monotonic() - start
    assert seconds < LIMIT_S + GRACE_S + 0.5
    assert result.answer is None, f"{kind}: {result}"
    assert result.failure
    assert SECRET not in result.failure
    assert canary.read_text() == SECRET
    assert [path.name for path in canary.parent.iterdir()] == [canary.name]
    assert os.environ["SANDBOX_CANARY"] == SECRET
    assert sandbox.run("return 'alive'").answer == "alive"


def test_programs_see_nothing_of_one_another(sandbox: Sandbox) -> None:
    results = [sandbox.run(program) for program in ("leak = 5\nprint(leak)", "print(leak)")]
    assert [result.answer for result in results] == ["5", None]


def test_starts_when_first_used_and_again_after_a_close() -> None:
    before = set(psutil.Process().children())
    sandbox = Sandbox()
    assert set(psutil.Process().children()) == before
    assert sandbox.run("return 1").answer == "1"
    workers = set(psutil.Process().children()) - before
    assert workers
    sandbox.close()
    sandbox.close()
    psutil.wait_procs(list(workers), timeout=5)
    assert not any(worker.is_running() for worker in workers)
    assert sandbox.run("return 2").answer == "2"
    sandbox.close()


def test_goes_on_after_its_workers_are_killed() -> None:
    before = set(psutil.Process().children())
    with Sandbox() as sandbox:
        sandbox.run("return 1")
        for worker in set(psutil.Process().children()) - before:
            worker.kill()
        answers = [sandbox.run("return 2").answer for _ in range(3)]
    assert answers[1:] == ["2", "2"]


def test_from_several_threads(sandbox: Sandbox) -> None:
    answers: dict[int, str | None] = {}

    def ask(number: int) -> None:
        answers[number] = sandbox.run(f"return {number} * 2").answer

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert answers == {number: str(2 * number) for number in range(12)}


@pytest.mark.skipif(sys.platform == "win32", reason="kill -9")
@pytest.mark.parametrize("busy", [False, True])
def test_no_worker_outlives_a_killed_process(busy: bool) -> None:
    code = (
        "from agent.sandbox import Sandbox, SandboxSettings\n"
        "import sys, threading, time\n"
        "sandbox = Sandbox(SandboxSettings(time_limit_s=1))\n"
        "sandbox.run('return 1')\n"
        f"loop = threading.Thread(target=sandbox.run, args=('while {busy}:\\n    pass',))\n"
        "loop.start()\n"
        "time.sleep(0.2)\n"
        "sys.stdout.write('ready\\n')\n"
        "sys.stdout.flush()\n"
        "time.sleep(60)\n"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as host:
        assert host.stdout is not None
        assert host.stdout.readline() == "ready\n"
        workers = psutil.Process(host.pid).children()
        assert workers
        host.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 5
    while any(_running(worker) for worker in workers) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(_running(worker) for worker in workers)


def _running(worker: psutil.Process) -> bool:
    try:
        return worker.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def test_a_run_takes_milliseconds(sandbox: Sandbox) -> None:
    sandbox.run(LAST_LETTERS)
    start = time.monotonic()
    for _ in range(50):
        sandbox.run(LAST_LETTERS)
    assert (time.monotonic() - start) / 50 < 0.5, "a process for each run would be slower"


@pytest.mark.parametrize("text", ["\x00", "\ud800", "def", "```", "return", "'", "\\", "\t", "\f"])
def test_odd_text_is_a_result(sandbox: Sandbox, text: str) -> None:
    for source in (text, f"x = '{text}'\nreturn x", text * 2_000):
        result = sandbox.run(source)
        assert (result.answer is None) == bool(result.failure)


def test_settings_are_checked() -> None:
    with pytest.raises(ValidationError, match="greater than 0"):
        SandboxSettings(time_limit_s=0)
    with pytest.raises(ValidationError, match="Extra inputs"):
        SandboxSettings.model_validate({"time": 3})
    assert all(field.description for field in SandboxSettings.model_fields.values())
