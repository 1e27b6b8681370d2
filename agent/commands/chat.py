"""`secondnature chat`."""

import sys
from collections.abc import Iterator
from typing import TYPE_CHECKING

import click

from agent.commands.output import parts

if TYPE_CHECKING:
    from agent.loop import Answered
    from agent.system2.reason import OnEvent
    from models.types import Cancelled
    from router.policy import Policy

_PROMPT = "> "


@click.command("chat")
def command() -> None:
    """Ask one question after another; /help lists what else can be typed."""
    from agent.repl import Repl
    from agent.thinking import Thinking

    with parts() as built:

        def ask(
            question: str,
            *,
            policy: "Policy",
            skill: str | None,
            cancelled: "Cancelled",
            on_event: "OnEvent",
        ) -> "Answered":
            return built.loop.ask(
                question, policy=policy, skill=skill, cancelled=cancelled, on_event=on_event
            )

        def note(text: str) -> None:
            click.echo(text, err=True)

        Repl(ask, answer=click.echo, note=note, thinking=Thinking(sys.stderr)).run(_lines())


def _lines() -> Iterator[str]:
    """What is typed, line by line; with a prompt only on a terminal."""
    if sys.stdin is None:
        click.echo("standard input is closed: there is no question to read", err=True)
        return
    if not sys.stdin.isatty():
        # Bytes that are no text become half characters, which questions may not hold.
        yield from (line.decode("utf-8-sig", "surrogateescape") for line in sys.stdin.buffer)
        return
    import readline  # noqa: F401 - gives `input` its editing and history

    while True:
        try:
            yield input(_PROMPT)
        except EOFError:
            click.echo(err=True)
            return
        except KeyboardInterrupt:
            click.echo(err=True)
