import json
import os
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime

from agent.daemon_state import DaemonState, read_state, write_state
from agent.home import DAEMON
from tests.agent.world import ROOT, Done, World


def test_an_empty_home_is_not_made(world: World, run: Callable[..., Done]) -> None:
    done = run(world.env, "status", "--json")
    assert (done.code, done.err) == (0, "")
    assert json.loads(done.out) == {
        "home": str(world.home.root),
        "adapter": {"active": "base", "promoted_at": None},
        "memory": {"records": 0, "verified": 0, "skills": 0},
        "daemon": {"running": False, "next_run_at": None},
        "models": {
            "system1": world.settings.system1.model,
            "system2": world.settings.system1.model,
            "encoder": "hash-64",
        },
    }
    assert not world.home.root.exists()
    assert not (world.root / "cache").exists()


def test_what_is_there_is_counted_without_the_models(
    world: World, run: Callable[..., Done]
) -> None:
    world.learn(range(60), skill="codes")
    world.distil()
    found = json.loads(run(world.env, "status", "--json").out)
    assert found["memory"] == {"records": 60, "verified": 60, "skills": 1}
    assert found["adapter"]["active"] == "v1"
    assert datetime.fromisoformat(found["adapter"]["promoted_at"]).tzinfo is not None


def test_models_that_are_not_pulled_are_named(world: World, run: Callable[..., Done]) -> None:
    env = world.env | {"SECONDNATURE_SYSTEM2__MODEL": "smollm2-135m-instruct"}
    done = run(env, "status")
    assert "system2   smollm2-135m-instruct  (not pulled)" in done.out
    assert f"system1   {world.settings.system1.model}\n" in done.out
    assert "does not run" in done.out


def test_no_engine_is_loaded(world: World) -> None:
    world.learn(range(5))
    program = (
        "import sys\nfrom agent.cli import main\n"
        "try:\n main(['status'])\n"
        "except SystemExit: print([n for n in ('torch', 'transformers', 'faiss', 'peft',"
        " 'sentence_transformers') if n in sys.modules])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        cwd=ROOT,
        env={**os.environ, **world.env},
        check=True,
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_a_daemon_runs_only_while_it_holds_its_lock(world: World) -> None:
    next_run_at = datetime(2025, 3, 1, 3, tzinfo=UTC)
    assert read_state(world.home) is None
    with world.home.alone(DAEMON, "the daemon"):
        write_state(world.home, next_run_at)
        assert read_state(world.home) == DaemonState(os.getpid(), next_run_at)
    assert read_state(world.home) is None, "a dead daemon's file says nothing"
    with world.home.alone(DAEMON, "the daemon"):
        for text in ("{", "[]", '{"pid": 0, "next_run_at": "2025-03-01"}', '{"pid": "x"}'):
            world.home.daemon.write_text(text)
            assert read_state(world.home) is None


def test_a_damaged_active_file_is_one_clear_line(world: World, run: Callable[..., Done]) -> None:
    world.home.adapters.mkdir(parents=True)
    (world.home.adapters / "active").write_text("{")
    done = run(world.env, "status")
    assert done.code == 1
    assert "is damaged" in done.err


def test_a_damaged_database_is_one_clear_line(world: World, run: Callable[..., Done]) -> None:
    world.home.prepare()
    world.home.database.write_bytes(b"not a database at all" * 100)
    done = run(world.env, "status")
    assert done.code == 1
    assert "not a Second Nature database" in done.err
