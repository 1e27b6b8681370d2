"""A report as a JSON object, for programs. Shares are in [0, 1]; null where there is none."""

from dataclasses import asdict

from agent.report.build import Report, RouteTotal, SkillReport


def as_object(report: Report) -> dict[str, object]:
    """A report's numbers by name.

    Args:
        report: What to show.

    Returns:
        A JSON object; numbers that are nan stand for "none".
    """
    return {
        "since": report.since.isoformat() if report.since else None,
        "decisions": report.decisions,
        "deferral_rate": report.deferral_rate,
        "routes": {total.route.value: _route(total) for total in report.routes},
        "spent": asdict(report.spent),
        "saved": asdict(report.saved),
        "reasoned": asdict(report.reasoned),
        "skills": {skill.skill: _skill(skill) for skill in report.skills},
    }


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
