"""`python -m benchmarks.routing_replay`: the router's first question, replayed on RouteLLM's data.

For GSM8K and MMLU, RouteLLM has published which questions a weak and a strong model got right. The
router's question-only stage learns from some of them whom the weak model can answer and is tested
on the others; no model runs here but the encoder.
"""

import json
import math
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import click
import numpy as np

from agent.build import LazyEncoder, encoder_dimension
from agent.cli import settle_process
from agent.config import Settings
from agent.tables import table
from benchmarks.options import data_option, json_option
from benchmarks.two_models.curves import READ_AT, SHARES, Curve, Estimate, curves
from benchmarks.two_models.embeddings import OnBlock, embed
from benchmarks.two_models.questions import FILES, read
from benchmarks.two_models.scores import (
    NeighborScore,
    Questions,
    RouterScore,
    Score,
    cross_fit,
    shortness,
)
from benchmarks.two_models.selective import Selective, selective
from models import atomic, catalog
from models.errors import SecondNatureError
from router.settings import RouterSettings

RANDOM, LENGTH, KNN, ROUTER, ORACLE = "random", "length", "kNN", "router", "oracle"
MANY = 100
"""Neighbours of the second kNN: what papers on such routers mostly take."""

GATE_SHARE = 10
"""One in so many remembered questions is of the gate half, whose drafts alone are judged."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a set is replayed.

    Attributes:
        neighbors: That count for the router, and for the kNN that it is held against; more than in
            service, for here one question tells little of the next (docs/experiments.md).
        folds: Groups that are scored from all others, >= 2.
        draws: Bootstrap draws, >= 1.
        repeats: Times that a certificate is made anew, >= 1.
        seed: Of folds, draws and repeats.
    """

    neighbors: int = 64
    folds: int = 5
    draws: int = 1000
    repeats: int = 20
    seed: int = 0


@dataclass(frozen=True, slots=True)
class Replayed:
    """What came of one set.

    Attributes:
        name: The set.
        questions: How many.
        weak: Accuracy of the weak model alone.
        strong: Accuracy of the strong model alone.
        best: Accuracy of the oracle.
        best_calls: Share of strong calls with which it reaches that.
        curves: One a way to choose.
        selective: By way, what certificates let through.
    """

    name: str
    questions: int
    weak: float
    strong: float
    best: float
    best_calls: float
    curves: Sequence[Curve]
    selective: Mapping[str, Sequence[Selective]]


@click.command()
@data_option
@click.option(
    "--set",
    "names",
    multiple=True,
    type=click.Choice(list(FILES)),
    help="A set to replay; give it again for more.  [default: all]",
)
@click.option(
    "--neighbors",
    type=click.IntRange(1, 256),
    default=Plan().neighbors,
    show_default=True,
    help="Neighbours that the router looks at.",
)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=Plan().repeats,
    show_default=True,
    help="Times that a certificate is made anew.",
)
@click.option(
    "--encoder",
    default=Settings().memory.encoder,
    show_default=True,
    help="A pulled encoder: catalogue name or folder.",
)
@click.option(
    "--cache",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where embeddings are kept, for a run to go on from.  [default: beside pulled models]",
)
@json_option
def main(
    data: Path,
    names: tuple[str, ...],
    neighbors: int,
    repeats: int,
    encoder: str,
    cache: Path | None,
    output: Path | None,
) -> None:
    """Print what routing by the question alone recovers of the gap between two models.

    The lowest-scored share of the questions goes to the strong model. Scores come from the other
    folds; intervals are of a bootstrap over questions. Those on one passage stay together in both.
    """
    settle_process()
    plan = Plan(neighbors=neighbors, repeats=repeats)
    folder = cache or catalog.cache_root() / "benchmarks" / "embeddings"
    try:
        found = run(data, names or tuple(FILES), encoder, folder, plan)
    except (SecondNatureError, ValueError) as error:
        sys.exit(f"error: {error}")
    if output is not None:
        held = {"encoder": encoder, **asdict(plan), "sets": [as_object(one) for one in found]}
        atomic.write_text(output, json.dumps(held, indent=2) + "\n")
        click.echo(f"written to {output}", err=True)


def run(data: Path, names: Sequence[str], encoder: str, folder: Path, plan: Plan) -> list[Replayed]:
    """Replay sets, printing each as it is done.

    Args:
        data: The folder of published data.
        names: Of `FILES`.
        encoder: A pulled encoder.
        folder: Where embeddings are kept.
        plan: How.

    Returns:
        What came of each.
    """
    read_sets = {name: read(data, name) for name in dict.fromkeys(names)}  # faults before work
    path = catalog.resolve(encoder)
    lazy, fingerprint = LazyEncoder(encoder, encoder_dimension(path)), catalog.fingerprint(path)
    found = []
    for name, answered in read_sets.items():
        texts = [item.question for item in answered]
        embedding_ND = embed(texts, lazy, fingerprint, folder, _progress(name))
        found.append(replay(name, Questions(answered, embedding_ND), plan, _tell))
        click.echo(in_words(found[-1]) + "\n")
    return found


