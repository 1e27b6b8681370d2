"""The one small file that says which adapter answers, and what answered before it."""

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from models import atomic
from models.errors import AdapterError

BASE = "base"
"""What stands for a version when no adapter is active."""


@dataclass(frozen=True, slots=True)
class Active:
    """Content of the file.

    Attributes:
        version: The active one, or "base".
        since: ISO 8601, UTC; None when nothing was ever promoted.
        history: What was active before, oldest first: rolling back takes the last.
        retired: Every version that once was active and no longer is.
    """

    version: str = BASE
    since: str | None = None
    history: tuple[str, ...] = ()
    retired: tuple[str, ...] = ()

    @classmethod
    def read(cls, path: Path) -> "Active":
        """Read it; without a file the base is active.

        Args:
            path: The file.

        Returns:
            What it says.

        Raises:
            AdapterError: It cannot be read, or is not such a file.
        """
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            state = cls(
                version=values["version"],
                since=values["since"],
                history=tuple(values["history"]),
                retired=tuple(values["retired"]),
            )
            if state.since is not None:
                datetime.fromisoformat(state.since)
        except FileNotFoundError:
            return cls()
        except (OSError, ValueError, TypeError, KeyError) as error:
            raise AdapterError(
                f"{path} is damaged ({error}), so which adapter is active is not known; remove it "
                "to go on with the base, then promote a version again"
            ) from error
        return state

    def write(self, path: Path) -> None:
        """Replace the file at once."""
        atomic.write_text(path, json.dumps(asdict(self), indent=1) + "\n")

    def promoted(self, version: str) -> "Active":
        """The state after promoting a version; the same when it is active already."""
        if version == self.version:
            return self
        return Active(
            version=version,
            since=_now(),
            history=(*self.history, self.version),
            retired=_retired((*self.retired, self.version), version),
        )

    def rolled_back(self, usable: Callable[[str], bool]) -> "Active":
        """The state after going back to what was active before.

        Args:
            usable: Whether a version still can be; others are passed over, down to the base.

        Returns:
            The state.

        Raises:
            AdapterError: Nothing was active before.
        """
        if self.version == BASE:
            raise AdapterError("nothing to roll back: the base answers, without an adapter")
        history = list(self.history)
        while history and history[-1] != BASE and not usable(history[-1]):
            history.pop()
        version = history.pop() if history else BASE
        return Active(
            version=version,
            since=_now(),
            history=tuple(history),
            retired=_retired((*self.retired, self.version), version),
        )


def _now() -> str:
    return datetime.now(UTC).isoformat()


def _retired(versions: tuple[str, ...], active: str) -> tuple[str, ...]:
    return tuple(sorted(set(versions) - {BASE, active}))
