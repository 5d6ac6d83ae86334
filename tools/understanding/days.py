"""The coming day that a message names: ``tomorrow``, ``on Saturday``, ``in two weeks``, ``November 21``."""

import calendar
import re
from datetime import date, timedelta

_DAYS = {name.lower(): number for number, name in enumerate(calendar.day_name)}
_SHORT = {"mon": 0, "tue": 1, "tues": 1, "wed": 2, "thu": 3, "thur": 3, "thurs": 3, "fri": 4, "sat": 5, "sun": 6}
_MONTHS = {
    name.lower(): number
    for names in (calendar.month_name, calendar.month_abbr)
    for number, name in enumerate(names)
    if name
}
_NUMBERS = {"a": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "ten": 10}
_MONTH = "|".join(_MONTHS)
_WEEKDAY = re.compile(rf"\b({'|'.join(_DAYS)})s?\b")
_SHORT_WEEKDAY = re.compile(rf"\b(?:on|by|next|this|until|till) ({'|'.join(_SHORT)})\b")
_SPAN = re.compile(
    rf"\b(?:in|within) (\d{{1,2}}|{'|'.join(_NUMBERS)}) (day|week)s?\b|\b(\d{{1,2}}) (day|week)s? from now\b"
)
_ISO = re.compile(r"\b(20\d\d)-(\d\d)-(\d\d)\b")
_MONTH_FIRST = re.compile(rf"\b({_MONTH})\.? (\d{{1,2}})(?:st|nd|rd|th)?\b")
_DAY_FIRST = re.compile(rf"\b(\d{{1,2}})(?:st|nd|rd|th)? (?:of )?({_MONTH})\b")


def coming_day(text: str, today: date) -> date | None:
    """The first day after today that the text names; ``None`` if it names none.

    A weekday means the next one: on a Sunday, both "Saturday" and "next Saturday" are six days ahead.
    """
    lower = text.lower()
    return _written(lower, today) or _weekday(lower, today) or _relative(lower, today)


def _written(text: str, today: date) -> date | None:
    if found := _ISO.search(text):
        return _valid(int(found[1]), int(found[2]), int(found[3]), today)
    if found := _MONTH_FIRST.search(text):
        month, day = _MONTHS[found[1]], int(found[2])
    elif found := _DAY_FIRST.search(text):
        month, day = _MONTHS[found[2]], int(found[1])
    else:
        return None
    return _valid(today.year, month, day, today) or _valid(today.year + 1, month, day, today)


def _valid(year: int, month: int, day: int, today: date) -> date | None:
    try:
        found = date(year, month, day)
    except ValueError:
        return None
    return found if found > today else None


def _weekday(text: str, today: date) -> date | None:
    if found := _WEEKDAY.search(text):
        number = _DAYS[found[1]]
    elif found := _SHORT_WEEKDAY.search(text):
        number = _SHORT[found[1]]
    elif re.search(r"\bweekend\b", text):
        number = 5
    else:
        return None
    return today + timedelta(days=(number - today.weekday() - 1) % 7 + 1)


def _relative(text: str, today: date) -> date | None:
    if found := _SPAN.search(text):
        count, unit = (found[1], found[2]) if found[1] else (found[3], found[4])
        days = (int(count) if count.isdigit() else _NUMBERS[count]) * (7 if unit == "week" else 1)
        return today + timedelta(days=days) if days else None
    if re.search(r"\b(?:day after tomorrow)\b", text):
        return today + timedelta(days=2)
    if re.search(r"\btomorrow\b", text):
        return today + timedelta(days=1)
    return today + timedelta(days=7) if re.search(r"\bnext week\b|\ba week from now\b", text) else None
