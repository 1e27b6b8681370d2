"""The folder that holds everything a user owns, and the locks on it."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from filelock import FileLock, Timeout

from models.errors import HomeBusyError, HomeError

CONSOLIDATION = "consolidation"
"""Lock of whoever changes the adapters: a consolidation, a promotion, a rollback."""

LABELS = "labels"
"""Lock of whoever changes labels, or certifies by them; held for seconds at most."""

DAEMON = "daemon"
"""Lock that a running daemon holds."""

_PATIENCE_S = 0.5
"""Seconds that any lock is waited for: who asks whether it is held has it for a moment."""


@dataclass(frozen=True, slots=True)
class Home:
    """Where each thing lies below the home folder."""

    root: Path

    @property
    def database(self) -> Path:
        """Memory, unless `memory.url` names another database."""
        return self.root / "memory.db"

    @property
    def index(self) -> Path:
        """FAISS's files; they can always be rebuilt."""
        return self.root / "index"

    @property
    def adapters(self) -> Path:
        """Adapter versions and which is active."""
        return self.root / "adapters"

    @property
    def router(self) -> Path:
        """Calibrators and certificates, one file an adapter."""
        return self.root / "router"

    @property
    def runs(self) -> Path:
        """Training runs."""
        return self.root / "runs"

    @property
    def daemon(self) -> Path:
        """What the last daemon said of itself."""
        return self.root / "daemon.json"

    def prepare(self) -> None:
        """Make the folder if it is missing.

        Raises:
            HomeError: It cannot be made, or is no folder.
        """
        try:
            self.root.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            msg = (
                f"the home folder {self.root} cannot be made ({error.strerror}); set "
                "SECONDNATURE_HOME to a folder that can be written"
            )
            raise HomeError(msg) from error

    @contextmanager
    def alone(self, name: str, what: str, wait_s: float = _PATIENCE_S) -> Iterator[None]:
        """Hold a lock that only one process can have; it goes with the process.

        Args:
            name: The lock's.
            what: What it is for, in words for the other process's user.
            wait_s: Seconds to wait for another process that has it.

        Yields:
            Nothing.

        Raises:
            HomeBusyError: Another process has it.
            HomeError: The home cannot be written.
        """
        self.prepare()
        lock = FileLock(self.root / f"{name}.lock")
        try:
            lock.acquire(timeout=wait_s)
        except Timeout as error:
            msg = f"{what} is already running on {self.root}; wait for it, or stop it first"
            raise HomeBusyError(msg) from error
        except OSError as error:
            msg = f"{self.root} cannot be written ({error.strerror}); {what} needs to write there"
            raise HomeError(msg) from error
        try:
            yield
        finally:
            lock.release()

    def is_held(self, name: str) -> bool:
        """Whether some process holds a lock; to find out, it is taken for a moment.

        Args:
            name: The lock's.

        Returns:
            False when nobody does, or when there is nothing to hold.
        """
        path = self.root / f"{name}.lock"
        if not path.exists():
            return False
        lock = FileLock(path)
        try:
            lock.acquire(timeout=0)
        except Timeout:
            return True
        except OSError:
            return False
        lock.release()
        return False
