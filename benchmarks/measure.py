"""What every benchmark shares: ratios of pairs taken in turn, their spread, targets, results.

A ratio compares two things measured one after the other in the same run, so that what else the
machine does weighs on both alike.
"""

import json
import math
import statistics
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from models import atomic
from models.errors import InputFileError

Measurement = Callable[[], float]


@dataclass(frozen=True, slots=True)
class Target:
    """What a ratio must reach.

    Attributes:
        value: The bound itself counts as reached.
        at_most: Whether smaller is better.
    """

    value: float
    at_most: bool = False

    def met_by(self, ratio: float) -> bool:
        """Whether a ratio reaches the target; nan never does."""
        return ratio <= self.value if self.at_most else ratio >= self.value

    def __str__(self) -> str:
        return f"{'<=' if self.at_most else '>='} {self.value:g}"


@dataclass(frozen=True, slots=True)
class Setup:
    """What a benchmark is run with.

    Attributes:
        model: Catalogue name or folder of a pulled language model.
        encoder: The same of the encoder.
        runs: Ratios to take, >= 1.
        folder: Empty, for whatever the benchmark writes.
    """

    model: str
    encoder: str
    runs: int
    folder: Path


@dataclass(frozen=True, slots=True)
class Conditions:
    """What results were measured with, and when.

    Attributes:
        model: As it was named.
        weights: The type that its weights are kept in.
        processor: Name of what it runs on.
        date: ISO, of the end of the measurement, UTC.
    """

    model: str
    weights: str
    processor: str
    date: str


@dataclass(frozen=True, slots=True)
class Measured:
    """What a benchmark saw.

    Attributes:
        ratios: One a run.
        detail: The figures behind them, in words.
    """

    ratios: tuple[float, ...]
    detail: str


@dataclass(frozen=True, slots=True)
class Result:
    """A benchmark's ratio: the median of its runs, with the lowest and the highest."""

    ratio: float
    low: float
    high: float
    target: Target

    @property
    def met(self) -> bool:
        """Whether the median reaches the target."""
        return self.target.met_by(self.ratio)

    def as_object(self) -> dict[str, float | bool]:
        """What results.json holds of it."""
        return {
            "ratio": _rounded(self.ratio),
            "low": _rounded(self.low),
            "high": _rounded(self.high),
            "target": self.target.value,
            "met": self.met,
        }


def alternate(a: Measurement, b: Measurement, runs: int) -> list[tuple[float, float]]:
    """Measure two things in turn: A B A B.

    Args:
        a: Measures the first, once.
        b: Measures the second, once.
        runs: Pairs, >= 1.

    Returns:
        The pairs.
    """
    return [(a(), b()) for _ in range(runs)]


def ratios(pairs: Iterable[tuple[float, float]]) -> tuple[float, ...]:
    """A over B, pair by pair.

    Args:
        pairs: As `alternate` took them; B is never 0.

    Returns:
        As many ratios.
    """
    return tuple(a / b for a, b in pairs)


def spread(values: Sequence[float], unit: str = "") -> str:
    """Median, lowest and highest in words: "2.1 s (2.0 to 2.4)"."""
    middle = f"{statistics.median(values):.3g}{unit}"
    return f"{middle} ({min(values):.3g} to {max(values):.3g})"


def summarise(values: Sequence[float], target: Target) -> Result:
    """Boil the runs' ratios down.

    Args:
        values: At least one.
        target: What they must reach.

    Returns:
        The result.

    Raises:
        ValueError: There is none, or one is no finite number.
    """
    if not values or not all(map(math.isfinite, values)):
        msg = f"ratios must be finite and at least one, not {list(values)}"
        raise ValueError(msg)
    return Result(statistics.median(values), min(values), max(values), target)


def read_results(path: Path) -> dict[str, object]:
    """Results of earlier runs, by name.

    Args:
        path: A results file, or nothing.

    Returns:
        What it holds; empty when there is none.

    Raises:
        ValueError: The file holds something else.
    """
    if not path.exists():
        return {}
    try:
        values = json.loads(path.read_text("utf-8"))
    except ValueError:
        values = None
    if not isinstance(values, dict):
        msg = f"{path} does not hold results of benchmarks; remove it or name another --output"
        raise ValueError(msg)
    return values


def refuse_others(path: Path, model: str) -> None:
    """Keep the results of two models apart.

    Args:
        path: A results file, or nothing.
        model: Whose results are to be written there.

    Raises:
        InputFileError: The file holds those of another.
        ValueError: It holds something else.
    """
    for held in read_results(path).values():
        other = held.get("model", model) if isinstance(held, dict) else model
        if other != model:
            raise InputFileError(
                f"{path} holds results of {other}: name another --output for those of {model}"
            )


def write_results(
    path: Path, results: dict[str, Result], conditions: Conditions, names: Iterable[str]
) -> None:
    """Write results among those of earlier runs, at once.

    Args:
        path: JSON: `{name: {ratio, low, high, target, met, model, weights, processor, date}}`.
        results: New ones, by name; they replace old ones.
        conditions: Of the new ones.
        names: The benchmarks there are: others' results are dropped, and this is the order.
    """
    under = asdict(conditions)
    new = {name: result.as_object() | under for name, result in results.items()}
    found = read_results(path) | new
    kept = {name: found[name] for name in names if name in found}
    path.parent.mkdir(parents=True, exist_ok=True)
    atomic.write_text(path, json.dumps(kept, indent=2) + "\n")


def _rounded(value: float) -> float:
    """To four significant digits."""
    return float(f"{value:.4g}")
