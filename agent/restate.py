"""Says again what may be trusted, once skills have more evidence. Asks no model."""

from collections.abc import Collection

from agent.trust import SkillTrust, Trust
from memory.records import JUDGED, Record, Status
from memory.store import Store

NEWEST = 1000
"""Records of a skill that are weighed: enough to know it by, and read in a second."""

_LOST = "; since then "
"""Stands in a reason between why a record was verified and why that counts no longer."""


def weighed(store: Store, skill: str) -> list[Record]:
    """The records of a skill that are weighed, with their votes: the newest, and as many judged."""
    newest = store.records(skill=skill, with_votes=True, limit=NEWEST, newest_first=True)
    if len(newest) < NEWEST:
        return newest
    told = store.records(
        skill=skill,
        statuses=JUDGED,
        with_votes=True,
        limit=NEWEST,
        newest_first=True,
    )
    return newest + [record for record in told if record.id < newest[-1].id]


def slips_of(store: Store, trust: Trust, skill: str) -> frozenset[str]:
    """The words on whose questions people found answers wrong; none where they judged nothing."""
    if not store.records(skill=skill, statuses=JUDGED, limit=1):
        return frozenset()
    return trust.weigh(skill, weighed(store, skill)).trust.slips


def restate(store: Store, trust: Trust, skills: Collection[str | None]) -> int:
    """Weigh stored records again.

    The newest of a skill are, and those that people judged; older ones keep the verdict that they
    had, which counts while the skill is trusted, and while people found no slip on their form.

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
        if turned or found.trust.slips or not found.trust.trusted:  # else all are as they were
            older = _older(store, skill, records, found.trust)
            records += older
            said += [_following(record, found.trust) for record in older]
        pairs = list(zip(records, said, strict=True))
        changed = {r.id: now for r, now in pairs if now != (r.status, r.reason)}
        if changed:  # a write counts as one even when nothing is in it
            store.restate(changed)
        count += sum(status is not record.status for record, (status, _) in pairs)
    return count


def _older(store: Store, skill: str, taken: list[Record], trust: SkillTrust) -> list[Record]:
    """The records of a skill that are not weighed, of the statuses that its trust may change."""
    if len(taken) < NEWEST:
        return []
    follows = {Status.UNVERIFIED} if trust.trusted else {Status.VERIFIED}
    if trust.slips:
        follows.add(Status.VERIFIED)
    known = {record.id for record in taken}
    found = store.records(statuses=sorted(follows), skill=skill)
    return [record for record in found if record.id not in known]


def _following(record: Record, trust: SkillTrust) -> tuple[Status, str]:
    """What an older record is, by whether its skill is trusted, and its form there."""
    against = trust.slip_in(record.question)
    if not trust.trusted:
        against = f"its skill is not trusted: {trust.reason}"
    if record.status is Status.VERIFIED and against:
        return Status.UNVERIFIED, f"{record.reason}{_LOST}{against}"
    own, lost, _ = record.reason.partition(_LOST)
    return (Status.VERIFIED, own) if lost and not against else (record.status, record.reason)
