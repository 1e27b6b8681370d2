"""`python -m benchmarks.paper`: the paper's table for a model, as JSON and Markdown."""

import re
import shlex
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import click

from agent.build import Parts
from agent.cli import settle_process
from agent.commands.output import start_logging
from agent.config import load_settings
from agent.home import Home
from benchmarks.options import data_option, model_option, writable
from benchmarks.replication.answering import OpenParts
from benchmarks.replication.items import Items, Wish
from benchmarks.replication.notes import read_notes
from benchmarks.replication.result import Result, read_results, write_results
from benchmarks.replication.run import Run
from benchmarks.replication.suites import SUITES
from benchmarks.replication.table import markdown
from models import atomic, catalog
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
    callback=writable,
    default=Path("docs/paper.md"),
    show_default=True,
    help="Where the table goes; the results, as JSON beside it. Other suites and models stay. A "
    "TOML file beside it may have a text for each model and suite, which goes below the figures.",
)
@click.option("--replace", is_flag=True, help="Let a smaller run take the place of a larger one.")
def main(
    data: Path,
    model: str,
    limit: int,
    train: int,
    names: tuple[str, ...],
    runs: Path,
    output: Path,
    replace: bool,
) -> None:
    """Measure the paper's tasks: System 1, System 2, and System 1 after distillation."""
    settle_process()
    start_logging(verbose=False)
    name = Path(model).name if Path(model).is_dir() else model
    suites = names or tuple(SUITES)
    open_parts = opener(model)
    try:
        # Whatever can be told before hours of work is.
        earlier, _ = read_results(_beside(output)), read_notes(_notes(output))
        wish = Wish(data, limit, train, known=list)
        asked = {suite: SUITES[suite].make(wish) for suite in suites}
        fingerprint = catalog.fingerprint(catalog.resolve(model))
        if not replace:
            of_model = [one for one in earlier if one.key[:2] == (name, fingerprint)]
            _keep_larger(of_model, asked, output)
        for suite in suites:
            folder = runs / re.sub(r"[^\w.-]+", "-", name) / suite
            command = _command(name, limit, train, suite)
            run = Run(SUITES[suite], data, limit, train, folder, open_parts, _teller(suite))
            add(run.run(name, command), output)
    except SecondNatureError as error:
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
        result: Takes the place of an earlier one of its model's weights and suite.
        output: The Markdown file; the JSON lies beside it. Each is replaced at once.

    Raises:
        InputFileError: The JSON or the notes hold something else.
        ClickException: A file can't be written.
    """
    beside = _beside(output)
    earlier = {one.key: one for one in read_results(beside)}
    results = list((earlier | {result.key: result}).values())
    try:
        output.parent.mkdir(parents=True, exist_ok=True)
        write_results(beside, results)
        atomic.write_text(output, markdown(results, read_notes(_notes(output))))
    except OSError as error:
        msg = f"{output} and {beside} can't be written: {error.strerror}; nothing is lost"
        raise click.ClickException(f"{msg}: the same command asks nothing again") from error
    click.echo(f"written to {output} and {beside}", err=True)


def _beside(output: Path) -> Path:
    """Where the results lie."""
    beside = output.with_suffix(".json")
    if output in {beside, _notes(output)}:
        kept = "results" if output == beside else "notes"
        msg = f"{output} is for the {kept}; name the table's file, say {output.stem}.md"
        raise click.BadParameter(msg, param_hint="'--output'")
    return beside


def _notes(output: Path) -> Path:
    """Where a person's words lie."""
    return output.with_suffix(".toml")


def _keep_larger(earlier: Sequence[Result], asked: Mapping[str, Items], output: Path) -> None:
    """Refuse to put a smaller result in the place of a larger one."""
    for one in earlier:
        if (items := asked.get(one.suite)) is None:
            continue
        had, has = (one.tested, one.train), (len(items.test), len(items.train))
        if any(more > less for more, less in zip(had, has, strict=True)):
            raise click.UsageError(
                f"{output} has {one.suite} of {one.model} with {_size(*had)}, this run has "
                f"{_size(*has)}; name another file with --output, or put this run in its place "
                "with --replace"
            )


def _size(test: int, train: int) -> str:
    return f"{test:,} test and {train:,} training questions"


def _teller(suite: str) -> Callable[[str], None]:
    return lambda what: click.echo(f"{suite}: {what}", err=True)


def _command(model: str, limit: int, train: int, suite: str) -> str:
    """What repeats this suite."""
    options = f"--model {shlex.quote(model)} --limit {limit} --train {train} --suite {suite}"
    return f"python -m benchmarks.paper --data DATA {options}"


if __name__ == "__main__":
    main()