def replay(
    name: str, questions: Questions, plan: Plan, told: Callable[[str], None] = lambda _: None
) -> Replayed:
    """Score a set in every way, and hold the scores against each other.

    Args:
        name: The set.
        questions: Its questions.
        plan: How.
        told: What is done next, in words.

    Returns:
        What came of it.
    """
    weak, gain_N = float(questions.weak_N.mean()), questions.gain_N
    views = {ROUTER: questions}
    if any(item.subject for item in questions.answered):
        views[f"{ROUTER}, subjects"] = replace(questions, tagged=True)
    scores = {RANDOM: np.zeros(len(gain_N)), LENGTH: shortness(questions)}
    for way, (view, score) in _ways(views, plan.neighbors).items():
        told(f"{name}: {way}")
        scores[way] = cross_fit(view, score, folds=plan.folds, seed=plan.seed)
    scores[ORACLE] = -gain_N
    told(f"{name}: intervals and certificates")
    settings = RouterSettings(neighbors=plan.neighbors)
    return Replayed(
        name,
        len(gain_N),
        weak,
        weak + float(gain_N.mean()),
        weak + float((gain_N > 0).mean()),
        float((gain_N > 0).mean()),
        curves(
            scores,
            gain_N,
            weak,
            passage_N=questions.passage_N,
            against=f"{KNN}, {plan.neighbors}",
            draws=plan.draws,
            seed=plan.seed,
        ),
        {
            way: selective(view, settings, repeats=plan.repeats, seed=plan.seed)
            for way, view in views.items()
        },
    )


def _ways(views: Mapping[str, Questions], k: int) -> dict[str, tuple[Questions, Score]]:
    """What learns from other questions' outcomes, by name."""
    found: dict[str, tuple[Questions, Score]] = {
        f"{KNN}, {near}": (views[ROUTER], NeighborScore(near)) for near in dict.fromkeys((k, MANY))
    }
    for way, view in views.items():
        found[way] = (view, RouterScore(k))
        found[f"{way}, a tenth judged"] = (view, RouterScore(k, GATE_SHARE))
    return found


def in_words(one: Replayed) -> str:
    """A set's tables: what is recovered, and what certificates let through.

    Args:
        one: What came of the set.

    Returns:
        Lines of text.
    """
    calls = [f"{share:.0%}" for share in READ_AT]
    header = ("by", *(f"right {c}" for c in calls), *(f"won {c}" for c in calls), "won, mean")
    title = (
        f"== {one.name}, {one.questions} questions: always weak {one.weak:.2%}, always strong "
        f"{one.strong:.2%}, oracle {one.best:.2%} at {one.best_calls:.1%} strong calls"
    )
    parts = [
        title,
        table((*header, "less random", "less kNN"), [_line(curve) for curve in one.curves]),
    ]
    for way, rows in one.selective.items():
        parts += [
            f"{way}: certified on a third, served on another, {rows[0].repeats} times",
            table(_SELECTIVE, [_served(row) for row in rows]),
        ]
    return "\n".join(parts)


_SELECTIVE = ("max_error", "certified", "weak serves", "wrong among these", "repeats over")


def _line(curve: Curve) -> tuple[object, ...]:
    return (
        curve.name,
        *(f"{curve.accuracy_at(share):.1%}" for share in READ_AT),
        *(_shown(estimate) for estimate in (*curve.recovered, curve.mean)),
        _shown(curve.beyond_random),
        _shown(curve.beyond),
    )


def _served(row: Selective) -> tuple[object, ...]:
    shares = (row.coverage, row.error, row.over)
    shown = [None if math.isnan(share) else f"{share:.1%}" for share in shares]
    return f"{row.max_error:.0%}", f"{row.certified}/{row.repeats}", *shown


def _shown(estimate: Estimate) -> str:
    return f"{estimate.value:.3f} ({estimate.low:.3f} to {estimate.high:.3f})"


def as_object(one: Replayed) -> dict[str, object]:
    """A set as JSON takes it.

    Args:
        one: What came of it.

    Returns:
        The same numbers; null for those that there are none of.
    """
    text = json.dumps(asdict(one))
    held: dict[str, object] = json.loads(text, parse_constant=lambda _: None)
    return held | {"shares": SHARES.tolist(), "read_at": list(READ_AT)}


def _progress(name: str) -> OnBlock:
    return lambda done, of: _tell(f"{name}: {done} of {of} questions embedded")


def _tell(what: str) -> None:
    click.echo(what, err=True)


if __name__ == "__main__":
    main()
