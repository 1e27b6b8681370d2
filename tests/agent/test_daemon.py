import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta

import pytest

from agent.audit import AuditRun
from agent.build import Parts
from agent.catch_up import LEAST
from agent.daemon import Clock, Daemon, new_records, wall_clock
from agent.daemon_settings import DaemonSettings
from agent.daemon_state import read_state
from agent.home import CONSOLIDATION
from agent.loop import Query
from memory.records import SkillStatus, Split, Status
from models.errors import HomeBusyError, NothingToLearnError, StoreError, TrainingError
from router.policy import Policy
from router.settings import RouterSettings
from tests.agent.audited import served
from tests.agent.scripted_daemon import (
    BEARS_SIGNALS,
    RESULT,
    cut_short,
    daemon,
    failing_once,
    serve_while,
    wait_for,
)
from tests.agent.world import ROOT, Done, World, question_of, spawn

pytestmark = BEARS_SIGNALS


def test_new_records_are_those_that_the_last_candidate_lacked(world: World) -> None:
    with world.parts() as built:
        assert new_records(built.store) == 0
    world.learn(range(100), skill="codes")
    with world.parts() as built:
        first = new_records(built.store)
        assert 60 < first < 100, "the holdout teaches nobody"
    world.distil("v1")
    with world.parts() as built:
        assert new_records(built.store) == 0
        learned = [r for r in built.store.records() if r.split is Split.TRAIN]
        built.store.mark(learned[0].id, Status.REFUTED)
        built.store.mark(learned[1].id, Status.GOLD, "777")
        built.store.forget([learned[2].id])
        assert new_records(built.store) == 3, "what it has wrong is to be unlearned"
    world.distil("v3")
    world.learn(range(100, 130), skill="codes")
    with world.parts() as built:
        assert 10 < new_records(built.store) <= 30
    world.distil("v2", SkillStatus.RESISTANT)
    world.learn(range(130, 160), skill="codes")
    with world.parts() as built:
        assert new_records(built.store) == 0, "what could not be learned is not waited for"


def test_a_run_is_one_consolidation_under_its_lock(world: World) -> None:
    world.learn(range(20))
    made, scripted = daemon(world, [])
    assert made.run_due() == RESULT
    assert scripted.runs == 1
    assert not world.home.is_held(CONSOLIDATION)


def test_with_too_little_that_is_new_nothing_runs(world: World) -> None:
    world.learn(range(3))
    made, scripted = daemon(world, [])
    with pytest.raises(NothingToLearnError, match=r"daemon.min_new_records = 5 are waited for"):
        made.run_due()
    assert scripted.runs == 0


def test_a_consolidation_by_hand_comes_first(world: World) -> None:
    world.learn(range(20))
    made, scripted = daemon(world, [])
    with (
        world.home.alone(CONSOLIDATION, "a consolidation"),
        pytest.raises(HomeBusyError, match="already running"),
    ):
        made.run_due()
    assert scripted.runs == 0


def serve(made: Daemon, told: list[str], until: Callable[[], bool]) -> None:
    """Serve in this thread; another fires the schedule at once, again and again."""

    def drive() -> None:
        while not until():
            before = len(told)
            made._due.put(None)
            wait_for(lambda: len(told) > before)  # noqa: B023 - waited for here

    serve_while(made, told, drive)


