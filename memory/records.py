"""The values that memory keeps. Frozen; nothing here touches the database."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from memory.spelling import exact, loose
from models.types import FloatArray


class Status(StrEnum):
    """How far an outcome is trusted."""

    VERIFIED = "verified"
    UNVERIFIED = "unverified"
    REFUTED = "refuted"
    GOLD = "gold"

    @property
    def trusted(self) -> bool:
        """Whether a student may learn from it and a draft be judged by it."""
        return self is Status.VERIFIED or self is Status.GOLD

    @property
    def by_person(self) -> bool:
        """Whether a person said so; reasoning never overwrites it."""
        return self is Status.GOLD or self is Status.REFUTED


TRUSTED = tuple(status for status in Status if status.trusted)
JUDGED = tuple(status for status in Status if status.by_person)


class Split(StrEnum):
    """What a record may be used for; fixed by its question, for ever."""

    TRAIN = "train"
    GATE = "gate"
    CALIBRATION = "calibration"

    @property
    def holdout(self) -> bool:
        """Whether it must never be trained on. The holdout's two halves are disjoint."""
        return self is not Split.TRAIN


HOLDOUT = tuple(split for split in Split if split.holdout)


class Route(StrEnum):
    """Where an answer came from."""

    MEMORY = "memory"
    SYSTEM1 = "system1"
    SYSTEM2 = "system2"


class SkillStatus(StrEnum):
    """How far System 1 has taken a skill over."""

    NEW = "new"
    LEARNING = "learning"
    DISTILLED = "distilled"
    RESISTANT = "resistant"


def question_key(question: str) -> str:
    """Hash that spellings of the very same question share; `memory.spelling.exact` says which do.

    Args:
        question: A standalone question.

    Returns:
        40 hex digits.
    """
    return _hash(exact(question))


def split_of(question: str) -> Split:
    """Train or holdout half, by a hash of the question: 80% train, 10% each half.

    By its loose spelling (`memory.spelling.loose`), so that no finer key ever moves a question.

    Args:
        question: A standalone question.

    Returns:
        The split that this question has on every machine, for ever.
    """
    bucket = int(_hash(loose(question))[:8], 16) % 10
    if bucket == 0:
        return Split.GATE
    return Split.CALIBRATION if bucket == 1 else Split.TRAIN


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:40]


NONE = "(none)"
"""What people read where there is no value; so no skill may be called this."""

CUT = "cancelled"
"""Failure of a sample that was cancelled: it was paid for, and says nothing."""


@dataclass(frozen=True, slots=True)
class Vote:
    """One sample of a System 2 method.

    Attributes:
        method: Name of the method.
        answer: Final answer in normal form, or None for a vote for nothing (a program that failed,
            a marker that never came).
        text: All that the model wrote.
        tokens: Generated tokens.
        failure: Why the vote is for nothing; empty when it has an answer.
        variant: How the question was changed before it was asked ("names replaced"), the answer
            being that to the question itself; empty for the question as it stands.
    """

    method: str
    answer: str | None
    text: str
    tokens: int
    failure: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """A question and its System 2 outcome.

    Attributes:
        question: As it was asked.
        answer: Final answer in normal form; None when no sample had one.
        status: How far it is trusted.
        skill: Name of its skill; None until one is assigned.
        method: The method whose vote won; None for gold without reasoning.
        agreement: Share of samples that gave the answer, in [0, 1].
        votes: Every sample that was paid for; empty in listings, which leave them in the database.
        seconds: Wall time spent reasoning.
        reason: Why it was or wasn't verified.
        id: Row number in the database; 0 before it is stored.
        created_at: UTC; None before it is stored.
        updated_at: UTC, when its answer was last given or judged; None before it is stored.
    """

    question: str
    answer: str | None
    status: Status
    skill: str | None = None
    method: str | None = None
    agreement: float = 0.0
    votes: tuple[Vote, ...] = ()
    seconds: float = 0.0
    reason: str = ""
    id: int = 0
    created_at: datetime | None = None
    updated_at: datetime | None = None

    @property
    def split(self) -> Split:
        """Train or holdout half."""
        return split_of(self.question)

    @property
    def tokens(self) -> int:
        """Tokens generated for all its votes."""
        return sum(vote.tokens for vote in self.votes)


@dataclass(frozen=True, slots=True)
class Neighbor:
    """A record near a question.

    Attributes:
        record: The record.
        similarity: Cosine, in [-1, 1].
    """

    record: Record
    similarity: float


