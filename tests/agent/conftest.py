"""Fixtures of the agent's tests; what they give is in `world.py`."""

import signal
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from agent.cli import main
from tests.agent.world import Done, World


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path)


@pytest.fixture
def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Iterator[Callable[..., Done]]:
    """The command line in this process: `run(world.env, "status", "--json")`."""
    before = signal.getsignal(signal.SIGTERM)

    def call(env: dict[str, str], *args: str) -> Done:
        for name, value in env.items():
            monkeypatch.setenv(name, value)
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main(args)
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        return Done(int(ended.value.code or 0), said.out, said.err)

    yield call
    signal.signal(signal.SIGTERM, before)
