"""`python -m benchmarks.paper`: the paper's table for a model, as JSON and Markdown."""

import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import click

from agent.build import Parts
from agent.cli import settle_process
from agent.commands.output import start_logging
from agent.config import load_settings
from agent.home import Home
from benchmarks.options import data_option, model_option
from benchmarks.replication.answering import OpenParts
from benchmarks.replication.result import Result, read_results, write_results
from benchmarks.replication.run import Run
from benchmarks.replication.suites import SUITES
from benchmarks.replication.table import markdown
from models import atomic
from models.errors import SecondNatureError

LIMIT, TRAIN = 200, 400


@click.command()
@data_option
@model_option
@click.option(
    "--limit",
    type=click.IntRange(min=1),
    default=LIMIT,
    show_default=True,
    help="Most test items of each part of a suite.",
)
@click.option(
    "--train",
    type=click.IntRange(min=1),
    default=TRAIN,
    show_default=True,
    help="Most training questions of a suite.",
)
@click.option(
    "--suite",
    "names",
    multiple=True,
    type=click.Choice(list(SUITES)),
    help="A suite to run; give it again for more.  [default: all]",
)
@click.option(
    "--runs",
    type=click.Path(file_okay=False, path_type=Path),
    default=Path("runs/paper"),
    show_default=True,
    help="Where runs are kept, in a folder a model; the same command goes on there.",
)
@click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    default=Path("docs/paper.md"),
    show_default=True,
    help="Where the table goes; the results, as JSON beside it. Other suites and models stay.",
)
def main(
    data: Path, model: str, limit: int, train: int, names: tuple[str, ...], runs: Path, output: Path
) -> None:
    """Measure the paper's tasks: System 1, System 2, and System 1 after distillation."""
    settle_process()
    start_logging(verbose=False)
    name = Path(model).name if Path(model).is_dir() else model
    open_parts = opener(model)
    try:
        read_results(output.with_suffix(".json"))  # before hours of work
        for suite in names or tuple(SUITES):
            folder = runs / re.sub(r"[^\w.-]+", "-", name) / suite
            command = _command(name, limit, train, suite)
            run = Run(SUITES[suite], data, limit, train, folder, open_parts, _teller(suite))
            add(run.run(name, command), output)
    except (SecondNatureError, ValueError) as error:
        sys.exit(f"error: {error}")


def opener(model: str) -> OpenParts:
    """Homes that share one copy of the models, under the settings of checkout and environment.

    Args:
        model: Teacher and student, unless `system2.model` names another teacher.

    Returns:
        Opens a home.
    """
    shared: dict[str, object] = {}

    @contextmanager
    def open_parts(root: Path, settings: Mapping[str, object]) -> Iterator[Parts]:
        chosen = load_settings(root, {"system1.model": model, **settings})
        parts = Parts(chosen, Home(root))
        vars(parts).update(shared)  # as if they had been built here
        try:
            yield parts
        finally:
            built = vars(parts)
            shared.update({k: built[k] for k in ("student", "teacher", "encoder") if k in built})
            parts.close()

    return open_parts


def add(result: Result, output: Path) -> None:
    """Put a result among those that were written before, as JSON, and write the table of all.

    Args:
        result: Takes the place of an earlier one of its model and suite.
        output: The Markdown file; the JSON lies beside it. Each is replaced at once.

    Raises:
        InputFileError: The JSON holds something else.
    """
    beside = output.with_suffix(".json")
    earlier = {(one.model, one.suite): one for one in read_results(beside)}
    results = list((earlier | {(result.model, result.suite): result}).values())
    output.parent.mkdir(parents=True, exist_ok=True)
    write_results(beside, results)
    atomic.write_text(output, markdown(results))
    click.echo(f"written to {output} and {beside}", err=True)


def _teller(suite: str) -> Callable[[str], None]:
    return lambda what: click.echo(f"{suite}: {what}", err=True)


def _command(model: str, limit: int, train: int, suite: str) -> str:
    """What repeats this suite."""
    options = f"--model {shlex.quote(model)} --limit {limit} --train {train} --suite {suite}"
    return f"python -m benchmarks.paper --data DATA {options}"


if __name__ == "__main__":
    main()
