"""The whole loop on a real model: `make demo`, or `python -m benchmarks.demo`.

Learns from a log of unlabelled questions of four kinds, distils, and answers questions it has not
seen. The answers are known here, for the table alone; the agent never sees them.
"""

import json
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import click

from agent.build import Parts
from agent.cli import settle_process
from agent.commands.distill import show
from agent.commands.output import bar, start_logging
from agent.config import home_folder, load_settings
from agent.consolidate import consolidate
from agent.evaluate import Evaluation, Scored, evaluate
from agent.home import CONSOLIDATION, Home
from agent.learn import Learner
from agent.tables import table
from benchmarks.kinds import Item, generate
from memory.questions import Question, read_questions
from models.errors import NothingToLearnError, SecondNatureError
from router.policy import Policy
from trainer.consolidate import Watch
from trainer.job import StepMetrics

LOG = {"last letters": 220, "coin flips": 115, "pancakes": 115, "3-digit products": 30}
UNSEEN = 30
SEED = 7


@dataclass(frozen=True, slots=True)
class Figures:
    """One policy's outcome on one kind."""

    accuracy: float
    fast: float
    tokens: float
    seconds: float


def main() -> None:
    """Run the demonstration on the user's home."""
    settle_process()
    start_logging(verbose=False)
    try:
        _run(home_folder())
    except SecondNatureError as error:
        sys.exit(f"error: {error}")


def _run(root: Path) -> None:
    home = Home(root)
    home.prepare()
    started = time.perf_counter()
    click.echo(f"home: {root}")
    log, unseen = _write_files(root / "demo")
    kinds = {item.question: item.kind for item in unseen}
    questions = [Question(at, i.question, i.answer) for at, i in enumerate(unseen, start=1)]
    parts = Parts(load_settings(root), home)
    try:
        with _phase(f"System 2 on {len(unseen)} unseen questions, nothing learned yet"):
            system2 = _evaluate(parts, questions, Policy.SYSTEM2)
        if (active := parts.registry.active()) is not None:
            click.echo(f"adapter {active.version} is active already: `before` is with it")
        with _phase("System 1 on the same, before"):
            before = _evaluate(parts, questions, Policy.SYSTEM1)
        with _phase(f"learning: reasoning over a log of {sum(LOG.values())} unlabelled questions"):
            _learn(parts, log)
        with _phase("distilling: what was verified becomes System 1"):
            _distil(parts)
        with _phase("System 1 on the unseen questions, after"):
            after = _evaluate(parts, questions, Policy.SYSTEM1)
        with _phase("the agent on the unseen questions, the router deciding"):
            auto = _evaluate(parts, questions, Policy.AUTO)
    finally:
        parts.close()
    _show_table(kinds, before, system2, after, auto)
    click.echo(f"\nall of it took {(time.perf_counter() - started) / 60:.1f} minutes")
    click.echo(_NEXT)


_NEXT = """
What to run next:
  secondnature ask 'Take the last letters of the words in "Grace Hopper" and concatenate them.'
  secondnature ask 'What is the product of 123 and 456?'
  secondnature report
  secondnature adapters rollback      (and System 2 answers again)
(with .venv/bin in front of `secondnature`, unless the virtual environment is active)"""


def _write_files(folder: Path) -> tuple[Path, list[Item]]:
    """Write the log, unlabelled, and the unseen questions, labelled, for later use by hand."""
    folder.mkdir(parents=True, exist_ok=True)
    log = generate(LOG, SEED)
    known = frozenset(item.question for item in log)
    unseen = generate(dict.fromkeys(LOG, UNSEEN), SEED + 1, known)
    log_path = folder / "log.jsonl"
    log_path.write_text("".join(json.dumps({"question": i.question}) + "\n" for i in log))
    lines = (
        json.dumps({"question": i.question, "answer": i.answer, "skill": i.kind}) for i in unseen
    )
    (folder / "unseen.jsonl").write_text("".join(f"{line}\n" for line in lines))
    return log_path, unseen


@contextmanager
def _phase(what: str) -> Iterator[None]:
    click.echo(f"\n== {what}")
    start = time.perf_counter()
    yield
    click.echo(f"   {time.perf_counter() - start:.0f} s")


def _evaluate(parts: Parts, questions: Sequence[Question], policy: Policy) -> Evaluation:
    with bar("answering") as update:
        return evaluate(parts.agent(), questions, policy=policy, on_progress=update)


def _learn(parts: Parts, log: Path) -> None:
    questions = [item for item in read_questions(log) if isinstance(item, Question)]
    with bar("reasoning") as update:
        report = Learner(parts.memory, parts.system2()).learn(questions, on_progress=update)
    rows = [(name, c.verified, c.unverified) for name, c in report.skills.items()]
    click.echo(table(("skill (found by itself)", "verified", "not"), rows))


def _distil(parts: Parts) -> None:
    with parts.home.alone(CONSOLIDATION, "a consolidation"), bar("training", "step") as update:

        def on_step(metrics: StepMetrics) -> None:
            update(metrics.step, metrics.steps)

        watch = Watch(stage=lambda what: click.echo(f"   {what}"), step=on_step)
        try:
            result = consolidate(parts, watch)
        except NothingToLearnError as error:
            click.echo(f"   {error}")
            return
    show(
        result, parts.router.explain(parts.system1.subject(parts.registry.active())), as_json=False
    )


def _show_table(
    kinds: dict[str, str],
    before: Evaluation,
    system2: Evaluation,
    after: Evaluation,
    auto: Evaluation,
) -> None:
    def of(evaluation: Evaluation, kind: str | None) -> Figures:
        chosen = [
            item
            for item in evaluation.scored
            if kind is None or kinds[item.answered.decision.question] == kind
        ]
        return _figures(chosen)

    rows = []
    for name in (*LOG, None):
        b, s, a, r = (of(e, name) for e in (before, system2, after, auto))
        rows.append(
            (
                name or "all",
                *(f"{x:.0%}" for x in (b.accuracy, s.accuracy, a.accuracy, r.accuracy, r.fast)),
                *(f"{x:.0f}" for x in (s.tokens, r.tokens)),
                *(f"{x:.2f}" for x in (s.seconds, r.seconds)),
            )
        )
    header = ("kind", "S1 before", "S2", "S1 after", "agent", "fast")
    costs = ("tokens/q before", "after", "s/q before", "after")
    click.echo("\n" + table((*header, *costs), rows))
    click.echo(
        f"{len(kinds)} questions not in the log. Before: always System 2. After: the agent with "
        "the router; `fast` is the share that System 1 served. Seconds are in shared batches."
    )


def _figures(scored: Sequence[Scored]) -> Figures:
    n = len(scored)
    return Figures(
        accuracy=sum(item.right for item in scored) / n,
        fast=sum(item.fast for item in scored) / n,
        tokens=sum(item.answered.decision.tokens for item in scored) / n,
        seconds=sum(item.answered.decision.seconds for item in scored) / n,
    )


if __name__ == "__main__":
    main()
