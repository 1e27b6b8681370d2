"""`secondnature ask`."""

import sys
from typing import TYPE_CHECKING

import click

from agent.cli import EXIT_INTERRUPTED
from agent.commands.output import json_option, parts, print_json, valid_tag
from agent.interrupt import cancelling

if TYPE_CHECKING:
    from agent.loop import Answered

_KEYS = (
    "answer", "route", "confidence", "threshold", "reason", "features", "certificate", "method",
    "agreement", "samples", "verified", "skill", "adapter", "decision_id", "record_id", "tokens",
    "latency_ms",
)  # fmt: skip
"""Programs rely on these."""


@click.command("ask")
@click.argument("question")
@click.option(
    "--route",
    type=click.Choice(["auto", "system1", "system2"]),
    default="auto",
    show_default=True,
    help="Who answers; auto lets the router decide.",
)
@click.option("--method", help="The System 2 method to use.")
@click.option("--skill", callback=valid_tag, help="The question's skill, if you know it.")
@json_option
def command(question: str, route: str, method: str | None, skill: str | None, as_json: bool) -> int:
    """Answer QUESTION, remember what was reasoned, and say who answered."""
    from agent.tables import printable
    from agent.thinking import Thinking
    from memory.questions import clean_question
    from router.policy import Policy

    question = clean_question(question)  # before anything is loaded
    with parts() as built:
        agent = built.agent(method)
        with cancelling() as cancel, Thinking(sys.stderr) as thinking:
            answered = agent.ask(
                question,
                policy=Policy(route),
                skill=skill,
                cancelled=cancel,
                on_event=None if as_json else thinking,
            )
    if cancel.asked:
        click.echo("interrupted; what was reasoned by then is kept", err=True)
        return EXIT_INTERRUPTED
    if as_json:
        print_json(as_object(answered))
        return 0
    decision = answered.decision
    click.echo(printable(decision.answer if decision.answer is not None else "(no answer)"))
    click.echo(f"  {decision.route.value}: {decision.reason}", err=True)
    return 0


def as_object(answered: "Answered") -> dict[str, object]:
    """What `ask --json` prints.

    Args:
        answered: A logged decision.

    Returns:
        A JSON object.
    """
    from agent.decision_view import decision_object

    record = answered.record
    known = {
        **decision_object(answered.decision),
        "method": record.method if record else None,
        "agreement": record.agreement if record else None,
        "samples": len(record.votes) if record else 0,
        "decision_id": answered.decision.id,
    }
    return {name: known[name] for name in _KEYS}
