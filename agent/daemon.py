"""Consolidations on a schedule; audits, and drafts that certify, when idle; one process a home.

A run that was missed, since the machine slept or was off, is made up for once: the schedule is
looked at every minute by the wall clock, and what is due runs however late. A clock that is put
back makes the next run the first one that the schedule names from then on. A daemon that starts
reads when the one before it was to run next. That is written before a run begins, so that one that
kills its daemon is not begun again at every start. In a minute in which nothing is due, held-out
questions that came after the active adapter are drafted, if there are many, and else some fast
answers audited; a consolidation that comes due meanwhile goes first.
"""

import gc
import logging
import signal
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime, timedelta
from queue import Empty, SimpleQueue
from types import FrameType
from typing import TYPE_CHECKING

from agent.catch_up import CaughtUp, catch_up, is_behind
from agent.consolidate import consolidate
from agent.daemon_settings import DaemonSettings
from agent.daemon_state import DaemonState, last_state, write_state
from agent.home import CONSOLIDATION, DAEMON, Home
from memory.records import TRUSTED, SkillStatus
from memory.store import Store
from models.errors import NothingToLearnError, SecondNatureError
from trainer.curriculum import outdated
from trainer.dataset import trainable

if TYPE_CHECKING:
    from agent.audit import AuditRun
    from agent.build import Parts
    from memory.records import Consolidation

_log = logging.getLogger(__name__)

BEAT_S = 60
"""Seconds between looks at the schedule. Timers stand still while a machine sleeps; its clock
does not."""

_REST = timedelta(hours=1)

OpenParts = Callable[[], AbstractContextManager["Parts"]]
Tell = Callable[[str], None]
Clock = Callable[[], datetime]


def wall_clock() -> datetime:
    """Now, in UTC."""
    return datetime.now(UTC)


def new_records(store: Store) -> int:
    """Trusted records to train on that the last candidate did not have, and those it had wrong.

    Args:
        store: A home's database.

    Returns:
        How many; all trusted ones before there was a candidate.
    """
    journal = store.journal
    skills = journal.skills()
    resistant = frozenset(s.name for s in skills if s.status is SkillStatus.RESISTANT)
    known = {record.id for record in trainable(store.records(statuses=TRUSTED), resistant)}
    last = next((run for run in reversed(journal.consolidations()) if run.candidate), None)
    if last is None or last.candidate is None:
        return len(known)
    had = journal.record_ids_of(last.candidate)
    gone = outdated(store, had, last.created_at) if last.created_at else frozenset()
    return len((known - had) | gone)


