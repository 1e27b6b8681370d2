"""What the database counts for reports. Frozen values."""

from dataclasses import dataclass

from memory.records import Route, Split, Status


@dataclass(frozen=True, slots=True)
class RecordCount:
    """How many records one skill has of one status and split."""

    skill: str | None
    status: Status
    split: Split
    count: int


@dataclass(frozen=True, slots=True)
class Counts:
    """What memory holds.

    Attributes:
        records: Counts by skill, status and split; no two alike.
        votes: Samples kept.
        tokens: Tokens generated for them.
        seconds: Wall time spent reasoning.
    """

    records: tuple[RecordCount, ...]
    votes: int
    tokens: int
    seconds: float

    @property
    def total(self) -> int:
        """Records of every status."""
        return sum(row.count for row in self.records)

    @property
    def trusted(self) -> int:
        """Records that a student may learn from or be judged by: verified or gold."""
        return sum(row.count for row in self.records if row.status.trusted)

    def of(
        self,
        *,
        skill: str | None = None,
        status: Status | None = None,
        split: Split | None = None,
    ) -> int:
        """Records that match all that is given; None matches anything."""
        return sum(
            row.count
            for row in self.records
            if (skill is None or row.skill == skill)
            and (status is None or row.status is status)
            and (split is None or row.split is split)
        )


@dataclass(frozen=True, slots=True)
class Reasoning:
    """What System 2 did for one skill's remembered questions.

    Attributes:
        skill: Its name; None for questions like no known skill.
        questions: That were reasoned about; gold without samples is not among them.
        samples: Of all of them.
        tokens: Generated for those.
        seconds: Wall time.
        agreement: Mean share of samples that gave the winning answer, in [0, 1].
    """

    skill: str | None
    questions: int
    samples: int
    tokens: int
    seconds: float
    agreement: float


@dataclass(frozen=True, slots=True)
class RouteCount:
    """What one route did for one skill.

    Attributes:
        skill: Its name; None for questions like no known skill.
        route: Who answered.
        decisions: Questions answered.
        verified: How many of the answers were verified.
        prompt_tokens: Tokens read.
        tokens: Tokens generated.
        seconds: Wall time.
    """

    skill: str | None
    route: Route
    decisions: int
    verified: int
    prompt_tokens: int
    tokens: int
    seconds: float
