"""Adds a home's decisions and records up to a report.

What System 1 and memory saved is an estimate: for each of their answers, what System 2 spends on a
question of that skill on average, less what was spent. The average is over the samples that memory
keeps of the skill's questions; over all questions where the skill has none; nothing is claimed to
be saved where nothing was ever reasoned about.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from memory.records import NONE, Route, Skill, SkillStatus, Status
from memory.store import Store
from memory.tallies import Counts, Reasoning, RouteCount


@dataclass(frozen=True, slots=True)
class Cost:
    """Generated tokens and wall time."""

    tokens: float = 0.0
    seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class RouteTotal:
    """What one route did.

    Attributes:
        route: Who answered.
        decisions: Questions answered.
        share: Of all questions, in [0, 1]; nan without questions.
        prompt_tokens: Tokens read.
        tokens: Tokens generated.
        seconds: Wall time.
    """

    route: Route
    decisions: int
    share: float
    prompt_tokens: int
    tokens: int
    seconds: float


@dataclass(frozen=True, slots=True)
class SkillReport:
    """How one skill stands, and how its questions were answered.

    Attributes:
        skill: Its name; "(none)" for questions like no known skill.
        status: How far System 1 has taken it over; None for "(none)".
        records: Remembered questions.
        counts: Of these, by status.
        verified_yield: Share of the reasoned questions that ended verified, in [0, 1]; nan without.
        agreement: Mean share of samples that gave the winning answer, in [0, 1]; nan without.
        decisions: Questions answered in the report's span.
        deferral_rate: Share of those that System 2 answered, in [0, 1]; nan without.
        saved: Estimate for those that it did not.
    """

    skill: str
    status: SkillStatus | None
    records: int
    counts: Mapping[Status, int]
    verified_yield: float
    agreement: float
    decisions: int
    deferral_rate: float
    saved: Cost


@dataclass(frozen=True, slots=True)
class Report:
    """A home's account.

    Attributes:
        since: Decisions before it are left out; None is all. Records count as they are now.
        decisions: Questions answered.
        deferral_rate: Share that System 2 answered, in [0, 1]; nan without questions.
        routes: Every route.
        spent: On all answers: drafts, stages, samples.
        saved: Estimate for the answers of System 1 and memory.
        reasoned: Spent on what memory holds, `learn` included.
        skills: By name.
    """

    since: datetime | None
    decisions: int
    deferral_rate: float
    routes: tuple[RouteTotal, ...]
    spent: Cost
    saved: Cost
    reasoned: Cost
    skills: tuple[SkillReport, ...]


def build(store: Store, since: datetime | None = None) -> Report:
    """Report on a home.

    Args:
        store: Its database.
        since: Leave out decisions before this time; None takes all.

    Returns:
        The report.
    """
    rows = store.journal.route_counts(since)
    counts, reasoning = store.counts(), store.reasoning()
    average = _Average(reasoning)
    skills = _skill_reports(store.journal.skills(), rows, counts, reasoning, average)
    decisions = sum(row.decisions for row in rows)
    return Report(
        since=since,
        decisions=decisions,
        deferral_rate=_deferral_rate(rows),
        routes=tuple(_route_total(route, rows, decisions) for route in Route),
        spent=Cost(sum(row.tokens for row in rows), sum(row.seconds for row in rows)),
        saved=average.saved(rows),
        reasoned=Cost(counts.tokens, counts.seconds),
        skills=tuple(skills),
    )


class _Average:
    """Mean cost of a question to System 2, by skill."""

    def __init__(self, reasoning: Sequence[Reasoning]) -> None:
        self._by_skill = {row.skill: _mean([row]) for row in reasoning}
        self._overall = _mean(reasoning)

    def saved(self, rows: Iterable[RouteCount]) -> Cost:
        """What fast answers saved; below zero where they cost more than reasoning would have."""
        tokens = seconds = 0.0
        for row in rows:
            mean = self._by_skill.get(row.skill, self._overall)
            if row.route is not Route.SYSTEM2 and mean is not None:
                tokens += row.decisions * mean.tokens - row.tokens
                seconds += row.decisions * mean.seconds - row.seconds
        return Cost(tokens, seconds)


def _mean(rows: Sequence[Reasoning]) -> Cost | None:
    questions = sum(row.questions for row in rows)
    if not questions:
        return None
    return Cost(
        sum(row.tokens for row in rows) / questions, sum(row.seconds for row in rows) / questions
    )


def _route_total(route: Route, rows: Sequence[RouteCount], decisions: int) -> RouteTotal:
    mine = [row for row in rows if row.route is route]
    count = sum(row.decisions for row in mine)
    return RouteTotal(
        route=route,
        decisions=count,
        share=_share(count, decisions),
        prompt_tokens=sum(row.prompt_tokens for row in mine),
        tokens=sum(row.tokens for row in mine),
        seconds=sum(row.seconds for row in mine),
    )


def _skill_reports(
    skills: Sequence[Skill],
    rows: Sequence[RouteCount],
    counts: Counts,
    reasoning: Sequence[Reasoning],
    average: _Average,
) -> Iterable[SkillReport]:
    known = {skill.name: skill.status for skill in skills}
    routed: defaultdict[str | None, list[RouteCount]] = defaultdict(list)
    for row in rows:
        routed[row.skill].append(row)
    held: defaultdict[str | None, dict[Status, int]] = defaultdict(lambda: dict.fromkeys(Status, 0))
    for record in counts.records:
        held[record.skill][record.status] += record.count
    agreement = {row.skill: row.agreement for row in reasoning}
    names = sorted({*known, *routed, *held} - {None}, key=str)
    for name in [*names, *([None] if None in {*routed, *held} else [])]:
        mine, by_status = routed[name], held[name]
        reasoned = sum(by_status.values()) - by_status[Status.GOLD]
        yield SkillReport(
            skill=name or NONE,
            status=known.get(name) if name else None,
            records=sum(by_status.values()),
            counts=by_status,
            verified_yield=_share(by_status[Status.VERIFIED], reasoned),
            agreement=agreement.get(name, float("nan")),
            decisions=sum(row.decisions for row in mine),
            deferral_rate=_deferral_rate(mine),
            saved=average.saved(mine),
        )


def _deferral_rate(rows: Iterable[RouteCount]) -> float:
    counted = [(row.decisions, row.route is Route.SYSTEM2) for row in rows]
    deferred = sum(count for count, by_system2 in counted if by_system2)
    return _share(deferred, sum(count for count, _ in counted))


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