class Daemon:
    """Runs what is due.

    Args:
        home: Whose.
        settings: When.
        open_parts: Gives the home's parts for one run; what they loaded is let go of after it.
        tell: Told in one line what happened.
        beat_s: Seconds without anything due before audits are looked for.
        clock: Tells the time, aware; it may be put forward or back.
    """

    def __init__(
        self,
        home: Home,
        settings: DaemonSettings,
        open_parts: OpenParts,
        tell: Tell,
        *,
        beat_s: float = BEAT_S,
        clock: Clock = wall_clock,
    ) -> None:
        self._home = home
        self._settings = settings
        self._open_parts = open_parts
        self._tell = tell
        self._beat_s = beat_s
        self._clock = clock
        self._trigger = settings.trigger()
        self._next_run_at = self._scheduled()
        self._due: SimpleQueue[None] = SimpleQueue()
        self._stopped_by: int | None = None
        self._too_long: frozenset[int] = frozenset()
        self._rests_until = clock()

    def run_due(self) -> "Consolidation":
        """One consolidation, if there is enough that is new.

        Returns:
            What happened.

        Raises:
            NothingToLearnError: There is not.
            HomeBusyError: Another consolidation is running.
            TrainingError: The training process failed.
        """
        with self._parts_for_once() as parts:
            self._require_enough(new_records(parts.shelf))
            with self._home.alone(CONSOLIDATION, "a consolidation"):
                return consolidate(parts)

    def audit_due(self) -> "AuditRun | None":
        """Audit some fast answers, if any wait and no consolidation runs.

        Returns:
            What came of it; None when there was nothing to do. Models are loaded only for answers
            that wait, and it ends early for a consolidation that comes due.
        """
        batch = self._settings.audit_batch
        if batch == 0 or self._home.is_held(CONSOLIDATION):
            return None
        with self._parts_for_once() as parts:
            if not parts.shelf.audits.due(1):
                return None
            run = parts.auditor().run(batch, self._is_due)
        if run.changed.suspended:
            self._rests_until = self._clock()
        return run

    def catch_up_due(self) -> CaughtUp | None:
        """Draft held-out questions that came after the active adapter, once there are many.

        When audits have suspended a skill, also before this daemon began, the calibrator is fitted
        again with what came by then, however little that is.

        Returns:
            What came of it; None when there was nothing to do, or it was done or tried within the
            hour: a fault may last. It ends early, with nothing kept, for a consolidation that comes
            due.
        """
        if self._rests() or self._home.is_held(CONSOLIDATION):
            return None
        with self._parts_for_once() as parts:
            if not is_behind(parts, self._too_long):
                return None
            self._rests_until = self._clock() + _REST
            caught = catch_up(parts, self._is_due)
        if caught is None:
            self._rests_until = self._clock()
        else:
            self._too_long |= caught.too_long
        return caught

    def _rests(self) -> bool:
        """Whether drafts were tried within the hour; a longer rest is a clock that was put back."""
        return timedelta(0) < self._rests_until - self._clock() <= _REST

    def serve(self) -> None:
        """Run what is due, on schedule, until a signal comes.

        Raises:
            HomeBusyError: A daemon runs on this home already.
            HomeError: The home cannot be written.
            KeyboardInterrupt: It was stopped by Ctrl-C; SIGTERM only ends it.
        """
        with self._home.alone(DAEMON, "the daemon"):
            before = {
                number: signal.signal(number, self._on_signal)
                for number in (signal.SIGINT, signal.SIGTERM)
            }
            try:
                self._serve()
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)
        if self._stopped_by == signal.SIGINT:
            raise KeyboardInterrupt

    def _serve(self) -> None:
        """Run and audit in this thread, so that a signal ends either."""
        try:
            last = last_state(self._home)
            self._tell(f"consolidations at {self._settings.cron!r}; next {self._announce():%F %R}")
            self._make_up(last)
            while (due := self._wait()) is not None:
                if due:
                    with _logged("status tells an old time"):
                        self._announce()
                    with _logged("trying again at the next time"):
                        self._run()
                else:
                    self._idle()
        except KeyboardInterrupt:
            pass
        self._tell("stopped")

    def _make_up(self, last: DaemonState | None) -> None:
        """Let a run that came due while no daemon ran, or that was cut short, begin at once."""
        if last is not None and last.next_run_at <= self._clock():
            self._tell(f"a run has been due since {last.next_run_at:%F %R}; it begins now")
            self._due.put(None)

    def _wait(self) -> bool | None:
        """Wait a while for a run to be due, and return whether one is; None is to end.

        A signal's exception is lost where Python ignores exceptions, as in a finaliser; its mark
        and its place in the queue are not.
        """
        if self._scheduled() < self._next_run_at:  # the clock was put back
            with _logged("status tells an old time"):
                self._announce()
        left_s = (self._next_run_at - self._clock()).total_seconds()
        try:
            self._due.get(timeout=max(0.0, min(left_s, self._beat_s)))
        except Empty:
            due = self._is_due()
        else:
            due = True
            while not self._due.empty():  # what came during a run is one run
                self._due.get()
        return due if self._stopped_by is None else None

    def _is_due(self) -> bool:
        """Whether a run is, by the schedule or because one was asked for."""
        return not self._due.empty() or self._next_run_at < self._clock()

    def _scheduled(self) -> datetime:
        """The first time of the schedule from now on."""
        found: datetime = self._trigger.get_next_fire_time(None, self._clock())
        return found.astimezone(UTC)  # local times compare without regard to summer time

    def _announce(self) -> datetime:
        """Write down when the next run is due, and return it in local time."""
        self._next_run_at = self._scheduled()
        write_state(self._home, self._next_run_at)
        return self._next_run_at.astimezone()

    def _run(self) -> None:
        try:
            result = self.run_due()
        except NothingToLearnError as error:
            self._tell(str(error))
        except KeyboardInterrupt:  # a run that was cut short is due when a daemon starts again
            write_state(self._home, self._clock())
            raise
        else:
            outcome = "promoted" if result.promoted else "rejected"
            self._tell(f"{result.candidate} {outcome}: {result.reason}")

    def _idle(self) -> None:
        """Audits come second: on a busy home they never run out, and the drafts are few."""
        with _logged("drafts wait for the next time"):
            caught = self.catch_up_due()
            if caught is not None:
                self._tell(caught.in_words())
                return
        with _logged("audits wait for the next time"):
            run = self.audit_due()
            if run is not None and run.audits:
                self._tell(run.in_words())

    @contextmanager
    def _parts_for_once(self) -> Iterator["Parts"]:
        """The home's parts for one run, whose models are let go of."""
        try:
            with self._open_parts() as parts:
                yield parts
        finally:
            gc.collect()

    def _require_enough(self, count: int) -> None:
        if count < self._settings.min_new_records:
            msg = (
                f"{count} new verified records since the last consolidation; "
                f"daemon.min_new_records = {self._settings.min_new_records} are waited for"
            )
            raise NothingToLearnError(msg)

    def _on_signal(self, number: int, frame: FrameType | None) -> None:  # noqa: ARG002
        self._stopped_by = number
        self._due.put(None)  # safe in a signal handler, unlike an Event
        raise KeyboardInterrupt


@contextmanager
def _logged(outlook: str) -> Iterator[None]:
    """Log a fault, such as a full disk, and what comes of it; it ends no daemon."""
    try:
        yield
    except (SecondNatureError, OSError) as error:
        _log.error("%s; %s", error, outlook)
