import json
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import faiss
import numpy as np
import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from memory.index import EXACT_LIMIT, VectorIndex
from memory.records import Record, Status
from memory.store import Store
from models.scripted import HashEncoder
from models.types import FloatArray

ENCODER = HashEncoder(16)


def fill(store: Store, questions: list[str]) -> list[int]:
    new = [Record(question, "4", Status.VERIFIED) for question in questions]
    return [record.id for record in store.remember_many(new, ENCODER.encode(questions))]


def agree(index: VectorIndex, store: Store) -> None:
    """Whether the index finds what plain numpy finds in the store."""
    index.catch_up(store.embeddings)
    ids, vectors = store.embeddings.load([record.id for record in store.records()])
    assert len(index) == len(ids)
    queries = ENCODER.encode(["what is 1 + 1?", "some words", "7"])
    found, similarities = index.search(queries, 5)
    expected = np.sort(queries @ vectors.T, axis=1)[:, ::-1][:, :5]
    np.testing.assert_allclose(similarities, expected, atol=1e-6)
    by_id = dict(zip(ids.tolist(), vectors, strict=True))
    for query, row, likeness in zip(queries, found.tolist(), similarities, strict=True):
        assert len(set(row)) == len(row)
        np.testing.assert_allclose([query @ by_id[id_] for id_ in row], likeness, atol=1e-6)


class IndexEqualsStore(RuleBasedStateMachine):
    """Two indexes, as two processes have them, on one store and one folder."""

    exact_limit = EXACT_LIMIT

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.path = Path(self.folder.name)
        self.store = Store(self.path / "memory.db", ENCODER.name, ENCODER.dimension)
        self.indexes = [self.open(), self.open()]

    def open(self) -> VectorIndex:
        return VectorIndex(ENCODER.name, ENCODER.dimension, self.path, exact_limit=self.exact_limit)

    @rule(questions=st.lists(st.integers(0, 30).map(lambda n: f"what is {n} + {n % 7}?")))
    def add(self, questions: list[str]) -> None:
        fill(self.store, questions)

    @rule(ids=st.lists(st.integers(1, 40)))
    def remove(self, ids: list[int]) -> None:
        self.store.forget(ids)

    @rule(id_=st.integers(1, 40), text=st.text(max_size=5))
    def embed_anew(self, id_: int, text: str) -> None:
        self.store.embeddings.save([id_], ENCODER.encode([text]))

    @rule(which=st.integers(0, 1))
    def save(self, which: int) -> None:
        self.indexes[which].save()

    @rule(which=st.integers(0, 1))
    def reopen(self, which: int) -> None:
        self.indexes[which] = self.open()

    @rule(which=st.integers(0, 1))
    def use(self, which: int) -> None:
        agree(self.indexes[which], self.store)

    @invariant()
    def always(self) -> None:
        agree(self.open(), self.store)

    def teardown(self) -> None:
        for index in self.indexes:
            agree(index, self.store)
        self.store.close()
        self.folder.cleanup()


IndexEqualsStore.TestCase.settings = settings(
    max_examples=25, stateful_step_count=15, deadline=None
)
TestIndexEqualsStore = IndexEqualsStore.TestCase


class IndexWithListsEqualsStore(IndexEqualsStore):
    """The same with lists, so few that all are searched."""

    exact_limit = 4


IndexWithListsEqualsStore.TestCase.settings = IndexEqualsStore.TestCase.settings
TestIndexWithListsEqualsStore = IndexWithListsEqualsStore.TestCase


def test_a_quiet_index_sees_what_another_store_wrote(tmp_path: Path) -> None:
    path, index = tmp_path / "memory.db", VectorIndex(ENCODER.name, 16)
    with Store(path, ENCODER.name, 16) as store, Store(path, ENCODER.name, 16) as other:
        ids = fill(store, ["what is 1?", "what is 2?"])
        for _ in range(3):  # nothing new: read once, and known from then on
            agree(index, store)
        fill(other, ["what is 3?"])
        agree(index, store)
        other.forget(ids[:1])
        agree(index, store)
        assert len(index) == 2


