"""When consolidations run by themselves."""

import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from models.errors import ConfigError

if TYPE_CHECKING:
    from apscheduler.triggers.base import BaseTrigger
    from apscheduler.triggers.cron import CronTrigger

_WEEK = ("sun", "mon", "tue", "wed", "thu", "fri", "sat", "sun")
"""Weekdays by crontab's numbers; APScheduler's begin with 0 for Monday, so it is given names."""

_DAY = rf"([0-7]|{'|'.join(_WEEK[:7])})"
_DAYS = re.compile(rf"{_DAY}|(?:\*|{_DAY}-{_DAY})(?:/([1-9]\d*))?")


class DaemonSettings(BaseModel):
    """When the daemon consolidates (on schedule, if there is enough that is new) and audits."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cron: str = Field(
        default="0 3 * * *",
        min_length=1,
        description="Schedule in crontab's syntax, local time: minute, hour, day, month, weekday.",
    )
    min_new_records: int = Field(
        default=64,
        ge=1,
        description="Newly verified records without which a scheduled consolidation is skipped.",
    )

    audit_batch: int = Field(
        default=8,
        ge=0,
        description="Fast answers audited together while nothing else is due; 0 audits none.",
    )

    def trigger(self) -> "BaseTrigger":
        """The schedule.

        Returns:
            A trigger in the local time zone.

        Raises:
            ConfigError: `cron` is not crontab syntax, or names no day that ever comes.
        """
        from apscheduler.triggers.combining import OrTrigger

        try:
            trigger = OrTrigger(_triggers(self.cron))
        except ValueError as error:
            raise ConfigError(
                f"daemon.cron = {self.cron!r} is not crontab syntax ({error}); write five fields: "
                "minute hour day month weekday, as in '0 3 * * *'"
            ) from error
        if trigger.get_next_fire_time(None, datetime.now(UTC)) is None:
            raise ConfigError(
                f"daemon.cron = {self.cron!r} never comes: its day is in none of its months; "
                "name a day that one of them has, as in '0 3 28 2 *'"
            )
        return trigger


def _triggers(cron: str) -> "list[CronTrigger]":
    """Triggers of which any one will do: crontab joins days of the month and of the week by or."""
    from apscheduler.triggers.cron import CronTrigger

    fields = cron.split()
    if len(fields) != 5:
        raise ValueError(f"{len(fields)} of five fields")
    minute, hour, day, month, weekday = fields
    names = ",".join(name for part in weekday.split(",") for name in _weekdays(part))
    both = not day.startswith("*") and not weekday.startswith("*")
    return [
        CronTrigger(minute=minute, hour=hour, day=day, month=month, day_of_week=week)
        for day, week in ([(day, "*"), ("*", names)] if both else [(day, names)])
    ]


def _weekdays(part: str) -> list[str]:
    """The names of a day, or of each day of a range or of the week that is a step from the last."""
    found = _DAYS.fullmatch(part.lower())
    if found is None:
        raise ValueError(f"no weekday is {part!r}")
    one, first, last, step = found.groups()
    if one:
        return [_WEEK[_number(one)]]
    low = _number(first or "0")
    high = 7 if last == "sun" and low else _number(last or "6")
    if high < low:
        raise ValueError(f"{part!r} ends before it begins; a week runs from 0 to 7, both Sunday")
    return list(_WEEK[low : high + 1 : int(step or 1)])


def _number(day: str) -> int:
    return int(day) if day.isdigit() else _WEEK.index(day)
