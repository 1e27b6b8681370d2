"""The workers of a sandbox, from its first program to the close that ends them all."""

import os
import signal
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress

import pydantic_monty as monty

from agent.sandbox_settings import SandboxSettings
from models.errors import MethodError

GRACE_S = 0.5
"""Seconds past its time limit after which a worker that does not stop by itself is killed."""

_MAX_DENIALS = 100
# Nobody answers what calls the host: there is no clock, as today's answer may be wrong tomorrow.
_POLICY = monty.OSPolicy(sleep="zero", datetime="call_host")
_KILL = getattr(signal, "SIGKILL", signal.SIGTERM)  # Windows has one way to end a process


class Workers:
    """`monty` processes, and the threads that wait for them; once closed, they run nothing more.

    Args:
        settings: What a program may use.

    Raises:
        MethodError: The sandbox itself is not installed.
    """

    def __init__(self, settings: SandboxSettings) -> None:
        self.settings = settings
        self._pool = monty.Monty(max_processes=settings.workers, feed_duration_limit_grace=GRACE_S)
        try:
            self._pool.__enter__()
        except OSError as error:
            raise MethodError(
                f"programs can't run: the monty sandbox did not start ({error}); "
                "reinstall pydantic-monty"
            ) from error
        self.threads = ThreadPoolExecutor(settings.workers, "sandbox")
        self.closed = False
        self._lock = threading.Lock()
        self._lent: set[int] = set()

    @contextmanager
    def session(self) -> Iterator[monty.MontySession]:
        """Lend a worker to one program, once one is free; `close` kills it.

        Yields:
            A fresh session.

        Raises:
            RuntimeError: The workers are closed.
        """
        limits = monty.ResourceLimits(
            max_feed_duration_secs=self.settings.time_limit_s,
            max_memory=self.settings.memory_limit_mb * 1024 * 1024,
            max_recursion_depth=self.settings.recursion_limit,
            max_suspensions=_MAX_DENIALS,
        )
        with self._pool.checkout(limits=limits, os_policy=_POLICY) as session:
            process = session.worker_pid
            with self._lock:
                if self.closed or process is None:  # one that can't be killed is not lent
                    raise RuntimeError("the workers are closed")
                self._lent.add(process)
            try:
                yield session
            finally:
                with self._lock:
                    self._lent.discard(process)

    def close(self) -> None:
        """End all workers at once: the pool leaves those that run something to their time limit."""
        with self._lock:
            self.closed = True
            for process in self._lent:
                with suppress(OSError):
                    os.kill(process, _KILL)  # it may have ended by itself
        self.threads.shutdown(wait=False)
        self._pool.__exit__(None, None, None)
