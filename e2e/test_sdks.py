"""The official SDKs, unchanged apart from their host, against a real Burgee.

Each SDK has a small program under `sdks/` that asks the calls of `fixtures/calls.json` through the SDK's
own API and prints what the SDK gave its caller. What the answers must be is written in that file, once for all.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys
import urllib.request

import pytest

HERE = pathlib.Path(__file__).resolve().parent
SDKS = HERE / "sdks"
BUILD = HERE.parent / ".e2e"
TOKEN = "phc_real_sdks"

#: Seconds an SDK's program may take, building included.
PROGRAM_SECS = 900

SCENARIO = json.loads((HERE / "fixtures" / "calls.json").read_text())
FLAGS = SCENARIO["unless_said"]["flags"]
PAYLOADS = SCENARIO["unless_said"]["payloads"]
ABSENT = (SCENARIO["unknown_flag"], SCENARIO["inactive_flag"])


@pytest.fixture
def calls_file(tmp_path):
    """The scenario as the programs read it: with every key they must ask for."""
    path = tmp_path / "calls.json"
    path.write_text(json.dumps({**SCENARIO, "keys": [*FLAGS, *ABSENT]}))
    return path


@pytest.fixture
def run(burgee, calls_file, record_property):
    """Runs one SDK's program and returns what it printed."""

    def run_program(*command: str, more: tuple[str, ...] = (), folder: pathlib.Path = HERE) -> dict:
        printed = execute(*command, burgee.url, TOKEN, str(calls_file), *more, folder=folder)
        answered = json.loads(printed.splitlines()[-1])
        record_property(answered["sdk"], answered["version"])
        return answered

    return run_program


def execute(*command: str, folder: pathlib.Path = HERE) -> str:
    """Runs a program to its end and returns its output; a failure shows what it wrote."""
    done = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=PROGRAM_SECS, check=False
    )
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout


def as_json(payload):
    """A payload as a value: some SDKs hand the JSON text to their caller, some the parsed value."""
    if isinstance(payload, str):
        return json.loads(payload) if payload else None
    return payload


def differences(answered: dict) -> list[str]:
    """Every place where an SDK told its caller something else than expected."""
    found = []
    for call in SCENARIO["calls"]:
        flags = {**FLAGS, **call.get("flags", {})}
        payloads = {**PAYLOADS, **call.get("payloads", {})}
        answer = answered["answers"][call["name"]]
        for key, expected in flags.items():
            seen = [("flag", answer["one_by_one"][key], expected)]
            seen.append(("enabled", answer["enabled"][key], expected is not False))
            seen.append(("payload", as_json(answer["payloads"][key]), payloads.get(key)))
            if "together" in answer:
                seen.append(("together", answer["together"].get(key), expected))
            for what, got, wanted in seen:
                if got != wanted or isinstance(got, bool) != isinstance(wanted, bool):
                    found.append(f"{call['name']}: {what} of {key} is {got!r}, not {wanted!r}")
        for key in ABSENT:
            if answer["one_by_one"][key] not in (None, False) or answer["enabled"][key]:
                found.append(f"{call['name']}: {key} is {answer['one_by_one'][key]!r}")
            if key in answer.get("together", {}):
                found.append(f"{call['name']}: {key} is among all flags")
    return found


def needs(skip_aloud, *tools: str) -> None:
    """Skips, aloud, where a tool is not installed."""
    for tool in tools:
        if shutil.which(tool) is None:
            skip_aloud(f"`{tool}` is not installed")


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