@dataclass(frozen=True, slots=True)
class Draft:
    """System 1's answer before the router has accepted it.

    Attributes:
        question: What was asked.
        answer: Final answer in normal form; None when the text holds none.
        text: What System 1 wrote.
        adapter: Version that wrote it; "base" for the model without an adapter.
        mean_logprob: Mean natural log-probability of its tokens, <= 0.
        min_logprob: The least of them, <= 0.
        first_margin: Log-probability of the likeliest first token less the second's, >= 0.
        tokens: Generated tokens.
        prompt_tokens: Tokens read.
        complete: False when it was cut at the limit.
        mean_entropy: Mean entropy of its tokens' distributions, in nats, >= 0; nan where it was not
            measured.
    """

    question: str
    answer: str | None
    text: str
    adapter: str
    mean_logprob: float
    min_logprob: float
    first_margin: float
    tokens: int
    prompt_tokens: int = 0
    complete: bool = True
    mean_entropy: float = 0.0


BASE = "base"
"""What stands for an adapter's version when System 1 is the model without one."""


@dataclass(frozen=True, slots=True)
class JudgedDraft:
    """A draft of a remembered question, and whether it gave the record's answer."""

    record_id: int
    draft: Draft
    right: bool


@dataclass(frozen=True, slots=True)
class Decision:
    """One routing decision, with everything that led to it.

    Attributes:
        question: What was asked.
        route: Who answered.
        answer: What was answered; None when there was none.
        confidence: Calibrated P(the draft is right); None when no draft was judged, or one was
            asked for where the router would have none.
        threshold: The certified threshold it was held against; None when there was none.
        reason: Why, in words.
        skill: The question's skill; None when it is like no known one.
        adapter: Version that drafted; "base" without one.
        record_id: The record the answer came from or went to; None when nothing was remembered.
        method: System 2's method; None when it did not run.
        verified: Whether the answer is verified; None when it was not reasoned about.
        features: What the router saw, by name.
        prompt_tokens: Tokens read for the answer.
        tokens: Everything generated for the answer: draft, stages, samples.
        seconds: Wall time.
        id: Row number; 0 before it is stored.
        created_at: UTC; None before it is stored.
        certificate: What the threshold stands on: threshold, items, errors, bound, adapter, labels;
            None when there was none.
    """

    question: str
    route: Route
    answer: str | None
    confidence: float | None
    threshold: float | None
    reason: str
    skill: str | None = None
    adapter: str = BASE
    record_id: int | None = None
    method: str | None = None
    verified: bool | None = None
    features: dict[str, float] = field(default_factory=dict)
    prompt_tokens: int = 0
    tokens: int = 0
    seconds: float = 0.0
    id: int = 0
    created_at: datetime | None = None
    certificate: dict[str, object] | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Skill:
    """A cluster of like questions, or the tag that a caller gave.

    Attributes:
        name: Unique; readable.
        status: How far System 1 has taken it over.
        tagged: Whether a caller named it; it gets untagged questions only if its own are alike.
        centroid_D: float32 (D,), unit length; None before it has a record.
        cohesion: Mean cosine of its records to the centroid, in [0, 1]; 1 is all alike.
        size: Records in it.
    """

    name: str
    status: SkillStatus = SkillStatus.NEW
    tagged: bool = False
    centroid_D: FloatArray | None = None
    size: int = 0
    cohesion: float = 1.0


@dataclass(frozen=True, slots=True)
class SkillVerdict:
    """What one consolidation did to one skill; accuracies on the holdout, in [0, 1].

    Attributes:
        skill: Its name.
        status: What it is from now on.
        n_train: Records trained on.
        n_holdout: Held-out records judged.
        before: Accuracy of the incumbent's drafts; None without held-out records.
        after: Accuracy of the candidate's drafts; None without held-out records.
        teacher: Share of System 2's samples that gave the records' answers; None likewise.
    """

    skill: str
    status: SkillStatus
    n_train: int
    n_holdout: int
    before: float | None
    after: float | None
    teacher: float | None


@dataclass(frozen=True, slots=True)
class Consolidation:
    """One run of the trainer.

    Attributes:
        run_id: Unique, sorts by time.
        candidate: Version it trained; None when it did not get that far.
        promoted: Whether the candidate became active.
        reason: Why or why not, in words.
        seconds: Wall time.
        trained_tokens: Tokens read in training, all epochs.
        skills: A verdict a skill.
        created_at: UTC; None before it is stored.
    """

    run_id: str
    candidate: str | None
    promoted: bool
    reason: str
    seconds: float
    trained_tokens: int
    skills: tuple[SkillVerdict, ...]
    created_at: datetime | None = None
