"""`secondnature review` as a person uses it: keys in, a line of what changed out."""

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from itertools import count

import pytest

from memory.records import Record, Split, Status, split_of
from tests.agent.world import ROOT, Done, World, asked, question_of, spawn, teach, truth

Run = Callable[..., Done]
SLIP = next(question_of(n) for n in count() if split_of(question_of(n)) is Split.CALIBRATION)


@pytest.fixture
def slipped(world: World) -> World:
    """A home whose System 2 was sure of one wrong answer, which System 1 contradicts."""
    world.script = lambda prompt: "Answer: 13" if asked(prompt) == SLIP else teach(prompt)
    world.learn(range(160), "codes")
    world.distil()
    return world


def review(world: World, lines: str | bytes, *args: str) -> Done:
    stdin = lines.encode() if isinstance(lines, str) else lines
    done = spawn(world.env, "review", *args, stdin=stdin)
    assert "Traceback" not in done.err, done.err
    return done


def statuses(world: World) -> list[Status]:
    with world.parts() as built:
        return [record.status for record in built.store.records()]


def found(world: World, question: str) -> Record:
    with world.parts() as built:
        record = built.store.find(question)
    assert record is not None
    return record


def test_a_mark_of_the_byte_order_is_no_key(slipped: World) -> None:
    done = review(slipped, b"\xef\xbb\xbfq\n")
    assert done.code == 0
    assert "is no key" not in done.err


def test_a_mark_counts_as_an_answer_of_a_review_does(slipped: World) -> None:
    number = str(found(slipped, SLIP).id)
    done = spawn(slipped.env, "memory", "mark", number, "--answer", truth(SLIP))
    assert done.code == 0
    assert done.out == f"record {number} is gold: {truth(SLIP)}\n"
    assert done.err.startswith("router: 0 wrong of")
    assert "(before: 1 wrong of" in done.err
    again = spawn(slipped.env, "memory", "mark", number, "--right")
    assert (again.code, again.err) == (0, "")


def test_a_session_from_a_pipe(slipped: World) -> None:
    done = review(slipped, f"c\n{truth(SLIP)}\ny\ns\nw\nq\n")
    assert done.code == 0
    assert "[1 of " in done.out
    shown = done.out.partition("[2 of ")[0]
    assert SLIP in shown
    assert "answer: 13" in shown
    last = done.out.splitlines()[-1]
    assert last.startswith("3 answers: 1 corrected, 1 right, 1 wrong; 1 skipped; router: ")
    assert "people found 1 of 2 verified answers wrong" in last
    assert "(before: 1 wrong of" in last
    assert (found(slipped, SLIP).status, found(slipped, SLIP).answer) == (Status.GOLD, truth(SLIP))
    assert statuses(slipped).count(Status.GOLD) == 2
    assert statuses(slipped).count(Status.REFUTED) == 1


def test_a_person_is_not_led(slipped: World) -> None:
    quiet = review(slipped, "q\n")
    assert f"\n{SLIP}\n  answer: 13\n" in quiet.out
    for hint in (truth(SLIP), "draft", "chain_of_thought", "verified", "System 1"):
        assert hint not in quiet.out.partition("answer: 13")[2].partition("0 answers")[0]
    told = review(slipped, "?\nq\n")
    assert f"System 1: {truth(SLIP)}" in told.out
    assert "3 x chain_of_thought: 13" in told.out
    assert "asked since System 1's draft is " in told.out
    assert told.out.splitlines()[-1] == "0 answers"


def test_the_end_of_the_lines_ends_it_and_the_limit_does(slipped: World) -> None:
    done = review(slipped, "y\ny\n")
    assert (done.code, done.out.splitlines()[-1][:19]) == (0, "2 answers: 2 right;")
    done = review(slipped, "y\ny\ny\n", "--limit", "1")
    assert "[1 of 1]" in done.out
    assert done.out.splitlines()[-1].startswith("1 answer: 1 right;")
    assert statuses(slipped).count(Status.GOLD) == 3


def test_what_is_no_key_is_asked_again(slipped: World) -> None:
    long = b"7" * 10_001
    done = review(slipped, b"z\n\n\xff\xfe\nc\n \nc\n\x07\nc\n" + long + b"\nY\n")
    assert done.code == 0
    assert "'z' is no key: y right, n wrong" in done.err
    assert done.err.count("no answer was given") == 1
    assert "the answer holds the control character 0x07" in done.err
    assert "the answer has 10,001 characters; at most 10,000 are kept" in done.err
    assert done.out.splitlines()[-1].startswith("1 answer: 1 right;")


def test_a_correction_that_says_the_same_is_right(slipped: World) -> None:
    done = review(slipped, "c\n13.0\n")
    assert done.out.splitlines()[-1].startswith("1 answer: 1 right;")
    assert found(slipped, SLIP).answer == "13"


def test_a_correction_that_never_comes_is_none(slipped: World) -> None:
    done = review(slipped, "c\n")
    assert (done.code, done.out.splitlines()[-1]) == (0, "0 answers")
    assert found(slipped, SLIP).status is Status.VERIFIED


