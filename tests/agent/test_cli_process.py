"""What the command line sets for the engines before it loads one."""

import os
import subprocess
import sys

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
