"""Small worlds for the router's tests: records, neighbours and drafts with known truth."""

from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import numpy as np
import pytest

from memory.records import (
    Draft,
    JudgedDraft,
    Neighbor,
    Record,
    Skill,
    SkillStatus,
    Split,
    Status,
    split_of,
)
from router.case import Case
from router.policy import Router, RouterSettings, Subject


@lru_cache(maxsize=16)
def questions(half: Split, n: int, word: str = "sums") -> tuple[str, ...]:
    """The first n questions that fall into a split."""
    found: list[str] = []
    i = 0
    while len(found) < n:
        text = f"What does number {i} give in {word}?"
        i += 1
        if split_of(text) is half:
            found.append(text)
    return tuple(found)


class World:
    """Builds records, neighbours and drafts."""

    subject = Subject(adapter="v1", base="base-print", encoder="hash")
    statuses: Mapping[str, SkillStatus] = MappingProxyType(
        {"sums": SkillStatus.DISTILLED, "products": SkillStatus.RESISTANT}
    )
    sums = Skill("sums", SkillStatus.DISTILLED)

    def record(self, question: str, number: int, **changes: object) -> Record:
        """A verified record of the skill `sums`."""
        made = Record(question, str(number), Status.VERIFIED, skill="sums", id=number)
        return replace(made, **changes)  # type: ignore[arg-type]

    def draft(self, question: str, **changes: object) -> Draft:
        """A sure draft of adapter v1."""
        made = Draft(
            question=question,
            answer="12",
            text="12",
            adapter="v1",
            mean_logprob=-0.1,
            min_logprob=-0.2,
            first_margin=3.0,
            tokens=3,
        )
        return replace(made, **changes)  # type: ignore[arg-type]

    def neighbors(
        self, records: list[Record], own: Record, rng: np.random.Generator, k: int = 16
    ) -> tuple[Neighbor, ...]:
        """The record itself, then k others with falling similarities."""
        picks = rng.choice(len(records), size=min(k, len(records)), replace=False)
        cosines = np.sort(rng.uniform(0.6, 0.9, len(picks)))[::-1]
        near = [Neighbor(records[i], float(c)) for i, c in zip(picks, cosines, strict=True)]
        return (Neighbor(own, 1.0), *(n for n in near if n.record.id != own.id))

    def cases(
        self,
        n: int,
        *,
        seed: int = 0,
        error: float = 0.02,
        adapter: str = "v1",
        skill: str = "sums",
    ) -> list[Case]:
        """n cases a half; log-probabilities tell right drafts from wrong ones, not perfectly."""
        rng = np.random.default_rng(seed)
        texts = [q for half in (Split.GATE, Split.CALIBRATION) for q in questions(half, n, skill)]
        base = 1000 if skill == "sums" else 100_000
        records = [self.record(text, base + i, skill=skill) for i, text in enumerate(texts)]
        made = []
        for item in records:
            right = bool(rng.random() >= error)
            score = -0.1 - rng.exponential(0.1) - (0.0 if right else rng.exponential(1.0))
            one = self.draft(
                item.question,
                adapter=adapter,
                mean_logprob=score,
                min_logprob=2 * score,
                first_margin=max(0.0, 3 + score),
            )
            near = self.neighbors(records, item, rng)
            made.append(Case(item, JudgedDraft(item.id, one, right), near))
        return made


@pytest.fixture(scope="session")
def world() -> World:
    """The builder; it keeps nothing."""
    return World()


@pytest.fixture
def router(tmp_path: Path) -> Router:
    """One that was never certified."""
    return Router(tmp_path / "router", RouterSettings(max_error=0.05))


@pytest.fixture
def certified(router: Router, world: World) -> Router:
    """One that is certified for the skill `sums`."""
    assert router.certify(world.subject, world.cases(150), world.statuses).overall is not None
    return router


@pytest.fixture
def near(world: World) -> list[Neighbor]:
    """What the index finds near a new question."""
    held = world.cases(150)
    return [Neighbor(case.record, 0.85 - i / 100) for i, case in enumerate(held[:16])]
