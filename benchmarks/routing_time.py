"""What routing costs: before a draft against the encoder alone, after it, and to certify it.

The records are made here: forty skills, each around the embedding of a question of its kind, about
as near to each other as questions of one template are. The questions asked are real ones of those
kinds, and so is the encoder; nothing is remembered in between.
"""

import statistics
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np

from agent.audit import why_suspended
from benchmarks.measure import Measured, Setup, spread
from memory.index import VectorIndex
from memory.recall import Memory
from memory.records import Draft, JudgedDraft, Record, Skill, SkillStatus, Split, Status
from memory.skills import centroid_of
from memory.store import Store
from models import catalog
from models.encoder import SentenceEncoder
from models.types import Encoder
from router.policy import Case, Router, RouterSettings, Subject, Verdict
from router.wording import MOST_QUESTIONS

QUESTIONS = 100
"""Questions, or drafts, a run."""

HELD_OUT = 2_000
DECISION_LIMIT_S = 0.002
CERTIFICATION_LIMIT_S = 1.0
_BLOCK = 10_000
_NOISE = 0.6
_RIGHT = 0.97
_SUBJECT = Subject(adapter="v1", base="benchmark", encoder="benchmark")
_KINDS = (
    "{} {things} lie on a table and {} are taken away. How many {things} are left?",
    "What do {} {things} cost at {} dollars each?",
)
_THINGS = (
    "apples books boxes cakes cards chairs coins dogs eggs flags games hats horses jars keys lamps "
    "letters maps nuts pens"
).split()
SKILLS = {f"{things}-{at}": (kind, things) for at, kind in enumerate(_KINDS) for things in _THINGS}
_STATUSES = dict.fromkeys(SKILLS, SkillStatus.DISTILLED)


def measure_10k(setup: Setup) -> Measured:
    """Time routing without a draft, 10,000 records in memory.

    Args:
        setup: Encoder, runs and folder.

    Returns:
        Median seconds of routing a question over those of encoding it.
    """
    return _routing(setup, 10_000)


def measure_100k(setup: Setup) -> Measured:
    """Time routing without a draft, 100,000 records in memory.

    Args:
        setup: Encoder, runs and folder.

    Returns:
        Median seconds of routing a question over those of encoding it.
    """
    return _routing(setup, 100_000)


def measure_decision(setup: Setup) -> Measured:
    """Time `Router.judge`.

    Args:
        setup: Encoder, runs and folder.

    Returns:
        Median seconds a draft over the limit.
    """
    with _remembering(setup, 10_000) as memory:
        router, cases = certified(setup.folder, memory)
        runs = [_judging(router, cases[at :: setup.runs][:QUESTIONS]) for at in range(setup.runs)]
    detail = f"{spread([1e3 * s for s in runs], ' ms')} of at most {1e3 * DECISION_LIMIT_S:g} ms"
    return Measured(tuple(seconds / DECISION_LIMIT_S for seconds in runs), detail)


def measure_certification(setup: Setup) -> Measured:
    """Time the certification of 2,000 held-out drafts, other ones each run.

    Args:
        setup: Encoder, runs and folder.

    Returns:
        Seconds over the limit; what finds the drafts' neighbours is told apart.
    """
    finding, certifying = [], []
    with _remembering(setup, 6 * HELD_OUT) as memory:
        router = _router(setup.folder)
        for run in range(setup.runs):
            start = time.perf_counter()
            cases, learned = _cases(memory, router, seed=run), _learned(memory)
            found = time.perf_counter()
            router.certify(_SUBJECT, cases, _STATUSES, learned)
            finding.append(found - start)
            certifying.append(time.perf_counter() - found)
    detail = (
        f"{spread(certifying, ' s')} of at most {CERTIFICATION_LIMIT_S:g} s; reading the "
        f"{len(cases)} records and their neighbours takes {spread(finding, ' s')} and is not in it"
    )
    return Measured(tuple(seconds / CERTIFICATION_LIMIT_S for seconds in certifying), detail)


def _routing(setup: Setup, count: int) -> Measured:
    with _remembering(setup, count) as memory:
        router, _ = certified(setup.folder, memory)
        encoder = _encoder(setup)
        _timed(memory, router, encoder, questions(QUESTIONS, first=0))  # warms all up
        runs = [
            _timed(memory, router, encoder, questions(QUESTIONS, first=(1 + run) * QUESTIONS))
            for run in range(setup.runs)
        ]
    encoding, routing, tried = zip(*runs, strict=True)
    detail = (
        f"routing takes {spread([1e3 * s for s in routing], ' ms')}, the encoder alone "
        f"{spread([1e3 * s for s in encoding], ' ms')}; {sum(tried)} of "
        f"{setup.runs * QUESTIONS} questions were worth a draft"
    )
    return Measured(tuple(b / a for a, b in zip(encoding, routing, strict=True)), detail)


def _timed(
    memory: Memory, router: Router, encoder: Encoder, asked: Sequence[str]
) -> tuple[float, float, int]:
    """Median seconds of encoding and of routing, question by question; how many were let through.

    Routing encodes, too: a question has not been seen by memory before.
    """
    encoding, routing, tried = [], [], 0
    for question in asked:
        start = time.perf_counter()
        encoder.encode([question])
        encoded = time.perf_counter()
        tried += route(memory, router, question).accept
        encoding.append(encoded - start)
        routing.append(time.perf_counter() - encoded)
    return statistics.median(encoding), statistics.median(routing), tried


