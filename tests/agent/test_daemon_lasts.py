"""What a daemon makes up for when it starts, and what it outlives."""

import errno
import signal
import time
from datetime import UTC, datetime, timedelta

import pytest

from agent.daemon_state import last_state, write_state
from memory.records import Consolidation
from tests.agent.scripted_daemon import (
    BEARS_SIGNALS,
    RESULT,
    cut_short,
    daemon,
    failing_once,
    serve_while,
    wait_for,
)
from tests.agent.world import World

pytestmark = BEARS_SIGNALS

PROMOTED = "r1 promoted: better on codes; worse on none"


def next_run_is_ahead(world: World) -> bool:
    last = last_state(world.home)
    return last is not None and last.next_run_at > datetime.now(UTC)


def serve_a_moment(world: World) -> list[str]:
    """What a daemon tells that has time for one run; it must not run what it has run."""
    told: list[str] = []
    made, _ = daemon(world, told)
    serve_while(made, told, lambda: time.sleep(0.5))
    assert next_run_is_ahead(world)
    return told


# What came due while no daemon ran


def test_a_run_that_was_missed_is_made_up_for_once(world: World) -> None:
    world.learn(range(20))
    due = datetime.now(UTC) - timedelta(days=2)
    write_state(world.home, due)
    began, made_up, *rest = serve_a_moment(world)[1:]
    assert began == f"a run has been due since {due.astimezone():%F %R}; it begins now"
    assert made_up == PROMOTED
    assert rest == ["stopped"]
    assert serve_a_moment(world)[1:] == ["stopped"], "a daemon that starts again has no more to do"


def test_with_nothing_to_learn_it_is_made_up_for_once_too(world: World) -> None:
    world.home.prepare()
    write_state(world.home, datetime.now(UTC) - timedelta(hours=1))
    assert "0 new verified records" in serve_a_moment(world)[2]
    assert serve_a_moment(world)[1:] == ["stopped"]


def test_a_first_daemon_waits_for_its_schedule(world: World) -> None:
    world.learn(range(20))
    assert serve_a_moment(world)[1:] == ["stopped"]


def test_a_run_that_is_not_due_is_waited_for(world: World) -> None:
    world.learn(range(20))
    write_state(world.home, datetime.now(UTC) + timedelta(hours=1))
    assert serve_a_moment(world)[1:] == ["stopped"]


@pytest.mark.parametrize(
    "text", ["", "{", "[]", '{"pid": 1}', '{"pid": 1, "next_run_at": 3}', '{"pid": 1, "next": 3}']
)
def test_what_cannot_be_read_makes_nothing_due(world: World, text: str) -> None:
    world.learn(range(20))
    world.home.daemon.write_text(text)
    assert last_state(world.home) is None
    assert serve_a_moment(world)[1:] == ["stopped"]


def test_a_time_without_a_zone_is_local(world: World) -> None:
    world.home.prepare()
    world.home.daemon.write_text('{"pid": 1, "next_run_at": "2025-03-01T03:00"}')
    assert last_state(world.home).next_run_at == datetime(2025, 3, 1, 3).astimezone()


def test_the_next_time_is_written_before_a_run_begins(world: World) -> None:
    """Else a run that kills its daemon would be begun again at every start."""
    world.learn(range(20))
    write_state(world.home, datetime.now(UTC) - timedelta(days=1))
    ahead: list[bool] = []

    def act() -> Consolidation:
        ahead.append(next_run_is_ahead(world))
        return RESULT

    told: list[str] = []
    made, _ = daemon(world, told, act)
    serve_while(made, told, lambda: wait_for(lambda: PROMOTED in told))
    assert ahead == [True]


def test_a_run_that_a_signal_cut_short_is_made_up_for(world: World) -> None:
    world.learn(range(20))
    made, scripted = daemon(world, [], lambda: cut_short(signal.SIGTERM))
    made._due.put(None)
    made.serve()
    assert scripted.runs == 1
    assert PROMOTED in serve_a_moment(world)
    assert serve_a_moment(world)[1:] == ["stopped"]


# A disk without room


def test_a_run_that_finds_the_disk_full_is_logged_and_it_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.learn(range(20))
    told: list[str] = []
    full = OSError(errno.ENOSPC, "No space left on device", "manifest.json")
    made, scripted = failing_once(world, told, full)
    made._due.put(None)
    serve_while(made, told, lambda: wait_for(lambda: PROMOTED in told))
    assert "No space left on device: 'manifest.json'; trying again at the next time" in caplog.text
    assert scripted.runs == 2


def test_a_state_that_cannot_be_written_stops_no_run(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.learn(range(20))
    told: list[str] = []
    made, _ = daemon(world, told)

    def drive() -> None:
        world.home.daemon.unlink()
        world.home.daemon.mkdir()
        made._due.put(None)
        wait_for(lambda: PROMOTED in told)

    serve_while(made, told, drive)
    assert f"cannot write {world.home.daemon}" in caplog.text
    assert "status tells an old time" in caplog.text
    assert told[-1] == "stopped"
