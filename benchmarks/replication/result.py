"""What a run of a suite came to, as its file keeps it, and whether that is what is wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.replication.distil import Distillation
from benchmarks.replication.score import Figures
from benchmarks.replication.suite import OWN_VOTES, SYSTEM1, Look, Suite, Wanted, distilled
from models import atomic


@dataclass(frozen=True, slots=True)
class Cell:
    """The figures of one column on one part."""

    part: str
    column: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class Relation:
    """A wanted relation of a teacher's figures on a part, and whether it was reached."""

    part: str
    teacher: str
    words: str
    reached: bool


@dataclass(frozen=True, slots=True)
class Result:
    """A suite on a model.

    Attributes:
        suite: Its name.
        model: The model's name.
        fingerprint: Of its weights.
        date: When the run ended, UTC.
        command: What was typed, the folder of data left out.
        train: Training questions.
        cells: Figures by part and column; a teacher that taught nothing has no column.
        distillations: One a teacher.
        relations: One a relation and teacher; System 1's own votes are a baseline and have none.
    """

    suite: str
    model: str
    fingerprint: str
    date: str
    command: str
    train: int
    cells: tuple[Cell, ...]
    distillations: tuple[Distillation, ...]
    relations: tuple[Relation, ...]

    def figures(self, part: str, column: str) -> Figures | None:
        """One cell's figures, if there are any."""
        cells = (cell for cell in self.cells if (cell.part, cell.column) == (part, column))
        return next((cell.figures for cell in cells), None)


_RESULT = TypeAdapter(Result)


def write_result(path: Path, result: Result) -> None:
    """Keep a result; the file is replaced at once."""
    atomic.write_text(path, _RESULT.dump_json(result, indent=1).decode() + "\n")


def read_result(path: Path) -> Result:
    """Read what `write_result` wrote."""
    return _RESULT.validate_json(path.read_bytes())


def relations(
    suite: Suite, cells: Sequence[Cell], distillations: Sequence[Distillation]
) -> tuple[Relation, ...]:
    """Hold figures against what is wanted; what could not be measured was not reached.

    Args:
        suite: Says what is wanted.
        cells: The figures.
        distillations: Of its teachers.

    Returns:
        A relation for each that is wanted of each teacher.
    """
    by = {(cell.part, cell.column): cell.figures for cell in cells}
    return tuple(
        _relation(wanted, by, done)
        for done in distillations
        if done.teacher != OWN_VOTES
        for wanted in suite.wanted
    )


def _relation(
    wanted: Wanted, by: Mapping[tuple[str, str], Figures], done: Distillation
) -> Relation:
    columns = (SYSTEM1, done.teacher, distilled(done.teacher))
    found = [by[wanted.part, column] for column in columns if (wanted.part, column) in by]
    if len(found) < len(columns):
        why = "nothing was distilled" if done.version is None else "nothing was asked"
        return Relation(wanted.part, done.teacher, f"{wanted.words} ({why})", reached=False)
    base, teacher, student = found
    reached = wanted.holds(Look(base, teacher, student, done.promoted))
    return Relation(wanted.part, done.teacher, wanted.words, reached)
