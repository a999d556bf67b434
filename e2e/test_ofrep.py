"""OpenFeature's providers for its remote evaluation protocol, unchanged, against a real Burgee.

Each provider has a small program under `sdks/ofrep/` that asks the calls of `fixtures/ofrep.json` through
OpenFeature's own API and prints what the SDK gave its caller.
"""

from __future__ import annotations

import json
import shutil
import sys

import pytest

from sdk_programs import HERE, SDKS, TOKEN, execute, go_program, java_program, needs
from server import PATIENT, requests, serving

CALLS_FILE = HERE / "fixtures" / "ofrep.json"
CALLS = json.loads(CALLS_FILE.read_text())["calls"]
PROGRAMS = SDKS / "ofrep"


@pytest.fixture
def burgee(tmp_path):
    """A server of this test's own, whose figures count this test alone."""
    with serving(tmp_path, apply=HERE / "fixtures" / "instance.json", arguments=PATIENT) as server:
        yield server


@pytest.fixture
def run_provider(burgee, record_property):
    """Runs one provider's program and returns what it printed."""

    def run_program(*command: str, more: tuple[str, ...] = (), token: str = TOKEN) -> dict:
        printed = execute(*command, burgee.url, token, str(CALLS_FILE), *more)
        answered = json.loads(printed.splitlines()[-1])
        record_property(answered["sdk"], answered["version"])
        return answered

    return run_program


def expected(call: dict, provider: str) -> dict:
    """What the provider must tell its caller."""
    return {**call, **call.get("but", {}).get(provider, {})}


def differences(answered: dict, provider: str, *, errors: dict[str, str] | None = None) -> list[str]:
    """Every place where the SDK told its caller something else. `errors`: what this provider calls an
    error by another name."""
    found = []
    for call in CALLS:
        wanted, got = expected(call, provider), answered["answers"][call["name"]]
        error = wanted.get("error")
        pairs = [("value", got["value"], wanted["value"])]
        pairs.append(("error", got["error"], (errors or {}).get(error, error)))
        if error is None:
            pairs += [(part, got[part], wanted[part]) for part in ("variant", "reason")]
            pairs += [
                (f"metadata.{name}", got["metadata"].get(name), value)
                for name, value in wanted.get("metadata", {}).items()
            ]
        for part, seen, wish in pairs:
            if seen != wish or isinstance(seen, bool) != isinstance(wish, bool):
                found.append(f"{call['name']}: {part} is {seen!r}, not {wish!r}")
    return found


def check_refused(answered: dict) -> None:
    """Nobody's token: every caller got its default, with an error. A context that cannot be read is told
    before that."""
    for call in CALLS:
        got = answered["answers"][call["name"]]
        error = "INVALID_CONTEXT" if call.get("error") == "INVALID_CONTEXT" else "GENERAL"
        assert (got["value"], got["error"]) == (call["default"], error), call["name"]


def test_python_provider(run_provider):
    command = (sys.executable, str(PROGRAMS / "python" / "main.py"))
    assert differences(run_provider(*command), "python") == []
    check_refused(run_provider(*command, token="phc_nobody"))


def test_server_javascript_provider(run_provider, skip_aloud):
    needs(skip_aloud, "node")
    command = ("node", str(PROGRAMS / "node" / "main.mjs"))
    assert differences(run_provider(*command), "node") == []
    check_refused(run_provider(*command, token="phc_nobody"))


def test_go_provider(run_provider, skip_aloud):
    needs(skip_aloud, "go")
    command = (go_program("ofrep/go"),)
    assert differences(run_provider(*command), "go") == []
    check_refused(run_provider(*command, token="phc_nobody"))


def test_java_provider(run_provider, skip_aloud):
    needs(skip_aloud, "java", "mvn")
    command, version = java_program("ofrep/java")
    answered = run_provider(*command, more=(version,))
    # It takes every 400 for a bad context.
    assert differences(answered, "java", errors={"TARGETING_KEY_MISSING": "INVALID_CONTEXT"}) == []
    check_refused(run_provider(*command, more=(version,), token="phc_nobody"))


def test_web_provider_in_a_browser(burgee, run_provider, skip_aloud):
    needs(skip_aloud, "node", "chromium")
    command = ("node", str(PROGRAMS / "browser" / "main.mjs"))
    more = (shutil.which("chromium"),)
    answered = run_provider(*command, more=more)
    # It does not start without its flags, and says no more of why.
    unstarted = {"TARGETING_KEY_MISSING": "GENERAL", "INVALID_CONTEXT": "GENERAL"}
    assert differences(answered, "web", errors=unstarted) == []
    # The targeting key stays and so does the provider's ETag: it is told when nothing changed for the
    # subject, and only then.
    assert answered["story"] == {
        "values": [True, True, False, False],
        "statuses": [200, 304, 200, 304],
    }
    statuses = requests(burgee, "ofrep")
    assert statuses["304"] == 2 and statuses["400"] == 2
