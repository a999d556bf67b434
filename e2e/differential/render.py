"""Writes one world in two languages: Burgee's apply file, and the definitions an SDK would have fetched."""

from __future__ import annotations

import copy

from .world import GROUP_TYPES, STATIC_COHORT, User, World


def apply_file(worlds: list[World]) -> dict:
    """The contents of an instance that holds every world, each as a project of its own."""
    return {"projects": [_project(world) for world in worlds]}


def _project(world: World) -> dict:
    members = [user.distinct_id for user in world.users if user.in_static_cohort]
    environment = {
        "name": "production",
        "token": world.token,
        "timezone": world.timezone,
        "flags": world.flags,
        "persons": [{"distinct_ids": [member], "properties": {}} for member in sorted(set(members))],
        "cohort_members": [{"cohort": STATIC_COHORT, "distinct_ids": sorted(set(members))}],
    }
    return {
        "name": world.name,
        "group_types": list(GROUP_TYPES),
        "cohorts": [_cohort(number, tree) for number, tree in world.cohorts.items()],
        "environments": [environment],
    }


def _cohort(number: int, tree: dict | None) -> dict:
    cohort = {"id": number, "name": f"Cohort {number}", "is_static": tree is None}
    if tree is not None:
        cohort["filters"] = {"properties": tree}
    return cohort


def request(world: World, user: User) -> dict:
    """The body of `POST /flags?v=2` for one user."""
    body = {
        "token": world.token,
        "distinct_id": user.distinct_id,
        "person_properties": user.properties,
        "groups": user.groups,
        "group_properties": user.group_properties,
        "geoip_disable": True,
        "evaluation_runtime": "server",
    }
    if user.device_id is not None:
        body["$device_id"] = user.device_id
    if user.anonymous_id is not None:
        body["$anon_distinct_id"] = user.anonymous_id
    return body


def definitions(world: World) -> dict:
    """What the SDK's local evaluation works from: flags by key with their chains, cohorts, group types."""
    flags = copy.deepcopy(world.flags)
    by_id = {str(flag["id"]): flag for flag in flags}
    for flag in flags:
        for condition in flag["filters"]["groups"]:
            for entry in condition["properties"]:
                if entry["type"] == "flag":
                    entry["dependency_chain"] = _chain(entry["key"], by_id, ())
    for flag in flags:
        for condition in flag["filters"]["groups"]:
            for entry in condition["properties"]:
                if entry["type"] == "flag" and entry["key"] in by_id:
                    entry["key"] = by_id[entry["key"]]["key"]
    return {
        "flags": flags,
        "group_type_mapping": {str(index): name for index, name in enumerate(GROUP_TYPES)},
        "cohorts": {str(number): tree for number, tree in world.cohorts.items() if tree is not None},
    }


def _chain(target: str, by_id: dict, above: tuple[str, ...]) -> list[str]:
    """Keys in the order they must be evaluated, the target last; empty for a cycle or a missing flag."""
    if target not in by_id or target in above:
        return []
    chain: list[str] = []
    for inner in sorted(dependencies(by_id[target])):
        before = _chain(inner, by_id, (*above, target))
        if not before:
            return []
        chain += [key for key in before if key not in chain]
    return [*chain, by_id[target]["key"]]


def dependencies(flag: dict) -> set[str]:
    """Ids of the flags that a flag in stored form asks for."""
    entries = (entry for condition in flag["filters"]["groups"] for entry in condition["properties"])
    return {entry["key"] for entry in entries if entry["type"] == "flag"}


def broken(world: World) -> set[str]:
    """Keys of flags whose dependencies are missing or circular, and of all that depend on those."""
    by_id = {str(flag["id"]): flag for flag in world.flags}
    return {
        flag["key"]
        for flag in world.flags
        if any(not _chain(target, by_id, (str(flag["id"]),)) for target in dependencies(flag))
    }
