"""How a process of the command line begins: its imports, and what it sets for the engines."""

import os
import subprocess
import sys
import tomllib

import pytest

from tests.agent.world import ROOT

SHAPES = """
import psutil
from agent.cli import settle_process
settle_process()
import torch
process = psutil.Process()
def score(tokens):
    return torch.ones(2, 4, 64, dtype=torch.bfloat16) @ torch.ones(2, 64, tokens).bfloat16()
score(1)
before = process.memory_info().rss
for tokens in range(2, 400):
    score(tokens)
print((process.memory_info().rss - before) // 2**20)
"""
FREE = ("ONEDNN_PRIMITIVE_CACHE_CAPACITY", "LRU_CACHE_CAPACITY")


def settled(program: str, **environment: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in FREE}
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env=kept | environment,
        check=True,
    )
    return done.stdout.strip()


def test_a_cache_that_grows_by_a_token_leaves_no_code_behind_for_each() -> None:
    assert int(settled(SHAPES)) < 80  # MB; over 200 with what oneDNN and torch keep by default


@pytest.mark.parametrize("name", FREE)
def test_what_the_user_set_stays(name: str) -> None:
    start = "import os; from agent.cli import settle_process; settle_process()"
    told = f"{start}; print(os.environ[{name!r}])"
    assert settled(told, **{name: "7"}) == "7"
    assert settled(told) == "32"


INTERRUPTED = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored in the background
class Impatient:
    def find_spec(self, name, path=None, target=None):
        if name == "click":
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Impatient())
from {module} import {function}
sys.exit({function}())
"""


def test_ctrl_c_during_the_imports_is_one_line() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    module, function = project["scripts"]["secondnature"].split(":")
    program = INTERRUPTED.format(module=module, function=function)
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )
    assert (done.returncode, done.stderr) == (130, "interrupted\n")


def test_the_package_runs_as_the_command_does() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "agent", "--help"],
        capture_output=True,
        text=True,
        cwd=ROOT,
        check=True,
    )
    assert "An agent that stops paying twice" in done.stdout
