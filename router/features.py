"""What the router sees of a question and System 1's draft of it, as named numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import lru_cache

from memory import answers
from memory.records import Draft, Neighbor
from router.place import PLACE, Evidence, Place, others, place, share


@dataclass(frozen=True, slots=True)
class Features(Place):
    """One draft as the calibrator sees it; the order of the fields is that of a row.

    Attributes:
        kind_agreement: Similarity-weighted share of trusted neighbours whose answer is of the
            draft's kind (number, date, ...), in [0, 1]; 0 without any.
        mean_logprob: Mean natural log-probability of the draft's tokens, <= 0.
        min_logprob: The least of them, <= 0.
        first_margin: Log-probability of the likeliest first token less the second's, >= 0.
        mean_entropy: Mean entropy of the tokens' distributions, in nats, >= 0.
        tokens: Tokens of the draft.
        complete: 1, or 0 when the draft was cut at the limit.
    """

    kind_agreement: float
    mean_logprob: float
    min_logprob: float
    first_margin: float
    mean_entropy: float
    tokens: float
    complete: float

    def values(self) -> tuple[float, ...]:
        """Values in the order of `FEATURES`."""
        return tuple(getattr(self, name) for name in FEATURES)


FEATURES: tuple[str, ...] = tuple(field.name for field in fields(Features))
"""Names of the features, in order."""


def features(
    draft: Draft,
    neighbors: Sequence[Neighbor],
    evidence: Evidence,
    *,
    skill: str | None,
    k: int,
) -> Features:
    """Measure a draft and where its question lies.

    Args:
        draft: System 1's draft.
        neighbors: Remembered questions near it, in any order.
        evidence: How the same adapter's drafts of the gate half came out.
        skill: The question's skill.
        k: How many neighbours count.

    Returns:
        The draft's features; not finite where the draft or a similarity isn't.
    """
    lies = place(draft.question, neighbors, evidence, skill=skill, k=k)
    return drafted(lies, draft, neighbors, k=k)


def drafted(lies: Place, draft: Draft, neighbors: Sequence[Neighbor], *, k: int) -> Features:
    """Measure a draft whose question's place is known; arguments as in `features`."""
    return Features(
        **{name: getattr(lies, name) for name in PLACE},
        kind_agreement=_kind_agreement(draft.answer, others(draft.question, neighbors, k)),
        mean_logprob=draft.mean_logprob,
        min_logprob=draft.min_logprob,
        first_margin=draft.first_margin,
        mean_entropy=draft.mean_entropy,
        tokens=float(draft.tokens),
        complete=float(draft.complete),
    )


def _kind_agreement(answer: str | None, near: Sequence[Neighbor]) -> float:
    """Similarity-weighted share of trusted neighbours that are answered in the same kind."""
    if answer is None:
        return 0.0
    kind = _kind_of(answer)
    trusted = [n for n in near if n.record.answer is not None and n.record.status.trusted]
    return share(trusted, [_kind_of(str(n.record.answer)) == kind for n in trusted])


@lru_cache(maxsize=8192)
def _kind_of(answer: str) -> str:
    return str(answers.kind_of(answer))
