"""Days and instants of a site: dates are days in its IANA time zone, end-exclusive instants in UTC."""

from __future__ import annotations

import calendar
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones


@lru_cache(maxsize=1)
def _zones() -> frozenset[str]:
    return frozenset(available_timezones())


def known_time_zone(name: str) -> bool:
    """Whether the name is an IANA time zone."""
    return name in _zones()


@lru_cache(maxsize=16_384)
def start_of_day(day: date, time_zone: str) -> datetime:
    """The first instant (UTC) of a day in a zone; where midnight is skipped, the first instant after it."""
    zone = ZoneInfo(time_zone)
    wall = datetime.combine(day, time.min, tzinfo=zone)
    instant = wall.astimezone(UTC)
    while instant.astimezone(zone).date() < day:  # midnight does not exist there on that day
        instant += timedelta(minutes=15)
    return instant


FIRST_DAY, LAST_DAY = date(1900, 1, 1), date(2200, 12, 31)
"""What people may enter as a day; beyond it arithmetic on dates has no room."""


def known_day(day: date | None) -> bool:
    """Whether a day that somebody entered can be reckoned with; no day at all can."""
    return day is None or FIRST_DAY <= day <= LAST_DAY


def end_of_day(day: date, time_zone: str) -> datetime:
    """The end-exclusive end of a day in a zone: the first instant of the next day."""
    return start_of_day(day + timedelta(days=1), time_zone)


def day_of(instant: datetime, time_zone: str) -> date:
    """The day that an instant falls on in a zone."""
    return instant.astimezone(ZoneInfo(time_zone)).date()


@lru_cache(maxsize=16_384)
def add_months(day: date, months: int) -> date:
    """The same day of the month `months` later, clamped to the month's end (31 January + 1 month = 28 or 29 February)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def months_after(instant: datetime, months: int, time_zone: str) -> datetime:
    """The end-exclusive instant at which a term of calendar months ends: the first instant of its closing day."""
    return start_of_day(add_months(day_of(instant, time_zone), months), time_zone)


def days_after(instant: datetime, days: int, time_zone: str) -> datetime:
    """The instant `days` later by the wall clock of a zone: the same time of day, whatever its clocks did in between.

    A time that the clocks skip becomes the one they jump to; of a time that comes twice it is the first.
    """
    zone = ZoneInfo(time_zone)
    wall = instant.astimezone(zone).replace(tzinfo=None, fold=0) + timedelta(days=days)
    return wall.replace(tzinfo=zone).astimezone(UTC)
