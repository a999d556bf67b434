"""Dates as the server reads them, for the shapes that the pools can draw."""

from __future__ import annotations

import datetime
import re
import zoneinfo

_ABSOLUTE = re.compile(r"\d{4}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d)?(?:Z|[+-]\d\d:\d\d)?)?")
_RELATIVE = re.compile(r"-?(\d{1,4})([hdwmy])")
_DAYS = {"h": 1 / 24, "d": 1, "w": 7, "m": 30.44, "y": 365.25}


def of_filter(text: str, zone: str) -> datetime.datetime | None:
    """The instant a filter means, or None. Month and year steps are near enough: no date in the pools is close."""
    relative = _RELATIVE.fullmatch(text)
    if relative:
        days = int(relative[1]) * _DAYS[relative[2]]
        return datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=days)
    if not _ABSOLUTE.fullmatch(text):
        return None
    instant = datetime.datetime.fromisoformat(text)
    return instant if instant.tzinfo else instant.replace(tzinfo=zoneinfo.ZoneInfo(zone))


def is_number(value: object) -> bool:
    """True for a property that the server takes for Unix seconds."""
    if isinstance(value, bool):
        return False
    if isinstance(value, (int, float)):
        return True
    return isinstance(value, str) and re.fullmatch(r"[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?", value, re.I) is not None


def of_property(value: object, zone: str) -> datetime.datetime | None:
    """The instant a property means, or None."""
    if is_number(value):
        try:
            return datetime.datetime.fromtimestamp(float(value), datetime.timezone.utc)
        except (OverflowError, ValueError, OSError):
            return None
    return of_filter(value, zone) if isinstance(value, str) else None


def matches(operator: str, wanted: datetime.datetime | None, found: datetime.datetime | None) -> bool:
    """The three date operators; an unparsable side is a miss."""
    if wanted is None or found is None:
        return False
    if operator == "is_date_exact":
        return found == wanted
    return found < wanted if operator == "is_date_before" else found > wanted
