"""What a user may set about routing. Light: nothing but pydantic is imported."""

from pydantic import BaseModel, ConfigDict, Field


class RouterSettings(BaseModel):
    """When System 1 may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_error: float = Field(default=0.1, gt=0, le=0.5)
    """Largest share of wrong answers among those that System 1 serves, as a share in (0, 0.5]."""

    delta: float = Field(default=0.1, gt=0, le=0.5)
    """Probability that the certified threshold misses max_error, in (0, 0.5]."""

    audit_rate: float = Field(default=0.05, ge=0, le=1)
    """Share of System 1's answers that System 2 reasons about later, when idle, in [0, 1]; at 0
    nothing is ever suspended."""

    audit_noise: float = Field(default=0.03, ge=0, le=0.2)
    """Share of audits that may call a right answer wrong; added to max_error before audits suspend
    a skill, in [0, 0.2]."""

    neighbors: int = Field(default=16, ge=1, le=256)
    """Remembered questions that are looked at around a new one, a count in [1, 256]."""

    min_similarity: float = Field(default=0.5, ge=0, le=1)
    """Least cosine similarity of a trusted neighbour for System 1 to be tried, in [0, 1]."""

    min_promise: float = Field(default=0.05, ge=0, lt=1)
    """Least P(a draft is right), told from the question alone, for one to be tried, in [0, 1)."""

    per_skill: bool = False
    """Whether a skill needs enough held-out drafts for the bound by itself; else one bound holds
    for all skills together, true or false."""

    require_gold: bool = False
    """Whether the bound counts drafts that were held against a person's answer alone, true or
    false."""
