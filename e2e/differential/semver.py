"""Versions as the server reads them: strict SemVer with pre-releases and build metadata, and ranges.

Only what the pools can draw is covered: no comma lists, no `x` wildcards.
"""

from __future__ import annotations

import re

_IDENTIFIERS = r"[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*"
_STRICT = re.compile(rf"(\d+)\.(\d+)\.(\d+)(?:-({_IDENTIFIERS}))?(?:\+({_IDENTIFIERS}))?")


def parse(text: str) -> tuple | None:
    """(major, minor, patch, pre-release, build), or None for what is no version. Missing parts are 0."""
    text = text.removeprefix("v").strip(" ")
    end = min((text.index(mark) for mark in "-+" if mark in text), default=len(text))
    parts = [part.lstrip("0") or "0" if part.isdigit() else part for part in text[:end].split(".")]
    parts += ["0"] * (3 - len(parts))
    found = _STRICT.fullmatch(".".join(parts) + text[end:])
    if found is None:
        return None
    major, minor, patch, pre, build = found.groups()
    return int(major), int(minor), int(patch), pre or "", build or ""


def _identifiers(text: str) -> tuple:
    """A key by which dotted identifiers order: numbers before words, shorter before longer."""
    return tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in text.split("."))


def order(version: tuple) -> tuple:
    """A key by which versions order: a release after its pre-releases, build metadata last of all."""
    major, minor, patch, pre, build = version
    release = (1, ()) if not pre else (0, _identifiers(pre))
    return major, minor, patch, release, (0, ()) if not build else (1, _identifiers(build))


def compare(operator: str, version: tuple, other: tuple) -> bool:
    """The six comparisons."""
    left, right = order(version), order(other)
    return {
        "semver_eq": left == right,
        "semver_neq": left != right,
        "semver_gt": left > right,
        "semver_gte": left >= right,
        "semver_lt": left < right,
        "semver_lte": left <= right,
    }[operator]


def in_range(operator: str, version: tuple, wanted: str) -> bool | None:
    """The three ranges; None for a filter that is no range. `wanted` is the filter's text."""
    if operator == "semver_wildcard":
        parts = [part for part in wanted.split(".") if part != "*"]
        if not all(part.isdigit() for part in parts):
            return None
        numbers = tuple(int(part) for part in parts)
        upper = _caret_end(numbers) if "*" not in wanted else _next(numbers)
        return not version[3] and (*numbers, 0, 0)[:3] <= version[:3] < upper
    lower = parse(wanted)
    if lower is None:
        return None
    upper = _next(lower[:2]) if operator == "semver_tilde" else _caret_end(lower[:3])
    if version[3] and not (lower[3] and version[:3] == lower[:3]):
        return False
    return order((*lower[:4], "")) <= order((*version[:4], "")) and version[:3] < upper


def _next(parts: tuple) -> tuple:
    """The first version after everything that starts with `parts`."""
    return (*parts[:-1], parts[-1] + 1, 0, 0)[:3]


def _caret_end(parts: tuple) -> tuple:
    """The first version that a caret on `parts` no longer admits."""
    for index, part in enumerate(parts):
        if part > 0:
            return _next(parts[: index + 1])
    return _next(parts)
