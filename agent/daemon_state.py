"""The small file in which a daemon says what it is about to do; it outlives the daemon."""

import json
import os
from dataclasses import dataclass
from datetime import datetime

from agent.home import DAEMON, Home
from models import atomic
from models.errors import HomeError


@dataclass(frozen=True, slots=True)
class DaemonState:
    """What a daemon said last.

    Attributes:
        pid: Its process.
        next_run_at: When it looks next whether there is enough to learn, local time.
    """

    pid: int
    next_run_at: datetime


def write_state(home: Home, next_run_at: datetime) -> None:
    """Say, as this process, what is next.

    Args:
        home: The daemon's.
        next_run_at: Aware.

    Raises:
        HomeError: The home cannot be written.
    """
    values = {"pid": os.getpid(), "next_run_at": next_run_at.isoformat()}
    try:
        atomic.write_text(home.daemon, json.dumps(values) + "\n")
    except OSError as error:
        msg = f"cannot write {home.daemon} ({error.strerror or error}); make room or allow writing"
        raise HomeError(msg) from error


def read_state(home: Home) -> DaemonState | None:
    """What the daemon of a home says.

    Args:
        home: Which.

    Returns:
        Its state; None when no process lives that wrote it and holds the daemon's lock.
    """
    state = last_state(home)
    return state if state and _lives(state.pid) and home.is_held(DAEMON) else None


def last_state(home: Home) -> DaemonState | None:
    """What the last daemon of a home said, whether it still runs or not.

    Args:
        home: Which.

    Returns:
        Its state; None when there was no daemon, or its file is damaged.
    """
    try:
        values = json.loads(home.daemon.read_text(encoding="utf-8"))
        next_run_at = datetime.fromisoformat(values["next_run_at"]).astimezone()
        return DaemonState(int(values["pid"]), next_run_at)
    except (OSError, ValueError, KeyError, TypeError, OverflowError):
        return None


def _lives(pid: int) -> bool:
    if pid <= 0:
        return False
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return True
