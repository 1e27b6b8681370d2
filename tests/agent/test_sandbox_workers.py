"""Programs side by side, and the close that ends them."""

import threading
import time

import psutil

from agent.sandbox import ProgramResult, Sandbox, SandboxSettings

LOOP = "while True:\n    pass"
CLOSED = ProgramResult(None, "the sandbox was closed")


def left(before: set[psutil.Process]) -> set[psutil.Process]:
    """Workers that came since and still run."""
    return {
        child
        for child in set(psutil.Process().children()) - before
        if child.is_running() and child.status() != psutil.STATUS_ZOMBIE
    }


def test_programs_that_are_started_run_side_by_side() -> None:
    with Sandbox(SandboxSettings(time_limit_s=1, workers=3)) as sandbox:
        start = time.monotonic()
        running = [sandbox.start(program) for program in (LOOP, LOOP, "return 7")]
        assert running[2].result().answer == "7"
        assert not running[0].done()
        assert "time limit" in running[0].result().failure
        assert "time limit" in running[1].result().failure
        assert time.monotonic() - start < 1.9, "one after the other takes two seconds"


def test_a_close_ends_what_runs_and_what_waits() -> None:
    before, threads = set(psutil.Process().children()), set(threading.enumerate())
    sandbox = Sandbox(SandboxSettings(time_limit_s=20, workers=2))
    programs = [sandbox.start(LOOP) for _ in range(5)]
    while len(left(before)) < 2:
        time.sleep(0.01)
    time.sleep(0.2)
    begun = time.monotonic()
    sandbox.close()
    assert [program.result(timeout=10) for program in programs] == [CLOSED] * 5
    while (set(threading.enumerate()) - threads or left(before)) and time.monotonic() < begun + 10:
        time.sleep(0.01)
    assert time.monotonic() - begun < 5, "a program takes 20 s"
    assert sandbox.start("return 2").result().answer == "2"
    sandbox.close()


def test_what_was_begun_before_a_close_starts_no_workers() -> None:
    before = set(psutil.Process().children())
    sandbox = Sandbox(SandboxSettings(time_limit_s=20, workers=2))
    for after_ms in range(10):
        programs = [sandbox.start(LOOP) for _ in range(4)]
        time.sleep(after_ms / 1000)
        sandbox.close()
        assert [program.result(timeout=10) for program in programs] == [CLOSED] * 4
    deadline = time.monotonic() + 5
    while left(before) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not left(before)
