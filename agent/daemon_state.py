"""The small file in which a running daemon says what it is about to do."""

import json
import os
from dataclasses import dataclass
from datetime import datetime

from agent.home import DAEMON, Home
from models import atomic
from models.errors import HomeError


@dataclass(frozen=True, slots=True)
class DaemonState:
    """A daemon that runs.

    Attributes:
        pid: Its process.
        next_run_at: When it looks next whether there is enough to learn.
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
    try:
        values = json.loads(home.daemon.read_text(encoding="utf-8"))
        state = DaemonState(int(values["pid"]), datetime.fromisoformat(values["next_run_at"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return state if _lives(state.pid) and home.is_held(DAEMON) else None


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
