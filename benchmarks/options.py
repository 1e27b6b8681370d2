"""Options that the benchmarks' commands share."""

from pathlib import Path

import click

from agent.config import Settings

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
    help="A JSON file for all numbers; it is replaced.",
)
