"""How often an adapter whose error is at the limit is certified at some time of its life.

Each time more was held out it is certified again, by all drafts. In a made-up life every draft may
be served and is wrong with probability `--error`; it begins with as many drafts as are given, and
is looked at again each time they have grown by a share, until there are twelve times as many.
"""

from collections.abc import Callable

import click
import numpy as np
from scipy.special import bdtr

from agent.commands.output import print_table
from router.risk import level
from router.settings import RouterSettings

UNTIL = 12
"""Times the drafts of the beginning."""

STARTS = (22, 45, 100, 220)
STEPS = (0.02, 0.1, 0.25)
"""A consolidation a night, and an idle daemon (`agent.catch_up.GROWTH`)."""

Level = Callable[[float, float], float]


def ever_certified(
    start: int, step: float, error: float, *, limit: float, delta: float, at: Level, lives: int
) -> float:
    """The share of lives in which a look certifies.

    Args:
        start: Drafts at the first look.
        step: Share by which they grow until the next one.
        error: How often a draft is wrong, in [0, 1].
        limit: Error that is certified.
        delta: Of the first test.
        at: The level of a test, by delta and by the growth since the first look.
        lives: How many are made up.

    Returns:
        A share in [0, 1].
    """
    random = np.random.default_rng(start)
    drafts, wrong_N = start, random.binomial(start, error, lives)
    ever_N = np.zeros(lives, dtype=bool)
    while drafts <= UNTIL * start:
        ever_N |= bdtr(wrong_N, drafts, limit) <= at(delta, drafts / start)
        more = max(1, round(step * drafts))
        drafts += more
        wrong_N = wrong_N + random.binomial(more, error, lives)
    return float(ever_N.mean())


@click.command("looking_again")
@click.option("--error", default=RouterSettings().max_error, help="How often a draft is wrong.")
@click.option("--lives", default=4000, help="How many are made up for each number.")
def main(error: float, lives: int) -> None:
    """Print the shares with the level that falls, and with one that stays."""
    settings = RouterSettings()
    rows = []
    for start in STARTS:
        for step in STEPS:
            shares = (
                ever_certified(
                    start,
                    step,
                    error,
                    limit=settings.max_error,
                    delta=settings.delta,
                    at=at,
                    lives=lives,
                )
                for at in (_stays, level)
            )
            rows.append((start, f"{step:.0%}", *(f"{share:.1%}" for share in shares)))
    print_table(("drafts at first", "grown by", "level stays", "level falls"), rows)
    click.echo(
        f"\nshare of {lives} lives that were certified at some time to be wrong at most "
        f"{settings.max_error:.1%} (delta {settings.delta:.0%}) and are wrong {error:.1%}"
    )


def _stays(delta: float, growth: float) -> float:  # noqa: ARG001
    return delta


if __name__ == "__main__":
    main()
