"""The command line without a standard input, as some schedulers start it."""

import os
import subprocess
import sys

from tests.agent.world import ROOT, Done


def spawn_closed(env: dict[str, str], *args: str) -> Done:
    """The command line in a process of its own, its standard input closed."""
    done = subprocess.run(
        ["sh", "-c", 'exec "$0" -m agent.cli "$@" <&-', sys.executable, *args],
        capture_output=True,
        cwd=ROOT,
        env={**os.environ, **env, "NO_COLOR": "1"},
        check=False,
        timeout=120,
    )
    return Done(done.returncode, done.stdout.decode(), done.stderr.decode())
