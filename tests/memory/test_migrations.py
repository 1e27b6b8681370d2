import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import create_engine

from memory import migrations, schema
from memory.database import Database
from memory.records import Record, Status
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
    question = 'How long is "a  b"?'
    with Store(database, "hash", 4) as store:
        (kept,) = store.remember_many([Record(question, "4", Status.GOLD)], np.ones((1, 4), "f4"))
    connection = sqlite3.connect(database)
    connection.execute("UPDATE records SET question_key = 'as it was'")
    connection.execute("UPDATE alembic_version SET version_num = '0004'")
    connection.commit()
    connection.close()
    with Store(database, "hash", 4) as store:
        found = store.find(question)
        assert found is not None
        assert found.id == kept.id
        assert store.find('How long is "a b"?') is None
