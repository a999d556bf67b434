"""Changes that are pushed to unchanged SDKs.

Those which can only poll have their polls held, as their environment asks for: they poll often, and most of the
time one poll of each is held, so a change arrives at once and costs far fewer requests than it looks. OpenFeature's
web provider does not poll at all: it listens to a stream.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import time

import pytest

from sdk_programs import SDKS, TOKEN, needs
from server import PATIENT, binary, requests, serving
from watching import NODE, PATIENCE_SECS, PYTHON, tells, watching

SECRET = "phs_pushed"
FLAG = "pushed"

#: How long polls are held; SDKs that give up after 10 s are answered after 8.
HOLD_SECS = 8

#: A server that stops may take this long, with polls in its hands that it could hold for longer.
STOPPED_SECS = HOLD_SECS / 2


def contents(active: bool) -> dict:
    """One environment with one flag."""
    flag = {"id": 1, "key": FLAG, "active": active, "filters": {"groups": [{"rollout_percentage": 100}]}}
    environment = {
        "name": "production",
        "token": TOKEN,
        "secret_keys": [SECRET],
        "hold_polls_seconds": HOLD_SECS,
        "flags": [flag],
    }
    return {"projects": [{"name": "Pushed", "environments": [environment]}]}


class Instance:
    """A server, and the database that other processes change under it."""

    def __init__(self, server, database: str, folder):
        self.server = server
        self.database = database
        self.file = folder / "pushed.json"

    def apply(self, active: bool) -> None:
        """Changes the flag as an operator would."""
        self.file.write_text(json.dumps(contents(active)))
        run = [str(binary()), "apply", str(self.file), "--database", self.database]
        done = subprocess.run(run, capture_output=True, text=True, timeout=PATIENCE_SECS, check=False)
        assert done.returncode == 0, done.stderr

    def wait_until_held(self) -> None:
        """Returns when a poll is held."""
        deadline = time.monotonic() + PATIENCE_SECS
        while self.server.figure("burgee_waiting") < 1:
            assert time.monotonic() < deadline, "no poll is held"
            time.sleep(0.02)


@pytest.fixture
def instance(tmp_path):
    """A server of this test's own on a database in a file."""
    database = f"sqlite:{tmp_path / 'burgee.db'}"
    start = tmp_path / "start.json"
    start.write_text(json.dumps(contents(active=False)))
    with serving(tmp_path, database=database, apply=start, arguments=PATIENT) as server:
        yield Instance(server, database, tmp_path)


def says(sdk: subprocess.Popen) -> bool:
    """What the SDK says of the flag by itself."""
    return bool(tells(sdk)["alone"])


def check_pushed(instance: Instance, sdk: subprocess.Popen) -> float:
    """Changes the flag twice while the SDK waits to be told; the longest time until it knew."""
    assert says(sdk) is False
    longest = 0.0
    for active in (True, False):
        instance.wait_until_held()
        instance.apply(active)
        changed = time.monotonic()
        while says(sdk) is not active:
            assert time.monotonic() < changed + PATIENCE_SECS, f"not {active} after {PATIENCE_SECS} s"
            time.sleep(0.005)
        longest = max(longest, time.monotonic() - changed)
    # A poll whose time was up just then is told without being woken, but hardly both times.
    assert instance.server.figure('burgee_wakes_total{reason="change"}') >= 1
    return longest


def test_python_is_told_of_a_change_while_it_polls(instance, record_property):
    with watching(instance.server, PYTHON, SECRET, FLAG) as sdk:
        longest = check_pushed(instance, sdk)
    record_property("posthog (PyPI) knew after, in seconds", f"{longest:.3f}")


def test_node_is_told_of_a_change_while_it_polls(instance, record_property, skip_aloud):
    needs(skip_aloud, "node")
    with watching(instance.server, NODE, SECRET, FLAG) as sdk:
        longest = check_pushed(instance, sdk)
    record_property("posthog-node knew after, in seconds", f"{longest:.3f}")


def test_web_provider_is_told_of_a_change_by_its_stream(instance, record_property, skip_aloud):
    needs(skip_aloud, "node", "chromium")
    program = ("node", str(SDKS / "ofrep" / "browser" / "watching.mjs"))
    with watching(instance.server, program, FLAG, shutil.which("chromium")) as sdk:
        longest = check_pushed(instance, sdk)
        asked = tells(sdk)["asked"]
    # It asked once for each event, and said of which.
    assert [set(query) for query in asked] == [{"flagConfigEtag", "flagConfigLastModified"}] * 2
    assert requests(instance.server, "ofrep") == {"200": 3}
    assert requests(instance.server, "ofrep_events") == {"200": 1}
    record_property("ofrep-web-provider knew after, in seconds", f"{longest:.3f}")


def test_a_server_with_polls_in_its_hands_stops_at_once(instance):
    with watching(instance.server, PYTHON, SECRET, FLAG) as sdk:
        assert says(sdk) is False
        instance.wait_until_held()
        told = time.monotonic()
        instance.server.process.terminate()
        assert instance.server.process.wait(PATIENCE_SECS) == 0
        assert time.monotonic() - told < STOPPED_SECS
