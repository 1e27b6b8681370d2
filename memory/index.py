"""Nearest records by embedding. A cache of the store: whatever is wrong with it, it is rebuilt.

Up to `EXACT_LIMIT` vectors, all are compared. Beyond, that would soon take longer than the encoder
does (17 ms for 100,000 vectors of 384 on one core), and they lie in lists by k-means, of which the
nearest `_PROBES` are searched: FAISS's IndexIVFFlat, the one of its fast kinds that forgets by id.
N vectors have sqrt(N) lists, learnt from `_SAMPLE_PER_LIST` vectors each. FAISS's guidelines say 4
to 16 times sqrt(N), from 30 to 256 each; that saves 0.5 ms a search, and takes 15 s to learn where
this takes 1. Of the 17 nearest of 28,700 questions of 24 templates, embedded with all-MiniLM, it
found 0.9998 (8 lists searched: 0.998; 4: 0.97); of 100,000 random vectors in 200 clusters, all.

The same store gives the same lists when they are learnt: the sample is every so-many-th record, and
k-means is seeded. They are learnt again when the count has doubled or halved since. A question that
is stored is always found: its own list is the first that is searched.

On disk it is `index.faiss` and `index.json`, which says what the first one is worth: whose
embeddings, how far it has replayed the store's changes, and its checksum. The two are replaced one
after the other, so that a pair that does not belong together shows by the checksum.
"""

import contextlib
import json
import logging
import math
import os
import threading
import zlib
from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import faiss
import numpy as np

from memory.embeddings import Changes, Embeddings, IdArray
from memory.rows import in_chunks
from models.types import FloatArray

_log = logging.getLogger(__name__)

EXACT_LIMIT = 5_000
"""Up to so many vectors, all are compared with a question's."""

_PROBES = 16
_SAMPLE_PER_LIST = 64
_SAVE_SHARE = 0.05
_SAVE_LEAST = 200


@dataclass(frozen=True, slots=True)
class Stamp:
    """What a saved index holds.

    Attributes:
        database_id: Whose records; empty before it has seen a store.
        encoder: Name of the encoder.
        dimension: Its D.
        revision: The store's revision that it has reached.
        count: Vectors in it.
        checksum: CRC-32 of `index.faiss`.
    """

    database_id: str
    encoder: str
    dimension: int
    revision: int
    count: int
    checksum: int


