"""Invents projects: group types, cohorts, flags that depend on each other, and users who ask.

Everything follows from one seed. The values are drawn from small pools on purpose, so that filters match
about as often as they miss and the odd corners (empty lists, `inf`, pre-releases) come up thousands of times.
"""

from __future__ import annotations

import dataclasses
import random

from . import pools

FLAGS = 20
USERS = 18
COHORTS = 7
GROUP_TYPES = ("company", "project")
ZONES = ("UTC", "America/Los_Angeles", "Asia/Kolkata")

#: Cohort ids with a meaning of their own: the last two of a project, and one that nobody declares.
EMPTY_COHORT = 6
STATIC_COHORT = 7
UNKNOWN_COHORT = 999


@dataclasses.dataclass
class User:
    """One subject, as a request brings it."""

    distinct_id: str
    properties: dict
    groups: dict
    group_properties: dict
    device_id: str | None
    anonymous_id: str | None
    in_static_cohort: bool


@dataclasses.dataclass
class World:
    """One project with one environment. Flags are in Burgee's stored form."""

    name: str
    timezone: str
    cohorts: dict[int, dict | None]
    flags: list[dict]
    users: list[User]

    @property
    def token(self) -> str:
        """The public token of the environment."""
        return f"phc_{self.name}"


def invent(seed: int, index: int) -> World:
    """World number `index` of a seed."""
    draw = random.Random(f"{seed}/{index}")
    name = f"world_{seed}_{index}"
    cohorts = {number: _cohort(draw, number) for number in range(1, COHORTS + 1)}
    flags = [_flag(draw, number, cohorts) for number in range(1, FLAGS + 1)]
    if draw.random() < 0.3:
        _close_a_cycle(flags)
    users = [_user(draw, number) for number in range(USERS)]
    return World(name, draw.choice(ZONES), cohorts, flags, users)


# === cohorts ===


def _cohort(draw: random.Random, number: int) -> dict | None:
    if number == STATIC_COHORT:
        return None
    if number == EMPTY_COHORT:
        return {"type": "OR", "values": []}
    groups = [_cohort_group(draw, number) for _ in range(draw.randint(1, 3))]
    return {"type": draw.choice(("AND", "OR")), "values": groups}


def _cohort_group(draw: random.Random, number: int) -> dict:
    leaves = [_cohort_leaf(draw, number) for _ in range(draw.randint(1, 2))]
    return {"type": draw.choice(("AND", "OR")), "values": leaves}


def _cohort_leaf(draw: random.Random, number: int) -> dict:
    if number > 1 and draw.random() < 0.2:
        operator = draw.choice(("in", "in", "not_in"))
        leaf = {"key": "id", "type": "cohort", "operator": operator, "value": draw.randint(1, number - 1)}
    else:
        leaf = {"type": "person", **pools.person_filter(draw)}
    if draw.random() < 0.25:
        leaf["negation"] = True
    return leaf


# === flags ===


def _flag(draw: random.Random, number: int, cohorts: dict) -> dict:
    aggregation = draw.choice((None, None, None, 0, 1))
    filters: dict = {"groups": []}
    if aggregation is not None:
        filters["aggregation_group_type_index"] = aggregation
    if draw.random() < 0.45:
        filters["multivariate"] = {"variants": _variants(draw)}
    conditions = draw.choice((0, 1, 1, 2, 2, 3))
    filters["groups"] = [_condition(draw, number, aggregation, filters) for _ in range(conditions)]
    _maybe_unknown_cohort(draw, number, filters["groups"])
    filters.update(_extras(draw))
    flag = {"id": number, "key": f"flag-{number}", "name": "", "version": 1, "filters": filters}
    flag["active"] = draw.random() < 0.95
    if not flag["active"]:
        _forget_dependencies(filters["groups"])
    if aggregation is None and draw.random() < 0.1:
        flag["bucketing_identifier"] = "device_id"
    elif draw.random() < 0.07:
        flag["ensure_experience_continuity"] = True
    return flag


def _variants(draw: random.Random) -> list[dict]:
    weights = draw.choice(
        ((50, 50), (33.33, 33.33, 33.34), (100, 0), (0, 100), (10, 20, 30, 40), (20, 20), (1.01, 10.02, 88.97))
    )
    return [{"key": f"variant-{index}", "rollout_percentage": weight} for index, weight in enumerate(weights)]


