"""Options that the benchmarks' commands share."""

import tempfile
from pathlib import Path

import click

from agent.config import Settings


def writable(
    _context: click.Context, _parameter: click.Parameter, path: Path | None
) -> Path | None:
    """Make the folder of a file that is written after the work; one that can't be is wrong usage.

    A callback of click's, for options that name an output.
    """
    if path is not None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            tempfile.TemporaryFile(dir=path.parent).close()
        except OSError as error:
            msg = f"{path} can't be written: {error.strerror}; name a file in a folder of yours"
            raise click.BadParameter(msg) from error
    return path


model_option = click.option(
    "--model",
    default=Settings().system1.model,
    show_default=True,
    help="A pulled language model: catalogue name or folder.",
)

data_option = click.option(
    "--data",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder of the data as it was published, a folder for each set.",
)

json_option = click.option(
    "--output",
    type=click.Path(dir_okay=False, path_type=Path),
    callback=writable,
    help="A JSON file for all numbers; it is replaced.",
)
