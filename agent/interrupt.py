"""Ctrl-C as a wish: what is under way ends within a step, and what was paid for is kept."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType


@dataclass(slots=True)
class Cancel:
    """Whether what is under way is to be given up; models ask it at every step."""

    asked: bool = False

    def __call__(self) -> bool:
        """Whether it was asked for."""
        return self.asked


@contextmanager
def cancelling() -> Iterator[Cancel]:
    """Ctrl-C asks what is under way to end; a second one ends it at once.

    Yields:
        What to ask at every step.
    """
    cancel = Cancel()

    def on_interrupt(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001
        if cancel.asked:
            raise KeyboardInterrupt
        cancel.asked = True

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield cancel
    finally:
        signal.signal(signal.SIGINT, before)
