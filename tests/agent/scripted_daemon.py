"""A daemon of a small world, whose consolidations follow a script."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from agent.build import Parts
from agent.daemon import BEAT_S, Clock, Daemon, wall_clock
from agent.daemon_settings import DaemonSettings
from agent.home import CONSOLIDATION
from memory.records import Consolidation
from tests.agent.world import World

if TYPE_CHECKING:
    from trainer.consolidate import Watch

BEARS_SIGNALS = pytest.mark.filterwarnings(
    # A signal may come while the collector runs, and is dropped there; the daemon stops.
    "ignore::pytest.PytestUnraisableExceptionWarning"
)
"""For tests that end a daemon of their own process."""

RESULT = Consolidation("r1", "r1", True, "better on codes; worse on none", 1.0, 9, ())


class Scripted:
    """A consolidator that does what it is told."""

    def __init__(self, world: World, act: Callable[[], Consolidation]) -> None:
        self.world = world
        self.act = act
        self.runs = 0

    def run(self, watch: "Watch | None" = None) -> Consolidation:
        del watch
        assert self.world.home.is_held(CONSOLIDATION)
        self.runs += 1
        return self.act()


def daemon(
    world: World,
    told: list[str],
    act: Callable[[], Consolidation] = lambda: RESULT,
    least: int = 5,
    *,
    cron: str = "0 3 1 1 *",
    beat_s: float = BEAT_S,
    clock: Clock = wall_clock,
) -> tuple[Daemon, Scripted]:
    scripted = Scripted(world, act)

    @contextmanager
    def open_parts() -> Iterator[Parts]:
        with world.parts() as built:
            built.consolidator = lambda: scripted
            yield built

    settings = DaemonSettings(cron=cron, min_new_records=least, audit_batch=0)
    made = Daemon(world.home, settings, open_parts, told.append, beat_s=beat_s, clock=clock)
    return made, scripted


def wait_for(true: Callable[[], object], seconds: float = 60.0) -> None:
    end = time.monotonic() + seconds
    while not true():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def cut_short(number: int) -> Consolidation:
    """A long run during which a signal comes."""
    os.kill(os.getpid(), number)
    time.sleep(30)
    return RESULT


def failing_once(world: World, told: list[str], error: Exception) -> tuple[Daemon, Scripted]:
    """A daemon whose first run fails while the next is due already."""

    def act() -> Consolidation:
        if scripted.runs == 1:
            made._due.put(None)
            raise error
        return RESULT

    made, scripted = daemon(world, told, act)
    return made, scripted


def serve_while(made: Daemon, told: list[str], drive: Callable[[], None]) -> None:
    """Serve in this thread; another drives once it serves, and ends it."""

    def end() -> None:
        try:
            wait_for(lambda: told)
            drive()
            time.sleep(0.2)  # until it waits again: a signal in a finaliser would be a warning
        finally:
            os.kill(os.getpid(), signal.SIGTERM)

    driver = threading.Thread(target=end)
    driver.start()
    try:
        made.serve()
    finally:
        driver.join()
