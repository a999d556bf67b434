"""What every end-to-end suite shares: one server with the fixture's contents, and how to skip aloud."""

from __future__ import annotations

import os
import pathlib
import sys

import pytest

sys.path.insert(0, str(pathlib.Path(__file__).parent))

from server import PATIENT, serving  # noqa: E402 (the path above makes it importable)

FIXTURES = pathlib.Path(__file__).parent / "fixtures"


@pytest.fixture(scope="session")
def burgee(tmp_path_factory):
    """A server that has `fixtures/instance.json`, in memory, for the whole session."""
    folder = tmp_path_factory.mktemp("burgee")
    with serving(folder, apply=FIXTURES / "instance.json", arguments=PATIENT) as server:
        yield server


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
