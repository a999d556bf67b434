"""A quota that is used up and renewed (`burgee quota`) while SDKs poll for definitions: 402 and back
(sdk-protocol trap 5). And what `burgee usage` says of the SDKs afterwards."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Sequence

import pytest

from sdk_programs import HERE, TOKEN, go_program, java_program, needs, rust_program
from server import ANSWER_SECS, PATIENT, binary, requests, serving
from test_local_evaluation import SECRET, fetch, poll
from watching import (
    NODE,
    PATIENCE_SECS,
    PYTHON,
    polls,
    tells,
    wait_for_polls,
    wait_until_not_modified,
    wait_until_refusal_is_heard,
    watching,
)

#: A flag that is on for everybody.
FLAG = "on-for-everyone"

#: Servers read quotas this often, and a quota is lifted after three times that.
REFRESH = ("--quotas-refresh-interval-ms", "200")

SERVED = {"alone": True, "asking": True}
REFUSED = {"alone": None, "asking": None}

#: What an SDK says that cannot be kept from asking. That it decided by itself, the server tells: it was not asked.
DECIDED = {"asking": True}


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


def refused_and_served_again(database: str, burgee, sdk: Sequence[str], *, served: dict, refused: dict) -> None:
    """Twice an environment goes over its quota and back while an SDK polls: what the SDK says, and what it is sent."""
    with watching(burgee, sdk, SECRET, FLAG) as program:
        wait_until_not_modified(burgee)
        assert tells(program) == served
        documents = polls(burgee, "200")
        for _ in range(2):
            command(database, "quota", "set", TOKEN, "--for", "1h")
            wait_until_refusal_is_heard(burgee, "402")
            assert tells(program) == refused
            command(database, "quota", "lift", TOKEN, *REFRESH)
            # Nothing in the document changed, but its ETag did.
            documents += 1
            wait_for_polls(burgee, "200", documents)
            wait_until_not_modified(burgee)
            assert tells(program) == served
    assert polls(burgee, "200") == documents
    assert set(requests(burgee, "definitions")) == {"200", "304", "402"}


def etag(burgee) -> str:
    """The ETag of the definitions."""
    with urllib.request.urlopen(poll(burgee, SECRET), timeout=ANSWER_SECS) as answer:
        return answer.headers["ETag"]


def counted(burgee, database: str, library: str) -> dict[str, int]:
    """Requests of an SDK by kind, once all are stored."""
    deadline = time.monotonic() + PATIENCE_SECS
    while burgee.figure("burgee_usage_counts_waiting") != 0:
        assert time.monotonic() < deadline, "usage is not stored"
        time.sleep(0.05)
    report = json.loads(command(database, "usage", "--json"))
    return {line["kind"]: line["requests"] for line in report["usage"] if line["sdk"] == library}


def test_python_loses_its_flags_with_the_quota_and_has_them_again(burgee, database):
    refused_and_served_again(database, burgee, PYTHON, served=SERVED, refused=REFUSED)
    # It asked the server instead, twice, but that was answered without flags and so is not counted.
    assert requests(burgee, "flags") == {"200": 2}
    assert counted(burgee, database, "posthog-python") == {"definitions": 3}


def test_node_loses_its_flags_with_the_quota_and_has_them_again(burgee, database, skip_aloud):
    needs(skip_aloud, "node")
    refused_and_served_again(database, burgee, NODE, served=SERVED, refused=REFUSED)
    assert requests(burgee, "flags") == {"200": 2}
    assert counted(burgee, database, "posthog-node") == {"definitions": 3}


def test_go_loses_its_flags_with_the_quota_and_has_them_again(burgee, database, skip_aloud):
    needs(skip_aloud, "go")
    # It takes a flag that the server does not know for one that is off.
    refused = {"alone": None, "asking": False}
    refused_and_served_again(database, burgee, [go_program("go/watching")], served=SERVED, refused=refused)
    assert requests(burgee, "flags") == {"200": 2}
    assert counted(burgee, database, "posthog-go") == {"definitions": 3}


def test_rust_keeps_its_flags_without_a_quota(burgee, database, skip_aloud):
    needs(skip_aloud, "cargo")
    # It makes nothing of 402, and shows the ETag from before: without another one it would not be sent the document.
    refused_and_served_again(database, burgee, [rust_program("watching")], served=SERVED, refused=SERVED)
    assert requests(burgee, "flags") == {}
    # It keeps no ETag of its first poll.
    assert counted(burgee, database, "posthog-rs") == {"definitions": 4}


def test_java_keeps_its_flags_without_a_quota(burgee, database, skip_aloud):
    needs(skip_aloud, "java", "mvn")
    program, _ = java_program(main="Watching")
    # At 402 it forgets its ETag alone.
    refused_and_served_again(database, burgee, program, served=DECIDED, refused=DECIDED)
    assert requests(burgee, "flags") == {}
    assert counted(burgee, database, "posthog-server") == {"definitions": 3}


def next_answer(burgee, status: int, **headers: str) -> tuple[int, dict]:
    """Asks for definitions until they are no longer answered with this status; returns the first other answer."""
    deadline = time.monotonic() + PATIENCE_SECS
    while (answer := fetch(burgee, SECRET, **headers))[0] == status:
        assert time.monotonic() < deadline, answer
        time.sleep(0.05)
    return answer


def test_a_refusal_says_why_and_is_followed_by_another_etag(burgee, database):
    before = etag(burgee)
    shown = {"If-None-Match": before}
    assert fetch(burgee, SECRET, **shown)[0] == 304
    command(database, "quota", "set", TOKEN, "--for", "1h")
    status, problem = next_answer(burgee, 304, **shown)
    assert (status, problem["type"], problem["code"]) == (402, "quota_limited", "payment_required")
    command(database, "quota", "lift", TOKEN, *REFRESH)
    assert next_answer(burgee, 402, **shown)[0] == 200
    assert etag(burgee) != before
