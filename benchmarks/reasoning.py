"""System 1 against System 2, and System 2 in shared batches against one question at a time."""

import itertools
import statistics
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from agent.build import Parts
from agent.config import Settings, System1Settings
from agent.home import Home
from agent.system2.reason import Outcome
from agent.system2.settings import System2Settings, VerifySettings
from benchmarks.kinds import KINDS, generate
from benchmarks.measure import Measured, Setup, alternate, ratios, spread
from benchmarks.records import examples
from memory.records import Draft
from models import catalog
from models.adapters import Adapter, Manifest
from trainer.distill import prepare, train
from trainer.job import Job
from trainer.settings import TrainerSettings

TRAINED_ON = 160
"""Records of the adapter: one pass over them, ten steps."""

ALONE_PER_KIND = 1
"""Questions of each kind that are asked one at a time: System 2 takes 10 to 30 s for each."""

BATCH = 16
VOTED, SAMPLES = 32, 8
PROGRAM = "program_of_thought"


def measure_system1_time(setup: Setup) -> Measured:
    """Time both systems on the same questions, asked one at a time, each in turn.

    System 1 answers with an adapter of the default shape, trained for a moment, so that it pays
    for one and answers as briefly as any student does. System 2 samples until its vote is decided.
    Both are warm: the first question of each is not counted.

    Args:
        setup: Model and runs.

    Returns:
        Median seconds of System 1 over median seconds of System 2, a ratio a run.
    """
    questions = [i.question for i in generate(dict.fromkeys(KINDS, ALONE_PER_KIND), seed=11)]
    adapter = _adapter(setup, known=frozenset(questions))
    drafts: list[Draft] = []
    outcomes: list[Outcome] = []
    with _parts(setup) as parts:
        system1, system2 = parts.system1, parts.system2()

        def fast(question: str) -> None:
            drafts.extend(system1.draft([question], adapter))

        def slow(question: str) -> None:
            outcomes.extend(system2.think([question], [None]))

        fast(questions[0])
        slow(questions[0])
        drafts.clear()
        outcomes.clear()
        pairs = [_medians(fast, slow, questions) for _ in range(setup.runs)]
    detail = (
        f"{len(questions)} questions: System 1 {spread([a for a, _ in pairs], ' s')}, System 2 "
        f"{spread([b for _, b in pairs], ' s')}; {_mean(d.tokens for d in drafts):.0f} and "
        f"{_mean(o.record.tokens for o in outcomes):.0f} tokens a question, the latter in "
        f"{_mean(len(o.record.votes) for o in outcomes):.1f} samples"
    )
    return Measured(ratios(pairs), detail)


def measure_batching(setup: Setup) -> Measured:
    """Time System 2 on 16 questions at once, as `learn` asks them, and one at a time.

    Program of thought with all checks on both sides: what auto tries differs from call to call.

    Args:
        setup: Model and runs.

    Returns:
        Questions a second at once over one at a time.
    """
    return _batched(setup, BATCH, system2=System2Settings(method=PROGRAM))


def measure_vote_batching(setup: Setup) -> Measured:
    """Time self-consistency, 8 programs a question, on 32 at once and one at a time.

    Nothing stops early and nothing is checked, so both sides draw the same number of samples.

    Args:
        setup: Model and runs.

    Returns:
        Questions a second at once over one at a time.
    """
    fixed = System2Settings(method=PROGRAM, first_samples=SAMPLES, max_samples=SAMPLES)
    return _batched(setup, VOTED, system2=fixed, verify=VerifySettings(unlike_methods=False))


def _batched(setup: Setup, count: int, **settings: object) -> Measured:
    """System 2 on so many questions at once, and one at a time: each run on others of every kind.

    All of them one at a time would take half an hour a run.
    """
    by_kind = [
        [item.question for item in generate({kind: count // len(KINDS)}, seed=13)] for kind in KINDS
    ]
    questions = [question for asked in zip(*by_kind, strict=True) for question in asked]
    turns = itertools.cycle(zip(*by_kind, strict=True))
    with _parts(setup, **settings) as parts:
        system2 = parts.system2()
        system2.think(questions[:1], [None])

        def at_once() -> float:
            skills = [None] * len(questions)
            return len(questions) / _seconds(lambda: system2.think(questions, skills))

        def one_by_one() -> float:
            some = next(turns)
            return len(some) / _seconds(lambda: [system2.think([q], [None]) for q in some])

        pairs = alternate(at_once, one_by_one, setup.runs)
    detail = (
        f"{len(questions)} questions: at once {spread([a for a, _ in pairs])} questions/s, one at "
        f"a time {spread([b for _, b in pairs])}"
    )
    return Measured(ratios(pairs), detail)


@contextmanager
def _parts(setup: Setup, **settings: object) -> Iterator[Parts]:
    """The agent's parts by the default settings, but for those given, on a home of their own."""
    chosen = Settings(system1=System1Settings(model=setup.model), **settings)  # type: ignore[arg-type]
    parts = Parts(chosen, Home(setup.folder / "home"))
    try:
        yield parts
    finally:
        parts.close()


def _adapter(setup: Setup, known: frozenset[str]) -> Adapter:
    """Train an adapter for a moment, in a process of its own as always."""
    path = catalog.resolve(setup.model)
    fingerprint = catalog.fingerprint(path)
    settings = TrainerSettings(num_train_epochs=1, min_steps=1)
    job = Job(str(path), fingerprint, settings)
    run = prepare(setup.folder / "run", job, examples(TRAINED_ON, seed=12, known=known))
    train(run, lambda _: None)
    manifest = Manifest("benchmark", setup.model, fingerprint, datetime.now(UTC), "benchmark")
    manifest.write(run.adapter)
    return Adapter(Path(run.adapter), manifest)


def _medians(
    fast: Callable[[str], None], slow: Callable[[str], None], questions: Sequence[str]
) -> tuple[float, float]:
    """Median seconds a question of both, each question put to one and then to the other."""
    pairs = [
        (_seconds(lambda q=q: fast(q)), _seconds(lambda q=q: slow(q)))  # type: ignore[misc]
        for q in questions
    ]
    return statistics.median(a for a, _ in pairs), statistics.median(b for _, b in pairs)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _mean(values: Iterator[float]) -> float:
    return statistics.fmean(values)
