"""The held-out records, and how an adapter's drafts of them come out."""

import logging

from memory.answers import same
from memory.records import HOLDOUT, Draft, JudgedDraft, Record, Status
from memory.store import Store
from models.types import LanguageModel
from trainer.student import readable

_log = logging.getLogger(__name__)


def held_out(store: Store, lm: LanguageModel) -> list[Record]:
    """The held-out records of every status that a student can read; those too long are named.

    Args:
        store: Memory.
        lm: The student's base.

    Returns:
        The records with their votes, by rising id; of what is left out it can answer nothing.
    """
    records = store.records(splits=HOLDOUT, with_votes=True)
    too_long = {r.id for r in records if not readable(lm, r.question)}
    if too_long:
        _log.warning(
            "held-out records are longer than the %d tokens that %s reads, and are left out of "
            "the gate and of the certificate: %s",
            lm.context_tokens,
            lm.name,
            ", ".join(map(str, sorted(too_long))),
        )
    return [record for record in records if record.id not in too_long]


def judged(record: Record, draft: Draft) -> JudgedDraft:
    """Hold a draft against its record's answer.

    Args:
        record: Of any status.
        draft: Of its question.

    Returns:
        The draft with whether it gave the record's answer; one without an answer did not, and of
        a refuted record, of which only what is wrong is known, none did.
    """
    if record.status is Status.REFUTED:
        return JudgedDraft(record.id, draft, right=False)
    both = draft.answer is not None and record.answer is not None
    right = both and same(str(draft.answer), str(record.answer), record.question)
    return JudgedDraft(record.id, draft, right and draft.complete)
