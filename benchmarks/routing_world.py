"""`python -m benchmarks.routing_world`: the router's promises, held against a world of known truth.

Drafts, labels and neighbours are drawn, no model runs. The router certifies on held-out drafts and
judges every question of a stream by its own code; audits are sampled at `router.audit_rate` and
watched by `router.monitor` at the limits that `agent.audit` uses (its database is left out:
benchmarks/simulated/service.py says how). First all is well. Then 30% of the largest skill's drafts
turn wrong, as sure as ever; once that is noticed, the questions of another skill move away from
memory. Then a new adapter is certified on new drafts.

Under the common bound all skills' fast answers together must keep to `max_error`; under `per_skill`
those of each skill must.
"""

import json
import math
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import click
import numpy as np

from agent.tables import table
from benchmarks.options import json_option
from benchmarks.simulated.delay import (
    QUANTILES,
    answers_allowed,
    audits_needed,
    questions_allowed,
)
from benchmarks.simulated.life import ERRORS, INPUTS, Before, Drift, Life, Noticed, Plan
from benchmarks.simulated.world import Nature
from models import atomic
from router.settings import RouterSettings

WORLDS: Mapping[str, Nature] = {
    "usual": Nature(),
    "hard": Nature(overconfidence=1).harder(3, tells=1),
    "hard, overconfident": Nature(overconfidence=4).harder(3, tells=1),
}
"""In the hard ones the bound binds: three times as many drafts are wrong, and tell less of it."""

_ERRORS = (0.2, 0.3, 0.5)
_RATES = (0.02, 0.05, 0.1, 0.2)
_FAR = 0.8


@dataclass(frozen=True, slots=True)
class Run:
    """One seed of one world.

    Attributes:
        world: Its name.
        seed: Drew it.
        common: What was served under the common bound, while all was well.
        own: The same under each skill's own bound.
        drifts: How each drift ended; empty where none was planted.
    """

    world: str
    seed: int
    common: Before
    own: Before
    drifts: tuple[Noticed, ...]


def run(world: str, nature: Nature, settings: RouterSettings, plan: Plan, seed: int) -> Run:
    """Live through one world.

    Args:
        world: Its name.
        nature: How it is drawn.
        settings: The router's.
        plan: How long it is looked at; without questions after, nothing goes wrong.
        seed: Draws it.

    Returns:
        What came of it.
    """
    with tempfile.TemporaryDirectory() as folder:
        life = Life(Path(folder), nature, settings, seed)
        common, own = life.before(plan.before)
        noticed: dict[Drift, Noticed] = {}
        for drift in (ERRORS, INPUTS) if plan.after else ():
            if (ended := life.drift(drift)) is not None:
                noticed[drift] = ended
        drifts = tuple(life.recover(plan.after, noticed)) if noticed else ()
    return Run(world, seed, common, own, drifts)


def allowed(settings: RouterSettings, noise: float) -> dict[str, float]:
    """By drift, the fast answers within which the skill must be suspended.

    Args:
        settings: Limits and the share of audits.
        noise: Share of wrong labels.

    Returns:
        Numbers that 1 of 100 streams exceeds by chance.
    """
    audits = audits_needed(ERRORS.to.error, noise, settings)[-1]
    return {
        ERRORS.name: answers_allowed(audits, settings.audit_rate),
        INPUTS.name: questions_allowed(_FAR, settings),
    }


def in_words(runs: Sequence[Run], settings: RouterSettings) -> str:
    """Tables of what was served, noticed and served again.

    Args:
        runs: At least one.
        settings: The router's.

    Returns:
        Lines of text.
    """
    worlds = dict.fromkeys(run.world for run in runs)
    of = {name: [run for run in runs if run.world == name] for name in worlds}
    before = [
        _served(name, bound, [getattr(run, attribute) for run in some], settings.max_error)
        for name, some in of.items()
        for bound, attribute in (("common", "common"), ("per skill", "own"))
    ]
    drifts = {
        drift.name: [one for run in runs for one in run.drifts if one.drift == drift.name]
        for drift in (ERRORS, INPUTS)
    }
    most = allowed(settings, Nature().noise)
    noticed = [_noticed(name, some, most[name]) for name, some in drifts.items() if some]
    again = [_again(name, some) for name, some in drifts.items() if some]
    return "\n\n".join(
        [
            f"== while all is well, at most {settings.max_error:.0%} wrong asked for\n"
            + table(_SERVED, before),
            f"== after a drift, {settings.audit_rate:.0%} of the fast answers audited\n"
            + table(_NOTICED, noticed),
            f"== after a new adapter's certificate\n{table(_AGAIN, again)}",
            "== answers of a skill until it is suspended, by the monitor alone\n"
            + _allowances(settings),
        ]
    )


_SERVED = (
    "world", "bound", "certified", "served", "wrong", "most", "over", "skills over", "suspended",
    "unjustly", "drafts' ECE", "router's",
)  # fmt: skip
_NOTICED = (
    "drift", "suspended", "answers", "95%", "allowed", "within", "audits", "95%", "wrong", "95%",
    "others",
)  # fmt: skip
_AGAIN = ("drift", "served again", "first after", "95%", "served", "wrong")


