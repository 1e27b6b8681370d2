from collections.abc import Iterator
from pathlib import Path

import pytest

from memory.store import Store
from models.scripted import HashEncoder


@pytest.fixture
def encoder() -> HashEncoder:
    return HashEncoder(16)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "memory.db"


@pytest.fixture
def store(database: Path, encoder: HashEncoder) -> Iterator[Store]:
    with Store(database, encoder.name, encoder.dimension) as opened:
        yield opened
