"""`secondnature adapters`."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.commands.output import json_option, parts, print_json, print_table

if TYPE_CHECKING:
    from agent.switch import Switched
    from models.adapters import Adapter


@click.group("adapters")
def command() -> None:
    """See the versions of System 1, and choose which answers."""


@command.command("list")
@json_option
def list_(as_json: bool) -> None:
    """List the versions, the oldest first."""
    with parts() as built:
        registry = built.registry
        rows = [(registry.get(v), registry.status(v).value) for v in registry.versions()]
        active = registry.active_version()
    if as_json:
        listed = [adapter_object(adapter, status) for adapter, status in rows]
        print_json({"active": active, "adapters": listed})
        return
    print_table(
        ("version", "status", "made", "base", "records", "gate"),
        [
            (
                adapter.version,
                status,
                f"{adapter.manifest.created_at.astimezone():%F %R}",
                adapter.manifest.base_model,
                len(adapter.manifest.record_ids),
                adapter.manifest.metrics.get("reason"),
            )
            for adapter, status in rows
        ],
    )
    if not rows:
        click.echo("no adapter yet; `secondnature distill` makes one", err=True)


@command.command("show")
@click.argument("version")
@json_option
def show(version: str, as_json: bool) -> None:
    """Show where VERSION came from, what the gate measured, and what the router makes of it."""
    from agent.switch import certified

    with parts() as built:
        adapter = built.registry.get(version)
        status = built.registry.status(version).value
        router = certified(built, version).why
    if as_json:
        manifest = adapter.manifest
        print_json(
            {
                **adapter_object(adapter, status),
                "router": router,
                "seed": manifest.seed,
                "config": manifest.config,
                "metrics": manifest.metrics,
                "record_ids": manifest.record_ids,
            }
        )
        return
    made = f"{adapter.manifest.created_at.astimezone():%F %R}"
    click.echo(f"{version}: {status}, made {made} on {adapter.manifest.base_model}")
    click.echo(f"  trained on {len(adapter.manifest.record_ids)} records")
    click.echo(f"  gate: {adapter.manifest.metrics.get('reason', 'not measured')}")
    click.echo(f"  router: {router}")
    click.echo(f"  {adapter.path}")


@command.command("promote")
@click.argument("version")
@json_option
def promote(version: str, as_json: bool) -> None:
    """Have VERSION answer from now on; skills go back to what they were under it."""
    from agent import switch

    with parts() as built:
        switched = switch.promote(built, version)
    _show_switched(switched, as_json)


@command.command("rollback")
@json_option
def rollback(as_json: bool) -> None:
    """Have the version before answer again, or the base; can be repeated."""
    from agent import switch

    with parts() as built:
        switched = switch.rollback(built)
    _show_switched(switched, as_json)


@command.command("export")
@click.argument("version")
@click.argument("path", type=click.Path(path_type=Path))
@json_option
def export(version: str, path: Path, as_json: bool) -> None:
    """Copy VERSION to the new folder PATH, in the format of Hugging Face PEFT."""
    with parts() as built:
        target = built.registry.export(version, path)
    if as_json:
        print_json({"version": version, "path": str(target)})
    else:
        click.echo(f"{version} exported to {target}")


def adapter_object(adapter: "Adapter", status: str) -> dict[str, object]:
    """An adapter as a JSON object.

    Args:
        adapter: Which.
        status: Where it stands.

    Returns:
        Its fields by name.
    """
    manifest = adapter.manifest
    return {
        "version": adapter.version,
        "status": status,
        "created_at": manifest.created_at.isoformat(),
        "run_id": manifest.run_id,
        "base_model": manifest.base_model,
        "base_fingerprint": manifest.base_fingerprint,
        "records": len(manifest.record_ids),
        "passed_gate": manifest.metrics.get("passed_gate"),
        "reason": manifest.metrics.get("reason"),
        "path": str(adapter.path),
    }


def _show_switched(switched: "Switched", as_json: bool) -> None:
    skills = {skill.name: skill.status.value for skill in switched.changed}
    if as_json:
        print_json(
            {
                "active": switched.active,
                "previous": switched.previous,
                "certified": list(switched.certified.skills),
                "router": switched.certified.why,
                "skills": skills,
            }
        )
        return
    click.echo(f"active: {switched.active} (before: {switched.previous})")
    for name, status in skills.items():
        click.echo(f"  skill {name} is {status} now")
    if switched.certified.skills:
        click.echo(f"router: {switched.certified.why}")
    else:
        click.echo(f"every question goes to System 2: {switched.certified.why}")
