"""The official SDKs, unchanged apart from their host, against a real Burgee.

Each SDK has a small program under `sdks/` that asks the calls of `fixtures/calls.json` through the SDK's
own API and prints what the SDK gave its caller. What the answers must be is written in that file, once for all.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import urllib.request

import pytest

from sdk_programs import BUILD, SCENARIO, SDKS, TOKEN, differences, execute, needs


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
    with urllib.request.urlopen(request, timeout=5) as answer:
        flag = json.load(answer)["flags"][story["flag"]]
    # `tester` and the story's identified id share a variant; nobody stored an earlier choice for `tester`.
    assert flag["variant"] == story["without_continuity"] != story["kept"]


def test_rust_gets_right_answers(run, skip_aloud):
    needs(skip_aloud, "cargo")
    manifest = str(SDKS / "rust" / "Cargo.toml")
    target = str(BUILD / "rust")
    # With debug information left out the SDK's dependencies build in about a minute.
    execute("cargo", "build", "--quiet", "--locked", "--manifest-path", manifest, "--target-dir", target)
    answered = run(str(BUILD / "rust" / "debug" / "burgee-e2e-rust"))
    assert differences(answered) == []


def test_go_gets_right_answers(run, skip_aloud):
    needs(skip_aloud, "go")
    program = str(BUILD / "go" / "main")
    execute("go", "build", "-o", program, ".", folder=SDKS / "go")
    answered = run(program)
    assert differences(answered) == []


def test_java_gets_right_answers(run, skip_aloud):
    needs(skip_aloud, "java", "mvn")
    execute("mvn", "--quiet", "--batch-mode", "package", folder=SDKS / "java")
    classes = os.pathsep.join([str(BUILD / "java" / "classes"), f"{BUILD}/java/libraries/*"])
    pom = (SDKS / "java" / "pom.xml").read_text()
    version = pom.split("<posthog.version>")[1].split("<")[0]
    answered = run("java", "-cp", classes, "Main", more=(version,))
    assert differences(answered) == []
