"""`secondnature daemon`."""

import click

from agent.commands.output import parts


@click.command("daemon")
@click.option("--once", is_flag=True, help="Run what is due now, and end.")
def command(once: bool) -> int:
    """Run consolidations on a schedule (daemon.cron), and audits when idle, until Ctrl-C.

    Each time that the schedule says, one consolidation is run if at least daemon.min_new_records
    verified records are new since the last one. In between, daemon.audit_batch of the fast answers
    that wait for an audit are reasoned about at a time, and held-out questions that came after the
    active adapter are drafted, so that they certify it.
    """
    from agent.cli import EXIT_REJECTED
    from agent.daemon import Daemon

    with parts() as built:
        daemon = Daemon(built.home, built.settings.daemon, parts, _tell)
    if not once:
        daemon.serve()
        return 0
    result = daemon.run_due()
    outcome = "promoted" if result.promoted else "rejected"
    click.echo(f"{result.candidate} {outcome}: {result.reason}")
    return 0 if result.promoted else EXIT_REJECTED


def _tell(line: str) -> None:
    click.echo(line, err=True)
