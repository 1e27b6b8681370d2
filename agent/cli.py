"""`secondnature`: the command line, and the one place where an error becomes a line and a code."""

import ctypes
import importlib
import io
import logging
import os
import select
import signal
import sys
from collections.abc import Sequence
from types import FrameType
from typing import NoReturn

import click

from models.errors import NothingToLearnError, SecondNatureError

_log = logging.getLogger("agent.cli")  # `python -m` has another __name__

COMMANDS = {
    "ask": "Answer a question.",
    "chat": "Ask one question after another.",
    "learn": "Reason over a log of questions, verify, remember.",
    "distill": "Teach System 1 what memory holds, now.",
    "daemon": "Run consolidations on a schedule.",
    "report": "How questions were routed, and what it saved.",
    "status": "What is there, in a few lines.",
    "eval": "Answer a labelled stream and score it.",
    "review": "Judge the few answers whose label would tell most.",
    "memory": "Records: list, show, search, mark, import, export, forget, stats.",
    "skills": "Skills: list, show.",
    "adapters": "Adapters: list, show, promote, rollback, export.",
    "models": "Models: list, pull.",
    "config": "Settings: show, path, check.",
}

EXIT_ERROR, EXIT_USAGE, EXIT_REJECTED, EXIT_NOTHING, EXIT_INTERRUPTED = 1, 2, 3, 4, 130


class LazyGroup(click.Group):
    """Loads a command's module only when that command is run."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002
        """Every command, in the order of a user's day."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """The command, loaded from `agent.commands`."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"agent.commands.{cmd_name}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        """List the commands without loading any."""
        with formatter.section("Commands"):
            formatter.write_dl(list(COMMANDS.items()))


@click.group(cls=LazyGroup)
@click.version_option(package_name="secondnature", prog_name="secondnature")
@click.option("-v", "--verbose", is_flag=True, help="Log what happens to stderr.")
def cli(verbose: bool) -> None:
    """An agent that stops paying twice for the same kind of thinking."""
    from agent.commands.output import start_logging

    start_logging(verbose)


_ENGINE_ENVIRONMENT = {
    "OMP_WAIT_POLICY": "PASSIVE",
    "TOKENIZERS_PARALLELISM": "false",
    "ONEDNN_PRIMITIVE_CACHE_CAPACITY": "32",
    "LRU_CACHE_CAPACITY": "32",
}
_M_ARENA_MAX = -8


def settle_process() -> None:
    """Make the process a good neighbour; to be called before an engine is imported.

    On shared cores a thread that spins for its fellows costs more than one that sleeps. Each shape
    of a bf16 product on the CPU keeps some 650 kB of code in oneDNN's cache and in torch's own; a
    growing key-value cache makes two new shapes a token, and by default 1024 stay: hundreds of MB
    of what is never asked for again. A step of decoding or training repeats about ten. With glibc,
    one arena for all threads keeps some 100 MB less than one each.
    """
    for name, value in _ENGINE_ENVIRONMENT.items():
        os.environ.setdefault(name, value)
    if sys.platform == "linux" and "MALLOC_ARENA_MAX" not in os.environ:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(_M_ARENA_MAX, 1)


def main(args: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; every error on purpose ends in one line on stderr.

    Args:
        args: What was typed; None is the process's own arguments.
    """
    try:
        signal.signal(signal.SIGTERM, _interrupt)
        settle_process()
        _settle_output()
        code = cli.main(args, standalone_mode=False)
    except click.exceptions.Abort:
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except SecondNatureError as error:
        click.echo(f"error: {error}", err=True)
        sys.exit(EXIT_NOTHING if isinstance(error, NothingToLearnError) else EXIT_ERROR)
    except KeyboardInterrupt:
        click.echo("interrupted", err=True)
        sys.exit(EXIT_INTERRUPTED)
    except SystemExit as end:
        # So click ends when a pipe breaks. If the reader of our output is gone (`| head`), that is
        # its right.
        sys.exit(0 if _reader_left() else end.code)
    except OSError as error:  # a full disk, or an output that fails: the world's fault, not ours
        _log.info("where it happened", exc_info=True)
        click.echo(f"error: {error} (`secondnature -v` shows where)", err=True)
        _give_up_output()
        sys.exit(EXIT_ERROR)
    sys.exit(code if isinstance(code, int) else 0)


def _settle_output() -> None:
    """What the locale's encoding lacks is written as escapes; what was closed (`>&-`) swallows."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _reader_left() -> bool:
    """Whether standard output is a pipe that nobody reads any more; assumed where none can tell."""
    if not hasattr(select, "poll"):
        return True
    poll = select.poll()
    poll.register(sys.stdout.fileno(), 0)
    return any(event & (select.POLLERR | select.POLLHUP) for _, event in poll.poll(0))


def _give_up_output() -> None:
    """Drop what waits for an output that fails: Python would say at the end that it could not."""
    try:
        sys.stdout.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _interrupt(signal_number: int, frame: FrameType | None) -> None:  # noqa: ARG001
    raise KeyboardInterrupt


if __name__ == "__main__":
    main()