@pytest.fixture
def saved(store: Store, tmp_path: Path) -> Path:
    fill(store, [f"what is {n}?" for n in range(30)])
    index = VectorIndex(ENCODER.name, 16, tmp_path)
    index.catch_up(store.embeddings)
    index.save()
    return tmp_path


def opened(folder: Path) -> VectorIndex:
    return VectorIndex(ENCODER.name, 16, folder)


def test_a_saved_index_needs_no_replay(saved: Path, store: Store) -> None:
    index = opened(saved)
    assert (len(index), index.revision) == (30, store.embeddings.changes_after(0).revision)
    agree(index, store)


@pytest.mark.parametrize("name", ["index.faiss", "index.json"])
@pytest.mark.parametrize("damage", ["missing", "cut", "noise", "empty"])
def test_a_damaged_file_is_made_again(saved: Path, store: Store, name: str, damage: str) -> None:
    path = saved / name
    data = path.read_bytes()
    if damage == "missing":
        path.unlink()
    else:
        path.write_bytes({"cut": data[:-9], "noise": data[::-1], "empty": b""}[damage])
    index = opened(saved)
    assert len(index) == 0
    agree(index, store)
    index.save()
    assert len(opened(saved)) == 30


@pytest.mark.parametrize(
    ("field", "value"),
    [("encoder", "other"), ("dimension", 8), ("count", 29), ("revision", 99), ("database_id", "")],
)
def test_a_stamp_that_does_not_fit_makes_it_rebuild(
    saved: Path, store: Store, field: str, value: object
) -> None:
    stamp = json.loads((saved / "index.json").read_text())
    (saved / "index.json").write_text(json.dumps({**stamp, field: value}))
    agree(opened(saved), store)


def test_an_index_of_a_database_that_was_replaced_is_rebuilt(saved: Path, tmp_path: Path) -> None:
    with Store(tmp_path / "new.db", ENCODER.name, 16) as other:
        fill(other, [f"quite another {n}" for n in range(30)])
        agree(opened(saved), other)


