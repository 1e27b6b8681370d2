"""The connection to the database: transactions, and errors in one line. Knows no table but `clock`.

SQLite files are opened in WAL mode. Writes begin with BEGIN IMMEDIATE, so two processes queue for
the lock instead of deadlocking; a file that may not be written is opened for reading only.
"""

import logging
import os
import sqlite3
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Connection, Engine, create_engine, event, select, update
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool, StaticPool

from memory import migrations
from memory.schema import clock
from models.errors import StoreError

BUSY_SECONDS = 30.0
"""How long a write waits for another process's write."""

_log = logging.getLogger(__name__)

_REMEDIES = (
    ("readonly", "it is read-only; make the file and its folder writable"),
    ("read-only", "it is read-only; make the file and its folder writable"),
    ("unable to open", "it can't be opened; check that its folder exists and may be written to"),
    ("full", "the disk is full; free some space and run the command again"),
    ("disk i/o error", "the disk refused; check that it has space left and is healthy"),
    ("not a database", "it is not a Second Nature database; move it away or name another file"),
    ("malformed", "it is damaged; restore a copy, or save what can be read with `memory export`"),
    ("locked", "another process holds it; wait for that to end and run the command again"),
)


class Database:
    """One database, open; safe to share between threads."""

    def __init__(self, url: str | Path) -> None:
        """Open a database, making and upgrading it where needed.

        Args:
            url: A SQLite file, or any SQLAlchemy URL.

        Raises:
            StoreError: It can't be opened, or a newer version of Second Nature made it.
        """
        self._url = _url_of(url)
        self.name = self._url.database or self._url.render_as_string()
        self.read_only = False
        self._turn = threading.RLock() if _in_memory(self._url) else None
        self._engine = self._connect()
        try:
            self._prepare()
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Give every connection back."""
        self._engine.dispose()

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A transaction that sees one moment of the database."""
        with self._explained(), self._alone(), self._engine.begin() as connection:
            yield connection

    @contextmanager
    def log(self) -> Iterator[Connection]:
        """A write of what happened alone: what is remembered stays, and so does the revision."""
        if self.read_only:
            raise StoreError(f"cannot write to {self.name}: {_REMEDIES[0][1]}")
        with self._begin_write() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[tuple[Connection, int]]:
        """A transaction that may write, and its revision: all or nothing, one at a time."""
        with self.log() as connection:
            connection.execute(update(clock).values(revision=clock.c.revision + 1))
            revision = connection.execute(select(clock.c.revision)).scalar_one()
            yield connection, revision

    @contextmanager
    def _begin_write(self) -> Iterator[Connection]:
        with self._explained(), self._alone(), self._engine.connect() as connection:
            writing = connection.execution_options(secondnature_write=True)
            with writing.begin():
                yield writing

    @contextmanager
    def _alone(self) -> Iterator[None]:
        # A database in memory has one connection, so its threads take turns.
        if self._turn is None:
            yield
            return
        with self._turn:
            yield

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except PoolTimeoutError as error:
            raise StoreError(f"cannot use {self.name}: too many readers at once") from error
        except DBAPIError as error:
            raise StoreError(f"cannot use {self.name}: {_explain(error.orig)}") from error

    def _connect(self) -> Engine:
        if self._url.get_backend_name() != "sqlite":
            return _create(self._url)
        if _in_memory(self._url):
            shared = {"check_same_thread": False}  # its threads take turns
            engine = create_engine("sqlite://", poolclass=StaticPool, connect_args=shared)
        elif Path(self.name).exists() and not _writable(Path(self.name)):
            self.read_only = True
            path = Path(self.name)
            engine = create_engine(
                "sqlite://", creator=lambda: _open_read_only(path), poolclass=NullPool
            )
        else:
            engine = create_engine(self._url, connect_args={"timeout": BUSY_SECONDS})
        event.listen(engine, "connect", _on_connect)
        event.listen(engine, "begin", _on_begin)
        return engine

    def _prepare(self) -> None:
        with self.read() as connection:
            version = migrations.current(connection)
        if version not in (None, *migrations.REVISIONS):
            raise StoreError(
                f"{self.name} has schema {version}, newer than this version's {migrations.HEAD}; "
                "upgrade Second Nature, or name another database"
            )
        if version == migrations.HEAD:
            return
        if self.read_only:
            raise StoreError(
                f"{self.name} has schema {version}, older than this version's {migrations.HEAD}, "
                "and is read-only; make it writable once so that it can be upgraded"
            )
        self._upgrade()

    def _upgrade(self) -> None:
        if self._url.get_backend_name() == "sqlite" and self._turn is None:
            self._use_wal()
        with self._begin_write() as connection:
            if migrations.current(connection) != migrations.HEAD:
                _log.info("upgrading %s to schema %s", self.name, migrations.HEAD)
                migrations.upgrade(connection)

    def _use_wal(self) -> None:
        # Stays with the file. SQLite does not wait for other processes here, so we do.
        deadline = time.monotonic() + BUSY_SECONDS
        while True:
            try:
                with self._explained():
                    self._set_wal()
            except StoreError as error:
                if "another process" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return

    def _set_wal(self) -> None:
        with self._engine.connect() as connection:
            raw = connection.connection.driver_connection
            if not isinstance(raw, sqlite3.Connection):
                return
            try:
                raw.execute("PRAGMA journal_mode=WAL")
            except sqlite3.Error as error:
                raise DBAPIError("PRAGMA journal_mode=WAL", None, error) from error