def test_a_session_does_not_ask_what_was_answered_before(slipped: World) -> None:
    review(slipped, "y\n")
    assert SLIP not in review(slipped, "s\n" * 50).out


def test_json_asks_nobody(slipped: World, run: Run) -> None:
    before = statuses(slipped)
    done = run(slipped.env, "review", "--json", "--limit", "2", "--skill", "codes")
    first, _ = json.loads(done.out)["candidates"]
    assert list(first) == [
        "id", "question", "answer", "status", "skill", "split", "draft", "why", "score",
    ]  # fmt: skip
    assert (first["question"], first["answer"], first["draft"]) == (SLIP, "13", truth(SLIP))
    assert statuses(slipped) == before


def test_nothing_to_review_is_said(world: World, run: Run) -> None:
    done = run(world.env, "review")
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("nothing to review: ")
    assert json.loads(run(world.env, "review", "--json").out) == {"candidates": []}
    assert not world.home.root.exists()
    world.learn(range(5), "codes")
    assert run(world.env, "review").out.startswith("nothing to review: ")


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (("--skill", "nobody"), 1, "no skill is named 'nobody'"),
        (("--limit", "0"), 2, "0 is not in the range"),
        (("17",), 2, "unexpected extra argument"),
    ],
)
def test_bad_usage_is_one_line(
    world: World, run: Run, args: tuple[str, ...], code: int, said: str
) -> None:
    done = run(world.env, "review", *args)
    assert done.code == code
    assert said in done.err


def test_what_vanished_meanwhile_is_passed_over(slipped: World) -> None:
    review_ = subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "review"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        cwd=ROOT,
        env={**os.environ, **slipped.env},
    )
    assert review_.stdout is not None
    while b"answer: 13" not in review_.stdout.readline():
        pass
    with slipped.parts() as built:
        built.memory.forget([found(slipped, SLIP).id])
    out, err = review_.communicate(b"y\ny\n", timeout=60)
    assert review_.returncode == 0
    assert b"it was changed meanwhile; nothing is stored" in err
    assert out.splitlines()[-1].startswith(b"1 answer: 1 right;")


def test_a_closed_input_is_the_end(slipped: World) -> None:
    done = spawn(slipped.env, "review", stdin=None)
    assert (done.code, done.out.splitlines()[-1]) == (0, "0 answers")
    assert "standard input is closed: nobody can answer" in done.err
    assert "Traceback" not in done.err


# On a terminal


class Terminal:
    """The command on a terminal of its own, a key at a time."""

    def __init__(self, world: World) -> None:
        self._ours, theirs = pty.openpty()
        self.process = subprocess.Popen(
            [sys.executable, "-m", "agent.cli", "review"],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            cwd=ROOT,
            env={**os.environ, **world.env, "TERM": "dumb"},
            start_new_session=True,
        )
        os.close(theirs)
        self.said = ""

    def until(self, words: str) -> None:
        """Read until these words came."""
        while words not in self.said:
            self.said += os.read(self._ours, 4096).decode()

    def press(self, keys: str) -> None:
        time.sleep(0.2)  # the terminal leaves and enters its raw mode for each key
        os.write(self._ours, keys.encode())

    def close(self) -> int:
        """Read to the end; the exit code."""
        try:
            while more := os.read(self._ours, 4096).decode():
                self.said += more
        except OSError:
            pass  # the other end is closed
        os.close(self._ours)
        return self.process.wait(60)


def test_single_keys_on_a_terminal(slipped: World) -> None:
    terminal = Terminal(slipped)
    terminal.until("[1 of ")
    terminal.press("c")
    terminal.until("the right answer: ")
    terminal.press(f"{truth(SLIP)}\r")
    terminal.until("[2 of ")
    terminal.press("y")
    terminal.until("[3 of ")
    terminal.press("\x04")  # Ctrl-D
    assert terminal.close() == 0
    assert "2 answers: 1 corrected, 1 right; router: 0 wrong of" in terminal.said
    assert found(slipped, SLIP).answer == truth(SLIP)


def test_ctrl_c_keeps_what_was_said(slipped: World) -> None:
    terminal = Terminal(slipped)
    terminal.until("[1 of ")
    terminal.press("y")
    terminal.until("[2 of ")
    terminal.press("\x03")
    assert terminal.close() == 130
    assert "interrupted; what was said is kept" in terminal.said
    assert "1 answer: 1 right; router: " in terminal.said
    assert found(slipped, SLIP).status is Status.GOLD


def test_a_signal_keeps_what_was_said_too(slipped: World) -> None:
    terminal = Terminal(slipped)
    terminal.until("[1 of ")
    terminal.press("n")
    terminal.until("[2 of ")
    terminal.process.send_signal(signal.SIGTERM)
    assert terminal.close() == 130
    assert found(slipped, SLIP).status is Status.REFUTED
