"""A store on a bad day: files that are not databases, no room, no permission, other processes."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from memory.store import Store
from models.errors import StoreError
from tests.memory.outcomes import outcome, remember


@pytest.mark.parametrize(
    ("url", "message"),
    [
        ("nonsense://x", "names no database that SQLAlchemy knows"),
        ("postgresql+asyncpg://x/y", "needs the Python package asyncpg"),
        ("/no/such/folder/memory.db", "check that its folder exists"),
        ("/", "can't be opened"),
    ],
)
def test_a_url_that_leads_nowhere(url: str, message: str) -> None:
    with pytest.raises(StoreError, match=message):
        Store(url, "e", 2)


def test_a_file_that_is_no_database(database: Path) -> None:
    database.write_bytes(b"something else " * 1_000)
    with pytest.raises(StoreError, match=r"memory\.db: it is not a Second Nature database"):
        Store(database, "e", 2)


def test_a_damaged_file(database: Path) -> None:
    with Store(database, "hash-16", 16) as opened:
        remember(opened, [outcome(f"{n}?") for n in range(300)])
    data = bytearray(database.read_bytes())
    data[8_192:] = os.urandom(len(data) - 8_192)
    database.write_bytes(data)
    with pytest.raises(StoreError, match="it is damaged"), Store(database, "hash-16", 16) as opened:
        opened.records()


IMPORTS = """
import os, sys, time
import numpy as np
from memory.records import *
from memory.store import Store
from models.errors import StoreError
from models.scripted import HashEncoder
"""

AS_NOBODY = """
if os.getuid() == 0:  # root may write anywhere
    os.setuid(65534)
"""


def run(code: str, *args: object) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", IMPORTS + code, *map(str, args)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_read_only_home_can_be_read_but_not_written(database: Path) -> None:
    with Store(database, "hash-16", 16) as opened:
        remember(opened, [outcome("a?")])
    database.chmod(0o444)
    database.parent.chmod(0o555)
    for parent in list(database.parents)[1:3]:
        parent.chmod(0o755)
    code = """
with Store(sys.argv[1], "hash-16", 16) as store:
    print(store.read_only, len(store.records()), store.counts().total)
    try:
        store.forget([1])
    except StoreError as error:
        print(error)
"""
    ended = run(AS_NOBODY + code, database)
    database.parent.chmod(0o755)
    assert ended.stderr == ""
    assert ended.stdout == (
        f"True 1 1\ncannot write to {database}: it is read-only; "
        "make the file and its folder writable\n"
    )


def test_a_full_disk_ends_in_one_line_and_loses_nothing(database: Path) -> None:
    with Store(database, "hash-16", 16) as opened:
        remember(opened, [outcome("a?")])
    code = """
import resource
resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, 1 << 17))
store = Store(sys.argv[1], "hash-16", 16)
try:
    new = [Record(str(n) * 500, "4", Status.VERIFIED) for n in range(1000)]
    store.remember_many(new, np.ones((1000, 16), dtype=np.float32))
except StoreError as error:
    print(error)
"""
    ended = run(code, database)
    assert ended.stderr == ""
    assert "check that it has space left" in ended.stdout or "disk is full" in ended.stdout
    assert ended.stdout.count("\n") == 1
    with Store(database, "hash-16", 16) as opened:
        assert len(opened.records()) == 1
        remember(opened, [outcome("b?")])


WRITER = f"""{IMPORTS}
name, count = sys.argv[2], int(sys.argv[3])
encoder = HashEncoder(16)
with Store(sys.argv[1], encoder.name, 16) as store:
    for n in range(count):
        questions = [name + f" {{n}} {{m}}?" for m in range(5)] + [f"shared {{n}}?"]
        new = [Record(q, "4", Status.VERIFIED, votes=(Vote("pot", "4", q, 1),)) for q in questions]
        store.remember_many(new, encoder.encode(questions))
        store.journal.log_decision(Decision(questions[0], Route.SYSTEM2, "4", None, None, ""))
        store.records(limit=10)
        print("wrote", flush=True)
"""


def test_two_processes_on_a_new_home_both_write_everything(database: Path) -> None:
    writers = [
        subprocess.Popen([sys.executable, "-c", WRITER, str(database), name, "25"], stdout=-3)
        for name in ("one", "two")
    ]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    with Store(database, "hash-16", 16) as opened:
        assert len(opened.records()) == 2 * 25 * 5 + 25
        assert opened.embeddings.count() == 275
        assert opened.counts().votes == 300
        assert len(opened.journal.decisions()) == 50


def test_a_kill_in_the_middle_of_writing_leaves_whole_batches(database: Path) -> None:
    for wait in (0.02, 0.11, 0.3):
        command = [sys.executable, "-c", WRITER, str(database), f"after {wait}", "100000"]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as writer:
            assert writer.stdout is not None
            writer.stdout.readline()
            time.sleep(wait)
            writer.send_signal(signal.SIGKILL)
        with Store(database, "hash-16", 16) as opened:
            found = opened.records(with_votes=True)
            own = [record for record in found if record.question.startswith(f"after {wait}")]
            assert own
            assert len(own) % 5 == 0
            assert all(record.votes for record in found)
            assert opened.embeddings.count() == len(found)


def test_what_a_killed_process_wrote_is_read_from_a_read_only_home(database: Path) -> None:
    code = """
store = Store(sys.argv[1], "hash-16", 16)
store.remember(Record("a?", "4", Status.VERIFIED), np.ones(16, dtype=np.float32))
os.kill(os.getpid(), 9)
"""
    assert run(code, database).returncode == -signal.SIGKILL
    for path in (*database.parent.iterdir(), database.parent):
        path.chmod(0o555)
    for parent in list(database.parents)[1:3]:
        parent.chmod(0o755)
    ended = run(AS_NOBODY + "print(len(Store(sys.argv[1], 'hash-16', 16).records()))", database)
    database.parent.chmod(0o755)
    assert (ended.stdout, ended.stderr) == ("1\n", "")


def test_a_read_only_database_that_needs_a_step_says_so(database: Path) -> None:
    database.touch()
    database.chmod(0o444)
    for parent in list(database.parents)[:3]:
        parent.chmod(0o755)
    code = """
try:
    Store(sys.argv[1], "hash-16", 16)
except StoreError as error:
    print(error)
"""
    ended = run(AS_NOBODY + code, database)
    assert ended.stderr == ""
    assert "and is read-only; make it writable once so that it can be upgraded" in ended.stdout


def test_a_first_opening_waits_for_another_process(database: Path) -> None:
    holder = sqlite3.connect(database, isolation_level=None)
    holder.execute("BEGIN EXCLUSIVE")
    code = 'Store(sys.argv[1], "hash-16", 16).close()'
    with subprocess.Popen([sys.executable, "-c", IMPORTS + code, str(database)]) as opener:
        time.sleep(2.0)
        assert opener.poll() is None
        holder.close()
        assert opener.wait(timeout=30) == 0
