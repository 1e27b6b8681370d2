"""What becomes of a record when its question is answered once more. Pure; no database."""

from dataclasses import replace

from memory.answers import same
from memory.records import Record, Status, Vote


def merge(old: Record, new: Record) -> Record:
    """Join a stored record and a newer outcome of the very same question.

    - A person's gold answer is never overwritten by reasoning.
    - Of two judgements by a person the later counts, by `updated_at`; one without a time is new.
      To refute another answer says nothing against a trusted one.
    - A verified answer is not replaced by an unverified outcome, nor any answer by none.
    - Two verified answers that differ make the record unverified.
    - An answer that a person refuted is not verified again; only another answer is.
    - Otherwise the newer outcome replaces the older.

    Every vote is kept, whoever wins.

    Args:
        old: The stored record, with its votes.
        new: The outcome that has come in. When it is the stored record itself, changed (it has the
            same id), votes that both have are kept once.

    Returns:
        The record to store, with the old one's id, spelling and `created_at`; `updated_at` is that
        of the outcome that won, so that an answer which nothing has confirmed gets no younger.
    """
    outcome = _outcome(old, new)
    changed_in_place = new.id == old.id != 0
    added = _unshared(old.votes, new.votes) if changed_in_place else new.votes
    merged = replace(
        outcome,
        question=old.question,
        skill=new.skill or old.skill,
        votes=old.votes + added,
        seconds=new.seconds if changed_in_place else old.seconds + new.seconds,
        id=old.id,
        created_at=old.created_at,
        updated_at=old.updated_at,
    )
    if merged == old:
        return old
    stands = outcome is old or outcome.status.by_person
    return replace(merged, updated_at=outcome.updated_at if stands else new.updated_at)


def answers_agree(first: str | None, second: str | None, question: str) -> bool:
    """Whether two outcomes give the same answer; no answer agrees only with no answer."""
    if first is None or second is None:
        return first is second
    return same(first, second, question)


def _outcome(old: Record, new: Record) -> Record:
    agree = answers_agree(old.answer, new.answer, old.question)
    if old.status.by_person and not _overrules(old, new, agree=agree):
        return old
    if new.status is Status.GOLD:
        return _with_old_reasoning(old, new)
    if new.status is Status.REFUTED:
        return old if old.status.trusted and not agree else new
    if old.status is Status.VERIFIED:
        return _after_verified(old, new, agree=agree)
    return old if new.answer is None else new


def _overrules(old: Record, new: Record, *, agree: bool) -> bool:
    """Whether a newer outcome may take the place of what a person said."""
    if not new.status.by_person:
        return old.status is Status.REFUTED and new.status is Status.VERIFIED and not agree
    if old.updated_at is None or new.updated_at is None:
        return True
    return new.updated_at > old.updated_at


def _after_verified(old: Record, new: Record, *, agree: bool) -> Record:
    if new.status is not Status.VERIFIED:
        return old
    if agree:
        return new
    kept = new if new.agreement > old.agreement else old
    return replace(
        kept,
        status=Status.UNVERIFIED,
        reason=f"two verified outcomes contradict each other: {old.answer!r} and {new.answer!r}",
    )


def _with_old_reasoning(old: Record, new: Record) -> Record:
    if new.method is not None or not answers_agree(old.answer, new.answer, old.question):
        return new
    return replace(new, method=old.method, agreement=old.agreement)


def _unshared(old: tuple[Vote, ...], new: tuple[Vote, ...]) -> tuple[Vote, ...]:
    return new[len(old) :] if new[: len(old)] == old else ()
