"""Reads the beginning of a report's span of time."""

import re
from datetime import datetime, timedelta

ALLOWED = "a date (2025-03-01), a time (2025-03-01T08:00), or an age such as 30m, 24h, 7d or 2w"

_AGE = re.compile(r"(\d{1,6})([mhdw])")
_UNITS = {"m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def parse_since(text: str, now: datetime) -> datetime:
    """A date, a time or an age as a moment.

    Args:
        text: ISO 8601, local where it names no zone; or a number with m, h, d or w.
        now: What an age is counted back from; aware.

    Returns:
        The moment; aware.

    Raises:
        ValueError: It is neither, or lies outside the years 1 to 9999.
    """
    age = _AGE.fullmatch(text.strip())
    try:
        if age:
            return now - timedelta(**{_UNITS[age[2]]: int(age[1])})
        return datetime.fromisoformat(text.strip()).astimezone()
    except (ValueError, OverflowError) as error:
        msg = f"{text!r} is no time; give {ALLOWED}"
        raise ValueError(msg) from error
