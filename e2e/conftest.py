"""What every end-to-end suite shares: one server with the fixture's contents, and how to skip aloud."""

from __future__ import annotations

import json
import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from sdk_programs import ABSENT, FLAGS, HERE, SCENARIO, TOKEN, execute  # noqa: E402 (the path above makes it importable)
from server import PATIENT, serving  # noqa: E402

FIXTURES = pathlib.Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def burgee(tmp_path_factory):
    """A server that has `fixtures/instance.json`, in memory, for the whole session."""
    folder = tmp_path_factory.mktemp("burgee")
    with serving(folder, apply=FIXTURES / "instance.json", arguments=PATIENT) as server:
        yield server


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


@pytest.fixture
def skip_aloud():
    """Skips for want of a tool; under CI, where everything must be there, fails instead."""

    def skip(why: str) -> None:
        if os.environ.get("CI") == "true":
            pytest.fail(f"{why}; CI must have it")
        pytest.skip(why)

    return skip


def pytest_terminal_summary(terminalreporter):
    """Says which SDKs were tried, in which version, and which were not."""
    skipped = terminalreporter.stats.get("skipped", [])
    for report in skipped:
        terminalreporter.write_line(f"NOT TRIED: {report.nodeid}: {report.longrepr[2]}")
    for name, value in _properties(terminalreporter):
        terminalreporter.write_line(f"{name}: {value}")


def _properties(terminalreporter):
    for report in terminalreporter.stats.get("passed", []):
        if report.when == "call":
            yield from report.user_properties
