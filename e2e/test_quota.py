"""A quota that is used up and renewed (`burgee quota`) while SDKs poll for definitions: 402 and back
(sdk-protocol trap 5). And what `burgee usage` says of the SDKs afterwards."""

from __future__ import annotations

import json
import subprocess
import sys
import time

import pytest

from sdk_programs import HERE, SDKS, TOKEN, needs
from server import PATIENT, binary, requests, serving
from test_local_evaluation import SECRET, fetch

#: A flag that is on for everybody.
FLAG = "on-for-everyone"

#: Servers read quotas this often, and a quota is lifted after three times that.
REFRESH = ("--quotas-refresh-interval-ms", "200")

#: Longest wait for an SDK to say what is expected of it.
PATIENCE_SECS = 60.0

SERVED = {"alone": True, "asking": True}
REFUSED = {"alone": None, "asking": None}


@pytest.fixture
def database(tmp_path):
    """The URL of a database in a file, so that commands can work on it beside the server."""
    return f"sqlite:{tmp_path / 'burgee.db'}"


@pytest.fixture
def burgee(tmp_path, database):
    """A server of this test's own, which stores usage often."""
    fixture = HERE / "fixtures" / "instance.json"
    arguments = (*PATIENT, *REFRESH, "--usage-flush-interval-ms", "100")
    with serving(tmp_path, database=database, apply=fixture, arguments=arguments) as server:
        yield server


def command(database: str, *arguments: str) -> str:
    """Runs a command of the program on the database and returns what it printed."""
    run = [str(binary()), *arguments, "--database", database]
    done = subprocess.run(run, capture_output=True, text=True, timeout=PATIENCE_SECS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def wait_for(program: subprocess.Popen, expected: dict) -> None:
    """Asks the SDK again and again until it says what is expected."""
    deadline = time.monotonic() + PATIENCE_SECS
    said = None
    while said != expected:
        assert time.monotonic() < deadline, f"{said}, not {expected}"
        time.sleep(0.1)
        program.stdin.write("now\n")
        program.stdin.flush()
        said = json.loads(program.stdout.readline())


def wait_for_not_modified(burgee) -> None:
    """Waits until the SDK has shown its ETag."""
    deadline = time.monotonic() + PATIENCE_SECS
    while "304" not in requests(burgee, "definitions"):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def refused_and_served_again(database: str, burgee, *sdk: str) -> None:
    """An SDK loses its flags with the quota and has them again after it, twice in a row."""
    pipe = subprocess.PIPE
    with subprocess.Popen((*sdk, burgee.url, TOKEN, SECRET, FLAG), stdin=pipe, stdout=pipe, text=True) as program:
        try:
            wait_for(program, SERVED)
            wait_for_not_modified(burgee)
            for _ in range(2):
                command(database, "quota", "set", TOKEN, "--for", "1h")
                wait_for(program, REFUSED)
                command(database, "quota", "lift", TOKEN, *REFRESH)
                wait_for(program, SERVED)
            program.communicate(timeout=PATIENCE_SECS)
        finally:
            program.kill()
    assert program.returncode == 0
    polls = requests(burgee, "definitions")
    # One document at first, and one after each refusal although nothing in it changed.
    assert polls["200"] == 3 and polls["402"] >= 2


def counted(burgee, database: str, library: str) -> dict[str, int]:
    """Requests of an SDK by kind, once all are stored."""
    deadline = time.monotonic() + PATIENCE_SECS
    while burgee.figure("burgee_usage_counts_waiting") != 0:
        assert time.monotonic() < deadline, "usage is not stored"
        time.sleep(0.05)
    report = json.loads(command(database, "usage", "--json"))
    return {line["kind"]: line["requests"] for line in report["usage"] if line["sdk"] == library}


def test_node_loses_its_flags_with_the_quota_and_has_them_again(burgee, database, skip_aloud):
    needs(skip_aloud, "node")
    refused_and_served_again(database, burgee, "node", str(SDKS / "node" / "watching.mjs"))
    assert counted(burgee, database, "posthog-node")["definitions"] == 3


def test_python_loses_its_flags_with_the_quota_and_has_them_again(burgee, database):
    refused_and_served_again(database, burgee, sys.executable, str(SDKS / "python" / "watching.py"))
    usage = counted(burgee, database, "posthog-python")
    # Not the ones that were answered without flags.
    flags = requests(burgee, "flags")["200"]
    assert usage["definitions"] == 3 and 1 <= usage.get("flags", 1) <= flags


def test_a_refusal_says_why(burgee, database):
    command(database, "quota", "set", TOKEN, "--for", "1h")
    deadline = time.monotonic() + PATIENCE_SECS
    while (answer := fetch(burgee, SECRET))[0] != 402:
        assert time.monotonic() < deadline
        time.sleep(0.05)
    assert answer[1]["type"] == "quota_limited" and answer[1]["code"] == "payment_required"