def _served(
    world: str, bound: str, found: Sequence[Before], max_error: float
) -> tuple[object, ...]:
    spans = [one.overall for one in found]
    skills = [span for one in found for span in one.skills.values()]
    served, wrong = sum(span.served for span in spans), sum(span.wrong for span in spans)
    return (
        world,
        bound,
        _of(one.certified for one in found),
        f"{served / sum(span.asked for span in spans):.1%}",
        f"{wrong / max(1, served):.1%}",
        f"{max(span.error for span in spans):.1%}",
        _of(span.error > max_error for span in spans),
        _of(span.error > max_error for span in skills),
        sum(len(one.suspended) for one in found),
        sum(len(one.unjustly(max_error)) for one in found),
        *(_mean([getattr(one, name) for one in found]) for name in ("stated", "calibrated")),
    )


def _noticed(name: str, found: Sequence[Noticed], most: float) -> tuple[object, ...]:
    return (
        name,
        _of(one.suspended for one in found),
        *_middle([one.answers for one in found]),
        _count(most),
        _of(one.suspended and one.answers <= most for one in found),
        *_middle([one.audits for one in found]),
        *_middle([one.wrong for one in found]),
        sum(len(one.others) for one in found),
    )


def _again(name: str, found: Sequence[Noticed]) -> tuple[object, ...]:
    waits = [one.wait for one in found if one.wait is not None]
    served = sum(one.again.served for one in found)
    return (
        name,
        _of(one.wait is not None for one in found),
        *(_middle(waits) if waits else (None, None)),
        f"{served / max(1, sum(one.again.asked for one in found)):.1%}",
        f"{sum(one.again.wrong for one in found) / max(1, served):.1%}",
    )


def _allowances(settings: RouterSettings) -> str:
    header = ("wrong from then on", "audits", *(f"{at:.0%}" for at in QUANTILES[1:]))
    lines = []
    for error in _ERRORS:
        needed = audits_needed(error, Nature().noise, settings)
        spans = [[answers_allowed(needed[at], rate) for at in (0, -1)] for rate in _RATES]
        answers = [f"{_count(middle)} ({_count(most)})" for middle, most in spans]
        lines.append((f"{error:.0%}", *map(_count, needed), *answers))
    return table((*header, *(f"answers at {rate:.0%}" for rate in _RATES)), lines)


def _of(hits: Iterable[bool]) -> str:
    known = list(hits)
    return f"{sum(known)}/{len(known)}"


def _mean(numbers: Sequence[float]) -> str | None:
    """Mean of those that there are; None without any."""
    known = [number for number in numbers if math.isfinite(number)]
    return f"{np.mean(known):.3f}" if known else None


def _middle(numbers: Sequence[int]) -> tuple[str, str]:
    """Median and 95% quantile."""
    middle, most = np.quantile(numbers, (0.5, 0.95))
    return f"{middle:,.0f}", f"{most:,.0f}"


def _count(number: float) -> str:
    return f"{number:,.0f}" if math.isfinite(number) else "never"


def as_object(runs: Sequence[Run], settings: RouterSettings) -> dict[str, object]:
    """The runs as JSON takes them.

    Args:
        runs: The runs.
        settings: The router's.

    Returns:
        The settings, what is allowed, and a row a run; null for a number that there is none of.
    """
    text = json.dumps(
        {
            "router": settings.model_dump(),
            "allowed": allowed(settings, Nature().noise),
            "runs": [asdict(run) for run in runs],
        }
    )
    held: dict[str, object] = json.loads(text, parse_constant=lambda _: None)
    return held


@click.command()
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True, help="Worlds.")
@click.option(
    "--questions",
    type=click.IntRange(min=100),
    default=Plan().before,
    show_default=True,
    help="Asked before anything goes wrong.",
)
@click.option(
    "--audit-rate",
    type=click.FloatRange(0.005, 1),
    default=RouterSettings().audit_rate,
    show_default=True,
    help="Share of fast answers that are audited.",
)
@click.option(
    "--overconfidence",
    type=click.FloatRange(0.1, 10),
    help="A world like the usual one, whose drafts overstate their log-odds so; no other is drawn.",
)
@json_option
def main(
    seeds: int,
    questions: int,
    audit_rate: float,
    overconfidence: float | None,
    output: Path | None,
) -> None:
    """Print whether the router keeps its promises in simulated worlds.

    The drift is planted in the usual world; the hard ones are looked at only while all is well.
    """
    settings = RouterSettings(audit_rate=audit_rate)
    worlds = dict(WORLDS)
    if overconfidence is not None:
        worlds = {"usual": Nature(overconfidence=overconfidence)}
    runs = []
    for name, nature in worlds.items():
        plan = Plan(questions, Plan().after if name == "usual" else 0)
        for seed in range(1, seeds + 1):
            runs.append(run(name, nature, settings, plan, seed))
            click.echo(f"{name}: {seed} of {seeds}", err=True)
    click.echo(in_words(runs, settings))
    if output is not None:
        atomic.write_text(output, json.dumps(as_object(runs, settings), indent=2) + "\n")
        click.echo(f"written to {output}", err=True)


if __name__ == "__main__":
    main()
