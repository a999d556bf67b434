"""A copy of the SDK's evaluator that can be taught, row by row, what a server does otherwise.

The copy is the installed module, loaded a second time under no name, with a few of its functions wrapped. A wrapper
acts only for the rows that are switched on; with none switched on the copy answers as the SDK does, which the run checks.
"""

from __future__ import annotations

import contextlib
import dataclasses
import importlib.util
import re
from collections.abc import Iterator

from . import dates, lessons
from .render import broken, definitions
from .rows import Row
from .world import STATIC_COHORT, User, World

_spec = importlib.util.find_spec("posthog.feature_flags")
sdk = importlib.util.module_from_spec(_spec)
_spec.loader.exec_module(sdk)

#: The SDK would ask the server; the server could not evaluate.
ASKS = "(the SDK asks the server)"
FAILED = "(failed)"


class ServerFails(sdk.RequiresServerEvaluation):
    """The server cannot evaluate the flag at all."""


class Project:
    """What the evaluator needs of a world, worked out once."""

    def __init__(self, world: World):
        self.timezone = world.timezone
        self.broken = broken(world)
        loaded = definitions(world)
        self.flags = {flag["key"]: flag for flag in loaded["flags"]}
        self.cohorts = loaded["cohorts"]
        self.group_types = loaded["group_type_mapping"]
        self.sticky = {key for key, flag in self.flags.items() if flag.get("ensure_experience_continuity")}
        self.not_sticky = {
            key: {**flag, "ensure_experience_continuity": False} for key, flag in self.flags.items()
        }


@dataclasses.dataclass
class Turn:
    """One evaluation under way: for whom, of what, and with which lessons."""

    project: Project
    user: User
    lessons: frozenset[Row]
    cohort_depth: int = 0

    def __post_init__(self):
        self.person = dict(self.user.properties)
        self.groups = {
            name: {"$group_key": key, **self.user.group_properties.get(name, {})}
            for name, key in self.user.groups.items()
        }
        if Row.GROUP_KEY in self.lessons:
            for name, key in self.user.groups.items():
                self.groups[name]["$group_key"] = key

    @property
    def flags(self) -> dict:
        """Definitions by key."""
        return self.project.not_sticky if Row.CONTINUITY in self.lessons else self.project.flags


turn: Turn


def learned(*rows: Row) -> bool:
    """True when every one of the rows is switched on, and there is at least one."""
    return bool(rows) and turn.lessons.issuperset(rows)


def evaluate(project: Project, user: User, key: str, rows: frozenset[Row]) -> tuple:
    """(value, payload) of one flag for one user, with the given lessons switched on."""
    global turn
    turn = Turn(project, user, rows)
    flag = turn.flags[key]
    try:
        value = compute(flag)
    except ServerFails:
        return FAILED, None
    except (sdk.InconclusiveMatchError, sdk.RequiresServerEvaluation):
        return ASKS, None
    return value, _payload(flag, value)


def compute(flag: dict):
    """The flag's value, as the SDK's client works it out from the evaluator."""
    if not flag["active"]:
        return False
    if flag["key"] in turn.project.broken and learned(Row.DEPENDENCY_MISSING):
        return False
    if flag.get("ensure_experience_continuity"):
        raise sdk.InconclusiveMatchError("experience continuity")
    index = flag["filters"].get("aggregation_group_type_index")
    if index is None:
        identifier = sdk.resolve_bucketing_value(flag, turn.user.distinct_id, turn.user.device_id)
        return _match(flag, turn.user.distinct_id, turn.person, identifier)
    name = turn.project.group_types[str(index)]
    if name not in turn.user.groups:
        return _without_group(flag)
    key = turn.user.groups[name]
    return _match(flag, key, turn.groups[name], key)


def _match(flag: dict, distinct_id, properties: dict, identifier):
    return sdk.match_feature_flag_properties(
        flag,
        distinct_id,
        properties,
        cohort_properties=turn.project.cohorts,
        flags_by_key=turn.flags,
        evaluation_cache={},
        device_id=turn.user.device_id,
        bucketing_value=identifier,
        group_type_mapping=turn.project.group_types,
        groups=turn.user.groups,
        group_properties=turn.groups,
    )


