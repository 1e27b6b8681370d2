"""Streams that fail, are closed, or lack characters end in a line and a code, no traceback."""

import json
import os
import shlex
import subprocess
import sys

import pytest

from tests.agent.world import ROOT, Done, World

COMMANDS = ("memory list", "memory list --json", "memory export", "report")


@pytest.fixture
def filled(world: World) -> World:
    """A home with a skill whose name no small alphabet has."""
    world.learn(range(5), skill="東京 😀")
    return world


def shell(world: World, line: str, **env: str) -> Done:
    """A line of bash, in which `sn` is the command; the code is that of the first of a pipe."""
    python = shlex.quote(sys.executable)
    program = f'sn() {{ {python} -m agent.cli "$@"; }}; {line}; exit ${{PIPESTATUS[0]}}'
    done = subprocess.run(
        ["bash", "-c", program],
        cwd=ROOT,
        env={**os.environ, **world.env, "NO_COLOR": "1", **env},
        capture_output=True,
        check=False,
        timeout=120,
    )
    said = done.stderr.decode()
    assert "Traceback" not in said, said
    assert "Exception ignored" not in said, said
    return Done(done.returncode, done.stdout.decode(), said)


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", COMMANDS)
def test_the_reader_may_go_away(filled: World, command: str, unbuffered: str) -> None:
    done = shell(filled, f"sn {command} | true", PYTHONUNBUFFERED=unbuffered)
    assert done.code == 0
    assert "error" not in done.err


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_full_disk_is_one_line(filled: World, command: str, unbuffered: str) -> None:
    done = shell(filled, f"sn {command} > /dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.code == 1
    assert done.err == "error: [Errno 28] No space left on device (`secondnature -v` shows where)\n"


def test_verbose_says_where_an_output_failed(filled: World) -> None:
    python = shlex.quote(sys.executable)
    line = f"{python} -m agent.cli -v memory list 2>&1 > /dev/full | grep -c Traceback"
    assert shell(filled, line).out == "1\n"


@pytest.mark.parametrize("closed", [">&-", "2>&-", ">&- 2>&-"])
@pytest.mark.parametrize("command", COMMANDS)
def test_a_closed_output_is_one_that_nobody_reads(filled: World, command: str, closed: str) -> None:
    done = shell(filled, f"sn {command} {closed}")
    assert done.code == 0
    assert bool(done.out) is (closed == "2>&-")


@pytest.mark.parametrize("encoding", ["latin-1", "cp1252"])
def test_what_the_encoding_lacks_is_escaped_but_never_for_a_program(
    filled: World, encoding: str
) -> None:
    shown = shell(filled, "sn memory list", PYTHONIOENCODING=encoding)
    assert (shown.code, "\\u6771\\u4eac \\U0001f600" in shown.out) == (0, True)
    listed = shell(filled, "sn memory list --json", PYTHONIOENCODING=encoding)
    exported = shell(filled, "sn memory export", PYTHONIOENCODING=encoding)
    records = [*json.loads(listed.out)["records"], *map(json.loads, exported.out.splitlines())]
    assert [record["skill"] for record in records] == ["東京 😀"] * 10
