"""Fresh processes against limits: loading a model, `--help`, and the peak memory of `ask`."""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil

from benchmarks.kinds import generate
from benchmarks.measure import Measured, Setup, spread
from models import catalog

LOAD_LIMIT_S = 5.0
HELP_LIMIT_S = 0.3
_ROOT = Path(__file__).resolve().parent.parent
_POLL_S = 0.25
_LOAD = """
import json, sys, time
from pathlib import Path
start = time.perf_counter()
from models.transformers_lm import TransformersLM
imported = time.perf_counter()
TransformersLM(Path(sys.argv[1]), name="benchmark", fingerprint="")
print(json.dumps([imported - start, time.perf_counter() - imported]))
"""


def measure_load_time(setup: Setup) -> Measured:
    """Time `TransformersLM(path)` in a fresh process; its imports are told apart.

    Args:
        setup: Model and runs.

    Returns:
        Seconds over the limit. The file is in the system's cache, as after a pull.
    """
    path = catalog.resolve(setup.model)
    _load(path)
    imports, loads = zip(*(_load(path) for _ in range(setup.runs)), strict=True)
    detail = (
        f"{spread(loads, ' s')} of at most {LOAD_LIMIT_S:g} s; importing torch, transformers and "
        f"peft before it takes {spread(imports, ' s')} and is not in the ratio"
    )
    return Measured(tuple(seconds / LOAD_LIMIT_S for seconds in loads), detail)


def measure_help_time(setup: Setup) -> Measured:
    """Time `secondnature --help`, from starting the process to its end.

    Args:
        setup: Runs.

    Returns:
        Seconds over the limit.
    """
    times = [_help() for _ in range(setup.runs + 1)][1:]  # the first may compile modules
    detail = (
        f"{spread(times, ' s')} of at most {HELP_LIMIT_S:g} s, the interpreter's start included"
    )
    return Measured(tuple(seconds / HELP_LIMIT_S for seconds in times), detail)


def measure_ask_memory(setup: Setup) -> Measured:
    """Take the peak of resident memory of `secondnature ask`, the sandbox's workers included.

    Each run has an empty home, so that the question goes to System 2, which needs most: its
    batches and the prefix's cache come on top of both models. What makes the database, 12 MB that
    only a home's first question needs, counts too.

    Args:
        setup: Model, encoder, runs and folder.

    Returns:
        Peak over the bytes of the weights and the encoder.
    """
    model, encoder = (catalog.resolve(name) for name in (setup.model, setup.encoder))
    base = _weight_bytes(model) + _weight_bytes(encoder)
    (item,) = generate({"coin flips": 1}, seed=19)
    peaks = [
        _peak_bytes(_command("ask", item.question), _environment(setup, run))
        for run in range(setup.runs)
    ]
    detail = (
        f"{spread([peak / 1e6 for peak in peaks], ' MB')} of at most {1.5 * base / 1e6:.0f} MB; "
        f"the weights are {_weight_bytes(model) / 1e6:.0f} MB, the encoder "
        f"{_weight_bytes(encoder) / 1e6:.0f} MB"
    )
    return Measured(tuple(peak / base for peak in peaks), detail)


def _load(path: Path) -> tuple[float, float]:
    """Seconds of imports and of the load."""
    command = [sys.executable, "-c", _LOAD, str(path)]
    done = subprocess.run(command, cwd=_ROOT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise ValueError(_failure("loading", done.stderr))
    imports, load = json.loads(done.stdout.splitlines()[-1])
    return float(imports), float(load)


def _help() -> float:
    start = time.perf_counter()
    subprocess.run(_command("--help"), cwd=_ROOT, capture_output=True, check=True)
    return time.perf_counter() - start


def _command(*arguments: str) -> list[str]:
    """The installed command of this environment; the module, where it is not installed."""
    script = Path(sys.executable).with_name("secondnature")
    start = [str(script)] if script.exists() else [sys.executable, "-m", "agent.cli"]
    return [*start, *arguments]


def _environment(setup: Setup, run: int) -> dict[str, str]:
    """An empty home and the model that is measured."""
    return os.environ | {
        "SECONDNATURE_HOME": str(setup.folder / f"home-{run}"),
        "SECONDNATURE_SYSTEM1__MODEL": setup.model,
        "SECONDNATURE_MEMORY__ENCODER": setup.encoder,
    }


def _peak_bytes(command: list[str], environment: dict[str, str]) -> int:
    """Most resident memory of a process with its children, looked at as it runs.

    The kernel keeps a process's own peak, which no look can miss. To it come the children at each
    look, by their share of pages (PSS), so that what a fork shares with its parent counts once.
    Pages that other programs use, too, such as torch's libraries, count in full: so the number
    does not depend on what else runs.
    """
    peak = 0
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            command, cwd=_ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=said
        )
        while process.poll() is None:
            peak = max(peak, _own_peak_bytes(process.pid) + _children_bytes(process.pid))
            time.sleep(_POLL_S)
        said.seek(0)
        if process.returncode:
            raise ValueError(_failure("secondnature ask", said.read().decode(errors="replace")))
    return peak


def _own_peak_bytes(pid: int) -> int:
    """Linux's VmHWM; 0 elsewhere, and once the process has ended."""
    try:
        lines = Path(f"/proc/{pid}/status").read_text("utf-8").splitlines()
    except OSError:
        return 0
    found = [line.split()[1] for line in lines if line.startswith("VmHWM")]
    return int(found[0]) * 1024 if found else 0


def _children_bytes(pid: int) -> int:
    try:
        children = psutil.Process(pid).children(recursive=True)
        return sum(child.memory_full_info().pss for child in children)
    except psutil.Error:  # one just ended
        return 0


def _weight_bytes(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.glob("*.safetensors"))


def _failure(what: str, said: str) -> str:
    last = (said.strip().splitlines() or ["it said nothing"])[-1]
    return f"{what} failed: {last}"
