"""`secondnature distill`."""

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from agent.cli import EXIT_REJECTED
from agent.commands.output import bar, json_option, parts, print_json, print_table

if TYPE_CHECKING:
    from memory.records import Consolidation
    from trainer.job import StepMetrics


@click.command("distill")
@json_option
def command(as_json: bool) -> int:
    """Teach System 1 what memory holds: train a candidate, and promote it if it passes the gate."""
    from agent.consolidate import consolidate
    from agent.home import CONSOLIDATION
    from trainer.consolidate import Watch

    with (
        parts() as built,
        built.home.alone(CONSOLIDATION, "a consolidation"),
        bar("training", "step") as update,
    ):

        def on_step(metrics: "StepMetrics") -> None:
            update(metrics.step, metrics.steps)

        def on_stage(what: str) -> None:
            click.echo(what, err=True)

        result = consolidate(built, Watch(stage=on_stage, step=on_step))
        why = built.router.explain(built.system1.subject(built.registry.active()))
    show(result, why, as_json)
    return 0 if result.promoted else EXIT_REJECTED


def show(result: "Consolidation", why: str, as_json: bool) -> None:
    """Print a consolidation.

    Args:
        result: What happened.
        why: What the router makes of the active adapter.
        as_json: As one JSON object.
    """
    if as_json:
        values = asdict(result)
        del values["created_at"]
        print_json(values)
        return
    print_table(
        ("skill", "status", "trained", "held out", "before", "after", "teacher"),
        [
            (v.skill, v.status.value, v.n_train, v.n_holdout, v.before, v.after, v.teacher)
            for v in result.skills
        ],
    )
    outcome = "promoted" if result.promoted else "rejected"
    click.echo(f"{result.candidate} {outcome}: {result.reason} ({result.seconds:.0f} s)")
    click.echo(f"router: {why}")
