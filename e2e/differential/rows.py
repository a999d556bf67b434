"""The rows: every way in which the SDK's local answer may rightly differ from the server's.

The names are those of the table "Server versus SDK local evaluation" in the behaviour notes Burgee was built
from. Rows of that table which `posthog` 7.91 has since taken over from the server (boolean `exact`, case folding,
null properties, step-by-step months, holdouts of persons) need no lesson: the run must find no such difference.
"""

from __future__ import annotations

import enum


class Row(enum.Enum):
    """One known difference. The value is its name in the report."""

    MISSING_PROPERTY = "missing property: the server decides, the SDK asks"
    IS_NOT_SET = "is_not_set of a missing property: true, the SDK asks"
    GROUP_PROPERTIES = "group properties not given: the server decides, the SDK asks"
    NEGATED_LEAF = "negated cohort leaf with a missing key: a match, the SDK asks"
    OPERATORS = "is_date_exact, (not_)between, (not_)icontains_multi: unknown to the SDK"
    NUMBER_TEXT = "text of an integer beyond 64 bits: a float's, the SDK keeps its digits"
    NUMERIC_TEXT = "gt/lt with `inf` or `nan` as text: parsed, the SDK does not"
    NOT_NUMERIC = "gt/lt with a filter that is no number: a miss, the SDK asks"
    DATE_ZONE = "dates without a zone: the environment's zone, the SDK's is UTC"
    DATE_NUMBER = "dates as a number: Unix seconds, the SDK asks"
    DATE_FOUR_DIGITS = "a date filter of four digits: unparsable, the SDK reads a year"
    DATE_UNPARSABLE = "an unparsable date: a miss, the SDK asks"
    REGEX = "regex beyond the shared syntax: matched, the SDK asks"
    SEMVER_PRERELEASE = "semver pre-release: ordered, the SDK strips it"
    SEMVER_BUILD = "semver build metadata: compared, the SDK strips it"
    SEMVER_SPELLING = "semver `V`, spaces, four parts, leading zeros: the two parsers differ"
    SEMVER_WILDCARD = "semver wildcard without a star: a caret, the SDK takes the exact range"
    SEMVER_UNPARSABLE = "an unparsable semver: a miss, the SDK asks"
    COHORT_EXACT = "cohort operator exact: never satisfied, the SDK reads `in`"
    COHORT_UNKNOWN = "unknown or static cohort: an error or the membership, the SDK asks"
    COHORT_EMPTY = "empty OR in a cohort: false, the SDK says true"
    COHORT_UNDER_GROUP = "cohort under group aggregation: the person's properties, the SDK takes the group's"
    ROUTED_BY_TYPE = "person and group filters in one condition: each its own properties, the SDK one map"
    GROUP_KEY = "$group_key given by the caller: overwritten, the SDK keeps it"
    HOLDOUT = "holdout of a group flag without its group: applied, the SDK says false first"
    ENROLLMENT = "enrollment: falls through when absent, read from the person; the SDK asks"
    CONTINUITY = "experience continuity: applied, the SDK asks"
    DEVICE = "device bucketing without a device: withheld only if the hash matters, the SDK asks"
    EMPTY_ID = "empty distinct id: hash 0.0, the SDK hashes the prefix"
    DEPENDENCY_MISSING = "missing or circular dependency: false, the SDK asks"
    DEPENDENCY_IN_CHAIN = "a dependency of or in a group flag: its own identifier, the SDK passes the current one"
    PAYLOAD_OF_FALSE = "payload of a false flag: none, the SDK looks up `false`"


ALL = frozenset(Row)
