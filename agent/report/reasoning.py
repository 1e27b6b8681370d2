"""How far System 2's answers are verified in each skill and why, and what its methods gave."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from agent.system2.families import FAMILIES
from agent.system2.plan import DIRECT, Yield, expected_yield, is_last_resort
from agent.system2.think import evidence_of
from agent.trust import SkillTrust, Trust
from memory.records import Record
from memory.store import Store


@dataclass(frozen=True, slots=True)
class MethodReport:
    """What one method gave in a skill; questions that were changed for a check are left out.

    Attributes:
        method: Its name.
        samples: Paid for.
        right: Share that gave what is trusted, or a clear vote (see `Yield`), in [0, 1]; nan
            where nothing tells.
        tokens: Generated for a sample on average.
        right_per_token: The one by the other; nan where nothing tells, or without a token.
    """

    method: str
    samples: int
    right: float
    tokens: float
    right_per_token: float


@dataclass(frozen=True, slots=True)
class SkillReasoning:
    """How System 2 stands in one skill.

    Attributes:
        skill: Its name.
        trust: Whether its clear votes are verified, why, and by how much.
        methods: By name.
        leaning: The method with evidence here that `--method auto` believes to give most a token;
            None when only answers given at once have been sampled.
    """

    skill: str
    trust: SkillTrust
    methods: tuple[MethodReport, ...]
    leaning: str | None


def skill_reasoning(
    store: Store, trust: Trust, methods: Sequence[str]
) -> tuple[SkillReasoning, ...]:
    """Report on System 2, skill by skill.

    Args:
        store: A home's database.
        trust: Weighs a skill's votes.
        methods: Those that auto may choose among, by preference.

    Returns:
        By name; skills without votes are left out.
    """
    by_skill: defaultdict[str, list[Record]] = defaultdict(list)
    for record in store.records(with_votes=True):
        if record.skill is not None:
            by_skill[record.skill].append(record)
    return tuple(
        _reasoning(skill, records, trust, methods)
        for skill, records in sorted(by_skill.items())
        if any(record.votes for record in records)
    )


def _reasoning(
    skill: str, records: Sequence[Record], trust: Trust, methods: Sequence[str]
) -> SkillReasoning:
    evidence = evidence_of(trust, skill, records)
    return SkillReasoning(
        skill=skill,
        trust=evidence.trust or SkillTrust(False, "nothing is known of it"),
        methods=tuple(_method(name, found) for name, found in sorted(evidence.yields.items())),
        leaning=_leaning(evidence.yields, methods, records[-1].question),
    )


def _method(name: str, found: Yield) -> MethodReport:
    right, tokens = _share(found.right, found.votes), _share(found.tokens, found.samples)
    return MethodReport(
        method=name,
        samples=found.samples,
        right=right,
        tokens=tokens,
        right_per_token=right / tokens if tokens else float("nan"),
    )


def _leaning(yields: Mapping[str, Yield], methods: Sequence[str], question: str) -> str | None:
    """Where the planner's draws would most likely point for a question of the skill.

    Untried methods may not fit the skill.
    """
    tried = [name for name in methods if name in yields and FAMILIES.get(name) != DIRECT]
    tried.sort(key=lambda name: is_last_resort(FAMILIES.get(name, ""), question))
    expected = {name: expected_yield(yields[name], place) for place, name in enumerate(tried)}
    return max(expected, key=lambda name: expected[name], default=None)


def _share(part: int, whole: int) -> float:
    return part / whole if whole else float("nan")
