"""The values that properties and filters are drawn from.

Each property key has the values a user may carry, and each operator the values a filter may hold. Values
that stand for a known difference between SDK and server are in here on purpose; see `rows`.
"""

from __future__ import annotations

import random

GROUP_KEYS = ("acme", "org-9", "org-12", "x", 42)

TEXTS = ("pro", "Pro", "free", "enterprise", "Zürich", "ZÜRICH", "İstanbul", "ΟΔΟΣ", "straße", "a b", "", "true")
NUMBERS = (0, 1, 1.0, 18, 65, "18", "9", "10", "1e3", ".5", "+5", "inf", "nan", "many", -1.5, 1e16, 1e-5, 2**70)
FLAGSHIPS = (True, False, "true", "TRUE", "false", "banana", 1, "1", [], ["true"], ["x"], {})
DATES = (
    "2020-01-01",
    "2024-06-01",
    "2024-06-01T03:00:00Z",
    "2024-06-01T08:00:00+02:00",
    "2024-06-01 06:30:00",
    "2035-01-01T00:00:00",
    "not a date",
    1717225200,
    1717225201.5,
    "1717225200",
    True,
)
VERSIONS = (
    "1.2.3",
    "1.2.4",
    "v1.3.0",
    "V1.2.3",
    "1.2.3-beta.1",
    "1.2.4-alpha",
    "1.2.3+build.5",
    "2.0.0",
    "0.2.3",
    "0.0.3",
    "1.2",
    "3",
    "1.2.3.4",
    "01.2.3",
    " 1.2.3",
    "oops",
    2.1,
)
LISTS = (["a", "b"], [], ["pro"], [1, 2.0, None], "a", {"b": 1, "a": [True]})

PERSON = {
    "plan": TEXTS,
    "city": TEXTS,
    "age": NUMBERS,
    "paying": FLAGSHIPS,
    "joined": DATES,
    "version": VERSIONS,
    "tags": LISTS,
    "nothing": (None,),
}
GROUP = {"tier": TEXTS, "size": NUMBERS, "founded": DATES, "release": VERSIONS, "$group_key": ("acme", "org-9")}

TEXT_OPERATORS = (
    "icontains",
    "not_icontains",
    "starts_with",
    "not_starts_with",
    "ends_with",
    "not_ends_with",
)
PATTERNS = (
    "^p",
    "ro$",
    "[a-z]+",
    "(",
    r"\bpro\b",
    "(?i)PRO",
    "^(?!free)",
    r"(.)\1",
    "pro|free",
    r"^\d+$",
    "",
)
BOUNDS = ([1, 20], [20, 1], ["0", "1e3"], [5], [0, "x"], "0,10")
DATE_FILTERS = ("2024-06-01", "2024-06-01T06:00:00Z", "2024-06-01 12:00:00", "-30d", "3y", "-2m", "2024", "soon")
SEMVER_FILTERS = ("1.2.3", "1.2", "1", "v1.2.3", "1.2.3-beta", "0.2.3", "0.0.3", "1.2.3+build.5", "1.2.3.4", "oops")
WILDCARDS = ("1.*", "1.2.*", "1.2.3", "1.2", "1.*.*", "0.*")


def person_properties(draw: random.Random) -> dict:
    """What a user carries: most keys, each with one of its values."""
    return {key: draw.choice(values) for key, values in PERSON.items() if draw.random() < 0.85}


def group_properties(draw: random.Random) -> dict:
    """What a group carries; `$group_key` only now and then, as callers do that by mistake."""
    kept = {key: draw.choice(values) for key, values in GROUP.items() if draw.random() < 0.85}
    if draw.random() < 0.7:
        kept.pop("$group_key", None)
    return kept


def person_filter(draw: random.Random) -> dict:
    """A filter on one of a person's keys."""
    return _filter(draw, PERSON)


def group_filter(draw: random.Random) -> dict:
    """A filter on one of a group's keys."""
    return _filter(draw, GROUP)


def _filter(draw: random.Random, keys: dict) -> dict:
    key = draw.choice(tuple(keys))
    family = _family(draw, keys[key])
    operator, value = family(draw, keys[key])
    return {"key": key, "operator": operator, "value": value}


def _family(draw: random.Random, values: tuple):
    """The operators that suit a key's values, or with some luck any others."""
    suited = {id(NUMBERS): _numeric, id(DATES): _date, id(VERSIONS): _semver}.get(id(values), _text)
    return draw.choice((suited, suited, suited, _equality, _equality, _text, _presence))


def _equality(draw: random.Random, values: tuple):
    plain = draw.choice(values)
    several = [draw.choice(values) for _ in range(draw.randint(0, 3))]
    value = draw.choice((plain, several, several, draw.choice((True, False, "true", "false", ["true", "false"]))))
    return draw.choice(("exact", "exact", "is_not")), "none" if value is None else value


def _text(draw: random.Random, values: tuple):
    if draw.random() < 0.3:
        return draw.choice(("regex", "not_regex")), draw.choice(PATTERNS)
    if draw.random() < 0.2:
        needles = [draw.choice(("p", "RO", "zür", "1", "x")) for _ in range(draw.randint(0, 2))]
        return draw.choice(("icontains_multi", "not_icontains_multi")), needles
    return draw.choice(TEXT_OPERATORS), draw.choice(("p", "PRO", "e", "zür", "1", "", 1, True))


def _presence(draw: random.Random, values: tuple):
    return draw.choice(("is_set", "is_not_set")), draw.choice(("is_set", True))


def _numeric(draw: random.Random, values: tuple):
    if draw.random() < 0.25:
        return draw.choice(("between", "not_between")), draw.choice(BOUNDS)
    return draw.choice(("gt", "gte", "lt", "lte")), draw.choice((18, "18", 9, "1e3", 0.5, "many", "inf"))


def _date(draw: random.Random, values: tuple):
    operator = draw.choice(("is_date_before", "is_date_after", "is_date_before", "is_date_after", "is_date_exact"))
    return operator, draw.choice(DATE_FILTERS)


def _semver(draw: random.Random, values: tuple):
    if draw.random() < 0.2:
        return "semver_wildcard", draw.choice(WILDCARDS)
    operator = draw.choice(("eq", "neq", "gt", "gte", "lt", "lte", "tilde", "caret"))
    return f"semver_{operator}", draw.choice(SEMVER_FILTERS)
