"""Calendar dates and times of day that can be read in one way only."""

import re
from datetime import date

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september",
    "october", "november", "december",
)  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTH_NUMBERS = (
    {name: number for number, name in enumerate(MONTHS, start=1)}
    | {name[:3]: number for number, name in enumerate(MONTHS, start=1)}
    | {"sept": 9}
)
_WEEKDAY = r"(?:(?P<weekday>[A-Za-z]{3,9})\.?,? )?"
_ISO = re.compile(
    r"(?P<y>[0-9]{4})[-/.](?P<m>[0-9]{1,2})[-/.](?P<d>[0-9]{1,2})(?:[T ]00:00(?::00)?(?:\.0+)?)?"
)
_MONTH_FIRST = re.compile(
    _WEEKDAY + r"(?P<m>[A-Za-z]{3,9})\.? (?P<d>[0-9]{1,2})(?:st|nd|rd|th)?,? (?P<y>[0-9]{4})"
)
_DAY_FIRST = re.compile(
    _WEEKDAY
    + r"(?:the )?(?P<d>[0-9]{1,2})(?:st|nd|rd|th)?(?: of)?[ -](?P<m>[A-Za-z]{3,9})"
    + r"\.?,?[ -](?P<y>[0-9]{4})"
)
_NUMERIC = re.compile(r"(?P<a>[0-9]{1,2})(?P<sep>[-/.])(?P<b>[0-9]{1,2})(?P=sep)(?P<y>[0-9]{4})")
_TIME = re.compile(
    r"0?(?P<hour>[1-9]|1[0-2])(?::(?P<minute>[0-5][0-9]))? ?(?P<half>[ap])\.?m\.?", re.IGNORECASE
)
_TIME_OF_24 = re.compile(r"(?:1[3-9]|2[0-3]|00):[0-5][0-9]")
_DAY = re.compile(
    r"(?P<m>[A-Za-z]{3,9})\.? (?P<d>[0-9]{1,2})(?:st|nd|rd|th)?"
    r"|(?:the )?(?P<first>[0-9]{1,2})(?:st|nd|rd|th)?(?: of)? (?P<then>[A-Za-z]{3,9})\.?",
    re.IGNORECASE,
)
_LEAP_YEAR = 2000


def _valid(year: int, month: int, day: int) -> date | None:
    """The date, or None when there is no such day."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _numeric(match: re.Match[str]) -> date | None:
    """Day and month in either order: None when both orders give a date, and not the same one."""
    year, first, second = int(match["y"]), int(match["a"]), int(match["b"])
    readings = {_valid(year, first, second), _valid(year, second, first)} - {None}
    return readings.pop() if len(readings) == 1 else None


def _named(match: re.Match[str]) -> date | None:
    """A date with its month in words; a weekday beside it must be the right one."""
    month = _MONTH_NUMBERS.get(match["m"].lower())
    found = _valid(int(match["y"]), month, int(match["d"])) if month else None
    if found is None or not match["weekday"]:
        return found
    weekday = WEEKDAYS[found.weekday()]
    return found if match["weekday"].lower() in {weekday, weekday[:3], weekday[:4]} else None


def date_of(text: str) -> date | None:
    """Read a whole text as a date.

    Args:
        text: A tidied answer.

    Returns:
        The date; None for anything else, "05/03/2024" (May or March?) among it.
    """
    if len(text) > 40:
        return None
    if match := _ISO.fullmatch(text):
        return _valid(int(match["y"]), int(match["m"]), int(match["d"]))
    if match := _NUMERIC.fullmatch(text):
        return _numeric(match)
    match = _MONTH_FIRST.fullmatch(text) or _DAY_FIRST.fullmatch(text)
    return _named(match) if match else None


def day_of(text: str) -> str | None:
    """Read a whole text as a day of any year, its month in words.

    Args:
        text: A tidied answer.

    Returns:
        Month and day, "03-05"; None for anything else, a date with a year among it.
    """
    match = _DAY.fullmatch(text)
    month = _MONTH_NUMBERS.get((match["m"] or match["then"]).lower()) if match else None
    if match is None or month is None:
        return None
    found = _valid(_LEAP_YEAR, month, int(match["d"] or match["first"]))
    return f"{found:%m-%d}" if found else None


def time_of(text: str) -> str | None:
    """Read a whole text as a time of day.

    Args:
        text: A tidied answer.

    Returns:
        Hours to 24 and minutes, "17:05"; None for anything else, "5:05" (of which half of the day,
        or is it a length of time?) among it.
    """
    if _TIME_OF_24.fullmatch(text):
        return text
    match = _TIME.fullmatch(text)
    if match is None:
        return None
    hour = int(match["hour"]) % 12 + (12 if match["half"] in "pP" else 0)
    return f"{hour:02}:{match['minute'] or '00'}"
