"""A daemon whose clock is put forward or back, as by a time server."""

import time
from datetime import datetime, timedelta

from agent.daemon_state import last_state
from agent.switch import withdraw
from tests.agent.scripted_daemon import BEARS_SIGNALS, daemon, serve_while, wait_for
from tests.agent.world import World

pytestmark = BEARS_SIGNALS

PROMOTED = "r1 promoted: better on codes; worse on none"
NOON = datetime(2026, 6, 1, 12).astimezone()
NIGHT = datetime(2026, 6, 2, 3).astimezone()


class HandClock:
    """Stands until it is put elsewhere."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        return self.now


def next_run_at(world: World) -> datetime | None:
    last = last_state(world.home)
    return last and last.next_run_at


def test_a_clock_that_is_put_back_makes_nothing_wait_for_the_old_time(world: World) -> None:
    world.learn(range(20))
    told: list[str] = []
    clock = HandClock(NOON + timedelta(days=2000))
    made, scripted = daemon(world, told, cron="0 3 * * *", beat_s=0.02, clock=clock)

    def drive() -> None:
        clock.now = NOON
        wait_for(lambda: next_run_at(world) == NIGHT)
        assert scripted.runs == 0
        clock.now = NIGHT + timedelta(seconds=1)
        wait_for(lambda: PROMOTED in told)

    serve_while(made, told, drive)
    assert scripted.runs == 1
    assert next_run_at(world) == NIGHT + timedelta(days=1)


def test_a_clock_that_is_put_forward_makes_one_run_due(world: World) -> None:
    world.learn(range(20))
    told: list[str] = []
    clock = HandClock(NOON)
    made, scripted = daemon(world, told, cron="* * * * *", beat_s=0.02, clock=clock)

    def drive() -> None:
        clock.now += timedelta(days=2000)
        wait_for(lambda: PROMOTED in told)
        time.sleep(0.3)

    serve_while(made, told, drive)
    assert scripted.runs == 1


def test_a_clock_that_is_put_back_makes_no_drafts_wait_for_the_old_time(world: World) -> None:
    world.learn(range(160), "codes")
    world.distil()
    world.learn(range(160, 240), "codes")
    clock = HandClock(NOON + timedelta(days=300))
    made, _ = daemon(world, [], clock=clock)
    clock.now = NOON
    assert made.catch_up_due() is not None
    with world.parts() as built:
        withdraw(built, "v1")
    assert made.catch_up_due() is None, "within the hour"
    clock.now -= timedelta(days=1)
    assert made.catch_up_due() is not None
