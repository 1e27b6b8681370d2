"""What is being continued: requests as tokens, a row for each continuation, and who waits."""

from array import array
from bisect import insort
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from random import Random

from models.types import Finish, Generation, Sampling

Ids = tuple[int, ...]

_TOGETHER = 64
"""Rows that wait together at most, so that no batch is overfilled; the n of a task may be more."""


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """A request as tokens.

    Attributes:
        number: By order of arrival.
        fixed: Token ids that others start with too.
        ids: Token ids after those, never empty.
        sampling: How to continue.
        max_tokens: Most tokens of a continuation: those asked for, or those the context leaves.
        head: How many of `fixed`, the last ones, only tasks of the same call start with.
    """

    number: int
    fixed: Ids
    ids: Ids
    sampling: Sampling
    max_tokens: int
    head: int = 0

    @property
    def prompt_tokens(self) -> int:
        """Length of the whole prompt."""
        return len(self.fixed) + len(self.ids)


@dataclass(eq=False, slots=True)
class Row:
    """One continuation in the making.

    Attributes:
        task: What is continued.
        source: What its tokens are drawn with, its own: who shares the batch changes no draw.
        ids: Its tokens so far.
        logprobs: Of these.
        margins: Likewise.
        entropies: Likewise, where the row is greedy.
        finish: Why it ended; None while it goes on.
        stop_at: The stop text that ended it, if one did.
    """

    task: Task
    source: Random = field(default_factory=Random)
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    finish: Finish | None = None
    stop_at: str = ""


Rows = tuple[Row, ...]
"""The n rows of one task; where rows wait, those of all tasks that are best begun together."""


class Desk:
    """The tasks of one call that are not yet answered.

    Attributes:
        waiting: Rows of those not yet begun, the shortest first: like lengths side by side keep the
            padding small. Tasks of one head wait together, so that it is read once. Whoever begins
            a task takes it out; later ones are put in.
    """

    def __init__(self) -> None:
        self.waiting: list[Rows] = []
        self._open: dict[int, Rows] = {}

    @property
    def unanswered(self) -> list[Rows]:
        """Rows of every task that was not answered, by number."""
        return list(self._open.values())

    def add(self, tasks: Iterable[Task]) -> int:
        """Let tasks wait for their turn; numbers rise.

        Args:
            tasks: Tasks not added before.

        Returns:
            How many rows they have.
        """
        added = 0
        together: dict[object, Rows] = {}
        for task in tasks:
            rows = tuple(Row(task, source) for source in _sources(task))
            self._open[task.number] = rows
            key = task.fixed if task.head else task.number
            if len(together.get(key, ())) + len(rows) > _TOGETHER:
                self._wait(together.pop(key, ()))
            together[key] = together.get(key, ()) + rows
            added += len(rows)
        for rows in together.values():
            self._wait(rows)
        return added

    def _wait(self, rows: Rows) -> None:
        if rows:
            insort(self.waiting, rows, key=_longest)

    def answered(self, rows: Sequence[Row]) -> list[Rows]:
        """Take off the desk rows that have just ended, and tasks with their last.

        Args:
            rows: Rows that just ended.

        Returns:
            All rows of each such task, by number.
        """
        numbers = sorted({row.task.number for row in rows})
        done = [n for n in numbers if all(row.finish is not None for row in self._open[n])]
        return [self._open.pop(number) for number in done]


def _sources(task: Task) -> list[Random]:
    """A source of randomness for each row; with a seed, by that, the prompt and the row alone."""
    n, seed = task.sampling.n, task.sampling.seed
    if seed is None or not task.sampling.temperature:
        return [Random() for _ in range(n)]  # noqa: S311
    prompt = array("q", task.fixed + task.ids).tobytes()
    return [Random(b"%d %d " % (seed, number) + prompt) for number in range(n)]  # noqa: S311


def _longest(rows: Rows) -> int:
    return max(len(row.task.ids) for row in rows)


def finished(row: Row, text: str) -> Generation:
    """Turn a row into a generation.

    Args:
        row: Done, or cut short by a cancel.
        text: Its decoded ids, without special tokens.

    Returns:
        The generation; text from a stop text on is left out.
    """
    if row.stop_at:
        text = text.partition(row.stop_at)[0]
    return Generation(
        text=text,
        logprobs=tuple(row.logprobs),
        margins=tuple(row.margins),
        finish=row.finish or Finish.CANCELLED,
        prompt_tokens=row.task.prompt_tokens,
        entropies=tuple(row.entropies),
    )
