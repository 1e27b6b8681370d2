"""`secondnature report`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.output import json_text, parts, replacing

if TYPE_CHECKING:
    from datetime import datetime


@click.command("report")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    show_default=True,
    help="For people, or for programs.",
)
@click.option("--json", "as_json", is_flag=True, help="The same as --format json.")
@click.option("--output", type=click.Path(path_type=Path), help="Write to this file instead.")
@click.option("--since", metavar="WHEN", help="A date, a time, or an age such as 24h or 7d.")
def command(form: str, as_json: bool, output: Path | None, since: str | None) -> None:
    """Say who answered how much, what it cost and saved, and how each skill stands.

    What was saved is an estimate: each answer of System 1 or memory at System 2's mean cost for its
    skill (over all skills where it has none), less what it cost.
    """
    from agent.report.build import build
    from agent.report.objects import as_object
    from agent.report.text import render_text

    start = _moment(since)
    with parts() as built:
        report = build(built.shelf, start)
    wanted = as_json or form == "json"
    text = json_text(as_object(report)) + "\n" if wanted else render_text(report)
    if output is None:
        click.echo(text, nl=False)
        return
    with replacing(output) as stream:
        stream.write(text)
    click.echo(f"wrote {output}", err=True)


def _moment(since: str | None) -> "datetime | None":
    """The beginning of the span; a bad one is wrong usage."""
    if since is None:
        return None
    from datetime import UTC, datetime

    from agent.report.since import parse_since

    try:
        return parse_since(since, datetime.now(UTC))
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="'--since'") from error