def test_a_folder_that_cannot_be_written_keeps_it_in_memory(store: Store, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    fill(store, ["a?"])
    index = opened(tmp_path / "file" / "folder")
    agree(index, store)
    index.save()
    agree(index, store)


def test_it_saves_itself_when_much_is_unsaved(store: Store, tmp_path: Path) -> None:
    fill(store, [f"{n}?" for n in range(10)])
    opened(tmp_path).catch_up(store.embeddings)
    assert not (tmp_path / "index.json").exists()
    fill(store, [f"{n}?" for n in range(300)])
    opened(tmp_path).catch_up(store.embeddings)
    assert len(opened(tmp_path)) == 300


def test_adding_an_id_again_replaces_its_vector() -> None:
    index = VectorIndex("e", 2)
    index.add([7, 8], np.eye(2, dtype=np.float32))
    index.add([7], np.array([[0.6, 0.8]], dtype=np.float32))
    ids, similarities = index.search(np.array([[0.6, 0.8]], dtype=np.float32), 9)
    assert ids.tolist() == [[7, 8]]
    np.testing.assert_allclose(similarities, [[1.0, 0.8]], atol=1e-6)
    assert index.remove([7, 99]) == 1
    assert len(index) == 1


def test_an_empty_index_finds_nothing() -> None:
    index = VectorIndex("e", 2)
    nothing: FloatArray = np.zeros((0, 2), dtype=np.float32)
    assert index.search(np.eye(2, dtype=np.float32), 3)[0].shape == (2, 0)
    index.add([1], np.eye(2, dtype=np.float32)[:1])
    assert index.search(nothing, 3)[0].shape == (0, 0)
    index.add([], nothing)
    assert index.remove([]) == 0


def test_deletions_by_another_process_are_seen(saved: Path, store: Store, database: Path) -> None:
    index = opened(saved)
    code = (
        "import sys; from memory.store import Store\n"
        "with Store(sys.argv[1], 'hash-16', 16) as store: store.forget([1, 2, 30])"
    )
    subprocess.run([sys.executable, "-c", code, str(database)], check=True)
    agree(index, store)
    assert len(index) == 27


def test_the_saved_file_is_plain_faiss(saved: Path) -> None:
    assert faiss.read_index(str(saved / "index.faiss")).ntotal == 30


COUNT = 3_000


@pytest.fixture(scope="module")
def clustered(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Records around thirty centres, as questions of thirty templates lie."""
    path = tmp_path_factory.mktemp("clustered") / "memory.db"
    with Store(path, ENCODER.name, 16) as store:
        remember_vectors(store, clusters(COUNT, seed=0))
        yield store


class TestLists:
    """Beyond the exact limit, only some lists are searched."""

    def index(self, store: Store, folder: Path | None = None) -> VectorIndex:
        index = VectorIndex(ENCODER.name, 16, folder, exact_limit=1_000)
        index.catch_up(store.embeddings)
        return index

    def test_nearly_all_of_the_nearest_are_found(self, clustered: Store) -> None:
        ids, vectors = clustered.embeddings.load(range(1, COUNT + 1))
        queries = clusters(200, seed=1)
        nearest = ids[np.argsort(-queries @ vectors.T, axis=1)[:, :16]]
        found, similarities = self.index(clustered).search(queries, 16)
        shared = [len(set(a) & set(b)) for a, b in zip(found, nearest, strict=True)]
        assert np.mean(shared) / 16 >= 0.95
        assert np.all(np.diff(similarities, axis=1) <= 0)

    def test_what_is_stored_is_always_found(self, clustered: Store) -> None:
        ids, vectors = clustered.embeddings.load(range(1, COUNT + 1))
        index = self.index(clustered)
        at_once, similarities = index.search(vectors, 1)
        np.testing.assert_array_equal(at_once[:, 0], ids)
        np.testing.assert_allclose(similarities, 1.0, atol=1e-6)
        for at in range(0, COUNT, 100):
            assert index.search(vectors[at : at + 1], 1)[0] == ids[at]

    def test_the_same_store_gives_the_same(self, clustered: Store, tmp_path: Path) -> None:
        queries = clusters(50, seed=2)
        made = self.index(clustered, tmp_path)
        made.save()
        read = VectorIndex(ENCODER.name, 16, tmp_path, exact_limit=1_000)
        assert (len(read), read.revision) == (COUNT, made.revision)
        for other in (read, self.index(clustered)):
            for mine, theirs in zip(made.search(queries, 5), other.search(queries, 5), strict=True):
                np.testing.assert_array_equal(mine, theirs)

    def test_as_many_come_back_as_are_wanted(self, clustered: Store) -> None:
        index = self.index(clustered)
        found, similarities = index.search(clusters(2, seed=3), COUNT + 1)
        assert [len(set(row)) for row in found.tolist()] == [COUNT] * 2
        assert found.min() == 1
        assert similarities.min() >= -1

    def test_lists_come_grow_and_go_with_the_records(self, store: Store, tmp_path: Path) -> None:
        counts = []
        for change in (+90, +20, +150, -120, -100):
            if change > 0:
                remember_vectors(store, clusters(change, seed=change))
            else:
                store.forget([record.id for record in store.records(limit=-change)])
            index = VectorIndex(ENCODER.name, 16, tmp_path, exact_limit=100)
            agree(index, store)
            index.save()
            saved = faiss.read_index(str(tmp_path / "index.faiss"))
            assert saved.ntotal == len(index)
            counts.append(saved.nlist if isinstance(saved, faiss.IndexIVF) else 0)
        assert counts == [0, 10, 16, 16, 0]


def clusters(count: int, seed: int) -> FloatArray:
    """Unit vectors around thirty centres, the same for every seed; float32 (N, 16)."""
    centres = np.random.default_rng(99).standard_normal((30, 16))
    centres /= np.linalg.norm(centres, axis=1, keepdims=True)
    rng = np.random.default_rng(seed)
    vectors = centres[rng.integers(0, 30, count)] + 0.15 * rng.standard_normal((count, 16))
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    return np.asarray(vectors, dtype=np.float32)


def remember_vectors(store: Store, vectors: FloatArray) -> None:
    taken = len(store.records())
    new = [Record(f"{taken + at}, seeded?", "4", Status.VERIFIED) for at in range(len(vectors))]
    store.remember_many(new, vectors)
