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
    method: str = Field(
        default="auto",
        min_length=1,
        description="The method to use; auto chooses one a question, by its form and by what has "
        "paid in its skill.",
    )
    methods: tuple[Annotated[str, Field(min_length=1)], ...] = Field(
        default=(
            "branch_solve_merge",
            "system2_attention",
            "program_of_thought",
            "chain_of_code",
            "chain_of_thought",
            "rephrase_and_respond_2",
            "self_consistency",
        ),
        min_length=1,
        description="Methods that auto may choose among where they fit, the likeliest first; "
        "where there is nothing to compute, those that write programs come last. The "
        "others may be asked as checks, and where no sample of the chosen one gave an answer; "
        "self_consistency is only ever a check.",
    )
    prompts: str = Field(
        default="",
        description="Folder with prompts of your own: METHOD.toml there replaces the one that "
        "ships.",
    )
    first_samples: int = Field(
        default=3, ge=1, le=256, description="Samples of a method's first round."
    )
    round_samples: int = Field(
        default=2,
        ge=1,
        le=256,
        description="Most samples of each later round; fewer where fewer may decide the vote.",
    )
    max_samples: int = Field(
        default=8, ge=1, le=256, description="Most samples of one method for one question."
    )
    stop_probability: float = Field(
        default=0.95,
        gt=0.5,
        lt=1,
        description="Sampling stops when the leading answer stays ahead with this probability, "
        "were all samples drawn; or falls short of verify.min_agreement with it.",
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
    responses: int = Field(
        default=1,
        ge=1,
        le=16,
        description="Answers of rephrase_and_respond_2 to each rewriting, put to a vote of their "
        "own; a sample then votes for what more than half of them gave.",
    )
    check_samples: int = Field(
        default=2, ge=1, le=64, description="Samples of each check of an answer."
    )
    max_question_tokens: int = Field(
        default=16_384,
        ge=1,
        description="Most tokens generated for one question, over all stages, samples and checks.",
    )
    max_seconds: float = Field(
        default=600.0,
        gt=0,
        description="Most seconds for one question, and for its programs alone; questions that "
        "share batches share the sum.",
    )
    max_rows: int = Field(
        default=128, ge=1, le=4096, description="Most continuations decoded at once."
    )
    seed: int | None = Field(
        default=None, ge=0, description="Makes the samples repeatable; unset draws afresh."
    )


class VerifySettings(BaseModel):
    """When System 2's outcome is trusted: all of it must hold."""

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
    unlike_methods: bool = Field(
        default=True,
        description="Whether a skill's answers are trusted only once unlike methods, or gold "
        "answers, bear them out; false trusts one method's agreement with itself.",
    )
    rephrase: bool = Field(
        default=False,
        description="Whether a checked question is asked once more as the model puts it in fuller "
        "words; another answer then speaks against the vote. For models that rewrite well.",
    )
    min_checked: int = Field(
        default=8,
        ge=1,
        description="Fewest questions of a skill that unlike methods, or gold, must speak to.",
    )
    significance: float = Field(
        default=0.05,
        gt=0,
        lt=1,
        description="How likely the unlike methods' agreement may be by chance alone.",
    )
    min_probability: float = Field(
        default=0.8,
        gt=0.5,
        lt=1,
        description="Least probability that an answer is right, by all votes in its skill.",
    )
    checked_share: float = Field(
        default=0.1,
        ge=0,
        le=1,
        description="Share of a known skill's questions that go on being checked; held-out ones, "
        "one in five, always are.",
    )
