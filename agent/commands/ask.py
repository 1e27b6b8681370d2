"""`secondnature ask`."""

import sys
from typing import TYPE_CHECKING

import click

from agent.cli import EXIT_INTERRUPTED
from agent.commands.output import json_option, parts, print_json, valid_tag
from agent.interrupt import cancelling

if TYPE_CHECKING:
    from agent.loop import Answered


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
    decision, record = answered.decision, answered.record
    return {
        "answer": decision.answer,
        "route": decision.route.value,
        "confidence": decision.confidence,
        "threshold": decision.threshold,
        "reason": decision.reason,
        "features": decision.features,
        "certificate": decision.certificate,
        "method": record.method if record else None,
        "agreement": record.agreement if record else None,
        "samples": len(record.votes) if record else 0,
        "verified": decision.verified,
        "skill": decision.skill,
        "adapter": decision.adapter,
        "decision_id": decision.id,
        "record_id": decision.record_id,
        "tokens": {"prompt": decision.prompt_tokens, "completion": decision.tokens},
        "latency_ms": round(decision.seconds * 1000, 1),
    }
