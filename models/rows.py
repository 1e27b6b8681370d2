"""What is being continued: requests as tokens, a row for each continuation, and who waits."""

from bisect import insort
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from models.types import Finish, Generation, Sampling

Ids = tuple[int, ...]


@dataclass(frozen=True, eq=False, slots=True)
class Task:
    """A request as tokens.

    Attributes:
        number: By order of arrival.
        fixed: Token ids that others start with too.
        ids: Token ids after those, never empty.
        sampling: How to continue.
        max_tokens: Most tokens of a continuation: those asked for, or those the context leaves.
    """

    number: int
    fixed: Ids
    ids: Ids
    sampling: Sampling
    max_tokens: int

    @property
    def prompt_tokens(self) -> int:
        """Length of the whole prompt."""
        return len(self.fixed) + len(self.ids)


@dataclass(eq=False, slots=True)
class Row:
    """One continuation in the making."""

    task: Task
    ids: list[int] = field(default_factory=list)
    logprobs: list[float] = field(default_factory=list)
    margins: list[float] = field(default_factory=list)
    entropies: list[float] = field(default_factory=list)
    finish: Finish | None = None
    stop_at: str = ""


Rows = tuple[Row, ...]
"""The n rows of one task."""


class Desk:
    """The tasks of one call that are not yet answered."""

    def __init__(self) -> None:
        self._open: dict[int, Rows] = {}
        self._waiting: dict[Ids, list[Rows]] = {}
        self._left: Counter[Ids] = Counter()

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
        for task in tasks:
            rows = tuple(Row(task) for _ in range(task.sampling.n))
            self._open[task.number] = rows
            # Like lengths side by side keep the padding small.
            insort(self._waiting.setdefault(task.fixed, []), rows, key=lambda r: len(r[0].task.ids))
            self._left[task.fixed] += len(rows)
            added += len(rows)
        return added

    def waiting(self, fixed: Ids) -> list[Rows]:
        """Tasks of a fixed part, shortest first.

        Whoever starts a task takes it out of the list; later ones of this fixed part are put in.
        """
        return self._waiting.setdefault(fixed, [])

    def busiest(self, among: Collection[Ids] | None = None) -> Ids | None:
        """The fixed part that most rows wait for or are under way with.

        Args:
            among: Fixed parts to choose from; None is all.

        Returns:
            One of them; None when nothing is left of them.
        """
        left = [(n, fixed) for fixed, n in self._left.items() if among is None or fixed in among]
        count, best = max(left, key=lambda item: item[0], default=(0, None))
        return best if count else None

    def answered(self, rows: Sequence[Row]) -> list[Rows]:
        """Take off the desk rows that have just ended, and tasks with their last.

        Args:
            rows: Rows that just ended.

        Returns:
            All rows of each such task, by number.
        """
        self._left.subtract(row.task.fixed for row in rows)
        numbers = sorted({row.task.number for row in rows})
        done = [n for n in numbers if all(row.finish is not None for row in self._open[n])]
        return [self._open.pop(number) for number in done]


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
