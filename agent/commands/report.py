"""`secondnature report`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.output import json_text, parts, print_json, replacing

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
@click.option(
    "--decisions",
    "shown",
    metavar="N",
    type=click.IntRange(0, 1_000_000),
    default=0,
    help="Show the newest N decisions too, with features, confidence and certificate.",
)
def command(form: str, as_json: bool, output: Path | None, since: str | None, shown: int) -> None:
    """Say who answered how much, what it cost and saved, and how far each skill is verified.

    What was saved is an estimate: each answer of System 1 or memory at System 2's mean cost for its
    skill (over all skills where it has none), less what it cost.

    A skill's answers are trusted once unlike methods, or gold, bear them out beyond chance. Of each
    method, it says how many of its samples on trusted records were right, and at how many tokens:
    --method auto leans to the one that gives most a token.

    By each skill's own held-out drafts, it says what bound they give, and how many more right ones
    are lacking for router.max_error: `secondnature review` asks for those that tell most.

    A few of System 1's answers are audited by System 2 while the daemon is idle: too many wrong
    ones suspend the skill for the adapter that gave them.
    """
    from agent.report.audits import skill_audits
    from agent.report.bounds import skill_bounds
    from agent.report.build import build
    from agent.report.objects import as_object
    from agent.report.reasoning import skill_reasoning
    from agent.report.text import render_text
    from agent.tables import printable

    start = _moment(since)
    with parts() as built:
        report = build(built.shelf, start)
        reasoning = skill_reasoning(built.shelf, built.trust, built.settings.system2.methods)
        audits = skill_audits(built.shelf, built.registry.active_version(), built.settings.router)
        bounds = skill_bounds(built)
        newest = built.shelf.journal.decisions(since=start, limit=shown, newest_first=True)
    found = (report, reasoning, audits, bounds, newest)
    values, text = as_object(*found), printable(render_text(*found))
    wanted = as_json or form == "json"
    if output is not None:
        with replacing(output) as stream:
            stream.write(json_text(values) + "\n" if wanted else text)
        click.echo(f"wrote {output}", err=True)
    elif wanted:
        print_json(values)
    else:
        click.echo(text, nl=False)


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
