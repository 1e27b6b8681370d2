"""A package index and a hub on this machine, and a catalogue of one entry that they serve."""

import hashlib
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from models.catalog import Entry, Kind
from models.sources import Promise, Source, WheelSource

PARTS = [bytes([number]) * 300_000 for number in (1, 2)]
WHOLE = b"".join(PARTS)
SHA256 = hashlib.sha256(WHOLE).hexdigest()
NAMES = tuple(f"sn-test-weights-part{number}" for number in (1, 2))


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


@contextmanager
def serve_index() -> Iterator[Index]:
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


@contextmanager
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


def leftovers(root: Path) -> list[str]:
    """Files below the cache that are neither a model's nor a lock."""
    return [
        str(path.relative_to(root))
        for path in root.rglob("*")
        if path.is_file() and path.relative_to(root).parts[0] == "partial"
    ]
