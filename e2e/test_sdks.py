"""The official SDKs, unchanged apart from their host, against a real Burgee.

Each SDK has a small program under `sdks/` that asks the calls of `fixtures/calls.json` through the SDK's
own API and prints what the SDK gave its caller. What the answers must be is written in that file, once for all.
"""

from __future__ import annotations

import json
import shutil
import sys
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
from server import ANSWER_SECS


def test_python_gets_right_answers(run):
    answered = run(sys.executable, str(SDKS / "python" / "main.py"))
    assert differences(answered) == []


def test_node_gets_right_answers(run, skip_aloud):
    needs(skip_aloud, "node")
    answered = run("node", str(SDKS / "node" / "main.mjs"))
    assert differences(answered) == []


@pytest.fixture
def browser_answers(run, skip_aloud):
    """What posthog-js told its page, in a real Chromium."""
    needs(skip_aloud, "node", "chromium")
    chromium = shutil.which("chromium")
    return run("node", str(SDKS / "browser" / "main.mjs"), more=(chromium,))


def test_a_browser_gets_right_answers_and_keeps_them_over_login_and_reload(browser_answers):
    assert differences(browser_answers) == []
    story = SCENARIO["identify_and_reload"]
    assert browser_answers["identify_and_reload"] == {
        "before": story["kept"],
        "after": story["kept"],
        "reloaded": story["kept"],
        "who": story["identified_id"],
    }
    assert browser_answers["problems"] == []


def test_without_continuity_the_login_would_have_changed_the_variant(burgee):
    """The story above proves something only if the two ids fall into different variants."""
    story = SCENARIO["identify_and_reload"]
    body = {"token": TOKEN, "distinct_id": "tester", "flag_keys_to_evaluate": [story["flag"]]}
    headers = {"Content-Type": "application/json"}
    request = urllib.request.Request(f"{burgee.url}/flags?v=2", json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=ANSWER_SECS) as answer:
        flag = json.load(answer)["flags"][story["flag"]]
    # `tester` and the story's identified id share a variant; nobody stored an earlier choice for `tester`.
    assert flag["variant"] == story["without_continuity"] != story["kept"]


def test_rust_gets_right_answers(run, skip_aloud):
    needs(skip_aloud, "cargo")
    assert differences(run(rust_program())) == []


def test_go_gets_right_answers(run, skip_aloud):
    needs(skip_aloud, "go")
    assert differences(run(go_program())) == []


def test_java_gets_right_answers(run, skip_aloud):
    needs(skip_aloud, "java", "mvn")
    command, version = java_program()
    assert differences(run(*command, more=(version,))) == []
