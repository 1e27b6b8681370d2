import os
import signal
import sqlite3
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np
import pytest

from memory.records import (
    Consolidation,
    Decision,
    Draft,
    JudgedDraft,
    Record,
    Route,
    Skill,
    SkillStatus,
    SkillVerdict,
    Split,
    Status,
    Vote,
)
from memory.store import Store
from models.errors import StoreError, UnknownRecordError
from models.scripted import HashEncoder

VOTES = (Vote("pot", "4", "print(4)", 7), Vote("pot", None, "", 0, "cut off"))


def outcome(question: str, answer: str | None = "4", status: Status = Status.VERIFIED) -> Record:
    return Record(question, answer, status, "sums", "pot", 0.75, VOTES, 1.5, "agreed")


def remember(store: Store, new: Sequence[Record]) -> list[Record]:
    return store.remember_many(new, HashEncoder(16).encode([record.question for record in new]))


def test_a_record_comes_back_as_it_went_in(store: Store) -> None:
    (stored,) = remember(store, [outcome("2 + 2?")])
    assert replace(stored, id=0, created_at=None, updated_at=None) == outcome("2 + 2?")
    assert store.get(stored.id) == store.find(" 2  + 2?") == stored
    assert store.find("3 + 3?") is None


def test_a_question_has_one_record(store: Store) -> None:
    first, again = remember(store, [outcome("2 + 2?"), outcome("2  + 2?", "5", Status.UNVERIFIED)])
    assert first == again == store.get(first.id)
    assert first.status is Status.VERIFIED
    assert first.votes == VOTES * 2
    (later,) = remember(store, [outcome("2 + 2?", "5")])
    assert later == store.get(first.id)
    assert (later.status, later.votes) == (Status.UNVERIFIED, VOTES * 3)
    assert len(store.records()) == 1


def test_one_bad_embedding_stores_nothing(store: Store) -> None:
    with pytest.raises(StoreError, match=r"shape \(8,\).*hash-16 gives \(16,\)"):
        store.remember(outcome("2 + 2?"), np.ones(8, dtype=np.float32))
    assert store.records() == []


def test_records_are_found_by_what_they_are(store: Store) -> None:
    made = remember(store, [replace(outcome(f"{n}?"), skill=f"s{n % 2}") for n in range(50)])
    store.mark(made[0].id, Status.REFUTED)
    ids = [record.id for record in made]
    assert [record.id for record in store.records()] == ids
    assert [record.id for record in store.records(newest_first=True, limit=2)] == ids[:-3:-1]
    assert [record.id for record in store.records(limit=3, offset=2)] == ids[2:5]
    assert [record.id for record in store.records(offset=48)] == ids[48:]
    assert len(store.records(skill="s1")) == 25
    assert [r.id for r in store.records(statuses=[Status.REFUTED])] == ids[:1]
    parts = [store.records(splits=[split]) for split in Split]
    assert all(
        record.split is split for split, part in zip(Split, parts, strict=True) for record in part
    )
    assert sum(len(part) for part in parts) == 50
    assert len(store.records(splits=[Split.TRAIN, Split.GATE])) == len(parts[0]) + len(parts[1])
    assert store.records(splits=[]) == []
    assert store.records(since=datetime.now(UTC) + timedelta(seconds=1)) == []
    assert store.records(with_votes=True)[0].votes == VOTES
    assert store.records()[0].votes == ()


def test_the_split_is_stored_in_the_words_of_the_design(store: Store, database: Path) -> None:
    remember(store, [outcome(f"{n}?") for n in range(60)])
    with sqlite3.connect(database) as connection:
        found = set(connection.execute("SELECT split, half FROM records"))
    connection.close()
    assert found == {("train", None), ("holdout", "gate"), ("holdout", "calibration")}


