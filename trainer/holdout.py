"""The held-out records that a student can read."""

import logging

from memory.records import HOLDOUT, Record
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
