"""What a user may set about memory. Light: nothing but pydantic is imported."""

from datetime import timedelta

from pydantic import BaseModel, ConfigDict, Field

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


class MemorySettings(BaseModel):
    """What is remembered, where, and how questions are compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    encoder: str = Field(
        default="all-minilm-l6-v2",
        min_length=1,
        description="Catalogue name, Hugging Face id or local folder of the sentence encoder.",
    )
    url: str = Field(
        default="",
        description="SQLAlchemy URL of the database; empty is memory.db in the home folder.",
    )
    skill_similarity: float = Field(
        default=0.8,
        gt=0,
        le=1,
        description="A question without a tag joins the nearest skill, tagged or found, whose "
        "centroid it is at least this near to, as a share of how near the skill's own questions "
        "usually are; a tag of unlike questions gets none.",
    )
    recall: bool = Field(
        default=False,
        description="Whether the very same verified question is answered from memory, without "
        "asking a model.",
    )
    max_age: str = Field(
        default="30d",
        pattern=r"^([0-9]+[smhdw])?$",
        examples=["45s", "90m", "12h", "30d", "2w", ""],
        description="How old such an answer may be: a whole number and s, m, h, d or w; empty is "
        "any age.",
    )

    def recalled_for(self) -> timedelta | None:
        """How long an answer may be recalled; None is not at all."""
        if not self.recall:
            return None
        if not self.max_age:
            return timedelta.max
        try:
            return timedelta(**{_UNITS[self.max_age[-1]]: int(self.max_age[:-1])})
        except OverflowError:
            return timedelta.max
