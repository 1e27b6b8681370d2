"""Stores what System 2 found under its skills, and has those skills weighed again."""

from collections.abc import Sequence
from dataclasses import replace

from agent.system2.reason import Outcome
from agent.system2.think import System2
from memory.merge import answers_agree
from memory.recall import Memory
from memory.records import Record, Status


def remember(
    memory: Memory, system2: System2, outcomes: Sequence[Outcome], tags: Sequence[str | None]
) -> list[Record]:
    """Store outcomes under their skills.

    An outcome that was cancelled before its first sample is nothing to remember.

    Args:
        memory: Where to.
        system2: Says again what may be trusted, now that there are more votes.
        outcomes: What was reasoned.
        tags: Each question's skill, where it is known.

    Returns:
        For each outcome, the record as it was reasoned now, even where memory keeps an older,
        better one; with the id and skill of the one that is kept.
    """
    records = [outcome.record for outcome in outcomes]
    made = [at for at, record in enumerate(records) if record.votes]
    if not made:
        return records
    questions = [records[at].question for at in made]
    skills = memory.sort_into_skills(questions, [tags[at] for at in made])
    new = [replace(records[at], skill=skill) for at, skill in zip(made, skills, strict=True)]
    stored = memory.remember(new)
    system2.restate(set(skills))
    weighed = memory.store.get_many([kept.id for kept in stored])
    for at, now, kept in zip(made, new, stored, strict=True):
        records[at] = replace(now, id=kept.id, skill=kept.skill)
        if (then := weighed.get(kept.id)) is not None:
            records[at] = _stated(records[at], replace(then, votes=kept.votes))
    return records


def _stated(now: Record, then: Record) -> Record:
    """An outcome as far as memory trusts it: not at all where it trusts another answer.

    Where memory's word rests on more than this outcome's votes, the reason tells the two apart.
    """
    if answers_agree(then.answer, now.answer, now.question):
        reason = then.reason
        if now.reason != reason and (then.votes != now.votes or then.status.by_person):
            reason = f"{now.reason}; memory keeps the same answer ({then.status}): {reason}"
        return replace(now, status=then.status, reason=reason)
    if not now.status.trusted:
        return now
    why = f"but memory keeps another answer, {then.answer!r} ({then.status}): {then.reason}"
    return replace(now, status=Status.UNVERIFIED, reason=f"{now.reason}; {why}")
