"""`python -m benchmarks`, or `make bench`: measure, print a table, write results.json."""

import sys
import tempfile
import time
from pathlib import Path

import click

from agent.cli import settle_process
from agent.config import Settings
from agent.tables import table
from benchmarks.measure import (
    Measured,
    Result,
    Setup,
    refuse_others,
    summarise,
    write_results,
)
from benchmarks.options import model_option, writable
from benchmarks.suite import BENCHMARKS
from models.errors import SecondNatureError

ENOUGH_RUNS = 5
OUTPUT = Path(__file__).with_name("results.json")


@click.command()
@click.argument("names", nargs=-1, metavar="[NAME]...", type=click.Choice(list(BENCHMARKS)))
@click.option(
    "--runs",
    type=click.IntRange(min=1),
    default=ENOUGH_RUNS,
    show_default=True,
    help=f"Ratios to take of each; fewer than {ENOUGH_RUNS} are a trial, and not written.",
)
@model_option
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=OUTPUT,
    callback=writable,
    help="Where results go, among the model's of other benchmarks.  "
    "[default: benchmarks/results.json]",
)
def main(names: tuple[str, ...], runs: int, model: str, output: Path) -> None:
    """Measure Second Nature against peers and limits: every NAME given, or all.

    Each ratio is of two measurements taken in turn in this run (A B A B); the table and the file
    have the median of the runs with the lowest and the highest.
    """
    # As the command line sets it; for both sides of every ratio.
    settle_process()
    try:
        if runs >= ENOUGH_RUNS:  # before minutes of work
            refuse_others(output, model)
        _run(names or tuple(BENCHMARKS), runs, model, output)
    except ModuleNotFoundError as error:
        sys.exit(f"error: {error}; run `make bench`, or pip install -e '.[bench]'")
    except (SecondNatureError, ValueError) as error:
        sys.exit(f"error: {error}")


def _run(names: tuple[str, ...], runs: int, model: str, output: Path) -> None:
    from benchmarks.conditions import conditions  # torch, which the process is settled for by now

    results: dict[str, Result] = {}
    details: dict[str, str] = {}
    for name in dict.fromkeys(names):
        measured = _measure(name, model, runs)
        result = summarise(measured.ratios, BENCHMARKS[name].target)
        results[name] = result
        details[name] = measured.detail
        if runs >= ENOUGH_RUNS:  # one by one: a later failure loses nothing
            write_results(output, {name: result}, conditions(model), BENCHMARKS)
    click.echo(_table(results))
    click.echo(f"\n{model}, {runs} runs each")
    for name, detail in details.items():
        click.echo(f"  {name}: {detail}")
    if runs < ENOUGH_RUNS:
        click.echo(f"a trial of {runs} runs: nothing was written", err=True)
    else:
        click.echo(f"written to {output}", err=True)


def _measure(name: str, model: str, runs: int) -> Measured:
    click.echo(f"{name} ...", err=True)
    start = time.perf_counter()
    with tempfile.TemporaryDirectory(prefix="secondnature-bench-") as folder:
        setup = Setup(model, Settings().memory.encoder, runs, Path(folder))
        measured = BENCHMARKS[name].measure(setup)
    click.echo(f"   {time.perf_counter() - start:.0f} s", err=True)
    return measured


def _table(results: dict[str, Result]) -> str:
    rows = [
        (
            name,
            *(f"{value:.3g}" for value in (result.ratio, result.low, result.high)),
            str(result.target),
            result.met,
            BENCHMARKS[name].about,
        )
        for name, result in results.items()
    ]
    return table(("name", "ratio", "low", "high", "target", "met", "what it is"), rows)


if __name__ == "__main__":
    main()
