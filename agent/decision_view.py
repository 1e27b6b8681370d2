"""A decision as a person wants to see it, and as a JSON object for programs."""

from pydantic import TypeAdapter

from memory.records import NONE, Decision
from router.risk import Certificate

_STORED = TypeAdapter(Certificate)


def decision_object(decision: Decision) -> dict[str, object]:
    """A stored decision as a JSON object.

    Args:
        decision: With its id.

    Returns:
        Its fields by name.
    """
    return {
        "id": decision.id,
        "question": decision.question,
        "route": decision.route.value,
        "answer": decision.answer,
        "confidence": decision.confidence,
        "threshold": decision.threshold,
        "reason": decision.reason,
        "features": decision.features,
        "certificate": decision.certificate,
        "method": decision.method,
        "verified": decision.verified,
        "skill": decision.skill,
        "adapter": decision.adapter,
        "record_id": decision.record_id,
        "tokens": {"prompt": decision.prompt_tokens, "completion": decision.tokens},
        "latency_ms": round(decision.seconds * 1000, 1),
        "created_at": decision.created_at and decision.created_at.isoformat(),
    }


def decision_lines(decision: Decision) -> list[str]:
    """A decision and all it was made for, a line each.

    Args:
        decision: Stored.

    Returns:
        Lines of text; the question may have several.
    """
    rows = {
        "answer": decision.answer,
        "asked": _when(decision),
        "route": f"{decision.route.value}: {decision.reason}",
        "confidence": _sureness(decision),
        "certificate": _certificate(decision),
        "features": ", ".join(f"{name} {value:.3g}" for name, value in decision.features.items()),
        "skill": decision.skill,
        "adapter": decision.adapter,
        "record": decision.record_id,
        "cost": f"{decision.tokens} tokens, {decision.seconds:.1f} s",
    }
    return [
        decision.question or "(forgotten)",
        *(f"  {name:<13}{value or NONE}" for name, value in rows.items()),
    ]


def decision_summary(decision: Decision) -> list[str]:
    """A decision beside its record's votes: who answered and why, and what that stands on."""
    said = f"decision {decision.id}, {decision.route.value}: {decision.reason}"
    stood_on = f"confidence {_sureness(decision)}; certificate: {_certificate(decision)}"
    judged = decision.confidence is not None or decision.certificate is not None
    return [f"  asked    {_when(decision)} {said}", *([f"           {stood_on}"] if judged else [])]


def _when(decision: Decision) -> str:
    return f"{decision.created_at.astimezone():%F %R}" if decision.created_at else "-"


def _sureness(decision: Decision) -> str:
    """The draft's confidence and the least that was served."""
    both = (decision.confidence, decision.threshold)
    confidence, threshold = (NONE if value is None else f"{value:.3f}" for value in both)
    return f"{confidence}, threshold {threshold}"


def _certificate(decision: Decision) -> str:
    """What the threshold stood on: items, errors, bound and adapter."""
    if decision.certificate is None:
        return NONE
    found = _STORED.validate_python(decision.certificate)
    return (
        f"{found.n_errors} wrong of {found.n_accepted} accepted among {found.n_items} held-out "
        f"drafts of {found.adapter}, bound {found.bound:.1%} of {found.max_error:.1%} allowed"
    )
