"""What the measured servers hold and are asked: one project of a hundred flags, a thousand persons."""

from __future__ import annotations

import hashlib
import json

TOKEN = "phc_bench"
FLAGS = 100
PERSONS = 1_000

#: Bytes of a request's body; the persons' properties are padded up to it.
BODY_BYTES = 600


def person_properties(number: int) -> dict:
    """Seventeen properties, as an SDK sends them; every other person is on the plan that flags ask for."""
    return {
        "plan": "pro" if number % 2 == 0 else "free",
        "email": f"person{number}@example.com",
        "country": "NL",
        "age": 20 + number % 50,
        "$browser": "Chrome",
        "$browser_version": 131,
        "$os": "Mac OS X",
        "$device_type": "Desktop",
        "$initial_referrer": "direct",
        "created": "2024-03-01T10:00:00Z",
        "seats": number % 100,
        "beta": number % 3 == 0,
        "language": "en-GB",
        "version": "3.14.2",
        "team": "growth",
        "role": "admin",
        "score": 0.5,
    }


def instance() -> dict:
    """The apply file: flag-0 … flag-99, each `plan` is `pro` and a rollout of 50 %."""
    condition = {
        "properties": [{"key": "plan", "type": "person", "operator": "exact", "value": ["pro"]}],
        "rollout_percentage": 50,
    }
    flags = [
        {"id": number + 1, "key": f"flag-{number}", "active": True, "version": 1, "filters": {"groups": [condition]}}
        for number in range(FLAGS)
    ]
    persons = [
        {"distinct_ids": [f"person-{number}"], "properties": person_properties(number)} for number in range(PERSONS)
    ]
    environment = {"name": "production", "token": TOKEN, "flags": flags, "persons": persons}
    return {"projects": [{"name": "Bench", "environments": [environment]}]}


def body_with_properties(number: int) -> str:
    """A request that brings everything the flags ask for, `BODY_BYTES` long."""
    body = {"token": TOKEN, "distinct_id": f"person-{number}", "geoip_disable": True}
    body["person_properties"] = {**person_properties(number), "note": ""}
    body["person_properties"]["note"] = "x" * (BODY_BYTES - len(json.dumps(body)))
    return json.dumps(body)


def body_without_properties(number: int) -> str:
    """A request for a person whom the server must read from its database."""
    return json.dumps({"token": TOKEN, "distinct_id": f"person-{number}", "geoip_disable": True})


def expected_on(number: int) -> set[str]:
    """The flags that must be on for a person."""
    if number % 2:
        return set()
    return {f"flag-{flag}" for flag in range(FLAGS) if _hash(f"flag-{flag}.person-{number}") <= 0.5}


def _hash(text: str) -> float:
    return int(hashlib.sha1(text.encode()).hexdigest()[:15], 16) / float(0xFFFFFFFFFFFFFFF)