def test_a_persons_word_changes_the_record_and_rejudges_its_drafts(store: Store) -> None:
    (record,) = remember(store, [outcome("2 + 2?", "5")])
    draft = Draft("2 + 2?", "4", "4", "v1", -0.1, -0.2, 3.0, 1)
    store.journal.save_drafts("v1", [JudgedDraft(record.id, draft, right=False)])
    marked = store.mark(record.id, Status.GOLD, "4")
    assert (marked.answer, marked.status, marked.method) == ("4", Status.GOLD, None)
    assert store.get(record.id) == marked
    assert store.journal.drafts("v1") == [JudgedDraft(record.id, draft, right=True)]
    assert store.mark(record.id, Status.REFUTED, reason="no").reason == "no"


def test_marks_that_make_no_sense_are_refused(store: Store) -> None:
    (record,) = remember(store, [outcome("?", None, Status.UNVERIFIED)])
    with pytest.raises(StoreError, match="has no answer to mark as gold"):
        store.mark(record.id, Status.GOLD)
    with pytest.raises(StoreError, match="gold or refuted, not verified"):
        store.mark(record.id, Status.VERIFIED)


def test_an_unknown_id_is_named(store: Store) -> None:
    with pytest.raises(UnknownRecordError, match="no record has id 17"):
        store.get(17)
    with pytest.raises(UnknownRecordError, match="no decision has id 18"):
        store.journal.decision(18)
    with pytest.raises(UnknownRecordError, match="no skill is named 'x'; there are: none yet"):
        store.journal.skill("x")


def test_forgetting_takes_everything_along(store: Store, database: Path) -> None:
    kept, gone = remember(store, [outcome("a?"), outcome("b?")])
    draft = Draft("b?", "4", "4", "v1", -0.1, -0.2, 3.0, 1)
    store.journal.save_drafts("v1", [JudgedDraft(gone.id, draft, right=True)])
    decided = store.journal.log_decision(
        Decision("b?", Route.SYSTEM2, "4", None, None, "", record_id=gone.id)
    )
    assert store.forget([gone.id, 99]) == 1
    with sqlite3.connect(database) as connection:
        for table in ("votes", "drafts", "embeddings"):
            ids = connection.execute(f"SELECT DISTINCT record_id FROM {table}").fetchall()
            assert ids in ([], [(kept.id,)])
        everything = "\n".join(connection.iterdump())
    connection.close()
    assert "b?" not in everything
    assert store.journal.decision(decided.id).record_id is None
    (again,) = remember(store, [outcome("b?")])
    assert again.id > gone.id


def test_counts_add_up(store: Store) -> None:
    remember(store, [outcome("a?"), outcome("b?", None, Status.UNVERIFIED)])
    counts = store.counts()
    assert (counts.total, counts.trusted, counts.votes, counts.tokens) == (2, 1, 4, 14)
    assert counts.seconds == 3.0
    assert counts.of(skill="sums", status=Status.UNVERIFIED) == 1
    assert sum(counts.of(split=split) for split in Split) == 2


def test_decisions_are_kept_whole_and_added_up(store: Store) -> None:
    decision = Decision(
        "a?", Route.SYSTEM1, "4", 0.9, 0.8, "sure", "sums", "v1", None, None, None,
        {"near": 0.5}, 11, 2, 0.25,
    )  # fmt: skip
    first = store.journal.log_decision(decision)
    store.journal.log_decision(replace(decision, route=Route.SYSTEM2, verified=True, tokens=50))
    store.journal.log_decision(replace(decision, route=Route.SYSTEM2, verified=False, tokens=60))
    assert store.journal.decision(first.id) == first
    assert replace(first, id=0, created_at=None) == decision
    assert [d.tokens for d in store.journal.decisions(newest_first=True, limit=2)] == [60, 50]
    assert store.journal.decisions(route=Route.SYSTEM1, skill="sums") == [first]
    assert store.journal.decisions(since=datetime.now(UTC) + timedelta(1)) == []
    one, two = store.journal.route_counts()
    assert (one.route, one.decisions, one.verified, one.tokens) == (Route.SYSTEM1, 1, 0, 2)
    assert (two.decisions, two.verified, two.tokens, two.prompt_tokens) == (2, 1, 110, 22)
    assert store.journal.route_counts(since=datetime.now(UTC) + timedelta(1)) == []


