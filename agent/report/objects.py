"""A report as a JSON object, for programs. Shares are in [0, 1]; null where there is none."""

from collections.abc import Sequence
from dataclasses import asdict

from agent.decision_view import decision_object
from agent.report.audits import SkillAudits
from agent.report.bounds import SkillBound
from agent.report.build import Report, RouteTotal, SkillReport
from agent.report.reasoning import MethodReport, SkillReasoning
from memory.records import Decision


def as_object(
    report: Report,
    reasoning: Sequence[SkillReasoning],
    audits: Sequence[SkillAudits] = (),
    bounds: Sequence[SkillBound] = (),
    newest: Sequence[Decision] = (),
) -> dict[str, object]:
    """A report's numbers by name.

    Args:
        report: What to show.
        reasoning: System 2 by skill.
        audits: Audits of the active adapter's answers, by skill.
        bounds: How far each skill is from a bound of its own.
        newest: Decisions to show with all that they were made for.

    Returns:
        A JSON object; numbers that are nan stand for "none".
    """
    known = {each.skill: reasoning_object(each) for each in reasoning}
    bound = {each.skill: _without_skill(each) for each in bounds}
    return {
        "since": report.since.isoformat() if report.since else None,
        "decisions": report.decisions,
        "deferral_rate": report.deferral_rate,
        "routes": {total.route.value: _route(total) for total in report.routes},
        "spent": asdict(report.spent),
        "saved": asdict(report.saved),
        "reasoned": asdict(report.reasoned),
        "skills": {
            skill.skill: {
                **_skill(skill),
                "reasoning": known.get(skill.skill),
                "bound": bound.get(skill.skill),
            }
            for skill in report.skills
        },
        "audits": {each.skill: _without_skill(each) for each in audits},
        "newest": [decision_object(decision) for decision in newest],
    }


def reasoning_object(reasoning: SkillReasoning) -> dict[str, object]:
    """How System 2 stands in a skill, by name.

    Args:
        reasoning: The skill.

    Returns:
        A JSON object; numbers that are nan stand for "none".
    """
    trust = reasoning.trust
    return {
        "trusted": trust.trusted,
        "reason": trust.reason,
        "kappa": trust.kappa,
        "checked": trust.checked,
        "gold": trust.gold,
        "accuracy": dict(trust.accuracy),
        "leaning": reasoning.leaning,
        "methods": {found.method: _method(found) for found in reasoning.methods},
    }


def _method(found: MethodReport) -> dict[str, object]:
    return {
        "samples": found.samples,
        "right": found.right,
        "tokens": found.tokens,
        "right_per_token": found.right_per_token,
    }


def _without_skill(row: SkillAudits | SkillBound) -> dict[str, object]:
    fields = asdict(row)
    del fields["skill"]
    return fields


def _route(total: RouteTotal) -> dict[str, object]:
    return {
        "decisions": total.decisions,
        "share": total.share,
        "tokens": {"prompt": total.prompt_tokens, "completion": total.tokens},
        "seconds": total.seconds,
    }


def _skill(skill: SkillReport) -> dict[str, object]:
    return {
        "status": skill.status.value if skill.status else None,
        "records": skill.records,
        **{status.value: count for status, count in skill.counts.items()},
        "verified_yield": skill.verified_yield,
        "agreement": skill.agreement,
        "decisions": skill.decisions,
        "deferral_rate": skill.deferral_rate,
        "saved": asdict(skill.saved),
    }
