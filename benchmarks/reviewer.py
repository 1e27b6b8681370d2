"""What a person's few answers bring: asked by `review`'s ranking, against as many at random.

No model runs: skills with held-out drafts of known truth, labels that are sometimes wrong or
missing, and a person who always knows. Both ways ask about the same records, in worlds that are the
same but for the answers, and the bounds that follow are the router's own. A skill that is certified
though its drafts are wrong more often than `max_error` counts as false.

    python -m benchmarks.reviewer [--seeds 20] [--answers 30] [--require-gold] [--json]
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from functools import lru_cache

import click
import numpy as np
from numpy.typing import NDArray

from agent.report.bounds import standing
from agent.review import Candidate, Outcome, Standing, ranked
from agent.tables import table
from memory.records import Record, Split, Status, split_of
from router.bounds import Bounds, Scored, bounds
from router.risk import Labels
from router.settings import RouterSettings

RIGHT, SLIP, OTHER = "right", "slip", "other"
"""The truth; what System 1 says where it is wrong; what a wrong label says elsewhere."""

_POPULATION = 20_000


@dataclass(frozen=True, slots=True)
class World:
    """How skills are drawn.

    Attributes:
        skills: How many.
        gate: Drafts a skill in the gate half.
        fewest: Least drafts a skill in the calibration half.
        most: Most of them.
        error: Skills' shares of wrong drafts are drawn up to this.
        unverified: Share of records without a trusted label.
        mislabelled: Share of verified labels that are wrong where the draft is right.
        hidden: Share of wrong drafts whose verified label is wrong alike.
    """

    skills: int = 12
    gate: int = 40
    fewest: int = 15
    most: int = 45
    error: float = 0.15
    unverified: float = 0.15
    mislabelled: float = 0.04
    hidden: float = 0.05


@dataclass(frozen=True, slots=True)
class Held:
    """A held-out record with its draft, and the label that its votes gave."""

    outcome: Outcome
    voted: str | None

    @property
    def labelled(self) -> bool:
        """Whether its label is trusted."""
        return self.outcome.record.status.trusted

    @property
    def scored(self) -> Scored:
        """As the bounds see it."""
        record = self.outcome.record
        right = self.outcome.draft == record.answer
        gold = record.status is Status.GOLD
        return Scored(self.outcome.confidence or 0.0, right, str(record.skill), gold)


@dataclass(frozen=True, slots=True)
class Certified:
    """How many skills have a certificate, and how many of these should not."""

    skills: int
    false: int


@dataclass(frozen=True, slots=True)
class Row:
    """One world: before any answer, after answers at random, and after answers by ranking."""

    seed: int
    before: Certified
    random: Certified
    review: Certified


class Simulation:
    """One drawn world, and what answers do to it.

    Args:
        seed: Draws it.
        settings: The bound that is asked for.
        world: How it is drawn.
    """

    def __init__(self, seed: int, settings: RouterSettings, world: World) -> None:
        self._rng = np.random.default_rng(seed)
        self._settings = settings
        self._world = world
        self._errors = self._rng.uniform(0, world.error, world.skills)
        self._gate = [
            Scored(confidence, right, _name(skill))
            for skill in range(world.skills)
            for confidence, right in self._drafts(skill, world.gate)
        ]
        self._held = [
            self._draw(skill, at, confidence, right)
            for skill in range(world.skills)
            for at, (confidence, right) in enumerate(
                self._drafts(skill, int(self._rng.integers(world.fewest, world.most + 1)))
            )
        ]
        self._all = [self._sample(skill, _POPULATION) for skill in range(world.skills)]

    def run(self, answers: int) -> tuple[Certified, Certified, Certified]:
        """Certify before any answer, after answers at random, and after answers by ranking."""
        picked = self._rng.permutation(len(self._held))[:answers]
        at_random = {self._held[at].outcome.record.id for at in picked}
        by_rank = {candidate.record.id for candidate in self._ranked()[:answers]}
        return (
            self._certified(self._held),
            self._certified(self._answered(at_random)),
            self._certified(self._answered(by_rank)),
        )

    def _drafts(self, skill: int, n: int) -> list[tuple[float, bool]]:
        confidence_N, right_N = self._sample(skill, n)
        return list(zip(confidence_N.tolist(), right_N.tolist(), strict=True))

    def _sample(self, skill: int, n: int) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
        """Confidences of n drafts, and whether each is right; wrong ones are less sure."""
        right_N = self._rng.random(n) >= self._errors[skill]
        sure_N = 0.55 + 0.44 * self._rng.beta(4, 1, n)
        unsure_N = 0.55 + 0.44 * self._rng.beta(2, 2, n)
        return np.where(right_N, sure_N, unsure_N), right_N

    def _draw(self, skill: int, at: int, confidence: float, right: bool) -> Held:
        draft = RIGHT if right else SLIP
        verified = self._rng.random() >= self._world.unverified
        wrong = self._rng.random() < (self._world.mislabelled if right else self._world.hidden)
        label = (OTHER if right else SLIP) if wrong else RIGHT
        status = Status.VERIFIED if verified else Status.UNVERIFIED
        question = _questions(self._world.most, _name(skill))[at]
        record = Record(question, label, status, _name(skill), id=1000 * skill + at)
        return Held(Outcome(record, draft, confidence), label if verified else None)

    def _ranked(self) -> list[Candidate]:
        found, labels, labels_of, scored = self._bounds(self._held)
        known = standing(found, self._gate, scored, labels, self._settings, labels_of=labels_of)
        by_skill = {bound.skill: bound for bound in known}
        state = Standing(self._settings, by_skill, labels=labels, labels_of=labels_of)
        return ranked([held.outcome for held in self._held], state)

    def _answered(self, ids: set[int]) -> list[Held]:
        return [
            replace(held, outcome=_gold(held.outcome)) if held.outcome.record.id in ids else held
            for held in self._held
        ]

    def _bounds(
        self, held: Sequence[Held]
    ) -> tuple[Bounds, Labels, dict[str, Labels], list[Scored]]:
        known = [item.scored for item in held if item.labelled]
        beside = [item.scored for item in held if not item.labelled]
        own: defaultdict[str, list[Held]] = defaultdict(list)
        for item in held:
            own[item.scored.skill].append(item)
        labels, labels_of = _labels(held), {skill: _labels(mine) for skill, mine in own.items()}
        found = bounds("v1", self._gate, known, labels, self._settings, beside, labels_of)
        return found, labels, labels_of, known

    def _certified(self, held: Sequence[Held]) -> Certified:
        found, *_ = self._bounds(held)
        wrong = [
            self._true_error(int(name.split()[1]), own.threshold) > self._settings.max_error
            for name, own in found.skills.items()
        ]
        return Certified(len(wrong), sum(wrong))

    def _true_error(self, skill: int, threshold: float) -> float:
        """Share of wrong drafts among those that a threshold lets through."""
        confidence_N, right_N = self._all[skill]
        served_N = right_N[confidence_N >= threshold]
        return float(1 - served_N.mean()) if len(served_N) else 0.0


def simulate(
    seeds: int, answers: int, settings: RouterSettings, world: World | None = None
) -> list[Row]:
    """Hold the ranking against chance.

    Args:
        seeds: Worlds.
        answers: Asked in each.
        settings: The bound that is asked for.
        world: How worlds are drawn; None is the defaults.

    Returns:
        A row a world.
    """
    drawn = world or World()
    return [
        Row(seed, *Simulation(seed, settings, drawn).run(answers)) for seed in range(1, seeds + 1)
    ]


@lru_cache(maxsize=64)
def _questions(n: int, skill: str) -> tuple[str, ...]:
    """The first n questions of a skill that fall into the calibration half."""
    found: list[str] = []
    at = 0
    while len(found) < n:
        text = f"What does {skill} give for {at}?"
        at += 1
        if split_of(text) is Split.CALIBRATION:
            found.append(text)
    return tuple(found)


def _labels(held: Sequence[Held]) -> Labels:
    """What people said of labels that the draft gave too."""
    told = [
        item
        for item in held
        if item.outcome.record.status is Status.GOLD and item.voted == item.outcome.draft
    ]
    known = [item.scored for item in held if item.labelled]
    return Labels(
        judged=len(told),
        wrong=sum(item.voted != RIGHT for item in told),
        gold=sum(item.gold for item in known) / max(1, len(known)),
    )


def _name(skill: int) -> str:
    return f"skill {skill}"


def _gold(outcome: Outcome) -> Outcome:
    return replace(outcome, record=replace(outcome.record, answer=RIGHT, status=Status.GOLD))


def in_words(rows: Sequence[Row]) -> str:
    """A line a world, and what they come to.

    Args:
        rows: The worlds, at least one.

    Returns:
        Lines of text.
    """
    lines = [
        (row.seed, *(n for c in (row.before, row.random, row.review) for n in (c.skills, c.false)))
        for row in rows
    ]
    sums = ("all", *(sum(column) for column in list(zip(*lines, strict=True))[1:]))
    header = ("seed", "before", "false", "random", "false", "review", "false")
    better = sum(row.review.skills > row.random.skills for row in rows)
    worse = sum(row.review.skills < row.random.skills for row in rows)
    pairs = f"review is better in {better} of {len(rows)} worlds, worse in {worse}"
    return f"{table(header, [*lines, sums])}\n{pairs}"


@click.command()
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True, help="Worlds.")
@click.option("--answers", type=click.IntRange(min=1), default=30, show_default=True, help="Asked.")
@click.option("--require-gold", is_flag=True, help="Only people's answers count.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def main(seeds: int, answers: int, require_gold: bool, as_json: bool) -> None:
    """Print how many skills answers certify, asked by ranking and at random."""
    rows = simulate(seeds, answers, RouterSettings(require_gold=require_gold))
    if as_json:
        click.echo(json.dumps({"rows": [asdict(row) for row in rows]}))
    else:
        click.echo(in_words(rows))


if __name__ == "__main__":
    main()
