"""What every command shares in speaking to people: JSON, tables, progress bars, the parts."""

import json
import logging
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.build import Parts

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON.")


def start_logging(verbose: bool) -> None:
    """Send the project's log to stderr; without `verbose`, only what needs attention."""
    logging.basicConfig(
        stream=sys.stderr,
        level=logging.WARNING,
        format="%(levelname)s %(name)s: %(message)s",
    )
    if verbose:
        for name in ("agent", "trainer", "router", "memory", "models"):
            logging.getLogger(name).setLevel(logging.INFO)


@contextmanager
def parts(overrides: Mapping[str, object] | None = None) -> "Iterator[Parts]":
    """The parts of the user's home, closed in the end.

    Args:
        overrides: Flags by dotted setting.

    Yields:
        The parts; none is built yet.
    """
    from agent.build import Parts
    from agent.config import home_folder, load_settings
    from agent.home import Home

    root = home_folder()
    built = Parts(load_settings(root, overrides), Home(root))
    try:
        yield built
    finally:
        built.close()


def print_json(value: object) -> None:
    """Print one JSON object on stdout; numbers that are not finite become null."""
    click.echo(json.dumps(_finite(value), ensure_ascii=False))


def print_table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> None:
    """Print rows in columns, numbers to the right."""
    click.echo(table(header, rows))


def table(header: Sequence[str], rows: Sequence[Sequence[object]]) -> str:
    """Lay rows out in columns.

    Args:
        header: A title a column.
        rows: Cells; None is shown as a dash.

    Returns:
        Lines of text.
    """
    cells = [list(header), *([_cell(value) for value in row] for row in rows)]
    widths = [max(len(row[at]) for row in cells) for at in range(len(header))]
    right = [
        all(isinstance(row[at], int | float) or row[at] is None for row in rows) and bool(rows)
        for at in range(len(header))
    ]
    lines = []
    for row in cells:
        padded = [
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ]
        lines.append("  ".join(padded).rstrip())
    return "\n".join(lines)


@contextmanager
def bar(what: str, unit: str = "q") -> Iterator[Callable[[int, int], None]]:
    """A progress bar on stderr; silent when that is no terminal.

    Args:
        what: Words in front of it.
        unit: Of what is counted.

    Yields:
        A function to call with (done, total).
    """
    from tqdm import tqdm

    with tqdm(desc=what, unit=unit, disable=None, file=sys.stderr, leave=False) as shown:

        def update(done: int, total: int) -> None:
            shown.total = total
            shown.update(done - shown.n)

        yield update


def _cell(value: object) -> str:
    if value is None:
        return "-"
    if isinstance(value, float):
        return f"{value:.2f}"
    return str(value)


def _finite(value: object) -> object:
    if isinstance(value, float):
        return value if value == value and abs(value) != float("inf") else None
    if isinstance(value, Mapping):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value
