"""Days as an iCalendar file (RFC 5545): whole days with two reminders, and nothing beside their words."""

from __future__ import annotations

import importlib
from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from app.domain.endings import Ending

REMIND_BEFORE = (timedelta(days=60), timedelta(days=30))


def calendar_bytes(found: Iterable[Ending], *, now: datetime) -> bytes:
    """The file that a calendar program subscribes to."""
    icalendar = importlib.import_module("icalendar")  # slow to import, needed by few requests
    calendar = icalendar.Calendar()
    calendar.add("prodid", "-//Needle clearance//Ends of clearances//EN")
    calendar.add("version", "2.0")
    calendar.add("x-wr-calname", "Ends of clearances")
    calendar.add("refresh-interval", timedelta(hours=12), parameters={"VALUE": "DURATION"})
    for ending in found:
        calendar.add_component(_event(icalendar, ending, now))
    made: bytes = calendar.to_ical()
    return made


def _event(icalendar: Any, ending: Ending, now: datetime) -> Any:
    event = icalendar.Event()
    event.add("uid", ending.uid)
    event.add("dtstamp", now)
    event.add("dtstart", ending.day)
    event.add("dtend", ending.day + timedelta(days=1))
    event.add("summary", ending.words)
    event.add("transp", "TRANSPARENT")
    for before in REMIND_BEFORE:
        alarm = icalendar.Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", ending.words)
        alarm.add("trigger", -before)
        event.add_component(alarm)
    return event
