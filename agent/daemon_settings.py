"""When consolidations run by themselves."""

from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, Field

from models.errors import ConfigError

if TYPE_CHECKING:
    from apscheduler.triggers.cron import CronTrigger


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

    def trigger(self) -> "CronTrigger":
        """The schedule.

        Returns:
            A trigger in the local time zone.

        Raises:
            ConfigError: `cron` is not crontab syntax.
        """
        from apscheduler.triggers.cron import CronTrigger

        try:
            return CronTrigger.from_crontab(self.cron)
        except ValueError as error:
            raise ConfigError(
                f"daemon.cron = {self.cron!r} is not crontab syntax ({error}); write five fields: "
                "minute hour day month weekday, as in '0 3 * * *'"
            ) from error
