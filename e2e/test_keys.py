"""Keys of SDKs that evaluate flags themselves: revoked and rotated with `burgee key` while they poll, and an
SDK from before the present path of definitions."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence

import pytest

from sdk_programs import (
    BUILD,
    HERE,
    PROGRAM_SECS,
    SCENARIO,
    SDKS,
    TOKEN,
    differences,
    execute,
    go_program,
    java_program,
    needs,
    rust_program,
)
from server import PATIENT, binary, requests, serving
from test_local_evaluation import SECRET
from watching import (
    NODE,
    PATIENCE_SECS,
    PYTHON,
    polls,
    tells,
    wait_until_not_modified,
    wait_until_refusal_is_heard,
    watching,
)

#: A flag that is on for everybody.
FLAG = "on-for-everyone"

#: Where `install.sh` puts PyPI's posthog 3.7.0.
OLD_PYTHON = BUILD / "posthog-3.7.0"


@pytest.fixture
def database(tmp_path):
    """The URL of a database in a file, so that `burgee key` can work on it beside the server."""
    return f"sqlite:{tmp_path / 'burgee.db'}"


@pytest.fixture
def burgee(tmp_path, database):
    """A server of this test's own."""
    fixture = HERE / "fixtures" / "instance.json"
    with serving(tmp_path, database=database, apply=fixture, arguments=PATIENT) as server:
        yield server


def key(database: str, *arguments: str, given: str = "") -> str:
    """Runs `burgee key` and returns what it printed; `given` is its standard input."""
    command = [str(binary()), "key", *arguments, "--database", database]
    done = subprocess.run(command, input=given, capture_output=True, text=True, timeout=PATIENCE_SECS, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def before_and_after(database: str, burgee, sdk: Sequence[str]) -> tuple[dict, dict]:
    """What an SDK says of the flag before and after its key is revoked."""
    with watching(burgee, sdk, SECRET, FLAG) as program:
        wait_until_not_modified(burgee)
        before = tells(program)
        documents = polls(burgee, "200")
        assert "is revoked" in key(database, "revoke", "-", given=SECRET)
        wait_until_refusal_is_heard(burgee, "401")
        after = tells(program)
    assert polls(burgee, "200") == documents
    return before, after


def test_python_forgets_its_flags_when_its_key_is_revoked(burgee, database):
    before, after = before_and_after(database, burgee, PYTHON)
    assert before == {"alone": True, "asking": True}
    # The server still answers, since that takes the public token alone.
    assert after == {"alone": None, "asking": True}
    assert requests(burgee, "flags") == {"200": 1}


def test_node_keeps_its_flags_when_its_key_is_revoked(burgee, database, skip_aloud):
    needs(skip_aloud, "node")
    before, after = before_and_after(database, burgee, NODE)
    assert before == after == {"alone": True, "asking": True}
    assert requests(burgee, "flags") == {}


def test_go_keeps_its_flags_when_its_key_is_revoked(burgee, database, skip_aloud):
    needs(skip_aloud, "go")
    before, after = before_and_after(database, burgee, [go_program("go/watching")])
    assert before == after == {"alone": True, "asking": True}
    assert requests(burgee, "flags") == {}


def test_rust_keeps_its_flags_when_its_key_is_revoked(burgee, database, skip_aloud):
    needs(skip_aloud, "cargo")
    before, after = before_and_after(database, burgee, [rust_program("watching")])
    assert before == after == {"alone": True, "asking": True}
    assert requests(burgee, "flags") == {}


def test_java_keeps_its_flags_when_its_key_is_revoked(burgee, database, skip_aloud):
    needs(skip_aloud, "java", "mvn")
    program, _ = java_program(main="Watching")
    before, after = before_and_after(database, burgee, program)
    # It cannot be kept from asking the server, but did not ask.
    assert before == after == {"asking": True}
    assert requests(burgee, "flags") == {}


def test_a_rotated_key_and_the_old_one_are_both_let_in(burgee, database, calls_file):
    new = key(database, "rotate", "-", "--overlap", "1h", given=SECRET)
    for secret in (SECRET, new):
        program = str(SDKS / "python" / "main.py")
        printed = execute(sys.executable, program, burgee.url, TOKEN, str(calls_file), secret)
        assert json.loads(printed.splitlines()[-1])["alone"] == SCENARIO["decided_locally"]["flags"]
    assert set(requests(burgee, "definitions")) == {"200", "304"}


def test_python_3_7_0_evaluates_by_itself_on_the_old_path(burgee, calls_file, skip_aloud, record_property):
    if not OLD_PYTHON.is_dir():
        skip_aloud("PyPI's posthog 3.7.0 is not installed")
    command = [sys.executable, str(SDKS / "python" / "main.py"), burgee.url, TOKEN, str(calls_file), SECRET]
    environment = {**os.environ, "PYTHONPATH": str(OLD_PYTHON)}
    done = subprocess.run(
        command, env=environment, capture_output=True, text=True, timeout=PROGRAM_SECS, check=False
    )
    assert done.returncode == 0, done.stderr
    answered = json.loads(done.stdout.splitlines()[-1])
    record_property("posthog (PyPI), old", answered["version"])
    assert answered["version"] == "3.7.0"
    # It knows neither dependencies nor ETags.
    assert answered["alone"] == {**SCENARIO["decided_locally"]["flags"], "needs-pro-plan": None}
    assert differences(answered) == []
    polls = requests(burgee, "definitions")
    assert set(polls) == {"200"} and polls["200"] >= 2
