"""What a user may set about routing. Light: nothing but pydantic is imported."""

from pydantic import BaseModel, ConfigDict, Field


class RouterSettings(BaseModel):
    """When System 1 may answer."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_error: float = Field(default=0.1, gt=0, le=0.5)
    """Largest share of wrong answers among those that System 1 serves, as a share in (0, 0.5]."""

    delta: float = Field(default=0.1, gt=0, le=0.5)
    """Probability that the certified threshold misses max_error, in (0, 0.5]."""

    neighbors: int = Field(default=16, ge=1, le=256)
    """Remembered questions that are looked at around a new one, a count in [1, 256]."""

    min_similarity: float = Field(default=0.5, ge=0, le=1)
    """Least cosine similarity of a trusted neighbour for System 1 to be tried, in [0, 1]."""
