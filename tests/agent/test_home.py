"""The locks on a home."""

import threading
import time
from pathlib import Path

import pytest

from agent.home import CONSOLIDATION, Home
from models.errors import HomeBusyError


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def test_who_asks_whether_a_lock_is_held_refuses_nobody(home: Home) -> None:
    """`is_held` has it for a moment; here, a long one."""
    has_it = threading.Event()

    def ask() -> None:
        with home.alone(CONSOLIDATION, "a question"):
            has_it.set()
            time.sleep(0.1)

    asking = threading.Thread(target=ask)
    asking.start()
    has_it.wait()
    with home.alone(CONSOLIDATION, "a consolidation"):
        assert home.is_held(CONSOLIDATION)
    asking.join()
    assert not home.is_held(CONSOLIDATION)


def test_who_finds_a_lock_held_is_told_soon(home: Home) -> None:
    start = time.monotonic()
    with (
        home.alone(CONSOLIDATION, "a consolidation"),
        pytest.raises(HomeBusyError, match="a promotion is already running"),
        home.alone(CONSOLIDATION, "a promotion"),
    ):
        pass
    assert time.monotonic() - start < 5
