"""Held-out drafts whose outcome is known: those of a home's active adapter, or made up."""

import math
import sqlite3
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from agent.build import LazyEncoder
from agent.config import load_settings
from agent.home import Home
from memory.index import VectorIndex
from memory.recall import Memory
from memory.records import (
    HOLDOUT,
    Draft,
    JudgedDraft,
    Neighbor,
    Record,
    SkillStatus,
    Status,
)
from memory.store import Store
from models.adapters import AdapterRegistry
from models.errors import HomeError
from router.case import Case
from router.refusals import why_unusable


@dataclass(frozen=True, slots=True)
class World:
    """Drafts of one adapter.

    Attributes:
        name: Unique.
        cases: Those that could be served, and of which it is known whether they are right.
        k: Neighbours that count.
        tried: Skills that System 1 is tried on; the router looks at no others' drafts.
        unmeasured: Features that not all drafts have; they are 0 for all.
    """

    name: str
    cases: Sequence[Case]
    k: int
    tried: frozenset[str]
    unmeasured: tuple[str, ...] = ()

    @property
    def right_N(self) -> NDArray[np.bool_]:
        """Which of the drafts are right."""
        return np.array([bool(case.right) for case in self.cases])


def of_home(root: Path) -> World:
    """Read a home's held-out drafts, of both halves, from a copy of its database.

    Args:
        root: The home; it is left as it is.

    Returns:
        The drafts of its active adapter.

    Raises:
        HomeError: It has no database of its own.
    """
    settings, home = load_settings(root), Home(root)
    if settings.memory.url or not home.database.is_file():
        raise HomeError(f"{root} holds no memory: name a home that has a {home.database.name}")
    adapter = AdapterRegistry(home.adapters).active_version()
    with tempfile.TemporaryDirectory(prefix="secondnature-bench-") as folder:
        copy = Path(folder) / home.database.name
        _copy(home.database, copy)
        with Store(copy, settings.memory.encoder) as store:
            return _read(store, adapter, root.name, settings.router.neighbors)


def _copy(database: Path, target: Path) -> None:
    """As it stands, what only its write-ahead log holds included."""
    logged = database.with_name(f"{database.name}-wal").exists()
    # Without a log nobody is writing, and SQLite leaves nothing beside a file that can't change.
    mode = "mode=ro" if logged else "mode=ro&immutable=1"
    with (
        closing(sqlite3.connect(f"{database.resolve().as_uri()}?{mode}", uri=True)) as source,
        closing(sqlite3.connect(target)) as copy,
    ):
        source.backup(copy)


def _read(store: Store, adapter: str, name: str, k: int) -> World:
    embeddings = store.embeddings
    encoder = LazyEncoder(embeddings.encoder_name, embeddings.dimension)
    memory = Memory(store, VectorIndex(encoder.name, encoder.dimension), encoder)
    drafts = {item.record_id: item for item in store.journal.drafts(adapter, trusted_only=False)}
    held = store.records(splits=HOLDOUT)
    records = [record for record in held if record.id in drafts]
    near = memory.neighbors_many([record.question for record in records], k + 1)
    cases = [
        Case(record, drafts[record.id], tuple(neighbors))
        for record, neighbors in zip(records, near, strict=True)
    ]
    known = store.journal.skills()
    tried = frozenset(skill.name for skill in known if skill.status is SkillStatus.DISTILLED)
    return _world(name, cases, k, tried)


def _world(name: str, cases: Sequence[Case], k: int, tried: frozenset[str]) -> World:
    usable = [
        case for case in cases if case.right is not None and why_unusable(case.judged.draft) is None
    ]
    if not any(math.isnan(case.judged.draft.mean_entropy) for case in usable):
        return World(name, usable, k, tried)
    # Drafts of before entropies were kept: a column that only some have says nothing.
    return World(name, [_without_entropy(case) for case in usable], k, tried, ("mean_entropy",))


def _without_entropy(case: Case) -> Case:
    draft = replace(case.judged.draft, mean_entropy=0.0)
    return replace(case, judged=replace(case.judged, draft=draft))


RATES = (0.97, 0.9, 0.6, 0.2)
"""How often the drafts of each made-up skill are right."""

_DIMENSION = 8


def made_up(n: int, seed: int, k: int = 16) -> World:
    """Make drafts whose outcome depends on where they lie and shows in their likelihood.

    Four skills lie apart; within each, drafts towards one side are wrong more often. A draft's
    log-probability is a noisy view of its chance to be right.

    Args:
        n: Held-out drafts, >= 1.
        seed: Of everything.
        k: Neighbours that count.

    Returns:
        The drafts; their neighbours are among themselves.
    """
    random = np.random.default_rng(seed)
    skill_N = random.integers(len(RATES), size=n)
    offset_ND = 0.4 * random.normal(size=(n, _DIMENSION))
    embedding_ND = np.eye(_DIMENSION)[skill_N] * 1.5 + offset_ND
    embedding_ND /= np.linalg.norm(embedding_ND, axis=1, keepdims=True)
    rate_N = np.array(RATES)[skill_N]
    log_odds_N = np.log(rate_N / (1 - rate_N)) + 3 * offset_ND[:, -1]
    right_N = random.random(n) < 1 / (1 + np.exp(-log_odds_N))
    logprob_N = -np.logaddexp(0.0, -(log_odds_N + random.normal(size=n))) / 4
    records = [
        Record(f"{at}?", "1", Status.GOLD, skill=f"skill {skill}", id=at + 1)
        for at, skill in enumerate(skill_N.tolist())
    ]
    cosine_NN = embedding_ND @ embedding_ND.T
    cases = [
        Case(
            record,
            JudgedDraft(record.id, _draft(record, right, logprob), right),
            tuple(
                Neighbor(records[at], float(cosine_N[at])) for at in np.argsort(-cosine_N)[: k + 1]
            ),
        )
        for record, right, logprob, cosine_N in zip(
            records, right_N.tolist(), logprob_N.tolist(), cosine_NN, strict=True
        )
    ]
    return _world(f"made up, {n}", cases, k, frozenset(str(r.skill) for r in records))


def _draft(record: Record, right: bool, logprob: float) -> Draft:
    return Draft(
        question=record.question,
        answer="1" if right else "2",
        text="",
        adapter="made-up",
        mean_logprob=logprob,
        min_logprob=1.5 * logprob,
        first_margin=1.0,
        tokens=2,
        mean_entropy=-0.8 * logprob,
    )
