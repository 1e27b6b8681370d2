"""What a run of a suite came to, as its file keeps it, and whether that is what is wanted."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from benchmarks.replication.distil import Distillation
from benchmarks.replication.score import Figures
from benchmarks.replication.suite import OWN_VOTES, SYSTEM1, Look, Suite, Wanted, distilled
from models import atomic
from models.errors import InputFileError


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

    @property
    def key(self) -> tuple[str, str, str]:
        """Equal for results that take each other's place: of one model's weights and suite."""
        return self.model, self.fingerprint, self.suite

    @property
    def tested(self) -> int:
        """Test questions, of all parts."""
        return sum(cell.figures.questions for cell in self.cells if cell.column == SYSTEM1)

    def figures(self, part: str, column: str) -> Figures | None:
        """One cell's figures, if there are any."""
        cells = (cell for cell in self.cells if (cell.part, cell.column) == (part, column))
        return next((cell.figures for cell in cells), None)


_RESULTS = TypeAdapter(list[Result])


def write_results(path: Path, results: Sequence[Result]) -> None:
    """Keep results; the file is replaced at once."""
    atomic.write_text(path, _RESULTS.dump_json(list(results), indent=1).decode() + "\n")


def read_results(path: Path) -> list[Result]:
    """Read what `write_results` wrote.

    Args:
        path: The file; one that is not there holds nothing.

    Returns:
        The results.

    Raises:
        InputFileError: The file holds something else, or can't be read.
    """
    try:
        return _RESULTS.validate_json(path.read_bytes())
    except FileNotFoundError:
        return []
    except OSError as error:
        msg = f"{path} can't be read ({error.strerror}); results are kept there: move it away"
        raise InputFileError(msg) from error
    except ValidationError as error:
        found = error.errors()[0]
        msg = f"{path} holds no results ({found['loc']}: {found['msg']}); move it away"
        raise InputFileError(msg) from error


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