def route(memory: Memory, router: Router, question: str) -> Verdict:
    """What `agent.loop` does before a draft.

    Args:
        memory: As `fill` makes it.
        router: Certified for it.
        question: Any.

    Returns:
        Whether a draft is worth its tokens.
    """
    (near,) = memory.neighbors_many([question], router.neighbors_wanted)
    known = {skill.name: skill for skill in memory.store.journal.skills()}
    (name,) = memory.skills_of([question], known.values())
    suspended = why_suspended(memory.store.audits.suspended(_SUBJECT.adapter), name)
    return router.worth_a_try(question, _SUBJECT, known.get(name or ""), near, suspended=suspended)


def _judging(router: Router, cases: Sequence[Case]) -> float:
    """Median seconds a draft."""
    known = {name: Skill(name, status) for name, status in _STATUSES.items()}
    seconds = []
    for case in cases:
        skill = known[case.record.skill or ""]
        start = time.perf_counter()
        router.judge(case.judged.draft, _SUBJECT, skill, case.neighbors)
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


@contextmanager
def _remembering(setup: Setup, count: int) -> Iterator[Memory]:
    encoder = _encoder(setup)
    with Store(setup.folder / "memory.db", encoder.name, encoder.dimension) as store:
        fill(store, encoder, count)
        yield Memory(store, VectorIndex(encoder.name, encoder.dimension), encoder)


def fill(store: Store, encoder: Encoder, count: int) -> None:
    """Remember made-up records, in about equal parts of the learned `SKILLS`.

    Args:
        store: Empty.
        encoder: Embeds one question of each skill.
        count: How many, at least a few of each skill.
    """
    rng = np.random.default_rng(0)
    names = list(SKILLS)
    centres_SD = encoder.encode(questions(len(names), first=0))
    for start in range(0, count, _BLOCK):
        skill_N = rng.integers(0, len(names), min(_BLOCK, count - start))
        noise_ND = rng.standard_normal((len(skill_N), encoder.dimension), dtype=np.float32)
        noise_ND *= _NOISE / np.linalg.norm(noise_ND, axis=1, keepdims=True)
        vectors_ND = centres_SD[skill_N] + noise_ND
        vectors_ND /= np.linalg.norm(vectors_ND, axis=1, keepdims=True)
        store.remember_many(
            [
                Record(
                    _question(names[skill], start + at, 45), str(at), Status.VERIFIED, names[skill]
                )
                for at, skill in enumerate(skill_N.tolist())
            ],
            vectors_ND,
        )
        if start == 0:
            new = [Skill(name, status) for name, status in _STATUSES.items()]
            store.journal.save_centroids(
                [centroid_of(skill, vectors_ND[skill_N == at]) for at, skill in enumerate(new)]
            )


def questions(count: int, first: int) -> list[str]:
    """Different questions of each of `SKILLS` in turn; none is in memory.

    Args:
        count: How many.
        first: How many come before them.

    Returns:
        The questions.
    """
    names = list(SKILLS)
    return [_question(names[at % len(names)], at, 0) for at in range(first, first + count)]


def _question(skill: str, number: int, shift: int) -> str:
    """A question of a skill; of two shifts less than 90 apart, none of one is one of the other."""
    kind, things = SKILLS[skill]
    return kind.format(100 + number, 2 + (number + shift) % 90, things=things)


def _encoder(setup: Setup) -> SentenceEncoder:
    return SentenceEncoder(catalog.resolve(setup.encoder), setup.encoder)


def _router(folder: Path) -> Router:
    return Router(folder / "router", RouterSettings())


def certified(folder: Path, memory: Memory) -> tuple[Router, list[Case]]:
    """A router that is certified on made-up drafts of what memory holds out, and these.

    Args:
        folder: Where its certification goes.
        memory: As `fill` makes it.

    Returns:
        Both.
    """
    router = _router(folder)
    cases = _cases(memory, router, seed=0)
    router.certify(_SUBJECT, cases, _STATUSES, _learned(memory))
    return router, cases


def _learned(memory: Memory) -> dict[str, list[str]]:
    """What System 1 would have been trained on, by skill."""
    found: dict[str, list[str]] = {}
    for record in memory.store.records(splits=[Split.TRAIN], limit=len(SKILLS) * MOST_QUESTIONS):
        found.setdefault(str(record.skill), []).append(record.question)
    return found


def _cases(memory: Memory, router: Router, seed: int) -> list[Case]:
    """Held-out records with made-up drafts; the right ones are mostly the surer ones."""
    rng = np.random.default_rng(seed)
    halves = [split for split in Split if split.holdout]
    records = memory.store.records(splits=halves, limit=HELD_OUT)
    asked = [record.question for record in records]
    near = memory.neighbors_many(asked, router.neighbors_wanted)
    drafts = [_judged(record, rng) for record in records]
    return [Case(r, d, tuple(n)) for r, d, n in zip(records, drafts, near, strict=True)]


def _judged(record: Record, rng: np.random.Generator) -> JudgedDraft:
    right = bool(rng.random() < _RIGHT)
    mean = -float(rng.exponential(0.1 if right else 0.5))
    answer = record.answer if right else "unknown"
    draft = Draft(
        question=record.question,
        answer=answer,
        text=answer or "",
        adapter=_SUBJECT.adapter,
        mean_logprob=mean,
        min_logprob=2 * mean,
        first_margin=max(0.0, 3 + mean),
        tokens=3,
    )
    return JudgedDraft(record.id, draft, right)
