"""A report as text, for a terminal."""

import math

from agent.report.build import Cost, Report
from agent.tables import table
from memory.records import Status

FORMULA = (
    "Saved is an estimate: each answer of System 1 or memory at System 2's mean cost for its\n"
    "skill (over all skills where it has none), less what it cost."
)


def render_text(report: Report) -> str:
    """Lay a report out.

    Args:
        report: What to show.

    Returns:
        Lines of text, the last one ended.
    """
    span = "All decisions" if report.since is None else f"Decisions since {report.since:%F %R %Z}"
    blocks = [f"{span}: {report.decisions}", _routes(report) if report.decisions else ""]
    if report.decisions:
        blocks.append(
            f"Deferred to System 2: {_percent(report.deferral_rate)}\n"
            f"Spent: {_cost(report.spent)}\n"
            f"Saved: {_cost(report.saved)}\n"
            f"{FORMULA}"
        )
    blocks.append(_skills(report) if report.skills else "Memory holds no record yet.")
    if report.reasoned.tokens:
        blocks.append(f"Reasoning behind these records: {_cost(report.reasoned)}")
    return "\n\n".join(filter(None, blocks)) + "\n"


def _routes(report: Report) -> str:
    rows = [
        (
            total.route.value,
            total.decisions,
            _percent(total.share),
            f"{total.tokens:,}",
            f"{total.seconds:,.1f}",
        )
        for total in report.routes
    ]
    return table(("route", "answers", "share", "tokens", "seconds"), rows)


def _skills(report: Report) -> str:
    rows = [
        (
            skill.skill,
            skill.status.value if skill.status else None,
            skill.records,
            skill.counts[Status.VERIFIED],
            skill.counts[Status.GOLD],
            skill.counts[Status.UNVERIFIED],
            skill.counts[Status.REFUTED],
            _percent(skill.verified_yield),
            _percent(skill.agreement),
            skill.decisions,
            _percent(skill.deferral_rate),
            f"{skill.saved.tokens:,.0f}",
        )
        for skill in report.skills
    ]
    header = ("skill", "status", "records", "verified", "gold", "unverified", "refuted", "yield")
    return table((*header, "agreement", "answers", "deferred", "tokens saved"), rows)


def _cost(cost: Cost) -> str:
    return f"{cost.tokens:,.0f} tokens, {cost.seconds:,.1f} s"


def _percent(share: float) -> str:
    return "-" if math.isnan(share) else f"{share:.1%}"
