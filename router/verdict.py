"""One answer of the router, with all that it was given for."""

from dataclasses import dataclass, field

from router.features import Features
from router.risk import Certificate


@dataclass(frozen=True, slots=True)
class Verdict:
    """One answer of the router.

    Attributes:
        accept: Whether System 1 may go on: draft, or serve its draft.
        reason: Why, in words.
        confidence: Calibrated P(the draft is right); None when it was not judged, or was asked for
            where the router would have none.
        features: What was seen, by name: of the question, and of its draft once there is one.
        certificate: What the threshold stands on; None when there is none, or none was read.
    """

    accept: bool
    reason: str
    confidence: float | None = None
    features: dict[str, float] = field(default_factory=dict)
    certificate: Certificate | None = None

    @property
    def threshold(self) -> float | None:
        """The certified threshold; None when there is none."""
        return self.certificate.threshold if self.certificate else None


def held_against(
    certificate: Certificate | None, confidence: float, seen: Features, reason: str | None
) -> Verdict:
    """The verdict on a draft.

    Args:
        certificate: Whose threshold counts; without one, nothing is accepted.
        confidence: Calibrated P(the draft is right).
        seen: Of the draft and its question.
        reason: Why it can't be accepted whatever its confidence; None when it can.

    Returns:
        Whether to serve it, and why.
    """
    accept = False
    if reason is None and certificate is not None:
        threshold = certificate.threshold
        accept = confidence >= threshold
        held = f"confidence {confidence:.3f} {'>=' if accept else '<'} threshold {threshold:.3f}"
        reason = f"{held} ({certificate.describe()})"
    return Verdict(
        accept, reason or "nothing is certified", confidence, seen.as_dict(), certificate
    )
