"""What the router is certified by: a held-out record, and what the adapter says to it."""

from dataclasses import dataclass

from memory.answers import same
from memory.records import Draft, JudgedDraft, Neighbor, Record, Status, question_key
from models.errors import CalibrationError
from router.calibration import Subject


@dataclass(frozen=True, slots=True)
class Case:
    """A held-out record with the adapter's draft of it.

    Attributes:
        record: A record of the gate or the calibration half.
        judged: The draft, and whether it gave the record's answer.
        neighbors: What the index finds near the record's question, one more than
            `RouterSettings.neighbors` since the record itself is found first and left out.
        voted: The answer that its votes would have verified had no person judged it; None when they
            would not, or when none has.
        first: Whether it was drafted before the adapter was certified for the first time.
    """

    record: Record
    judged: JudgedDraft
    neighbors: tuple[Neighbor, ...]
    voted: str | None = None
    first: bool = True

    @property
    def right(self) -> bool | None:
        """Whether the draft is right; None when nobody knows.

        Of a refuted record that is known only where the draft gives what was refuted.
        """
        if self.record.status.trusted:
            return self.judged.right
        refuted = self.record.status is Status.REFUTED
        return False if refuted and gives(self.judged.draft, self.record.answer) else None

    @property
    def borne_out(self) -> bool:
        """Whether System 2 gave the draft's answer, verified or not, and nobody refuted it."""
        refuted = self.record.status is Status.REFUTED
        return not refuted and gives(self.judged.draft, self.record.answer)

    def require(self, subject: Subject) -> None:
        """Refuse a case that could spoil the guarantee.

        Args:
            subject: Whose drafts are certified.

        Raises:
            CalibrationError: It is of another adapter, of the training split, or its draft of
                another record.
        """
        record, judged = self.record, self.judged
        if judged.draft.adapter != subject.adapter:
            raise CalibrationError(
                f"record {record.id} has a draft of adapter {judged.draft.adapter!r}, "
                f"not {subject.adapter!r}: draft the holdout with the adapter to certify"
            )
        if not record.split.holdout:
            raise CalibrationError(
                f"record {record.id} may be trained on: certify on the holdout alone"
            )
        if judged.record_id != record.id or question_key(judged.draft.question) != question_key(
            record.question
        ):
            raise CalibrationError(
                f"the draft given for record {record.id} answers another question"
            )


def gives(draft: Draft, answer: str | None) -> bool:
    """Whether a draft gives an answer.

    Args:
        draft: Any.
        answer: None is given by none.

    Returns:
        Whether it does.
    """
    return (
        draft.answer is not None
        and answer is not None
        and same(draft.answer, answer, draft.question)
    )
