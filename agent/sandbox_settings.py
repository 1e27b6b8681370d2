"""What a user may set about the sandbox. Light: nothing but pydantic is imported."""

from pydantic import BaseModel, ConfigDict, Field


class SandboxSettings(BaseModel):
    """What a program may use."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    time_limit_s: float = Field(
        default=2.0, gt=0, le=60, description="Seconds a program may run before it is stopped."
    )
    memory_limit_mb: int = Field(
        default=64, ge=1, le=4096, description="MiB of memory a program may allocate."
    )
    output_limit_kb: int = Field(
        default=64, ge=1, le=1024, description="KiB a program may print before it is stopped."
    )
    recursion_limit: int = Field(
        default=500, ge=10, le=1000, description="Calls that may be nested inside one another."
    )
    workers: int = Field(
        default=2, ge=1, le=64, description="Programs that may run at the same time."
    )
