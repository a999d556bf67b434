"""Official SDKs that evaluate flags themselves, from the definitions that a real Burgee sends.

What an SDK tells its caller must be the same as when the server is asked for everything
(`fixtures/calls.json`), and where a call brings all that is needed the SDK must not ask at all.
"""

from __future__ import annotations

import json
import sys
import urllib.error
import urllib.request

import pytest

from sdk_programs import (
    SCENARIO,
    SDKS,
    TOKEN,
    differences,
    go_program,
    java_program,
    needs,
    rust_program,
)
from server import ANSWER_SECS, PATIENT, requests, serving

SECRET = "phs_real_sdks"


@pytest.fixture
def burgee(tmp_path):
    """A server of this test's own, whose figures count this test alone."""
    with serving(tmp_path, apply=SDKS.parent / "fixtures" / "instance.json", arguments=PATIENT) as server:
        yield server


def poll(server, key: str, **headers: str) -> urllib.request.Request:
    """The request for definitions that an SDK would send."""
    url = f"{server.url}/flags/definitions?token={TOKEN}&send_cohorts"
    return urllib.request.Request(url, headers={"Authorization": f"Bearer {key}", **headers})


def fetch(server, key: str, **headers: str) -> tuple[int, dict]:
    """Asks for the definitions as an SDK would; returns the status, and the document or problem, empty at 304."""
    try:
        with urllib.request.urlopen(poll(server, key, **headers), timeout=ANSWER_SECS) as answer:
            return answer.status, json.load(answer)
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read() or "{}")


def check(server, answered: dict, *, undecided: tuple[str, ...] = (), documents: int = 1) -> None:
    """The SDK decided by itself what it could, all but `undecided`, and was told when nothing had
    changed: it was sent the definitions `documents` times."""
    expected = SCENARIO["decided_locally"]["flags"]
    assert answered["alone"] == {**expected, **dict.fromkeys(undecided)}
    polls = requests(server, "definitions")
    assert set(polls) == {"200", "304"} and polls["200"] == documents and polls["304"] >= 1


def test_python_evaluates_by_itself(burgee, run):
    answered = run(sys.executable, str(SDKS / "python" / "main.py"), more=(SECRET,))
    check(burgee, answered)
    assert differences(answered) == []


def test_node_evaluates_by_itself(burgee, run, skip_aloud):
    needs(skip_aloud, "node")
    answered = run("node", str(SDKS / "node" / "main.mjs"), more=(SECRET,))
    check(burgee, answered)
    assert differences(answered) == []


def test_rust_evaluates_by_itself(burgee, run, skip_aloud):
    needs(skip_aloud, "cargo")
    answered = run(rust_program(), more=(SECRET,))
    # It keeps no ETag of its first poll, and looks for dependencies under another name.
    check(burgee, answered, undecided=("needs-pro-plan",), documents=2)


def test_go_evaluates_by_itself(burgee, run, skip_aloud):
    needs(skip_aloud, "go")
    answered = run(go_program(), more=(SECRET,))
    # It takes a flag that it does not find for one that is off; a number in a text is beyond it.
    assert answered["alone"].pop(SCENARIO["unknown_flag"]) is False
    answered["alone"][SCENARIO["unknown_flag"]] = None
    check(burgee, answered, undecided=("for-big-companies",))


def test_java_evaluates_by_itself(burgee, run, skip_aloud):
    needs(skip_aloud, "java", "mvn")
    command, version = java_program()
    answered = run(*command, more=(version, SECRET))
    # It cannot be kept from asking the server, so it was asked only what the call decides; of that it
    # asked about the group's property, which it never decides by itself.
    answered["alone"] = {**dict.fromkeys(SCENARIO["decided_locally"]["flags"]), **answered["alone"]}
    check(burgee, answered)
    assert requests(burgee, "flags") == {"200": 1}


def test_a_wrong_key_is_told_so(burgee):
    status, document = fetch(burgee, SECRET)
    assert status == 200 and [flag["key"] for flag in document["flags"]] == sorted(
        flag["key"] for flag in document["flags"]
    )
    status, problem = fetch(burgee, "phs_somebody_elses")
    assert (status, problem["code"]) == (401, "authentication_failed")
