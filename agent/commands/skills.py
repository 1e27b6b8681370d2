"""`secondnature skills`."""

from typing import TYPE_CHECKING

import click

from agent.commands.output import json_option, parts, print_json, print_table

if TYPE_CHECKING:
    from agent.skill_view import SkillView
    from memory.records import Consolidation, SkillVerdict

_SAMPLES = 5


@click.group("skills")
def command() -> None:
    """See the groups of like questions, and how far System 1 has taken each over."""


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the skills: how far System 2 is trusted, and System 1's accuracy where held out."""
    from agent.report.text import trust_lines
    from agent.skill_view import skill_views
    from agent.tables import printable

    with parts() as built:
        views = skill_views(built)
    if as_json:
        print_json({"skills": [view_object(view) for view in views]})
        return
    print_table(
        (
            "skill",
            "status",
            "records",
            "verified",
            "trusted",
            "train",
            "held out",
            "system 1",
            "certified",
        ),
        [
            (
                view.skill.name,
                view.skill.status.value,
                view.skill.size,
                view.verified,
                view.reasoning.trust.trusted if view.reasoning else None,
                view.train,
                view.holdout,
                None if view.accuracy != view.accuracy else view.accuracy,
                view.certified,
            )
            for view in views
        ],
    )
    if reasoned := [view.reasoning for view in views if view.reasoning]:
        click.echo(f"\n{printable(trust_lines(reasoned))}")
    if not views:
        click.echo("no skill yet; ask or `secondnature learn` something", err=True)


@command.command("show")
@click.argument("name")
@json_option
def show(name: str, as_json: bool) -> None:
    """Show how far skill NAME is trusted, what its consolidations found, and some questions."""
    from agent.report.text import reasoning_text
    from agent.skill_view import skill_views
    from agent.tables import one_line, printable

    with parts() as built:
        skill = built.shelf.journal.skill(name)
        view = next(view for view in skill_views(built) if view.skill.name == skill.name)
        runs = built.shelf.journal.consolidations()
        newest = built.shelf.records(skill=name, limit=_SAMPLES, newest_first=True)
    history = [(run, v) for run in runs for v in run.skills if v.skill == name]
    questions = [record.question for record in newest]
    if as_json:
        verdicts = [_verdict_object(run, verdict) for run, verdict in history]
        print_json({**view_object(view), "history": verdicts, "questions": questions})
        return
    tag = "a caller's tag" if skill.tagged else "found by itself"
    click.echo(f"{printable(name)}: {skill.status.value}, {skill.size} records, {tag}")
    if view.reasoning:
        click.echo(f"\n{printable(reasoning_text([view.reasoning]))}\n")
    print_table(
        (
            "consolidation",
            "promoted",
            "status",
            "trained",
            "held out",
            "before",
            "after",
            "teacher",
        ),
        [
            (
                run.run_id,
                run.promoted,
                v.status.value,
                v.n_train,
                v.n_holdout,
                v.before,
                v.after,
                v.teacher,
            )
            for run, v in history
        ],
    )
    for question in questions:
        click.echo(f"  {one_line(question, 100)}")


def view_object(view: "SkillView") -> dict[str, object]:
    """A skill as a JSON object.

    Args:
        view: The skill now.

    Returns:
        Its fields by name.
    """
    from agent.report.objects import reasoning_object

    return {
        "skill": view.skill.name,
        "status": view.skill.status.value,
        "tagged": view.skill.tagged,
        "records": view.skill.size,
        "verified": view.verified,
        "train": view.train,
        "holdout": view.holdout,
        "accuracy": view.accuracy,
        "certified": view.certified,
        "reasoning": reasoning_object(view.reasoning) if view.reasoning else None,
    }


def _verdict_object(run: "Consolidation", verdict: "SkillVerdict") -> dict[str, object]:
    return {
        "run_id": run.run_id,
        "promoted": run.promoted,
        "created_at": run.created_at and run.created_at.isoformat(),
        "status": verdict.status.value,
        "n_train": verdict.n_train,
        "n_holdout": verdict.n_holdout,
        "before": verdict.before,
        "after": verdict.after,
        "teacher": verdict.teacher,
    }