def _url_of(url: str | Path) -> URL:
    if isinstance(url, Path) or "://" not in url:
        return URL.create("sqlite", database=str(url))
    try:
        return make_url(url)
    except ArgumentError as error:
        raise StoreError(f"{url!r} is neither a file nor a SQLAlchemy URL") from error


def _create(url: URL) -> Engine:
    shown = url.render_as_string()
    try:
        return create_engine(url, pool_pre_ping=True)
    except ArgumentError as error:
        raise StoreError(f"{shown!r} names no database that SQLAlchemy knows") from error
    except ModuleNotFoundError as error:
        raise StoreError(f"{shown!r} needs the Python package {error.name}; install it") from error


def _in_memory(url: URL) -> bool:
    return url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:")


def _writable(path: Path) -> bool:
    return os.access(path, os.W_OK) and os.access(path.parent, os.W_OK)


def _open_read_only(path: Path) -> sqlite3.Connection:
    # Without a log beside it nobody is writing, and SQLite needs no shared memory to read it:
    # it couldn't make any in a folder that is read-only.
    log = path.with_name(path.name + "-wal")
    mode = "mode=ro" if log.exists() else "mode=ro&immutable=1"
    return sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?{mode}",
        uri=True,
        timeout=BUSY_SECONDS,
        check_same_thread=False,
    )


def _on_connect(connection: sqlite3.Connection, _: object) -> None:
    connection.isolation_level = None  # transactions are begun below, never by the driver
    connection.execute("PRAGMA foreign_keys=ON")


def _on_begin(connection: Connection) -> None:
    if connection.get_execution_options().get("secondnature_write", False):
        connection.exec_driver_sql("BEGIN IMMEDIATE")
        return
    # It waits for nobody. A question is read for five times, and through SQLAlchemy the beginnings
    # would take a third of that.
    driver = connection.connection.dbapi_connection
    if driver is not None:
        try:
            driver.execute("BEGIN")
        except sqlite3.Error as error:
            raise DBAPIError("BEGIN", None, error) from error


def _explain(cause: BaseException | None) -> str:
    said = str(cause)
    for sign, remedy in _REMEDIES:
        if sign in said.lower():
            return f"{remedy} ({said})"
    return said.splitlines()[0] if said else type(cause).__name__
