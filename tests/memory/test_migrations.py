import hashlib
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from memory import migrations, schema
from memory.database import Database
from memory.records import Record, Status, question_key
from memory.spelling import loose
from memory.store import Store
from models.errors import StoreError


def version(path: Path) -> str:
    connection = sqlite3.connect(path)
    found: str = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
    connection.close()
    return found


def test_an_empty_database_goes_to_head(database: Path) -> None:
    Database(database).close()
    assert version(database) == migrations.HEAD


def test_the_steps_lead_to_the_tables_of_the_schema(database: Path) -> None:
    Database(database).close()
    engine = create_engine(f"sqlite:///{database}")
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, schema.metadata) == []
    engine.dispose()


def test_every_file_of_a_step_is_listed() -> None:
    folder = Path(migrations.__file__).parent / "versions"
    assert sorted(file.name[:4] for file in folder.glob("0*.py")) == list(migrations.REVISIONS)


def test_a_database_that_is_up_to_date_is_not_touched(database: Path) -> None:
    Database(database).close()
    before = database.read_bytes()
    Database(database).close()
    assert database.read_bytes() == before


def test_alembic_is_not_imported_for_a_database_that_is_up_to_date(database: Path) -> None:
    Database(database).close()
    code = (
        "import sys; from memory.database import Database; "
        f"Database({str(database)!r}).close(); sys.exit('alembic' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_opening_is_fast(database: Path) -> None:
    Database(database).close()
    times = []
    for _ in range(5):
        start = time.perf_counter()
        Database(database).close()
        times.append(time.perf_counter() - start)
    assert min(times) < 0.05


def test_a_database_from_a_newer_version_is_refused(database: Path) -> None:
    Database(database).close()
    connection = sqlite3.connect(database)
    connection.execute("UPDATE alembic_version SET version_num = '9999'")
    connection.commit()
    connection.close()
    with pytest.raises(StoreError, match=r"memory\.db has schema 9999, newer than this version's"):
        Database(database)


def test_a_step_that_was_cut_off_leaves_nothing_behind(database: Path) -> None:
    code = (
        "import os, signal; from memory import migrations; from memory.database import Database\n"
        "upgrade = migrations.upgrade\n"
        "def cut(connection):\n"
        "    upgrade(connection); os.kill(os.getpid(), signal.SIGKILL)\n"
        "migrations.upgrade = cut\n"
        f"Database({str(database)!r})\n"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False)
    assert ended.returncode == -9
    Database(database).close()
    assert version(database) == migrations.HEAD


def test_keys_that_told_too_little_apart_are_written_anew(database: Path) -> None:
    poem, table, plain = "How many lines?\na\nb", "Sum the rows:\n1 2\n3 4", "2 + 2?"
    with Store(database, "hash", 4) as store:
        kept = store.remember_many(
            [Record(question, "4", Status.GOLD) for question in (poem, table, plain)],
            np.eye(3, 4, dtype="f4"),
        )
    as_before(database, "0005", [(record.id, loose_key(record.question)) for record in kept])
    with Store(database, "hash", 4) as store:
        assert store.find_many([poem, table, plain]) == kept
        assert store.records() == [replace(record, votes=()) for record in kept]
        assert store.find_many(["How many lines? a b", "Sum the rows:\n1 2 3 4"]) == [None, None]
        (again,) = store.remember_many([Record(poem, "3", Status.GOLD)], np.eye(1, 4, dtype="f4"))
        assert (again.id, again.answer) == (kept[0].id, "3")
    assert version(database) == migrations.HEAD


def test_keys_of_every_former_version_are_written_anew(database: Path) -> None:
    question = 'How long is "a  b"?'
    with Store(database, "hash", 4) as store:
        (kept,) = store.remember_many([Record(question, "4", Status.GOLD)], np.ones((1, 4), "f4"))
    as_before(database, "0004", [(kept.id, "as it was")])
    with Store(database, "hash", 4) as store:
        found = store.find(question)
        assert found is not None
        assert found.id == kept.id
        assert store.find('How long is "a b"?') is None


def test_a_new_key_may_be_what_another_record_had(database: Path) -> None:
    questions = ["What is one?", "What is two?"]
    with Store(database, "hash", 4) as store:
        records = [Record(question, "1", Status.GOLD) for question in questions]
        kept = store.remember_many(records, np.ones((2, 4), "f4"))
    one, two = map(question_key, questions)
    first, second = (record.id for record in kept)
    as_before(database, "0005", [(second, "aside"), (first, two), (second, one)])
    with Store(database, "hash", 4) as store:
        found = store.find_many(questions)
        assert [record and record.id for record in found] == [record.id for record in kept]


def loose_key(question: str) -> str:
    """What schema 0005 had for a key."""
    return hashlib.sha256(loose(question).encode()).hexdigest()[:40]


def as_before(database: Path, revision: str, keys: Iterable[tuple[int, str]]) -> None:
    """Give records the keys that they had in a former schema, and the database its name."""
    connection = sqlite3.connect(database)
    for id_, key in keys:
        connection.execute("UPDATE records SET question_key = ? WHERE id = ?", (key, id_))
    for table in ("adapters", "suspensions"):
        connection.execute(f"ALTER TABLE {table} DROP COLUMN newest_record_id")
    connection.execute("ALTER TABLE drafts ADD COLUMN right BOOLEAN NOT NULL DEFAULT 0")
    connection.execute("UPDATE alembic_version SET version_num = ?", (revision,))
    connection.commit()
    connection.close()
