"""What a user may set about memory. Light: nothing but pydantic is imported."""

from pydantic import BaseModel, ConfigDict, Field


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
        description="A question without a tag joins the nearest skill whose centroid it is at "
        "least this near to, as a share of how near the skill's own questions usually are.",
    )
    recall: bool = Field(
        default=False,
        description="Whether the very same verified question is answered from memory, without "
        "asking a model.",
    )
