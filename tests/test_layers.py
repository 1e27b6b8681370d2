"""Imports go one way, and a package's own `__init__` costs nothing."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PACKAGES = ("agent", "memory", "models", "router", "trainer")
HEAVY = ("torch", "transformers", "peft", "sentence_transformers", "faiss", "numpy", "scipy")


def run(program: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, cwd=ROOT, check=False
    )


def test_imports_go_one_way() -> None:
    done = run("from importlinter.cli import lint_imports; raise SystemExit(lint_imports())")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 kept, 0 broken" in done.stdout


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_says_what_it_owns_and_imports_no_engine(package: str) -> None:
    done = run(
        f"import sys, {package}\n"
        f"print(bool({package}.__doc__), [name for name in {HEAVY} if name in sys.modules])"
    )
    assert done.stdout.strip() == "True []", done.stdout + done.stderr
