"""Options that the benchmarks' commands share."""

import click

from agent.config import Settings

model_option = click.option(
    "--model",
    default=Settings().system1.model,
    show_default=True,
    help="A pulled language model: catalogue name or folder.",
)
