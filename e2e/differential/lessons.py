"""What the server does otherwise, operator by operator: the lessons of the rows that concern one filter.

`in_play` says which rows one filter and one property touch; `answer` is what the server says then. Both are
pure; `corrected` puts them into the SDK's evaluator.
"""

from __future__ import annotations

import math
import re

from . import dates, semver
from .rows import Row

NEGATIVE = {
    "is_not",
    "not_icontains",
    "not_starts_with",
    "not_ends_with",
    "not_regex",
    "not_icontains_multi",
    "is_not_set",
}
UNKNOWN_TO_SDK = {"is_date_exact", "between", "not_between", "icontains_multi", "not_icontains_multi"}
COMPARISONS = {"gt", "gte", "lt", "lte"}


def number(value: object) -> float | None:
    """A JSON value as a number, by the server's rule."""
    if isinstance(value, bool):
        return None
    if isinstance(value, (int, float)):
        return float(value)
    if not isinstance(value, str) or not re.fullmatch(r"[0-9+\-.a-zA-Z]+", value):
        return None
    try:
        return float(value)
    except ValueError:
        return None


def missing(operator: str, value: object) -> bool:
    """What the server says of a property that is not there."""
    if operator == "not_between":
        return bounds(value) is not None
    return operator in NEGATIVE


def bounds(value: object) -> tuple[float, float] | None:
    """The two ends of a range, or None for what is no range."""
    if not isinstance(value, list) or len(value) != 2:
        return None
    low, high = number(value[0]), number(value[1])
    return None if low is None or high is None or not low <= high else (low, high)


def in_range(operator: str, value: object, found: object) -> bool:
    """`between` and `not_between` of a property that is there."""
    ends = bounds(value)
    if ends is None:
        return False
    seen = number(found)
    if seen is not None and math.isnan(seen):
        return False
    inside = seen is not None and ends[0] <= seen <= ends[1]
    return inside if operator == "between" else not inside


def contains_any(operator: str, value: object, text: str) -> bool:
    """`icontains_multi` and its opposite, on texts whose ASCII letters are lower case already."""
    needles = value if isinstance(value, list) else [value]
    inside = any(str(needle).translate(LOWER) in text for needle in needles)
    return inside if operator == "icontains_multi" else not inside


LOWER = str.maketrans("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "abcdefghijklmnopqrstuvwxyz")


def numeric_rows(value: object, found: object) -> set[Row]:
    """The rows that a numeric comparison touches."""
    if number(value) is None:
        return {Row.NOT_NUMERIC}
    odd = (side for side in (value, found) if isinstance(side, str) and number(side) is not None)
    return {Row.NUMERIC_TEXT} if any(not math.isfinite(number(side)) for side in odd) else set()


def compare(operator: str, value: object, found: object) -> bool:
    """`gt` and its siblings."""
    wanted, seen = number(value), number(found)
    if wanted is None or seen is None:
        return False
    return {"gt": seen > wanted, "gte": seen >= wanted, "lt": seen < wanted, "lte": seen <= wanted}[operator]


def date_rows(value: str, found: object, zone: str) -> set[Row]:
    """The rows that `is_date_before` and `is_date_after` touch."""
    rows = set()
    if re.fullmatch(r"\d{4}", str(value)):
        rows.add(Row.DATE_FOUR_DIGITS)
    elif dates.of_filter(str(value), zone) is None:
        rows.add(Row.DATE_UNPARSABLE)
    if dates.is_number(found):
        rows.add(Row.DATE_NUMBER)
    elif dates.of_property(found, zone) is None:
        rows.add(Row.DATE_UNPARSABLE)
    if zone != "UTC":
        rows.add(Row.DATE_ZONE)
    return rows


def semver_rows(operator: str, value: str, found: str) -> set[Row]:
    """The rows that a version comparison touches."""
    rows = set()
    if operator == "semver_wildcard":
        if "*" not in value:
            rows.add(Row.SEMVER_WILDCARD)
        sides = (found,)
    else:
        sides = (value, found)
    for side in sides:
        core = re.split(r"[-+]", side)[0]
        parts = core.strip().lstrip("vV").split(".")
        if re.search(r"[V ]", core) or len(parts) > 3 or any(re.fullmatch(r"0\d+", part) for part in parts):
            rows.add(Row.SEMVER_SPELLING)
        elif semver.parse(side) is None:
            rows.add(Row.SEMVER_UNPARSABLE)
        else:
            rows |= {Row.SEMVER_PRERELEASE} if semver.parse(side)[3] else set()
            rows |= {Row.SEMVER_BUILD} if semver.parse(side)[4] else set()
    return rows


def version_matches(operator: str, value: str, found: str) -> bool:
    """All nine version operators."""
    version = semver.parse(found)
    if version is None:
        return False
    if operator in ("semver_tilde", "semver_caret", "semver_wildcard"):
        return semver.in_range(operator, version, value) or False
    wanted = semver.parse(value)
    return wanted is not None and semver.compare(operator, version, wanted)
