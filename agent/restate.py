"""Says again what may be trusted, once skills have more evidence. Asks no model."""

from collections.abc import Collection

from agent.trust import Trust
from memory.records import Record
from memory.store import Store

NEWEST = 1000
"""Records of a skill that are weighed: enough to know it by, and read in a second."""


def weighed(store: Store, skill: str) -> list[Record]:
    """The records of a skill that are weighed, with their votes, the newest first."""
    return store.records(skill=skill, with_votes=True, limit=NEWEST, newest_first=True)


def restate(store: Store, trust: Trust, skills: Collection[str | None]) -> int:
    """Weigh stored records again.

    Args:
        store: Where they are.
        trust: Weighs a skill's votes.
        skills: The skills that have changed; None stands for no skill, and is left out.

    Returns:
        How many records have another status now.
    """
    count = 0
    for skill in skills:
        if skill is None:
            continue
        records = weighed(store, skill)
        changed, restated = {}, 0
        for record, verdict in zip(records, trust.weigh(skill, records).verdicts, strict=True):
            if (record.status, record.reason) != (verdict.status, verdict.reason):
                changed[record.id] = (verdict.status, verdict.reason)
                restated += record.status is not verdict.status
        if changed:  # a write counts as one even when nothing is in it
            store.restate(changed)
        count += restated
    return count