class VectorIndex:
    """Search by inner product over unit vectors, by record id. Safe between threads."""

    def __init__(
        self,
        encoder_name: str,
        dimension: int,
        folder: Path | None = None,
        *,
        exact_limit: int = EXACT_LIMIT,
    ) -> None:
        """Load what is saved, or begin empty.

        Args:
            encoder_name: Whose embeddings it holds.
            dimension: Their D.
            folder: Where it is kept; None keeps it in memory.
            exact_limit: Most vectors that are all compared, a count >= 1.
        """
        self.encoder_name = encoder_name
        self.dimension = dimension
        self._folder = folder
        self._exact_limit = exact_limit
        self._lock = threading.RLock()
        self._unsaved = 0
        self._database_id = ""
        self._revision = 0
        self._checked = False
        self._faiss: faiss.Index = _empty(dimension)
        self._load()

    def __len__(self) -> int:
        return int(self._faiss.ntotal)

    @property
    def revision(self) -> int:
        """The store's revision that it has reached."""
        return self._revision

    def add(self, ids: Sequence[int] | IdArray, vectors_ND: FloatArray) -> None:
        """Put vectors in, in place of those that the ids had.

        Args:
            ids: Record ids, no two alike.
            vectors_ND: float32 (N, D), unit rows.
        """
        if len(ids) == 0:
            return
        with self._lock:
            if len(self):
                self.remove(ids)
            keys = np.asarray(ids, dtype=np.int64)
            self._faiss.add_with_ids(np.ascontiguousarray(vectors_ND, dtype=np.float32), keys)
            self._unsaved += len(ids)

    def remove(self, ids: Collection[int] | IdArray) -> int:
        """Take vectors out; returns how many there were."""
        if len(ids) == 0:
            return 0
        with self._lock:
            keys = np.fromiter(ids, dtype=np.int64, count=len(ids))
            removed = int(self._faiss.remove_ids(faiss.IDSelectorBatch(keys)))
            self._unsaved += removed
            return removed

    def search(self, vectors_ND: FloatArray, k: int) -> tuple[IdArray, FloatArray]:
        """The k nearest records to each vector; beyond the exact limit, nearly always the nearest.

        Args:
            vectors_ND: float32 (N, D), unit rows.
            k: How many; fewer come back when the index holds fewer.

        Returns:
            Ids int64 (N, K) and cosines float32 (N, K) in [-1, 1], nearest first, where
            K = min(k, count).
        """
        with self._lock:
            wanted = min(k, len(self))
            if wanted < 1 or len(vectors_ND) == 0:
                shape = (len(vectors_ND), 0)
                return np.zeros(shape, dtype=np.int64), np.zeros(shape, dtype=np.float32)
            queries_ND = np.ascontiguousarray(vectors_ND, dtype=np.float32)
            similarities, ids = self._faiss.search(queries_ND, wanted)
            if (ids < 0).any():  # the lists searched hold fewer
                everywhere = faiss.SearchParametersIVF()
                everywhere.nprobe = _lists_in(self._faiss)
                similarities, ids = self._faiss.search(queries_ND, wanted, params=everywhere)
        return ids, np.clip(similarities, -1.0, 1.0)

    def catch_up(self, embeddings: Embeddings) -> None:
        """Replay what changed in the store, other processes' deletions included.

        Args:
            embeddings: `store.embeddings`, of this index's encoder and dimension.
        """
        with self._lock:
            changes = embeddings.changes_after(self._revision)
            if len(self) and changes.database_id != self._database_id:
                self._rebuild(embeddings, "it is of another database")
            elif changes.revision < self._revision:
                self._rebuild(embeddings, "it is ahead of the store")
            elif changes.revision > self._revision or not self._checked:
                self._replay(changes, embeddings)
                if not self._agrees(embeddings):
                    self._rebuild(embeddings, "it holds other records than the store")
            if not self._fits():
                self._rebuild(embeddings, "it holds many more or fewer than it is made for")
            self._save_when_due()

    def save(self) -> None:
        """Write it to its folder now; a folder that can't be written to is left as it is."""
        with self._lock:
            if self._folder is None or not self._unsaved:
                return
            try:
                self._write(self._folder)
            except OSError as error:
                _log.info("the index stays in memory: %s", error)
                self._folder = None

    def _replay(self, changes: Changes, embeddings: Embeddings) -> None:
        self.remove(changes.deleted)
        for chunk in in_chunks(changes.present):
            self.remove(chunk)
            self.add(*embeddings.load(chunk))
        self._database_id = changes.database_id
        self._revision = changes.revision
        self._checked = True

    def _agrees(self, embeddings: Embeddings) -> bool:
        if len(self) == embeddings.count():
            return True
        # Another process may have written between the replay and the count.
        return embeddings.changes_after(self._revision).revision > self._revision

    def _rebuild(self, embeddings: Embeddings, why: str) -> None:
        _log.info("rebuilding the index: %s", why)
        self._faiss = self._fresh(embeddings)
        self._revision = 0
        self._replay(embeddings.changes_after(0), embeddings)
        self._unsaved = max(self._unsaved, _SAVE_LEAST)

    def _fits(self) -> bool:
        """Whether it is of the right kind, and within a factor of two of what its lists are for."""
        lists, count = _lists_in(self._faiss), len(self)
        if not lists:
            return count <= self._exact_limit
        return count > self._exact_limit / 2 and 0.5 <= count / lists**2 <= 2

    def _fresh(self, embeddings: Embeddings) -> faiss.Index:
        """An empty index fit for what the store holds, whatever this one was before."""
        ids = embeddings.ids()
        if len(ids) <= self._exact_limit:
            return _empty(self.dimension)
        lists = round(math.sqrt(len(ids)))
        step = max(1, len(ids) // (lists * _SAMPLE_PER_LIST))
        _, sample_ND = embeddings.load(ids[::step])
        if len(sample_ND) < lists:  # another process has just forgotten most of it
            return _empty(self.dimension)
        return _with_lists(sample_ND, lists)

    def _save_when_due(self) -> None:
        # What is not saved is replayed at the next start, so only much of it is worth a write.
        if self._unsaved >= max(_SAVE_LEAST, _SAVE_SHARE * len(self)):
            self.save()

    def _write(self, folder: Path) -> None:
        data = faiss.serialize_index(self._faiss).tobytes()
        stamp = Stamp(
            self._database_id,
            self.encoder_name,
            self.dimension,
            self._revision,
            len(self),
            zlib.crc32(data),
        )
        folder.mkdir(parents=True, exist_ok=True)
        _replace(folder / "index.faiss", data)
        _replace(folder / "index.json", json.dumps(asdict(stamp)).encode())
        self._unsaved = 0

    def _load(self) -> None:
        if self._folder is None:
            return
        try:
            stamp = Stamp(**json.loads((self._folder / "index.json").read_bytes()))
            data = (self._folder / "index.faiss").read_bytes()
        except FileNotFoundError:
            return
        except (OSError, ValueError, TypeError) as error:
            _log.info("rebuilding the index: its files can't be read: %s", error)
            return
        fits = (stamp.encoder, stamp.dimension) == (self.encoder_name, self.dimension)
        if not fits or zlib.crc32(data) != stamp.checksum:
            _log.info("rebuilding the index: its files are damaged, or another encoder's")
            return
        loaded = faiss.deserialize_index(np.frombuffer(data, dtype=np.uint8))
        if loaded.ntotal == stamp.count and loaded.d == self.dimension:
            self._faiss = loaded
            self._database_id, self._revision = stamp.database_id, stamp.revision


def _empty(dimension: int) -> faiss.IndexIDMap2:
    return faiss.IndexIDMap2(faiss.IndexFlatIP(dimension))


def _with_lists(sample_ND: FloatArray, lists: int) -> faiss.IndexIVFFlat:
    """An empty index with lists around the k-means of a sample, seeded."""
    dimension = sample_ND.shape[1]
    centres = faiss.IndexFlatIP(dimension)
    index = faiss.IndexIVFFlat(centres, dimension, lists, faiss.METRIC_INNER_PRODUCT)
    index.cp.seed = 0
    index.cp.min_points_per_centroid = 1  # FAISS warns of small samples on stderr
    index.train(np.ascontiguousarray(sample_ND))
    index.nprobe = _PROBES
    return index


def _lists_in(index: faiss.Index) -> int:
    return index.nlist if isinstance(index, faiss.IndexIVF) else 0


def _replace(path: Path, data: bytes) -> None:
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{threading.get_ident()}")
    try:
        temporary.write_bytes(data)
        temporary.replace(path)
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)