def test_errors_of_a_run_are_logged_and_it_goes_on(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.learn(range(20))
    told: list[str] = []
    made, scripted = failing_once(world, told, TrainingError("the child died"))
    serve(made, told, lambda: scripted.runs >= 2)
    assert "the child died; trying again at the next time" in caplog.text
    assert "r1 promoted: better on codes; worse on none" in told
    assert told[-1] == "stopped"
    assert read_state(world.home) is None


def test_too_little_is_told_and_it_goes_on(world: World) -> None:
    told: list[str] = []
    made, _ = daemon(world, told)
    serve(made, told, lambda: len(told) >= 3)
    assert "0 new verified records since the last consolidation" in told[1]


def test_a_signal_ends_a_run(world: World) -> None:
    world.learn(range(20))
    made, scripted = daemon(world, [], lambda: cut_short(signal.SIGINT))
    before = signal.getsignal(signal.SIGINT)
    made._due.put(None)
    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        made.serve()
    assert time.monotonic() - start < 20
    assert scripted.runs == 1
    assert not world.home.is_held(CONSOLIDATION)
    assert signal.getsignal(signal.SIGINT) is before


# Audits, when nothing is due

EVERY = RouterSettings(max_error=0.3, delta=0.2, audit_rate=1.0)
FAST = range(1_001, 1_007)


@pytest.fixture
def waiting(world: World) -> World:
    """A home in which six fast answers wait for an audit."""
    world.learn(range(240), skill="codes")
    world.distil()
    with world.parts(router=EVERY) as built:
        queries = [Query(question_of(n), "codes") for n in FAST]
        built.agent().answer(queries, policy=Policy.AUTO, remember=True)
        assert len(built.store.audits.due(10)) == len(FAST)
    return world


def auditing(
    world: World,
    told: list[str],
    seen: list[Parts],
    batch: int = 4,
    beat_s: float = 60.0,
    clock: Clock = wall_clock,
) -> Daemon:
    @contextmanager
    def open_parts() -> Iterator[Parts]:
        with world.parts(router=EVERY) as built:
            seen.append(built)
            yield built

    settings = DaemonSettings(cron="0 3 1 1 *", audit_batch=batch)
    return Daemon(world.home, settings, open_parts, told.append, beat_s=beat_s, clock=clock)


def test_audits_are_done_a_batch_at_a_time_until_none_waits(waiting: World) -> None:
    seen: list[Parts] = []
    made = auditing(waiting, [], seen)
    assert [made.audit_due(), made.audit_due()] == [AuditRun(right=4), AuditRun(right=2)]
    assert made.audit_due() is None
    assert seen[-1].student.calls == 0, "no model runs where nothing waits"
    assert "loop" not in vars(seen[-1])


@pytest.mark.parametrize("restarted", [False, True])
def test_audits_that_suspend_a_skill_have_the_calibrator_fitted_again(
    waiting: World, restarted: bool
) -> None:
    seen: list[Parts] = []
    made = auditing(waiting, [], seen, batch=20)
    certificate = waiting.home.router / "v1.json"
    before = certificate.read_bytes()
    assert made.audit_due() == AuditRun(right=len(FAST))
    assert made.catch_up_due() is None, "audits that suspend nothing change nothing"
    with waiting.parts(router=EVERY) as built:
        for n in range(2_001, 2_021):
            served(built, question_of(n), "codes")
    run = made.audit_due()
    assert run is not None
    assert [suspension.skill for suspension in run.changed.suspended] == ["codes"]
    another = auditing(waiting, [], seen) if restarted else made
    caught = another.catch_up_due()
    assert caught is not None
    assert 0 < caught.drafted < LEAST, "fewer than an idle home would be certified again for"
    assert certificate.read_bytes() != before
    assert auditing(waiting, [], seen).catch_up_due() is None, "once"


def test_a_batch_of_none_turns_audits_off(waiting: World) -> None:
    seen: list[Parts] = []
    assert auditing(waiting, [], seen, batch=0).audit_due() is None
    assert seen == []


def test_no_audit_beside_a_consolidation(waiting: World) -> None:
    seen: list[Parts] = []
    with waiting.home.alone(CONSOLIDATION, "a consolidation"):
        assert auditing(waiting, [], seen).audit_due() is None
    assert seen == []


def test_an_audit_ends_early_for_a_consolidation_that_comes_due(waiting: World) -> None:
    made = auditing(waiting, [], [])
    made._due.put(None)
    assert made.audit_due() == AuditRun()
    made._due.get()
    assert made.audit_due() == AuditRun(right=4)


def test_an_audit_ends_early_when_the_schedule_comes(waiting: World) -> None:
    now = wall_clock()
    made = auditing(waiting, [], [], clock=lambda: now)
    now += timedelta(days=366)
    assert made.audit_due() == AuditRun()


def test_an_idle_daemon_audits_and_says_so(waiting: World) -> None:
    told: list[str] = []
    made = auditing(waiting, told, [], beat_s=0.05)

    serve_while(made, told, lambda: wait_for(lambda: len(told) >= 3))
    assert told[1:] == [
        "4 fast answers audited: 4 right, 0 wrong, 0 undecided",
        "2 fast answers audited: 2 right, 0 wrong, 0 undecided",
        "stopped",
    ]


@pytest.mark.parametrize("fault", [StoreError("the disk is full"), OSError("the disk is full")])
@pytest.mark.parametrize(("nth", "what"), [(1, "drafts"), (2, "audits")])
def test_what_fails_when_idle_is_logged_and_tried_again(
    waiting: World, caplog: pytest.LogCaptureFixture, fault: Exception, nth: int, what: str
) -> None:
    told: list[str] = []
    opened: list[int] = []

    @contextmanager
    def open_parts() -> Iterator[Parts]:
        opened.append(len(opened))
        if len(opened) == nth:
            raise fault
        with waiting.parts(router=EVERY) as built:
            yield built

    settings = DaemonSettings(cron="0 3 1 1 *")
    made = Daemon(waiting.home, settings, open_parts, told.append, beat_s=0.05)

    serve_while(made, told, lambda: wait_for(lambda: len(told) >= 2))
    assert f"the disk is full; {what} wait for the next time" in caplog.text
    assert told[1].startswith("6 fast answers audited")


# As a user starts it


@contextmanager
def started(world: World) -> Iterator["subprocess.Popen[str]"]:
    process = subprocess.Popen(
        [sys.executable, "-m", "agent.cli", "daemon"],
        cwd=ROOT,
        env={**os.environ, **world.env},
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        wait_for(lambda: world.home.daemon.exists() or process.poll() is not None)
        yield process
    finally:
        process.kill()
        process.wait()
        process.stderr.close()


@pytest.mark.parametrize(("number", "code"), [(signal.SIGTERM, 0), (signal.SIGINT, 130)])
def test_it_runs_once_a_home_and_stops_cleanly(
    world: World, run: Callable[..., Done], number: int, code: int
) -> None:
    with started(world) as process:
        found = json.loads(run(world.env, "status", "--json").out)["daemon"]
        assert found["running"] is True
        assert datetime.fromisoformat(found["next_run_at"]) > datetime.now().astimezone()
        second = run(world.env, "daemon")
        assert second.code == 1
        assert "the daemon is already running" in second.err
        process.send_signal(number)
        assert process.wait(30) == code
        said = process.stderr.read()
    assert re.match(r"consolidations at '0 3 \* \* \*'; next 20\d\d-\d\d-\d\d 03:00\n", said)
    assert "Traceback" not in said
    assert json.loads(run(world.env, "status", "--json").out)["daemon"] == {
        "running": False,
        "next_run_at": None,
    }


def test_after_a_kill_status_says_that_it_does_not_run(
    world: World, run: Callable[..., Done]
) -> None:
    with started(world) as process:
        process.kill()
        process.wait()
        assert world.home.daemon.exists()
        found = json.loads(run(world.env, "status", "--json").out)["daemon"]
        assert found == {"running": False, "next_run_at": None}


def test_once_with_nothing_to_do(world: World) -> None:
    done = spawn(world.env, "daemon", "--once")
    assert done.code == 4
    assert "0 new verified records" in done.err


def test_a_bad_schedule_is_one_line(world: World) -> None:
    done = spawn(world.env | {"SECONDNATURE_DAEMON__CRON": "every day"}, "daemon")
    assert done.code == 1
    assert "is not crontab syntax" in done.err
