"""Runs a suite: each column and each distillation goes on from what an earlier run left."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from agent.build import Parts
from agent.commands.output import bar
from benchmarks.replication.answering import (
    ONE_SAMPLE,
    VOTE,
    Answering,
    OpenParts,
    system1,
    system2,
    thinking,
)
from benchmarks.replication.distil import Distillation, distil
from benchmarks.replication.items import Item, Items, Wish
from benchmarks.replication.result import Cell, Result, relations
from benchmarks.replication.score import Given, figures
from benchmarks.replication.state import Outcomes, stamp
from benchmarks.replication.suite import OWN_VOTES, SYSTEM1, Suite, distilled

BLOCK = 64
"""Questions that share batches; their answers are kept together, so a kill costs one block."""

Answers = Mapping[str, Given]
"""By the questions' keys."""


@dataclass(frozen=True)
class Run:
    """One suite on one model.

    Attributes:
        suite: What is asked.
        data: The folder of published data.
        limit: Most test items of each part.
        train: Most training questions.
        folder: Where everything is kept.
        open_parts: Opens a home below it.
        say: Told what begins.
    """

    suite: Suite
    data: Path
    limit: int
    train: int
    folder: Path
    open_parts: OpenParts
    say: Callable[[str], None]

    def run(self, model: str, command: str) -> Result:
        """Do what is left to do.

        Args:
            model: What the model is called.
            command: What was typed.

        Returns:
            The result.
        """
        items = self._items()
        columns = self._untaught(items.test)
        distillations = [self._distil(teacher, items.train) for teacher in self.suite.teachers]
        for done in distillations:
            columns |= self._taught(done, items)
        cells = self._cells(items.test, columns)
        with self._open(VOTE) as parts:
            fingerprint = parts.student.fingerprint
        return Result(
            suite=self.suite.name,
            model=model,
            fingerprint=fingerprint,
            date=f"{datetime.now(UTC):%Y-%m-%d}",
            command=command,
            train=len(items.train),
            cells=cells,
            distillations=tuple(distillations),
            relations=relations(self.suite, cells, distillations),
        )

    def _items(self) -> Items:
        def known(candidates: Sequence[Item]) -> list[Item]:
            with self._open(VOTE) as parts:
                given = self._column("known", candidates, system2(parts, OWN_VOTES))
            return [item for item in candidates if item.right(given[item.key].answer)]

        return self.suite.make(Wish(self.data, self.limit, self.train, known))

    def _untaught(self, test: Sequence[Item]) -> dict[str, Answers]:
        """System 1 and System 2 as they are."""
        with self._open(VOTE) as parts:
            columns = {SYSTEM1: self._column(SYSTEM1, test, system1(parts))}
        for method in self.suite.methods:
            with self._open(VOTE if method == OWN_VOTES else ONE_SAMPLE) as parts:
                columns[method] = self._column(method, test, system2(parts, method))
        return columns

    def _distil(self, teacher: str, train: Sequence[Item]) -> Distillation:
        with self._home(teacher, train) as parts, bar(teacher) as update:
            self.say(f"{teacher} on {len(train)} training questions")
            return distil(parts, train, self.suite.name, say=self.say, progress=update)

    def _taught(self, done: Distillation, items: Items) -> dict[str, Answers]:
        """System 1 with what a teacher taught it, promoted or not; nothing if there is nothing."""
        if done.version is None:
            return {}
        column = distilled(done.teacher)
        with self._home(done.teacher, items.train) as parts:
            answering = system1(parts, parts.registry.get(done.version))
            return {column: self._column(column, items.test, answering)}

    def _home(self, teacher: str, train: Sequence[Item]) -> AbstractContextManager[Parts]:
        """A teacher's own home for these training questions: its memory and its one adapter.

        Other questions or settings have another home: an adapter that was promoted before would be
        what the gate holds the next one against, and one of other settings would count as theirs.
        """
        settings = {"system2.method": teacher, **(VOTE if teacher == OWN_VOTES else {})}
        with self._open(settings) as parts:
            mark = stamp(
                parts.student.fingerprint,
                parts.teacher.fingerprint,
                *thinking(parts),
                parts.settings.trainer.model_dump(),
                parts.settings.gate.model_dump(),
                [item.key for item in train],
            )
        return self.open_parts(self.folder / f"{teacher}-{mark}", settings)

    def _open(self, settings: Mapping[str, object]) -> AbstractContextManager[Parts]:
        """A home in which nothing is remembered."""
        return self.open_parts(self.folder / "asked", settings)

    def _column(self, column: str, items: Sequence[Item], answering: Answering) -> Answers:
        """A column's answers; those given before are not asked for again."""
        outcomes = Outcomes(self.folder / "outcomes.jsonl")
        given = outcomes.read(column, answering.stamp)
        left = [item for item in items if item.key not in given]
        if left:
            self.say(f"{column}: {len(left)} of {len(items)} questions")
        with bar(column) as update:
            for start in range(0, len(left), BLOCK):
                block = left[start : start + BLOCK]
                new = answering.answer([item.question for item in block])
                outcomes.append(column, answering.stamp, block, new)
                given |= {item.key: one for item, one in zip(block, new, strict=True)}
                update(start + len(block), len(left))
        return given

    def _cells(self, test: Sequence[Item], columns: Mapping[str, Answers]) -> tuple[Cell, ...]:
        by_part = {part: [i for i in test if i.part == part] for part in self.suite.parts}
        return tuple(
            Cell(part, column, figures(items, given, paired=self.suite.paired))
            for part, items in by_part.items()
            if items
            for column, given in columns.items()
        )