def _condition(draw: random.Random, number: int, aggregation: int | None, filters: dict) -> dict:
    condition: dict = {"rollout_percentage": draw.choice((100, 100, 100, None, 0, 12.5, 50, 50, 66.67, 99.9))}
    index = aggregation
    if aggregation is None and draw.random() < 0.15:
        index = draw.choice((0, 1))
        condition["aggregation_group_type_index"] = index
    condition["properties"] = [_filter(draw, number, index) for _ in range(draw.choice((0, 1, 1, 1, 2, 3)))]
    if "multivariate" in filters and draw.random() < 0.25:
        condition["variant"] = draw.choice(("variant-0", "variant-1", "undeclared"))
    return condition


def _filter(draw: random.Random, number: int, index: int | None) -> dict:
    kind = draw.random()
    if kind < 0.14:
        operator = draw.choice(("in", "in", "in", "not_in", "exact"))
        return {"key": "id", "type": "cohort", "operator": operator, "value": draw.randint(1, COHORTS)}
    if kind < 0.28 and number > 1:
        wanted = draw.choice((True, True, False, "variant-0", "variant-1"))
        return {"key": str(_target(draw, number)), "type": "flag", "operator": "flag_evaluates_to", "value": wanted}
    if index is not None and kind < 0.8 or kind > 0.95:
        group = draw.choice((0, 1)) if index is None else index
        return {"type": "group", "group_type_index": group, **pools.group_filter(draw)}
    chosen = {"type": "person", **pools.person_filter(draw)}
    if draw.random() < 0.05:
        chosen["negation"] = True
    return chosen


def _target(draw: random.Random, number: int) -> int:
    """An earlier flag, or now and then one that nobody declares."""
    return 9999 if draw.random() < 0.06 else draw.randint(1, number - 1)


def _maybe_unknown_cohort(draw: random.Random, number: int, conditions: list[dict]) -> None:
    """Lets one of the last flags, on which no other depends, name a cohort that does not exist."""
    if number == FLAGS and conditions:
        filters = [entry for entry in conditions[-1]["properties"] if entry["type"] != "cohort"]
        unknown = {"key": "id", "type": "cohort", "operator": "in", "value": UNKNOWN_COHORT}
        conditions[-1]["properties"] = [*filters, unknown]


def _extras(draw: random.Random) -> dict:
    extras: dict = {}
    if draw.random() < 0.2:
        extras["early_exit"] = True
    if draw.random() < 0.12:
        extras["holdout"] = {"id": draw.randint(1, 9), "exclusion_percentage": draw.choice((10, 50, 95, 100))}
    if draw.random() < 0.08:
        extras["feature_enrollment"] = True
    if draw.random() < 0.5:
        extras["payloads"] = {"true": '{"a": 1}', "variant-0": '"text"'}
        if draw.random() < 0.15:
            extras["payloads"]["false"] = '"off"'
    return extras


def _forget_dependencies(conditions: list[dict]) -> None:
    """An inactive flag reads as off for its dependents, so what it depends on must not matter."""
    for condition in conditions:
        condition["properties"] = [entry for entry in condition["properties"] if entry["type"] != "flag"]


def _close_a_cycle(flags: list[dict]) -> None:
    """Makes two flags depend on each other: the one before the last, and an earlier one."""
    for flag, target in ((flags[4], flags[-2]), (flags[-2], flags[4])):
        link = {"key": str(target["id"]), "type": "flag", "operator": "flag_evaluates_to", "value": True}
        flag["active"] = True
        flag["filters"]["groups"].append({"properties": [link], "rollout_percentage": 100})


# === users ===


def _user(draw: random.Random, number: int) -> User:
    odd = {0: "", 1: "ünïcødé-😀", 2: "user.with.dots"}
    groups = {name: draw.choice(pools.GROUP_KEYS) for name in GROUP_TYPES if draw.random() < 0.6}
    group_properties = {}
    for name in groups:
        if draw.random() < 0.8:
            group_properties[name] = pools.group_properties(draw)
    properties = pools.person_properties(draw)
    for flag in range(1, FLAGS + 1):
        if draw.random() < 0.2:
            properties[f"$feature_enrollment/flag-{flag}"] = draw.choice((True, "true", False, "false"))
    return User(
        distinct_id=odd.get(number, f"user-{number}-{draw.randint(1, 10_000)}"),
        properties=properties,
        groups=groups,
        group_properties=group_properties,
        device_id=f"device-{draw.randint(1, 99)}" if draw.random() < 0.5 else None,
        anonymous_id=f"anon-{draw.randint(1, 99)}" if draw.random() < 0.3 else None,
        in_static_cohort=number > 0 and draw.random() < 0.3,
    )
