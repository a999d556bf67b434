"""Flags of a real mix: 2.5 conditions and 4 property filters each, one filter in twelve a regex, a third with variants."""

from __future__ import annotations

import json
import random

KEYS = ("plan", "country", "email", "age", "version", "team", "role", "beta", "seats", "language", "city", "company")


def flag(draw: random.Random, index: int) -> dict:
    """One flag of the mix."""
    filters: dict = {"groups": [condition(draw) for _ in range(draw.choice((1, 2, 3, 4)))]}
    if draw.random() < 0.35:
        filters["multivariate"] = {"variants": [
            {"key": "control", "name": "The control group", "rollout_percentage": 50},
            {"key": "test", "name": "The test group", "rollout_percentage": 50},
        ]}
    if draw.random() < 0.2:
        filters["payloads"] = {"true": json.dumps({"title": "Hello", "limit": draw.randint(1, 100)})}
    name = f"{draw.choice(KEYS)}-{draw.choice(KEYS)}-{index}"
    return {"key": name, "name": f"Flag for {name}", "active": True, "version": 1, "filters": filters}


def condition(draw: random.Random) -> dict:
    """One condition with one or two filters."""
    properties = [property_filter(draw) for _ in range(draw.choice((1, 2)))]
    return {"properties": properties, "rollout_percentage": draw.choice((10, 50, 100, 100)), "variant": None}


def property_filter(draw: random.Random) -> dict:
    """One filter; one in twelve is a regex."""
    key = draw.choice(KEYS)
    if draw.random() < 1 / 12:
        return {"key": key, "type": "person", "operator": "regex", "value": f"^[a-z]+{draw.randint(0, 999)}@example"}
    operator = draw.choice(("exact", "exact", "icontains", "is_not", "gt", "is_set"))
    value = str(draw.randint(0, 99)) if operator == "gt" else [f"value-{draw.randint(0, 999)}", "other"]
    if operator in ("icontains", "is_set"):
        value = f"text-{draw.randint(0, 999)}"
    return {"key": key, "type": "person", "operator": operator, "value": value}


def described(draw: random.Random, index: int, json_bytes: int) -> dict:
    """One flag of the mix with a description that makes its JSON `json_bytes` long, unless it is longer without."""
    made = flag(draw, index)
    lacking = json_bytes - len(json.dumps(made))
    letters = "aeioudlmnrst "
    made["name"] += "".join(draw.choice(letters) for _ in range(lacking))
    return made
