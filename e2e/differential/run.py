"""Compares Burgee's answers over HTTP with the SDK's own, and explains every difference.

`python -m differential.run` (from `e2e/`) prints the report; `test_differential.py` holds it to its promises.
"""

from __future__ import annotations

import collections
import dataclasses
import http.client
import json
import pathlib
import subprocess
import sys
import tempfile
import urllib.parse

import server

from . import corrected, pristine, render, world
from .rows import ALL, Row

SEEDS = (20261121, 77)
WORLDS_PER_SEED = 25

#: Seconds that loading all worlds may take.
APPLY_SECS = 120


@dataclasses.dataclass
class Report:
    """What the run found."""

    decisions: int = 0
    equal: int = 0
    asks: int = 0
    explained: collections.Counter = dataclasses.field(default_factory=collections.Counter)
    unexplained: list[str] = dataclasses.field(default_factory=list)
    copy_departs: list[str] = dataclasses.field(default_factory=list)

    def __str__(self) -> str:
        rows: collections.Counter = collections.Counter()
        for reasons, count in self.explained.items():
            for row in reasons:
                rows[row] += count
        lines = [
            f"seeds {', '.join(map(str, SEEDS))}: {self.decisions} decisions, {self.equal} equal, "
            f"{sum(self.explained.values())} explained, {len(self.unexplained)} unexplained",
            f"(the SDK alone could not decide {self.asks} of them)",
            "rows by the number of differences they explain, alone or together with another:",
        ]
        lines += [f"{rows[row]:7}  {row.value}" for row in sorted(Row, key=lambda row: -rows[row])]
        return "\n".join([*lines, *self.unexplained[:20]])


def run() -> Report:
    """The whole run: every seed, every world, every user, every flag."""
    worlds = [world.invent(seed, index) for seed in SEEDS for index in range(WORLDS_PER_SEED)]
    report = Report()
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        database = f"sqlite:{folder / 'differential.db'}"
        apply_worlds(folder, database, worlds)
        with server.serving(folder, database=database, arguments=server.PATIENT) as burgee:
            connection = http.client.HTTPConnection(urllib.parse.urlsplit(burgee.url).netloc, timeout=60)
            for each in worlds:
                compare_world(connection, each, report)
            connection.close()
    return report


def apply_worlds(folder: pathlib.Path, database: str, worlds: list[world.World]) -> None:
    """Loads every world, as it is: cycles and odd variant sums included."""
    path = folder / "worlds.json"
    path.write_text(json.dumps(render.apply_file(worlds)))
    command = [str(server.binary()), "apply", str(path), "--lenient", "--database", database]
    done = subprocess.run(command, capture_output=True, text=True, timeout=APPLY_SECS, check=False)
    if done.returncode != 0:
        raise RuntimeError(f"burgee apply failed:\n{done.stdout}\n{done.stderr}")


def compare_world(connection: http.client.HTTPConnection, each: world.World, report: Report) -> None:
    """Every decision of one world."""
    project = corrected.Project(each)
    client = pristine.Client(each)
    try:
        for user in each.users:
            of_server = ask_server(connection, each, user)
            for key, of_sdk in client.answers(user).items():
                place = f"{each.name}, {user.distinct_id!r}, {key}"
                if corrected.evaluate(project, user, key, frozenset()) != of_sdk:
                    report.copy_departs.append(place)
                compare(project, user, key, (of_sdk, of_server[key]), (place, report))
    finally:
        client.close()


def compare(project, user, key: str, answers: tuple, record: tuple[str, Report]) -> None:
    """One decision: equal, explained by rows, or neither."""
    of_sdk, of_server = answers
    place, report = record
    report.decisions += 1
    report.asks += of_sdk[0] == corrected.ASKS
    if of_sdk == of_server:
        report.equal += 1
        return
    reasons = explain(project, user, key, of_server)
    if reasons is None:
        lesson = corrected.evaluate(project, user, key, ALL)
        report.unexplained.append(f"{place}: server {of_server}, SDK {of_sdk}, with every row {lesson}")
    else:
        report.explained[reasons] += 1


def explain(project, user, key: str, of_server: tuple) -> tuple[Row, ...] | None:
    """The row that makes the SDK's answer the server's; else the smallest set found; else None."""
    for row in Row:
        if corrected.evaluate(project, user, key, frozenset({row})) == of_server:
            return (row,)
    if corrected.evaluate(project, user, key, ALL) != of_server:
        return None
    needed = set(ALL)
    for row in Row:
        if corrected.evaluate(project, user, key, frozenset(needed - {row})) == of_server:
            needed.discard(row)
    return tuple(row for row in Row if row in needed)


def ask_server(connection: http.client.HTTPConnection, each: world.World, user: world.User) -> dict:
    """(value, payload) of every flag, from `POST /flags?v=2`. A flag that is not answered is inactive: off."""
    body = json.dumps(render.request(each, user))
    connection.request("POST", "/flags?v=2", body, {"Content-Type": "application/json"})
    answer = connection.getresponse()
    text = answer.read()
    if answer.status != 200:
        raise RuntimeError(f"{answer.status}: {text[:300]!r}")
    records = json.loads(text)["flags"]
    return {flag["key"]: _read(flag, records.get(flag["key"])) for flag in each.flags}


def _read(flag: dict, record: dict | None) -> tuple:
    if record is None:
        return (False, None) if not flag["active"] else ("(not answered)", None)
    if record.get("failed"):
        return corrected.FAILED, None
    value = record["variant"] if record["variant"] is not None else record["enabled"]
    return value, record["metadata"]["payload"]


if __name__ == "__main__":
    finished = run()
    print(finished)
    sys.exit(1 if finished.unexplained or finished.copy_departs else 0)
