"""Holds the differential run to its promises."""

from __future__ import annotations

import pytest

from . import run

#: A run with fewer decisions would prove too little.
DECISIONS_MIN = 5000


@pytest.fixture(scope="module")
def report():
    return run.run()


def test_every_difference_from_the_sdk_is_a_known_row(report, capsys):
    with capsys.disabled():
        print(f"\n{report}")
    assert report.unexplained == []
    assert report.decisions >= DECISIONS_MIN


def test_the_copy_without_lessons_is_the_sdk(report):
    assert report.copy_departs == []
