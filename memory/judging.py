"""Whether a draft gave its record's answer: one rule, asked whenever drafts are read."""

from memory.answers import same
from memory.records import Draft, Status


def is_right(draft: Draft, answer: str | None, status: Status) -> bool:
    """Hold a draft against its record.

    Args:
        draft: Of the record's question.
        answer: The record's.
        status: The record's, any.

    Returns:
        Whether it gave the record's answer; one that has none or was cut did not, and of a refuted
        record, of which only what is wrong is known, none did.
    """
    if draft.answer is None or answer is None or status is Status.REFUTED:
        return False
    return draft.complete and same(draft.answer, answer, draft.question)
