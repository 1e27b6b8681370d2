"""What our own router makes of drafts, by the memory and the certificate that its home has now."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from agent.build import Parts
from benchmarks.routing.policies import Outcome, Own
from memory.records import Draft, Skill
from models.types import Finish, Generation
from router.policy import Subject
from trainer.student import draft_of


def verdicts(parts: Parts, items: Sequence[Outcome]) -> list[Own]:
    """Ask the real router of every draft, as the agent does; no model generates.

    Args:
        parts: Of the home whose System 1 wrote the drafts.
        items: With their drafts.

    Returns:
        Its verdicts, in order; timed question by question.
    """
    subject = parts.system1.subject(parts.system1.active())
    skills = {skill.name: skill for skill in parts.store.journal.skills()}
    parts.memory.encode([item.question for item in items])  # deciding is timed without it
    return [_own(parts, subject, skills, draft(item, subject.adapter)) for item in items]


def draft(item: Outcome, version: str) -> Draft:
    """The draft as the router sees it.

    Args:
        item: What was kept of it.
        version: The adapter that wrote it.

    Returns:
        The draft; its text is no longer known, and what was read of the prompt neither.
    """
    finish = Finish.STOP if item.system1_complete else Finish.LENGTH
    margins = (item.system1_first_margin,)
    kept = Generation("", item.system1_logprobs, margins, finish, 0, item.system1_entropies)
    return replace(draft_of(item.question, kept, version), answer=item.system1_answer)


def _own(parts: Parts, subject: Subject, skills: Mapping[str, Skill], written: Draft) -> Own:
    """The router's two verdicts."""
    memory, router = parts.memory, parts.router
    start = time.perf_counter()
    (near,) = memory.neighbors_many([written.question], router.neighbors_wanted)
    (name,) = memory.skills_of([written.question])
    skill = skills[name] if name else None
    record = memory.store.find(written.question)
    verdict = router.worth_a_try(written.question, subject, skill, near)
    tried = verdict.accept
    if tried:
        verdict = router.judge(written, subject, skill, near)
    seconds = time.perf_counter() - start
    judged = verdict if tried else router.judge(written, subject, skill, near)
    return Own(
        tried=tried,
        accepted=verdict.accept,
        confidence=judged.confidence,
        recalled=record.answer if record is not None and record.status.trusted else None,
        seconds=seconds,
    )
