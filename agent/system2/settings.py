"""What a user may set about reasoning, and about when its outcome is trusted."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class System2Settings(BaseModel):
    """How questions are reasoned about."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    model: str = Field(
        default="",
        description="Catalogue name, Hugging Face id or local folder; empty is System 1's base, "
        "and then one copy of the weights serves both.",
    )
    methods: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=("program_of_thought", "chain_of_thought"),
        min_length=1,
        description="Methods in the order they are tried; the next is tried when no sample of one "
        "gave an answer.",
    )
    first_samples: int = Field(
        default=3, ge=1, le=256, description="Samples of a method's first round."
    )
    round_samples: int = Field(default=2, ge=1, le=256, description="Samples of each later round.")
    max_samples: int = Field(
        default=8, ge=1, le=256, description="Most samples of one method for one question."
    )
    stop_probability: float = Field(
        default=0.9,
        gt=0.5,
        lt=1,
        description="Sampling stops when the leading answer would win the vote of endless samples "
        "with this probability.",
    )
    temperature: float = Field(
        default=0.5,
        gt=0,
        le=2,
        description="How freely samples differ; smaller is nearer to greedy.",
    )
    top_k: int = Field(
        default=50, ge=1, le=1000, description="Only the k likeliest tokens are drawn from."
    )
    top_p: float = Field(
        default=0.95, gt=0, le=1, description="Probability mass drawn from, among those k tokens."
    )
    max_tokens: int = Field(default=192, ge=1, le=32_768, description="Most tokens of one sample.")
    max_rows: int = Field(
        default=128, ge=1, le=4096, description="Most continuations decoded at once."
    )
    seed: int | None = Field(
        default=None, ge=0, description="Makes the samples repeatable; unset draws afresh."
    )


class VerifySettings(BaseModel):
    """When System 2's outcome is trusted. Both must hold."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    min_votes: int = Field(
        default=3, ge=1, le=256, description="Fewest samples that must give the winning answer."
    )
    min_agreement: float = Field(
        default=0.7,
        gt=0,
        le=1,
        description="Least share of samples that must give the winning answer.",
    )
