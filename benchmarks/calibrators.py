"""`python -m benchmarks.calibrators`: the router's calibrator against others, and its features.

Held-out drafts are dealt into folds; each fold's probabilities are fitted on the others.
"""

import json
import math
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from agent.cli import settle_process
from agent.tables import table
from benchmarks.calibrating.comparison import (
    METRICS,
    Compared,
    Estimate,
    Plan,
    compare,
    confidences,
)
from benchmarks.calibrating.methods import GROUPS, METHODS, ROUTER, Method, only, without
from benchmarks.calibrating.worlds import World, made_up, of_home
from benchmarks.options import json_option
from models import atomic
from models.errors import InputFileError, SecondNatureError
from router.features import FEATURES

PARTS = {name: (name,) for name in FEATURES} | GROUPS
"""What is left out, and left alone: each feature, and groups of like ones."""

SHOWN = ("log loss", "AUROC", "AURC")
"""Metrics in the table of features."""


@dataclass(frozen=True, slots=True)
class Report:
    """What came of one world.

    Attributes:
        world: Its name.
        drafts: How many.
        wrong: Of which are wrong.
        tried: Drafts of skills that System 1 is tried on.
        tried_wrong: Of which are wrong.
        unmeasured: Features that its drafts lack.
        methods: One comparison a method.
        without: One a feature or group that was left out.
        alone: One a feature or group that was left alone.
    """

    world: str
    drafts: int
    wrong: int
    tried: int
    tried_wrong: int
    unmeasured: tuple[str, ...]
    methods: Sequence[Compared]
    without: Sequence[Compared]
    alone: Sequence[Compared]


@click.command()
@click.option(
    "--home",
    "homes",
    multiple=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="A home whose active adapter has drafted held-out records; give it again for more.",
)
@click.option(
    "--made-up",
    "sizes",
    multiple=True,
    type=click.IntRange(min=10),
    metavar="DRAFTS",
    help="A made-up world of so many drafts; give it again for more.",
)
@click.option(
    "--repeats",
    type=click.IntRange(min=1),
    default=Plan().repeats,
    show_default=True,
    help="Times that drafts are dealt into folds anew.",
)
@click.option(
    "--draws",
    type=click.IntRange(min=1),
    default=Plan().draws,
    show_default=True,
    help="Bootstrap draws behind each interval.",
)
@json_option
def main(
    homes: tuple[Path, ...], sizes: tuple[int, ...], repeats: int, draws: int, output: Path | None
) -> None:
    """Print how good calibrators of System 1's drafts are, and what each feature is worth.

    Homes are read from a copy of their database, and left as they are.
    """
    if not homes and not sizes:
        raise click.UsageError("name at least one --home or --made-up world")
    settle_process()
    plan = Plan(repeats=repeats, draws=draws)
    try:
        reports = _run(homes, sizes, plan)
    except (SecondNatureError, ValueError) as error:
        sys.exit(f"error: {error}")
    if output is not None:
        text = json.dumps({**asdict(plan), "worlds": [asdict(report) for report in reports]})
        held = json.loads(text, parse_constant=lambda _: None)  # nan is no JSON
        atomic.write_text(output, json.dumps(held, indent=2) + "\n")
        click.echo(f"written to {output}", err=True)


def _run(homes: Sequence[Path], sizes: Sequence[int], plan: Plan) -> list[Report]:
    worlds = [of_home(home) for home in homes]
    worlds += [made_up(size, plan.seed) for size in sizes]
    reports = []
    for world in worlds:
        reports.append(report(world, plan))
        click.echo(in_words(reports[-1]) + "\n")
    return reports


def report(world: World, plan: Plan) -> Report:
    """Compare calibrators, then the router's with each feature left out, and left alone.

    Args:
        world: The drafts.
        plan: Folds, repeats and draws.

    Returns:
        The comparisons.

    Raises:
        InputFileError: The drafts are too few to be dealt into folds.
    """
    right_N = world.right_N
    if len(right_N) < 2 * plan.folds:
        raise InputFileError(
            f"{world.name} has {len(right_N)} held-out drafts whose outcome is known, "
            f"{2 * plan.folds} are needed: run `secondnature distill` there"
        )
    left_out: dict[str, Method] = {f"-{part}": without(*names) for part, names in PARTS.items()}
    left_alone: dict[str, Method] = {f"+{part}": only(*names) for part, names in PARTS.items()}
    said = confidences(world, METHODS | left_out | left_alone, plan)
    found = {one.name: one for one in compare(said, right_N, plan, against=ROUTER)}
    tried_N = np.array([case.record.skill in world.tried for case in world.cases])
    return Report(
        world.name,
        len(right_N),
        int((~right_N).sum()),
        int(tried_N.sum()),
        int((tried_N & ~right_N).sum()),
        world.unmeasured,
        [found[name] for name in METHODS],
        [found[name] for name in left_out],
        [found[name] for name in left_alone],
    )


def in_words(found: Report) -> str:
    """A world's tables.

    Args:
        found: What came of it.

    Returns:
        Lines of text.
    """
    lacks = f", {', '.join(found.unmeasured)} not measured" if found.unmeasured else ""
    title = (
        f"== {found.world}: {found.drafts} held-out drafts, {found.wrong} wrong; of skills that "
        f"System 1 is tried on {found.tried}, {found.tried_wrong} wrong{lacks}"
    )
    methods = [
        (one.name, *(_shown(one.scores[m]) for m in METRICS), _shown(one.beyond["log loss"]))
        for one in found.methods
    ]
    features = [
        (
            name,
            *(_shown(left_out.beyond[m]) for m in SHOWN),
            *(_shown(alone.scores[m]) for m in ("log loss", "AUROC")),
        )
        for name, left_out, alone in zip(PARTS, found.without, found.alone, strict=True)
    ]
    left = (*(f"without: {m} less whole" for m in SHOWN), "alone: log loss", "alone: AUROC")
    return "\n".join(
        (
            title,
            table(("calibrator", *METRICS, "log loss less router"), methods),
            "",
            table(("feature", *left), features),
        )
    )


def _shown(estimate: Estimate) -> str:
    value = "-" if math.isnan(estimate.value) else f"{estimate.value:.3f}"
    if math.isnan(estimate.low):
        return value
    return f"{value} ({estimate.low:.3f} to {estimate.high:.3f})"


if __name__ == "__main__":
    main()
