"""The schedule means what crontab(5) says of it."""

from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner

from agent.commands.config import command
from agent.daemon_settings import DaemonSettings
from models.errors import ConfigError
from tests.agent.world import World, spawn

WEEK = "Sun Mon Tue Wed Thu Fri Sat"
START = datetime(2026, 1, 1, 12, tzinfo=UTC)


def days(cron: str, count: int) -> list[datetime]:
    """The next times of a schedule, local."""
    trigger, found, now = DaemonSettings(cron=cron).trigger(), [], START
    for _ in range(count):
        found.append(trigger.get_next_fire_time(None, now).astimezone())
        now = found[-1] + timedelta(seconds=1)
    return found


def weekdays(field: str) -> str:
    """The weekdays of two weeks that a field names, from Sunday on."""
    found = {f"{day:%a}" for day in days(f"0 3 * * {field}", 14)}
    return " ".join(name for name in WEEK.split() if name in found)


@pytest.mark.parametrize(
    ("field", "expected"),
    [
        ("0", "Sun"),
        ("7", "Sun"),
        ("1", "Mon"),
        ("6", "Sat"),
        ("1-5", "Mon Tue Wed Thu Fri"),
        ("5-7", "Sun Fri Sat"),
        ("0-2", "Sun Mon Tue"),
        ("0-7", WEEK),
        ("7-7", "Sun"),
        ("1,3,5", "Mon Wed Fri"),
        ("0,6-7", "Sun Sat"),
        ("*/2", "Sun Tue Thu Sat"),
        ("*/3", "Sun Wed Sat"),
        ("1-5/2", "Mon Wed Fri"),
        ("2-7/5", "Sun Tue"),
        ("*", WEEK),
        ("sun", "Sun"),
        ("Mon-FRI", "Mon Tue Wed Thu Fri"),
        ("sun-tue", "Sun Mon Tue"),
        ("fri-sun", "Sun Fri Sat"),
        ("mon-fri/2", "Mon Wed Fri"),
        ("sat,2-3", "Tue Wed Sat"),
    ],
)
def test_weekdays_are_crontabs(field: str, expected: str) -> None:
    assert weekdays(field) == expected


@pytest.mark.parametrize(
    "field", ["8", "-1", "1-8", "5-2", "sat-tue", "1,,3", "1/2", "*/0", "1-5/", "fun", "1-", "last"]
)
def test_other_weekdays_are_refused(field: str) -> None:
    with pytest.raises(ConfigError, match=r"is not crontab syntax \(.*; write five fields"):
        DaemonSettings(cron=f"0 3 * * {field}").trigger()


def test_minutes_hours_days_and_months() -> None:
    found = [f"{day:%d.%m. %R}" for day in days("*/30 3,4 13 feb-mar *", 5)]
    assert found == ["13.02. 03:00", "13.02. 03:30", "13.02. 04:00", "13.02. 04:30", "13.03. 03:00"]


def test_the_day_of_the_month_or_of_the_week() -> None:
    found = [f"{day:%a %d.%m. %R}" for day in days("0 3 1,16 * 5", 6)]
    assert found == [
        "Fri 02.01. 03:00",
        "Fri 09.01. 03:00",
        "Fri 16.01. 03:00",  # both, and once
        "Fri 23.01. 03:00",
        "Fri 30.01. 03:00",
        "Sun 01.02. 03:00",
    ]


@pytest.mark.parametrize("cron", ["0 3 */1 * 5", "0 3 * * 5"])
def test_a_star_restricts_no_day(cron: str) -> None:
    assert {f"{day:%a}" for day in days(cron, 5)} == {"Fri"}


@pytest.mark.parametrize("cron", ["", "3 * *", "0 3 * * * *", "@daily", "61 3 * * *", "0 3 0 * *"])
def test_other_fields_are_refused(cron: str) -> None:
    with pytest.raises(ValueError, match=r"not crontab syntax|at least 1 character"):
        DaemonSettings(cron=cron).trigger()


@pytest.mark.parametrize("cron", ["0 3 31 2 *", "0 3 30 feb *", "* * 31 2,4,6 *", "0 3 31 4 */2"])
def test_a_schedule_that_never_comes_is_refused(cron: str) -> None:
    with pytest.raises(ConfigError, match=r"daemon.cron = '.*' never comes: its day is in none"):
        DaemonSettings(cron=cron).trigger()


@pytest.mark.parametrize("cron", ["0 3 29 2 *", "0 3 31 2 1"])
def test_a_schedule_that_seldom_comes_is_not(cron: str) -> None:
    assert days(cron, 1)[0].month == 2


def test_a_schedule_that_never_comes_is_one_line_wherever_it_is_met(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SECONDNATURE_HOME", str(world.home.root))
    monkeypatch.setenv("SECONDNATURE_DAEMON__CRON", "0 3 31 2 *")
    checked = CliRunner().invoke(command, ["check"])
    assert isinstance(checked.exception, ConfigError)
    assert str(checked.exception).endswith("as in '0 3 28 2 *' [SECONDNATURE_DAEMON__CRON]")
    done = spawn(world.env | {"SECONDNATURE_DAEMON__CRON": "0 3 31 2 *"}, "daemon")
    assert done.code == 1
    assert "never comes" in done.err
    assert "Traceback" not in done.err
