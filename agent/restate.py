"""Says again what may be trusted, once skills have more evidence. Asks no model."""

from collections.abc import Collection

from agent.trust import SkillTrust, Trust
from memory.records import Record, Status
from memory.store import Store

NEWEST = 1000
"""Records of a skill that are weighed: enough to know it by, and read in a second."""

_LOST = "; since then "
"""Stands in a reason between why a record was verified and why that counts no longer."""


def weighed(store: Store, skill: str) -> list[Record]:
    """The records of a skill that are weighed, with their votes, the newest first."""
    return store.records(skill=skill, with_votes=True, limit=NEWEST, newest_first=True)


def restate(store: Store, trust: Trust, skills: Collection[str | None]) -> int:
    """Weigh stored records again.

    The newest of a skill are; older ones keep the verdict that they had, which counts while the
    skill is trusted, and while nothing is said against a word of their question.

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
        found = trust.weigh(skill, records)
        said = [(verdict.status, verdict.reason) for verdict in found.verdicts]
        turned = any(now is not r.status for r, (now, _) in zip(records, said, strict=True))
        if turned or not found.trust.trusted:  # all others are as they were left
            older = _older(store, skill, records, found.trust)
            records += older
            said += [_following(record, found.trust) for record in older]
        pairs = list(zip(records, said, strict=True))
        changed = {r.id: now for r, now in pairs if now != (r.status, r.reason)}
        if changed:  # a write counts as one even when nothing is in it
            store.restate(changed)
        count += sum(status is not record.status for record, (status, _) in pairs)
    return count


def _older(store: Store, skill: str, newest: list[Record], trust: SkillTrust) -> list[Record]:
    """The records of a skill that are not weighed, of the statuses that its trust may change."""
    if len(newest) < NEWEST:
        return []
    follows = {Status.UNVERIFIED} if trust.trusted else {Status.VERIFIED}
    if trust.parting or trust.slips:
        follows.add(Status.VERIFIED)
    found = store.records(statuses=sorted(follows), skill=skill)
    return [record for record in found if record.id < newest[-1].id]


def _following(record: Record, trust: SkillTrust) -> tuple[Status, str]:
    """What an older record is, by whether its skill is trusted, and its question's words there."""
    against = trust.why_not(record.question)
    if record.status is Status.VERIFIED and against:
        return Status.UNVERIFIED, f"{record.reason}{_LOST}{against}"
    own, lost, _ = record.reason.partition(_LOST)
    return (Status.VERIFIED, own) if lost and not against else (record.status, record.reason)