def _without_group(flag: dict):
    """A group flag whose group was not sent: off, unless something comes before the conditions."""
    if learned(Row.ENROLLMENT) and _enrollment(flag) is not None:
        return _enrollment(flag)
    if learned(Row.HOLDOUT):
        return sdk._get_holdout_variant(flag, "") or False
    return False


def _enrollment(flag: dict) -> bool | None:
    """Whether the person has enrolled, or None where the flag or the person does not say."""
    key = f"$feature_enrollment/{flag['key']}"
    if flag["filters"].get("feature_enrollment") is not True or key not in turn.person:
        return None
    return turn.person[key] in (True, "true")


def _payload(flag: dict, value) -> str | None:
    payloads = flag["filters"].get("payloads", {})
    if value is not False:
        return payloads.get("true" if value is True else value)
    opted_out = flag["active"] and flag["key"] not in turn.project.broken and _enrollment(flag) is False
    if opted_out and learned(Row.ENROLLMENT):
        return payloads.get("true")
    return None if learned(Row.PAYLOAD_OF_FALSE) else payloads.get("false")


# === the wrappers ===


def wrapped(name: str):
    """Replaces one function of the copy by the one below, which gets the original first."""

    def install(wrapper):
        original = getattr(sdk, name)
        setattr(sdk, name, lambda *given, **named: wrapper(original, *given, **named))
        return wrapper

    return install


@wrapped("match_property")
def _property(original, entry, properties, *more):
    operator, value = entry.get("operator") or "exact", entry.get("value")
    if entry["key"] not in properties:
        if learned(_row_of_missing(entry, operator, properties)):
            return lessons.missing(operator, value)
    elif operator in lessons.UNKNOWN_TO_SDK and learned(Row.OPERATORS):
        return _operator_unknown_to_sdk(operator, value, properties[entry["key"]])
    return original(entry, properties, *more)


def _row_of_missing(entry, operator, properties) -> Row:
    if operator in lessons.UNKNOWN_TO_SDK:
        return Row.OPERATORS
    if operator == "is_not_set":
        return Row.IS_NOT_SET
    if turn.cohort_depth and entry.get("negation"):
        return Row.NEGATED_LEAF
    return Row.MISSING_PROPERTY if properties is turn.person else Row.GROUP_PROPERTIES


def _operator_unknown_to_sdk(operator, value, found) -> bool:
    if operator in ("between", "not_between"):
        return lessons.in_range(operator, value, found)
    if operator == "is_date_exact":
        zone = turn.project.timezone
        return dates.matches(operator, dates.of_filter(str(value), zone), dates.of_property(found, zone))
    return lessons.contains_any(operator, value, _text(found).translate(lessons.LOWER))


def _text(value) -> str:
    return sdk._value_to_string(value, sdk.UnresolvedFlagReason.MISSING_CONTEXT)


@wrapped("_json_scalar_to_string")
def _number_text(original, value, reason):
    if isinstance(value, int) and not -(2**63) <= value < 2**64 and learned(Row.NUMBER_TEXT):
        return original(float(value), reason)
    return original(value, reason)


@wrapped("_match_numeric_property")
def _numeric(original, operator, value, found):
    if learned(*lessons.numeric_rows(value, found)):
        return lessons.compare(operator, value, found)
    return original(operator, value, found)


@wrapped("_match_date_property")
def _date(original, operator, value, found):
    zone = turn.project.timezone
    if learned(*lessons.date_rows(value, found, zone)):
        return dates.matches(operator, dates.of_filter(str(value), zone), dates.of_property(found, zone))
    return original(operator, value, found)


@wrapped("_match_semver_property")
def _semver(original, operator, value, found):
    value, found = _text(value), _text(found)
    if learned(*lessons.semver_rows(operator, value, found)):
        return lessons.version_matches(operator, value, found)
    return original(operator, value, found)


@wrapped("_match_regex_property")
def _regex(original, operator, value, found):
    try:
        return original(operator, value, found)
    except sdk.InconclusiveMatchError:
        if not learned(Row.REGEX):
            raise
        matched = re.search(value, _text(found)) is not None
        return matched if operator == "regex" else not matched


