"""System 2's thinking as it goes: one line that is rewritten, or a line for each step."""

import shutil
import unicodedata
from types import TracebackType
from typing import Self, TextIO

from agent.system2.reason import Event, Step
from agent.tables import one_line

_WIDTH = 40


def line_of(event: Event) -> str:
    """Where a question stands: "thinking: program_of_thought 4 votes, leads '24', 132 tokens".

    Args:
        event: What happened last.

    Returns:
        One line, not ended.
    """
    if event.step is Step.STAGE:
        at_work = f"{_count(event.samples, 'sample')} of {event.stage}"
    else:
        at_work = _count(event.samples, "vote")
    lead = "" if event.lead is None else f", leads {_quoted(event.lead)}"
    return f"thinking: {event.method} {at_work}{lead}, {_count(event.tokens, 'token')}"


def step_of(event: Event) -> str:
    """What happened, with the vote that came in and why it is one for nothing.

    Args:
        event: A stage, a vote, or the end.

    Returns:
        One line, not ended.
    """
    vote = event.vote
    if event.step is Step.STAGE:
        happened = f"begins {event.stage}, {_count(event.samples, 'sample')}"
    elif vote is None:
        votes = _count(event.samples, "vote")
        lead = "no answer" if event.lead is None else _quoted(event.lead)
        happened = f"done: {lead}, {votes}, {_count(event.tokens, 'token')}"
    elif vote.answer is None:
        happened = f"vote {event.samples}: for nothing ({one_line(vote.failure, _WIDTH)})"
    else:
        happened = f"vote {event.samples}: {_quoted(vote.answer)}"
    changed = f", {vote.variant}" if vote and vote.variant else ""
    return f"  {event.method}{changed}: {happened}"


class Thinking:
    """Told of events, shows them; around a call, it leaves no half line behind.

    Attributes:
        every_step: Whether each stage and vote gets a line of its own, on a terminal or not;
            without, a terminal has one line that is rewritten, and nothing else has any.
    """

    def __init__(self, stream: TextIO, *, every_step: bool = False) -> None:
        """Show thinking.

        Args:
            stream: Where.
            every_step: Whether each stage and vote gets a line of its own.
        """
        self._stream = stream
        self._drawn = False
        self.every_step = every_step

    def __call__(self, event: Event) -> None:
        """Show what happened.

        Args:
            event: What.
        """
        if self.every_step:
            self._stream.write(step_of(event) + "\n")
        elif self._stream.isatty():
            self._clear()
            self._stream.write(_cut(line_of(event), _columns()))
            self._drawn = True
        self._stream.flush()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._clear()
        self._stream.flush()

    def _clear(self) -> None:
        """Blank the line; by spaces, which every terminal knows."""
        if self._drawn:
            self._stream.write(f"\r{' ' * _columns()}\r")
            self._drawn = False


def _columns() -> int:
    """Columns of a line that does not wrap."""
    return max(1, shutil.get_terminal_size().columns - 1)


def _cut(line: str, columns: int) -> str:
    """As much of a line as fits; most characters of East Asia take two columns."""
    for at, char in enumerate(line):
        columns -= 2 if unicodedata.east_asian_width(char) in "WF" else 1
        if columns < 0:
            return line[:at]
    return line


def _quoted(answer: str) -> str:
    return f"'{one_line(answer, _WIDTH)}'"


def _count(n: int, what: str) -> str:
    return f"{n:,} {what}" if n == 1 else f"{n:,} {what}s"
