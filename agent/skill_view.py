"""A skill as a person wants to see it: what it holds, and how well System 1 answers it."""

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.report.reasoning import SkillReasoning, skill_reasoning
from agent.switch import certified
from memory.records import HOLDOUT, Skill

if TYPE_CHECKING:
    from agent.build import Parts


@dataclass(frozen=True, slots=True)
class SkillView:
    """One skill now.

    Attributes:
        skill: With its status and size.
        verified: Records that are verified or gold.
        train: Of which may be trained on.
        holdout: Of which are held out.
        accuracy: Share of the held-out records that the active adapter drafts right, in [0, 1]; nan
            when it has drafted none.
        certified: Whether the router may serve System 1's answers of it.
        reasoning: How far System 2's answers are verified, and what its methods gave; None without
            votes.
    """

    skill: Skill
    verified: int
    train: int
    holdout: int
    accuracy: float
    certified: bool
    reasoning: SkillReasoning | None


def skill_views(parts: "Parts") -> list[SkillView]:
    """Every skill of a home.

    Args:
        parts: The home's.

    Returns:
        By name.
    """
    store, active = parts.shelf, parts.registry.active_version()
    skills = store.journal.skills()
    trusted = [row for row in store.counts().records if row.status.trusted]
    right: defaultdict[str, list[bool]] = defaultdict(list)
    skill_of = {record.id: record.skill for record in store.records(splits=HOLDOUT)}
    for item in store.journal.drafts(active, splits=HOLDOUT):
        right[skill_of.get(item.record_id) or ""].append(item.right)
    served = certified(parts, active).skills
    reasoned = skill_reasoning(store, parts.trust, parts.settings.system2.methods)
    reasoning = {each.skill: each for each in reasoned}
    return [
        SkillView(
            skill=skill,
            verified=sum(row.count for row in trusted if row.skill == skill.name),
            train=sum(
                row.count for row in trusted if row.skill == skill.name and not row.split.holdout
            ),
            holdout=sum(
                row.count for row in trusted if row.skill == skill.name and row.split.holdout
            ),
            accuracy=_share(right[skill.name]),
            certified=skill.name in served,
            reasoning=reasoning.get(skill.name),
        )
        for skill in skills
    ]


def _share(flags: list[bool]) -> float:
    return sum(flags) / len(flags) if flags else float("nan")