def test_drafts_are_replaced_and_those_of_untrusted_records_left_out(store: Store) -> None:
    a, b = remember(store, [outcome("a?"), outcome("b?", "5", Status.UNVERIFIED)])
    draft = Draft("a?", "4", "4.", "v1", -0.1, -0.2, 3.0, 2, 9, complete=False)
    judged = [
        JudgedDraft(a.id, draft, right=False),
        JudgedDraft(b.id, replace(draft, question="b?"), right=False),
        JudgedDraft(999, draft, right=True),
    ]
    store.journal.save_drafts("v1", judged)
    store.journal.save_drafts("v1", [replace(judged[0], right=True)])
    assert store.journal.drafts("v1") == [replace(judged[0], right=True)]
    assert len(store.journal.drafts("v1", trusted_only=False)) == 2
    assert store.journal.drafts("v1", splits=[a.split], skill="sums") != []
    assert store.journal.drafts("base") == []


def test_skills_come_back_with_their_sizes(store: Store, database: Path) -> None:
    centroid = np.full(16, 0.25, dtype=np.float32)
    store.journal.save_skills(
        [Skill("sums", tagged=True), Skill("b", centroid_D=centroid, cohesion=0.5)]
    )
    store.journal.save_skills([Skill("sums", SkillStatus.DISTILLED, tagged=True)])
    remember(store, [outcome("a?"), outcome("b?")])
    b, sums = store.journal.skills()
    assert (sums.name, sums.status, sums.tagged, sums.size) == ("sums", "distilled", True, 2)
    assert b.centroid_D is not None
    assert np.array_equal(b.centroid_D, centroid)
    assert (b.cohesion, store.journal.skill("b").size) == (0.5, 0)
    with Store(database, "another", 16) as other:
        assert other.journal.skill("b").centroid_D is None


def test_runs_and_adapters_come_back(store: Store) -> None:
    verdict = SkillVerdict("sums", SkillStatus.LEARNING, 40, 10, 0.1, 0.9, None)
    run = Consolidation("r1", "v1", True, "better", 60.0, 5_000, (verdict,))
    logged = store.journal.log_consolidation(run)
    store.journal.log_consolidation(logged)
    assert store.journal.consolidations() == [logged]
    store.journal.log_adapter("v1", "base-print", "r1", [3, 1, 3])
    store.journal.log_adapter("v1", "base-print", "r1", [1, 2])
    assert store.journal.record_ids_of("v1") == {1, 2}
    assert store.journal.record_ids_of("v2") == frozenset()


def test_another_encoder_sees_only_its_own_embeddings(store: Store, database: Path) -> None:
    (record,) = remember(store, [outcome("a?")])
    with Store(database, "another", 8) as other:
        assert other.embeddings.count() == 0
        assert other.embeddings.missing(10) == [(record.id, "a?")]
        other.embeddings.save([record.id, 99], np.eye(2, 8, dtype=np.float32))
        assert other.embeddings.missing(10) == []
    ids, vectors = store.embeddings.load([record.id, 99])
    assert ids.tolist() == [record.id]
    np.testing.assert_array_equal(vectors, HashEncoder(16).encode(["a?"]))


def test_a_store_in_memory_and_one_by_url_work(tmp_path: Path) -> None:
    for url in ("sqlite://", f"sqlite:///{tmp_path}/by-url.db", str(tmp_path / "by-name.db")):
        with Store(url, "hash-16", 16) as opened:
            assert remember(opened, [outcome("a?")])[0].id == 1


# Trouble


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
