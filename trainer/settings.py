"""How System 1 is taught, and when a candidate is good enough."""

from pydantic import BaseModel, ConfigDict, Field

MOST_EPOCHS = 8
"""Most passes over a small memory that `min_steps` asks for."""


class TrainerSettings(BaseModel):
    """Settings of a training run; names are PEFT's and transformers' own where they have one."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    r: int = Field(16, ge=1, le=256, description="LoRA rank")
    lora_alpha: int = Field(32, ge=1, le=1024, description="LoRA scale; the delta is x alpha / r")
    lora_dropout: float = Field(0.0, ge=0.0, lt=1.0, description="share of LoRA inputs dropped")
    target_modules: str = Field(
        "all-linear", description="PEFT's target_modules: all-linear, or a regular expression"
    )
    learning_rate: float = Field(5e-4, gt=0.0, le=0.1, description="peak step size of AdamW")
    num_train_epochs: int = Field(3, ge=1, le=100, description="fewest passes over the records")
    min_steps: int = Field(
        128,
        ge=1,
        description="a small memory is passed over more often, until so many steps or "
        f"{MOST_EPOCHS} passes",
    )
    per_device_train_batch_size: int = Field(16, ge=1, le=1024, description="records a step")
    warmup_ratio: float = Field(0.05, ge=0.0, le=1.0, description="share of steps spent warming up")
    max_grad_norm: float = Field(1.0, gt=0.0, description="gradients are clipped to this norm")
    max_length_tokens: int = Field(
        1024, ge=16, description="longer records are left out of training, tokens"
    )
    save_steps: int = Field(20, ge=1, description="steps between checkpoints to resume from")
    seed: int = Field(0, ge=0, description="of LoRA's start and of the records' order")
    max_records: int = Field(
        20_000, ge=1, description="most records of a run; the newest of each skill go first"
    )
    min_records: int = Field(
        16, ge=1, description="verified training records that a run needs, and a skill to be judged"
    )


class GateSettings(BaseModel):
    """Settings of the gate between a candidate and promotion."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    alpha: float = Field(
        0.05, gt=0.0, lt=1.0, description="a difference with a smaller p-value is not noise"
    )
    min_holdout: int = Field(
        4, ge=1, description="held-out records that a skill needs to be called distilled"
    )
    distilled_accuracy: float = Field(
        0.8, gt=0.0, le=1.0, description="held-out accuracy from which a skill is distilled"
    )
    resistant_accuracy: float = Field(
        0.5,
        ge=0.0,
        le=1.0,
        description="held-out accuracy under which a trained skill is resistant",
    )
