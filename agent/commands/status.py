"""`secondnature status`."""

from typing import TYPE_CHECKING

import click

from agent.commands.output import json_option, parts, print_json

if TYPE_CHECKING:
    from agent.status import HomeStatus


@click.command("status")
@json_option
def command(as_json: bool) -> None:
    """Say what is there: home, adapter, memory, daemon, models. Changes nothing."""
    from agent.status import home_status

    with parts() as built:
        status = home_status(built)
    if as_json:
        print_json(as_object(status))
    else:
        _show(status)


def as_object(status: "HomeStatus") -> dict[str, object]:
    """What `status --json` prints.

    Args:
        status: Of a home.

    Returns:
        A JSON object.
    """
    since, daemon = status.promoted_at, status.daemon
    return {
        "home": status.home,
        "adapter": {"active": status.active, "promoted_at": since.isoformat() if since else None},
        "memory": {
            "records": status.records,
            "verified": status.verified,
            "skills": status.skills,
        },
        "daemon": {
            "running": daemon is not None,
            "next_run_at": daemon.next_run_at.isoformat() if daemon else None,
        },
        "models": {part: model.name for part, model in status.models.items()},
    }


def _show(status: "HomeStatus") -> None:
    since = f" since {status.promoted_at.astimezone():%F %R}" if status.promoted_at else ""
    click.echo(f"home      {status.home}")
    click.echo(f"adapter   {status.active}{since}")
    click.echo(
        f"memory    {status.records} records, {status.verified} verified, {status.skills} skills"
    )
    daemon = status.daemon
    running = f"runs, next at {daemon.next_run_at.astimezone():%F %R}" if daemon else "does not run"
    click.echo(f"daemon    {running}")
    for part, model in status.models.items():
        hint = "" if model.ready or "/" in model.name else "  (not pulled)"
        click.echo(f"{part:<9} {model.name}{hint}")
