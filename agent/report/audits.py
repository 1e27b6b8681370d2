"""What audits say of System 1's answers, skill by skill."""

from dataclasses import dataclass

from memory.audits import ALL_SKILLS
from memory.store import Store
from router.monitor import bounds
from router.settings import RouterSettings


@dataclass(frozen=True, slots=True)
class SkillAudits:
    """How one skill's fast answers held up.

    Attributes:
        skill: Its name; "(all)" for all skills together, where they are suspended together.
        audits: Answers that were audited.
        wrong: Of which were wrong.
        undecided: Of which could not be verified, and count neither way.
        low: Lower bound of the share that is wrong, in [0, 1].
        high: Upper bound, in [0, 1]; both hold together with probability 1 - router.delta.
        suspended: Why System 2 answers it now, in words; None while System 1 may.
    """

    skill: str
    audits: int
    wrong: int
    undecided: int
    low: float
    high: float
    suspended: str | None


def skill_audits(store: Store, adapter: str, settings: RouterSettings) -> tuple[SkillAudits, ...]:
    """Report on the audits of one adapter's answers.

    Args:
        store: A home's database.
        adapter: Its version.
        settings: How sure the bounds are.

    Returns:
        By name; skills that were neither audited nor suspended are left out.
    """
    settled, suspended = store.audits.settled(adapter), store.audits.suspended(adapter)
    found = []
    for skill in sorted({audit.skill for audit in settled} | suspended.keys()):
        outcomes = [a.right for a in settled if skill in (a.skill, ALL_SKILLS)]
        wrong = [not right for right in outcomes if right is not None]
        low, high = bounds(wrong, settings.delta)
        undecided = len(outcomes) - len(wrong)
        reason = suspended.get(skill)
        name = skill or "(all)"
        found.append(SkillAudits(name, len(outcomes), sum(wrong), undecided, low, high, reason))
    return tuple(found)
