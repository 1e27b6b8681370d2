import subprocess
import sys
from collections.abc import Callable, Iterator
from importlib import import_module

import click
import pytest

from agent.cli import COMMANDS, cli
from tests.agent.world import ROOT, Done

HEAVY = (
    "torch",
    "transformers",
    "peft",
    "sentence_transformers",
    "faiss",
    "numpy",
    "sqlalchemy",
    "pydantic",
)


def paths() -> Iterator[tuple[str, ...]]:
    yield ()
    for name in COMMANDS:
        yield (name,)
        command = import_module(f"agent.commands.{name}").command
        if isinstance(command, click.Group):
            yield from ((name, verb) for verb in command.commands)


@pytest.mark.parametrize("path", list(paths()), ids=" ".join)
def test_every_command_explains_itself(path: tuple[str, ...], run: Callable[..., Done]) -> None:
    done = run({}, *path, "--help")
    assert done.code == 0
    assert "Usage: " in done.out
    assert done.err == ""
    assert "--help" in done.out


@pytest.mark.parametrize("args", [[], ["memory"], ["ask"], ["adapters", "promote"]])
def test_help_loads_no_engine(args: list[str]) -> None:
    program = (
        "import sys\nfrom agent.cli import main\n"
        f"try:\n main([*{args}, '--help'])\n"
        f"except SystemExit: print([n for n in {HEAVY} if n in sys.modules], file=sys.stderr)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert done.stderr.strip() == "[]"


def test_an_unknown_command_is_wrong_usage(run: Callable[..., Done]) -> None:
    done = run({}, "sleep")
    assert done.code == 2
    assert "No such command 'sleep'" in done.err


def test_the_group_lists_what_it_loads() -> None:
    context = click.Context(cli)
    assert cli.list_commands(context) == list(COMMANDS)
    for name in COMMANDS:
        command = cli.get_command(context, name)
        assert command is not None
        assert command.name == name