@contextlib.contextmanager
def _inside_cohort() -> Iterator[None]:
    turn.cohort_depth += 1
    try:
        yield
    finally:
        turn.cohort_depth -= 1


@wrapped("match_cohort")
def _cohort(original, entry, properties, *more, **named):
    operator = entry.get("operator") or "in"
    if operator == "exact" and learned(Row.COHORT_EXACT):
        return False
    if str(entry["value"]) not in turn.project.cohorts and learned(Row.COHORT_UNKNOWN):
        if entry["value"] != STATIC_COHORT:
            raise ServerFails
        return turn.user.in_static_cohort != (operator == "not_in")
    if properties is not turn.person and learned(Row.COHORT_UNDER_GROUP):
        properties = turn.person
    with _inside_cohort():
        return original(entry, properties, *more, **named)


@wrapped("match_property_group")
def _property_group(original, group, *more, **named):
    if group.get("values") == [] and learned(Row.COHORT_EMPTY):
        return group["type"] == "AND"
    return original(group, *more, **named)


@wrapped("_match_condition_filter")
def _filter(original, entry, properties, *more, **named):
    if not turn.cohort_depth and learned(Row.ROUTED_BY_TYPE):
        if entry["type"] == "person":
            properties = turn.person
        elif entry["type"] == "group":
            name = turn.project.group_types[str(entry["group_type_index"])]
            properties = turn.groups.get(name, {})
    return original(entry, properties, *more, **named)


@wrapped("_evaluate_dependency")
def _dependency(original, key, flags_by_key, cache, *more):
    if not learned(Row.DEPENDENCY_IN_CHAIN):
        return original(key, flags_by_key, cache, *more)
    try:
        depth, turn.cohort_depth = turn.cohort_depth, 0
        cache[key] = compute(flags_by_key[key])
    except sdk.InconclusiveMatchError:
        cache[key] = None
        raise
    finally:
        turn.cohort_depth = depth


@wrapped("match_feature_flag_properties")
def _flag(original, flag, *more, **named):
    if learned(Row.ENROLLMENT) and flag["filters"].get("feature_enrollment") is True:
        if _enrollment(flag) is not None:
            return _enrollment(flag)
        flag = {**flag, "filters": {**flag["filters"], "feature_enrollment": None}}
    return original(flag, *more, **named)


@wrapped("resolve_bucketing_value")
def _identifier(original, flag, distinct_id, device_id=None):
    if _lacks_device(flag) and learned(Row.DEVICE):
        return distinct_id
    sticky = flag["key"] in turn.project.sticky and turn.user.anonymous_id is not None
    if sticky and learned(Row.CONTINUITY):
        return turn.user.anonymous_id
    return original(flag, distinct_id, device_id)


def _lacks_device(flag: dict) -> bool:
    return flag.get("bucketing_identifier") == "device_id" and turn.user.device_id is None


@wrapped("_match_flag_condition")
def _condition(original, flag, distinct_id, condition, *more):
    of_person = condition.get("aggregation_group_type_index") is None
    if learned(Row.DEVICE) and _lacks_device(flag) and of_person and _hash_matters(flag, condition):
        return sdk.ConditionMatch.NO_MATCH, None
    return original(flag, distinct_id, condition, *more)


def _hash_matters(flag: dict, condition: dict) -> bool:
    """Whether another identifier could have given this condition another outcome."""
    if condition.get("rollout_percentage") not in (None, 100):
        return True
    variants = (flag["filters"].get("multivariate") or {}).get("variants", [])
    if condition.get("variant") in [variant["key"] for variant in variants]:
        return False
    shares = [variant["rollout_percentage"] for variant in variants if variant["rollout_percentage"]]
    return bool(shares) and shares[0] != 100


@wrapped("_hash")
def _hash(original, key, identifier, salt="", separator="."):
    if identifier == "" and separator == "." and learned(Row.EMPTY_ID):
        return 0.0
    return original(key, identifier, salt, separator)
